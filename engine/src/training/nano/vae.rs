//! The autoencoder's training: L1 and squared distance with more weight on the subject, L1 of gradients, and a little
//! divergence from the normal distribution.

use burn::module::Module;
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
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ step.rotate_left(32) ^ CROP_STREAM);
    let (latents, divergence) = if plan.decoder_only {
        (inexact_latents(vae, plan, images.clone(), &mut rng), None)
    } else {
        let posterior = vae.encode(images.clone(), &Unobserved).expect("nothing cancels");
        let noise = normal(&mut rng, posterior.mean.dims(), device);
        // KL(N(mean, var) || N(0, 1)) = (mean^2 + var - 1 - ln var) / 2
        let variance = posterior.logvar.clone().exp();
        let kl = (posterior.mean.clone().square() + variance - posterior.logvar.clone() - 1.0).mean() * 0.5;
        (posterior.sample(noise), Some(kl))
    };
    let decoded = vae.decode(latents, &Unobserved).expect("nothing cancels");

    let difference = decoded - images;
    let along_x = difference.clone().narrow(2, 1, width - 1) - difference.clone().narrow(2, 0, width - 1);
    let along_y = difference.clone().narrow(1, 1, height - 1) - difference.clone().narrow(1, 0, height - 1);
    let edges = along_x.abs().mean() + along_y.abs().mean();
    let distance = difference.clone().abs() + difference.square() * plan.square_weight;
    let loss = (distance * weights).mean() + edges * plan.gradient_weight;
    match divergence {
        Some(kl) => loss + kl * plan.kl_weight,
        None => loss,
    }
}

/// What the decoder alone is trained on: the encoder's means with noise of another strength on each image.
fn inexact_latents(vae: &Vae, plan: &VaePlan, images: Tensor<4>, rng: &mut ChaCha8Rng) -> Tensor<4> {
    // Outside of the graph: nothing walks back through the encoder, and a graph that nothing walks is never freed.
    let mean = vae.valid().encode(images.inner(), &Unobserved).expect("nothing cancels").mean;
    let (device, shape) = (mean.device(), mean.dims());
    let shares = (0..shape[0]).map(|_| plan.latent_noise * rng.random::<f32>()).collect();
    let shares = Tensor::<4>::from_data(TensorData::new(shares, [shape[0], 1, 1, 1]), &device);
    let spread = mean.clone().square().mean().sqrt().reshape([1, 1, 1, 1]);
    Tensor::from_inner(mean + normal(rng, shape, &device) * shares * spread)
}

/// Normally distributed values.
fn normal(rng: &mut ChaCha8Rng, shape: [usize; 4], device: &Device) -> Tensor<4> {
    let values: Vec<f32> = (0..shape.iter().product::<usize>()).map(|_| StandardNormal.sample(rng)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::model::ModelSource;
    use crate::nn::params::ParamLoader;
    use crate::pipeline::vae::VAE_PREFIX;
    use crate::training::trainer::{TrainStart, Trainer};
    use crate::weights::ModelFile;

    #[test]
    fn training_the_decoder_only_leaves_the_latents_where_they_are() {
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let plan = VaePlan {
            batch: 2,
            crop_width: 32,
            crop_height: 32,
            decoder_only: true,
            latent_noise: 0.3,
            ..VaePlan::default()
        };
        let folder = tempfile::tempdir().expect("a folder");
        let start = TrainStart { weights: &file, seed: 1, origin: None };
        let build = |loader: &ParamLoader<'_>| Ok(Vae::init(&file.description().config.vae, &loader.path(VAE_PREFIX))?);
        let device = Device::flex();
        let mut trainer =
            Trainer::start_or_resume(folder.path(), "vae", start, plan.trainer, &device, build).expect("it fits");
        let tensors = |trainer: &Trainer<Vae>| -> HashMap<String, Vec<f32>> {
            trainer.export_ema().into_iter().map(|it| (it.name, it.values)).collect()
        };
        let before = tensors(&trainer);
        let loss = loss(&trainer.model, &plan, 1, 0, &device.autodiff());
        trainer.step(&loss, 1e-3, 2);
        for (name, values) in tensors(&trainer) {
            let is_decoder = name.contains(".decoder.") || name.contains(".post_quant_conv.");
            assert_eq!(values != before[&name], is_decoder, "{name}");
        }
    }
}
