//! Clips of a student in training, for sample grids.

use crate::handoff::Frames;
use crate::model::{ModelConfig, SamplerKind};
use crate::nn::hook::NoHook;
use crate::pipeline::denoise::noise::NoiseSource;
use crate::pipeline::denoise::unet::UNet;
use crate::pipeline::denoise::{Denoise, denoise};
use crate::pipeline::handoff::TextEmbedding;
use crate::training::datasets::Dataset;
use crate::training::datasets::captioned::CaptionedClip;
use crate::training::recipes::encoders::Encoders;

/// Clips of a grid, and the seed of their noise, so that grids can be compared.
pub(super) const CLIPS: u64 = 4;
const SEED: u64 = 20;

/// How a student samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampling {
    /// Sampler.
    pub sampler: SamplerKind,
    /// Steps.
    pub steps: usize,
    /// Guidance scale.
    pub guidance: f32,
    /// Frames a second that the student is told; without them, those of the clips.
    pub fps: Option<f32>,
}

/// A clip for the caption of each of the first clips, made by a student of `config`.
pub(super) fn samples(
    student: &UNet,
    config: &ModelConfig,
    encoders: &Encoders,
    clips: &dyn Dataset<Example = CaptionedClip>,
    sampling: Sampling,
) -> Vec<Frames> {
    let clips: Vec<CaptionedClip> = (0..CLIPS).map(|index| clips.example(index)).collect();
    let Some(first) = clips.first() else { return Vec::new() };
    let unit = config.vae.downsampling();
    let (height, width) = (first.frames.height() / unit, first.frames.width() / unit);
    let job = Denoise {
        sampler: sampling.sampler,
        steps: sampling.steps,
        guidance: sampling.guidance,
        fps: sampling.fps.unwrap_or(first.fps),
        ..Denoise::new(
            student,
            config,
            TextEmbedding { tensor: encoders.texts(clips.iter().map(|clip| clip.caption.as_str())) },
            NoiseSource::new(SEED),
            [clips.len(), config.unet.in_channels, first.frames.count(), height, width],
        )
    };
    let latents = denoise(&job, &NoHook, &mut |_| Ok(())).expect("nothing cancels").tensor;
    let decode = |clip: usize| {
        let latent = latents.clone().narrow(0, clip, 1);
        let decoder = encoders.vae().decoder();
        decoder.decode_clip(latent, config.diffusion.scale_factor, &NoHook).expect("nothing cancels")
    };
    (0..clips.len()).map(decode).collect()
}
