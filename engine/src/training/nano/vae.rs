//! The autoencoder's training: L1, L1 of gradients, and a little divergence from the normal distribution.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::plan::VaePlan;
use crate::nn::observe::Unobserved;
use crate::pipeline::vae::Vae;
use crate::training::world::{Canvas, ClipSpec, Split, render_frames};

/// Keeps the random numbers of crops apart from those of clips.
const CROP_STREAM: u64 = 0x0076_6165;

/// Crops of one step, `[batch, crop_height, crop_width, 3]` in -1..1: a pure function of seed and step.
pub fn crops(plan: &VaePlan, seed: u64, step: u64) -> Vec<f32> {
    let batch = plan.batch as u64;
    (0..batch)
        .into_par_iter()
        .flat_map_iter(|index| {
            let number = step * batch + index;
            let spec = ClipSpec::sample(seed, number, Split::Train);
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ CROP_STREAM ^ number.rotate_left(20));
            let frame = rng.random_range(0.0..15.0_f32);
            let frames = render_frames(&spec, Canvas::NANO, &[frame]);
            // Centred on the subject, give or take: random crops would often miss it.
            let [x, y] = spec.pose(frame / 15.0).centre;
            let mut start = |centre: f32, whole: usize, part: usize| {
                let jitter = rng.random_range(-0.3..0.3_f32) * part as f32;
                let start = centre * whole as f32 - part as f32 / 2.0 + jitter;
                start.clamp(0.0, (whole - part) as f32) as usize
            };
            let left = start(x, frames.width(), plan.crop_width);
            let top = start(y, frames.height(), plan.crop_height);
            let mut values = Vec::with_capacity(plan.crop_width * plan.crop_height * 3);
            for row in top..top + plan.crop_height {
                let begin = (row * frames.width() + left) * 3;
                let line = &frames.frame(0)[begin..begin + plan.crop_width * 3];
                values.extend(line.iter().map(|&byte| f32::from(byte) / 127.5 - 1.0));
            }
            values
        })
        .collect()
}

/// The loss of one step.
pub fn loss(vae: &Vae, plan: &VaePlan, seed: u64, step: u64, device: &Device) -> Tensor<1> {
    let shape = [plan.batch, plan.crop_height, plan.crop_width, 3];
    let images = Tensor::<4>::from_data(TensorData::new(crops(plan, seed, step), shape), device);
    let posterior = vae.encode(images.clone(), &Unobserved).expect("nothing cancels");
    let latent_shape = posterior.mean.dims();
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ step.rotate_left(32) ^ CROP_STREAM);
    let noise: Vec<f32> =
        (0..latent_shape.iter().product::<usize>()).map(|_| StandardNormal.sample(&mut rng)).collect();
    let noise = Tensor::<4>::from_data(TensorData::new(noise, latent_shape), device);
    let decoded = vae.decode(posterior.sample(noise), &Unobserved).expect("nothing cancels");

    let difference = decoded - images;
    let [_, height, width, _] = difference.dims();
    let along_x = difference.clone().narrow(2, 1, width - 1) - difference.clone().narrow(2, 0, width - 1);
    let along_y = difference.clone().narrow(1, 1, height - 1) - difference.clone().narrow(1, 0, height - 1);
    let edges = along_x.abs().mean() + along_y.abs().mean();
    // KL(N(mean, var) || N(0, 1)) = (mean^2 + var - 1 - ln var) / 2
    let kl = (posterior.mean.square() + posterior.logvar.clone().exp() - posterior.logvar - 1.0).mean() * 0.5;
    difference.abs().mean() + edges * plan.gradient_weight + kl * plan.kl_weight
}
