//! Batches of an autoencoder's training: crops of frames.

use std::path::PathBuf;

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::VaeRecipe;
use crate::handoff::Frames;
use crate::nn::config::VaeConfig;
use crate::pipeline::vae::Vae;
use crate::training::TrainError;
use crate::training::datasets::Dataset;
use crate::training::datasets::captioned::CaptionedClip;
use crate::training::datasets::crops::Crops;
use crate::training::datasets::synthetic::dataset::CROP_STREAM;
use crate::training::datasets::synthetic::{
    Canvas, ClipSpec, Split, SubjectCrop, SubjectCrops, SyntheticClips, render_frames,
};
use crate::training::objectives::reconstruction::{
    LatentInput, Pictures, Reconstruction, ReconstructionWeights, inexact_latents,
};
use crate::training::sample_grid;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Moment, Phase, Stage, TrainPosition, Trainer};

/// Frames of a sample grid.
pub(super) const GRID_FRAMES: u64 = 12;

/// The stage of an autoencoder.
pub(super) struct VaeStage {
    recipe: VaeRecipe,
    objective: Reconstruction,
    /// Height, width and channels of a crop's latents.
    latent: [usize; 3],
    crops: Crops,
    /// Frames that sample grids show.
    shown: Vec<Frames>,
    device: Device,
}

impl VaeStage {
    /// The stage of a recipe for an autoencoder of `config` on `device`; `clips` are those of its data.
    pub fn new(
        recipe: &VaeRecipe,
        config: &VaeConfig,
        weights: ReconstructionWeights,
        clips: Box<dyn Dataset<Example = CaptionedClip>>,
        device: &Device,
    ) -> Self {
        let VaeRecipe { crop_width, crop_height, ref data, ref run, .. } = *recipe;
        let unit = config.downsampling();
        let canvas = Canvas { width: data.width, height: data.height };
        let (crops, shown) = if data.folder.is_some() {
            let count = clips.count().map_or(GRID_FRAMES, |count| count.min(GRID_FRAMES));
            let shown = (0..count).map(|index| clips.example(index).frames).collect();
            (Crops::Others { clips, size: [crop_width, crop_height], seed: run.seed }, shown)
        } else {
            let clips = SyntheticClips { seed: run.seed, split: Split::Train, canvas };
            let shown = (0..GRID_FRAMES).map(|index| {
                let spec = ClipSpec::sample(u64::MAX, index, Split::HeldOut);
                render_frames(&spec, canvas, &[index as f32])
            });
            (Crops::Drawn(SubjectCrops { clips, width: crop_width, height: crop_height }), shown.collect())
        };
        Self {
            objective: Reconstruction { weights, device: device.clone().autodiff() },
            latent: [crop_height / unit, crop_width / unit, config.z_channels],
            recipe: recipe.clone(),
            crops,
            shown,
            device: device.clone(),
        }
    }

    /// The crops of one step.
    fn crops(&self, first: u64) -> SubjectCrop {
        let indices = first..first + self.recipe.run.batch as u64;
        let parts: Vec<SubjectCrop> = match &self.crops {
            Crops::Drawn(crops) => indices.into_par_iter().map(|index| crops.example(index)).collect(),
            others => indices.map(|index| others.example(index)).collect(),
        };
        let joined = |of: fn(&SubjectCrop) -> &Vec<f32>| {
            parts.iter().map(|part| of(part).as_slice()).collect::<Vec<_>>().concat()
        };
        SubjectCrop { pixels: joined(|part| &part.pixels), subject: joined(|part| &part.subject) }
    }
}

impl Stage for VaeStage {
    type Model = Vae;
    type Objective = Reconstruction;

    const NAME: &'static str = "vae";
    const HAS_PHASES: bool = false;

    fn phase(&self, position: &TrainPosition) -> Option<Phase> {
        let name = if self.recipe.decoder_only { "decoder" } else { "autoencoder" };
        self.recipe.run.phase(name, position)
    }

    fn learning_rate(&self, position: &TrainPosition) -> f64 {
        self.recipe.optimizer.rate(position.step, self.recipe.run.updates)
    }

    fn objective(&self) -> &Reconstruction {
        &self.objective
    }

    fn batch(&mut self, vae: &Vae, position: &TrainPosition) -> Pictures {
        let &TrainPosition { seed, step, samples, .. } = position;
        let VaeRecipe { crop_width, crop_height, decoder_only, latent_noise, .. } = self.recipe;
        let batch = self.recipe.run.batch;
        let SubjectCrop { pixels, subject } = self.crops(samples);
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
        if moment == Moment::Interval {
            let name = format!("vae-{:06}.png", trainer.position.step);
            let path: PathBuf = self.recipe.run.folder.join(name);
            sample_grid::reconstruction(&trainer.ema, &self.shown, &self.device, &path)?;
            watch(TrainEvent::SampleGrid { path });
        }
        Ok(())
    }
}

/// Normally distributed values.
fn normal(rng: &mut ChaCha8Rng, shape: &[usize]) -> Vec<f32> {
    (0..shape.iter().product::<usize>()).map(|_| StandardNormal.sample(rng)).collect()
}
