//! Distillation of a tiny decoder: it learns to give the frames that a model's full decoder gives of the same latents.

use std::ops::Range;

use burn::tensor::{Device, Tensor};

use super::{Batch, Objective, cost_of_gradient_distance, gradient_distance, moved};
use crate::nn::cost::{Mode, Tracer};
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

impl DecoderDistillation {
    /// Cost of the loss of latents of this shape, `[frames, height, width, z_channels]`, and of its gradients; networks need no values.
    /// `mode` is that of the pass.
    pub fn cost(tracer: &Tracer, decoder: &TinyDecoder, latents: [usize; 4], mode: Mode) {
        tracer.within(mode, || {
            let decoded = decoder.cost(tracer, tracer.scaled(tracer.tensor(&latents)));
            let target = || tracer.tensor(&[1]);
            let difference = tracer.scaled(tracer.both(decoded.clone(), target()));
            let from_drawn = tracer.scaled(tracer.both(decoded, target()));
            let edges = cost_of_gradient_distance(tracer, &difference);
            let absolute = tracer.mean(tracer.activated(difference.clone()), &[1]);
            let square = tracer.mean(tracer.activated(difference), &[1]);
            let drawn = tracer.mean(tracer.activated(from_drawn), &[1]);
            tracer.backward(tracer.both(tracer.both(absolute, square), tracer.both(edges, drawn)));
        });
    }
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
