//! Full and tiny decoder of the CPU device on the same latents, alternately: the 16 frames of the embedded model's clip, and one
//! frame of 512x320 as the published models make them (weights by the rule of the tests: times do not depend on them).
//!
//! `cargo bench --package hummingbird-tests --bench decoders [-- DEVICE [RUNS]]`

use std::error::Error;
use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};
use hummingbird_engine::device::{self, DeviceChoice};
use hummingbird_engine::jobs::models::{Light, Models};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::nn::config::{TinyDecoderConfig, VaeConfig};
use hummingbird_engine::nn::hook::NoHook;
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use hummingbird_engine::pipeline::vae::{VAE_PREFIX, VaeDecoder, channels_last};
use hummingbird_engine::weights::{ModelFile, TinyDecoderSource};
use hummingbird_tests::rule::RuleWeights;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo hands `--bench` to every bench.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let choice: DeviceChoice = words.next().unwrap_or_else(|| "cpu".to_owned()).parse()?;
    let runs: usize = words.next().map_or(Ok(5), |count| count.parse())?;
    let opened = device::open(choice, None)?;
    let device = opened.device;
    print("| latents | full, s | light, s | ratio |\n|---|---|---|---|");

    let file = ModelFile::open(&ModelSource::Embedded)?;
    let models = Models::load(&file, &[], &device)?;
    let light = Light::load(TinyDecoderSource::Embedded, &models.networks.config, &device)?;
    measure(
        "Nano, 16 frames of 96x64",
        [1, models.networks.config.vae.z_channels, 16, 8, 12],
        &device,
        runs,
        &models.networks.vae,
        &light.decoder,
    );

    let loader = ParamLoader::new(&RuleWeights, &device);
    let vae = VaeDecoder::init(&VaeConfig::kl_f8(), &loader.path(VAE_PREFIX))?;
    let taesd = TinyDecoder::init(&TinyDecoderConfig::taesd(), &loader.path(TINY_DECODER_PREFIX))?;
    measure("published models, 1 frame of 512x320", [1, 4, 1, 40, 64], &device, runs, &vae, &taesd);
    Ok(())
}

/// Prints the best of some runs of each, taken alternately.
fn measure(name: &str, shape: [usize; 5], device: &Device, runs: usize, full: &VaeDecoder, light: &TinyDecoder) {
    let latent = Tensor::<5>::random(shape, Distribution::Normal(0.0, 1.0), device);
    let mut best = [f64::INFINITY; 2];
    for _ in 0..runs.max(1) {
        let started = Instant::now();
        full.decode_clip(latent.clone(), 1.0, &NoHook).expect("nothing cancels");
        best[0] = best[0].min(started.elapsed().as_secs_f64());
        let started = Instant::now();
        light.decode_frames(&channels_last(latent.clone()), &NoHook).expect("nothing cancels");
        best[1] = best[1].min(started.elapsed().as_secs_f64());
    }
    let [full, light] = best;
    print(&format!("| {name} | {full:.3} | {light:.3} | {:.1} |", full / light));
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn print(line: &str) {
    println!("{line}");
}
