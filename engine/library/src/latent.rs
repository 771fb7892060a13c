//! Which latent belongs to a clip, found by what both say: for an index that is built anew.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use hummingbird_pipeline::video_out::Provenance;
use serde_json::Value;

/// Longest header of a latent's file that is read. Ours have a few kilobytes, mostly the prompt.
const MOST_HEADER: u64 = 1 << 20;

/// The kept latents by their seeds, which their names end with; the newest last.
pub(crate) struct Latents(HashMap<u64, Vec<PathBuf>>);

impl Latents {
    /// Those in a folder; none where there is no folder.
    pub fn of(folder: &Path) -> Self {
        let mut latents: HashMap<u64, Vec<PathBuf>> = HashMap::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
            let path = entry.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.rsplit_once('-'));
            if let Some(seed) = stem.and_then(|(_, seed)| u64::from_str_radix(seed, 16).ok()) {
                latents.entry(seed).or_default().push(path);
            }
        }
        latents.values_mut().for_each(|paths| paths.sort());
        Self(latents)
    }

    /// The newest latent of these settings and this model.
    pub fn find(&self, provenance: &Provenance) -> Option<&Path> {
        let paths = self.0.get(&provenance.whole("seed"))?;
        paths.iter().rev().find(|path| fits(path, provenance)).map(PathBuf::as_path)
    }
}

fn fits(path: &Path, provenance: &Provenance) -> bool {
    let Some(metadata) = metadata(path) else { return false };
    let text = |name: &str| metadata.get(name).and_then(Value::as_str);
    let Some(request) = text("request").and_then(|json| serde_json::from_str::<Value>(json).ok()) else { return false };
    let same = |(name, value): &(String, hummingbird_pipeline::settings::value::Value)| {
        // How it was decoded says nothing about the latent.
        if name == "decoder" {
            return true;
        }
        let there = request.get(name).unwrap_or(&Value::Null);
        match (value.number(), there.as_f64()) {
            // Both are numbers of 32 bits, whatever was written of them.
            (Some(one), Some(other)) => one as f32 == other as f32,
            _ => there.as_str().map_or_else(|| there.to_string(), str::to_owned) == value.to_string(),
        }
    };
    text("model_sha256") == Some(&provenance.model_sha256) && provenance.settings.iter().all(same)
}

/// The metadata in the header of a safetensors file.
fn metadata(path: &Path) -> Option<Value> {
    let mut file = File::open(path).ok()?;
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    let length = Some(u64::from_le_bytes(length)).filter(|length| *length <= MOST_HEADER)?;
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).ok()?;
    serde_json::from_slice::<Value>(&header).ok()?.get_mut("__metadata__").map(Value::take)
}
