//! DDIM as VideoCrafter2 samples (Song et al. 2020, with VideoCrafter's output scale).

use super::super::schedule::{self, Schedule};
use super::{Sampler, StepInput, StepOutput};

/// Output scale that VideoCrafter2 and its descendants were trained with; see [`schedule::output_scale`].
pub const VIDEO_CRAFTER_SCALE: f64 = 0.7;

/// Deterministic (`eta` 0) to fully stochastic (`eta` 1) sampling. The clip is the last step's `next`.
#[derive(Clone, Debug, PartialEq)]
pub struct Ddim {
    timesteps: Vec<usize>,
    steps: Vec<Coefficients>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Coefficients {
    root_alpha: f32,
    root_beta: f32,
    /// Output scale at this timestep; 1 without.
    scale: f32,
    /// Weight of the clean estimate in the next latent, with the output scale there.
    next_signal: f32,
    /// Weight of the predicted noise in the next latent.
    next_direction: f32,
    /// Weight of fresh noise in the next latent.
    sigma: f32,
}

impl Ddim {
    /// About `steps` steps (see [`schedule::ddim_timesteps`]) with noise `eta` in `0..=1`.
    ///
    /// `output_scale` is the scale that the network was trained with ([`VIDEO_CRAFTER_SCALE`]), `None` for one that was
    /// trained without.
    ///
    /// # Panics
    /// When `steps` has no timesteps inside the tables or `eta` is outside `0..=1`; no validated request does that.
    pub fn new(steps: usize, eta: f64, output_scale: Option<f64>, table: &Schedule) -> Self {
        assert!((0.0..=1.0).contains(&eta), "eta {eta}");
        let timesteps = schedule::ddim_timesteps(steps);
        let scales = output_scale.map(schedule::output_scale);
        let scale_at = |t: usize| scales.as_ref().map_or(1.0, |scales| scales[t]);
        let coefficients = |(index, &t): (usize, &usize)| {
            // The last step leads to timestep 0, which still has a little noise.
            let next = timesteps.get(index + 1).copied().unwrap_or(0);
            let (alpha, next_alpha) = (table.alphas_cumprod()[t], table.alphas_cumprod()[next]);
            let sigma = (eta * sigma_of_eta_1(alpha, next_alpha)) as f32;
            Coefficients {
                root_alpha: alpha.sqrt(),
                root_beta: (1.0 - alpha).sqrt(),
                scale: scale_at(t),
                next_signal: next_alpha.sqrt() * scale_at(next),
                next_direction: (1.0 - next_alpha - sigma * sigma).sqrt(),
                sigma,
            }
        };
        let steps = timesteps.iter().enumerate().map(coefficients).collect();
        Self { timesteps, steps }
    }

    /// Weights of fresh noise, one for each step.
    pub fn sigmas(&self) -> Vec<f32> {
        self.steps.iter().map(|step| step.sigma).collect()
    }
}

/// Noise that makes a step as stochastic as the diffusion process itself.
fn sigma_of_eta_1(alpha: f32, next_alpha: f32) -> f64 {
    // The reference divides an f64 array by an f32 tensor, which multiplies by the reciprocal in f32.
    let reciprocal = f64::from(1.0 / (1.0 - alpha));
    let next_alpha = f64::from(next_alpha);
    (reciprocal * (1.0 - next_alpha) * (1.0 - f64::from(alpha) / next_alpha)).sqrt()
}

impl Sampler for Ddim {
    fn timesteps(&self) -> &[usize] {
        &self.timesteps
    }

    fn uses_noise(&self, index: usize) -> bool {
        self.steps[index].sigma > 0.0
    }

    fn step(&self, index: usize, input: StepInput) -> StepOutput {
        let StepInput { latent, prediction, noise } = input;
        let Coefficients { root_alpha, root_beta, scale, next_signal, next_direction, sigma } = self.steps[index];
        let denoised = (latent - prediction.clone() * root_beta) / root_alpha / scale;
        let next = denoised.clone() * next_signal + prediction * next_direction;
        let next = match noise {
            Some(noise) if sigma > 0.0 => next + noise * sigma,
            _ => next,
        };
        StepOutput { next, denoised }
    }
}
