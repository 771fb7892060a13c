//! T2V-Turbo's sampler: multistep consistency sampling.

use super::super::schedule::{self, BoundaryScalings, Schedule};
use super::{Sampler, StepInput, StepOutput};

/// Jumps from each timestep to an estimate of the clean clip and adds noise again for the next.
///
/// One U-Net call a step; guidance reaches the network as an embedding. The clip is the last step's `denoised`.
#[derive(Clone, Debug, PartialEq)]
pub struct Turbo {
    timesteps: Vec<usize>,
    steps: Vec<Coefficients>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Coefficients {
    root_alpha: f32,
    root_beta: f32,
    scalings: BoundaryScalings,
    /// Square roots of alpha and beta at the next timestep. At the last step that is the same timestep again.
    next_root_alpha: f32,
    next_root_beta: f32,
}

impl Turbo {
    /// `steps` of the 50 timesteps that the model was distilled with.
    ///
    /// # Panics
    /// When `steps` is not in `1..=50`; a validated request never is.
    pub fn new(steps: usize, table: &Schedule) -> Self {
        let timesteps = schedule::turbo_timesteps(steps);
        let roots = |t: usize| {
            let alpha = table.alphas_cumprod()[t];
            (alpha.sqrt(), (1.0 - alpha).sqrt())
        };
        let coefficients = |(index, &t): (usize, &usize)| {
            let (root_alpha, root_beta) = roots(t);
            let (next_root_alpha, next_root_beta) = roots(*timesteps.get(index + 1).unwrap_or(&t));
            let scalings = schedule::boundary_scalings(t);
            Coefficients { root_alpha, root_beta, scalings, next_root_alpha, next_root_beta }
        };
        let steps = timesteps.iter().enumerate().map(coefficients).collect();
        Self { timesteps, steps }
    }
}

impl Sampler for Turbo {
    fn timesteps(&self) -> &[usize] {
        &self.timesteps
    }

    /// The reference draws noise after the last step too, but the clip does not depend on it.
    fn uses_noise(&self, index: usize) -> bool {
        index + 1 < self.timesteps.len()
    }

    fn step(&self, index: usize, input: StepInput) -> StepOutput {
        let StepInput { latent, prediction, noise } = input;
        let Coefficients { root_alpha, root_beta, scalings, next_root_alpha, next_root_beta } = self.steps[index];
        let estimate = (latent.clone() - prediction * root_beta) / root_alpha;
        let denoised = estimate * scalings.c_out + latent * scalings.c_skip;
        // A single step ends with the estimate itself, whatever noise it was given.
        let next = match noise {
            Some(noise) if self.timesteps.len() > 1 => denoised.clone() * next_root_alpha + noise * next_root_beta,
            _ => denoised.clone(),
        };
        StepOutput { next, denoised }
    }
}
