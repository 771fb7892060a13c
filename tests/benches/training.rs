//! Optimiser steps of Nano's U-Net: forward, backward, AdamW and the average of the weights, on clips of noise.
//!
//! `cargo bench --workspace --bench training [-- DEVICE [STEPS] [accumulate=N] [checkpoint] [threads=N]]`, and `peers/training.py` for
//! the same in PyTorch. The first step does not count. `accumulate`, `checkpoint` and `threads` (else as many as there are, as in runs)
//! are the trainer's options; the peak of memory is that of a step on the CPU device.

use std::error::Error;
use std::ops::Range;
use std::time::Instant;

use burn::tensor::Tensor;
use hummingbird_engine::device::{self, DeviceChoice};
use hummingbird_engine::memory::{Allocator, Meter};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::nn::hook::ForwardHook;
use hummingbird_engine::pipeline::denoise::unet::{Conditions, UNET_PREFIX, UNet, UNetInput};
use hummingbird_engine::training::objectives::{Batch, Objective};
use hummingbird_engine::training::trainer::optimizer::AdamWSettings;
use hummingbird_engine::training::trainer::{StepOptions, TrainStart, Trainer, TrainerSettings};
use hummingbird_engine::weights::ModelFile;
use hummingbird_tests::unet_input::{noise, unet_input};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Clips of a step, frames, height and width of their latents.
const CLIPS: usize = 8;
const FRAMES: usize = 8;
const LATENT: [usize; 2] = [8, 12];

/// Inputs and targets of the network.
struct Clips {
    input: UNetInput,
    target: Tensor<5>,
}

impl Batch for Clips {
    fn samples(&self) -> usize {
        self.target.dims()[0]
    }

    fn part(&self, samples: Range<usize>) -> Self {
        fn part<const D: usize>(all: &Tensor<D>, samples: &Range<usize>) -> Tensor<D> {
            all.clone().narrow(0, samples.start, samples.len())
        }
        let UNetInput { latent, conditions, text } = &self.input;
        let Conditions { timestep, fps, guidance, motion } = conditions;
        let some = |all: &Option<Tensor<2>>| all.as_ref().map(|all| part(all, &samples));
        let conditions = Conditions {
            timestep: part(timestep, &samples),
            fps: some(fps),
            guidance: some(guidance),
            motion: some(motion),
        };
        let mut text = text.clone();
        text.tensor = part(&text.tensor, &samples);
        let input = UNetInput { latent: part(latent, &samples), conditions, text };
        Self { input, target: part(&self.target, &samples) }
    }
}

/// The mean squared distance from the targets.
struct Distance;

impl Objective<UNet> for Distance {
    type Batch = Clips;

    fn loss(&self, unet: &UNet, batch: &Clips, pass: &dyn ForwardHook) -> Tensor<1> {
        let output = unet.forward(batch.input.clone(), pass).expect("nothing cancels");
        (output - batch.target.clone()).square().mean()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo hands `--bench` to every bench.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let choice = words.iter().find_map(|word| word.parse().ok()).unwrap_or(DeviceChoice::Cpu);
    let steps: usize = words.iter().find_map(|word| word.parse().ok()).unwrap_or(8);
    let number = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.parse().ok());
    let accumulate = number("accumulate=").unwrap_or(1);
    let threads = number("threads=").unwrap_or_else(rayon::current_num_threads);
    let open = device::open(choice, None)?;
    let file = ModelFile::open(&ModelSource::Embedded)?;
    let config = &file.description().config.unet;
    let folder = tempfile::tempdir()?;
    let start = TrainStart { weights: file.checkpoint(), seed: 1, origin: None };
    let optimizer = AdamWSettings { clip_norm: Some(1.0), ..AdamWSettings::default() };
    let settings = TrainerSettings { optimizer, ema_decay: Some(0.999) };
    let mut trainer = Trainer::start_or_resume(folder.path(), "bench", start, settings, &open.device, |loader| {
        UNet::init(config, &loader.path(UNET_PREFIX))
    })?;
    let checkpoint_activations = words.iter().any(|word| word == "checkpoint");
    trainer.options = StepOptions { accumulate, checkpoint_activations, threads, ..StepOptions::default() };

    let device = open.device.clone().autodiff();
    let [height, width] = LATENT;
    let input = unet_input(config, CLIPS, [FRAMES, height, width], &device);
    let target = noise(input.latent.dims(), &device);
    let clips = Clips { input, target };
    let (mut best, mut peak) = (f64::INFINITY, 0);
    for step in 0..=steps {
        let started = Instant::now();
        let meter = Meter::start();
        let loss = trainer.step_on_all(&Distance, &[], &clips, 1e-4).map_err(|lost| format!("{lost:?}"))?;
        device.sync()?;
        let secs = started.elapsed().as_secs_f64();
        if step > 0 {
            (best, peak) = (best.min(secs), peak.max(meter.peak()));
        }
        say(&format!("step {step}: {secs:.3} s, loss {loss:.4}"));
    }
    let frames = (CLIPS * FRAMES) as f64 / best;
    say(&format!("{}: {best:.3} s at best, {frames:.1} latent frames a second, {} MiB at most", open.name, peak >> 20));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a bench reports on the terminal")]
fn say(text: &str) {
    println!("{text}");
}
