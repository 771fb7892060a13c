//! Names of tensors: from how a file spells them to those of the reference's state dict.

use std::collections::HashSet;

use super::stored::{Arrangement, Contents, FormatError, StoredTensor};

/// Prefix of the U-Net's names in the state dict of the whole model.
pub const UNET: &str = "model.diffusion_model.";
/// Prefix of the autoencoder's names.
pub const VAE: &str = "first_stage_model.";
/// Prefix of the text encoder's names.
pub const TEXT: &str = "cond_stage_model.model.";

/// First convolution of every U-Net of this family, without a prefix in files that hold the U-Net alone.
const FIRST_CONVOLUTION: &str = "input_blocks.0.0.weight";
/// A temporal convolution, as the reference spells it.
const TEMPORAL_CONVOLUTION: &str = ".temopral_conv.";
/// What the reference's `conv3d_to_conv2d` adds to the names of the layers that it replaces.
const REPLACED: &str = ".conv2d.";

/// Gives the tensors of a file their names and shapes in the state dict of the whole model: the U-Net alone gets its
/// prefix, and temporal convolutions that were replaced by `Conv2d` of size (3, 1) are `Conv3d` of size (3, 1, 1) again.
///
/// # Errors
/// `Damaged` when two tensors would have one name.
pub fn normalise(contents: &mut Contents) -> Result<(), FormatError> {
    if contents.arrangement == Arrangement::List {
        return Ok(());
    }
    let unet_alone = contents.tensors.iter().any(|tensor| tensor.name() == FIRST_CONVOLUTION);
    let tensors = std::mem::take(&mut contents.tensors);
    let mut seen = HashSet::with_capacity(tensors.len());
    for mut tensor in tensors {
        if tensor.name().contains(TEMPORAL_CONVOLUTION) && tensor.name().contains(REPLACED) {
            tensor = as_conv3d(tensor)?;
        }
        if unet_alone {
            let name = format!("{UNET}{}", tensor.name());
            tensor = tensor.renamed(name);
        }
        if !seen.insert(tensor.name().to_owned()) {
            return Err(FormatError::Damaged(format!("it has two tensors {:?}", tensor.name())));
        }
        contents.tensors.push(tensor);
    }
    Ok(())
}

fn as_conv3d(tensor: StoredTensor) -> Result<StoredTensor, FormatError> {
    let name = tensor.name().replace(REPLACED, ".");
    let tensor = tensor.renamed(name);
    match *tensor.shape() {
        [outputs, inputs, frames, 1] => tensor.reshaped(vec![outputs, inputs, frames, 1, 1]),
        _ => Ok(tensor),
    }
}
