//! What a model was made for: its sampler, sizes and defaults.

use serde::{Deserialize, Serialize};

pub use crate::reuse::{NotAReuse, Reuse, ReusePlan};

/// Sampler of the denoising stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SamplerKind {
    /// T2V-Turbo's consistency sampler: few steps, guidance enters through an embedding, one U-Net call a step.
    Turbo,
    /// VideoCrafter2's DDIM with classifier-free guidance: two U-Net calls a step.
    Ddim,
}

/// What a model accepts and what it does when the user says nothing; part of every model's description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestLimits {
    /// Sampler that the model was made for.
    pub sampler: SamplerKind,
    /// Steps when none are given.
    pub default_steps: u32,
    /// Most steps that the sampler can take.
    pub max_steps: u32,
    /// Guidance when none is given.
    pub default_guidance: f32,
    /// Frames when none are given.
    pub default_frames: u32,
    /// Most frames of one clip.
    pub max_frames: u32,
    /// Width in pixels when none is given.
    pub default_width: u32,
    /// Height in pixels when none is given.
    pub default_height: u32,
    /// Width and height must be multiples of this many pixels (8 for the VAE times 2 for each level below the first of the U-Net).
    pub size_multiple: u32,
    /// Largest width or height in pixels.
    pub max_size: u32,
    /// Frames a second when none are given.
    pub default_fps: u32,
    /// Reuse across steps when none is given: only where it was measured to cost the model nothing.
    #[serde(default)]
    pub default_reuse: Reuse,
    /// Whether a tiny decoder for the model is here. It is no part of the model's file, so its description does not know.
    #[serde(skip)]
    pub tiny_decoder: bool,
}

impl RequestLimits {
    /// The side length nearest to `pixels` that the network takes.
    pub fn nearest_side(&self, pixels: u32) -> u32 {
        let multiple = self.size_multiple.max(1);
        let largest = (self.max_size / multiple).max(1) * multiple;
        let rounded = (u64::from(pixels) + u64::from(multiple / 2)) / u64::from(multiple) * u64::from(multiple);
        u32::try_from(rounded).unwrap_or(u32::MAX).clamp(multiple, largest)
    }
}
