//! What is said of a checkpoint that does not describe itself.

use super::checkpoint::Checkpoint;
use super::layout::{Layout, Networks, recognise};
use super::reference_config::ReferenceConfig;
use crate::description::{
    DiffusionConfig, FORMAT_VERSION, METADATA_KEY, ModelConfig, ModelDescription, ModelProvenance,
};
use crate::error::ModelError;
use crate::limits::{RequestLimits, Reuse, SamplerKind};
use crate::unfit::Unfit;
use hummingbird_base::Detail;
use hummingbird_formats::FileError;
use hummingbird_nn::config::{TextConfig, UNetConfig, VaeConfig};

/// The sizes of the networks in a file: from its own description, else read off its tensors, else the full-size values; what
/// `config` says overrides them. The networks may be incomplete; building one of them says what is missing.
///
/// # Errors
/// When the description cannot be read or `config` does not fit.
pub fn config_of(file: &Checkpoint, config: Option<&ReferenceConfig>) -> Result<ModelConfig, ModelError> {
    let unfit = |detail: Detail| ModelError::Config { path: file.path().to_owned(), detail };
    let mut sizes = match (file.metadata(METADATA_KEY), recognise(file)) {
        (Some(_), _) => description_of(file)?.config,
        (None, Layout::Networks(networks)) => describe(&networks).config,
        (None, _) => describe(&Networks::default()).config,
    };
    if let Some(config) = config {
        config.apply(&mut sizes).map_err(|error| unfit(error.into()))?;
    }
    // Parts that the file lacks need not fit those that it has.
    let alone = ModelConfig {
        text: TextConfig { width: sizes.unet.context_dim, heads: 1, ..sizes.text.clone() },
        ..sizes.clone()
    };
    alone.check().or_else(|_| sizes.check()).map_err(|error| unfit(error.into()))?;
    Ok(sizes)
}

/// What a file says of itself.
///
/// # Errors
/// `ModelDamaged` or `ModelForeign` when that cannot be read.
pub fn description_of(file: &Checkpoint) -> Result<ModelDescription, ModelError> {
    let path = || file.path().to_owned();
    let json = file.metadata(METADATA_KEY).unwrap_or_default();
    let description: ModelDescription = serde_json::from_str(json).map_err(|error| FileError::Damaged {
        path: path(),
        detail: Unfit::Description { detail: error.to_string() }.into(),
    })?;
    if description.format_version != FORMAT_VERSION {
        let found = description.format_version;
        let detail = Unfit::FormatVersion { found, known: FORMAT_VERSION }.into();
        return Err(FileError::Foreign { path: path(), detail }.into());
    }
    Ok(description)
}

/// The description of a whole checkpoint of the reference: the reference's own defaults.
///
/// A network with a guidance embedding is a few-step student and is sampled by Turbo; others by DDIM, as VideoCrafter2 is.
pub fn describe(networks: &Networks) -> ModelDescription {
    let unet = networks.unet.clone().unwrap_or_else(UNetConfig::hummingbird_07b);
    let vae = networks.vae.clone().unwrap_or_else(VaeConfig::kl_f8);
    let text = networks.text.clone().unwrap_or_else(TextConfig::vit_h_14);
    let student = unet.time_cond_proj_dim.is_some();
    // Sizes read off tensors are checked by the caller; until then they may be anything.
    let multiple = vae.downsampling().saturating_mul(unet.latent_multiple());
    let multiple = u32::try_from(multiple).unwrap_or(u32::MAX);
    let nearest = |size: u32| (size / multiple).max(1) * multiple;
    let limits = RequestLimits {
        sampler: if student { SamplerKind::Turbo } else { SamplerKind::Ddim },
        default_steps: if student { 4 } else { 50 },
        max_steps: if student { 50 } else { 1000 },
        default_guidance: if student { 7.5 } else { 12.0 },
        default_frames: 16,
        max_frames: 64,
        default_width: nearest(512),
        default_height: nearest(320),
        size_multiple: multiple,
        max_size: nearest(1024),
        // The students were trained at 8, the teacher's command asks for 28.
        default_fps: if student { 8 } else { 28 },
        default_reuse: Reuse::Off,
        tiny_decoder: false,
    };
    let name = networks.known_name().map_or_else(|| "Text-to-video model of another size".to_owned(), str::to_owned);
    ModelDescription {
        format_version: FORMAT_VERSION,
        name,
        licence: "that of its publisher".to_owned(),
        tokenizer: "clip-bpe".to_owned(),
        config: ModelConfig { text, unet, vae, diffusion: DiffusionConfig::default() },
        limits,
        vocabulary: None,
        provenance: ModelProvenance::default(),
    }
}
