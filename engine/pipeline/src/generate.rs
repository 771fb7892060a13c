//! The data path itself: the one place that knows all stages.

use burn::tensor::Tensor;

use crate::clip_tokens::Tokenizer;
use crate::clip_tokens::weights::plain_text;
use crate::denoise::noise::NoiseSource;
use crate::denoise::{Denoise, StepDone, StepStart, denoise, steps_taken};
use crate::handoff::{Frames, Latent, TextEmbedding};
use crate::networks::Networks;
use crate::progress::{GenerateSink, Stage, Warning};
use crate::settings::{ClipSettings, DecoderKind, NoiseKind};
use crate::vae::{Decoding, channels_last};
use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_kernels::{RgbMap, latent_to_rgb8};
use hummingbird_model::SamplerKind;

/// Pixels that are decoded at once: small frames in groups, large ones alone.
const DECODE_PIXELS: usize = 4 * 96 * 64;

/// Frames of this size that are decoded at once.
pub fn frames_at_once(height: usize, width: usize) -> usize {
    (DECODE_PIXELS / (height * width)).max(1)
}

/// How a job keeps within its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Economy {
    /// How it decodes.
    pub decoding: Decoding,
    /// Whether the text encoder is dropped once it has read the prompt.
    pub drops_text_encoder: bool,
}

/// What decodes a latent, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoder {
    /// The one that was asked for.
    pub kind: DecoderKind,
    /// Frames and tiles at a time; a tiny decoder needs no tiles.
    pub decoding: Decoding,
}

/// Prompt to frames; `start` is where a run that was cut off goes on. The text encoder must be there.
///
/// # Errors
/// [`Cancelled`] when `cancel` was asked for.
pub fn generate(
    networks: &mut Networks,
    clip: &ClipSettings,
    economy: Economy,
    start: Option<StepStart>,
    cancel: &CancelToken,
    sink: &mut dyn GenerateSink,
) -> Result<Frames, Cancelled> {
    sink.progress(Stage::Text.progress(0, 1));
    let text = embed(networks, &clip.prompt, cancel)?;
    let unconditional = match clip.sampler {
        SamplerKind::Ddim => Some(embed(networks, &clip.negative, cancel)?),
        SamplerKind::Turbo => None,
    };
    if start.is_none() {
        warn_about(networks, clip, sink);
    }
    if economy.drops_text_encoder {
        networks.drop_text();
    }
    let networks = &*networks;
    sink.progress(Stage::Text.progress(1, 1));

    let unit = networks.config.vae.downsampling();
    let [frames, height, width] = [clip.frames, clip.height, clip.width].map(|size| size as usize);
    let job = Denoise {
        unconditional,
        sampler: clip.sampler,
        steps: clip.steps as usize,
        guidance: clip.guidance,
        eta: f64::from(clip.eta),
        guidance_rescale: clip.guidance_rescale,
        fps: clip.fps as f32,
        reuse: clip.reuse,
        merge_tokens: clip.merge_tokens,
        start,
        ..Denoise::new(
            &networks.unet,
            &networks.config,
            text,
            NoiseSource::of_kind(clip.noise, clip.seed),
            [1, networks.config.unet.in_channels, frames, height / unit, width / unit],
        )
    };
    let total = steps_taken(clip.sampler, job.steps) as u32;
    sink.progress(Stage::Denoise.progress(job.start.as_ref().map_or(0, |start| start.done as u32), total));
    let mut last_preview = None;
    let latent = denoise(&job, cancel, &mut |step: StepDone<'_>| {
        let done = step.done as u32;
        // In between, the feature cache that the next step needs would be lost.
        if clip.reuse.can_go_on_at(step.done) {
            sink.keep_step(done, step.next);
            if sink.gives_up() {
                return Err(Cancelled);
            }
        }
        sink.progress(Stage::Denoise.progress(done, total));
        // After the last step the decode shows the same frames at once.
        if done < total && sink.wants_previews() {
            let preview = preview(networks, step.denoised.clone(), economy.decoding, cancel)?;
            sink.preview(preview.clone(), done, 0);
            last_preview = Some(preview);
        }
        Ok(())
    })?;
    sink.keep_latent(&latent);
    if sink.gives_up() {
        return Err(Cancelled);
    }
    let with = Decoder { kind: clip.decoder, decoding: economy.decoding };
    decode(networks, &latent, with, cancel, last_preview, sink)
}

/// Latent to frames by the decoder that was asked for, a few at a time; without a tiny one that is the full one. Frames that
/// are not decoded yet show `underlay` in the previews.
///
/// # Errors
/// [`Cancelled`] when `cancel` was asked for.
pub fn decode(
    networks: &Networks,
    latent: &Latent,
    with: Decoder,
    cancel: &CancelToken,
    underlay: Option<Frames>,
    sink: &mut dyn GenerateSink,
) -> Result<Frames, Cancelled> {
    let [_, _, total, rows, columns] = latent.tensor.dims();
    let unit = networks.config.vae.downsampling();
    let (height, width) = (rows * unit, columns * unit);
    let frame_bytes = height * width * 3;
    let mut pixels = match underlay {
        Some(frames) if frames.pixels().len() == total * frame_bytes => frames.pixels().to_vec(),
        _ => vec![0; total * frame_bytes],
    };
    sink.progress(Stage::Decode.progress(0, total as u32));
    few_at_a_time(networks, &latent.tensor, with, cancel, &mut |start, decoded| {
        pixels[start * frame_bytes..][..decoded.pixels().len()].copy_from_slice(decoded.pixels());
        let done = (start + decoded.count()) as u32;
        if !decoded.is_finite() {
            sink.frames_not_finite();
            return;
        }
        sink.progress(Stage::Decode.progress(done, total as u32));
        if sink.wants_previews() {
            sink.preview(Frames::new(width, height, pixels.clone()), u32::MAX, done);
        }
    })?;
    if sink.gives_up() {
        return Err(Cancelled);
    }
    Ok(Frames::new(width, height, pixels))
}

/// Decodes as many frames at once as the plan says; `on_frames` gets the place of the first of them, and them.
fn few_at_a_time(
    networks: &Networks,
    latent: &Tensor<5>,
    with: Decoder,
    cancel: &CancelToken,
    on_frames: &mut dyn FnMut(usize, &Frames),
) -> Result<(), Cancelled> {
    let [_, _, total, ..] = latent.dims();
    let Decoding { frames, tiles } = with.decoding;
    let group = frames.max(1);
    for start in (0..total).step_by(group) {
        let part = latent.clone().narrow(2, start, group.min(total - start));
        let decoded = match networks.tiny_for(with.kind) {
            Some(light) => light.decode_frames(&channels_last(part), cancel)?,
            None => networks.vae.decode_clip_in(tiles, part, networks.config.diffusion.scale_factor, cancel)?,
        };
        on_frames(start, &decoded);
    }
    Ok(())
}

/// The embedding of a prompt, its weights applied.
fn embed(networks: &Networks, prompt: &str, cancel: &CancelToken) -> Result<TextEmbedding, Cancelled> {
    let (tokens, weights) = Tokenizer::shared().encode_weighted(prompt);
    let text = networks.text().forward(&[tokens], cancel)?;
    let Some(weights) = weights else { return Ok(text) };
    let empty = networks.text().forward(&[Tokenizer::shared().encode("")], cancel)?;
    Ok(text.weighted(&empty, &weights))
}

/// All frames as they look now: by the tiny decoder if there is one, else by a linear map of the latent where the model
/// brings one, else by the full decoder.
fn preview(
    networks: &Networks,
    latent: Tensor<5>,
    decoding: Decoding,
    cancel: &CancelToken,
) -> Result<Frames, Cancelled> {
    let [_, _, _, rows, columns] = latent.dims();
    if let (None, Some(map)) = (&networks.light, &networks.config.diffusion.preview) {
        let map = RgbMap { factors: map.factors.clone(), bias: map.bias };
        return Ok(Frames::new(columns, rows, latent_to_rgb8(channels_last(latent), &map).bytes));
    }
    let unit = networks.config.vae.downsampling();
    let mut pixels = Vec::new();
    let with = Decoder { kind: DecoderKind::Tiny, decoding };
    few_at_a_time(networks, &latent, with, cancel, &mut |_, decoded| pixels.extend(decoded.pixels()))?;
    Ok(Frames::new(columns * unit, rows * unit, pixels))
}

fn warn_about(networks: &Networks, clip: &ClipSettings, sink: &mut dyn GenerateSink) {
    let tokenizer = Tokenizer::shared();
    let (tokens, _) = tokenizer.encode_weighted(&clip.prompt);
    if let Some(kept_text) = tokens.kept_text {
        sink.warn(Warning::PromptTruncated { text_tokens: tokens.text_tokens, kept_text });
    }
    let unknown: Vec<String> = tokenizer
        .words(&plain_text(&clip.prompt))
        .into_iter()
        .filter(|(_, ids)| ids.iter().any(|&id| !networks.text().knows(id)))
        .map(|(word, _)| word)
        .collect();
    if !unknown.is_empty() {
        sink.warn(Warning::UnknownWords { words: unknown });
    }
    let ran = steps_taken(clip.sampler, clip.steps as usize) as u32;
    if ran != clip.steps {
        sink.warn(Warning::StepsChanged { asked: clip.steps, ran });
    }
    if clip.sampler == SamplerKind::Turbo && clip.eta > 0.0 {
        sink.warn(Warning::EtaIgnored);
    }
    if clip.sampler == SamplerKind::Turbo && clip.guidance_rescale > 0.0 {
        sink.warn(Warning::GuidanceRescaleIgnored);
    }
    if clip.noise == NoiseKind::TorchCpu && clip.seed > u64::from(u32::MAX) {
        sink.warn(Warning::SeedShortened { same_seed: clip.seed as u32 });
    }
    if clip.sampler == SamplerKind::Turbo && !clip.negative.is_empty() {
        sink.warn(Warning::NegativeIgnored);
    }
}
