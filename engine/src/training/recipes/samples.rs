//! Clips of a model in training, for sample grids, and those that it makes of its own for prior preservation.

use burn::tensor::Tensor;
use hummingbird_base::Cancelled;

use crate::handoff::Frames;
use crate::model::{ModelConfig, SamplerKind};
use crate::nn::hook::{ForwardHook, NoHook};
use crate::pipeline::denoise::guidance::NO_GUIDANCE;
use crate::pipeline::denoise::noise::NoiseSource;
use crate::pipeline::denoise::unet::UNet;
use crate::pipeline::denoise::{Denoise, denoise};
use crate::pipeline::handoff::TextEmbedding;
use crate::training::datasets::Dataset;
use crate::training::datasets::captioned::CaptionedClip;
use crate::training::recipes::encoders::Encoders;

/// Clips of a grid, and the seed of their noise, so that grids can be compared.
pub(super) const CLIPS: usize = 4;
const SEED: u64 = 20;

/// How a student samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampling {
    /// Sampler.
    pub sampler: SamplerKind,
    /// Steps.
    pub steps: usize,
    /// Guidance scale; DDIM compares with the empty prompt unless it is 1.
    pub guidance: f32,
    /// Frames a second that the student is told; without them, those of the clips.
    pub fps: Option<f32>,
}

/// Clips that are wanted of a student.
#[derive(Clone, Debug)]
pub(super) struct Wanted<'a> {
    /// A prompt for each.
    pub prompts: Vec<&'a str>,
    /// Frames of each.
    pub frames: usize,
    /// Height and width of each, in pixels.
    pub size: [usize; 2],
    /// Frames a second.
    pub fps: f32,
    /// Seed of all noise.
    pub seed: u64,
}

/// A clip for the caption of each of the first clips, made by a student of `config`.
pub(super) fn samples(
    student: &UNet,
    config: &ModelConfig,
    encoders: &Encoders,
    clips: &dyn Dataset<Example = CaptionedClip>,
    sampling: Sampling,
) -> Vec<Frames> {
    let clips: Vec<CaptionedClip> = (0..CLIPS as u64).map(|index| clips.example(index)).collect();
    let Some(first) = clips.first() else { return Vec::new() };
    let wanted = Wanted {
        prompts: clips.iter().map(|clip| clip.caption.as_str()).collect(),
        frames: first.frames.count(),
        size: [first.frames.height(), first.frames.width()],
        fps: sampling.fps.unwrap_or(first.fps),
        seed: SEED,
    };
    shown(student, config, encoders, &wanted, sampling)
}

/// Clips of a grid for given prompts; the noise is that of all grids.
pub(super) fn of_prompts(
    student: &UNet,
    config: &ModelConfig,
    encoders: &Encoders,
    wanted: Wanted<'_>,
    sampling: Sampling,
) -> Vec<Frames> {
    shown(student, config, encoders, &Wanted { seed: SEED, ..wanted }, sampling)
}

fn shown(
    student: &UNet,
    config: &ModelConfig,
    encoders: &Encoders,
    wanted: &Wanted<'_>,
    sampling: Sampling,
) -> Vec<Frames> {
    let latents = latents(student, config, encoders, wanted, sampling, &NoHook).expect("nothing cancels");
    let decode = |clip: usize| {
        let latent = latents.clone().narrow(0, clip, 1);
        let decoder = encoders.vae().decoder();
        decoder.decode_clip(latent, config.diffusion.scale_factor, &NoHook).expect("nothing cancels")
    };
    (0..wanted.prompts.len()).map(decode).collect()
}

/// Latents of clips that a student makes, `[clips, channels, frames, height, width]`.
///
/// # Errors
/// [`Cancelled`] when the hook ends it.
pub(super) fn latents(
    student: &UNet,
    config: &ModelConfig,
    encoders: &Encoders,
    wanted: &Wanted<'_>,
    sampling: Sampling,
    hook: &dyn ForwardHook,
) -> Result<Tensor<5>, Cancelled> {
    let unit = config.vae.downsampling();
    let [height, width] = wanted.size.map(|side| side / unit);
    let count = wanted.prompts.len();
    let is_guided = sampling.sampler == SamplerKind::Ddim && sampling.guidance != NO_GUIDANCE;
    let job = Denoise {
        unconditional: is_guided.then(|| TextEmbedding { tensor: encoders.texts([""]).repeat_dim(0, count) }),
        sampler: sampling.sampler,
        steps: sampling.steps,
        guidance: sampling.guidance,
        fps: wanted.fps,
        ..Denoise::new(
            student,
            config,
            TextEmbedding { tensor: encoders.texts(wanted.prompts.iter().copied()) },
            NoiseSource::new(wanted.seed),
            [count, config.unet.in_channels, wanted.frames, height, width],
        )
    };
    Ok(denoise(&job, hook, &mut |_| Ok(()))?.tensor)
}
