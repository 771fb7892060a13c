//! The networks of one model on one device.

use burn::tensor::Device;
use hummingbird_model::ModelConfig;

use crate::clip_text::TextEncoder;
use crate::denoise::unet::UNet;
use crate::settings::DecoderKind;
use crate::tiny_decoder::TinyDecoder;
use crate::vae::VaeDecoder;

/// What a generation needs of a model.
#[derive(Debug)]
pub struct Networks {
    /// Sizes.
    pub config: ModelConfig,
    /// Text encoder; it may be dropped once it has read the prompt.
    pub text: Option<TextEncoder>,
    /// U-Net.
    pub unet: UNet,
    /// Decoder of the VAE.
    pub vae: VaeDecoder,
    /// The tiny decoder, if one for this model is here.
    pub light: Option<TinyDecoder>,
    /// Where they are.
    pub device: Device,
}

impl Networks {
    /// The text encoder.
    ///
    /// # Panics
    /// When it was dropped and not loaded again: a bug of the caller.
    pub fn text(&self) -> &TextEncoder {
        self.text.as_ref().expect("whoever drops the text encoder loads it again")
    }

    /// Drops the text encoder and gives its memory back to the device.
    pub fn drop_text(&mut self) {
        self.text = None;
        self.device.memory_cleanup();
    }

    /// What a request for this decoder gets: the full one where there is no tiny one.
    pub fn tiny_for(&self, kind: DecoderKind) -> Option<&TinyDecoder> {
        self.light.as_ref().filter(|_| kind == DecoderKind::Tiny)
    }
}
