//! Tensors that come out of a training stage, and their file.

use std::path::Path;

use crate::jobs::error::{EngineError, ModelError};
use crate::jobs::events::CancelToken;
use crate::nn::params::NamedTensor;
use crate::weights::{Checkpoint, Dtype, RawTensor, StoredTensor, write_raw};
use hummingbird_base::progress::Silent;

/// A tensor that comes out.
#[derive(Clone, Debug)]
pub struct Output {
    /// Name.
    pub name: String,
    /// Sides.
    pub shape: Vec<usize>,
    /// Elements, row-major.
    pub values: OutputValues,
}

/// The elements of an [`Output`].
#[derive(Clone, Debug)]
pub enum OutputValues {
    /// In f32.
    Floats(Vec<f32>),
    /// In i64.
    Wholes(Vec<i64>),
    /// In bytes.
    Bytes(Vec<u8>),
    /// Those of a tensor of the checkpoint, in its number format, bit by bit.
    Stored(StoredTensor),
}

impl From<NamedTensor> for Output {
    fn from(tensor: NamedTensor) -> Self {
        let NamedTensor { name, shape, values } = tensor;
        Self { name, shape, values: OutputValues::Floats(values) }
    }
}

impl Output {
    /// A row of whole numbers.
    pub(super) fn wholes(name: &str, values: impl Iterator<Item = usize>) -> Self {
        let values: Vec<i64> = values.map(|value| value as i64).collect();
        Self { name: name.to_owned(), shape: vec![values.len()], values: OutputValues::Wholes(values) }
    }

    /// A tensor of bytes.
    pub(super) fn bytes(name: &str, shape: Vec<usize>, values: Vec<u8>) -> Self {
        Self { name: name.to_owned(), shape, values: OutputValues::Bytes(values) }
    }

    /// A row of numbers.
    pub(super) fn row(name: impl Into<String>, values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f32> = values.map(|value| value as f32).collect();
        Self { name: name.into(), shape: vec![values.len()], values: OutputValues::Floats(values) }
    }

    /// The largest magnitude, where values are at hand.
    pub fn largest(&self) -> Option<f32> {
        match &self.values {
            OutputValues::Floats(values) => Some(values.iter().fold(0.0, |largest, value| largest.max(value.abs()))),
            OutputValues::Wholes(values) => {
                values.iter().map(|value| value.unsigned_abs() as f32).max_by(f32::total_cmp)
            }
            OutputValues::Bytes(values) => values.iter().max().map(|&value| f32::from(value)),
            OutputValues::Stored(_) => None,
        }
    }

    fn raw(&self) -> RawTensor {
        let dtype = match &self.values {
            OutputValues::Floats(_) => Dtype::F32,
            OutputValues::Wholes(_) => Dtype::I64,
            OutputValues::Bytes(_) => Dtype::U8,
            OutputValues::Stored(tensor) => tensor.dtype(),
        };
        RawTensor { name: self.name.clone(), dtype, shape: self.shape.clone() }
    }
}

/// Writes tensors under a temporary name and renames the file; stored ones are those of `checkpoint`.
///
/// # Errors
/// When a file cannot be read or written, or `cancel` was asked for.
pub fn write_outputs(
    path: &Path,
    outputs: &[Output],
    checkpoint: &Checkpoint,
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    let tensors: Vec<RawTensor> = outputs.iter().map(Output::raw).collect();
    let mut outputs = outputs.iter();
    let mut next = || {
        let Some(output) = outputs.next() else { return Ok(None) };
        Ok::<_, ModelError>(Some(match &output.values {
            OutputValues::Floats(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            OutputValues::Wholes(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            OutputValues::Bytes(values) => values.clone(),
            OutputValues::Stored(tensor) => checkpoint.raw(tensor)?,
        }))
    };
    Ok(write_raw(path, &[], &tensors, &mut next, cancel, &mut Silent)?)
}
