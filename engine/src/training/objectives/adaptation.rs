//! Style adaptation: a trained U-Net learns new clips by its own denoising objective, and may keep what it knew by clips that it made
//! itself (prior preservation, Ruiz et al. 2023).

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

use super::guided_distillation::{conditions, per_clip};
use super::{Batch, ClipShape, Objective};
use crate::model::{ModelConfig, Parameterization, SamplerKind};
use crate::nn::cost::{Mode, Tracer};
use crate::nn::hook::ForwardHook;
use crate::pipeline::denoise::schedule::{
    Schedule, TRAIN_TIMESTEPS, TURBO_MAX_STEPS, guidance_embedding, output_scale,
};
use crate::pipeline::denoise::unet::{UNet, UNetInput};
use crate::pipeline::handoff::TextEmbedding;

/// A clip with its noise and text, on a device without autodiff.
#[derive(Clone, Debug)]
pub struct NoisyClip {
    /// Scaled latent, `[1, channels, frames, height, width]`. Clips of a batch may differ in frames: a picture has one.
    pub clean: Tensor<5>,
    /// Standard normal, of the same shape.
    pub noise: Tensor<5>,
    /// 0 to 999
    pub timestep: usize,
    /// `[1, tokens, context_dim]`
    pub text: Tensor<3>,
    /// Frames a second.
    pub fps: f32,
}

/// Clips of an update.
#[derive(Clone, Debug)]
pub struct AdaptationClips {
    /// Those that are learned; at least one.
    pub own: Vec<NoisyClip>,
    /// Those that the model made before its training: as many, or none.
    pub prior: Vec<NoisyClip>,
}

impl Batch for AdaptationClips {
    fn samples(&self) -> usize {
        self.own.len()
    }

    fn part(&self, samples: Range<usize>) -> Self {
        let prior = self.prior.get(samples.clone()).map(<[NoisyClip]>::to_vec).unwrap_or_default();
        Self { own: self.own[samples].to_vec(), prior }
    }
}

/// `|target - prediction|^2`, mean over each clip and then over the clips, plus `prior_weight` times the same of the prior's clips.
///
/// The target is the noise, or the velocity `sqrt(abar) noise - sqrt(1 - abar) s clean`, as the model's parameterisation says; the
/// noisy clip is `sqrt(abar) s clean + sqrt(1 - abar) noise`, where `s` is the reference's `scale_arr` for models that DDIM samples
/// with it. A few-step student, which takes the guidance as a condition, is told the guidance that it has by default.
pub struct Adaptation {
    channels: usize,
    guidance: Option<Vec<f32>>,
    parameterization: Parameterization,
    schedule: Schedule,
    scale: Vec<f32>,
    timesteps: Vec<usize>,
    prior_weight: f32,
}

impl Adaptation {
    /// The objective of models of `config` that are sampled by `sampler` and with `guidance` unless told otherwise.
    pub fn new(config: &ModelConfig, sampler: SamplerKind, guidance: f32, prior_weight: f32) -> Self {
        let diffusion = &config.diffusion;
        // Stage 2 trains without `scale_arr`, and at the timesteps of its sampler alone.
        let is_few_step = sampler == SamplerKind::Turbo;
        let scale = if diffusion.use_scale && !is_few_step { diffusion.scale_b } else { 1.0 };
        let spacing = TRAIN_TIMESTEPS / TURBO_MAX_STEPS;
        let timesteps = match is_few_step {
            true => (1..=TURBO_MAX_STEPS).map(|index| index * spacing - 1).collect(),
            false => (0..TRAIN_TIMESTEPS).collect(),
        };
        Self {
            channels: config.unet.model_channels,
            guidance: config.unet.time_cond_proj_dim.map(|width| guidance_embedding(guidance, width)),
            parameterization: diffusion.parameterization,
            schedule: Schedule::latent_diffusion(diffusion.beta_ends()),
            scale: output_scale(scale),
            timesteps,
            prior_weight,
        }
    }

    /// The timesteps that the model knows.
    pub fn timesteps(&self) -> &[usize] {
        &self.timesteps
    }

    /// Weighted sum of the losses of clips of one shape, `[1]`.
    fn sum(&self, unet: &UNet, clips: &[(&NoisyClip, f32)], pass: &dyn ForwardHook) -> Tensor<1> {
        let joined =
            |of: fn(&NoisyClip) -> &Tensor<5>| Tensor::cat(clips.iter().map(|(clip, _)| of(clip).clone()).collect(), 0);
        let (clean, noise) = (joined(|clip| &clip.clean), joined(|clip| &clip.noise));
        let timesteps: Vec<usize> = clips.iter().map(|(clip, _)| clip.timestep).collect();
        let fps: Vec<f32> = clips.iter().map(|(clip, _)| clip.fps).collect();
        let text = Tensor::cat(clips.iter().map(|(clip, _)| clip.text.clone()).collect(), 0);

        let abar = |timestep: &usize| f64::from(self.schedule.alphas_cumprod()[*timestep]);
        let scale = per_clip(timesteps.iter().map(|&timestep| self.scale[timestep]), &clean);
        let root_alpha = per_clip(timesteps.iter().map(|t| abar(t).sqrt() as f32), &clean);
        let root_beta = per_clip(timesteps.iter().map(|t| (1.0 - abar(t)).sqrt() as f32), &clean);
        let clean = clean * scale;
        let noisy = clean.clone() * root_alpha.clone() + noise.clone() * root_beta.clone();
        let target = match self.parameterization {
            Parameterization::V => noise * root_alpha - clean * root_beta,
            Parameterization::Eps => noise,
        };

        let latent = Tensor::from_inner(noisy);
        let guidance = self.guidance.as_ref().map(|row| {
            let row = Tensor::<1>::from_data(TensorData::new(row.clone(), [row.len()]), &latent.device());
            row.unsqueeze::<2>().repeat_dim(0, clips.len())
        });
        let conditions = conditions(self.channels, &timesteps, &fps, guidance, &latent);
        let text = TextEmbedding { tensor: Tensor::from_inner(text) };
        let prediction = unet.forward(UNetInput { latent, conditions, text }, pass);
        let difference = prediction.expect("training passes are not cancelled") - Tensor::from_inner(target);
        let elements: usize = difference.dims().iter().skip(1).product();
        let weights = per_clip(clips.iter().map(|(_, weight)| weight / elements as f32), &difference);
        (difference.square() * weights).sum()
    }
}

impl Adaptation {
    /// Cost of the loss of clips of this size, the prior's among them, and of its gradients; networks need no values. `mode` is that of the
    /// pass.
    pub fn cost(&self, tracer: &Tracer, unet: &UNet, clips: &ClipShape, mode: Mode) {
        let (noisy, text) = clips.tensors(tracer);
        let target = tracer.scaled(noisy.clone());
        let prediction = tracer.within(mode, || unet.cost(tracer, noisy.clone(), text.clone()));
        tracer.within(mode, || {
            let distance = tracer.both(prediction.clone(), target.clone());
            tracer.backward(tracer.mean(tracer.each_value(distance), &[1]));
        });
    }
}

impl Objective<UNet> for Adaptation {
    type Batch = AdaptationClips;

    fn loss(&self, unet: &UNet, batch: &AdaptationClips, pass: &dyn ForwardHook) -> Tensor<1> {
        let share = 1.0 / batch.own.len().max(1) as f32;
        let own = batch.own.iter().map(|clip| (clip, share));
        let prior = batch.prior.iter().map(|clip| (clip, share * self.prior_weight));
        // What has one shape goes through the network together.
        let mut groups: Vec<Vec<(&NoisyClip, f32)>> = Vec::new();
        for clip in own.chain(prior) {
            let is_alike = |group: &&mut Vec<(&NoisyClip, f32)>| group[0].0.clean.dims() == clip.0.clean.dims();
            match groups.iter_mut().find(is_alike) {
                Some(group) => group.push(clip),
                None => groups.push(vec![clip]),
            }
        }
        let sums: Vec<Tensor<1>> = groups.iter().map(|group| self.sum(unet, group, pass)).collect();
        Tensor::cat(sums, 0).sum()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::model::{DiffusionConfig, ModelFile, ModelSource};
    use crate::nn::config::UNetConfig;
    use crate::nn::hook::NoHook;
    use crate::nn::params::{Init, NoZeros, ParamLoader, ParamSource};
    use crate::pipeline::denoise::unet::UNET_PREFIX;

    fn noise<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
        let values = NoZeros.values(&format!("noise {seed}"), &[shape.iter().product()], Init::Zeros).expect("a rule");
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }

    fn clip(seed: u64, frames: usize, timestep: usize) -> NoisyClip {
        let shape = [1, 4, frames, 4, 6];
        let (clean, noise_of) = (noise(shape, seed), noise(shape, seed + 100));
        NoisyClip { clean, noise: noise_of, timestep, text: noise([1, 5, 24], seed + 200), fps: 8.0 }
    }

    fn config(parameterization: Parameterization, guided: bool) -> ModelConfig {
        let unet = UNetConfig {
            model_channels: 32,
            num_head_channels: 16,
            context_dim: 24,
            channel_mult: vec![1, 2],
            attention_resolutions: vec![1],
            time_cond_proj_dim: guided.then_some(16),
            norm_groups: 16, // A group of one channel forgets all conditions.
            ..UNetConfig::hummingbird_07b()
        };
        let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded").description().config.clone();
        ModelConfig { unet, diffusion: DiffusionConfig { parameterization, ..DiffusionConfig::default() }, ..nano }
    }

    fn unet(config: &ModelConfig) -> UNet {
        let device = Device::flex().autodiff();
        UNet::init(&config.unet, &ParamLoader::new(&NoZeros, &device).path(UNET_PREFIX)).expect("every name")
    }

    fn number(tensor: Tensor<1>) -> f32 {
        tensor.into_scalar::<f32>()
    }

    /// Computed clip by clip, with the formula as it stands in the documentation of [`Adaptation`].
    #[test]
    fn the_loss_is_the_weighted_mean_of_its_clips_whatever_their_lengths() {
        for parameterization in [Parameterization::Eps, Parameterization::V] {
            let config = config(parameterization, false);
            let unet = unet(&config);
            let objective = Adaptation::new(&config, SamplerKind::Ddim, 7.5, 0.25);
            let own = vec![clip(1, 3, 10), clip(2, 1, 700), clip(3, 3, 399)];
            let prior = vec![clip(4, 3, 999), clip(5, 3, 0), clip(6, 1, 50)];
            let one = |clip: &NoisyClip| {
                let abar = objective.schedule.alphas_cumprod()[clip.timestep];
                let s = output_scale(config.diffusion.scale_b)[clip.timestep];
                let clean = clip.clean.clone() * s;
                let latent = Tensor::from_inner(clean.clone() * abar.sqrt() + clip.noise.clone() * (1.0 - abar).sqrt());
                let conditions = conditions(32, &[clip.timestep], &[8.0], None, &latent);
                let text = TextEmbedding { tensor: Tensor::from_inner(clip.text.clone()) };
                let input = UNetInput { latent, conditions, text };
                let prediction = unet.forward(input, &NoHook).expect("nothing cancels").inner();
                let target = match parameterization {
                    Parameterization::Eps => clip.noise.clone(),
                    Parameterization::V => clip.noise.clone() * abar.sqrt() - clean * (1.0 - abar).sqrt(),
                };
                number((prediction - target).square().mean())
            };
            let mean = |clips: &[NoisyClip]| clips.iter().map(one).sum::<f32>() / clips.len() as f32;
            let expected = mean(&own) + 0.25 * mean(&prior);
            let batch = AdaptationClips { own, prior };
            let loss = number(objective.loss(&unet, &batch, &NoHook).inner());
            assert!((loss - expected).abs() < 1e-5 * expected, "{parameterization:?}: {loss}, not {expected}");
            // Parts of a batch give its loss, as gradient accumulation needs it.
            let part = |range: Range<usize>| number(objective.loss(&unet, &batch.part(range), &NoHook).inner());
            let parts = (part(0..1) + 2.0 * part(1..3)) / 3.0;
            assert!((parts - loss).abs() < 1e-5 * loss, "{parts}, not {loss}");
            let alone = AdaptationClips { prior: Vec::new(), ..batch.clone() };
            assert!(number(objective.loss(&unet, &alone, &NoHook).inner()) < loss);
        }
    }

    #[test]
    fn few_step_students_are_told_their_guidance_and_know_the_timesteps_of_their_sampler() {
        let config = config(Parameterization::Eps, true);
        let unet = unet(&config);
        let loss = |guidance: f32| {
            let objective = Adaptation::new(&config, SamplerKind::Turbo, guidance, 0.0);
            assert_eq!(objective.timesteps().len(), 50);
            assert_eq!((objective.timesteps()[0], objective.timesteps()[49]), (19, 999));
            assert!(objective.scale.iter().all(|&scale| scale == 1.0), "stage 2 knows no scale_arr");
            let batch = AdaptationClips { own: vec![clip(1, 2, 499)], prior: Vec::new() };
            number(objective.loss(&unet, &batch, &NoHook).inner())
        };
        assert_eq!(loss(7.5), loss(7.5));
        assert_ne!(loss(7.5), loss(12.0), "the guidance is no condition");
        assert_eq!(Adaptation::new(&config, SamplerKind::Ddim, 7.5, 0.0).timesteps().len(), 1000);
    }
}
