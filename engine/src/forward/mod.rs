//! One stage on given tensors: how anyone compares this engine with another implementation.
//!
//! Tensors come and go under the names of the golden cases:
//!
//! | stage | in | out |
//! |---|---|---|
//! | `text` | `tokens [b, 77]` | `out [b, 77, width]` |
//! | `unet` | `x [b, c, t, h, w]`, `timesteps [b]`, `context [b, 77, d]`, and if the network takes them `fps [b]`, `w_embedding [b, e]`, `motion_cond [b, m]` | `out [b, c, t, h, w]` |
//! | `vae-decode` | `z [b, c, t, h, w]`, scaled | `decoded [b, 3, t, 8h, 8w]`, not clamped |
//! | `light-decode` | `z [b, c, t, h, w]`, scaled | `decoded [b, 3, t, 8h, 8w]`, about 0..1, not clamped |
//! | `vae-encode` | `image [n, 3, H, W]` in -1..1 | `mean`, `logvar [n, c, H/8, W/8]` |
//! | `reward-image` | `frames [n, 3, H, W]` in -1..1, or `latents [b, c, t, h, w]` and `frame_index [k]`; `tokens [n or fewer, 77]` | `pixels`, `image_features`, `text_features`, `scores [n]`, `logits`, `loss [1]`, `grad_frames`, or `decoded` and `grad_latents` |
//! | `reward-video` | `frames [b * f, 3, H, W]` in -1..1, `tokens [b or fewer, l]`, `crop [2]`, for InternVideo2 `attention_mask [b or fewer, l]` | `pixels`, `video_features`, `text_features`, `scores [b]`, `loss [1]`, `grad_frames`, for InternVideo2 `pooled` and `text_hidden` |
//! | `sample` | `latents [b, c, t, h, w]` (or `x_T`), `context`, for DDIM `uncond`, `w_embedding`, `fps`, `step0.noise`, ... | `result`, `step0.denoised` (Turbo) or `step0.x_prev` and `step0.pred_x0` (DDIM), ... |
//!
//! `inference` runs the stages of a clip's way, `reward` the scorers of feedback learning with their gradients; `inputs` reads what comes in.

mod inference;
mod inputs;
mod reward;
mod reward_config;

use burn::tensor::{Device, Tensor};

pub use self::inference::{SampleSettings, tiny_decode};
use self::inputs::Inputs;
pub use self::inputs::InputsUnfit;
pub use self::reward::{RewardStage, RewardVae, reward};
pub use self::reward_config::{RewardConfig, RewardUnfit, ScorerConfig};
use crate::jobs::error::EngineError;
use crate::jobs::events::CancelToken;
use crate::model::ModelConfig;
use crate::nn::params::{NamedTensor, ParamSource, values_of};
use crate::weights::Checkpoint;

/// The stages that can be run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ForwardStage {
    /// Token ids to a text embedding.
    Text,
    /// One prediction of the U-Net.
    UNet,
    /// Latents to pictures.
    VaeDecode,
    /// Pictures to latents.
    VaeEncode,
    /// All sampling steps.
    Sample(SampleSettings),
}

/// Runs one stage of the networks in `weights` on the tensors in `inputs`.
///
/// # Errors
/// When a tensor is missing or of the wrong shape, on either side; [`EngineError::Cancelled`] when `cancel` was asked for.
pub fn forward(
    stage: ForwardStage,
    config: &ModelConfig,
    weights: &dyn ParamSource,
    inputs: &Checkpoint,
    device: &Device,
    cancel: &CancelToken,
) -> Result<Vec<NamedTensor>, EngineError> {
    let inputs = Inputs { file: inputs, device };
    match stage {
        ForwardStage::Text => inference::text(config, weights, &inputs, cancel),
        ForwardStage::UNet => inference::unet(config, weights, &inputs, cancel),
        ForwardStage::VaeDecode => inference::vae_decode(config, weights, &inputs, cancel),
        ForwardStage::VaeEncode => inference::vae_encode(config, weights, &inputs, cancel),
        ForwardStage::Sample(settings) => inference::sample(config, weights, &inputs, settings, cancel),
    }
}

fn named<const D: usize>(name: &str, tensor: Tensor<D>) -> NamedTensor {
    let shape = tensor.dims().to_vec();
    NamedTensor { name: name.to_owned(), shape, values: values_of(tensor.into_data()) }
}
