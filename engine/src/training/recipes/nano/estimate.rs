//! What each stage will hold and compute, known before any of the files that it needs is there: their sizes follow from the recipe.

use burn::tensor::Device;

use super::{NanoRecipe, NanoRun, NanoStage, nano_limits};
use crate::model::{ModelConfig, RequestLimits, SamplerKind};
use crate::nn::config::UNetConfig;
use crate::nn::cost::Target;
use crate::training::TrainError;
use crate::training::datasets::synthetic::Canvas;
use crate::training::recipes::estimate::{Estimate, Stored};
use crate::training::recipes::settings::DataSettings;
use crate::training::recipes::turbo::Parts;
use crate::weights::Dtype;

/// All stages but the finished model are written in f32.
const STAGES: Stored<'static> = Stored::Later(Dtype::F32);

impl NanoRun {
    /// What each of `stages` will hold on a device, and compute; nothing is opened. A budget makes stages shorter, and with them the data
    /// that they keep; that is not counted.
    ///
    /// # Errors
    /// When a clip is too short or too narrow for its scorer.
    pub fn dry_run(&self, stages: &[NanoStage], device: &Device) -> Result<Vec<(NanoStage, Estimate)>, TrainError> {
        let target = Target::of(device);
        let of_stage =
            |&stage: &NanoStage| Ok(self.recipe().estimate(stage, target)?.map(|estimate| (stage, estimate)));
        stages.iter().filter_map(|stage| of_stage(stage).transpose()).collect()
    }
}

impl NanoRecipe {
    /// That of a stage; `None` where it has nothing to do.
    fn estimate(&self, stage: NanoStage, target: Target) -> Result<Option<Estimate>, TrainError> {
        let Self { width, height, .. } = *self;
        let data = |data: &DataSettings| DataSettings { width, height, ..data.clone() };
        let canvas = Canvas { width, height };
        let vae = self.autoencoder.network.config();
        let teacher = self.teacher.config(&vae);
        let recipe = &self.student;
        let unet = UNetConfig {
            num_res_blocks: recipe.num_res_blocks,
            middle_block: recipe.middle_block,
            ..teacher.unet.clone()
        };
        let student = ModelConfig { unet, ..teacher.clone() };
        if !self.uses(stage) {
            return Ok(None);
        }
        Ok(match stage {
            NanoStage::Autoencoder | NanoStage::Decoder => {
                let is_decoder = stage == NanoStage::Decoder;
                let mut recipe = if is_decoder { self.decoder.clone() } else { self.autoencoder.clone() };
                recipe.data = data(&recipe.data);
                Some(recipe.estimate(&vae, target)?)
            }
            NanoStage::Teacher => self.teacher.estimate(&teacher, STAGES, canvas, target)?,
            NanoStage::Student => {
                let mut recipe = recipe.clone();
                recipe.data = data(&recipe.data);
                Some(recipe.estimate(&teacher, &student.unet, STAGES, recipe.clips.drawn, target)?)
            }
            NanoStage::ImageScorer | NanoStage::VideoScorer => {
                let is_image = stage == NanoStage::ImageScorer;
                let mut recipe = if is_image { self.image_scorer.clone() } else { self.video_scorer.clone() };
                recipe.data = data(&recipe.data);
                Some(recipe.estimate(&recipe.sizes(), Some((&vae, STAGES)), target)?)
            }
            NanoStage::Turbo => {
                let mut recipe = self.turbo.clone();
                recipe.data = data(&recipe.data);
                let parts = Parts {
                    teacher: &teacher.unet,
                    teacher_file: STAGES,
                    student: &student,
                    student_file: STAGES,
                    recurring: recipe.clips.drawn,
                    image: self
                        .image_scorer
                        .sizes()
                        .meta_image(STAGES, target)?
                        .filter(|_| self.uses(NanoStage::ImageScorer)),
                    video: self
                        .video_scorer
                        .sizes()
                        .meta_video(STAGES, target)?
                        .filter(|_| self.uses(NanoStage::VideoScorer)),
                };
                Some(recipe.estimate(parts, target)?)
            }
            NanoStage::TinyDecoder => {
                let mut recipe = self.tiny_decoder.clone();
                recipe.data = data(&recipe.data);
                let limits = RequestLimits {
                    sampler: SamplerKind::Turbo,
                    default_steps: self.turbo.steps,
                    default_guidance: self.turbo.default_guidance,
                    ..nano_limits(&student, canvas)
                };
                Some(recipe.estimate(&student, &limits, Stored::Later(Dtype::F16), target)?)
            }
        })
    }
}
