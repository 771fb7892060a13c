//! What a model says of itself: architecture, limits, vocabulary, licence, provenance.
//!
//! The description is JSON in the metadata of the model's safetensors file, under the key [`METADATA_KEY`].

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::limits::RequestLimits;
use hummingbird_nn::config::{TextConfig, UNetConfig, VaeConfig};

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

/// Largest last beta: beyond it nothing of a clip is left after half of the schedule, and f32 cannot undo that.
const MAX_BETA: f64 = 0.05;

impl DiffusionConfig {
    /// First and last beta.
    pub fn beta_ends(&self) -> (f64, f64) {
        (self.linear_start, self.linear_end)
    }

    /// Whether the schedule can be sampled.
    pub fn is_usable(&self) -> bool {
        let (start, end) = self.beta_ends();
        start > 0.0 && start <= end && end <= MAX_BETA && self.scale_factor.is_normal()
    }
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
    /// The token ids that it was trained on; `None` where these are all.
    pub known_ids: Option<Vec<u32>>,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_that_cannot_be_sampled_are_refused() {
        let with = |linear_start, linear_end, scale_factor| {
            DiffusionConfig { linear_start, linear_end, scale_factor, ..DiffusionConfig::default() }.is_usable()
        };
        assert!(with(0.000_85, 0.012, 0.18215) && with(0.000_85, 0.025, 1.0));
        for (start, end) in
            [(0.0, 0.012), (-0.1, 0.012), (0.02, 0.012), (0.000_85, 0.9), (f64::NAN, 0.012), (0.01, f64::NAN)]
        {
            assert!(!with(start, end, 1.0), "{start} to {end}");
        }
        for scale in [0.0, f32::NAN, f32::INFINITY] {
            assert!(!with(0.000_85, 0.012, scale), "scale {scale}");
        }
    }
}
