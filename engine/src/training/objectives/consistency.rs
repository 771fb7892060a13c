//! Stage 2 of the paper's recipe: a student learns to give, from any point of the guided teacher's path, what it gives from the
//! next point of it (consistency distillation; T2V-Turbo, Li et al. 2024).

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::guided_distillation::{Teacher, conditions, per_clip};
use super::{Batch, ClipShape, Objective, moved};
use crate::model::Parameterization;
use crate::nn::cost::{MetaTensor, Mode, Tracer};
use crate::nn::dropout::Dropout;
use crate::nn::hook::{ForwardHook, TrainPass};
use crate::nn::recompute;
use crate::pipeline::denoise::REFERENCE_FPS;
use crate::pipeline::denoise::schedule::{Schedule, TRAIN_TIMESTEPS, guidance_embedding};
use crate::pipeline::denoise::unet::{UNet, UNetInput};
use crate::pipeline::handoff::TextEmbedding;

/// Numbers of the objective.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsistencySettings {
    /// Where the pseudo-Huber distance goes over from squares to absolute values.
    pub huber_c: f64,
    /// Frames a second that student and teacher are told, whatever the clip has.
    pub fps: f32,
    /// Frames a second that the teacher is told with the empty prompt. In the reference it is told none there, so that the default counts
    /// ([`REFERENCE_FPS`]), and the published student was trained so. A teacher that never saw that rate predicts nothing of use with it.
    pub empty_fps: f32,
    /// Steps of the teacher's DDIM.
    pub ddim_steps: usize,
    /// Factor on the timestep in the boundary scalings.
    pub timestep_scaling: f64,
    /// Deviation of the data in the boundary scalings.
    pub sigma_data: f64,
}

impl Default for ConsistencySettings {
    /// The reference's numbers.
    fn default() -> Self {
        Self {
            huber_c: 1e-3,
            fps: 8.0,
            empty_fps: REFERENCE_FPS,
            ddim_steps: 50,
            timestep_scaling: 10.0,
            sigma_data: 0.5,
        }
    }
}

/// Clips with their noise, their places on the teacher's path and their texts, on the device of the teacher.
#[derive(Clone, Debug)]
pub struct ConsistencyClips {
    /// Scaled latents, `[batch, channels, frames, height, width]`.
    pub clean: Tensor<5>,
    /// Standard normal, of the same shape.
    pub noise: Tensor<5>,
    /// DDIM step that each clip stands at, `[batch]`, less than [`ConsistencySettings::ddim_steps`].
    pub index: Vec<usize>,
    /// Guidance beyond the prompt's own prediction of each clip, `[batch]`, 5 to 15 in the reference.
    pub guidance: Vec<f32>,
    /// `[batch, tokens, context_dim]`
    pub text: Tensor<3>,
    /// The empty prompt, `[1, tokens, context_dim]`.
    pub empty: Tensor<3>,
    /// The guidance embedding, `[batch, time_cond_proj_dim]`, where it is not to be computed from the guidance.
    pub embedding: Option<Tensor<2>>,
}

impl Batch for ConsistencyClips {
    fn samples(&self) -> usize {
        self.index.len()
    }

    fn part(&self, samples: Range<usize>) -> Self {
        let (start, count) = (samples.start, samples.len());
        Self {
            clean: self.clean.clone().narrow(0, start, count),
            noise: self.noise.clone().narrow(0, start, count),
            index: self.index[samples.clone()].to_vec(),
            guidance: self.guidance[samples].to_vec(),
            text: self.text.clone().narrow(0, start, count),
            empty: self.empty.clone(),
            embedding: self.embedding.clone().map(|all| all.narrow(0, start, count)),
        }
    }

    fn to_device(&self, device: &Device) -> Self {
        let [clean, noise] = [&self.clean, &self.noise].map(|tensor| moved(tensor, device));
        let [text, empty] = [&self.text, &self.empty].map(|tensor| moved(tensor, device));
        let embedding = self.embedding.as_ref().map(|tensor| moved(tensor, device));
        let (index, guidance) = (self.index.clone(), self.guidance.clone());
        Self { clean, noise, index, guidance, text, empty, embedding }
    }
}

/// How a point's noisy latent and clean estimate are mixed, so that timestep 0 gives the latent itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mix {
    /// Of the latent.
    pub skip: f64,
    /// Of the estimate.
    pub out: f64,
}

/// Two neighbouring points of the teacher's path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Timestep at which the student predicts.
    pub start: usize,
    /// Timestep of the target.
    pub end: usize,
    /// Share of the clean signal's variance to which DDIM goes. The reference's table stands one timestep beside `end`.
    pub alpha_prev: f64,
}

/// What a step computes. All but `student`, `estimate`, `prediction` and `loss` are without gradients.
#[derive(Clone, Debug)]
pub struct ConsistencyTerms {
    /// Of each clip.
    pub intervals: Vec<Interval>,
    /// The guidance embedding, `[batch, time_cond_proj_dim]`.
    pub embedding: Tensor<2>,
    /// The noisy latent at the start.
    pub noisy: Tensor<5>,
    /// The student's noise.
    pub student: Tensor<5>,
    /// The student's clean estimate.
    pub estimate: Tensor<5>,
    /// The estimate mixed with the noisy latent.
    pub prediction: Tensor<5>,
    /// The teacher's noise for the prompt.
    pub conditional: Tensor<5>,
    /// The teacher's noise for the empty prompt.
    pub unconditional: Tensor<5>,
    /// The guided clean estimate.
    pub guided_estimate: Tensor<5>,
    /// The guided noise.
    pub guided_noise: Tensor<5>,
    /// The latent after a DDIM step.
    pub previous: Tensor<5>,
    /// The student's noise there.
    pub student_there: Tensor<5>,
    /// What the prediction shall be.
    pub target: Tensor<5>,
    /// Mean pseudo-Huber distance of prediction and target, `[1]`.
    pub loss: Tensor<1>,
}

/// `mean(sqrt((f - f')^2 + c^2) - c)` of the student's mixed estimates `f` at a point of the guided teacher's path and `f'` at the
/// next, the latter without gradient. There is neither a target network nor an average.
///
/// The teacher is in evaluation mode and on the inner device.
pub struct Consistency {
    teacher: Teacher,
    settings: ConsistencySettings,
    parameterization: Parameterization,
    alphas: Vec<f32>,
    /// Channels of the student's sinusoids.
    channels: usize,
    /// Width of the guidance embedding.
    embedding_width: usize,
}

/// What the student's two passes have in common.
#[derive(Clone)]
struct Side {
    text: Tensor<3>,
    embedding: Tensor<2>,
}

impl Side {
    /// The same on the device that tracks gradients.
    fn tracked(self) -> Self {
        Self { text: Tensor::from_inner(self.text), embedding: Tensor::from_inner(self.embedding) }
    }
}

impl Consistency {
    /// The objective of students with `channels` model channels and a guidance embedding of `embedding_width`, with the schedule
    /// between these first and last betas.
    pub fn new(
        teacher: Teacher,
        channels: usize,
        embedding_width: usize,
        settings: ConsistencySettings,
        beta_ends: (f64, f64),
    ) -> Self {
        let alphas = Schedule::turbo(beta_ends).alphas_cumprod().to_vec();
        Self { teacher, settings, parameterization: Parameterization::Eps, alphas, channels, embedding_width }
    }

    /// The same for networks that predict what `parameterization` says; the reference's predict noise.
    pub fn predicting(self, parameterization: Parameterization) -> Self {
        Self { parameterization, ..self }
    }

    /// The noise in `x`, of a prediction about it.
    fn noise_of(&self, prediction: Tensor<5>, x: &Tensor<5>, timesteps: &[usize]) -> Tensor<5> {
        match self.parameterization {
            Parameterization::Eps => prediction,
            // v = sqrt(a) noise - sqrt(1 - a) clean, and x = sqrt(a) clean + sqrt(1 - a) noise
            Parameterization::V => {
                let factor = |of: fn(f64) -> f64| per_clip(timesteps.iter().map(|&t| of(self.alpha(t)) as f32), x);
                prediction * factor(f64::sqrt) + x.clone() * factor(|alpha| (1.0 - alpha).sqrt())
            }
        }
    }

    /// The points between which DDIM step `index` goes, `index` being less than the number of steps.
    pub fn interval(&self, index: usize) -> Interval {
        let spacing = TRAIN_TIMESTEPS / self.settings.ddim_steps;
        let start = (index + 1) * spacing - 1;
        let alpha_prev = f64::from(self.alphas[(index * spacing).saturating_sub(1)]);
        Interval { start, end: start.saturating_sub(spacing), alpha_prev }
    }

    /// The boundary scalings at a timestep.
    pub fn mix(&self, timestep: usize) -> Mix {
        let variance = self.settings.sigma_data * self.settings.sigma_data;
        let scaled = self.settings.timestep_scaling * timestep as f64;
        let sum = scaled * scaled + variance;
        Mix { skip: variance / sum, out: scaled / sum.sqrt() }
    }

    fn alpha(&self, timestep: usize) -> f64 {
        f64::from(self.alphas[timestep])
    }

    /// `(x - sqrt(1 - a) noise) / sqrt(a)`
    fn estimate(&self, x: &Tensor<5>, noise: &Tensor<5>, timesteps: &[usize]) -> Tensor<5> {
        let alphas = || timesteps.iter().map(|&timestep| self.alpha(timestep));
        let spread = per_clip(alphas().map(|alpha| (1.0 - alpha).sqrt() as f32), x);
        (x.clone() - noise.clone() * spread) / per_clip(alphas().map(|alpha| alpha.sqrt() as f32), x)
    }

    fn mixed(&self, x: &Tensor<5>, estimate: Tensor<5>, timesteps: &[usize]) -> Tensor<5> {
        let mixes = || timesteps.iter().map(|&timestep| self.mix(timestep));
        x.clone() * per_clip(mixes().map(|mix| mix.skip as f32), x)
            + estimate * per_clip(mixes().map(|mix| mix.out as f32), x)
    }

    /// The student's noise.
    fn predict(
        &self,
        student: &UNet,
        latent: &Tensor<5>,
        timesteps: &[usize],
        side: Side,
        pass: &dyn ForwardHook,
    ) -> Tensor<5> {
        let Side { text, embedding } = side;
        let fps = vec![self.settings.fps; timesteps.len()];
        let conditions = conditions(self.channels, timesteps, &fps, Some(embedding), latent);
        let input = UNetInput { latent: latent.clone(), conditions, text: TextEmbedding { tensor: text } };
        let prediction = student.forward(input, pass).expect("training passes are not cancelled");
        self.noise_of(prediction, latent, timesteps)
    }

    /// All that a step computes; the student's pass with gradients goes by way of `pass`.
    pub fn terms(&self, student: &UNet, batch: &ConsistencyClips, pass: &dyn ForwardHook) -> ConsistencyTerms {
        let ConsistencyClips { clean, noise, index, guidance, text, empty, embedding } = batch;
        let size = index.len();
        let intervals: Vec<Interval> = index.iter().map(|&index| self.interval(index)).collect();
        let starts: Vec<usize> = intervals.iter().map(|interval| interval.start).collect();
        let ends: Vec<usize> = intervals.iter().map(|interval| interval.end).collect();
        let embedding = embedding.clone().unwrap_or_else(|| {
            let rows = guidance.iter().flat_map(|&it| guidance_embedding(it, self.embedding_width)).collect();
            Tensor::from_data(TensorData::new(rows, [size, self.embedding_width]), &clean.device())
        });
        let factor = |of: &dyn Fn(usize) -> f64| per_clip(starts.iter().map(|&t| of(t) as f32), clean);
        let noisy = clean.clone() * factor(&|t| self.alpha(t).sqrt())
            + noise.clone() * factor(&|t| (1.0 - self.alpha(t)).sqrt());

        let fps = |value: f32| vec![value; size];
        let noise_for = |fps: &[f32], text: Tensor<3>| {
            let prediction = self.teacher.predict(noisy.clone(), &starts, fps, text);
            self.noise_of(prediction, &noisy, &starts)
        };
        let conditional = noise_for(&fps(self.settings.fps), text.clone());
        let unconditional = noise_for(&fps(self.settings.empty_fps), empty.clone().repeat_dim(0, size));
        let strength = per_clip(guidance.iter().copied(), clean);
        let guided = |conditional: Tensor<5>, unconditional: Tensor<5>| {
            conditional.clone() + (conditional - unconditional) * strength.clone()
        };
        let guided_noise = guided(conditional.clone(), unconditional.clone());
        let estimate_of = |noise: &Tensor<5>| self.estimate(&noisy, noise, &starts);
        let guided_estimate = guided(estimate_of(&conditional), estimate_of(&unconditional));
        let previous = guided_estimate.clone()
            * per_clip(intervals.iter().map(|it| it.alpha_prev.sqrt() as f32), clean)
            + guided_noise.clone() * per_clip(intervals.iter().map(|it| (1.0 - it.alpha_prev).sqrt() as f32), clean);

        // The same student in training mode, with draws of its own and without gradients.
        let apart = TrainPass { tape: None, dropout: pass.dropout().map(Dropout::other_pass) };
        let side = Side { text: text.clone(), embedding: embedding.clone() };
        let student_there = self.predict(&student.valid(), &previous, &ends, side.clone(), &apart);
        let target = self.mixed(&previous, self.estimate(&previous, &student_there, &ends), &ends);

        let x = Tensor::from_inner(noisy.clone());
        let predicted = self.predict(student, &x, &starts, side.tracked(), pass);
        let estimate = self.estimate(&x, &predicted, &starts);
        // Feedback looks at it too.
        let prediction = recompute::cut(pass, self.mixed(&x, estimate.clone(), &starts));
        let c = self.settings.huber_c;
        let distance = prediction.clone() - Tensor::from_inner(target.clone());
        let loss = ((distance.square() + c * c).sqrt() - c).mean();
        ConsistencyTerms {
            intervals,
            embedding,
            noisy,
            student: predicted,
            estimate,
            prediction,
            conditional,
            unconditional,
            guided_estimate,
            guided_noise,
            previous,
            student_there,
            target,
            loss,
        }
    }
}

impl Consistency {
    /// Cost of the passes of [`Self::terms`] for clips of this size: the prediction, and its mean distance from the target; networks
    /// need no values. `mode` is that of the student's pass.
    pub(super) fn cost_of_terms(
        &self,
        tracer: &Tracer,
        student: &UNet,
        clips: &ClipShape,
        mode: Mode,
    ) -> [MetaTensor; 2] {
        let (noisy, text) = clips.tensors(tracer);
        let predict = || self.teacher.unet.cost(tracer, noisy.clone(), text.clone());
        // Both predictions are held to the end.
        let predictions = [predict(), predict()];
        let [conditional, unconditional] = predictions.each_ref().map(MetaTensor::clone);
        let previous = tracer.scaled(tracer.both(conditional, unconditional));
        let apart = Mode { trained: None, recompute: false, ..mode };
        let target = tracer.within(apart, || student.cost(tracer, previous.clone(), text.clone()));
        tracer.within(mode, || {
            let prediction = tracer.scaled(student.cost(tracer, noisy.clone(), text.clone()));
            let distance = tracer.each_value(tracer.both(prediction.clone(), target.clone()));
            [prediction, tracer.mean(distance, &[1])]
        })
    }
}

impl Objective<UNet> for Consistency {
    type Batch = ConsistencyClips;

    fn loss(&self, student: &UNet, batch: &ConsistencyClips, pass: &dyn ForwardHook) -> Tensor<1> {
        self.terms(student, batch, pass).loss
    }
}
