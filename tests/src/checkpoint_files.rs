//! What checkpoints are compared with: the weight rule in the number format of the file.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use half::{bf16, f16};
use hummingbird_engine::nn::params::{Init, ParamSource};
use hummingbird_engine::weights::{Contents, Dtype};

use crate::rule::RuleWeights;

/// Number format, shape and elements of tensors by their names.
pub type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// Reads the elements of all tensors.
///
/// # Errors
/// When the file cannot be read.
pub fn tensors_of(contents: &Contents, file: &mut (impl Read + Seek)) -> io::Result<Tensors> {
    let tensor = |tensor: &hummingbird_engine::weights::StoredTensor| {
        Ok((tensor.name().to_owned(), (tensor.dtype(), tensor.shape().to_vec(), tensor.read(file)?)))
    };
    contents.tensors.iter().map(tensor).collect()
}

/// The elements that the rule gives a tensor, rounded to a number format.
///
/// # Panics
/// As [`converted`].
pub fn rule_bytes(name: &str, shape: &[usize], dtype: Dtype) -> Vec<u8> {
    let values = RuleWeights.values(name, shape, Init::Zeros).expect("the rule knows every name");
    converted(&values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>(), dtype)
}

/// f32 elements in another number format.
///
/// # Panics
/// For formats that weights are not stored in.
pub fn converted(values: &[u8], dtype: Dtype) -> Vec<u8> {
    let values = values.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value));
    match dtype {
        Dtype::F32 => values.flat_map(f32::to_le_bytes).collect(),
        Dtype::F16 => values.flat_map(|value| f16::from_f32(value).to_le_bytes()).collect(),
        Dtype::BF16 => values.flat_map(|value| bf16::from_f32(value).to_le_bytes()).collect(),
        other => panic!("no weights are stored as {other:?}"),
    }
}
