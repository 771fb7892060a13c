//! Runs that an earlier version of the program began go on.

use std::error::Error;
use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use hummingbird_engine::nn::config::TinyDecoderConfig;
use hummingbird_engine::nn::params::{Init, ParamSource};
use hummingbird_engine::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use hummingbird_engine::training::objectives::distillation::{DecodedFrames, DecoderDistillation, DistillationWeights};
use hummingbird_engine::training::trainer::{TrainPlace, TrainPlaces, TrainStart, Trainer, TrainerConfig};
use hummingbird_engine::weights::{Checkpoint, SeededStart};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::unet_input::noise;

/// Written by the program before training was put into its present order: two steps of a tiny decoder of width 1,
/// `hummingbird train nano --stage light-decoder --seed 9`.
const CHECKPOINT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/training/light-00000002");

#[test]
fn a_checkpoint_of_an_earlier_version_goes_on() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let old = folder.path().join("light-00000002");
    fs::create_dir(&old)?;
    for entry in fs::read_dir(Path::new(CHECKPOINT))? {
        let entry = entry?;
        fs::copy(entry.path(), old.join(entry.file_name()))?;
    }
    let device = Device::flex();
    let config = TinyDecoderConfig { z_channels: 8, width: 1, blocks: vec![1, 0, 1, 1] };
    let go_on = || {
        let start = TrainStart { weights: &SeededStart { seed: 1 }, seed: 1, origin: None };
        let settings = TrainerConfig { weight_decay: 0.0, ema_decay: 0.998, clip_norm: 1.0 };
        Trainer::start_or_resume(folder.path(), "light", start, settings, &device, |loader| {
            TinyDecoder::init(&config, &loader.path(TINY_DECODER_PREFIX))
        })
    };
    let mut trainer = go_on()?;
    let position = trainer.position.clone();
    assert_eq!((position.step, position.samples, position.phase_samples, position.seed), (2, 4, 4, 9));
    let stored = Checkpoint::open(&old.join("weights.safetensors"))?.under("ema.");
    let averaged = trainer.export_ema();
    assert_eq!(averaged.len(), 25, "{averaged:?}");
    for tensor in &averaged {
        let values = stored.values(&tensor.name, &tensor.shape, Init::Zeros)?;
        assert_eq!(tensor.values, values, "{}", tensor.name);
    }

    let train_device = device.clone().autodiff();
    let frames = DecodedFrames {
        latents: noise([2, 2, 3, 8], &train_device),
        targets: Tensor::ones([2, 16, 24, 3], &train_device),
        drawn: Tensor::ones([2, 16, 24, 3], &train_device),
    };
    let objective = DecoderDistillation { weights: DistillationWeights { square: 2.0, gradient: 0.5, drawn: 0.1 } };
    let first = trainer.step(&objective, &frames, 1e-2);
    let second = trainer.step(&objective, &frames, 1e-2);
    assert!(second < first, "a loss of {first}, then of {second}");
    trainer.save(folder.path(), "light")?;
    assert!(old.exists(), "a run that is gone through removes what it does not keep, a trainer nothing");
    assert_eq!(go_on()?.position.step, 4);
    Ok(())
}

#[test]
fn a_gpu_and_the_cpu_share_a_step_and_learn_what_one_device_learns() -> Result<(), Box<dyn Error>> {
    let Some(gpu) = gpu("a GPU beside the CPU in training") else { return Ok(()) };
    let config = TinyDecoderConfig { z_channels: 8, width: 4, blocks: vec![1, 1] };
    let latents = noise([2, 4, 6, 8], &cpu().autodiff());
    let losses = |devices: &[&Device]| -> Result<Vec<f64>, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let start = TrainStart { weights: &SeededStart { seed: 1 }, seed: 1, origin: None };
        let settings = TrainerConfig { weight_decay: 0.0, ema_decay: 0.998, clip_norm: 1.0 };
        let mut trainer = Trainer::start_or_resume(folder.path(), "x", start, settings, devices[0], |loader| {
            TinyDecoder::init(&config, &loader.path(TINY_DECODER_PREFIX))
        })?;
        let place = |device: &&Device| TrainPlace { device: (*device).clone(), name: format!("{device:?}") };
        trainer.replicate(&TrainPlaces { first: place(&devices[0]), others: devices[1..].iter().map(place).collect() });
        let device = devices[0].clone().autodiff();
        let frames = DecodedFrames {
            latents: latents.clone().to_device(&device),
            targets: Tensor::ones([2, 8, 12, 3], &device),
            drawn: Tensor::ones([2, 8, 12, 3], &device),
        };
        let objective =
            || DecoderDistillation { weights: DistillationWeights { square: 2.0, gradient: 0.5, drawn: 0.1 } };
        let beside: Vec<_> = devices[1..].iter().map(|_| objective()).collect();
        let step = |_| trainer.step_on_all(&objective(), &beside, &frames, 1e-2);
        (0..4).map(step).collect::<Result<_, _>>().map_err(|lost| format!("{lost:?}").into())
    };
    let wanted = losses(&[&cpu()])?;
    assert!(wanted[3] < 0.9 * wanted[0], "nothing is learnt: {wanted:?}");
    for devices in [[&cpu(), &gpu], [&gpu, &cpu()]] {
        let found = losses(&devices)?;
        for (a, b) in wanted.iter().zip(&found) {
            assert!((a - b).abs() <= 1e-4 * a, "{found:?}, not {wanted:?}");
        }
    }
    Ok(())
}
