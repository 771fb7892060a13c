//! Training on a GPU and the CPU together.

use std::error::Error;

use burn::tensor::{Device, Tensor};
use hummingbird_engine::nn::config::TinyDecoderConfig;
use hummingbird_engine::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use hummingbird_engine::training::objectives::distillation::{DecodedFrames, DecoderDistillation, DistillationWeights};
use hummingbird_engine::training::trainer::optimizer::AdamWSettings;
use hummingbird_engine::training::trainer::{TrainPlace, TrainPlaces, TrainStart, Trainer, TrainerSettings};
use hummingbird_engine::weights::SeededStart;
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::unet_input::noise;

#[test]
fn a_gpu_and_the_cpu_share_a_step_and_learn_what_one_device_learns() -> Result<(), Box<dyn Error>> {
    let Some(gpu) = gpu("a GPU beside the CPU in training") else { return Ok(()) };
    let config = TinyDecoderConfig { z_channels: 8, width: 4, blocks: vec![1, 1] };
    let latents = noise([2, 4, 6, 8], &cpu().autodiff());
    let losses = |devices: &[&Device]| -> Result<Vec<f64>, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let start = TrainStart { weights: &SeededStart { seed: 1 }, seed: 1, origin: None };
        let optimizer = AdamWSettings { weight_decay: 0.0, ..AdamWSettings::default() };
        let settings = TrainerSettings { optimizer, ema_decay: Some(0.998) };
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
