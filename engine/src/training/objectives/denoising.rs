//! Diffusion training: text transformer and U-Net predict what the model's parameterisation says, from noisy latents.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::{Batch, ClipShape, Objective, part_of};
use crate::handoff::TokenIds;
use crate::model::{ModelConfig, Parameterization};
use crate::nn::cost::{Mode, Tracer};
use crate::nn::hook::ForwardHook;
use crate::nn::params::ParamLoader;
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::denoise::schedule::{Schedule, timestep_embedding};
use crate::pipeline::denoise::unet::{Conditions, UNET_PREFIX, UNet, UNetInput};
use crate::weights::FileError;

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
    pub fn init(config: &ModelConfig, loader: &ParamLoader<'_>) -> Result<Self, FileError> {
        Ok(Self {
            text: TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?,
            unet: UNet::init(&config.unet, &loader.path(UNET_PREFIX))?,
        })
    }
}

/// Clips with their noise, as numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisyClips {
    /// Latents without noise, scaled, of `shape`.
    pub clean: Vec<f32>,
    /// The noise, of `shape`.
    pub noise: Vec<f32>,
    /// `[batch, frames, height, width, channels]`
    pub shape: [usize; 5],
    /// Caption of each clip.
    pub tokens: Vec<TokenIds>,
    /// Timestep of each clip, 0 to 999.
    pub timesteps: Vec<usize>,
    /// Frames a second of each clip.
    pub fps: Vec<f32>,
    /// Weight of each latent pixel's loss, `[batch, frames, height, width]`.
    pub weights: Vec<f32>,
}

impl Batch for NoisyClips {
    fn samples(&self) -> usize {
        self.timesteps.len()
    }

    fn part(&self, samples: Range<usize>) -> Self {
        let all = self.samples();
        let [_, frames, height, width, channels] = self.shape;
        Self {
            clean: part_of(&self.clean, all, &samples),
            noise: part_of(&self.noise, all, &samples),
            shape: [samples.len(), frames, height, width, channels],
            tokens: self.tokens[samples.clone()].to_vec(),
            timesteps: self.timesteps[samples.clone()].to_vec(),
            fps: self.fps[samples.clone()].to_vec(),
            weights: part_of(&self.weights, all, &samples),
        }
    }
}

/// `weight |target - prediction|^2`, mean over everything; the target is the velocity `v = sqrt(alpha) noise - sqrt(1 - alpha) clean`
/// (Salimans & Ho 2022) or the noise, as [`Parameterization`] says.
///
/// For the clean latent the velocity's loss is a weight of `snr + 1`: noisy timesteps, in which a clip's layout and motion are
/// decided, count as much as clean ones. A small network whose norms forget the scale of each frame cannot copy the noise out
/// exactly either, and where the noise is strong its clean estimate magnifies that error fifteen times.
///
/// Clips of one frame are pictures: they train the spatial layers alone.
pub struct Denoising {
    channels: usize,
    parameterization: Parameterization,
    schedule: Schedule,
    device: Device,
}

impl Denoising {
    /// The objective of models with this configuration, whose trained weights are on `device`.
    pub fn new(config: &ModelConfig, device: &Device) -> Self {
        Self {
            channels: config.unet.model_channels,
            parameterization: config.diffusion.parameterization,
            schedule: Schedule::latent_diffusion(config.diffusion.beta_ends()),
            device: device.clone(),
        }
    }
}

impl Denoising {
    /// Cost of the loss of clips of this size and of its gradients; networks need no values. `mode` is that of the pass.
    pub fn cost(tracer: &Tracer, denoiser: &Denoiser, clips: &ClipShape, mode: Mode) {
        let (noisy, target) = (tracer.tensor(&clips.latent), tracer.tensor(&clips.latent));
        let [count, ..] = clips.latent;
        tracer.within(mode, || {
            let text = denoiser.text.cost(tracer, count);
            let [_, _, frames, _, _] = clips.latent;
            let prediction = match frames {
                1 => denoiser.unet.cost_of_pictures(tracer, noisy, text),
                _ => denoiser.unet.cost(tracer, noisy, text),
            };
            let distance = tracer.each_value(tracer.both(prediction, target));
            let [batch, _, frames, height, width] = clips.latent;
            let weights = tracer.tensor(&[batch, 1, frames, height, width]);
            tracer.backward(tracer.mean(tracer.both(distance, weights), &[1]));
        });
    }
}

impl Objective<Denoiser> for Denoising {
    type Batch = NoisyClips;

    fn loss(&self, denoiser: &Denoiser, batch: &NoisyClips, pass: &dyn ForwardHook) -> Tensor<1> {
        let device = &self.device;
        let alphas: Vec<f32> = batch.timesteps.iter().map(|&t| self.schedule.alphas_cumprod()[t]).collect();
        let size = alphas.len();
        let per_clip = |values: Vec<f32>| {
            Tensor::<1>::from_data(TensorData::new(values, [size]), device).reshape([size, 1, 1, 1, 1])
        };
        // [b, f, h, w, c] -> [b, c, f, h, w]: the hand-off's order.
        let latent = |values: &[f32]| {
            Tensor::<5>::from_data(TensorData::new(values.to_vec(), batch.shape), device).permute([0, 4, 1, 2, 3])
        };
        let (clean, noise) = (latent(&batch.clean), latent(&batch.noise));
        let root_alpha = per_clip(alphas.iter().map(|alpha| alpha.sqrt()).collect());
        let root_beta = per_clip(alphas.iter().map(|alpha| (1.0 - alpha).sqrt()).collect());
        let noisy = clean.clone() * root_alpha.clone() + noise.clone() * root_beta.clone();
        let target = match self.parameterization {
            Parameterization::V => noise * root_alpha - clean * root_beta,
            Parameterization::Eps => noise,
        };

        let rows = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [size, self.channels]), device);
        let embedded = |values: &mut dyn Iterator<Item = f32>| {
            rows(values.flat_map(|value| timestep_embedding(value, self.channels)).collect())
        };
        let conditions = Conditions {
            timestep: embedded(&mut batch.timesteps.iter().map(|&t| t as f32)),
            fps: Some(embedded(&mut batch.fps.iter().copied())),
            guidance: None,
            motion: None,
        };
        let text = denoiser.text.forward(&batch.tokens, pass).expect("training passes are not cancelled");
        let input = UNetInput { latent: noisy, conditions, text };
        let [_, frames, _, _, _] = batch.shape;
        let prediction = match frames {
            1 => denoiser.unet.forward_pictures(input, pass),
            _ => denoiser.unet.forward(input, pass),
        };
        let prediction = prediction.expect("training passes are not cancelled");
        let [_, frames, height, width, _] = batch.shape;
        let weights = TensorData::new(batch.weights.clone(), [size, 1, frames, height, width]);
        ((prediction - target).square() * Tensor::<5>::from_data(weights, device)).mean()
    }
}
