//! What an optimiser step holds in memory. This program has the engine's allocator, so that everything is counted; it has one
//! test alone, since tests of one process would count each other's work.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use hummingbird_engine::error::FileError;
use hummingbird_engine::memory::{Allocator, Meter};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::nn::hook::ForwardHook;
use hummingbird_engine::nn::params::{ParamLoader, ParamSource};
use hummingbird_engine::nn::recompute;
use hummingbird_engine::pipeline::denoise::unet::{UNET_PREFIX, UNet, UNetInput};
use hummingbird_engine::pipeline::vae::ResnetBlock;
use hummingbird_engine::training::objectives::{Batch, Objective};
use hummingbird_engine::training::trainer::optimizer::AdamWSettings;
use hummingbird_engine::training::trainer::{StepOptions, TrainStart, Trainer, TrainerSettings};
use hummingbird_engine::weights::{ModelFile, SeededStart};
use hummingbird_tests::unet_input::{noise, unet_input};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Residual blocks one behind the other.
#[derive(Module, Debug)]
struct Chain {
    blocks: Vec<ResnetBlock>,
}

/// Random numbers that stand for pictures.
struct Pictures(Tensor<4>);

impl Batch for Pictures {
    fn samples(&self) -> usize {
        self.0.dims()[0]
    }

    fn part(&self, samples: Range<usize>) -> Self {
        Self(self.0.clone().narrow(0, samples.start, samples.len()))
    }
}

/// The mean square of the output.
struct MeanSquare;

impl Objective<Chain> for MeanSquare {
    type Batch = Pictures;

    fn loss(&self, chain: &Chain, batch: &Pictures, pass: &dyn ForwardHook) -> Tensor<1> {
        let forward = |x, block| recompute::block(pass, block, x, ResnetBlock::forward);
        chain.blocks.iter().fold(batch.0.clone(), forward).square().mean()
    }
}

/// One clip, which is not split.
struct Clip(UNetInput);

impl Batch for Clip {
    fn samples(&self) -> usize {
        1
    }

    fn part(&self, _: Range<usize>) -> Self {
        Self(self.0.clone())
    }
}

impl Objective<UNet> for MeanSquare {
    type Batch = Clip;

    fn loss(&self, unet: &UNet, batch: &Clip, pass: &dyn ForwardHook) -> Tensor<1> {
        unet.forward(batch.0.clone(), pass).expect("nothing cancels").square().mean()
    }
}

/// Bytes that a step's loss and gradients add at most, with each of the options, and the loss.
fn peak<M: Module, O: Objective<M>>(
    trainer: &mut Trainer<M>,
    objective: &O,
    batch: &O::Batch,
    options: StepOptions,
) -> (usize, f64) {
    trainer.options = options;
    // Tables that are made once do not count.
    drop(trainer.gradients(objective, batch));
    let meter = Meter::start();
    let (loss, grads) = trainer.gradients(objective, batch);
    let peak = meter.peak();
    drop(grads);
    (peak, loss)
}

fn trainer<M: Module>(
    weights: &dyn ParamSource,
    build: impl Fn(&ParamLoader<'_>) -> Result<M, FileError>,
) -> Result<Trainer<M>, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let start = TrainStart { weights, seed: 1, origin: None };
    let optimizer = AdamWSettings { weight_decay: 0.0, ..AdamWSettings::default() };
    let config = TrainerSettings { optimizer, ema_decay: Some(0.9) };
    Ok(Trainer::start_or_resume(folder.path(), "test", start, config, &Device::flex(), build)?)
}

#[test]
fn recomputed_blocks_and_micro_batches_take_less_memory() -> Result<(), Box<dyn std::error::Error>> {
    let file = ModelFile::open(&ModelSource::Embedded)?;
    let config = &file.description().config;
    let device = Device::flex().autodiff();
    let plain = StepOptions::default();
    let recomputed = StepOptions { checkpoint_activations: true, ..plain };

    let channels = 16;
    let mut chain = trainer(&SeededStart { seed: 1 }, |loader| {
        let block = |index| ResnetBlock::init(&config.vae, channels, channels, &loader.path("chain").at(index));
        Ok(Chain { blocks: (0..12).map(block).collect::<Result<_, _>>()? })
    })?;
    // 1 MiB for each activation.
    let pictures = Pictures(noise([4, 64, 64, channels], &device));
    let (all, loss) = peak(&mut chain, &MeanSquare, &pictures, plain);
    let (some, same) = peak(&mut chain, &MeanSquare, &pictures, recomputed);
    let (parts, split) = peak(&mut chain, &MeanSquare, &pictures, StepOptions { accumulate: 4, ..plain });
    let words = format!("chain of 12: {} KiB, recomputed {}, in four {}", all >> 10, some >> 10, parts >> 10);
    assert!((same - loss).abs() < 1e-5 * loss && (split - loss).abs() < 1e-5 * loss, "{loss}, {same}, {split}");
    // Twelve inputs and the inside of one block stay, of twelve blocks with several activations each.
    assert!(some * 2 < all, "{words}");
    assert!(parts * 5 < all * 2, "{words}");

    let mut unet = trainer(file.checkpoint(), |loader| UNet::init(&config.unet, &loader.path(UNET_PREFIX)))?;
    let clip = Clip(unet_input(&config.unet, 1, [8, 16, 16], &device));
    let (all, loss) = peak(&mut unet, &MeanSquare, &clip, plain);
    let (some, same) = peak(&mut unet, &MeanSquare, &clip, recomputed);
    assert!((same - loss).abs() <= 1e-5 * loss.abs(), "{loss}, {same}");
    assert!(some * 2 < all, "Nano's U-Net: {} KiB, recomputed {}", all >> 10, some >> 10);
    Ok(())
}
