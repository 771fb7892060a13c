//! Models with one network exchanged, written as files.

use std::path::Path;

use hummingbird_base::CancelToken;
use hummingbird_base::progress::Silent;

use crate::model::ModelDescription;
use crate::nn::params::NamedTensor;
use crate::training::TrainError;
use crate::weights::stored::Dtype;
use crate::weights::{METADATA_KEY, ModelError, ModelFile, RawTensor, StoredTensor, description_json, write_raw};

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
    let is_other = |tensor: &&StoredTensor| !tensor.name().starts_with(&format!("{prefix}."));
    let others: Vec<&StoredTensor> = base.checkpoint().contents().tensors.iter().filter(is_other).collect();
    let trained =
        |tensor: &NamedTensor| RawTensor { name: tensor.name.clone(), dtype: Dtype::F32, shape: tensor.shape.clone() };
    let tensors: Vec<RawTensor> =
        network.iter().map(trained).chain(others.iter().map(|tensor| raw(tensor.name(), tensor))).collect();
    let (mut network, mut others) = (network.into_iter(), others.into_iter());
    let mut next = || {
        if let Some(tensor) = network.next() {
            return Ok(Some(tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect()));
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
