//! Reading and writing model files. What comes from a file is hostile until it was parsed here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};

use crate::error::EngineError;
use crate::files::temporary_in;
use crate::model::{FORMAT_VERSION, METADATA_KEY, ModelCard, ModelDescription, ModelSource};
use crate::nn::params::{Init, NamedTensor, ParamSource};

/// Nano, as every build carries it.
static EMBEDDED_NANO: &[u8] = include_bytes!("../../../assets/nano/nano.safetensors");

/// Name that errors show for the embedded model.
const EMBEDDED_NAME: &str = "the embedded demo model";

/// Number format of the tensors of a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightPrecision {
    /// 32 bits.
    F32,
    /// 16 bits, rounded to nearest.
    F16,
}

/// Named tensors of a safetensors file whose header was checked.
#[derive(Debug)]
pub struct TensorStore {
    path: PathBuf,
    bytes: Cow<'static, [u8]>,
    prefix: String,
}

impl TensorStore {
    /// Reads a safetensors file; tensors are checked as they are asked for.
    ///
    /// # Errors
    /// `ModelOpen`, `ModelDamaged` or `ModelForeign`.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let bytes = std::fs::read(path).map_err(|source| EngineError::ModelOpen { path: path.to_owned(), source })?;
        Self::parse(path.to_owned(), Cow::Owned(bytes))
    }

    fn parse(path: PathBuf, bytes: Cow<'static, [u8]>) -> Result<Self, EngineError> {
        if bytes.is_empty() {
            return Err(EngineError::ModelDamaged { path, detail: "it is empty".into() });
        }
        if !looks_like_safetensors(&bytes) {
            let detail = kind_of_foreign_file(&bytes).to_owned();
            return Err(EngineError::ModelForeign { path, detail });
        }
        match SafeTensors::deserialize(&bytes) {
            Ok(_) => Ok(Self { path, bytes, prefix: String::new() }),
            Err(error) => Err(EngineError::ModelDamaged { path, detail: error.to_string() }),
        }
    }

    /// The same file with every name looked up behind `prefix`.
    pub fn under(self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..self }
    }

    /// An entry of the file's metadata.
    pub fn metadata(&self, key: &str) -> Option<String> {
        let (_, metadata) = SafeTensors::read_metadata(&self.bytes).ok()?;
        metadata.metadata().as_ref()?.get(key).cloned()
    }
}

/// A model file whose header was checked.
#[derive(Debug)]
pub struct ModelFile {
    tensors: TensorStore,
    description: ModelDescription,
    sha256: String,
}

impl ModelFile {
    /// Reads a model and checks its header; tensors are checked as they are asked for.
    ///
    /// # Errors
    /// `ModelOpen`, `ModelDamaged` or `ModelForeign`, each saying what to do.
    pub fn open(source: &ModelSource) -> Result<Self, EngineError> {
        let (path, bytes) = match source {
            ModelSource::Embedded => (PathBuf::from(EMBEDDED_NAME), Cow::Borrowed(EMBEDDED_NANO)),
            ModelSource::File(path) => {
                let bytes =
                    std::fs::read(path).map_err(|source| EngineError::ModelOpen { path: path.clone(), source })?;
                (path.clone(), Cow::Owned(bytes))
            }
        };
        Self::parse(&path, bytes)
    }

    /// Checks `bytes` as the content of `path`.
    ///
    /// # Errors
    /// As [`ModelFile::open`].
    pub fn parse(path: &Path, bytes: Cow<'static, [u8]>) -> Result<Self, EngineError> {
        let foreign = |detail: &str| EngineError::ModelForeign { path: path.to_owned(), detail: detail.to_owned() };
        let damaged = |detail: String| EngineError::ModelDamaged { path: path.to_owned(), detail };
        let tensors = TensorStore::parse(path.to_owned(), bytes)?;
        let json =
            tensors.metadata(METADATA_KEY).ok_or_else(|| foreign("a safetensors file without a model description"))?;
        let description: ModelDescription =
            serde_json::from_str(&json).map_err(|error| damaged(format!("its description: {error}")))?;
        if description.format_version != FORMAT_VERSION {
            return Err(foreign(&format!(
                "its format version is {}, this build reads {FORMAT_VERSION}",
                description.format_version
            )));
        }
        if !description.config.diffusion.is_usable() {
            return Err(damaged("its noise schedule or latent scale is out of range".to_owned()));
        }
        let sha256 = Sha256::digest(&tensors.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { tensors, description, sha256 })
    }

    /// What the model says of itself.
    pub fn description(&self) -> &ModelDescription {
        &self.description
    }

    /// SHA-256 of the file, lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What the window and the command line show.
    pub fn card(&self) -> ModelCard {
        let description = &self.description;
        ModelCard {
            name: description.name.clone(),
            licence: description.licence.clone(),
            limits: description.limits.clone(),
            vocabulary: description.vocabulary.clone(),
            sha256: self.sha256.clone(),
        }
    }
}

impl ParamSource for ModelFile {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, EngineError> {
        self.tensors.values(name, shape, init)
    }
}

impl ParamSource for TensorStore {
    fn values(&self, name: &str, shape: &[usize], _init: Init) -> Result<Vec<f32>, EngineError> {
        let name = &format!("{}{name}", self.prefix);
        let tensors = SafeTensors::deserialize(&self.bytes)
            .map_err(|error| EngineError::ModelDamaged { path: self.path.clone(), detail: error.to_string() })?;
        let view = tensors
            .tensor(name)
            .map_err(|_| EngineError::TensorMissing { path: self.path.clone(), name: name.clone() })?;
        if view.shape() != shape {
            return Err(EngineError::TensorShape {
                path: self.path.clone(),
                name: name.clone(),
                found: view.shape().to_vec(),
                expected: shape.to_vec(),
            });
        }
        floats(&view).ok_or_else(|| EngineError::ModelDamaged {
            path: self.path.clone(),
            detail: format!("tensor {name:?} has the number format {:?}", view.dtype()),
        })
    }
}

/// The values of a tensor as f32; `None` for number formats that no weight has.
fn floats(view: &TensorView<'_>) -> Option<Vec<f32>> {
    let data = view.data();
    match view.dtype() {
        Dtype::F32 => Some(data.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()),
        Dtype::F16 => Some(data.as_chunks::<2>().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()),
        Dtype::BF16 => Some(data.as_chunks::<2>().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect()),
        _ => None,
    }
}

/// Writes a model under a temporary name in the folder of `path` and renames it: no half-written file is ever seen.
///
/// # Errors
/// `Io` when the folder cannot be written.
pub fn write_model(
    path: &Path,
    description: &ModelDescription,
    tensors: &[NamedTensor],
    precision: WeightPrecision,
) -> Result<(), EngineError> {
    let json = serde_json::to_string(description).expect("a description has only string keys");
    write_tensors(path, &[(METADATA_KEY, json)], tensors, precision)
}

/// Writes named tensors and metadata under a temporary name in the folder of `path` and renames it.
///
/// # Errors
/// `Io` when the folder cannot be written.
pub fn write_tensors(
    path: &Path,
    metadata: &[(&str, String)],
    tensors: &[NamedTensor],
    precision: WeightPrecision,
) -> Result<(), EngineError> {
    let io = |source| EngineError::Io { action: "write", path: path.to_owned(), source };
    let encoded: Vec<(&str, Vec<u8>, &[usize])> = tensors
        .iter()
        .map(|tensor| {
            let bytes = match precision {
                WeightPrecision::F32 => tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect(),
                WeightPrecision::F16 => {
                    tensor.values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect()
                }
            };
            (tensor.name.as_str(), bytes, tensor.shape.as_slice())
        })
        .collect();
    let dtype = match precision {
        WeightPrecision::F32 => Dtype::F32,
        WeightPrecision::F16 => Dtype::F16,
    };
    let views = encoded.iter().map(|(name, bytes, shape)| {
        let view = TensorView::new(dtype, shape.to_vec(), bytes).expect("the bytes were made for this shape");
        (*name, view)
    });
    let metadata: HashMap<_, _> = metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let bytes = safetensors::serialize(views, Some(metadata)).map_err(|error| io(std::io::Error::other(error)))?;

    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary_in(folder).map_err(io)?;
    file.write_all(&bytes).map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}

/// Safetensors begin with the length of a JSON header, which begins with a brace.
fn looks_like_safetensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else { return false };
    u64::from_le_bytes(*length) < 100_000_000 && rest.first() == Some(&b'{')
}

fn kind_of_foreign_file(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"PK\x03\x04") {
        "it looks like a PyTorch checkpoint"
    } else if bytes.starts_with(b"GGUF") {
        "it is a GGUF file"
    } else if bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"GIF8") || bytes.get(4..8) == Some(b"ftyp") {
        "it is a picture or a video"
    } else {
        "it does not begin as a safetensors file does"
    }
}
