//! What an export says about its clip: the same for the window and the command line.

use std::path::Path;

use crate::jobs::events::{Outcome, UsedDecoder};
use crate::jobs::request::DecoderKind;
use crate::jobs::settings::{Field as _, values_of};
use crate::pipeline::video_out::Provenance;

/// All that the file says about the clip.
pub fn provenance_of(outcome: &Outcome) -> Provenance {
    let request = &outcome.request;
    let (decoder, tiny_decoder) = match &outcome.decoder {
        UsedDecoder::Full => (DecoderKind::Full, None),
        UsedDecoder::Tiny { name, sha256 } => (DecoderKind::Tiny, Some((name.clone(), sha256.clone()))),
    };
    let (tiny_decoder_name, tiny_decoder_sha256) = tiny_decoder.unwrap_or_default();
    Provenance {
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: values_of(&request.clip),
        loras: request.loras.iter().map(|lora| (file_name(&lora.path), lora.strength)).collect(),
        model_name: outcome.model_name.clone(),
        model_sha256: outcome.model_sha256.clone(),
        decoder: decoder.to_value().to_string(),
        tiny_decoder_name,
        tiny_decoder_sha256,
        device: outcome.device_name.clone(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
