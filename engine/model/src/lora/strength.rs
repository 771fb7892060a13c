//! How strong a LoRA is where its tensors do not say: the file's header, or peft's configuration beside it.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

use super::spelling::is_of_text;
use crate::checkpoint::Checkpoint;
use crate::unfit::{AdapterConfigUnfit, LoraUnfit};

/// Largest `adapter_config.json`.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// What a file says of the factors of its layers.
#[derive(Debug, Default)]
pub(super) struct Strength {
    adapters: Vec<Adapter>,
    /// kohya's `ss_network_alpha`, and that of convolutions with kernels.
    alpha: Option<f32>,
    conv_alpha: Option<f32>,
    /// Why peft's configuration cannot be used.
    broken: Option<AdapterConfigUnfit>,
}

/// The configuration of peft for the layers whose network has some prefix in diffusers' header.
#[derive(Debug)]
struct Adapter {
    prefix: &'static str,
    alpha: Option<f32>,
    by_layer: HashMap<String, f32>,
    by_sqrt: bool,
}

impl Strength {
    /// Reads the header of `file`, and the configuration beside it where the header says nothing.
    pub(super) fn of(file: &Checkpoint) -> Result<Self, LoraUnfit> {
        let mut found = Self::default();
        if let Some(json) = file.metadata("lora_adapter_metadata") {
            let json: Value =
                serde_json::from_str(json).map_err(|error| LoraUnfit::Metadata { detail: error.to_string() })?;
            let Value::Object(entries) = json else { return Err(LoraUnfit::MetadataNoObject) };
            for prefix in ["unet.", "transformer.", "text_encoder.", ""] {
                found.adapters.extend(Adapter::read(&entries, prefix)?);
            }
            return Ok(found);
        }
        let number = |key: &str| file.metadata(key).and_then(|text| text.trim().parse::<f32>().ok());
        found.alpha = number("lora_alpha").or_else(|| number("ss_network_alpha"));
        let args = file.metadata("ss_network_args").and_then(|json| serde_json::from_str::<Value>(json).ok());
        found.conv_alpha = args.as_ref().and_then(|args| as_number(args.get("conv_alpha")?));
        if found.alpha.is_none() {
            match beside(file.path()) {
                Ok(entries) => found.adapters.extend(entries.map(|it| Adapter::read(&it, "")).transpose()?.flatten()),
                Err(why) => found.broken = Some(why),
            }
        }
        Ok(found)
    }

    /// The factor of a layer of this rank that has no alpha of its own; `kernel` says whether it is a convolution with one.
    pub(super) fn scale(&self, layer: &str, rank: usize, kernel: bool) -> Result<f32, LoraUnfit> {
        if let Some(reason) = &self.broken {
            return Err(LoraUnfit::AdapterConfig { reason: reason.clone() });
        }
        let rank = rank.max(1) as f32;
        let alpha = self.conv_alpha.filter(|_| kernel).or(self.alpha);
        if let Some(alpha) = alpha {
            return Ok(alpha / rank);
        }
        let is_mine =
            |adapter: &&Adapter| adapter.prefix.is_empty() || (adapter.prefix == "text_encoder.") == is_of_text(layer);
        Ok(self.adapters.iter().find(is_mine).map_or(1.0, |adapter| adapter.scale(layer, rank)))
    }
}

impl Adapter {
    /// The entries behind a prefix; `None` where there are none.
    fn read(entries: &Map<String, Value>, prefix: &'static str) -> Result<Option<Self>, LoraUnfit> {
        let get = |key: &str| entries.get(&format!("{prefix}{key}")).filter(|value| !value.is_null());
        if get("lora_alpha").is_none() && get("r").is_none() {
            return Ok(None);
        }
        let alpha = match get("lora_alpha") {
            None => None,
            Some(value) => Some(as_number(value).ok_or(LoraUnfit::AlphaNoNumber)?),
        };
        let mut by_layer = HashMap::new();
        if let Some(Value::Object(patterns)) = get("alpha_pattern") {
            for (pattern, value) in patterns {
                let layer = pattern.trim_start_matches('^').trim_end_matches('$').replace("\\.", ".");
                if layer.contains(['*', '+', '?', '[', '(', '{', '|', '\\']) {
                    return Err(LoraUnfit::AlphaPattern { layer });
                }
                by_layer.insert(layer, as_number(value).ok_or(LoraUnfit::AlphaPatternNoNumber)?);
            }
        }
        let by_sqrt = get("use_rslora").and_then(Value::as_bool).unwrap_or(false);
        Ok(Some(Self { prefix, alpha, by_layer, by_sqrt }))
    }

    /// peft: alpha, that of the layer's pattern first, by the rank or its root. The rank is that of the tensors, which is
    /// what `rank_pattern` says too.
    fn scale(&self, layer: &str, rank: f32) -> f32 {
        let is_of =
            |pattern: &str| layer.strip_suffix(pattern).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        // Of several that fit, the longest says the most.
        let fitting = self.by_layer.iter().filter(|(pattern, _)| is_of(pattern));
        let of_layer = fitting.max_by_key(|(pattern, _)| pattern.len()).map(|(_, alpha)| *alpha);
        let divisor = if self.by_sqrt { rank.sqrt() } else { rank };
        of_layer.or(self.alpha).map_or(1.0, |alpha| alpha / divisor)
    }
}

fn as_number(value: &Value) -> Option<f32> {
    match value {
        Value::Number(number) => number.as_f64().map(|number| number as f32),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// What peft writes beside the weights, with or without a byte order mark; nothing where there is no such file.
fn beside(path: &Path) -> Result<Option<Map<String, Value>>, AdapterConfigUnfit> {
    let Ok(file) = std::fs::File::open(path.with_file_name("adapter_config.json")) else { return Ok(None) };
    let mut bytes = Vec::new();
    let read = file.take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes);
    let unreadable = |detail: String| AdapterConfigUnfit::Unreadable { detail };
    read.map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_CONFIG_BYTES {
        return Err(AdapterConfigUnfit::TooLong);
    }
    let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(json).map(Some).map_err(|error| unreadable(error.to_string()))
}
