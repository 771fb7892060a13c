//! Optimiser steps of Nano's U-Net: forward, backward, AdamW and the average of the weights, on clips of noise.
//!
//! `cargo bench --workspace --bench training [-- DEVICE [STEPS]]`, and `peers/training.py` for the same in PyTorch. The first
//! step does not count.

use std::error::Error;
use std::time::Instant;

use hummingbird_engine::device::{self, DeviceChoice};
use hummingbird_engine::memory::Allocator;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::nn::observe::Unobserved;
use hummingbird_engine::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use hummingbird_engine::training::trainer::{TrainStart, Trainer, TrainerConfig};
use hummingbird_engine::weights::ModelFile;
use hummingbird_tests::unet_input::{noise, unet_input};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Clips of a step, frames, height and width of their latents.
const CLIPS: usize = 8;
const FRAMES: usize = 8;
const LATENT: [usize; 2] = [8, 12];

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo hands `--bench` to every bench.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let choice = words.iter().find_map(|word| word.parse().ok()).unwrap_or(DeviceChoice::Cpu);
    let steps: usize = words.iter().find_map(|word| word.parse().ok()).unwrap_or(8);
    let open = device::open(choice)?;
    let file = ModelFile::open(&ModelSource::Embedded)?;
    let config = &file.description().config.unet;
    let folder = tempfile::tempdir()?;
    let start = TrainStart { weights: file.checkpoint(), seed: 1, origin: None };
    let settings = TrainerConfig { weight_decay: 0.01, ema_decay: 0.999, clip_norm: 1.0 };
    let mut trainer = Trainer::start_or_resume(folder.path(), "bench", start, settings, &open.device, |loader| {
        Ok(UNet::init(config, &loader.path(UNET_PREFIX))?)
    })?;

    let device = open.device.clone().autodiff();
    let [height, width] = LATENT;
    let input = unet_input(config, CLIPS, [FRAMES, height, width], &device);
    let target = noise(input.latent.dims(), &device);
    let mut best = f64::INFINITY;
    for step in 0..=steps {
        let started = Instant::now();
        let output = trainer.model.forward(input.clone(), &Unobserved)?;
        let loss = (output - target.clone()).square().mean();
        trainer.step(&loss, 1e-4, CLIPS as u64);
        let loss = loss.into_scalar::<f32>();
        device.sync()?;
        let secs = started.elapsed().as_secs_f64();
        if step > 0 {
            best = best.min(secs);
        }
        say(&format!("step {step}: {secs:.3} s, loss {loss:.4}"));
    }
    say(&format!("{}: {best:.3} s at best, {:.1} latent frames a second", open.name, (CLIPS * FRAMES) as f64 / best));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a bench reports on the terminal")]
fn say(text: &str) {
    println!("{text}");
}
