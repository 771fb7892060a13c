//! The denoiser's training: velocity prediction of text transformer and U-Net together.

use std::collections::HashMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::latents::{LatentClips, latent_size};
use super::plan::{DenoiserPhase, DenoiserPlan};
use crate::error::EngineError;
use crate::handoff::{Frames, TokenIds};
use crate::model::ModelConfig;
use crate::nn::observe::Unobserved;
use crate::nn::params::ParamLoader;
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::clip_tokens::Tokenizer;
use crate::pipeline::denoise::noise::NoiseSource;
use crate::pipeline::denoise::schedule::{Schedule, TRAIN_TIMESTEPS, timestep_embedding};
use crate::pipeline::denoise::unet::{Conditions, UNET_PREFIX, UNet, UNetInput};
use crate::pipeline::denoise::{Denoise, denoise};
use crate::pipeline::vae::Vae;
use crate::request::{Reuse, SamplerKind};
use crate::training::world::{CLIP_FPS, CLIP_FRAMES, caption};

/// Text transformer and U-Net: what is trained together.
#[derive(Module, Debug)]
pub struct Denoiser {
    /// Text transformer.
    pub text: TextEncoder,
    /// U-Net.
    pub unet: UNet,
}

impl Denoiser {
    /// Both networks with the reference's names.
    ///
    /// # Errors
    /// When the source of the loader lacks a tensor.
    pub fn init(config: &ModelConfig, loader: &ParamLoader<'_>) -> Result<Self, EngineError> {
        Ok(Self {
            text: TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?,
            unet: UNet::init(&config.unet, &loader.path(UNET_PREFIX))?,
        })
    }
}

/// One step's data, as numbers: a pure function of plan, seed and step.
pub struct Batch {
    /// Latents without noise, scaled, `[batch, frames, height, width, channels]`.
    clean: Vec<f32>,
    shape: [usize; 5],
    tokens: Vec<TokenIds>,
    timesteps: Vec<usize>,
    fps: Vec<f32>,
    noise: Vec<f32>,
}

/// Draws batches of one run.
pub struct Batches<'a> {
    /// Encoded clips.
    pub clips: LatentClips<'a>,
    /// Plan of the denoiser.
    pub plan: &'a DenoiserPlan,
    /// Latents are multiplied by this.
    pub scale_factor: f32,
    /// Seed of the run.
    pub seed: u64,
}

impl Batches<'_> {
    /// The batch of optimiser step `step` in `phase`.
    pub fn draw(&mut self, phase: &DenoiserPhase, step: u64) -> Batch {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed.rotate_left(17) ^ step);
        let tokenizer = Tokenizer::shared();
        let stride = CLIP_FRAMES / phase.frames;
        let mut clean = Vec::new();
        let mut tokens = Vec::new();
        let mut timesteps = Vec::new();
        let mut fps = Vec::new();
        let mut singles = Vec::new();
        let [from, to] = phase.timesteps.unwrap_or([0, TRAIN_TIMESTEPS]);
        let timestep_exponent = phase.timestep_exponent.unwrap_or(self.plan.timestep_exponent);
        for slot in 0..phase.batch {
            // A single frame costs little to draw and encode: never the same twice.
            let pool = if phase.frames == 1 { u64::MAX / 2 } else { self.plan.clips };
            let first = rng.random_range(0..pool);
            let (index, spec) = (first..)
                .map(|index| (index, self.clips.spec(index)))
                .find(|(_, spec)| phase.takes(spec))
                .expect("there is no end of clips");
            if phase.frames == 1 {
                singles.push((spec, rng.random_range(0..CLIP_FRAMES) as f32));
                fps.push(if rng.random_bool(0.5) { CLIP_FPS as f32 } else { CLIP_FPS as f32 / 2.0 });
            } else {
                let frames: Vec<usize> = (0..CLIP_FRAMES).step_by(stride).collect();
                clean.extend(self.clips.frames(index, &frames));
                fps.push(CLIP_FPS as f32 / stride as f32);
            }
            let text = if rng.random_bool(self.plan.empty_prompt) {
                String::new()
            } else {
                caption(spec.combination, &mut rng)
            };
            tokens.push(tokenizer.encode(&text));
            // Each sample from its own part of the range: batches then differ less from one another.
            let share = ((slot as f64 + rng.random::<f64>()) / phase.batch as f64).powf(timestep_exponent);
            timesteps.push((from + (share * (to - from) as f64) as usize).min(to - 1));
        }
        if phase.frames == 1 {
            clean = self.clips.single_frames(&singles);
        }
        for value in &mut clean {
            *value *= self.scale_factor;
        }
        let [height, width] = latent_size();
        let channels = clean.len() / (phase.batch * phase.frames * height * width);
        let mut noise: Vec<f32> = (0..clean.len()).map(|_| StandardNormal.sample(&mut rng)).collect();
        for clip in noise.chunks_exact_mut(phase.frames * height * width * channels) {
            let offsets: Vec<f32> = (0..channels)
                .map(|_| self.plan.offset_noise * Distribution::<f32>::sample(&StandardNormal, &mut rng))
                .collect();
            for pixel in clip.chunks_exact_mut(channels) {
                pixel.iter_mut().zip(&offsets).for_each(|(value, offset)| *value += offset);
            }
        }
        Batch { clean, shape: [phase.batch, phase.frames, height, width, channels], tokens, timesteps, fps, noise }
    }
}

/// The loss of one step: `|v - prediction|^2` with the velocity `v = sqrt(alpha) noise - sqrt(1 - alpha) clean` (Salimans & Ho
/// 2022), mean over everything.
///
/// For the clean latent that is a weight of `snr + 1`: noisy timesteps, in which a clip's layout and motion are decided, count
/// as much as clean ones. A small network whose norms forget the scale of each frame cannot copy the noise out exactly
/// either, and where the noise is strong its clean estimate magnifies that error fifteen times.
pub fn loss(denoiser: &Denoiser, config: &ModelConfig, batch: Batch, device: &Device) -> Tensor<1> {
    let table = Schedule::latent_diffusion(config.diffusion.beta_ends());
    let alphas: Vec<f32> = batch.timesteps.iter().map(|&t| table.alphas_cumprod()[t]).collect();
    let size = alphas.len();
    let per_clip = |values: Vec<f32>| Tensor::<1>::from_data(TensorData::new(values, [size]), device);
    let reshape = |values: Vec<f32>| per_clip(values).reshape([size, 1, 1, 1, 1]);
    // [b, f, h, w, c] -> [b, c, f, h, w]: the hand-off's order.
    let latent = |values| Tensor::<5>::from_data(TensorData::new(values, batch.shape), device).permute([0, 4, 1, 2, 3]);
    let (clean, noise) = (latent(batch.clean), latent(batch.noise));
    let root_alpha = reshape(alphas.iter().map(|alpha| alpha.sqrt()).collect());
    let root_beta = reshape(alphas.iter().map(|alpha| (1.0 - alpha).sqrt()).collect());
    let noisy = clean.clone() * root_alpha.clone() + noise.clone() * root_beta.clone();
    let velocity = noise * root_alpha - clean * root_beta;

    let channels = config.unet.model_channels;
    let rows = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [size, channels]), device);
    let conditions = Conditions {
        timestep: rows(batch.timesteps.iter().flat_map(|&t| timestep_embedding(t as f32, channels)).collect()),
        fps: Some(rows(batch.fps.iter().flat_map(|&fps| timestep_embedding(fps, channels)).collect())),
        guidance: None,
        motion: None,
    };
    let text = denoiser.text.forward(&batch.tokens, &Unobserved).expect("nothing cancels");
    let input = UNetInput { latent: noisy, conditions, text };
    let prediction = denoiser.unet.forward(input, &Unobserved).expect("nothing cancels");
    (prediction - velocity).square().mean()
}

/// How a sheet is sampled.
#[derive(Clone, Copy, Debug)]
pub struct SampleSettings {
    /// Frames of each clip.
    pub frames: usize,
    /// DDIM steps.
    pub steps: usize,
    /// Guidance scale.
    pub guidance: f32,
    /// Seed of the noise.
    pub seed: u64,
}

/// Samples one clip for each prompt, all in one batch.
pub fn sample(
    denoiser: &Denoiser,
    vae: &Vae,
    config: &ModelConfig,
    prompts: &[String],
    settings: SampleSettings,
) -> Vec<Frames> {
    let tokenizer = Tokenizer::shared();
    let tokens: Vec<TokenIds> = prompts.iter().map(|prompt| tokenizer.encode(prompt)).collect();
    let empty = vec![tokenizer.encode(""); prompts.len()];
    let [height, width] = latent_size();
    let shape = [prompts.len(), config.unet.in_channels, settings.frames, height, width];
    let job = Denoise {
        unet: &denoiser.unet,
        config,
        text: denoiser.text.forward(&tokens, &Unobserved).expect("nothing cancels"),
        unconditional: Some(denoiser.text.forward(&empty, &Unobserved).expect("nothing cancels")),
        sampler: SamplerKind::Ddim,
        steps: settings.steps,
        guidance: settings.guidance,
        guidance_embedding: None,
        eta: 0.0,
        fps: CLIP_FPS as f32 * settings.frames as f32 / CLIP_FRAMES as f32,
        noise: NoiseSource::new(settings.seed),
        step_noise: HashMap::new(),
        reuse: Reuse::Off,
        merge_tokens: false,
        shape,
        start: None,
    };
    let latent = denoise(&job, &Unobserved, &mut |_| Ok(())).expect("nothing cancels").tensor;
    (0..prompts.len())
        .map(|clip| {
            let latent = latent.clone().narrow(0, clip, 1);
            vae.decoder().decode_clip(latent, config.diffusion.scale_factor, &Unobserved).expect("nothing cancels")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::nano_config;
    use super::*;
    use crate::pipeline::vae::VAE_PREFIX;
    use crate::weights::SeededStart;

    #[test]
    fn a_phase_draws_no_timesteps_outside_of_its_range() {
        let device = Device::flex();
        let start = SeededStart { seed: 1 };
        let vae = Vae::init(&nano_config().vae, &ParamLoader::new(&start, &device).path(VAE_PREFIX)).expect("seeded");
        let plan = DenoiserPlan::default();
        let clips = LatentClips::new(&vae, &device, 1);
        let mut batches = Batches { clips, plan: &plan, scale_factor: 1.0, seed: 1 };
        for (range, lowest, highest) in [(Some([150, 800]), 150, 800), (Some([7, 8]), 7, 8), (None, 0, 1000)] {
            let phase = DenoiserPhase { timesteps: range, batch: 20, frames: 1, ..plan.phases[0].clone() };
            let drawn: Vec<usize> = (0..3).flat_map(|step| batches.draw(&phase, step).timesteps).collect();
            assert!(drawn.iter().all(|it| (lowest..highest).contains(it)), "{range:?}: {drawn:?}");
            // One from each twentieth of the range, in each batch.
            let near =
                |it: Option<&usize>, end: usize| it.is_some_and(|it| it.abs_diff(end) <= (highest - lowest) / 20 + 1);
            assert!(near(drawn.iter().min(), lowest) && near(drawn.iter().max(), highest), "{range:?}: {drawn:?}");
        }
    }
}
