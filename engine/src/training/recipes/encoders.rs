//! The frozen networks that turn clips and captions into what a U-Net is trained on.

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::handoff::{Frames, TokenIds};
use crate::nn::hook::NoHook;
use crate::nn::params::ParamLoader;
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::clip_tokens::Tokenizer;
use crate::pipeline::vae::{VAE_PREFIX, Vae, images};
use crate::training::TrainError;
use crate::weights::ModelFile;

/// Images that are encoded at once, as in the reference.
pub(super) const GROUP: usize = 8;

/// Autoencoder and text encoder of a model.
#[derive(Debug)]
pub struct Encoders {
    vae: Vae,
    text: TextEncoder,
    scale_factor: f32,
    device: Device,
}

impl Encoders {
    /// Those of `model` on `device`, which tracks no gradients.
    ///
    /// # Errors
    /// When the file lacks one of them.
    pub fn load(model: &ModelFile, device: &Device) -> Result<Self, TrainError> {
        let config = &model.description().config;
        let loader = ParamLoader::new(model, device);
        Ok(Self {
            vae: Vae::init(&config.vae, &loader.path(VAE_PREFIX))?,
            text: TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?,
            scale_factor: config.diffusion.scale_factor,
            device: device.clone(),
        })
    }

    /// The autoencoder.
    pub fn vae(&self) -> &Vae {
        &self.vae
    }

    /// Samples of the posteriors of clips of the same size and length, scaled: `[clips, channels, frames, height, width]`.
    pub fn latents(&self, clips: &[Frames], rng: &mut impl Rng) -> Tensor<5> {
        let pixels = images(clips, &self.device);
        let [count, ..] = pixels.dims();
        let mut latents = Vec::new();
        for start in (0..count).step_by(GROUP) {
            let group = pixels.clone().narrow(0, start, GROUP.min(count - start));
            let posterior = self.vae.encode(group, &NoHook).expect("nothing cancels");
            let noise = normal(rng, posterior.mean.dims(), &self.device);
            latents.push(posterior.sample(noise) * self.scale_factor);
        }
        let latents = Tensor::cat(latents, 0);
        let [_, height, width, channels] = latents.dims();
        // [b*f, h, w, c] -> [b, c, f, h, w]: the hand-off's order.
        latents.reshape([clips.len(), count / clips.len(), height, width, channels]).permute([0, 4, 1, 2, 3])
    }

    /// Embeddings of captions, `[captions, 77, context_dim]`.
    pub fn texts<'a>(&self, captions: impl IntoIterator<Item = &'a str>) -> Tensor<3> {
        let tokenizer = Tokenizer::shared();
        let tokens: Vec<TokenIds> = captions.into_iter().map(|caption| tokenizer.encode(caption)).collect();
        self.text.forward(&tokens, &NoHook).expect("nothing cancels").tensor
    }
}

/// Standard normal values.
pub fn normal<const D: usize>(rng: &mut impl Rng, shape: [usize; D], device: &Device) -> Tensor<D> {
    let values: Vec<f32> = (0..shape.iter().product::<usize>()).map(|_| StandardNormal.sample(rng)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}
