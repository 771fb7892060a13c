//! The light decoder's training: it learns to give the pictures that a model's own decoder gives, from the same latents.
//!
//! Half of the latents are those of drawn frames, half those that the model samples, with its clean estimates after earlier
//! steps, since these are what previews show. All are made once and kept in memory.

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::denoiser::Denoiser;
use super::latents::latent_size;
use super::plan::LightDecoderPlan;
use crate::error::EngineError;
use crate::handoff::TokenIds;
use crate::job::CancelToken;
use crate::kernels::{RgbMap, latent_to_rgb8};
use crate::model::ModelConfig;
use crate::nn::config::LightDecoderConfig;
use crate::nn::observe::Unobserved;
use crate::nn::params::{ParamLoader, values_of};
use crate::pipeline::clip_tokens::Tokenizer;
use crate::pipeline::denoise::noise::NoiseSource;
use crate::pipeline::denoise::{Denoise, denoise};
use crate::pipeline::light_decoder::LightDecoder;
use crate::pipeline::vae::{VAE_PREFIX, Vae, channels_last, images};
use crate::request::{Reuse, SamplerKind};
use crate::training::world::{CLIP_FPS, CLIP_FRAMES, Canvas, ClipSpec, Split, caption, render_frames};
use crate::weights::ModelFile;

/// Keeps the random numbers of this stage apart from those of others.
const STREAM: u64 = 0x006c_6967_6874;
/// Frames that are encoded or decoded at once.
const GROUP: usize = 16;
/// Sampling steps of the model's clips, and their guidance: Nano's defaults.
const STEPS: usize = 20;
const GUIDANCE: f32 = 4.0;
/// Steps of each sampled clip whose clean estimates are learned from, beside its final latent.
const ESTIMATES: usize = 3;

/// Latents with the pictures that the teacher makes of them.
pub struct Lessons {
    /// Scaled, `[frames, height, width, channels]`.
    latents: Vec<f32>,
    /// `[frames, 8 * height, 8 * width, 3]`
    taught: Vec<u8>,
    /// What was drawn, where the latents are those of drawn frames; else as `taught`.
    drawn: Vec<u8>,
}

/// The teacher: the networks of a whole model.
pub struct Teacher {
    config: ModelConfig,
    vae: Vae,
    denoiser: Denoiser,
    device: Device,
}

/// What a light decoder for this model looks like.
pub fn light_config(plan: &LightDecoderPlan, model: &ModelConfig) -> LightDecoderConfig {
    LightDecoderConfig { z_channels: model.vae.z_channels, width: plan.width, blocks: plan.blocks.clone() }
}

impl Teacher {
    /// The networks of `model`, its encoder too.
    ///
    /// # Errors
    /// When the file lacks one of them.
    pub fn load(model: &ModelFile, device: &Device) -> Result<Self, EngineError> {
        let config = model.description().config.clone();
        let loader = ParamLoader::new(model, device);
        let vae = Vae::init(&config.vae, &loader.path(VAE_PREFIX))?;
        let denoiser = Denoiser::init(&config, &loader)?;
        Ok(Self { config, vae, denoiser, device: device.clone() })
    }

    /// Lessons of drawn and of sampled clips; `report` is told how many of all frames are made.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn lessons(
        &self,
        plan: &LightDecoderPlan,
        seed: u64,
        cancel: &CancelToken,
        report: &mut dyn FnMut(u64, u64),
    ) -> Result<Lessons, EngineError> {
        let total = plan.drawn_frames + plan.sampled_clips * SAMPLED_FRAMES;
        let mut lessons = Lessons { latents: Vec::new(), taught: Vec::new(), drawn: Vec::new() };
        for first in (0..plan.drawn_frames).step_by(GROUP) {
            cancel.check()?;
            let group: Vec<u64> = (first..plan.drawn_frames.min(first + GROUP as u64)).collect();
            self.draw(&mut lessons, &group, Split::Train, seed);
            report(first, total);
        }
        for clip in 0..plan.sampled_clips {
            self.sample(&mut lessons, seed, clip, Split::Train, cancel)?;
            report(plan.drawn_frames + clip * SAMPLED_FRAMES, total);
        }
        Ok(lessons)
    }

    /// Lessons for an examination: combinations of words that training never sees.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn examination(&self, cancel: &CancelToken) -> Result<Lessons, EngineError> {
        let mut lessons = Lessons { latents: Vec::new(), taught: Vec::new(), drawn: Vec::new() };
        let drawn: Vec<u64> = (0..EXAMINED_DRAWN).collect();
        self.draw(&mut lessons, &drawn, Split::HeldOut, u64::MAX);
        for clip in 0..EXAMINED_CLIPS {
            self.sample(&mut lessons, u64::MAX, clip, Split::HeldOut, cancel)?;
        }
        Ok(lessons)
    }

    /// Adds one frame of each of some drawn clips.
    fn draw(&self, lessons: &mut Lessons, clips: &[u64], split: Split, seed: u64) {
        let frames: Vec<_> = clips
            .iter()
            .map(|&clip| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed ^ STREAM ^ clip.rotate_left(20));
                let frame = rng.random_range(0.0..(CLIP_FRAMES - 1) as f32);
                render_frames(&ClipSpec::sample(seed, clip, split), Canvas::NANO, &[frame])
            })
            .collect();
        let posterior = self.vae.encode(images(&frames, &self.device), &Unobserved).expect("nothing cancels");
        self.teach(lessons, posterior.mean * self.config.diffusion.scale_factor);
        frames.iter().for_each(|frame| lessons.drawn.extend(frame.pixels()));
    }

    /// Adds all frames of a sampled clip, as it is at its end and after some of its steps.
    fn sample(
        &self,
        lessons: &mut Lessons,
        seed: u64,
        clip: u64,
        split: Split,
        cancel: &CancelToken,
    ) -> Result<(), EngineError> {
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
        let [height, width] = latent_size();
        let job = Denoise {
            unet: &self.denoiser.unet,
            config: &self.config,
            text: embed(&prompt)?,
            unconditional: Some(embed("")?),
            sampler: SamplerKind::Ddim,
            steps: STEPS,
            guidance: GUIDANCE,
            guidance_embedding: None,
            eta: 0.0,
            fps: CLIP_FPS as f32,
            noise: NoiseSource::new(rng.random()),
            step_noise: HashMap::new(),
            shape: [1, self.config.unet.in_channels, CLIP_FRAMES, height, width],
            reuse: Reuse::Off,
            merge_tokens: false,
            start: None,
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
            let before = lessons.taught.len();
            self.teach(lessons, channels_last(latent));
            lessons.drawn.extend_from_slice(&lessons.taught[before..]);
        }
        Ok(())
    }

    /// Adds scaled latents, `[frames, height, width, channels]`, and what the model's own decoder makes of them.
    fn teach(&self, lessons: &mut Lessons, latents: Tensor<4>) {
        let decoder = self.vae.decoder();
        let pictures = decoder.decode(latents.clone() / self.config.diffusion.scale_factor, &Unobserved);
        lessons.taught.extend(latent_to_rgb8(pictures.expect("nothing cancels"), &RgbMap::identity()));
        lessons.latents.extend(values_of(latents.into_data()));
    }
}

/// Lessons of one sampled clip.
const SAMPLED_FRAMES: u64 = ((ESTIMATES + 1) * CLIP_FRAMES) as u64;
/// Frames of the examination.
const EXAMINED_DRAWN: u64 = 64;
const EXAMINED_CLIPS: u64 = 4;

impl Lessons {
    /// Number of frames.
    pub fn count(&self) -> usize {
        self.taught.len() / PIXEL_BYTES
    }

    /// The pictures that the teacher made, `[frames, height, width, 3]`.
    pub fn taught(&self) -> &[u8] {
        &self.taught
    }

    /// Latents of some frames, `[frames, height, width, channels]`.
    pub fn latents(&self, frames: &[usize], device: &Device) -> Tensor<4> {
        let [height, width] = latent_size();
        let size = self.latents.len() / self.count();
        let values = frames.iter().flat_map(|frame| &self.latents[frame * size..][..size]).copied().collect();
        let shape = [frames.len(), height, width, size / (height * width)];
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    /// Pictures of some frames in 0..1, `[frames, height, width, 3]`. A byte stands for the middle of what is cut down to it.
    fn pictures(pixels: &[u8], frames: &[usize], device: &Device) -> Tensor<4> {
        let Canvas { width, height } = Canvas::NANO;
        let bytes = frames.iter().flat_map(|frame| &pixels[frame * PIXEL_BYTES..][..PIXEL_BYTES]);
        let values = bytes.map(|&byte| (f32::from(byte) + 0.5) / 255.0).collect();
        Tensor::from_data(TensorData::new(values, [frames.len(), height, width, RGB]), device)
    }

    /// Mean distance of what `decoder` makes of the latents from what the teacher made, in levels of 255.
    pub fn distance(&self, decoder: &LightDecoder, device: &Device) -> f64 {
        let all: Vec<usize> = (0..self.count()).collect();
        let mut sum = 0;
        for frames in all.chunks(GROUP) {
            let made = decoder.decode_frames(&self.latents(frames, device), &Unobserved).expect("nothing cancels");
            let taught = &self.taught[frames[0] * PIXEL_BYTES..];
            sum += made.pixels().iter().zip(taught).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
        }
        sum as f64 / self.taught.len() as f64
    }
}

const RGB: usize = 3;
/// Bytes of a picture.
const PIXEL_BYTES: usize = Canvas::NANO.width * Canvas::NANO.height * RGB;

/// The loss of one step: L1 and squared distance from the teacher's pictures (in -1..1), L1 of neighbouring pixels'
/// differences, and a little L1 distance from what was drawn.
pub fn loss(
    decoder: &LightDecoder,
    plan: &LightDecoderPlan,
    lessons: &Lessons,
    seed: u64,
    step: u64,
    device: &Device,
) -> Tensor<1> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ STREAM ^ step.rotate_left(32));
    let frames: Vec<usize> = (0..plan.batch).map(|_| rng.random_range(0..lessons.count())).collect();
    let decoded = decoder.decode(lessons.latents(&frames, device), &Unobserved).expect("nothing cancels");
    let [_, height, width, _] = decoded.dims();
    let difference = (decoded.clone() - Lessons::pictures(&lessons.taught, &frames, device)) * 2.0;
    let from_drawn = (decoded - Lessons::pictures(&lessons.drawn, &frames, device)) * 2.0;
    let along_x = difference.clone().narrow(2, 1, width - 1) - difference.clone().narrow(2, 0, width - 1);
    let along_y = difference.clone().narrow(1, 1, height - 1) - difference.clone().narrow(1, 0, height - 1);
    let edges = along_x.abs().mean() + along_y.abs().mean();
    difference.clone().abs().mean()
        + difference.square().mean() * plan.square_weight
        + edges * plan.gradient_weight
        + from_drawn.abs().mean() * plan.drawn_weight
}
