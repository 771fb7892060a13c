//! Autoencoder training: L1 and squared distance with more weight on marked pixels, L1 of gradients, and a little divergence
//! from the normal distribution.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::{Batch, Objective, cost_of_gradient_distance, gradient_distance, moved, part_of};
use crate::nn::cost::{MetaTensor, Mode, Tracer};
use crate::nn::hook::{ForwardHook, NoHook};
use crate::pipeline::vae::Vae;

/// Weights of the parts of the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReconstructionWeights {
    /// Additional weight of marked pixels.
    pub subject: f64,
    /// Of the squared distance beside the L1 distance.
    pub square: f64,
    /// Of the L1 distance of neighbouring pixels' differences.
    pub gradient: f64,
    /// Of the mean Kullback-Leibler divergence of a latent value from the standard normal distribution.
    pub kl: f64,
}

/// Pictures to reconstruct.
#[derive(Clone, Debug)]
pub struct Pictures {
    /// `[batch, height, width, 3]` in -1..1
    pub images: Vec<f32>,
    /// Weight of [`ReconstructionWeights::subject`], 0 or 1, `[batch, height, width]`.
    pub subject: Vec<f32>,
    /// `[batch, height, width]`
    pub shape: [usize; 3],
    /// What the decoder starts from.
    pub latents: LatentInput,
}

/// What the decoder reconstructs a picture from.
#[derive(Clone, Debug)]
pub enum LatentInput {
    /// A sample of the encoder's posterior, with this noise, `[batch, latent height, latent width, z_channels]`.
    Sampled(Tensor<4>),
    /// These latents; the encoder is not trained.
    Fixed(Tensor<4>),
}

impl Batch for Pictures {
    fn samples(&self) -> usize {
        self.shape[0]
    }

    fn part(&self, samples: Range<usize>) -> Self {
        let [all, height, width] = self.shape;
        let count = samples.len();
        Self {
            images: part_of(&self.images, all, &samples),
            subject: part_of(&self.subject, all, &samples),
            shape: [count, height, width],
            latents: match &self.latents {
                LatentInput::Sampled(noise) => LatentInput::Sampled(noise.clone().narrow(0, samples.start, count)),
                LatentInput::Fixed(latents) => LatentInput::Fixed(latents.clone().narrow(0, samples.start, count)),
            },
        }
    }

    fn to_device(&self, device: &Device) -> Self {
        let latents = match &self.latents {
            LatentInput::Sampled(noise) => LatentInput::Sampled(moved(noise, device)),
            LatentInput::Fixed(latents) => LatentInput::Fixed(moved(latents, device)),
        };
        Self { latents, ..self.clone() }
    }
}

/// The objective of an autoencoder.
pub struct Reconstruction {
    /// Weights of the parts of the loss.
    pub weights: ReconstructionWeights,
    /// Where the trained weights are.
    pub device: Device,
}

/// Sizes of the pictures of a step, as far as its cost depends on them.
#[derive(Clone, Copy, Debug)]
pub struct PictureShape {
    /// Pictures.
    pub count: usize,
    /// Height and width.
    pub size: [usize; 2],
    /// Height, width and channels of the latents that the decoder starts from, where the encoder is not trained.
    pub fixed: Option<[usize; 3]>,
}

impl Reconstruction {
    /// Cost of the loss of pictures of this size and of its gradients; networks need no values. `mode` is that of the pass.
    pub fn cost(tracer: &Tracer, vae: &Vae, shape: PictureShape, mode: Mode) {
        let PictureShape { count, size: [height, width], fixed } = shape;
        let images = tracer.tensor(&[count, height, width, 3]);
        let weights = tracer.tensor(&[count, height, width, 1]);
        tracer.within(mode, || {
            let (latents, divergence) = match fixed {
                Some([height, width, channels]) => (tracer.tensor(&[count, height, width, channels]), None),
                None => {
                    let [mean, logvar] = vae.cost_of_encode(tracer, images.clone());
                    let noise = tracer.tensor(&mean.dims::<4>());
                    let square = tracer.activated(mean.clone());
                    let variance = tracer.activated(logvar.clone());
                    let kl = tracer.mean(tracer.both(tracer.both(square, variance), logvar.clone()), &[1]);
                    let deviation = tracer.activated(tracer.scaled(logvar));
                    (tracer.both(mean, tracer.times(deviation, noise)), Some(kl))
                }
            };
            let decoded = vae.decoder().cost(tracer, latents);
            let difference = tracer.both(decoded, images.clone());
            let edges = cost_of_gradient_distance(tracer, &difference);
            let square = tracer.scaled(tracer.activated(difference.clone()));
            let distance = tracer.both(tracer.activated(difference.clone()), square);
            let weighted = tracer.times(distance, weights.clone());
            let loss = tracer.both(tracer.mean(weighted, &[1]), edges);
            let loss = match divergence {
                Some(kl) => tracer.both(loss, kl),
                None => loss,
            };
            // The forward pass holds what it was given until its end.
            drop::<[MetaTensor; 3]>([difference, weights, images]);
            tracer.backward(loss);
        });
    }
}

impl Objective<Vae> for Reconstruction {
    type Batch = Pictures;

    fn loss(&self, vae: &Vae, batch: &Pictures, pass: &dyn ForwardHook) -> Tensor<1> {
        let Self { weights, device } = self;
        let [count, height, width] = batch.shape;
        let images = Tensor::<4>::from_data(TensorData::new(batch.images.clone(), [count, height, width, 3]), device);
        let subject = TensorData::new(batch.subject.clone(), [count, height, width, 1]);
        let pixel_weights = Tensor::<4>::from_data(subject, device) * weights.subject + 1.0;
        let (latents, divergence) = match &batch.latents {
            LatentInput::Fixed(latents) => (latents.clone(), None),
            LatentInput::Sampled(noise) => {
                let posterior = vae.encode(images.clone(), pass).expect("training passes are not cancelled");
                // KL(N(mean, var) || N(0, 1)) = (mean^2 + var - 1 - ln var) / 2
                let variance = posterior.logvar.clone().exp();
                let kl = (posterior.mean.clone().square() + variance - posterior.logvar.clone() - 1.0).mean() * 0.5;
                (posterior.sample(noise.clone()), Some(kl))
            }
        };
        let decoded = vae.decode(latents, pass).expect("training passes are not cancelled");

        let difference = decoded - images;
        let edges = gradient_distance(&difference);
        let distance = difference.clone().abs() + difference.square() * weights.square;
        let loss = (distance * pixel_weights).mean() + edges * weights.gradient;
        match divergence {
            Some(kl) => loss + kl * weights.kl,
            None => loss,
        }
    }
}

/// What a decoder alone is trained on: the encoder's means of `images` with noise of another strength on each. `shares` are
/// the standard deviations as shares of the latents' own, `noise` is standard normal.
///
/// # Shapes
/// `images` `[batch, height, width, 3]` in -1..1, `noise` `[batch, latent height, latent width, z_channels]`
pub fn inexact_latents(
    vae: &Vae,
    images: Tensor<4>,
    shares: Vec<f32>,
    noise: impl FnOnce([usize; 4]) -> Vec<f32>,
) -> Tensor<4> {
    // Outside of the graph: nothing walks back through the encoder, and a graph that nothing walks is never freed.
    let mean = vae.valid().encode(images.inner(), &NoHook).expect("nothing cancels").mean;
    let (device, shape) = (mean.device(), mean.dims());
    let shares = Tensor::<4>::from_data(TensorData::new(shares, [shape[0], 1, 1, 1]), &device);
    let spread = mean.clone().square().mean().sqrt().reshape([1, 1, 1, 1]);
    let noise = Tensor::<4>::from_data(TensorData::new(noise(shape), shape), &device);
    Tensor::from_inner(mean + noise * shares * spread)
}
