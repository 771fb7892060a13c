//! Models with one network exchanged, written as files.

use std::path::Path;

use hummingbird_base::CancelToken;
use hummingbird_base::progress::Silent;

use crate::model::ModelDescription;
use crate::nn::params::NamedTensor;
use crate::training::TrainError;
use crate::weights::stored::Dtype;
use crate::weights::{
    FileError, METADATA_KEY, ModelError, ModelFile, RawTensor, StoredTensor, description_json, write_raw,
};

/// Values of the tensor of a name and shape.
pub type Values<'a> = dyn FnMut(&str, &[usize]) -> Result<Vec<f32>, FileError> + 'a;

/// Writes a model in which the network under `prefix` is `network`, in f32, and all others are those of `base`, bit by bit.
///
/// # Errors
/// When a file cannot be read or written.
pub(super) fn write_with_network(
    path: &Path,
    base: &ModelFile,
    description: &ModelDescription,
    prefix: &str,
    network: Vec<NamedTensor>,
) -> Result<(), TrainError> {
    let shapes: Vec<(String, Vec<usize>)> =
        network.iter().map(|tensor| (tensor.name.clone(), tensor.shape.clone())).collect();
    let mut network = network.into_iter();
    write_with_values(path, base, description, prefix, &shapes, &mut |_, _| {
        Ok(network.next().map(|tensor| tensor.values).unwrap_or_default())
    })
}

/// The same with a network of tensors of these names and shapes, whose values are asked for one after the other: no more than one of
/// them is in memory.
///
/// # Errors
/// As [`write_with_network`], and what `values` returns.
pub(super) fn write_with_values(
    path: &Path,
    base: &ModelFile,
    description: &ModelDescription,
    prefix: &str,
    network: &[(String, Vec<usize>)],
    values: &mut Values<'_>,
) -> Result<(), TrainError> {
    let is_other = |tensor: &&StoredTensor| !tensor.name().starts_with(&format!("{prefix}."));
    let others: Vec<&StoredTensor> = base.checkpoint().contents().tensors.iter().filter(is_other).collect();
    let trained = |(name, shape): &(String, Vec<usize>)| RawTensor {
        name: name.clone(),
        dtype: Dtype::F32,
        shape: shape.clone(),
    };
    let tensors: Vec<RawTensor> =
        network.iter().map(trained).chain(others.iter().map(|tensor| raw(tensor.name(), tensor))).collect();
    let (mut network, mut others) = (network.iter(), others.into_iter());
    let mut next = || {
        if let Some((name, shape)) = network.next() {
            return Ok(Some(values(name, shape)?.iter().flat_map(|value| value.to_le_bytes()).collect()));
        }
        let Some(tensor) = others.next() else { return Ok(None) };
        Ok::<_, ModelError>(Some(base.checkpoint().raw(tensor)?))
    };
    let metadata = [(METADATA_KEY, description_json(description))];
    Ok(write_raw(path, &metadata, &tensors, &mut next, &CancelToken::default(), &mut Silent)?)
}

/// A tensor of a file as it is.
pub(super) fn raw(name: &str, tensor: &StoredTensor) -> RawTensor {
    RawTensor { name: name.to_owned(), dtype: tensor.dtype(), shape: tensor.shape().to_vec() }
}
