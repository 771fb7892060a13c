//! Batches of stage 1 and samples of its student.

use std::path::PathBuf;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::DistilRecipe;
use crate::model::{ModelConfig, SamplerKind};
use crate::pipeline::denoise::schedule::TRAIN_TIMESTEPS;
use crate::pipeline::denoise::unet::UNet;
use crate::training::TrainError;
use crate::training::objectives::guided_distillation::{GuidedClips, GuidedDistillation};
use crate::training::recipes::clips::EncodedClips;
use crate::training::recipes::encoders::normal;
use crate::training::recipes::samples::{Sampling, samples};
use crate::training::recipes::settings::OptimizerSettings;
use crate::training::sample_grid;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Moment, Phase, Stage, TrainPosition, Trainer};

/// Steps of a sample grid; the student has the teacher's guidance in itself.
pub(super) const GRID_STEPS: usize = 20;

/// Stage 1.
pub(super) struct DistilStage {
    config: ModelConfig,
    objective: GuidedDistillation,
    beside: Vec<GuidedDistillation>,
    clips: EncodedClips,
    optimizer: OptimizerSettings,
    batch: usize,
    updates: u64,
    folder: PathBuf,
}

impl DistilStage {
    /// The stage of a recipe for students of `config`.
    pub fn new(recipe: &DistilRecipe, config: ModelConfig, objective: GuidedDistillation, clips: EncodedClips) -> Self {
        let run = &recipe.run;
        let (batch, updates, folder) = (run.batch, run.updates, run.folder.clone());
        let (beside, optimizer) = (Vec::new(), recipe.optimizer);
        Self { config, objective, beside, clips, optimizer, batch, updates, folder }
    }

    /// The same, with the objectives of the devices beside the first.
    pub fn beside(self, beside: Vec<GuidedDistillation>) -> Self {
        Self { beside, ..self }
    }
}

impl Stage for DistilStage {
    type Model = UNet;
    type Objective = GuidedDistillation;

    const NAME: &'static str = "student";
    const HAS_PHASES: bool = false;

    fn phase(&self, position: &TrainPosition) -> Option<Phase> {
        let phase = Phase { name: "distillation", samples: self.updates * self.batch as u64 };
        (position.samples < phase.samples).then_some(phase)
    }

    fn learning_rate(&self, position: &TrainPosition) -> f64 {
        self.optimizer.rate(position.step, self.updates)
    }

    fn objective(&self) -> &GuidedDistillation {
        &self.objective
    }

    fn objectives_beside(&self) -> &[GuidedDistillation] {
        &self.beside
    }

    fn batch(&mut self, _: &UNet, position: &TrainPosition) -> GuidedClips {
        let mut rng = ChaCha8Rng::seed_from_u64(position.seed.rotate_left(17) ^ position.step);
        let clips = self.clips.encoded((0..self.batch as u64).map(|slot| position.samples + slot));
        let fps = clips.iter().map(|clip| clip.fps).collect();
        let text = EncodedClips::texts(&clips);
        let clean = self.clips.latents(&clips, &mut rng);
        let noise = normal(&mut rng, clean.dims(), &clean.device());
        let timesteps = (0..self.batch).map(|_| rng.random_range(0..TRAIN_TIMESTEPS)).collect();
        GuidedClips { clean, noise, timesteps, text, empty: self.clips.encoders().texts([""]), fps }
    }

    fn show(&mut self, moment: Moment, trainer: &Trainer<UNet>, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        if moment == Moment::Interval {
            let path = self.folder.join(format!("student-{:06}.png", trainer.position.step));
            let sampling = Sampling { sampler: SamplerKind::Ddim, steps: GRID_STEPS, guidance: 1.0, fps: None };
            let clips = samples(&trainer.ema, &self.config, self.clips.encoders(), self.clips.clips(), sampling);
            sample_grid::clips(&path, &clips)?;
            watch(TrainEvent::SampleGrid { path });
        }
        Ok(())
    }
}
