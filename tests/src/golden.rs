//! Golden files: inputs, block outputs and results that the reference code computed.
//!
//! Block outputs are mostly kept as a sample of every n-th value (`examples/copy_goldens.rs` writes them): that is enough to
//! see which block diverges, and keeps the repository small.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

/// Names the folders with the complete goldens, separated like those of `PATH`, to compare with all of them instead of the
/// samples kept here.
pub const FOLDERS_VARIABLE: &str = "HUMMINGBIRD_GOLDENS";

/// Key of the samples' description in a golden file's metadata: JSON, from tensor name to [`Sampling`].
pub const SAMPLED_KEY: &str = "sampled";

/// Which values of a tensor were kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampling {
    /// Shape of the whole tensor.
    pub shape: Vec<usize>,
    /// The values kept are those at the row-major indices 0, `stride`, 2 * `stride` and so on.
    pub stride: usize,
}

/// One tensor of the reference, whole or sampled.
#[derive(Clone, Debug)]
pub struct Golden {
    /// What was kept.
    pub sampling: Sampling,
    /// Values kept, in order.
    pub values: Vec<f32>,
}

/// All tensors of one case.
#[derive(Clone, Debug)]
pub struct GoldenFile {
    name: String,
    tensors: BTreeMap<String, Golden>,
}

impl GoldenFile {
    /// Reads the case `name`.
    ///
    /// # Panics
    /// When the file is missing or is no golden file.
    pub fn read(name: &str) -> Self {
        let path = path(&format!("{name}.safetensors"));
        let fail = |error: &dyn std::fmt::Display| -> ! { panic!("{}: {error}", path.display()) };
        let bytes = std::fs::read(&path).unwrap_or_else(|error| fail(&error));
        let file = SafeTensors::deserialize(&bytes).unwrap_or_else(|error| fail(&error));
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap_or_else(|error| fail(&error));
        let sampled: BTreeMap<String, Sampling> = metadata
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(SAMPLED_KEY))
            .map(|json| serde_json::from_str(json).unwrap_or_else(|error| fail(&error)))
            .unwrap_or_default();
        let tensors = file.tensors().into_iter().map(|(name, view)| {
            let whole = || Sampling { shape: view.shape().to_vec(), stride: 1 };
            let sampling = sampled.get(&name).cloned().unwrap_or_else(whole);
            let values = match view.dtype() {
                Dtype::F32 => view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
                Dtype::F64 => view.data().as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32).collect(),
                Dtype::I64 => view.data().as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes) as f32).collect(),
                other => fail(&format!("{name} is {other:?}")),
            };
            (name, Golden { sampling, values })
        });
        Self { name: name.to_owned(), tensors: tensors.collect() }
    }

    /// Whether the case has this tensor.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// A tensor of the case; whole numbers too are given as f32.
    ///
    /// # Panics
    /// When there is none.
    pub fn get(&self, name: &str) -> &Golden {
        self.tensors.get(name).unwrap_or_else(|| panic!("the golden {} has no tensor {name:?}", self.name))
    }

    /// A whole tensor on `device`, as stored.
    ///
    /// # Panics
    /// When there is none, when it has another number of dimensions, or when only a sample of it was kept.
    pub fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let golden = self.get(name);
        assert_eq!(golden.sampling.stride, 1, "only a sample of {name} was kept");
        Tensor::from_data(TensorData::new(golden.values.clone(), golden.sampling.shape.clone()), device)
    }

    /// Names of the blocks whose output the case has.
    pub fn blocks(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().filter_map(|name| name.strip_prefix("act."))
    }
}

fn path(file: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/golden").join(file);
    let Some(folders) = std::env::var_os(FOLDERS_VARIABLE) else { return own };
    std::env::split_paths(&folders)
        .map(|folder| folder.join(file))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("no folder of {FOLDERS_VARIABLE} has {file}"))
}
