//! Where the clips of an evaluation come from: a model, the renderer, or the renderer by way of a model's autoencoder.

use burn::tensor::Device;

use super::EvalPrompt;
use crate::error::EngineError;
use crate::handoff::{Frames, TokenIds};
use crate::job::CancelToken;
use crate::jobs::models::Models;
use crate::kernels::with_factors;
use crate::nn::params::ParamLoader;
use crate::pipeline::clip_tokens::Tokenizer;
use crate::pipeline::denoise::noise::NoiseSource;
use crate::pipeline::denoise::{Denoise, denoise};
use crate::pipeline::networks::Networks;
use crate::pipeline::vae::{VAE_PREFIX, Vae};
use crate::request::{Precision, RawRequest, RequestLimits, Reuse, SamplerKind};
use crate::training::datasets::synthetic::{Canvas, ClipSpec, render, render::FrameTimes};
use crate::weights::ModelFile;

/// Gives a clip for each prompt.
pub trait ClipSource {
    /// Size of the clips.
    fn canvas(&self) -> Canvas;

    /// Frames of a clip.
    fn frames(&self) -> usize;

    /// One clip for each prompt of a batch; `first` is the number of the batch's first prompt. `on_share` is told how much of
    /// the batch is done, 0 to 1.
    ///
    /// # Errors
    /// When the source failed or was cancelled.
    fn clips(
        &mut self,
        prompts: &[EvalPrompt],
        first: usize,
        cancel: &CancelToken,
        on_share: &mut dyn FnMut(f64),
    ) -> Result<Vec<Frames>, EngineError>;
}

/// A perfect model: it renders exactly what the prompt says, with random details of its own.
#[derive(Clone, Copy, Debug)]
pub struct RenderedClips {
    /// Seed of the details.
    pub seed: u64,
    /// Size of the clips.
    pub canvas: Canvas,
    /// Frames of a clip.
    pub frames: usize,
}

impl ClipSource for RenderedClips {
    fn canvas(&self) -> Canvas {
        self.canvas
    }

    fn frames(&self) -> usize {
        self.frames
    }

    fn clips(
        &mut self,
        prompts: &[EvalPrompt],
        first: usize,
        _cancel: &CancelToken,
        on_share: &mut dyn FnMut(f64),
    ) -> Result<Vec<Frames>, EngineError> {
        let draw = |(offset, prompt): (usize, &EvalPrompt)| {
            let spec = ClipSpec::for_combination(prompt.combination, self.seed, (first + offset) as u64);
            render(&spec, self.canvas, self.frames, FrameTimes::Spread)
        };
        let clips = prompts.iter().enumerate().map(draw).collect();
        on_share(1.0);
        Ok(clips)
    }
}

/// An upper bound for a denoiser: rendered clips, encoded and decoded by a model's autoencoder.
#[derive(Debug)]
pub struct AutoencodedClips {
    drawn: RenderedClips,
    vae: Vae,
    device: Device,
}

impl AutoencodedClips {
    /// Puts the autoencoder of `model` on `device`; clips are rendered with details of `seed`.
    ///
    /// # Errors
    /// When the file lacks a tensor of encoder or decoder.
    pub fn open(model: &ModelFile, device: &Device, seed: u64) -> Result<Self, EngineError> {
        let description = model.description();
        let loader = ParamLoader::new(model, device);
        let vae = Vae::init(&description.config.vae, &loader.path(VAE_PREFIX))?;
        let drawn = RenderedClips {
            seed,
            canvas: default_canvas(&description.limits),
            frames: description.limits.default_frames as usize,
        };
        Ok(Self { drawn, vae, device: device.clone() })
    }
}

impl ClipSource for AutoencodedClips {
    fn canvas(&self) -> Canvas {
        self.drawn.canvas
    }

    fn frames(&self) -> usize {
        self.drawn.frames
    }

    fn clips(
        &mut self,
        prompts: &[EvalPrompt],
        first: usize,
        cancel: &CancelToken,
        on_share: &mut dyn FnMut(f64),
    ) -> Result<Vec<Frames>, EngineError> {
        let drawn = self.drawn.clips(prompts, first, cancel, &mut |_| ())?;
        let mut clips = Vec::with_capacity(drawn.len());
        for clip in &drawn {
            let latent = self.vae.encode_clip(clip, 1.0, &self.device, cancel)?;
            clips.push(self.vae.decoder().decode_clip(latent, 1.0, cancel)?);
            on_share(clips.len() as f64 / drawn.len() as f64);
        }
        Ok(clips)
    }
}

fn default_canvas(limits: &RequestLimits) -> Canvas {
    Canvas { width: limits.default_width as usize, height: limits.default_height as usize }
}

/// How a model makes its clips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipSettings {
    /// Sampling steps.
    pub steps: u32,
    /// Guidance scale.
    pub guidance: f32,
    /// Seed of all noise.
    pub seed: u64,
    /// Features that later steps reuse from earlier ones.
    pub reuse: Reuse,
    /// What factors are rounded to on the CPU device.
    pub precision: Precision,
    /// Whether attention at full resolution uses 2x2-pooled keys and values.
    pub merge_tokens: bool,
}

/// Clips that a model makes at its default size and length, several at once.
#[derive(Debug)]
pub struct ModelClips {
    networks: Networks,
    limits: RequestLimits,
    settings: ClipSettings,
}

/// Share of the time of a clip that sampling takes; the rest is decoding. Only the progress display depends on it.
const SAMPLING_SHARE: f64 = 0.8;

impl ModelClips {
    /// Puts the networks of `model` on `device`.
    ///
    /// # Errors
    /// When the settings are out of the model's range or the file lacks a tensor.
    pub fn open(model: &ModelFile, device: &Device, settings: ClipSettings) -> Result<Self, EngineError> {
        let description = model.description();
        // The same check as for a generation: an evaluation can take no more than that.
        let asked = RawRequest {
            prompt: "a check of steps and guidance".to_owned(),
            steps: Some(settings.steps),
            guidance: Some(settings.guidance),
            ..RawRequest::default()
        };
        asked.validate(&description.limits)?;
        Ok(Self { networks: Models::load(model, &[], device)?.networks, limits: description.limits.clone(), settings })
    }
}

impl ClipSource for ModelClips {
    fn canvas(&self) -> Canvas {
        default_canvas(&self.limits)
    }

    fn frames(&self) -> usize {
        self.limits.default_frames as usize
    }

    fn clips(
        &mut self,
        prompts: &[EvalPrompt],
        first: usize,
        cancel: &CancelToken,
        on_share: &mut dyn FnMut(f64),
    ) -> Result<Vec<Frames>, EngineError> {
        with_factors(self.settings.precision.factors(), || self.made(prompts, first, cancel, on_share))
    }
}

impl ModelClips {
    fn made(
        &self,
        prompts: &[EvalPrompt],
        first: usize,
        cancel: &CancelToken,
        on_share: &mut dyn FnMut(f64),
    ) -> Result<Vec<Frames>, EngineError> {
        let tokenizer = Tokenizer::shared();
        let tokens: Vec<TokenIds> = prompts.iter().map(|prompt| tokenizer.encode(&prompt.text)).collect();
        let unconditional = match self.limits.sampler {
            SamplerKind::Turbo => None,
            SamplerKind::Ddim => {
                Some(self.networks.text().forward(&vec![tokenizer.encode(""); prompts.len()], cancel)?)
            }
        };
        let downsampling = self.networks.config.vae.downsampling();
        let canvas = self.canvas();
        let job = Denoise {
            unconditional,
            sampler: self.limits.sampler,
            steps: self.settings.steps as usize,
            guidance: self.settings.guidance,
            fps: self.limits.default_fps as f32,
            reuse: self.settings.reuse,
            merge_tokens: self.settings.merge_tokens,
            ..Denoise::new(
                &self.networks.unet,
                &self.networks.config,
                self.networks.text().forward(&tokens, cancel)?,
                NoiseSource::new(self.settings.seed.wrapping_add(first as u64)),
                [
                    prompts.len(),
                    self.networks.config.unet.in_channels,
                    self.frames(),
                    canvas.height / downsampling,
                    canvas.width / downsampling,
                ],
            )
        };
        let latent = denoise(&job, cancel, &mut |step| {
            on_share(SAMPLING_SHARE * step.done as f64 / step.total as f64);
            cancel.check()
        })?
        .tensor;
        let mut clips = Vec::with_capacity(prompts.len());
        for clip in 0..prompts.len() {
            let latent = latent.clone().narrow(0, clip, 1);
            clips.push(self.networks.vae.decode_clip(latent, self.networks.config.diffusion.scale_factor, cancel)?);
            on_share(SAMPLING_SHARE + (1.0 - SAMPLING_SHARE) * (clip + 1) as f64 / prompts.len() as f64);
        }
        Ok(clips)
    }
}
