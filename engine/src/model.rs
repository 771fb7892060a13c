//! What a model says of itself: architecture, limits, vocabulary, licence, provenance.
//!
//! The description is JSON in the metadata of the model's safetensors file, under the key [`METADATA_KEY`].

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::nn::config::{TextConfig, UNetConfig, VaeConfig};
use crate::request::RequestLimits;

/// Key of the description in the safetensors metadata.
pub const METADATA_KEY: &str = "hummingbird";

/// Version of the description that this build writes.
pub const FORMAT_VERSION: u32 = 1;

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum ModelSource {
    /// Nano, which every build carries.
    #[default]
    Embedded,
    /// A file in our format.
    File(PathBuf),
}

/// The words that a demo model was trained on, for the clickable chips of the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Colours, for example "red".
    pub colours: Vec<String>,
    /// Subjects, for example "balloon".
    pub subjects: Vec<String>,
    /// Motions, for example "moving left".
    pub motions: Vec<String>,
    /// Scenes, for example "night sky with stars".
    pub scenes: Vec<String>,
}

/// What the network's output means (`parameterization` of the reference).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameterization {
    /// The noise in the latent: all published checkpoints.
    #[default]
    Eps,
    /// The velocity `sqrt(alpha) * noise - sqrt(1 - alpha) * clean` (Salimans & Ho 2022).
    V,
}

/// Noise schedule and latent scaling that the network was trained with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffusionConfig {
    /// What the network's output means.
    #[serde(default)]
    pub parameterization: Parameterization,
    /// Latents are multiplied by this after encoding (0.18215 in the reference).
    pub scale_factor: f32,
    /// First beta of the schedule, whose square roots are linear in the timestep.
    pub linear_start: f64,
    /// Last beta.
    pub linear_end: f64,
    /// Whether the reference's `scale_arr` is applied by DDIM (`use_scale`).
    pub use_scale: bool,
    /// The value that `scale_arr` falls to.
    pub scale_b: f64,
    /// How a latent looks without decoding it, for previews; without it previews are decoded.
    #[serde(default)]
    pub preview: Option<PreviewMap>,
}

/// A linear map from scaled latent channels to red, green and blue in -1..1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviewMap {
    /// One row for each latent channel.
    pub factors: Vec<[f32; 3]>,
    /// Added to each colour.
    pub bias: [f32; 3],
}

impl Default for DiffusionConfig {
    /// VideoCrafter2's values.
    fn default() -> Self {
        Self {
            parameterization: Parameterization::Eps,
            scale_factor: 0.18215,
            linear_start: 0.00085,
            linear_end: 0.012,
            use_scale: true,
            scale_b: 0.7,
            preview: None,
        }
    }
}

/// The architecture: Nano, the 0.7B, the 0.9B and VideoCrafter2 are the same code with other numbers here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Text transformer.
    pub text: TextConfig,
    /// 3-D U-Net.
    pub unet: UNetConfig,
    /// Image autoencoder.
    pub vae: VaeConfig,
    /// Noise schedule.
    pub diffusion: DiffusionConfig,
}

/// How the weights came to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelProvenance {
    /// The command that made the file.
    pub command: String,
    /// Its seed.
    pub seed: u64,
    /// Anything else worth knowing: samples seen, hours, parent model.
    pub notes: String,
}

/// The whole description of a model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelDescription {
    /// Version of this description.
    pub format_version: u32,
    /// Name for people.
    pub name: String,
    /// SPDX expression or the licence's name.
    pub licence: String,
    /// Tokenizer; only `clip-bpe` is known.
    pub tokenizer: String,
    /// Architecture.
    pub config: ModelConfig,
    /// What the model accepts and its defaults.
    pub limits: RequestLimits,
    /// The words it knows, for a demo model.
    pub vocabulary: Option<Vocabulary>,
    /// How it was made.
    pub provenance: ModelProvenance,
}

/// A model as the window and the command line show it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCard {
    /// Name for people.
    pub name: String,
    /// Licence of the weights.
    pub licence: String,
    /// What it accepts and its defaults.
    pub limits: RequestLimits,
    /// The words it knows, for a demo model.
    pub vocabulary: Option<Vocabulary>,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
}
