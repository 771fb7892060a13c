//! What benches give a U-Net: random latents and texts, and the conditions of a step in the middle of a sampling.

use burn::tensor::{Device, Distribution, Tensor, TensorData};
use hummingbird_engine::handoff::{CONTEXT_TOKENS, TextEmbedding};
use hummingbird_engine::nn::config::UNetConfig;
use hummingbird_engine::pipeline::denoise::schedule::timestep_embedding;
use hummingbird_engine::pipeline::denoise::unet::{Conditions, UNetInput};

/// Normal noise.
pub fn noise<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

/// Input for `clips` clips of so many frames, height and width.
pub fn unet_input(
    config: &UNetConfig,
    clips: usize,
    [frames, height, width]: [usize; 3],
    device: &Device,
) -> UNetInput {
    let rows = |value: f32, width: usize| {
        let values = timestep_embedding(value, width);
        Tensor::<1>::from_data(TensorData::new(values, [width]), device).unsqueeze::<2>().repeat_dim(0, clips)
    };
    UNetInput {
        latent: noise([clips, config.in_channels, frames, height, width], device),
        conditions: Conditions {
            timestep: rows(600.0, config.model_channels),
            fps: config.fps_cond.then(|| rows(8.0, config.model_channels)),
            guidance: config.time_cond_proj_dim.map(|width| rows(7.5, width)),
            motion: None,
        },
        text: TextEmbedding { tensor: noise([clips, CONTEXT_TOKENS, config.context_dim], device) },
    }
}
