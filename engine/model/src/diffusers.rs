//! Folders of diffusers: `model_index.json` with a folder for each network, in one file or in several with an index.
//!
//! The networks are joined to one model. What stands in the configurations beside them is not needed: sizes are read off the tensors,
//! as of every file. Files and indexes are hostile: names lead nowhere but into the folder of the network.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use std::collections::BTreeMap;

use super::checkpoint::Checkpoint;
use crate::unfit::Unfit;
use hummingbird_formats::FileError;

/// The file that makes a folder one of diffusers.
const MODEL_INDEX: &str = "model_index.json";
/// Folders of the networks of a model.
const NETWORKS: [&str; 3] = ["unet", "text_encoder", "vae"];
/// What the weights of a network are called, the names that are tried first first.
const NAMES: [&str; 8] = [
    "diffusion_pytorch_model.safetensors",
    "model.safetensors",
    "diffusion_pytorch_model.fp16.safetensors",
    "model.fp16.safetensors",
    "diffusion_pytorch_model.bin",
    "pytorch_model.bin",
    "diffusion_pytorch_model.fp16.bin",
    "pytorch_model.fp16.bin",
];
/// What the index of weights in several files is called.
const INDEXES: [&str; 5] = [
    "diffusion_pytorch_model.safetensors.index.json",
    "model.safetensors.index.json",
    "diffusion_pytorch_model.fp16.safetensors.index.json",
    "model.fp16.safetensors.index.json",
    "model.safetensors.index.fp16.json",
];
/// No index is larger.
const MOST_INDEX_BYTES: u64 = 8 << 20;
/// Most files of one network.
const MOST_FILES: usize = 64;

/// The index of weights in several files.
#[derive(Deserialize)]
struct WeightIndex {
    /// The file of each tensor.
    weight_map: BTreeMap<String, String>,
}

/// Whether a folder is one of diffusers.
pub(super) fn is_diffusers_folder(folder: &Path) -> bool {
    folder.join(MODEL_INDEX).is_file()
}

/// Opens the networks of a folder as one model.
pub(super) fn open_folder(folder: &Path) -> Result<Checkpoint, FileError> {
    let mut files = Vec::new();
    for network in NETWORKS {
        files.extend(Checkpoint::open_network(weights(&folder.join(network))?)?);
    }
    if files.is_empty() {
        return Err(FileError::Foreign { path: folder.to_owned(), detail: Unfit::FolderWithoutWeights.into() });
    }
    Checkpoint::of_files(folder.to_owned(), files)
}

/// The files of a network; none where its folder has none.
fn weights(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    if let Some(path) = NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file()) {
        return Ok(vec![path]);
    }
    let Some(index) = INDEXES.iter().map(|name| folder.join(name)).find(|path| path.is_file()) else {
        return Ok(Vec::new());
    };
    let open = |source| FileError::Open { path: index.clone(), source };
    let damaged = |detail: Unfit| FileError::Damaged { path: index.clone(), detail: detail.into() };
    let mut text = Vec::new();
    File::open(&index).and_then(|file| file.take(MOST_INDEX_BYTES + 1).read_to_end(&mut text)).map_err(open)?;
    if text.len() as u64 > MOST_INDEX_BYTES {
        return Err(damaged(Unfit::Index { detail: "it is too long".to_owned() }));
    }
    let read: WeightIndex =
        serde_json::from_slice(&text).map_err(|error| damaged(Unfit::Index { detail: error.to_string() }))?;
    let names: BTreeSet<String> = read.weight_map.into_values().collect();
    if names.len() > MOST_FILES {
        return Err(damaged(Unfit::Index { detail: format!("it names {} files", names.len()) }));
    }
    names
        .into_iter()
        .map(|name| match is_plain(&name) {
            true => Ok(folder.join(name)),
            false => Err(damaged(Unfit::Index { detail: format!("{name:?} is no name of a file beside it") })),
        })
        .collect()
}

/// Whether a name stays in its folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\', ':']) && name != ".." && name != "."
}
