//! The autoencoder's training: L1 and squared distance with more weight on the subject, L1 of gradients, and a little
//! divergence from the normal distribution.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::plan::VaePlan;
use crate::nn::observe::Unobserved;
use crate::pipeline::vae::Vae;
use crate::training::world::scenes::background;
use crate::training::world::{Canvas, ClipSpec, Split, render_frames};

/// Keeps the random numbers of crops apart from those of clips.
const CROP_STREAM: u64 = 0x0076_6165;

/// One step's data, as numbers.
pub struct Crops {
    /// `[batch, crop_height, crop_width, 3]` in -1..1
    pub pixels: Vec<f32>,
    /// 1 where the subject covers the scene, else 0: `[batch, crop_height, crop_width]`
    pub subject: Vec<f32>,
}

/// The crops of one step: a pure function of seed and step.
pub fn crops(plan: &VaePlan, seed: u64, step: u64) -> Crops {
    let batch = plan.batch as u64;
    let parts: Vec<Crops> = (0..batch)
        .into_par_iter()
        .map(|index| {
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
            let scene = background(spec.combination.scene, Canvas::NANO);
            let mut pixels = Vec::with_capacity(plan.crop_width * plan.crop_height * 3);
            let mut subject = Vec::with_capacity(plan.crop_width * plan.crop_height);
            for row in top..top + plan.crop_height {
                let begin = (row * frames.width() + left) * 3;
                let line = &frames.frame(0)[begin..begin + plan.crop_width * 3];
                pixels.extend(line.iter().map(|&byte| f32::from(byte) / 127.5 - 1.0));
                let behind = &scene[begin..begin + plan.crop_width * 3];
                let pairs = line.as_chunks::<3>().0.iter().zip(behind.as_chunks::<3>().0);
                subject.extend(pairs.map(|(pixel, behind)| if pixel == behind { 0.0 } else { 1.0 }));
            }
            Crops { pixels, subject }
        })
        .collect();
    Crops {
        pixels: parts.iter().flat_map(|part| &part.pixels).copied().collect(),
        subject: parts.iter().flat_map(|part| &part.subject).copied().collect(),
    }
}

/// The loss of one step.
pub fn loss(vae: &Vae, plan: &VaePlan, seed: u64, step: u64, device: &Device) -> Tensor<1> {
    let [batch, height, width] = [plan.batch, plan.crop_height, plan.crop_width];
    let Crops { pixels, subject } = crops(plan, seed, step);
    let images = Tensor::<4>::from_data(TensorData::new(pixels, [batch, height, width, 3]), device);
    // A twelfth of the pixels is subject, and nearly all of what can be wrong.
    let weights =
        Tensor::<4>::from_data(TensorData::new(subject, [batch, height, width, 1]), device) * plan.subject_weight + 1.0;
    let posterior = vae.encode(images.clone(), &Unobserved).expect("nothing cancels");
    let latent_shape = posterior.mean.dims();
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ step.rotate_left(32) ^ CROP_STREAM);
    let noise: Vec<f32> =
        (0..latent_shape.iter().product::<usize>()).map(|_| StandardNormal.sample(&mut rng)).collect();
    let noise = Tensor::<4>::from_data(TensorData::new(noise, latent_shape), device);
    let decoded = vae.decode(posterior.sample(noise), &Unobserved).expect("nothing cancels");

    let difference = decoded - images;
    let along_x = difference.clone().narrow(2, 1, width - 1) - difference.clone().narrow(2, 0, width - 1);
    let along_y = difference.clone().narrow(1, 1, height - 1) - difference.clone().narrow(1, 0, height - 1);
    let edges = along_x.abs().mean() + along_y.abs().mean();
    // KL(N(mean, var) || N(0, 1)) = (mean^2 + var - 1 - ln var) / 2
    let kl = (posterior.mean.square() + posterior.logvar.clone().exp() - posterior.logvar - 1.0).mean() * 0.5;
    let distance = difference.clone().abs() + difference.square() * plan.square_weight;
    (distance * weights).mean() + edges * plan.gradient_weight + kl * plan.kl_weight
}
