//! Which layers of a U-Net get a branch.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::nn::config::UNetConfig;
use crate::pipeline::denoise::unet::UNET_PREFIX;
use crate::training::prune::params_of;
use crate::weights::FileError;

/// Kinds of layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Targets {
    /// Queries, keys, values and outputs of attention.
    Attention,
    /// Every linear layer of the transformers.
    #[default]
    Transformer,
    /// Every linear layer, those of the embeddings too.
    Linear,
    /// Convolutions too: what stage 2 trains.
    All,
}

/// Between what the layers work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axes {
    /// Inside of frames.
    Spatial,
    /// Between frames.
    Temporal,
    /// Both.
    #[default]
    Both,
}

/// Layers of attention, below their block.
const ATTENTION: [&str; 4] = [".to_q", ".to_k", ".to_v", ".to_out.0"];

impl Targets {
    fn take(self, layer: &str, sides: usize) -> bool {
        let of_attention = ATTENTION.iter().any(|name| layer.ends_with(name));
        // A projection is a convolution of size one in some of the reference's configurations.
        let of_transformer = layer.contains(".transformer_blocks.")
            || [".proj_in", ".proj_out"].iter().any(|name| layer.ends_with(name));
        match self {
            Self::Attention => of_attention,
            Self::Transformer => of_transformer,
            Self::Linear => of_transformer || sides == 2,
            Self::All => true,
        }
    }
}

impl Axes {
    fn take(self, layer: &str) -> bool {
        match self {
            Self::Spatial => !is_temporal(layer),
            Self::Temporal => is_temporal(layer),
            Self::Both => true,
        }
    }
}

/// Whether a layer works between frames: temporal convolutions, and the second transformer of each block; `init_attn` has no other.
fn is_temporal(layer: &str) -> bool {
    let own = layer.strip_prefix(UNET_PREFIX).and_then(|rest| rest.strip_prefix('.')).unwrap_or(layer);
    let parts: Vec<&str> = own.split('.').collect();
    match parts.as_slice() {
        ["init_attn", ..] => true,
        ["middle_block", "2", ..] => true,
        ["input_blocks" | "output_blocks", _, "2", part, ..] => {
            matches!(*part, "transformer_blocks" | "proj_in" | "proj_out")
        }
        _ => parts.contains(&"temopral_conv"),
    }
}

/// Names of the layers that get a branch, as the reference calls them.
///
/// # Errors
/// None that a network without values has.
pub(super) fn layers(config: &UNetConfig, targets: Targets, axes: Axes) -> Result<HashSet<String>, FileError> {
    let params = params_of(config)?.into_iter();
    let weights = params.filter_map(|param| Some((param.name.strip_suffix(".weight")?.to_owned(), param.shape.len())));
    // Norms have one side, and the reference's LoRA knows no Conv1d.
    let layers = weights.filter(|(_, sides)| *sides == 2 || *sides >= 4);
    Ok(layers
        .filter(|(layer, sides)| targets.take(layer, *sides) && axes.take(layer))
        .map(|(layer, _)| layer)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::adapter::{at_most, layer_of};
    use crate::training::adapters::factors_of;

    #[test]
    fn every_layer_has_its_place() {
        let config = UNetConfig::hummingbird_09b();
        let of = |targets, axes| layers(&config, targets, axes).expect("names need no file");
        let has = |set: &HashSet<String>, name: &str| set.contains(&format!("{UNET_PREFIX}.{name}"));
        let all = of(Targets::All, Axes::Both);
        let factors = factors_of(&config, &at_most(4)).expect("names need no file");
        let with_branches: HashSet<String> =
            factors.iter().filter_map(|it| layer_of(&it.name)).map(str::to_owned).collect();
        assert_eq!(all, with_branches, "all layers that can have a branch");
        let sizes = [Targets::Attention, Targets::Transformer, Targets::Linear, Targets::All].map(|targets| {
            let [spatial, temporal, both] = [Axes::Spatial, Axes::Temporal, Axes::Both].map(|axes| of(targets, axes));
            assert!(spatial.is_disjoint(&temporal) && !spatial.is_empty() && !temporal.is_empty());
            assert_eq!(spatial.union(&temporal).cloned().collect::<HashSet<_>>(), both);
            both
        });
        assert!(sizes.windows(2).all(|pair| pair[0].is_subset(&pair[1]) && pair[0].len() < pair[1].len()));

        let spatial = of(Targets::Attention, Axes::Spatial);
        assert!(has(&spatial, "input_blocks.1.1.transformer_blocks.0.attn2.to_out.0"));
        assert!(has(&spatial, "middle_block.1.transformer_blocks.0.attn1.to_q"));
        assert!(!has(&spatial, "input_blocks.1.2.transformer_blocks.0.attn1.to_q"));
        assert!(!has(&spatial, "input_blocks.1.1.transformer_blocks.0.ff.net.0.proj"));
        let temporal = of(Targets::All, Axes::Temporal);
        for name in [
            "init_attn.0.transformer_blocks.0.attn1.to_k",
            "input_blocks.1.2.proj_in",
            "output_blocks.7.2.transformer_blocks.0.ff.net.2",
            "middle_block.2.proj_out",
            "middle_block.0.temopral_conv.conv1.2",
            "input_blocks.1.0.temopral_conv.conv4.3",
        ] {
            assert!(has(&temporal, name), "{name}");
        }
        let transformer = of(Targets::Transformer, Axes::Both);
        assert!(has(&transformer, "input_blocks.1.1.proj_in") && !has(&transformer, "time_embed.0"));
        let linear = of(Targets::Linear, Axes::Both);
        assert!(has(&linear, "time_embed.0") && has(&linear, "input_blocks.1.0.emb_layers.1"));
        assert!(!has(&linear, "input_blocks.0.0") && !has(&linear, "out.2"));
        // An upsampler stands where other blocks have a transformer.
        let upsamplers = all.iter().filter(|layer| layer.ends_with(".conv")).count();
        assert_eq!(upsamplers, 3);
        assert!(temporal.iter().all(|layer| !layer.ends_with(".conv") && !layer.ends_with(".op")));
    }
}
