//! What an export says about its clip: the same for the window and the command line.

use std::path::Path;

use crate::jobs::events::{Outcome, UsedDecoder};
use crate::jobs::request::{DecoderKind, NoiseKind, SamplerKind};
use crate::pipeline::video_out::Provenance;

/// All that the file says about the clip.
pub fn provenance_of(outcome: &Outcome) -> Provenance {
    let request = &outcome.request;
    let (decoder, light_decoder) = match &outcome.decoder {
        UsedDecoder::Full => (DecoderKind::Full, None),
        UsedDecoder::Light { name, sha256 } => (DecoderKind::Light, Some((name.clone(), sha256.clone()))),
    };
    let (light_decoder_name, light_decoder_sha256) = light_decoder.unwrap_or_default();
    Provenance {
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        prompt: request.clip.prompt.clone(),
        negative: request.clip.negative.clone(),
        seed: request.clip.seed,
        steps: request.clip.steps,
        guidance: request.clip.guidance,
        sampler: sampler_name(request.clip.sampler).to_owned(),
        eta: request.clip.eta,
        noise: noise_name(request.clip.noise).to_owned(),
        reuse: request.clip.reuse.to_string(),
        merge_tokens: request.clip.merge_tokens,
        loras: request.loras.iter().map(|lora| (file_name(&lora.path), lora.strength)).collect(),
        frames: request.clip.frames,
        width: request.clip.width,
        height: request.clip.height,
        fps: request.clip.fps,
        model_name: outcome.model_name.clone(),
        model_sha256: outcome.model_sha256.clone(),
        decoder: decoder_name(decoder).to_owned(),
        light_decoder_name,
        light_decoder_sha256,
        device: outcome.device_name.clone(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The sampler's name as it is stored in files.
pub fn sampler_name(sampler: SamplerKind) -> &'static str {
    match sampler {
        SamplerKind::Turbo => "turbo",
        SamplerKind::Ddim => "ddim",
    }
}

/// The noise's name as it is stored in files.
pub fn noise_name(noise: NoiseKind) -> &'static str {
    match noise {
        NoiseKind::Own => "hummingbird",
        NoiseKind::TorchCpu => "torch-cpu",
    }
}

/// The decoder's name as it is stored in files.
pub fn decoder_name(decoder: DecoderKind) -> &'static str {
    match decoder {
        DecoderKind::Full => "full",
        DecoderKind::Light => "light",
    }
}
