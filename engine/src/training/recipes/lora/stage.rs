//! Batches of a style's clips, and samples of what the model has learned.

use burn::tensor::Tensor;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::LoraRecipe;
use super::prior::own_sampling;
use crate::model::{ModelDescription, SamplerKind};
use crate::pipeline::denoise::unet::UNet;
use crate::training::TrainError;
use crate::training::datasets::Dataset;
use crate::training::datasets::folder::FolderClips;
use crate::training::objectives::adaptation::{Adaptation, AdaptationClips, NoisyClip};
use crate::training::recipes::encoders::{Encoders, normal};
use crate::training::recipes::samples::{CLIPS, Wanted, of_prompts};
use crate::training::sample_grid;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{Moment, Phase, Stage, TrainPosition, Trainer};

/// Style adaptation.
pub(super) struct LoraStage<'a> {
    recipe: &'a LoraRecipe,
    description: &'a ModelDescription,
    objective: Adaptation,
    encoders: Encoders,
    clips: &'a FolderClips,
    /// Latents that the model made, with the embeddings of their prompts.
    prior: Vec<(Tensor<5>, Tensor<3>)>,
}

impl<'a> LoraStage<'a> {
    /// The stage of a recipe for a model. `prior` are latents with their prompts.
    pub fn new(
        recipe: &'a LoraRecipe,
        description: &'a ModelDescription,
        encoders: Encoders,
        clips: &'a FolderClips,
        prior: Vec<(Tensor<5>, String)>,
    ) -> Self {
        let limits = &description.limits;
        let (sampler, guidance) = (limits.sampler, limits.default_guidance);
        let objective = Adaptation::new(&description.config, sampler, guidance, recipe.prior.weight);
        let prior = prior.into_iter().map(|(latent, prompt)| (latent, encoders.texts([prompt.as_str()]))).collect();
        Self { recipe, description, objective, encoders, clips, prior }
    }

    /// Share of captions that are left out. Few-step models are not guided by the empty prompt.
    fn drop_captions(&self) -> f32 {
        if self.description.limits.sampler == SamplerKind::Turbo { 0.0 } else { self.recipe.drop_captions }
    }

    /// A clip with noise of its own.
    fn noisy(&self, clean: Tensor<5>, text: Tensor<3>, fps: f32, rng: &mut ChaCha8Rng) -> NoisyClip {
        let noise = normal(rng, clean.dims(), &clean.device());
        let timesteps = self.objective.timesteps();
        NoisyClip { noise, timestep: timesteps[rng.random_range(0..timesteps.len())], clean, text, fps }
    }
}

impl Stage for LoraStage<'_> {
    type Model = UNet;
    type Objective = Adaptation;

    const NAME: &'static str = "lora";
    const HAS_PHASES: bool = false;

    fn phase(&self, position: &TrainPosition) -> Option<Phase> {
        let run = &self.recipe.run;
        let phase = Phase { name: "style adaptation", samples: run.updates * run.batch as u64 };
        (position.samples < phase.samples).then_some(phase)
    }

    fn learning_rate(&self, position: &TrainPosition) -> f64 {
        self.recipe.optimizer.rate(position.step, self.recipe.run.updates)
    }

    fn objective(&self) -> &Adaptation {
        &self.objective
    }

    fn batch(&mut self, _: &UNet, position: &TrainPosition) -> AdaptationClips {
        let mut rng = ChaCha8Rng::seed_from_u64(position.seed.rotate_left(17) ^ position.step);
        let (mut own, mut prior) = (Vec::new(), Vec::new());
        for slot in 0..self.recipe.run.batch as u64 {
            let index = position.samples + slot;
            let clip = self.clips.example(index);
            let is_dropped = rng.random_bool(f64::from(self.drop_captions()));
            let caption = if is_dropped { "" } else { clip.caption.as_str() };
            let text = self.encoders.texts([caption]);
            let clean = self.encoders.sample(&self.encoders.posterior(&clip.frames), &mut rng);
            own.push(self.noisy(clean, text, clip.fps as f32, &mut rng));
            if !self.prior.is_empty() {
                let (clean, text) = self.prior[(index % self.prior.len() as u64) as usize].clone();
                let fps = self.description.limits.default_fps as f32;
                prior.push(self.noisy(clean, text, fps, &mut rng));
            }
        }
        AdaptationClips { own, prior }
    }

    fn show(&mut self, moment: Moment, trainer: &Trainer<UNet>, watch: &mut Watch<'_>) -> Result<(), TrainError> {
        if moment == Moment::Interval {
            let path = self.recipe.run.folder.join(format!("lora-{:06}.png", trainer.position.step));
            let data = &self.recipe.data;
            let wanted = Wanted {
                prompts: self.clips.listed().map(|(_, caption)| caption).take(CLIPS).collect(),
                frames: data.frames,
                size: [data.height, data.width],
                fps: self.description.limits.default_fps as f32,
                seed: 0,
            };
            let sampling = own_sampling(self.description);
            let clips = of_prompts(&trainer.ema, &self.description.config, &self.encoders, wanted, sampling);
            sample_grid::clips(&path, &clips)?;
            watch(TrainEvent::SampleGrid { path });
        }
        Ok(())
    }
}
