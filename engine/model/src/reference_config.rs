//! The reference's own configuration files: YAML as its scripts read it, or JSON with the same names.

use std::path::Path;

use serde_json::Value;

use hummingbird_nn::config::UNetConfig;

use crate::bounds::check_unet;
use crate::description::{ModelConfig, Parameterization};
use crate::error::ModelError;
use crate::unfit::ConfigUnfit;

/// Largest configuration file.
const MAX_BYTES: u64 = 1 << 20;
/// How deep sections are looked for.
const MAX_DEPTH: usize = 8;

/// Options of the reference's U-Net that must have these values: the others build networks that are not known here.
const REQUIRED: [(&str, bool); 6] = [
    ("use_linear", true),
    ("temporal_conv", true),
    ("temporal_attention", true),
    ("temporal_selfatt_only", true),
    ("use_relative_position", false),
    ("use_causal_attention", false),
];

/// Sizes that a U-Net is not built without.
const UNET_SIZES: [&str; 8] = [
    "in_channels",
    "out_channels",
    "model_channels",
    "num_res_blocks",
    "num_head_channels",
    "context_dim",
    "channel_mult",
    "attention_resolutions",
];

/// Part of the name of the class that builds no middle block: `openaimodel3d_t2v_jun_07B.UNetModel`.
const WITHOUT_MIDDLE_BLOCK: &str = "07B";

/// A configuration file that was read.
#[derive(Clone, Debug)]
pub struct ReferenceConfig {
    root: Value,
}

impl ReferenceConfig {
    /// Reads a file; `.json` as JSON, all others as YAML.
    ///
    /// # Errors
    /// `Config` when it cannot be read.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let fail = |detail: ConfigUnfit| ModelError::Config { path: path.to_owned(), detail: detail.into() };
        let length = std::fs::metadata(path).map_err(|error| fail(unreadable(&error)))?.len();
        if length > MAX_BYTES {
            return Err(fail(ConfigUnfit::TooLong { length_bytes: length, most_bytes: MAX_BYTES }));
        }
        let text = std::fs::read_to_string(path).map_err(|error| fail(unreadable(&error)))?;
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let parsed = if is_json { Self::from_json(&text) } else { Self::from_yaml(&text) };
        parsed.map_err(fail)
    }

    /// Parses JSON.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn from_json(text: &str) -> Result<Self, ConfigUnfit> {
        serde_json::from_str(text).map(|root| Self { root }).map_err(|error| unreadable(&error))
    }

    /// Parses YAML.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn from_yaml(text: &str) -> Result<Self, ConfigUnfit> {
        serde_saphyr::from_str(text).map(|root| Self { root }).map_err(|error| unreadable(&error))
    }

    /// The value under a key at the top.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.root.get(key)
    }

    /// The U-Net that the section `key` describes without any checkpoint. Whether it has a middle block shows in the name of its
    /// class: the reference has a class for each size, and that of the 0.7B builds none; without a class `middle_block` says it.
    ///
    /// # Errors
    /// When the section or one of its sizes is missing, a value is of the wrong kind, or no such network is known here.
    pub fn unet(&self, key: &str, middle_block: bool) -> Result<UNetConfig, ConfigUnfit> {
        let section = self.root.get(key).ok_or_else(|| ConfigUnfit::Missing { name: key.to_owned() })?;
        let params = section.get("params").unwrap_or(section);
        if let Some(name) = UNET_SIZES.iter().find(|name| params.get(**name).is_none()) {
            return Err(ConfigUnfit::Missing { name: format!("{key}.params.{name}") });
        }
        let class = section.get("target").and_then(Value::as_str);
        let mut unet = UNetConfig {
            middle_block: class.map_or(middle_block, |class| !class.contains(WITHOUT_MIDDLE_BLOCK)),
            fps_cond: false,
            time_cond_proj_dim: None,
            ..UNetConfig::hummingbird_07b()
        };
        apply_unet(params, &mut unet)?;
        check_unet(&unet)?;
        Ok(unet)
    }

    /// Overrides in `config` what the file says: `unet_config.params`, `ddconfig`, `text` (or `width`, `heads` and `layers` at
    /// the top), and the schedule.
    ///
    /// # Errors
    /// When a value is of the wrong kind, or asks for a network that is not known here.
    pub fn apply(&self, config: &mut ModelConfig) -> Result<(), ConfigUnfit> {
        if let Some(unet) = find(&self.root, "unet_config", 0) {
            apply_unet(unet.get("params").unwrap_or(unet), &mut config.unet)?;
        }
        if let Some(ddconfig) = find(&self.root, "ddconfig", 0) {
            let vae = &mut config.vae;
            number(ddconfig, "ch", &mut vae.ch)?;
            number(ddconfig, "num_res_blocks", &mut vae.num_res_blocks)?;
            number(ddconfig, "z_channels", &mut vae.z_channels)?;
            numbers(ddconfig, "ch_mult", &mut vae.ch_mult)?;
            if ddconfig.get("attn_resolutions").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
                return Err(ConfigUnfit::AttentionResolutions);
            }
        }
        if let Some(text) = find(&self.root, "text", 0).or_else(|| self.root.get("heads").map(|_| &self.root)) {
            number(text, "width", &mut config.text.width)?;
            number(text, "heads", &mut config.text.heads)?;
            let mut layers = config.text.layers.saturating_add(1);
            number(text, "layers", &mut layers)?;
            config.text.layers = layers.saturating_sub(1); // The last one never runs.
        }
        let diffusion = &mut config.diffusion;
        let float = |name: &str| find(&self.root, name, 0).and_then(Value::as_f64);
        diffusion.linear_start = float("linear_start").unwrap_or(diffusion.linear_start);
        diffusion.linear_end = float("linear_end").unwrap_or(diffusion.linear_end);
        diffusion.scale_b = float("scale_b").unwrap_or(diffusion.scale_b);
        diffusion.scale_factor = float("scale_factor").map_or(diffusion.scale_factor, |value| value as f32);
        if let Some(use_scale) = find(&self.root, "use_scale", 0).and_then(Value::as_bool) {
            diffusion.use_scale = use_scale;
        }
        match find(&self.root, "parameterization", 0).and_then(Value::as_str) {
            None => {}
            Some("eps") => diffusion.parameterization = Parameterization::Eps,
            Some("v") => diffusion.parameterization = Parameterization::V,
            Some(other) => return Err(ConfigUnfit::Parameterization { found: other.to_owned() }),
        }
        Ok(())
    }
}

fn apply_unet(params: &Value, unet: &mut UNetConfig) -> Result<(), ConfigUnfit> {
    for (name, required) in REQUIRED {
        if params.get(name).and_then(Value::as_bool).is_some_and(|value| value != required) {
            return Err(ConfigUnfit::UNetOption { name, required: required.to_string() });
        }
    }
    number(params, "in_channels", &mut unet.in_channels)?;
    number(params, "out_channels", &mut unet.out_channels)?;
    number(params, "model_channels", &mut unet.model_channels)?;
    number(params, "num_res_blocks", &mut unet.num_res_blocks)?;
    number(params, "num_head_channels", &mut unet.num_head_channels)?;
    number(params, "context_dim", &mut unet.context_dim)?;
    numbers(params, "channel_mult", &mut unet.channel_mult)?;
    numbers(params, "attention_resolutions", &mut unet.attention_resolutions)?;
    optional(params, "time_cond_proj_dim", &mut unet.time_cond_proj_dim)?;
    optional(params, "motion_cond_proj_dim", &mut unet.motion_cond_proj_dim)?;
    if let Some(fps) = params.get("fps_cond").and_then(Value::as_bool) {
        unet.fps_cond = fps;
    }
    Ok(())
}

/// What the system or a parser said.
fn unreadable(error: &impl ToString) -> ConfigUnfit {
    ConfigUnfit::Unreadable { detail: error.to_string() }
}

/// The first value under this key, outer sections first.
fn find<'a>(value: &'a Value, key: &str, depth: usize) -> Option<&'a Value> {
    let Value::Object(map) = value else { return None };
    map.get(key)
        .or_else(|| if depth == MAX_DEPTH { None } else { map.values().find_map(|inner| find(inner, key, depth + 1)) })
}

fn number(section: &Value, name: &str, target: &mut usize) -> Result<(), ConfigUnfit> {
    if let Some(value) = section.get(name) {
        *target = whole(value)
            .ok_or_else(|| ConfigUnfit::NoWholeNumber { name: name.to_owned(), value: value.to_string() })?;
    }
    Ok(())
}

fn numbers(section: &Value, name: &str, target: &mut Vec<usize>) -> Result<(), ConfigUnfit> {
    if let Some(value) = section.get(name) {
        let list = value.as_array().and_then(|list| list.iter().map(whole).collect::<Option<Vec<_>>>());
        *target =
            list.ok_or_else(|| ConfigUnfit::NoWholeNumbers { name: name.to_owned(), value: value.to_string() })?;
    }
    Ok(())
}

fn optional(section: &Value, name: &str, target: &mut Option<usize>) -> Result<(), ConfigUnfit> {
    match section.get(name) {
        None => {}
        Some(Value::Null) => *target = None,
        Some(value) => {
            *target = Some(
                whole(value)
                    .ok_or_else(|| ConfigUnfit::NoWholeNumber { name: name.to_owned(), value: value.to_string() })?,
            );
        }
    }
    Ok(())
}

/// A number of a size that networks have.
fn whole(value: &Value) -> Option<usize> {
    value.as_u64().filter(|&value| value <= 1 << 20).map(|value| value as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::DiffusionConfig;
    use hummingbird_nn::config::{TextConfig, VaeConfig};

    fn full() -> ModelConfig {
        ModelConfig {
            text: TextConfig::vit_h_14(),
            unet: UNetConfig::hummingbird_07b(),
            vae: VaeConfig::kl_f8(),
            diffusion: DiffusionConfig::default(),
        }
    }

    const YAML: &str = "
model:
  target: lvdm.models.ddpm3d.LatentDiffusion
  params:
    linear_start: 0.001
    scale_factor: 0.5
    use_scale: false
    unet_config:
      target: lvdm.modules.networks.openaimodel3d.UNetModel
      params:
        model_channels: 32
        attention_resolutions: [4, 2, 1]
        channel_mult: [1, 2]
        num_head_channels: 16
        time_cond_proj_dim: null
        use_linear: true
    first_stage_config:
      params:
        ddconfig:
          ch: 64
          attn_resolutions: []
";

    #[test]
    fn the_yaml_of_the_reference_overrides_what_it_says_and_nothing_else() {
        let mut config = full();
        ReferenceConfig::from_yaml(YAML).expect("valid").apply(&mut config).expect("known");
        assert_eq!((config.unet.model_channels, config.unet.num_head_channels), (32, 16));
        assert_eq!(config.unet.channel_mult, [1, 2]);
        assert_eq!(config.unet.time_cond_proj_dim, None);
        assert_eq!((config.vae.ch, config.vae.z_channels), (64, 4));
        assert_eq!(config.diffusion.linear_start, 0.001);
        assert_eq!(config.diffusion.linear_end, DiffusionConfig::default().linear_end);
        assert!(!config.diffusion.use_scale);
        assert_eq!(config.text, TextConfig::vit_h_14());
    }

    #[test]
    fn a_u_net_is_read_without_a_checkpoint() {
        let read = |target: &str, more: &str| {
            let json = format!(
                r#"{{"student":{{{target}"params":{{"in_channels":4,"out_channels":4,"model_channels":32,"num_res_blocks":1,
                "num_head_channels":16,"context_dim":64,"channel_mult":[1,2],"attention_resolutions":[1]{more}}}}}}}"#
            );
            ReferenceConfig::from_json(&json).expect("valid").unet("student", true)
        };
        let unet = read(r#""target":"a.openaimodel3d_t2v_jun_07B.UNetModel","#, r#","fps_cond":true"#).expect("whole");
        assert!(!unet.middle_block && unet.fps_cond && unet.time_cond_proj_dim.is_none());
        let unet = read(r#""target":"a.openaimodel3d_t2v_jun_09B.UNetModel","#, r#","time_cond_proj_dim":256"#);
        let unet = unet.expect("whole");
        assert!(unet.middle_block && !unet.fps_cond && unet.time_cond_proj_dim == Some(256));
        assert!(read("", "").expect("whole").middle_block, "what the caller says");
        let missing = ReferenceConfig::from_json(r#"{"student":{"params":{"in_channels":4}}}"#).expect("valid");
        let error = missing.unet("student", true).expect_err("sizes are missing").to_string();
        assert!(error.contains("student.params.out_channels"), "{error}");
        assert!(missing.unet("teacher", true).is_err());
        assert!(read("", r#","model_channels":48"#).is_err(), "48 channels are no 32 groups");
    }

    #[test]
    fn the_text_of_golden_files_is_read_at_the_top_or_in_its_section() {
        for json in [r#"{"width":64,"heads":4,"layers":4}"#, r#"{"text":{"width":64,"heads":4,"layers":4}}"#] {
            let mut config = full();
            ReferenceConfig::from_json(json).expect("valid").apply(&mut config).expect("known");
            assert_eq!((config.text.width, config.text.heads, config.text.layers), (64, 4, 3), "{json}");
        }
    }

    #[test]
    fn other_networks_and_odd_values_are_refused_by_name() {
        for (json, word) in [
            (r#"{"unet_config":{"params":{"use_causal_attention":true}}}"#, "use_causal_attention"),
            (r#"{"unet_config":{"params":{"model_channels":-1}}}"#, "model_channels"),
            (r#"{"unet_config":{"params":{"channel_mult":"x"}}}"#, "channel_mult"),
            (r#"{"ddconfig":{"attn_resolutions":[16]}}"#, "attn_resolutions"),
            (r#"{"parameterization":"x0"}"#, "parameterization"),
        ] {
            let error =
                ReferenceConfig::from_json(json).expect("valid").apply(&mut full()).expect_err(json).to_string();
            assert!(error.contains(word), "{json}: {error}");
        }
        assert!(ReferenceConfig::from_yaml("a: [").is_err());
        assert!(ReferenceConfig::from_json("").is_err());
    }
}
