//! Names of tensors: from how a file spells them to those of the reference's state dict.

use crate::unfit::Unfit;
use std::collections::HashSet;

use hummingbird_formats::stored::{Arrangement, Contents, FormatError, StoredTensor};

use super::respell::respell;

/// Prefix of the U-Net's names in the state dict of the whole model.
pub const UNET: &str = "model.diffusion_model.";
/// Prefix of the autoencoder's names.
pub const VAE: &str = "first_stage_model.";
/// Prefix of the text encoder's names.
pub const TEXT: &str = "cond_stage_model.model.";

/// Prefix of the tiny decoder's names, in files of our own and after [`normalise`]; behind it stand the places in TAESD's
/// sequence of layers, as in TAESD's own files.
pub const TINY_DECODER: &str = "light_decoder.";

/// How files call the layers of a TAESD decoder: what stands before the place, and the place of the first convolution.
/// TAESD's own sequence begins with a clamp; diffusers' `AutoencoderTiny` clamps outside of it.
const LIGHT_DECODER_SPELLINGS: [(&str, usize); 3] = [("", 1), ("decoder.", 1), ("decoder.layers.", 0)];

/// First convolution of every U-Net of this family, without a prefix in files that hold the U-Net alone.
const FIRST_CONVOLUTION: &str = "input_blocks.0.0.weight";
/// A temporal convolution, as the reference spells it.
const TEMPORAL_CONVOLUTION: &str = ".temopral_conv.";
/// What the reference's `conv3d_to_conv2d` adds to the names of the layers that it replaces.
const REPLACED: &str = ".conv2d.";

/// What wrappers put into names, at any place: torch.compile, DDP, DeepSpeed and FSDP.
const WRAPPERS: [&str; 4] = ["_orig_mod", "module", "_forward_module", "_fsdp_wrapped_module"];

/// A name without the parts that wrappers put into it; `None` where there are none.
fn unwrapped(name: &str) -> Option<String> {
    if !name.split('.').any(|part| WRAPPERS.contains(&part)) {
        return None;
    }
    let parts: Vec<&str> = name.split('.').filter(|part| !WRAPPERS.contains(part)).collect();
    (!parts.is_empty()).then(|| parts.join("."))
}

/// Takes wrappers' parts out of names and then gives the tensors of a file their names and shapes in the state dict of the whole model: the U-Net alone gets its
/// prefix, autoencoders and text encoders alone get theirs, whoever wrote them, temporal convolutions that were replaced by `Conv2d` of size (3, 1) are `Conv3d` of size (3, 1, 1) again, and the
/// layers of a TAESD decoder get [`TINY_DECODER`] and their places in TAESD's own sequence.
///
/// # Errors
/// `Damaged` when two tensors would have one name.
pub fn normalise(contents: &mut Contents) -> Result<(), FormatError> {
    normalise_among(contents, &HashSet::new())
}

/// As [`normalise`], for one of several files of a network whose tensors have these names together.
///
/// # Errors
/// As [`normalise`].
pub fn normalise_among(contents: &mut Contents, names: &HashSet<String>) -> Result<(), FormatError> {
    if contents.arrangement == Arrangement::List {
        return Ok(());
    }
    for tensor in &mut contents.tensors {
        if let Some(name) = unwrapped(tensor.name()) {
            *tensor = tensor.clone().renamed(name);
        }
    }
    respell(contents, names)?;
    let tiny_decoder = tiny_decoder_spelling(contents);
    let unet_alone = contents.tensors.iter().any(|tensor| tensor.name() == FIRST_CONVOLUTION);
    let tensors = std::mem::take(&mut contents.tensors);
    let mut seen = HashSet::with_capacity(tensors.len());
    for mut tensor in tensors {
        if tensor.name().contains(TEMPORAL_CONVOLUTION) && tensor.name().contains(REPLACED) {
            tensor = as_conv3d(tensor)?;
        }
        if let Some(name) = tiny_decoder.and_then(|spelling| tiny_decoder_name(tensor.name(), spelling)) {
            tensor = tensor.renamed(name);
        }
        if unet_alone && !tensor.name().starts_with(VAE) && !tensor.name().starts_with(TEXT) {
            let name = format!("{UNET}{}", tensor.name());
            tensor = tensor.renamed(name);
        }
        if !seen.insert(tensor.name().to_owned()) {
            return Err(FormatError::Damaged(Unfit::TwoTensors { name: tensor.name().to_owned() }.into()));
        }
        contents.tensors.push(tensor);
    }
    Ok(())
}

/// How the file spells the layers of a TAESD decoder, if it holds one: after the first convolution comes a ReLU, then a block.
fn tiny_decoder_spelling(contents: &Contents) -> Option<(&'static str, usize)> {
    let has = |name: String| contents.tensors.iter().any(|tensor| tensor.name() == name);
    LIGHT_DECODER_SPELLINGS.into_iter().find(|(prefix, first)| {
        has(format!("{prefix}{first}.weight")) && has(format!("{prefix}{}.conv.0.weight", first + 2))
    })
}

/// `3.conv.0.weight` or `decoder.layers.2.conv.0.weight` `->` `tiny_decoder.3.conv.0.weight`; `None` for other names.
fn tiny_decoder_name(name: &str, (prefix, first): (&str, usize)) -> Option<String> {
    let (place, rest) = name.strip_prefix(prefix)?.split_once('.')?;
    let place: usize = place.parse().ok()?;
    Some(format!("{TINY_DECODER}{}.{rest}", place.checked_add(1 - first)?))
}

fn as_conv3d(tensor: StoredTensor) -> Result<StoredTensor, FormatError> {
    let name = tensor.name().replace(REPLACED, ".");
    let tensor = tensor.renamed(name);
    match *tensor.shape() {
        [outputs, inputs, frames, 1] => tensor.reshaped(vec![outputs, inputs, frames, 1, 1]),
        _ => Ok(tensor),
    }
}
