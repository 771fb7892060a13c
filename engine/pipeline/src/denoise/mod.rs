//! Sampling the latent: noise schedule, noise source, sampler, guidance, and the U-Net that they drive.
//!
//! [`denoise`] is the loop; the arithmetic of a step is the sampler's, the network is `unet/`. Nothing here knows how text
//! becomes an embedding or a latent becomes pixels.

pub mod cost;
pub mod guidance;
pub mod noise;
mod reuse;
pub mod sampler;
pub mod schedule;
pub mod torch_generator;
pub mod unet;

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData};

use self::guidance::{NO_GUIDANCE, combine, rescale};
use self::noise::{NoiseSource, NoiseStream};
use self::reuse::Features;
use self::sampler::{Ddim, Sampler, StepInput, Turbo};
use self::schedule::{Schedule, guidance_embedding, timestep_embedding};
use self::unet::{Conditions, Prediction, Stem, UNet};
use crate::handoff::{Latent, TextEmbedding};
use hummingbird_base::Cancelled;
use hummingbird_model::{ModelConfig, Parameterization};
use hummingbird_model::{Reuse, SamplerKind};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::parallel::{each, parts};

/// Latent values up to which conditional and unconditional prediction run together (as one batch of two, on the CPU side by
/// side): small networks are bound by the number of operations, large ones by memory.
const TOGETHER_LIMIT: usize = 1 << 17;

/// What is sampled and how.
pub struct Denoise<'a> {
    /// The network.
    pub unet: &'a UNet,
    /// Its sizes, and the noise schedule it was trained with.
    pub config: &'a ModelConfig,
    /// Text of each clip, `[batch, 77, context_dim]`.
    pub text: TextEmbedding,
    /// Text of the empty or negative prompt, in the same shape; DDIM only.
    pub unconditional: Option<TextEmbedding>,
    /// Sampler.
    pub sampler: SamplerKind,
    /// Steps.
    pub steps: usize,
    /// Guidance scale.
    pub guidance: f32,
    /// The guidance scale as the network takes it, `[batch, time_cond_proj_dim]`; without it, it is computed.
    pub guidance_embedding: Option<Tensor<2>>,
    /// Noise that DDIM adds in each step: 0 is deterministic, 1 is the diffusion process.
    pub eta: f64,
    /// How much of the contrast that guidance adds is taken back ([`rescale`]); DDIM only.
    pub guidance_rescale: f32,
    /// Frames a second, a condition of most networks.
    pub fps: f32,
    /// All noise.
    pub noise: NoiseSource,
    /// Noise of some steps, by their index, that is given instead of drawn.
    pub step_noise: HashMap<usize, Tensor<5>>,
    /// `[batch, latent_channels, frames, height / 8, width / 8]`
    pub shape: [usize; 5],
    /// The feature cache: how much later steps reuse of earlier ones.
    pub reuse: Reuse,
    /// Whether pixels look at means of neighbours ([`Stem::pooling_kv`]).
    pub merge_tokens: bool,
    /// Where a run that was cut off goes on; from pure noise without it.
    pub start: Option<StepStart>,
}

/// Frame rate that the reference's U-Net assumes when it is told none.
pub const REFERENCE_FPS: f32 = 16.0;

impl<'a> Denoise<'a> {
    /// A sampling with the defaults of T2V-Turbo: its sampler, 4 steps, guidance 7.5 and nothing that is optional. What differs
    /// is set by struct update: `Denoise { steps, ..Denoise::new(..) }`.
    pub fn new(
        unet: &'a UNet,
        config: &'a ModelConfig,
        text: TextEmbedding,
        noise: NoiseSource,
        shape: [usize; 5],
    ) -> Self {
        Self {
            unet,
            config,
            text,
            unconditional: None,
            sampler: SamplerKind::Turbo,
            steps: 4,
            guidance: 7.5,
            guidance_embedding: None,
            eta: 0.0,
            guidance_rescale: 0.0,
            fps: REFERENCE_FPS,
            noise,
            step_noise: HashMap::new(),
            shape,
            reuse: Reuse::Off,
            merge_tokens: false,
            start: None,
        }
    }
}

/// A latent between two steps. All noise, of either kind, is keyed by its step, so a run that goes on from here ends with the
/// same clip; with reuse, where [`Reuse::can_go_on_at`] the number of steps that are done.
#[derive(Clone, Debug)]
pub struct StepStart {
    /// Steps that are done.
    pub done: usize,
    /// What they left.
    pub latent: Latent,
}

/// What is known after a step.
pub struct StepDone<'a> {
    /// Steps that are done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
    /// The clean latent as far as it is known.
    pub denoised: &'a Tensor<5>,
    /// What the next step starts from.
    pub next: &'a Latent,
}

/// Predictions of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predictions {
    /// Only that with the prompt.
    One,
    /// A second one, without the prompt, at the same time.
    Together,
    /// A second one after the first.
    InTurn,
}

impl Predictions {
    /// Those of a sampling whose latent has so many elements.
    pub fn of(sampler: SamplerKind, guidance: f32, elements: usize) -> Self {
        match sampler {
            SamplerKind::Ddim if guidance == NO_GUIDANCE => Self::One,
            SamplerKind::Ddim if elements <= TOGETHER_LIMIT => Self::Together,
            SamplerKind::Ddim => Self::InTurn,
            SamplerKind::Turbo => Self::One,
        }
    }
}

/// Steps that the sampler really takes when `steps` are asked for.
pub fn steps_taken(sampler: SamplerKind, steps: usize) -> usize {
    match sampler {
        SamplerKind::Turbo => schedule::turbo_timesteps(steps).len(),
        SamplerKind::Ddim => schedule::ddim_timesteps(steps).len(),
    }
}

/// Samples a latent from noise.
///
/// # Errors
/// [`Cancelled`] when the hook or `on_step` ends it.
pub fn denoise(
    job: &Denoise<'_>,
    hook: &dyn ForwardHook,
    on_step: &mut dyn FnMut(StepDone<'_>) -> Result<(), Cancelled>,
) -> Result<Latent, Cancelled> {
    let diffusion = &job.config.diffusion;
    let (sampler, table): (Box<dyn Sampler>, Schedule) = match job.sampler {
        SamplerKind::Turbo => {
            let table = Schedule::turbo(diffusion.beta_ends());
            (Box::new(Turbo::new(job.steps, &table)), table)
        }
        SamplerKind::Ddim => {
            let table = Schedule::latent_diffusion(diffusion.beta_ends());
            let output_scale = diffusion.use_scale.then_some(diffusion.scale_b);
            (Box::new(Ddim::new(job.steps, job.eta, output_scale, &table)), table)
        }
    };
    let device = job.text.tensor.device();
    let timesteps = sampler.timesteps();
    let StepStart { done, mut latent } = job.start.clone().unwrap_or_else(|| StepStart {
        done: 0,
        latent: Latent { tensor: job.noise.latent(NoiseStream::Start, job.shape, &device) },
    });
    let mut features = Features::new(job.reuse.plan());
    for (index, &timestep) in timesteps.iter().enumerate().skip(done) {
        let latent_before = latent.tensor;
        let output = predict(job, latent_before.clone(), (index, timestep), &mut features, hook)?;
        let alpha = table.alphas_cumprod()[timestep];
        let prediction = noise_of(diffusion.parameterization, output, latent_before.clone(), alpha);
        let noise = sampler.uses_noise(index).then(|| match job.step_noise.get(&index) {
            Some(given) => given.clone(),
            None => job.noise.latent(NoiseStream::Step(index), job.shape, &device),
        });
        let output = sampler.step(index, StepInput { latent: latent_before, prediction, noise });
        let is_last = index + 1 == timesteps.len();
        // The reference decodes Turbo's clean estimate, and DDIM's next latent, which still has a trace of noise.
        let decodes_estimate = is_last && job.sampler == SamplerKind::Turbo;
        latent = Latent { tensor: if decodes_estimate { output.denoised.clone() } else { output.next } };
        on_step(StepDone { done: index + 1, total: timesteps.len(), denoised: &output.denoised, next: &latent })?;
    }
    Ok(latent)
}

/// The noise in `latent` that the network's output stands for; `alpha` is the cumulative one at its timestep.
fn noise_of(parameterization: Parameterization, output: Tensor<5>, latent: Tensor<5>, alpha: f32) -> Tensor<5> {
    match parameterization {
        Parameterization::Eps => output,
        // latent = sqrt(alpha) clean + sqrt(1 - alpha) noise and v = sqrt(alpha) noise - sqrt(1 - alpha) clean.
        Parameterization::V => output * alpha.sqrt() + latent * (1.0 - alpha).sqrt(),
    }
}

/// What the network says of `latent`, after guidance.
fn predict(
    job: &Denoise<'_>,
    latent: Tensor<5>,
    (step, timestep): (usize, usize),
    features: &mut Features,
    hook: &dyn ForwardHook,
) -> Result<Tensor<5>, Cancelled> {
    let [batch, ..] = job.shape;
    let device = latent.device();
    // The text comes in after the stem, which is therefore the same for both predictions.
    let stem = job.unet.begin(latent, conditions(job, timestep, batch, &device), hook)?;
    let stem = stem.pooling_kv(job.merge_tokens);
    let call = |features: &Features, lane: usize, stem: Stem, text: TextEmbedding| {
        job.unet.go_on(stem, text, features.blocks(step, lane), hook)
    };
    let keep = |features: &mut Features, lane: usize, prediction: Prediction| {
        features.keep(lane, prediction.deep);
        prediction.output
    };
    let predictions = Predictions::of(job.sampler, job.guidance, job.shape.iter().product());
    let unconditional = match &job.unconditional {
        Some(unconditional) if predictions != Predictions::One => unconditional,
        _ => {
            let prediction = call(features, 0, stem, job.text.clone())?;
            return Ok(keep(features, 0, prediction));
        }
    };
    let fits_together = predictions == Predictions::Together;
    let (conditional, unconditional) = if fits_together && parts(&device) > 1 {
        let texts = vec![(0, job.text.clone()), (1, unconditional.clone())];
        let known = &*features;
        let mut predictions = each(&device, texts, |(lane, text)| call(known, lane, stem.clone(), text))?;
        let unconditional = predictions.pop().expect("two texts went in");
        let conditional = predictions.pop().expect("two texts went in");
        (keep(features, 0, conditional), keep(features, 1, unconditional))
    } else if fits_together {
        let both =
            TextEmbedding { tensor: Tensor::cat(vec![job.text.tensor.clone(), unconditional.tensor.clone()], 0) };
        let prediction = call(features, 0, stem.twice(), both)?;
        let prediction = keep(features, 0, prediction);
        (prediction.clone().narrow(0, 0, batch), prediction.narrow(0, batch, batch))
    } else {
        let conditional = call(features, 0, stem.clone(), job.text.clone())?;
        let conditional = keep(features, 0, conditional);
        let unconditional = call(features, 1, stem, unconditional.clone())?;
        (conditional, keep(features, 1, unconditional))
    };
    if job.guidance_rescale == 0.0 {
        return Ok(combine(conditional, unconditional, job.guidance));
    }
    Ok(rescale(combine(conditional.clone(), unconditional, job.guidance), conditional, job.guidance_rescale))
}

fn conditions(job: &Denoise<'_>, timestep: usize, batch: usize, device: &Device) -> Conditions {
    let config = &job.config.unet;
    let rows = |row: Vec<f32>| {
        let width = row.len();
        Tensor::<1>::from_data(TensorData::new(row, [width]), device).unsqueeze::<2>().repeat_dim(0, batch)
    };
    Conditions {
        timestep: rows(timestep_embedding(timestep as f32, config.model_channels)),
        fps: config.fps_cond.then(|| rows(timestep_embedding(job.fps, config.model_channels))),
        guidance: config.time_cond_proj_dim.map(|width| match &job.guidance_embedding {
            // Once for each text where two are predicted together.
            Some(embedding) => embedding.clone().repeat_dim(0, batch / embedding.dims()[0]),
            None => rows(guidance_embedding(job.guidance, width)),
        }),
        motion: None,
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use hummingbird_nn::params::values_of;

    #[test]
    fn noise_comes_back_out_of_either_parameterization() {
        let device = Device::flex();
        let shape = [1, 2, 3, 4, 5];
        let [clean, noise] = [(); 2].map(|()| Tensor::<5>::random(shape, Distribution::Normal(0.0, 1.0), &device));
        for alpha in [0.9991, 0.5, 0.0047_f32] {
            let (root_alpha, root_beta) = (alpha.sqrt(), (1.0 - alpha).sqrt());
            let latent = clean.clone() * root_alpha + noise.clone() * root_beta;
            let velocity = noise.clone() * root_alpha - clean.clone() * root_beta;
            for (parameterization, output) in
                [(Parameterization::Eps, noise.clone()), (Parameterization::V, velocity.clone())]
            {
                let found = values_of(noise_of(parameterization, output, latent.clone(), alpha).into_data());
                let expected = values_of(noise.clone().into_data());
                let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                // A few roundings of values below 10.
                assert!(worst < 1e-5, "{parameterization:?} at alpha {alpha}: off by {worst}");
            }
        }
    }
}
