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
//! | `vfi` | `first`, `last [H, W, 3]` in 0..255, or `[n, H, W, 3]` | `before_clamp [n, 3, h, w]` of the padded size, `middle_u8` like the inputs, `flow0_4`, `flow1_4`, `feature_3` |
//! | `flow` | the same, and `iterations` | `flow_low [n, 2, h / 8, w / 8]`, `flow_up [n, 2, h, w]` of the padded size |
//! | `farneback` | `first`, `last [H, W]` or `[H, W, 3]` in 0..255, or several | `flow [2, H, W]` |
//! | `vqa-views` | `frames [t, H, W, 3]` bytes; `tech_indices`, `aes_indices`, `offsets_h`, `offsets_w [7, 7, groups]`, each of them if its default is not wanted | `fragments_u8 [3, t, h, w]`, `aesthetic_view_u8 [3, t, h, w]` |
//! | `vqa` | `fragments_u8`, `aesthetic_view_u8` | `technical_map`, `aesthetic_map [runs, 1, t, h, w]`, `raw`, `z`, `scores`, `technical_features`, `aesthetic_features` of the first run |
//! | `sample` | `latents [b, c, t, h, w]` (or `x_T`), `context`, for DDIM `uncond`, `w_embedding`, `fps`, `step0.noise`, ... | `result`, `step0.denoised` (Turbo) or `step0.x_prev` and `step0.pred_x0` (DDIM), ... |
//! | `dino` | `frames [t, H, W, 3]` as bytes | `dino_features [t, channels]` |
//! | `clip-image` | `frames [t, H, W, 3]` as bytes | `clip_features [t, channels]` |
//! | `clip-text` | `tokens [b, 77]` | `text_features [b, channels]` |
//! | `musiq` | `picture [H, W, 3]` as bytes | `score [1, 1]` |
//! | `viclip` | `frames [t, H, W, 3]` as bytes, `tokens [b, 32]` | `video_features [1, channels]`, `text_features [b, channels]` |
//! | `umt` | `video [b, 3, 16, 224, 224]`, normalised | `logits [b, classes]` |
//! | `distil-step`, `distil-trace`, `consistency-step`, `prune` | see [`forward_training`] | |
//!
//! `inference` runs the stages of a clip's way, `reward` (with `reward_config`) the scorers of feedback learning, `judge` (with
//! `judge_config`) the networks of VBench, `motion` those between frames, `vqa` DOVER, `distil`,
//! `consistency` and `prune` the stages of training; `inputs` and `config` read what comes in, `outputs` writes what comes out.

mod config;
mod consistency;
mod distil;
mod inference;
mod inputs;
mod judge;
mod judge_config;
mod motion;
mod outputs;
mod prune;
mod reward;
mod reward_config;
mod vqa;

use std::path::Path;

use burn::tensor::{Device, Tensor};

use self::config::StageConfig;
pub use self::inference::{SampleSettings, tiny_decode};
use self::inputs::Inputs;
pub use self::inputs::InputsUnfit;
pub use self::judge::judge;
pub use self::judge_config::{JudgeConfig, JudgeNetwork, JudgeStage};
pub use self::motion::{amt, amt_config, farneback_flow, interpolate, raft_flow, raft_prefix};
pub use self::outputs::{Output, OutputValues, write_outputs};
pub use self::reward::{RewardStage, RewardVae, reward};
pub use self::reward_config::{RewardConfig, RewardUnfit, ScorerConfig};
pub use self::vqa::{VqaConfig, dover, dover_known, vqa, vqa_views};
use crate::jobs::error::EngineError;
use crate::jobs::events::CancelToken;
use crate::model::{ConfigUnfit, ModelConfig, ReferenceConfig};
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

/// The stages of training that can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingStage {
    /// One step of stage 1 with its gradients.
    DistilStep,
    /// Some updates of stage 1.
    DistilTrace,
    /// One step of stage 2 with its gradients.
    ConsistencyStep,
    /// The student in its teacher's weights.
    Prune,
}

/// The files that a training stage works on.
#[derive(Clone, Copy, Debug)]
pub struct StageFiles<'a> {
    /// Weights of the student; of the teacher, to prune it.
    pub checkpoint: &'a Checkpoint,
    /// Weights of the teacher.
    pub teacher: Option<&'a Checkpoint>,
    /// Low-rank branches.
    pub lora: Option<&'a Checkpoint>,
    /// Weights of an autoencoder.
    pub vae: Option<&'a Checkpoint>,
    /// Configuration, and the file that it was read from.
    pub config: (&'a Path, &'a ReferenceConfig),
    /// Input tensors.
    pub inputs: Option<&'a Checkpoint>,
}

/// A file that a stage needs and that was not given.
fn needed<T>(file: Option<T>, config: &Path, option: &str) -> Result<T, EngineError> {
    let missing = || crate::model::ModelError::Config {
        path: config.to_owned(),
        detail: ConfigUnfit::NoFile { option: option.to_owned() }.into(),
    };
    file.ok_or_else(|| missing().into())
}

impl<'a> StageFiles<'a> {
    fn teacher(&self) -> Result<&'a Checkpoint, EngineError> {
        needed(self.teacher, self.config.0, "--teacher")
    }

    fn lora(&self) -> Result<&'a Checkpoint, EngineError> {
        needed(self.lora, self.config.0, "--lora")
    }
}

/// Runs one stage of training on given tensors, as the golden cases of training have them: names of inputs, outputs and keys of the
/// configuration are theirs.
///
/// # Errors
/// When a file, a key or a tensor is missing or does not fit.
pub fn forward_training(
    stage: TrainingStage,
    files: &StageFiles<'_>,
    device: &Device,
) -> Result<Vec<Output>, EngineError> {
    let (file, config) = files.config;
    let config = StageConfig { file, config };
    let inputs = || Ok::<_, EngineError>(Inputs { file: needed(files.inputs, file, "--inputs")?, device });
    match stage {
        TrainingStage::DistilStep => distil::step(files, &config, &inputs()?, device),
        TrainingStage::DistilTrace => distil::trace(files, &config, &inputs()?, device),
        TrainingStage::ConsistencyStep => consistency::step(files, &config, &inputs()?, device),
        TrainingStage::Prune => prune::prune(files, &config),
    }
}

fn named<const D: usize>(name: &str, tensor: Tensor<D>) -> NamedTensor {
    let shape = tensor.dims().to_vec();
    NamedTensor { name: name.to_owned(), shape, values: values_of(tensor.into_data()) }
}
