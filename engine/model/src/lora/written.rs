//! LoRA files in the names that other programs read.
//!
//! kohya's scripts, and the user interfaces that grew up with them, read `lora_unet_LAYER.lora_down.weight`, `.lora_up.weight` and
//! `.alpha`, with underscores for the dots of the layer's name. peft reads `base_model.model.LAYER.lora_A.weight` and
//! `.lora_B.weight`, and `adapter_config.json` beside the file. The factors have the same shapes in both: of a convolution the first
//! one has the kernel, and the second has sides of one for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hummingbird_base::{Action, WriteError, files};
use hummingbird_nn::adapter::{DOWN, UP, layer_of};
use hummingbird_nn::params::NamedTensor;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::ModelError;
use crate::names::UNET;
use crate::writer::{WeightPrecision, write_tensors};

/// peft's configuration, which it looks for beside the file.
const ADAPTER_CONFIG: &str = "adapter_config.json";
/// The same in the header of a file, as diffusers writes it: so a file that travels alone keeps its strength.
const ADAPTER_METADATA: &str = "lora_adapter_metadata";

/// In whose names a LoRA is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoraNames {
    /// kohya's.
    #[default]
    Kohya,
    /// peft's.
    Peft,
}

/// A LoRA of a U-Net that is to be written.
#[derive(Clone, Debug)]
pub struct NewLora<'a> {
    /// `....lora_down.weight` and `....lora_up.weight` of each layer, by the layer's name in the reference state dict.
    pub factors: &'a [NamedTensor],
    /// The rank that was asked for. Layers with fewer inputs or outputs have less.
    pub rank: usize,
    /// What a branch adds is multiplied by `alpha / rank`, in every layer alike.
    pub alpha: f32,
    /// What the base model is called.
    pub base: &'a str,
    /// More of the header.
    pub metadata: &'a [(&'a str, String)],
}

impl NewLora<'_> {
    /// Layers without the prefix of the U-Net, by name, with their ranks.
    fn layers(&self) -> BTreeMap<&str, usize> {
        let rank = |factor: &NamedTensor| factor.shape.first().copied().unwrap_or(0);
        let downs = self.factors.iter().filter(|factor| factor.name.ends_with(&format!(".{DOWN}.weight")));
        downs.filter_map(|factor| Some((own(layer_of(&factor.name)?), rank(factor)))).collect()
    }

    /// The alpha of a layer of some rank, by which its factor is the same as that of all others.
    fn alpha_of(&self, rank: usize) -> f32 {
        self.alpha * rank as f32 / self.rank.max(1) as f32
    }

    /// peft's configuration. Ranks and alphas of layers that are too small for the rank are listed by their names.
    fn adapter_config(&self) -> Value {
        let layers = self.layers();
        let smaller: Vec<(&str, usize)> =
            layers.iter().filter(|(_, rank)| **rank != self.rank).map(|(layer, rank)| (*layer, *rank)).collect();
        let ranks: Map<String, Value> = smaller.iter().map(|&(layer, rank)| (layer.to_owned(), json!(rank))).collect();
        let alphas: Map<String, Value> =
            smaller.iter().map(|&(layer, rank)| (layer.to_owned(), json!(self.alpha_of(rank)))).collect();
        json!({
            "peft_type": "LORA",
            "task_type": null,
            "auto_mapping": null,
            "base_model_name_or_path": self.base,
            "r": self.rank,
            "lora_alpha": self.alpha,
            "lora_dropout": 0.0,
            "target_modules": layers.keys().collect::<Vec<_>>(),
            "rank_pattern": ranks,
            "alpha_pattern": alphas,
            "use_rslora": false,
            "use_dora": false,
            "bias": "none",
            "fan_in_fan_out": false,
            "modules_to_save": null,
            "init_lora_weights": true,
            "inference_mode": true,
        })
    }
}

fn own(layer: &str) -> &str {
    layer.strip_prefix(UNET).unwrap_or(layer)
}

/// Writes a LoRA in f32, and for peft its configuration beside it, each under a temporary name first.
///
/// # Errors
/// As [`write_tensors`].
pub fn write_lora(path: &Path, names: LoraNames, lora: &NewLora<'_>) -> Result<(), ModelError> {
    let mut metadata = lora.metadata.to_vec();
    let mut tensors = Vec::with_capacity(lora.factors.len() * 3 / 2);
    let mut with_alpha = BTreeSet::new();
    for factor in lora.factors {
        let Some(layer) = layer_of(&factor.name) else { continue };
        let is_up = factor.name.ends_with(&format!(".{UP}.weight"));
        let renamed = |name: String| NamedTensor { name, ..factor.clone() };
        match names {
            LoraNames::Kohya => {
                let layer = format!("lora_unet_{}", own(layer).replace('.', "_"));
                if !is_up && with_alpha.insert(layer.clone()) {
                    let rank = factor.shape.first().copied().unwrap_or(0);
                    let values = vec![lora.alpha_of(rank)];
                    tensors.push(NamedTensor { name: format!("{layer}.alpha"), shape: Vec::new(), values });
                }
                tensors.push(renamed(format!("{layer}.{}.weight", if is_up { UP } else { DOWN })));
            }
            LoraNames::Peft => {
                let part = if is_up { "lora_B" } else { "lora_A" };
                tensors.push(renamed(format!("base_model.model.{}.{part}.weight", own(layer))));
            }
        }
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    if names == LoraNames::Kohya {
        metadata.push(("ss_network_module", "networks.lora".to_owned()));
        metadata.push(("ss_network_dim", lora.rank.to_string()));
        metadata.push(("ss_network_alpha", lora.alpha.to_string()));
        let of_kernels = json!({"conv_dim": lora.rank.to_string(), "conv_alpha": lora.alpha.to_string()});
        let has_kernel = |factor: &NamedTensor| factor.shape.iter().skip(2).any(|&side| side > 1);
        if lora.factors.iter().any(has_kernel) {
            metadata.push(("ss_network_args", of_kernels.to_string()));
        }
        return write_tensors(path, &metadata, &tensors, WeightPrecision::F32);
    }
    let config = lora.adapter_config();
    metadata.push(("format", "pt".to_owned()));
    metadata.push((ADAPTER_METADATA, config.to_string()));
    write_tensors(path, &metadata, &tensors, WeightPrecision::F32)?;
    let beside = path.with_file_name(ADAPTER_CONFIG);
    let text = serde_json::to_string_pretty(&config).expect("a value is plain");
    let io = |source| WriteError::Io { action: Action::Write, path: beside.clone(), source };
    Ok(files::replace(&beside, text.as_bytes()).map_err(io)?)
}
