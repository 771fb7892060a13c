//! The U-Net as diffusers writes it: `UNet3DConditionModel`, which is VideoCrafter's network under other names, and the embedding of
//! frame rates that conversions of VideoCrafter add (`fps_embedding`).
//!
//! Blocks are counted by level and place there, and one after the other here; the residual block and the temporal convolutions
//! behind it are two modules there and one here.

use std::collections::HashSet;

use crate::names::UNET;

/// Most levels and blocks of a level that are looked for.
const MOST: usize = 16;

/// How the U-Net of a file is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnetSpelling {
    /// Residual blocks of a level on the way down; one more on the way up.
    blocks: usize,
    /// Whether a level on the way up has attention.
    attention_up: Vec<bool>,
}

/// A tensor of the reference: its name, and the axes of length 1 that its shape ends with beyond those of a matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Respelled {
    /// Name in the state dict of the whole model.
    pub name: String,
    /// Axes behind the two of a matrix, where the tensor is one of a linear layer here or there.
    pub extra_axes: Option<usize>,
}

impl UnetSpelling {
    /// How a file spells a U-Net, if it holds one with layers in time.
    pub fn of(names: &HashSet<&str>) -> Option<Self> {
        let has = |name: &str| names.contains(name);
        let is_here = has("conv_in.weight")
            && has("transformer_in.proj_in.weight")
            && has("down_blocks.0.temp_convs.0.conv1.2.weight");
        if !is_here {
            return None;
        }
        let block = |at: &usize| has(&format!("down_blocks.0.resnets.{at}.conv1.weight"));
        let blocks = (0..MOST).take_while(block).count();
        let levels = (0..MOST).take_while(|level| has(&format!("up_blocks.{level}.resnets.0.conv1.weight")));
        let attention = |level: usize| has(&format!("up_blocks.{level}.attentions.0.proj_in.weight"));
        let attention_up: Vec<bool> = levels.map(attention).collect();
        (blocks > 0 && !attention_up.is_empty()).then_some(Self { blocks, attention_up })
    }

    /// The reference's tensor; `None` for names that are no part of this network.
    pub fn respelled(&self, name: &str) -> Option<Respelled> {
        let parts: Vec<&str> = name.split('.').collect();
        let (place, rest): (String, &[&str]) = match parts.as_slice() {
            ["conv_in", kind] => return plain(&format!("input_blocks.0.0.{kind}")),
            ["conv_norm_out", kind] => return plain(&format!("out.0.{kind}")),
            ["conv_out", kind] => return plain(&format!("out.2.{kind}")),
            [embedding @ ("time_embedding" | "fps_embedding"), linear, kind] => {
                let embedding = if *embedding == "time_embedding" { "time_embed" } else { "fps_embedding" };
                let at = match *linear {
                    "linear_1" => 0,
                    "linear_2" => 2,
                    // What distilled students add.
                    _ => return None,
                };
                return plain(&format!("{embedding}.{at}.{kind}"));
            }
            ["transformer_in", rest @ ..] => return transformer("init_attn.0", rest, 1),
            ["down_blocks", level, "downsamplers", "0", "conv", kind] => {
                let at = (number(level)?.checked_add(1)?).checked_mul(self.blocks + 1)?;
                return plain(&format!("input_blocks.{at}.0.op.{kind}"));
            }
            ["up_blocks", level, "upsamplers", "0", "conv", kind] => {
                let level = number(level)?;
                let behind = if *self.attention_up.get(level)? { 3 } else { 1 };
                let at = level.checked_mul(self.blocks + 1)?.checked_add(self.blocks)?;
                return plain(&format!("output_blocks.{at}.{behind}.conv.{kind}"));
            }
            ["down_blocks", level, rest @ ..] => {
                let at = number(rest.get(1)?)?.checked_add(1)?;
                let at = number(level)?.checked_mul(self.blocks + 1)?.checked_add(at)?;
                (format!("input_blocks.{at}"), rest)
            }
            ["up_blocks", level, rest @ ..] => {
                let at = number(level)?.checked_mul(self.blocks + 1)?.checked_add(number(rest.get(1)?)?)?;
                (format!("output_blocks.{at}"), rest)
            }
            ["mid_block", rest @ ..] => ("middle_block".to_owned(), rest),
            _ => return None,
        };
        let [module, at, inner @ ..] = rest else { return None };
        let is_middle = place == "middle_block";
        // Of the middle, one residual block stands before attention and one behind.
        let residual = match (is_middle, *at) {
            (true, "0") | (false, _) => 0,
            (true, "1") => 3,
            _ => return None,
        };
        match *module {
            "resnets" => residual_block(&format!("{place}.{residual}"), inner),
            "temp_convs" => plain(&format!("{place}.{residual}.temopral_conv.{}", inner.join("."))),
            "attentions" => transformer(&format!("{place}.1"), inner, 0),
            "temp_attentions" => transformer(&format!("{place}.2"), inner, 0),
            _ => None,
        }
    }
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|number| *number < 1000)
}

fn plain(name: &str) -> Option<Respelled> {
    Some(Respelled { name: format!("{UNET}{name}"), extra_axes: None })
}

/// A tensor of a residual block.
fn residual_block(place: &str, inner: &[&str]) -> Option<Respelled> {
    let [part, kind] = inner else { return None };
    let part = match *part {
        "norm1" => "in_layers.0",
        "conv1" => "in_layers.2",
        "time_emb_proj" => "emb_layers.1",
        "norm2" => "out_layers.0",
        "conv2" => "out_layers.3",
        "conv_shortcut" => "skip_connection",
        _ => return None,
    };
    plain(&format!("{place}.{part}.{kind}"))
}

/// A tensor of a transformer, whose names are the same inside; the way in and out is a matrix with so many axes more.
fn transformer(place: &str, inner: &[&str], extra_axes: usize) -> Option<Respelled> {
    let is_way = matches!(inner, ["proj_in" | "proj_out", "weight"]);
    let respelled = plain(&format!("{place}.{}", inner.join(".")))?;
    Some(Respelled { extra_axes: is_way.then_some(extra_axes), ..respelled })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_counted_as_the_reference_counts_them() {
        // VideoCrafter2: two residual blocks a level, attention in all levels but the coarsest.
        let spelling = UnetSpelling { blocks: 2, attention_up: vec![false, true, true, true] };
        let cases = [
            ("conv_in.weight", "input_blocks.0.0.weight", None),
            ("time_embedding.linear_2.bias", "time_embed.2.bias", None),
            ("fps_embedding.linear_1.weight", "fps_embedding.0.weight", None),
            ("transformer_in.proj_in.weight", "init_attn.0.proj_in.weight", Some(1)),
            ("transformer_in.proj_in.bias", "init_attn.0.proj_in.bias", None),
            (
                "transformer_in.transformer_blocks.0.attn2.to_out.0.weight",
                "init_attn.0.transformer_blocks.0.attn2.to_out.0.weight",
                None,
            ),
            ("down_blocks.0.resnets.0.conv1.weight", "input_blocks.1.0.in_layers.2.weight", None),
            ("down_blocks.0.temp_convs.1.conv4.3.weight", "input_blocks.2.0.temopral_conv.conv4.3.weight", None),
            ("down_blocks.0.downsamplers.0.conv.bias", "input_blocks.3.0.op.bias", None),
            ("down_blocks.1.resnets.0.conv_shortcut.weight", "input_blocks.4.0.skip_connection.weight", None),
            ("down_blocks.2.attentions.1.proj_in.weight", "input_blocks.8.1.proj_in.weight", Some(0)),
            ("down_blocks.3.resnets.1.time_emb_proj.bias", "input_blocks.11.0.emb_layers.1.bias", None),
            ("mid_block.resnets.0.norm1.weight", "middle_block.0.in_layers.0.weight", None),
            ("mid_block.temp_convs.1.conv1.0.weight", "middle_block.3.temopral_conv.conv1.0.weight", None),
            ("mid_block.attentions.0.norm.weight", "middle_block.1.norm.weight", None),
            ("mid_block.temp_attentions.0.proj_out.weight", "middle_block.2.proj_out.weight", Some(0)),
            ("up_blocks.0.resnets.2.conv2.weight", "output_blocks.2.0.out_layers.3.weight", None),
            ("up_blocks.0.upsamplers.0.conv.weight", "output_blocks.2.1.conv.weight", None),
            ("up_blocks.1.upsamplers.0.conv.weight", "output_blocks.5.3.conv.weight", None),
            (
                "up_blocks.3.temp_attentions.2.transformer_blocks.0.ff.net.0.proj.weight",
                "output_blocks.11.2.transformer_blocks.0.ff.net.0.proj.weight",
                None,
            ),
            ("conv_norm_out.bias", "out.0.bias", None),
            ("conv_out.weight", "out.2.weight", None),
        ];
        for (theirs, ours, extra_axes) in cases {
            let wanted = Respelled { name: format!("{UNET}{ours}"), extra_axes };
            assert_eq!(spelling.respelled(theirs), Some(wanted), "{theirs}");
        }
        for name in [
            "up_blocks.9.upsamplers.0.conv.weight",
            "down_blocks.99999999999999999999.resnets.0.conv1.weight",
            "down_blocks.0",
            "down_blocks.0.resnets",
            "mid_block.resnets.2.conv1.weight",
            "class_embedding.weight",
        ] {
            assert_eq!(spelling.respelled(name), None, "{name}");
        }
    }
}
