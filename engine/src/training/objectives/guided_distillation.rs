//! Stage 1 of the paper's recipe: a pruned student learns its teacher's guided prediction.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};

use super::{Batch, ClipShape, Objective, moved};
use crate::model::DiffusionConfig;
use crate::nn::cost::{MetaTensor, Mode, Tracer};
use crate::nn::hook::{ForwardHook, NoHook};
use crate::pipeline::denoise::guidance;
use crate::pipeline::denoise::schedule::{Schedule, output_scale, timestep_embedding};
use crate::pipeline::denoise::unet::{Conditions, UNet, UNetInput};
use crate::pipeline::handoff::TextEmbedding;

/// Guidance of the teacher in the reference.
pub const REFERENCE_GUIDANCE: f32 = 12.0;

/// Clips with their noise and texts, on the device of the teacher.
#[derive(Clone, Debug)]
pub struct GuidedClips {
    /// Scaled latents, `[batch, channels, frames, height, width]`.
    pub clean: Tensor<5>,
    /// Standard normal, of the same shape.
    pub noise: Tensor<5>,
    /// `[batch]`, 0 to 999
    pub timesteps: Vec<usize>,
    /// `[batch, tokens, context_dim]`
    pub text: Tensor<3>,
    /// The empty prompt, `[1, tokens, context_dim]`.
    pub empty: Tensor<3>,
    /// Frames a second of each clip, `[batch]`.
    pub fps: Vec<f32>,
}

impl Batch for GuidedClips {
    fn samples(&self) -> usize {
        self.timesteps.len()
    }

    fn part(&self, samples: Range<usize>) -> Self {
        let part = |all: &Tensor<5>| all.clone().narrow(0, samples.start, samples.len());
        Self {
            clean: part(&self.clean),
            noise: part(&self.noise),
            timesteps: self.timesteps[samples.clone()].to_vec(),
            text: self.text.clone().narrow(0, samples.start, samples.len()),
            empty: self.empty.clone(),
            fps: self.fps[samples].to_vec(),
        }
    }

    fn to_device(&self, device: &Device) -> Self {
        let [clean, noise] = [&self.clean, &self.noise].map(|tensor| moved(tensor, device));
        let [text, empty] = [&self.text, &self.empty].map(|tensor| moved(tensor, device));
        Self { clean, noise, timesteps: self.timesteps.clone(), text, empty, fps: self.fps.clone() }
    }
}

/// What a step computes. All but the last two are without gradients.
#[derive(Clone, Debug)]
pub struct GuidedTerms {
    /// `sqrt(abar) s clean + sqrt(1 - abar) noise`
    pub noisy: Tensor<5>,
    /// The teacher's prediction for the prompt.
    pub conditional: Tensor<5>,
    /// The teacher's prediction for the empty prompt.
    pub unconditional: Tensor<5>,
    /// `unconditional + guidance (conditional - unconditional)`
    pub target: Tensor<5>,
    /// The student's prediction.
    pub prediction: Tensor<5>,
    /// Mean squared distance of prediction and target, `[1]`.
    pub loss: Tensor<1>,
}

/// `|student(x, t, prompt) - guided teacher(x, t)|^2`, mean over everything (the reference's `use_cfg: false`).
///
/// `x` is a noisy clip whose clean part is multiplied by the reference's `scale_arr` too, since the teacher was trained so. The
/// teacher sees the same frame rate with the empty prompt as with the prompt. It is in evaluation mode, on the inner device; the
/// reference leaves it in training mode by accident, and then its targets have dropout.
pub struct GuidedDistillation {
    teacher: Teacher,
    guidance: f32,
    schedule: Schedule,
    scale: Vec<f32>,
    /// Channels of the student's sinusoids.
    channels: usize,
}

/// A frozen network and what its sinusoids need.
#[derive(Debug)]
pub struct Teacher {
    /// Without autodiff.
    pub unet: UNet,
    /// Its `model_channels`.
    pub channels: usize,
}

impl Teacher {
    /// A prediction without gradients.
    pub(super) fn predict(&self, latent: Tensor<5>, timesteps: &[usize], fps: &[f32], text: Tensor<3>) -> Tensor<5> {
        let conditions = conditions(self.channels, timesteps, fps, None, &latent);
        let input = UNetInput { latent, conditions, text: TextEmbedding { tensor: text } };
        self.unet.forward(input, &NoHook).expect("nothing cancels")
    }
}

/// Sinusoids of the conditions of each clip, on the device of `like`.
pub(super) fn conditions(
    channels: usize,
    timesteps: &[usize],
    fps: &[f32],
    guidance: Option<Tensor<2>>,
    like: &Tensor<5>,
) -> Conditions {
    let rows = |values: &mut dyn Iterator<Item = f32>| {
        let values: Vec<f32> = values.flat_map(|value| timestep_embedding(value, channels)).collect();
        let size = values.len() / channels;
        Tensor::<2>::from_data(TensorData::new(values, [size, channels]), &like.device())
    };
    Conditions {
        timestep: rows(&mut timesteps.iter().map(|&timestep| timestep as f32)),
        fps: Some(rows(&mut fps.iter().copied())),
        guidance,
        motion: None,
    }
}

/// One factor for each clip, `[batch, 1, 1, 1, 1]`, on the device of `like`.
pub(super) fn per_clip(values: impl Iterator<Item = f32>, like: &Tensor<5>) -> Tensor<5> {
    let values: Vec<f32> = values.collect();
    let size = values.len();
    Tensor::from_data(TensorData::new(values, [size, 1, 1, 1, 1]), &like.device())
}

impl GuidedDistillation {
    /// The objective of students with `channels` model channels, towards a teacher that is guided with `guidance`, with the
    /// schedule and the scale of the clean part that `diffusion` says.
    pub fn new(teacher: Teacher, channels: usize, guidance: f32, diffusion: &DiffusionConfig) -> Self {
        let scale = if diffusion.use_scale { diffusion.scale_b } else { 1.0 };
        Self {
            teacher,
            guidance,
            schedule: Schedule::latent_diffusion(diffusion.beta_ends()),
            scale: output_scale(scale),
            channels,
        }
    }

    /// All that a step computes; the student's pass goes by way of `pass`.
    pub fn terms(&self, student: &UNet, batch: &GuidedClips, pass: &dyn ForwardHook) -> GuidedTerms {
        let GuidedClips { clean, noise, timesteps, text, empty, fps } = batch;
        let size = timesteps.len();
        let abar = |timestep: &usize| f64::from(self.schedule.alphas_cumprod()[*timestep]);
        let signal = timesteps.iter().map(|t| (abar(t).sqrt() * f64::from(self.scale[*t])) as f32);
        let spread = timesteps.iter().map(|t| (1.0 - abar(t)).sqrt() as f32);
        let noisy = clean.clone() * per_clip(signal, clean) + noise.clone() * per_clip(spread, clean);
        let conditional = self.teacher.predict(noisy.clone(), timesteps, fps, text.clone());
        let empty = empty.clone().repeat_dim(0, size);
        let unconditional = self.teacher.predict(noisy.clone(), timesteps, fps, empty);
        let target = guidance::combine(conditional.clone(), unconditional.clone(), self.guidance);

        let latent = Tensor::from_inner(noisy.clone());
        let conditions = conditions(self.channels, timesteps, fps, None, &latent);
        let text = TextEmbedding { tensor: Tensor::from_inner(text.clone()) };
        let input = UNetInput { latent, conditions, text };
        let prediction = student.forward(input, pass).expect("training passes are not cancelled");
        let loss = (prediction.clone() - Tensor::from_inner(target.clone())).square().mean();
        GuidedTerms { noisy, conditional, unconditional, target, prediction, loss }
    }
}

impl GuidedDistillation {
    /// Cost of the loss of clips of this size and of its gradients; networks need no values. `mode` is that of the student's pass.
    pub fn cost(&self, tracer: &Tracer, student: &UNet, clips: &ClipShape, mode: Mode) {
        let (noisy, text) = clips.tensors(tracer);
        let predict = || self.teacher.unet.cost(tracer, noisy.clone(), text.clone());
        // Both predictions are held to the end.
        let predictions = [predict(), predict()];
        let [conditional, unconditional] = predictions.each_ref().map(MetaTensor::clone);
        let target = tracer.scaled(tracer.both(conditional, unconditional));
        let prediction = tracer.within(mode, || student.cost(tracer, noisy.clone(), text.clone()));
        tracer.within(mode, || {
            let distance = tracer.both(prediction.clone(), target.clone());
            tracer.backward(tracer.mean(tracer.each_value(distance), &[1]));
        });
    }
}

impl Objective<UNet> for GuidedDistillation {
    type Batch = GuidedClips;

    fn loss(&self, student: &UNet, batch: &GuidedClips, pass: &dyn ForwardHook) -> Tensor<1> {
        self.terms(student, batch, pass).loss
    }
}
