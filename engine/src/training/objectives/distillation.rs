//! Distillation of a tiny decoder: it learns to give the frames that a model's full decoder gives of the same latents.

use std::ops::Range;

use burn::tensor::{Device, Tensor};

use super::{Batch, Objective, gradient_distance, moved};
use crate::nn::hook::ForwardHook;
use crate::pipeline::tiny_decoder::TinyDecoder;

/// Weights of the parts of the loss, beside the L1 distance from the targets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DistillationWeights {
    /// Of the squared distance from the targets.
    pub square: f64,
    /// Of the L1 distance of neighbouring pixels' differences.
    pub gradient: f64,
    /// Of the L1 distance from what was drawn.
    pub drawn: f64,
}

/// Latents with their targets.
#[derive(Clone, Debug)]
pub struct DecodedFrames {
    /// Scaled, `[frames, height, width, z_channels]`.
    pub latents: Tensor<4>,
    /// What the full decoder makes of them, in 0..1, `[frames, 8 * height, 8 * width, 3]`.
    pub targets: Tensor<4>,
    /// What was drawn, where the latents are those of drawn frames; else as `targets`.
    pub drawn: Tensor<4>,
}

impl Batch for DecodedFrames {
    fn samples(&self) -> usize {
        self.latents.dims()[0]
    }

    fn part(&self, samples: Range<usize>) -> Self {
        let part = |all: &Tensor<4>| all.clone().narrow(0, samples.start, samples.len());
        Self { latents: part(&self.latents), targets: part(&self.targets), drawn: part(&self.drawn) }
    }

    fn to_device(&self, device: &Device) -> Self {
        let [latents, targets, drawn] = [&self.latents, &self.targets, &self.drawn].map(|all| moved(all, device));
        Self { latents, targets, drawn }
    }
}

/// L1 and squared distance from the targets (in -1..1), L1 of neighbouring pixels' differences, and a little L1 distance from
/// what was drawn.
pub struct DecoderDistillation {
    /// Weights of the parts of the loss.
    pub weights: DistillationWeights,
}

impl Objective<TinyDecoder> for DecoderDistillation {
    type Batch = DecodedFrames;

    fn loss(&self, decoder: &TinyDecoder, batch: &DecodedFrames, pass: &dyn ForwardHook) -> Tensor<1> {
        let weights = &self.weights;
        let decoded = decoder.decode(batch.latents.clone(), pass).expect("training passes are not cancelled");
        let difference = (decoded.clone() - batch.targets.clone()) * 2.0;
        let from_drawn = (decoded - batch.drawn.clone()) * 2.0;
        let edges = gradient_distance(&difference);
        difference.clone().abs().mean()
            + difference.square().mean() * weights.square
            + edges * weights.gradient
            + from_drawn.abs().mean() * weights.drawn
    }
}
