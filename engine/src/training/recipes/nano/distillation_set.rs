//! The distillation set of Nano's tiny decoder: half of the latents are those of synthetic frames, half those that the model
//! samples, with its clean estimates after earlier steps, since these are what previews show. All are made once and kept in
//! memory.

use burn::tensor::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::denoiser::latent_size;
use super::plan::TinyDecoderPlan;
use crate::handoff::TokenIds;
use crate::kernels::{RgbMap, latent_to_rgb8};
use crate::model::ModelConfig;
use crate::model::SamplerKind;
use crate::nn::hook::NoHook;
use crate::nn::params::{ParamLoader, values_of};
use crate::pipeline::clip_tokens::Tokenizer;
use crate::pipeline::denoise::noise::NoiseSource;
use crate::pipeline::denoise::{Denoise, denoise};
use crate::pipeline::vae::{VAE_PREFIX, Vae, channels_last, images};
use crate::training::TrainError;
use crate::training::datasets::distillation::DistillationSet;
use crate::training::datasets::synthetic::{CLIP_FPS, CLIP_FRAMES, Canvas, ClipSpec, Split, caption, render_frames};
use crate::training::objectives::denoising::Denoiser;
use crate::weights::ModelFile;
use hummingbird_base::CancelToken;

/// Keeps the random numbers of this stage apart from those of others.
pub(super) const STREAM: u64 = 0x006c_6967_6874;
/// Frames that are encoded at once.
const GROUP: usize = 16;
/// Sampling steps of the model's clips, and their guidance: Nano's defaults.
const STEPS: usize = 20;
const GUIDANCE: f32 = 4.0;
/// Steps of each sampled clip whose clean estimates are learned from, beside its final latent.
const ESTIMATES: usize = 3;
/// Frames of one sampled clip.
const SAMPLED_FRAMES: u64 = ((ESTIMATES + 1) * CLIP_FRAMES) as u64;
/// Drawn frames and sampled clips of the validation set.
const VALIDATION_FRAMES: u64 = 64;
const VALIDATION_CLIPS: u64 = 4;

/// The networks of a whole model, which make latents and their targets.
pub struct Teacher {
    config: ModelConfig,
    vae: Vae,
    denoiser: Denoiser,
    canvas: Canvas,
    device: Device,
}

impl Teacher {
    /// The networks of `model`, its encoder too.
    ///
    /// # Errors
    /// When the file lacks one of them.
    pub fn load(model: &ModelFile, device: &Device) -> Result<Self, TrainError> {
        let config = model.description().config.clone();
        let loader = ParamLoader::new(model, device);
        let vae = Vae::init(&config.vae, &loader.path(VAE_PREFIX))?;
        let denoiser = Denoiser::init(&config, &loader)?;
        let limits = &model.description().limits;
        let canvas = Canvas { width: limits.default_width as usize, height: limits.default_height as usize };
        Ok(Self { config, vae, denoiser, canvas, device: device.clone() })
    }

    /// What a tiny decoder is trained on; `report` is told how many of all frames are made.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn distillation_set(
        &self,
        plan: &TinyDecoderPlan,
        seed: u64,
        cancel: &CancelToken,
        report: &mut dyn FnMut(u64, u64),
    ) -> Result<DistillationSet, TrainError> {
        let total = plan.drawn_frames + plan.sampled_clips * SAMPLED_FRAMES;
        let mut set = self.empty_set();
        for first in (0..plan.drawn_frames).step_by(GROUP) {
            cancel.check()?;
            let group: Vec<u64> = (first..plan.drawn_frames.min(first + GROUP as u64)).collect();
            self.draw(&mut set, &group, Split::Train, seed);
            report(first, total);
        }
        for clip in 0..plan.sampled_clips {
            self.sample(&mut set, seed, clip, Split::Train, cancel)?;
            report(plan.drawn_frames + clip * SAMPLED_FRAMES, total);
        }
        Ok(set)
    }

    /// What a tiny decoder is validated on: combinations of words that training never sees.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn validation_set(&self, cancel: &CancelToken) -> Result<DistillationSet, TrainError> {
        let mut set = self.empty_set();
        let drawn: Vec<u64> = (0..VALIDATION_FRAMES).collect();
        self.draw(&mut set, &drawn, Split::HeldOut, u64::MAX);
        for clip in 0..VALIDATION_CLIPS {
            self.sample(&mut set, u64::MAX, clip, Split::HeldOut, cancel)?;
        }
        Ok(set)
    }

    fn empty_set(&self) -> DistillationSet {
        DistillationSet::new(latent_size(&self.config, self.canvas), [self.canvas.height, self.canvas.width])
    }

    /// Adds one frame of each of some synthetic clips.
    fn draw(&self, set: &mut DistillationSet, clips: &[u64], split: Split, seed: u64) {
        let frames: Vec<_> = clips
            .iter()
            .map(|&clip| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed ^ STREAM ^ clip.rotate_left(20));
                let frame = rng.random_range(0.0..(CLIP_FRAMES - 1) as f32);
                render_frames(&ClipSpec::sample(seed, clip, split), self.canvas, &[frame])
            })
            .collect();
        let posterior = self.vae.encode(images(&frames, &self.device), &NoHook).expect("nothing cancels");
        let drawn: Vec<u8> = frames.iter().flat_map(|frame| frame.pixels()).copied().collect();
        self.add(set, posterior.mean * self.config.diffusion.scale_factor, Some(&drawn));
    }

    /// Adds all frames of a sampled clip, as it is at its end and after some of its steps.
    fn sample(
        &self,
        set: &mut DistillationSet,
        seed: u64,
        clip: u64,
        split: Split,
        cancel: &CancelToken,
    ) -> Result<(), TrainError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ STREAM ^ clip.rotate_left(40));
        let spec = ClipSpec::sample(seed.rotate_left(7), clip, split);
        let prompt = caption(spec.combination, &mut rng);
        // Each from its own part of the way.
        let estimates: [usize; ESTIMATES] = std::array::from_fn(|part| {
            let [from, to] = [part, part + 1].map(|it| it * (STEPS - 1) / ESTIMATES);
            1 + rng.random_range(from..to)
        });
        let embed = |text: &str| {
            let tokens: [TokenIds; 1] = [Tokenizer::shared().encode(text)];
            self.denoiser.text.forward(&tokens, cancel)
        };
        let [height, width] = latent_size(&self.config, self.canvas);
        let job = Denoise {
            unconditional: Some(embed("")?),
            sampler: SamplerKind::Ddim,
            steps: STEPS,
            guidance: GUIDANCE,
            fps: CLIP_FPS as f32,
            ..Denoise::new(
                &self.denoiser.unet,
                &self.config,
                embed(&prompt)?,
                NoiseSource::new(rng.random()),
                [1, self.config.unet.in_channels, CLIP_FRAMES, height, width],
            )
        };
        let mut seen = Vec::with_capacity(ESTIMATES + 1);
        let last = denoise(&job, cancel, &mut |step| {
            if estimates.contains(&step.done) {
                seen.push(step.denoised.clone());
            }
            Ok(())
        })?;
        seen.push(last.tensor);
        for latent in seen {
            self.add(set, channels_last(latent), None);
        }
        Ok(())
    }

    /// Adds scaled latents, `[frames, height, width, channels]`, and what the model's own decoder makes of them.
    fn add(&self, set: &mut DistillationSet, latents: Tensor<4>, drawn: Option<&[u8]>) {
        let decoder = self.vae.decoder();
        let decoded = decoder.decode(latents.clone() / self.config.diffusion.scale_factor, &NoHook);
        let targets = latent_to_rgb8(decoded.expect("nothing cancels"), &RgbMap::identity()).bytes;
        set.push(&values_of(latents.into_data()), &targets, drawn);
    }
}
