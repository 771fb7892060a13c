//! Final latents, kept before decoding: a failed decode costs nothing, and a clip can be decoded again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use burn::tensor::{Device, Tensor, TensorData};

use crate::jobs::error::{EngineError, FileError, WriteError};
use crate::jobs::request::GenerateRequest;
use crate::nn::params::{Init, NamedTensor, ParamSource, values_of};
use crate::pipeline::handoff::Latent;
use crate::weights::{Checkpoint, WeightPrecision, write_tensors};

/// Latents that are kept; older ones are removed.
const KEPT: usize = 24;
/// Name of the tensor in the file.
const TENSOR: &str = "latent";
/// Metadata keys of the file.
const REQUEST_KEY: &str = "request";
const MODEL_KEY: &str = "model_sha256";
const SHAPE_KEY: &str = "shape";

/// A latent with all that is needed to decode it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptLatent {
    shape: [usize; 5],
    values: Vec<f32>,
    /// The request that it was sampled for.
    pub request: GenerateRequest,
    /// The model that sampled it.
    pub model_sha256: String,
}

impl KeptLatent {
    /// Copies a latent from its device.
    pub fn new(latent: &Latent, request: GenerateRequest, model_sha256: String) -> Self {
        let shape = latent.tensor.dims();
        Self { shape, values: values_of(latent.tensor.to_data()), request, model_sha256 }
    }

    /// Whether all values are numbers.
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }

    /// The latent on a device.
    pub fn latent(&self, device: &Device) -> Latent {
        Latent { tensor: Tensor::from_data(TensorData::new(self.values.clone(), self.shape), device) }
    }

    /// Reads a file of [`LatentShelf::keep`].
    ///
    /// # Errors
    /// When it is missing, damaged or of another kind.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let store = Checkpoint::open(path)?;
        let entry = |key: &str| {
            store.metadata(key).ok_or_else(|| FileError::Foreign {
                path: path.to_owned(),
                detail: format!("it is no kept latent, it lacks {key:?}"),
            })
        };
        let damaged =
            |error: serde_json::Error| FileError::Damaged { path: path.to_owned(), detail: error.to_string() };
        let request = serde_json::from_str(entry(REQUEST_KEY)?).map_err(damaged)?;
        let shape: [usize; 5] = serde_json::from_str(entry(SHAPE_KEY)?).map_err(damaged)?;
        let model_sha256 = entry(MODEL_KEY)?;
        let values = store.values(TENSOR, &shape, Init::Zeros)?;
        let kept = Self { shape, values, request, model_sha256: model_sha256.to_owned() };
        if !kept.is_finite() {
            return Err(FileError::NotFinite { path: path.to_owned(), name: TENSOR.to_owned() }.into());
        }
        Ok(kept)
    }
}

/// The folder of kept latents.
#[derive(Clone, Debug)]
pub struct LatentShelf {
    folder: PathBuf,
}

impl LatentShelf {
    /// The user's shelf, in the platform's folder for application data; `None` when the user has no home folder.
    pub fn of_user() -> Option<Self> {
        let dirs = directories::ProjectDirs::from("", "", "Hummingbird")?;
        Some(Self { folder: dirs.data_local_dir().join("latents") })
    }

    /// What to say where there is no shelf.
    pub fn without_home() -> EngineError {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        WriteError::Io { action: "find", path: PathBuf::from("the home folder"), source }.into()
    }

    /// A shelf in another folder.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes a latent and removes the oldest ones.
    ///
    /// # Errors
    /// `Io` when the folder cannot be written.
    pub fn keep(&self, kept: &KeptLatent) -> Result<PathBuf, EngineError> {
        let io = |source| WriteError::Io { action: "write", path: self.folder.clone(), source };
        fs::create_dir_all(&self.folder).map_err(io)?;
        let stamp = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let path = self.folder.join(format!("{:020}-{:016x}.safetensors", stamp.as_nanos(), kept.request.clip.seed));
        let json = |what: Result<String, serde_json::Error>| what.expect("requests and shapes are plain data");
        let metadata = [
            (REQUEST_KEY, json(serde_json::to_string(&kept.request))),
            (MODEL_KEY, kept.model_sha256.clone()),
            (SHAPE_KEY, json(serde_json::to_string(&kept.shape))),
        ];
        let tensor = NamedTensor { name: TENSOR.into(), shape: kept.shape.to_vec(), values: kept.values.clone() };
        write_tensors(&path, &metadata, &[tensor], WeightPrecision::F32)?;
        self.remove_oldest().map_err(io)?;
        Ok(path)
    }

    fn remove_oldest(&self) -> std::io::Result<()> {
        let mut files: Vec<PathBuf> = fs::read_dir(&self.folder)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|ending| ending == "safetensors"))
            .collect();
        files.sort();
        let surplus = files.len().saturating_sub(KEPT);
        files.iter().take(surplus).try_for_each(fs::remove_file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceChoice;
    use crate::jobs::error::ModelError;
    use crate::jobs::request::{DecoderKind, NoiseKind, Reuse, SamplerKind};

    fn kept(seed: u64) -> KeptLatent {
        let request = GenerateRequest {
            clip: crate::pipeline::settings::ClipSettings {
                prompt: "a \"red\" ball\n🎈".into(),
                negative: String::new(),
                steps: 4,
                guidance: 7.5,
                seed,
                frames: 2,
                width: 32,
                height: 32,
                fps: 8,
                sampler: SamplerKind::Turbo,
                eta: 0.25,
                noise: NoiseKind::TorchCpu,
                reuse: Reuse::Strong,
                merge_tokens: true,
                decoder: DecoderKind::Light,
            },
            loras: Vec::new(),
            device: DeviceChoice::Gpu(Some(1)),
        };
        let values = (0..2 * 8 * 16).map(|index| index as f32 * 0.25).collect();
        KeptLatent { shape: [1, 8, 2, 4, 4], values, request, model_sha256: "ab".repeat(32) }
    }

    #[test]
    fn a_latent_survives_the_shelf_and_the_shelf_stays_small() {
        let folder = tempfile::tempdir().expect("the tests have a temporary folder");
        let shelf = LatentShelf::at(folder.path().join("latents"));
        let mut paths = Vec::new();
        for seed in 0..KEPT as u64 + 3 {
            paths.push(shelf.keep(&kept(seed)).expect("the folder can be written"));
        }
        let last = paths.last().expect("some were kept");
        assert_eq!(KeptLatent::read(last).expect("it was just written"), kept(KEPT as u64 + 2));
        let left = fs::read_dir(folder.path().join("latents")).expect("the folder exists").count();
        assert_eq!(left, KEPT);
        assert!(!paths[0].exists() && last.exists());
    }

    #[test]
    fn foreign_files_are_named() {
        let folder = tempfile::tempdir().expect("the tests have a temporary folder");
        let path = folder.path().join("x.safetensors");
        fs::write(&path, b"GIF89a, not a latent").expect("the folder can be written");
        assert!(matches!(
            KeptLatent::read(&path),
            Err(EngineError::Model(ModelError::File(FileError::Foreign { .. })))
        ));
        assert!(matches!(
            KeptLatent::read(&folder.path().join("absent")),
            Err(EngineError::Model(ModelError::File(FileError::Open { .. })))
        ));
    }
}
