//! The three networks of one model, on one device.

use burn::tensor::Device;

use crate::error::EngineError;
use crate::model::ModelConfig;
use crate::nn::params::ParamLoader;
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::pipeline::vae::{VAE_PREFIX, VaeDecoder};
use crate::weights::ModelFile;

/// What a generation needs of a model.
#[derive(Debug)]
pub struct Models {
    /// Sizes.
    pub config: ModelConfig,
    /// Text encoder.
    pub text: TextEncoder,
    /// U-Net.
    pub unet: UNet,
    /// Decoder of the VAE.
    pub vae: VaeDecoder,
    /// Where they are.
    pub device: Device,
}

impl Models {
    /// Puts the networks of `file` on `device`.
    ///
    /// # Errors
    /// When the file lacks a tensor that its description needs, or has one of another shape.
    pub fn load(file: &ModelFile, device: &Device) -> Result<Self, EngineError> {
        let config = file.description().config.clone();
        let loader = ParamLoader::new(file, device);
        Ok(Self {
            text: TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?,
            unet: UNet::init(&config.unet, &loader.path(UNET_PREFIX))?,
            vae: VaeDecoder::init(&config.vae, &loader.path(VAE_PREFIX))?,
            config,
            device: device.clone(),
        })
    }
}
