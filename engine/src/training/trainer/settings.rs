//! What a run begins with, how its steps are computed, and how its parameters are updated.

use burn::tensor::Device;

use super::optimizer::AdamWSettings;
use crate::kernels::Factors;
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

/// How parameters are updated, and whether they are averaged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainerSettings {
    /// The optimiser.
    pub optimizer: AdamWSettings,
    /// Largest share of the old average that each step keeps. Without it there is no average: the trained weights stand in its place
    /// and take no more memory.
    pub ema_decay: Option<f64>,
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

/// How a step's gradients are computed. It changes memory and time, and results by no more than rounding: of f32, or of [`Self::factors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepOptions {
    /// Micro-batches into which a batch is split: each is computed alone, and the gradients are summed. More than a batch has
    /// samples are as many as it has.
    pub accumulate: usize,
    /// Whether blocks are computed again in the backward pass instead of keeping what is inside them.
    pub checkpoint_activations: bool,
    /// Threads that share the samples of each micro-batch on the CPU device, at most: as many as there are samples, and as
    /// [`threads_of_a_step`](super::threads_of_a_step) says.
    pub threads: usize,
    /// What the factors of matmuls and convolutions are rounded to on the CPU device, forward and backward.
    pub factors: Factors,
}

impl Default for StepOptions {
    fn default() -> Self {
        Self { accumulate: 1, checkpoint_activations: false, threads: 1, factors: Factors::F32 }
    }
}
