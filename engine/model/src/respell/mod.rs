//! Networks that other programs spell otherwise: the autoencoder and the text encoder as files of their own, and all three as
//! diffusers and transformers write them; the U-Net is in `unet`.
//!
//! What these files hold is certain: `UNet3DConditionModel`, `AutoencoderKL` and `CLIPTextModel` have one set of names each, and
//! every tensor of theirs has its one place in the reference. Attention of the text encoder is three matrices there and one here, so three tensors are read
//! as one; attention of the autoencoder is linear there and a convolution of one pixel here.

mod unet;

use std::collections::{BTreeMap, HashSet};

use hummingbird_formats::stored::{Contents, FormatError, StoredTensor};

use self::unet::UnetSpelling;
use super::names::{TEXT, VAE};

/// The query, key and value of an attention of transformers, in the order in which the reference joins them.
const QUERY_KEY_VALUE: [&str; 3] = ["q_proj", "k_proj", "v_proj"];

/// How a file spells an autoencoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VaeSpelling {
    /// As the reference, without its prefix.
    Reference,
    /// As diffusers, with so many levels.
    Diffusers(usize),
}

/// How a file spells a text encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextSpelling {
    /// As the reference (open_clip), without its prefix.
    Reference,
    /// As transformers, behind this prefix.
    Transformers(&'static str),
}

/// Gives the tensors of a network that stands in a file alone their names and shapes in the state dict of the whole model. Of other
/// files nothing is changed. `others` are names of tensors in further files of the same network.
///
/// # Errors
/// `Damaged` when three tensors that belong together do not fit.
pub(super) fn respell(contents: &mut Contents, others: &HashSet<String>) -> Result<(), FormatError> {
    let (unet, vae, text) = {
        let own = contents.tensors.iter().map(StoredTensor::name);
        let names: HashSet<&str> = own.chain(others.iter().map(String::as_str)).collect();
        (UnetSpelling::of(&names), vae_spelling(&names), text_spelling(&names))
    };
    if unet.is_none() && vae.is_none() && text.is_none() {
        return Ok(());
    }
    let mut joined: BTreeMap<String, [Option<StoredTensor>; 3]> = BTreeMap::new();
    let mut tensors = Vec::with_capacity(contents.tensors.len());
    for tensor in std::mem::take(&mut contents.tensors) {
        if let Some((name, place)) = text.and_then(|spelling| of_attention(tensor.name(), spelling)) {
            joined.entry(name).or_default()[place] = Some(tensor);
            continue;
        }
        if let Some(respelled) = unet.as_ref().and_then(|spelling| spelling.respelled(tensor.name())) {
            let tensor = tensor.renamed(respelled.name);
            tensors.push(match respelled.extra_axes {
                Some(axes) => as_matrix(tensor, axes)?,
                None => tensor,
            });
            continue;
        }
        let name = vae.and_then(|spelling| vae_name(tensor.name(), spelling));
        let is_linear = vae.is_some_and(|it| it != VaeSpelling::Reference) && tensor.shape().len() == 2;
        match name.or_else(|| text.and_then(|spelling| text_name(tensor.name(), spelling))) {
            // Linear layers and convolutions of one pixel have the same elements in the same order.
            Some(name) if is_linear && name.starts_with(VAE) => {
                let shape = [tensor.shape(), &[1, 1]].concat();
                tensors.push(tensor.renamed(name).reshaped(shape)?);
            }
            Some(name) => tensors.push(tensor.renamed(name)),
            None => tensors.push(tensor),
        }
    }
    for (name, parts) in joined {
        // What is missing of the three is told as the one tensor that is missing.
        if let [Some(query), Some(key), Some(value)] = parts {
            tensors.push(StoredTensor::joined(name, vec![query, key, value])?);
        }
    }
    contents.tensors = tensors;
    Ok(())
}

/// A matrix, however many axes of length 1 it ends with, with so many of them.
fn as_matrix(tensor: StoredTensor, axes: usize) -> Result<StoredTensor, FormatError> {
    let shape = match tensor.shape() {
        [rows, columns, rest @ ..] if rest.iter().all(|side| *side == 1) => {
            [&[*rows, *columns][..], &vec![1; axes]].concat()
        }
        _ => return Ok(tensor),
    };
    if shape == tensor.shape() { Ok(tensor) } else { tensor.reshaped(shape) }
}

fn vae_spelling(names: &HashSet<&str>) -> Option<VaeSpelling> {
    let has = |name: &str| names.contains(name);
    if !has("decoder.conv_in.weight") || !has("decoder.conv_out.weight") {
        return None;
    }
    if has("decoder.norm_out.weight") && has("decoder.up.0.block.0.conv1.weight") {
        return Some(VaeSpelling::Reference);
    }
    let level = |level: &usize| has(&format!("decoder.up_blocks.{level}.resnets.0.conv1.weight"));
    let levels = (0..16).take_while(level).count();
    (levels > 0 && has("decoder.conv_norm_out.weight")).then_some(VaeSpelling::Diffusers(levels))
}

fn text_spelling(names: &HashSet<&str>) -> Option<TextSpelling> {
    let has = |name: &str| names.contains(name);
    if has("token_embedding.weight") && has("transformer.resblocks.0.attn.in_proj_weight") {
        // With a picture encoder beside it, it is a whole CLIP, as scorers are.
        if names.iter().any(|name| name.starts_with("visual.")) {
            return None;
        }
        return Some(TextSpelling::Reference);
    }
    // Three factors cannot be joined with their matrices.
    let is_scaled = names.iter().any(|name| name.ends_with(".scale_weight") || name.ends_with(".weight_scale"));
    let is_here = |prefix: &&str| {
        has(&format!("{prefix}embeddings.token_embedding.weight"))
            && has(&format!("{prefix}encoder.layers.0.self_attn.q_proj.weight"))
    };
    ["text_model.", ""].into_iter().find(is_here).filter(|_| !is_scaled).map(TextSpelling::Transformers)
}

/// The reference's name of an autoencoder's tensor; `None` for others.
fn vae_name(name: &str, spelling: VaeSpelling) -> Option<String> {
    let is_of_vae = ["encoder.", "decoder.", "quant_conv.", "post_quant_conv."].iter().any(|it| name.starts_with(it));
    if !is_of_vae {
        return None;
    }
    match spelling {
        VaeSpelling::Reference => Some(format!("{VAE}{name}")),
        VaeSpelling::Diffusers(levels) => diffusers_vae_name(name, levels).map(|name| format!("{VAE}{name}")),
    }
}

/// `decoder.up_blocks.0.resnets.1.conv_shortcut.weight` `->` `decoder.up.3.block.1.nin_shortcut.weight`.
fn diffusers_vae_name(name: &str, levels: usize) -> Option<String> {
    let parts: Vec<&str> = name.split('.').collect();
    let block = |part: &str| match part {
        "conv_shortcut" => "nin_shortcut".to_owned(),
        part => part.to_owned(),
    };
    Some(match parts.as_slice() {
        [half, "down_blocks", level, "resnets", at, part, kind] => {
            format!("{half}.down.{level}.block.{at}.{}.{kind}", block(part))
        }
        [half, "down_blocks", level, "downsamplers", "0", "conv", kind] => {
            format!("{half}.down.{level}.downsample.conv.{kind}")
        }
        [half, "up_blocks", level, "resnets", at, part, kind] => {
            format!("{half}.up.{}.block.{at}.{}.{kind}", upwards(level, levels)?, block(part))
        }
        [half, "up_blocks", level, "upsamplers", "0", "conv", kind] => {
            format!("{half}.up.{}.upsample.conv.{kind}", upwards(level, levels)?)
        }
        [half, "mid_block", "resnets", at, part, kind] => {
            format!("{half}.mid.block_{}.{}.{kind}", at.parse::<usize>().ok()?.checked_add(1)?, block(part))
        }
        [half, "mid_block", "attentions", "0", part @ .., kind] => {
            let part = match part {
                ["group_norm"] => "norm",
                ["to_q" | "query"] => "q",
                ["to_k" | "key"] => "k",
                ["to_v" | "value"] => "v",
                ["to_out", "0"] | ["proj_attn"] => "proj_out",
                _ => return None,
            };
            format!("{half}.mid.attn_1.{part}.{kind}")
        }
        [half, "conv_norm_out", kind] => format!("{half}.norm_out.{kind}"),
        [_, "conv_in" | "conv_out", _] | ["quant_conv" | "post_quant_conv", _] => name.to_owned(),
        _ => return None,
    })
}

/// The reference counts the levels of the decoder from the finest on, diffusers from the coarsest.
fn upwards(level: &str, levels: usize) -> Option<usize> {
    levels.checked_sub(1)?.checked_sub(level.parse().ok()?)
}

/// The reference's name of a text encoder's tensor; `None` for others.
fn text_name(name: &str, spelling: TextSpelling) -> Option<String> {
    let prefix = match spelling {
        TextSpelling::Transformers(prefix) => prefix,
        TextSpelling::Reference => {
            let known = ["token_embedding.", "transformer.", "ln_final."];
            let is_known = known.iter().any(|it| name.starts_with(it))
                || matches!(name, "positional_embedding" | "text_projection" | "logit_scale");
            return is_known.then(|| format!("{TEXT}{name}"));
        }
    };
    let parts: Vec<&str> = name.strip_prefix(prefix)?.split('.').collect();
    let name = match parts.as_slice() {
        ["embeddings", "token_embedding", "weight"] => "token_embedding.weight".to_owned(),
        ["embeddings", "position_embedding", "weight"] => "positional_embedding".to_owned(),
        ["final_layer_norm", kind] => format!("ln_final.{kind}"),
        ["encoder", "layers", layer, part @ .., kind] => {
            let part = match part {
                ["layer_norm1"] => "ln_1",
                ["layer_norm2"] => "ln_2",
                ["self_attn", "out_proj"] => "attn.out_proj",
                ["mlp", "fc1"] => "mlp.c_fc",
                ["mlp", "fc2"] => "mlp.c_proj",
                _ => return None,
            };
            format!("transformer.resblocks.{layer}.{part}.{kind}")
        }
        _ => return None,
    };
    Some(format!("{TEXT}{name}"))
}

/// The reference's name of the tensor that a query, key or value of transformers is part of, and which part.
fn of_attention(name: &str, spelling: TextSpelling) -> Option<(String, usize)> {
    let TextSpelling::Transformers(prefix) = spelling else { return None };
    let rest = name.strip_prefix(prefix)?.strip_prefix("encoder.layers.")?;
    let (layer, rest) = rest.split_once(".self_attn.")?;
    let (part, kind) = rest.split_once('.')?;
    let place = QUERY_KEY_VALUE.iter().position(|it| *it == part)?;
    matches!(kind, "weight" | "bias")
        .then(|| (format!("{TEXT}transformer.resblocks.{layer}.attn.in_proj_{kind}"), place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_diffusers_has_its_place_in_the_reference() {
        let cases = [
            ("encoder.down_blocks.1.resnets.0.conv_shortcut.weight", "encoder.down.1.block.0.nin_shortcut.weight"),
            ("encoder.down_blocks.2.downsamplers.0.conv.bias", "encoder.down.2.downsample.conv.bias"),
            ("decoder.up_blocks.0.resnets.2.norm1.weight", "decoder.up.3.block.2.norm1.weight"),
            ("decoder.up_blocks.3.resnets.0.conv_shortcut.bias", "decoder.up.0.block.0.nin_shortcut.bias"),
            ("decoder.up_blocks.2.upsamplers.0.conv.weight", "decoder.up.1.upsample.conv.weight"),
            ("decoder.mid_block.resnets.1.conv2.weight", "decoder.mid.block_2.conv2.weight"),
            ("decoder.mid_block.attentions.0.group_norm.weight", "decoder.mid.attn_1.norm.weight"),
            ("decoder.mid_block.attentions.0.to_q.weight", "decoder.mid.attn_1.q.weight"),
            ("encoder.mid_block.attentions.0.proj_attn.bias", "encoder.mid.attn_1.proj_out.bias"),
            ("encoder.mid_block.attentions.0.to_out.0.bias", "encoder.mid.attn_1.proj_out.bias"),
            ("decoder.conv_norm_out.weight", "decoder.norm_out.weight"),
            ("post_quant_conv.weight", "post_quant_conv.weight"),
        ];
        for (theirs, ours) in cases {
            let found = vae_name(theirs, VaeSpelling::Diffusers(4));
            assert_eq!(found.as_deref(), Some(format!("{VAE}{ours}").as_str()), "{theirs}");
        }
        for name in
            ["decoder.up_blocks.4.resnets.0.conv1.weight", "decoder.up_blocks.x.resnets.0.conv1.weight", "other.x"]
        {
            assert_eq!(vae_name(name, VaeSpelling::Diffusers(4)), None, "{name}");
        }
        let text = TextSpelling::Transformers("text_model.");
        let cases = [
            ("text_model.embeddings.position_embedding.weight", "positional_embedding"),
            ("text_model.encoder.layers.22.layer_norm2.bias", "transformer.resblocks.22.ln_2.bias"),
            ("text_model.encoder.layers.0.mlp.fc1.weight", "transformer.resblocks.0.mlp.c_fc.weight"),
            ("text_model.encoder.layers.0.self_attn.out_proj.weight", "transformer.resblocks.0.attn.out_proj.weight"),
            ("text_model.final_layer_norm.weight", "ln_final.weight"),
        ];
        for (theirs, ours) in cases {
            assert_eq!(text_name(theirs, text).as_deref(), Some(format!("{TEXT}{ours}").as_str()), "{theirs}");
        }
        assert_eq!(
            of_attention("text_model.encoder.layers.3.self_attn.v_proj.bias", text),
            Some((format!("{TEXT}transformer.resblocks.3.attn.in_proj_bias"), 2))
        );
        assert_eq!(text_name("text_model.embeddings.position_ids", text), None);
    }
}
