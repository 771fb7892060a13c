//! Students in training and the scorers that judge them, with weights of the rule of no zeros.

use burn::tensor::Device;
use hummingbird_engine::judges::config::{ClipConfig, ViClipConfig};
use hummingbird_engine::judges::preprocess::Normalisation;
use hummingbird_engine::judges::{ImageScorer, VideoScorer};
use hummingbird_engine::nn::adapter::{Branches, at_most};
use hummingbird_engine::nn::config::{UNetConfig, VaeConfig};
use hummingbird_engine::nn::params::{NoZeros, ParamLoader};
use hummingbird_engine::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use hummingbird_engine::pipeline::vae::{VAE_PREFIX, VaeDecoder};
use hummingbird_engine::training::TrainError;
use hummingbird_engine::training::adapters::WithBranches;
use hummingbird_engine::training::objectives::feedback::Judges;
use hummingbird_engine::training::trainer::{TrainSetup, TrainStart, Trainer, TrainerSettings};
use hummingbird_engine::weights::{FileError, SeededStart};

/// A student of which all is trained, or branches of a rank alone.
///
/// # Errors
/// None that the rule's weights have.
pub fn student(
    config: &UNetConfig,
    settings: TrainerSettings,
    rank: Option<usize>,
    device: &Device,
) -> Result<Trainer<UNet>, TrainError> {
    let ranks = at_most(rank.unwrap_or_default());
    let branches = SeededStart { seed: 1 };
    let weights = WithBranches { model: &NoZeros, branches: &branches };
    let start = TrainStart { weights: &weights, seed: 1, origin: None };
    let setup = TrainSetup { start, settings, device, adapters: rank.map(|_| Branches::unscaled(&ranks)) };
    Trainer::begin(setup, |loader| UNet::init(config, &loader.path(UNET_PREFIX)))
}

/// A decoder of `vae` and scorers of both kinds behind it.
///
/// # Errors
/// None that the rule's weights have.
pub fn judges(
    vae: &VaeConfig,
    image: &ClipConfig,
    video: &ViClipConfig,
    loader: &ParamLoader<'_>,
) -> Result<Judges, FileError> {
    Ok(Judges {
        decoder: VaeDecoder::init(vae, &loader.path(VAE_PREFIX))?,
        scale_factor: 0.18215,
        image: Some(ImageScorer::init(image, Normalisation::CLIP, &loader.path("image"))?),
        video: Some(VideoScorer::viclip(video, Normalisation::IMAGENET, &loader.path("video"))?),
    })
}
