//! Objectives: what a network predicts and how its loss is computed. They know networks, but neither where examples come from
//! (`datasets`) nor how a step is taken (`trainer`).
//!
//! `denoising` trains a diffusion model (velocity or noise), `reconstruction` an autoencoder, `distillation` a tiny decoder on
//! the frames of a full one. `guided_distillation` and `consistency` are the two stages of the paper's recipe, `adaptation` teaches a
//! model a user's clips.

pub mod adaptation;
pub mod consistency;
pub mod contrastive;
pub mod denoising;
pub mod distillation;
pub mod feedback;
pub mod guided_distillation;
pub mod reconstruction;

use std::ops::Range;

use burn::tensor::{Device, Tensor};

use crate::nn::cost::{MetaTensor, Tracer};
use crate::nn::hook::ForwardHook;

/// The loss of a model on a batch. Everything random is drawn into the batch, so that a loss is a pure function.
pub trait Objective<M> {
    /// What one optimiser step is computed from.
    type Batch: Batch;

    /// Mean loss over the samples of `batch`, `[1]`. `pass` goes into the forward passes that are differentiated: by it the
    /// trainer asks for activation checkpointing.
    fn loss(&self, model: &M, batch: &Self::Batch, pass: &dyn ForwardHook) -> Tensor<1>;

    /// Names of the parts that the loss is made of, for curves; none where it is one thing.
    fn parts(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// [`Self::loss`], and each of its [`Self::parts`] before its weight, `[1]`, without gradients.
    fn loss_and_parts(&self, model: &M, batch: &Self::Batch, pass: &dyn ForwardHook) -> (Tensor<1>, Vec<Tensor<1>>) {
        (self.loss(model, batch, pass), Vec::new())
    }
}

/// Samples that can be split, for gradient accumulation and for several devices.
pub trait Batch: Sized + Send {
    /// Whether the loss of a batch is the mean over its samples, whatever the others are: then a trainer may split it without being told.
    const IS_MEAN: bool = true;

    /// Samples; at least one.
    fn samples(&self) -> usize;

    /// The samples of a range. The loss of a batch is the mean of its parts' losses, weighted by their samples.
    fn part(&self, samples: Range<usize>) -> Self;

    /// The same samples for an objective on another device. Those in the processor's memory stay as they are.
    fn to_device(&self, _device: &Device) -> Self {
        self.part(0..self.samples())
    }
}

/// A tensor of a batch on another device, tracking gradients there if it does here.
fn moved<const D: usize>(tensor: &Tensor<D>, device: &Device) -> Tensor<D> {
    let device = device.clone();
    tensor.clone().to_device(&if tensor.device().is_autodiff() { device.autodiff() } else { device })
}

/// Sizes of the clips of a step, as far as its cost depends on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipShape {
    /// `[batch, channels, frames, height, width]`
    pub latent: [usize; 5],
    /// `[batch, tokens, context_dim]`
    pub text: [usize; 3],
}

impl ClipShape {
    /// The same sizes for so many clips.
    pub fn of(self, clips: usize) -> Self {
        let Self { latent: [_, channels, frames, height, width], text: [_, tokens, context] } = self;
        Self { latent: [clips, channels, frames, height, width], text: [clips, tokens, context] }
    }

    /// Bytes of latents, of their noise and of texts.
    pub fn bytes(&self, element_bytes: usize) -> usize {
        let Self { latent, text } = self;
        element_bytes * (2 * latent.iter().product::<usize>() + text.iter().product::<usize>())
    }

    /// Latents and texts without values.
    pub fn tensors(&self, tracer: &Tracer) -> (MetaTensor, MetaTensor) {
        (tracer.tensor(&self.latent), tracer.tensor(&self.text))
    }
}

/// The elements of `values` that belong to a range of `samples` samples of equal size.
fn part_of<T: Clone>(values: &[T], samples: usize, range: &Range<usize>) -> Vec<T> {
    let size = values.len() / samples;
    values[range.start * size..range.end * size].to_vec()
}

/// Mean absolute difference of horizontal and of vertical neighbours of `difference`, `[images, height, width, channels]`:
/// the L1 distance of two pictures' gradients, which keeps edges sharp.
fn gradient_distance(difference: &Tensor<4>) -> Tensor<1> {
    let [_, height, width, _] = difference.dims();
    let along_x = difference.clone().narrow(2, 1, width - 1) - difference.clone().narrow(2, 0, width - 1);
    let along_y = difference.clone().narrow(1, 1, height - 1) - difference.clone().narrow(1, 0, height - 1);
    along_x.abs().mean() + along_y.abs().mean()
}

/// Cost of [`gradient_distance`].
fn cost_of_gradient_distance(tracer: &Tracer, difference: &MetaTensor) -> MetaTensor {
    let [images, height, width, channels] = difference.dims();
    let along = |dims: [usize; 4]| {
        let distance = tracer.both(difference.part(&dims), difference.part(&dims));
        tracer.mean(tracer.activated(distance), &[1])
    };
    let along_x = along([images, height, width - 1, channels]);
    let along_y = along([images, height - 1, width, channels]);
    tracer.both(along_x, along_y)
}
