//! Names in LoRA files: which layer and which part of its change a tensor is.

use std::collections::HashMap;

use crate::checkpoint::Checkpoint;
use crate::names::{TEXT, UNET};
use hummingbird_formats::stored::StoredTensor;

/// What a tensor of a LoRA file is to its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Second factor of the product.
    Up,
    /// First factor of the product.
    Down,
    /// Alpha: the factor of the product is alpha divided by the rank.
    Alpha,
    /// Bias of the second factor (peft's `lora_bias`): added to the layer's bias with the factor of the product.
    UpBias,
    /// Added to the weight (`diff`, kohya's `w_norm`).
    WeightChange,
    /// Added to the bias (`diff_b`, kohya's `b_norm`).
    BiasChange,
    /// The new weight itself (peft's `modules_to_save`).
    Weight,
    /// The new bias itself (peft's `bias="all"` and `modules_to_save`).
    Bias,
}

/// Endings of names, longest first where one ends in another.
const ENDINGS: [(&str, Part); 17] = [
    (".lora_down.weight", Part::Down),
    (".lora_up.weight", Part::Up),
    (".lora_A.weight", Part::Down),
    (".lora_B.weight", Part::Up),
    (".lora_A", Part::Down),
    (".lora_B", Part::Up),
    (".lora_B.bias", Part::UpBias),
    (".lora.down.weight", Part::Down),
    (".lora.up.weight", Part::Up),
    (".lora_linear_layer.down.weight", Part::Down),
    (".lora_linear_layer.up.weight", Part::Up),
    (".alpha", Part::Alpha),
    (".diff", Part::WeightChange),
    (".diff_b", Part::BiasChange),
    (".w_norm", Part::WeightChange),
    (".b_norm", Part::BiasChange),
    (".modules_to_save.weight", Part::Weight),
];

/// What stands before an adapter's name: `.lora_A.mystyle.weight`, and what comes behind it.
const WITH_ADAPTER: [(&str, &str, Part); 7] = [
    (".lora_A.", ".weight", Part::Down),
    (".lora_B.", ".weight", Part::Up),
    (".lora_B.", ".bias", Part::UpBias),
    (".lora_down.", ".weight", Part::Down),
    (".lora_up.", ".weight", Part::Up),
    (".modules_to_save.", ".weight", Part::Weight),
    (".modules_to_save.", ".bias", Part::Bias),
];

/// A name taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelled<'a> {
    /// Layer, as the file spells it.
    pub(super) layer: &'a str,
    /// Part of its change.
    pub(super) part: Part,
    /// Name of the adapter, where the name has one.
    pub(super) adapter: Option<&'a str>,
}

/// The layer and the part that a name means; `None` where it is none of a change's parts.
pub(super) fn spelled(name: &str) -> Option<Spelled<'_>> {
    let plain = ENDINGS.iter().find_map(|&(ending, part)| Some((name.strip_suffix(ending)?, part)));
    if let Some((layer, part)) = plain {
        return Some(Spelled { layer, part, adapter: None });
    }
    if let Some(layer) = name.strip_suffix(".modules_to_save.bias") {
        return Some(Spelled { layer, part: Part::Bias, adapter: None });
    }
    WITH_ADAPTER.iter().find_map(|&(before, behind, part)| {
        let (layer, adapter) = name.strip_suffix(behind)?.rsplit_once(before)?;
        let is_name = !adapter.is_empty() && !adapter.contains('.');
        is_name.then_some(Spelled { layer, part, adapter: Some(adapter) })
    })
}

/// A whole weight or bias, as peft keeps those of `modules_to_save`: `....out.2.weight`.
pub(super) fn whole(name: &str) -> Option<Spelled<'_>> {
    if name.contains(".base_layer.") || name.contains(".original_module.") || name.contains("lora_") {
        return None;
    }
    let (layer, part) = [(".weight", Part::Weight), (".bias", Part::Bias)]
        .into_iter()
        .find_map(|(ending, part)| Some((name.strip_suffix(ending)?, part)))?;
    Some(Spelled { layer, part, adapter: None })
}

/// Parameters of a model by the one spelling to which the names of LoRA files are brought: weights and biases.
pub(super) struct Spellings<'a> {
    weights: HashMap<String, &'a StoredTensor>,
    biases: HashMap<String, &'a StoredTensor>,
}

impl<'a> Spellings<'a> {
    pub(super) fn of(base: &'a Checkpoint) -> Self {
        let (mut weights, mut biases) = (HashMap::new(), HashMap::new());
        for tensor in &base.contents().tensors {
            let (network, name) = match (tensor.name().strip_prefix(UNET), tensor.name().strip_prefix(TEXT)) {
                (Some(name), _) => ("unet_", name),
                (_, Some(name)) => ("te_", name),
                _ => continue,
            };
            let key = |layer: &str| format!("{network}{}", layer.replace('.', "_"));
            if let Some(layer) = name.strip_suffix(".weight") {
                weights.insert(key(layer), tensor);
            } else if let Some(layer) = name.strip_suffix(".bias") {
                biases.insert(key(layer), tensor);
            }
        }
        Self { weights, biases }
    }

    /// Weight of a layer of the file.
    pub(super) fn weight(&self, layer: &str) -> Option<&'a StoredTensor> {
        self.weights.get(spelling(layer).as_str()).copied()
    }

    /// Bias of a layer of the file.
    pub(super) fn bias(&self, layer: &str) -> Option<&'a StoredTensor> {
        self.biases.get(spelling(layer).as_str()).copied()
    }
}

/// Whether a layer of the file belongs to the text encoder.
pub(super) fn is_of_text(layer: &str) -> bool {
    spelling(layer).starts_with("te_")
}

/// A layer's name in a LoRA file as `unet_...` or `te_...` with underscores.
fn spelling(layer: &str) -> String {
    let mut rest = layer;
    for prefix in ["base_model.model.", "base_model.", "lora_"] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    for (prefix, network) in
        [(UNET, "unet_"), (TEXT, "te_"), ("diffusion_model.", "unet_"), ("unet.", "unet_"), ("text_encoder.", "te_")]
    {
        if let Some(layer) = rest.strip_prefix(prefix) {
            return unwrapped(&format!("{network}{}", layer.replace('.', "_")));
        }
    }
    let rest = rest.replace('.', "_");
    unwrapped(&if rest.starts_with("unet_") || rest.starts_with("te_") { rest } else { format!("unet_{rest}") })
}

/// Without what torch.compile and DDP put into names, where trainers have made underscores of the dots.
fn unwrapped(name: &str) -> String {
    let name = name.replace("_orig_mod_", "");
    for network in ["unet_", "te_"] {
        if let Some(rest) = name.strip_prefix(network).and_then(|rest| rest.strip_prefix("module_")) {
            return format!("{network}{rest}");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapters_and_wrappers_leave_the_layer() {
        let check = |name: &str, layer: &str, part: Part, adapter: Option<&str>| {
            assert_eq!(spelled(name), Some(Spelled { layer, part, adapter }), "{name}");
        };
        check("a.b.lora_A.default_0.weight", "a.b", Part::Down, Some("default_0"));
        check("a.b.lora_B.mystyle.weight", "a.b", Part::Up, Some("mystyle"));
        check("a.b.lora_B.weight", "a.b", Part::Up, None);
        check("a.b.lora_B.bias", "a.b", Part::UpBias, None);
        check("a.b.lora_B.x.bias", "a.b", Part::UpBias, Some("x"));
        check("a.b.diff", "a.b", Part::WeightChange, None);
        check("a_b.b_norm", "a_b", Part::BiasChange, None);
        check("a.b.modules_to_save.default.bias", "a.b", Part::Bias, Some("default"));
        for name in ["a.b.lora_A.x.y.weight", "a.b.lora_A..weight", "a.b.weight", ""] {
            assert_eq!(spelled(name), None, "{name}");
        }
        for layer in [
            "lora_unet__orig_mod_out_2",
            "lora_unet_out__orig_mod_2",
            "base_model.model.out.2",
            "diffusion_model.out.2",
            "lora_unet_module_out_2",
        ] {
            assert_eq!(spelling(layer), "unet_out_2", "{layer}");
        }
    }
}
