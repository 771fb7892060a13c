//! Nano's first stage: the autoencoder, on crops around the subjects of synthetic clips.

use std::path::PathBuf;

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::plan::VaePlan;
use crate::nn::config::VaeConfig;
use crate::pipeline::vae::Vae;
use crate::training::TrainError;
use crate::training::datasets::Dataset;
use crate::training::datasets::synthetic::dataset::CROP_STREAM;
use crate::training::datasets::synthetic::{Canvas, Split, SubjectCrop, SubjectCrops, SyntheticClips};
use crate::training::objectives::reconstruction::{
    LatentInput, Pictures, Reconstruction, ReconstructionWeights, inexact_latents,
};
use crate::training::sample_grid;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::schedule::cosine_rate;
use crate::training::trainer::{Moment, Phase, Stage, TrainPosition, Trainer};

/// The autoencoder's stage.
pub struct AutoencoderStage {
    plan: VaePlan,
    objective: Reconstruction,
    /// Height, width and channels of a crop's latents.
    latent: [usize; 3],
    canvas: Canvas,
    device: Device,
    folder: PathBuf,
}

impl AutoencoderStage {
    /// The stage of `plan` for an autoencoder of `config` on `device`, with clips of the size `canvas`; sample grids go into
    /// `folder`.
    pub fn new(plan: VaePlan, config: &VaeConfig, canvas: Canvas, device: &Device, folder: PathBuf) -> Self {
        let weights = ReconstructionWeights {
            subject: plan.subject_weight,
            square: plan.square_weight,
            gradient: plan.gradient_weight,
            kl: plan.kl_weight,
        };
        let downsampling = config.downsampling();
        Self {
            objective: Reconstruction { weights, device: device.clone().autodiff() },
            latent: [plan.crop_height / downsampling, plan.crop_width / downsampling, config.z_channels],
            plan,
            canvas,
            device: device.clone(),
            folder,
        }
    }

    /// The crops of one step.
    fn crops(&self, seed: u64, step: u64) -> SubjectCrop {
        let VaePlan { batch, crop_width, crop_height, .. } = self.plan;
        let clips = SyntheticClips { seed, split: Split::Train, canvas: self.canvas };
        let crops = SubjectCrops { clips, width: crop_width, height: crop_height };
        let batch = batch as u64;
        let parts: Vec<SubjectCrop> =
            (0..batch).into_par_iter().map(|index| crops.example(step * batch + index)).collect();
        SubjectCrop {
            pixels: parts.iter().flat_map(|part| &part.pixels).copied().collect(),
            subject: parts.iter().flat_map(|part| &part.subject).copied().collect(),
        }
    }
}

impl Stage for AutoencoderStage {
    type Model = Vae;
    type Objective = Reconstruction;

    const NAME: &'static str = "vae";
    const HAS_PHASES: bool = false;

    fn phase(&self, position: &TrainPosition) -> Option<Phase> {
        let phase = Phase { name: "autoencoder", samples: self.plan.samples };
        (position.samples < phase.samples).then_some(phase)
    }

    fn learning_rate(&self, position: &TrainPosition) -> f64 {
        cosine_rate(self.plan.learning_rate, position.samples, self.plan.samples, position.step)
    }

    fn objective(&self) -> &Reconstruction {
        &self.objective
    }

    fn batch(&mut self, vae: &Vae, position: &TrainPosition) -> Pictures {
        let &TrainPosition { seed, step, .. } = position;
        let VaePlan { batch, crop_width, crop_height, decoder_only, latent_noise, .. } = self.plan;
        let SubjectCrop { pixels, subject } = self.crops(seed, step);
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ step.rotate_left(32) ^ CROP_STREAM);
        let [height, width, channels] = self.latent;
        let latents = if decoder_only {
            let shape = [batch, crop_height, crop_width, 3];
            let images = Tensor::<4>::from_data(TensorData::new(pixels.clone(), shape), &self.device);
            let shares = (0..batch).map(|_| latent_noise * rng.random::<f32>()).collect();
            LatentInput::Fixed(inexact_latents(vae, images, shares, |shape| normal(&mut rng, &shape)))
        } else {
            let shape = [batch, height, width, channels];
            let noise = TensorData::new(normal(&mut rng, &shape), shape);
            LatentInput::Sampled(Tensor::from_data(noise, &self.objective.device))
        };
        Pictures { images: pixels, subject, shape: [batch, crop_height, crop_width], latents }
    }

    fn show(&mut self, moment: Moment, trainer: &Trainer<Vae>, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        if moment == Moment::Checkpoint {
            let path = self.folder.join(format!("vae-{:06}.png", trainer.position.samples / 1000));
            sample_grid::reconstruction(&trainer.ema, self.canvas, &self.device, &path)?;
            watch(TrainEvent::SampleGrid { path });
        }
        Ok(())
    }
}

/// Normally distributed values.
fn normal(rng: &mut ChaCha8Rng, shape: &[usize]) -> Vec<f32> {
    (0..shape.iter().product::<usize>()).map(|_| StandardNormal.sample(rng)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::model::ModelSource;
    use crate::nn::params::ParamLoader;
    use crate::pipeline::vae::VAE_PREFIX;
    use crate::training::trainer::TrainStart;
    use crate::weights::ModelFile;

    #[test]
    fn training_the_decoder_only_leaves_the_latents_where_they_are() {
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let config = &file.description().config.vae;
        let plan = VaePlan {
            batch: 2,
            crop_width: 32,
            crop_height: 32,
            decoder_only: true,
            latent_noise: 0.3,
            ..VaePlan::default()
        };
        let folder = tempfile::tempdir().expect("a folder");
        let start = TrainStart { weights: &file, seed: 1, origin: None };
        let build = |loader: &ParamLoader<'_>| Vae::init(config, &loader.path(VAE_PREFIX));
        let device = Device::flex();
        let mut trainer =
            Trainer::start_or_resume(folder.path(), "vae", start, plan.trainer, &device, build).expect("it fits");
        let tensors = |trainer: &Trainer<Vae>| -> HashMap<String, Vec<f32>> {
            trainer.export_ema().into_iter().map(|it| (it.name, it.values)).collect()
        };
        let before = tensors(&trainer);
        let mut stage = AutoencoderStage::new(plan, config, Canvas::SMALL, &device, folder.path().to_owned());
        let batch = stage.batch(&trainer.model, &trainer.position);
        trainer.step(stage.objective(), &batch, 1e-3);
        for (name, values) in tensors(&trainer) {
            let is_decoder = name.contains(".decoder.") || name.contains(".post_quant_conv.");
            assert_eq!(values != before[&name], is_decoder, "{name}");
        }
    }
}
