//! What a run begins with, how its steps are computed, and how its parameters are updated.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::optimizer::AdamWSettings;
use crate::nn::adapter::Branches;
use crate::nn::params::ParamSource;

/// Where the weights of a new run come from.
pub struct TrainStart<'a> {
    /// The first weights.
    pub weights: &'a dyn ParamSource,
    /// Seed of everything that is drawn during the run.
    pub seed: u64,
    /// Names the source when it is another model.
    pub origin: Option<String>,
}

/// Settings of Nano's optimiser and of its average: burn's AdamW, with the norm of each parameter's gradient clipped by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainerConfig {
    /// AdamW's decoupled weight decay.
    pub weight_decay: f32,
    /// Largest share of the old average that each step keeps.
    pub ema_decay: f64,
    /// Largest norm of a parameter's gradient.
    pub clip_norm: f32,
}

/// How parameters are updated, and whether they are averaged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainerSettings {
    /// How parameters are updated.
    pub update: Update,
    /// Largest share of the old average that each step keeps. Without it there is no average: the trained weights stand in its place
    /// and take no more memory.
    pub ema_decay: Option<f64>,
}

/// How parameters are updated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Update {
    /// burn's AdamW; the norm of each parameter's gradient is clipped by itself.
    PerParameter {
        /// AdamW's decoupled weight decay.
        weight_decay: f32,
        /// Largest norm of a parameter's gradient.
        clip_norm: f32,
    },
    /// PyTorch's AdamW; the norm of all gradients together is clipped.
    Together(AdamWSettings),
}

impl From<TrainerConfig> for TrainerSettings {
    fn from(TrainerConfig { weight_decay, ema_decay, clip_norm }: TrainerConfig) -> Self {
        Self { update: Update::PerParameter { weight_decay, clip_norm }, ema_decay: Some(ema_decay) }
    }
}

/// What a run begins with, and how it is trained.
pub struct TrainSetup<'a> {
    /// The first weights. Where only branches are trained, all others stay these.
    pub start: TrainStart<'a>,
    /// How parameters are updated.
    pub settings: TrainerSettings,
    /// Device of the weights.
    pub device: &'a Device,
    /// Low-rank branches. With them nothing but the branches is trained, averaged and saved.
    pub adapters: Option<Branches<'a>>,
}

/// How a step's gradients are computed. It changes memory and time, and results by no more than rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepOptions {
    /// Micro-batches into which a batch is split: each is computed alone, and the gradients are summed. More than a batch has
    /// samples are as many as it has.
    pub accumulate: usize,
    /// Whether blocks are computed again in the backward pass instead of keeping what is inside them.
    pub checkpoint_activations: bool,
}

impl Default for StepOptions {
    fn default() -> Self {
        Self { accumulate: 1, checkpoint_activations: false }
    }
}
