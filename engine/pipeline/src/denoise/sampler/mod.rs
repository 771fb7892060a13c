//! The arithmetic of one sampling step, for each sampler.
//!
//! A sampler knows its timesteps and how the latent changes from one to the next. It calls no network and draws no
//! noise: the loop in the parent module does both and hands the results in. Scalars are computed in f32 in the order
//! of the reference, so that its trajectories are reproduced to the last bit where the device rounds as it does.
//! Start at [`Sampler::step`].

mod ddim;
mod turbo;

pub use ddim::{Ddim, VIDEO_CRAFTER_SCALE};
pub use turbo::Turbo;

use burn::tensor::Tensor;

/// A sampler: a list of timesteps, and the change of the latent at each.
pub trait Sampler: Send + Sync {
    /// Timesteps of the U-Net calls, from the noisiest on; a step's index is its position here.
    fn timesteps(&self) -> &[usize];

    /// Whether [`Sampler::step`] uses noise at this index.
    fn uses_noise(&self, index: usize) -> bool;

    /// From the latent and the prediction at one timestep to the latent of the next.
    ///
    /// `noise` may be `None` where [`Sampler::uses_noise`] says so.
    ///
    /// # Shapes
    /// All `[batch, channels, frames, height, width]`.
    ///
    /// # Panics
    /// When `index` is not below the number of timesteps.
    fn step(&self, index: usize, input: StepInput) -> StepOutput;
}

/// What a step starts from.
#[derive(Clone, Debug)]
pub struct StepInput {
    /// The noisy latent.
    pub latent: Tensor<5>,
    /// The noise that the U-Net sees in it, after guidance.
    pub prediction: Tensor<5>,
    /// Fresh noise of mean 0 and variance 1.
    pub noise: Option<Tensor<5>>,
}

/// What a step gives.
#[derive(Clone, Debug)]
pub struct StepOutput {
    /// The latent for the next step.
    pub next: Tensor<5>,
    /// The clean latent as far as it is known now: for previews and, after the last step, the clip.
    pub denoised: Tensor<5>,
}
