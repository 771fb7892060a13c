//! What a clip is made of: the checked settings that the stages run on; [`value`] is one of them without its type.

pub mod value;

use std::fmt;

use burn::tensor::Device;
use hummingbird_kernels::Factors;
use hummingbird_model::{Reuse, SamplerKind};
use serde::{Deserialize, Serialize};

/// Where a clip's noise comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoiseKind {
    /// Hummingbird's own generator.
    #[default]
    #[serde(rename = "hummingbird")]
    Own,
    /// PyTorch's CPU generator, in the order of the reference: the seed gives the clip that the reference makes of it on a CPU.
    TorchCpu,
}

/// Which network turns the final latent into pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecoderKind {
    /// The decoder of the model's autoencoder.
    #[default]
    Full,
    /// A small one that comes near it and takes a fraction of its time (TAESD for the published models).
    #[serde(rename = "light")]
    Tiny,
}

/// What the processor rounds the factors of matmuls and convolutions to, where the CPU device computes a clip. Sums are f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// f32: weights of 16 and 8 bits count as what they are.
    #[default]
    Exact,
    /// bf16.
    Bf16,
    /// 8 bits where weights are stored so, bf16 elsewhere.
    Int8,
}

impl Precision {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Bf16, Self::Int8];

    /// What kernels are told.
    pub fn factors(self) -> Factors {
        match self {
            Self::Exact => Factors::F32,
            Self::Bf16 => Factors::Bf16,
            Self::Int8 => Factors::Int8,
        }
    }

    /// What kernels are told on `device`; `None` where it does not multiply such factors: any device does what is exact, the CPU device
    /// what its processor has instructions for.
    pub fn on(self, device: &Device) -> Option<Factors> {
        let factors = self.factors();
        (self == Self::Exact || (*device == Device::flex() && factors.is_supported())).then_some(factors)
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        })
    }
}

/// The settings of one clip, checked and complete: [`generate`](crate::generate::generate) takes them as they are.
///
/// What each of them is to people (names, help, ranges, defaults) is in the engine's table of settings, in `jobs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipSettings {
    /// The prompt, trimmed, not empty.
    pub prompt: String,
    /// The negative prompt, trimmed; often empty.
    pub negative: String,
    /// Sampling steps, `1..=max_steps`.
    pub steps: u32,
    /// Guidance scale, `0..=30`.
    pub guidance: f32,
    /// Seed of all noise.
    pub seed: u64,
    /// Frames, `1..=max_frames`.
    pub frames: u32,
    /// Width in pixels, a multiple of the model's `size_multiple`.
    pub width: u32,
    /// Height in pixels, a multiple of the model's `size_multiple`.
    pub height: u32,
    /// Frames a second, `1..=60`.
    pub fps: u32,
    /// Sampler.
    pub sampler: SamplerKind,
    /// Fresh noise in each step of DDIM, `0..=1`; other samplers do not use it.
    #[serde(default)]
    pub eta: f32,
    /// How much of the contrast that guidance adds is taken back, `0..=1`; DDIM only.
    #[serde(default)]
    pub guidance_rescale: f32,
    /// Where the noise comes from.
    #[serde(default)]
    pub noise: NoiseKind,
    /// The feature cache: how much of the U-Net later steps reuse.
    #[serde(default)]
    pub reuse: Reuse,
    /// Whether the finest spatial attention uses 2x2-pooled keys and values.
    #[serde(default)]
    pub merge_tokens: bool,
    /// What decodes the result.
    #[serde(default)]
    pub decoder: DecoderKind,
    /// What factors are rounded to on the CPU device.
    #[serde(default)]
    pub precision: Precision,
}

impl Default for ClipSettings {
    /// A clip of one small frame in one step, of an empty prompt: something to fill in.
    fn default() -> Self {
        Self {
            prompt: String::new(),
            negative: String::new(),
            steps: 1,
            guidance: 1.0,
            seed: 0,
            frames: 1,
            width: 32,
            height: 32,
            fps: 8,
            sampler: SamplerKind::Ddim,
            eta: 0.0,
            guidance_rescale: 0.0,
            noise: NoiseKind::Own,
            reuse: Reuse::Off,
            merge_tokens: false,
            decoder: DecoderKind::Full,
            precision: Precision::Exact,
        }
    }
}

impl NoiseKind {
    /// A random seed. It is below 2^53: programs that keep numbers as f64, as JavaScript and spreadsheets do, would round a larger
    /// one, and the clip could not be made again. PyTorch's generator uses 32 bits of a seed, so none is drawn there that a shorter
    /// one stands for.
    pub fn draw_seed(self) -> u64 {
        match self {
            Self::Own => rand::random::<u64>() >> (u64::BITS - f64::MANTISSA_DIGITS),
            Self::TorchCpu => u64::from(rand::random::<u32>()),
        }
    }
}
