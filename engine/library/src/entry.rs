//! One clip of the library.

use std::path::PathBuf;

use hummingbird_pipeline::video_out::Provenance;
use sha2::{Digest, Sha256};

/// Identity of a clip in one index; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClipId(pub i64);

/// What the index holds of a clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Identity.
    pub id: ClipId,
    /// Its file.
    pub path: PathBuf,
    /// Bytes of the file.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// All that it was made from.
    pub provenance: Provenance,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Number of frames.
    pub frames: u32,
    /// Frames a second.
    pub fps: u32,
    /// Whether it was marked as one of the best.
    pub favourite: bool,
    /// Words by which it is found, sorted.
    pub tags: Vec<String>,
    /// What somebody wrote about it.
    pub note: String,
    /// The project that it belongs to; empty for none.
    pub project: String,
    /// Its final latent, if one was kept and is still there.
    pub latent: Option<PathBuf>,
    /// Other clips of the same settings or with the same bytes.
    pub duplicates: u32,
}

/// What makes two clips the same but for the device: model, decoder, LoRAs and every setting, as one hash.
pub(crate) fn settings_key(provenance: &Provenance) -> String {
    let json = |what: serde_json::Result<String>| what.expect("texts and numbers always serialise");
    let mut settings: Vec<(String, String)> =
        provenance.settings.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    settings.sort();
    let parts = [
        json(serde_json::to_string(&settings)),
        json(serde_json::to_string(&provenance.loras)),
        provenance.model_sha256.clone(),
        provenance.decoder.clone(),
        provenance.tiny_decoder_sha256.clone(),
    ];
    hex(&Sha256::digest(parts.join("\n")))
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
