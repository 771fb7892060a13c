//! The frozen networks that turn clips and captions into what a U-Net is trained on.

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::encoder_cache::EncoderCache;
use crate::handoff::{Frames, TokenIds};
use crate::nn::hook::NoHook;
use crate::nn::params::ParamLoader;
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::clip_tokens::Tokenizer;
use crate::pipeline::vae::{Posterior, VAE_PREFIX, Vae, images};
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
    cache: Option<EncoderCache>,
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
            cache: None,
        })
    }

    /// The same with a cache of what they made.
    #[must_use]
    pub fn cached(self, cache: Option<EncoderCache>) -> Self {
        Self { cache, ..self }
    }

    /// Its cache.
    pub fn cache(&self) -> Option<&EncoderCache> {
        self.cache.as_ref()
    }

    /// The autoencoder.
    pub fn vae(&self) -> &Vae {
        &self.vae
    }

    /// What the autoencoder says of a clip's frames; means and variances are not scaled.
    pub fn posterior(&self, clip: &Frames) -> Posterior {
        let encode = || {
            let Posterior { mean, logvar } = self.encode(clip);
            [mean, logvar]
        };
        let [mean, logvar] = match &self.cache {
            Some(cache) => cache.of_frames("posterior", clip, &self.device, encode),
            None => encode(),
        };
        Posterior { mean, logvar }
    }

    fn encode(&self, clip: &Frames) -> Posterior {
        let pixels = images([clip], &self.device);
        let [count, ..] = pixels.dims();
        let groups = (0..count).step_by(GROUP).map(|start| {
            let group = pixels.clone().narrow(0, start, GROUP.min(count - start));
            let Posterior { mean, logvar } = self.vae.encode(group, &NoHook).expect("nothing cancels");
            (mean, logvar)
        });
        let (means, logvars): (Vec<_>, Vec<_>) = groups.unzip();
        Posterior { mean: Tensor::cat(means, 0), logvar: Tensor::cat(logvars, 0) }
    }

    /// A sample of a clip's posterior, scaled: `[1, channels, frames, height, width]`.
    pub fn sample(&self, posterior: &Posterior, rng: &mut impl Rng) -> Tensor<5> {
        let noise = normal(rng, posterior.mean.dims(), &self.device);
        // [f, h, w, c] -> [1, c, f, h, w]: the hand-off's order.
        (posterior.sample(noise) * self.scale_factor).permute([3, 0, 1, 2]).unsqueeze::<5>()
    }

    /// Embeddings of captions, `[captions, 77, context_dim]`.
    pub fn texts<'a>(&self, captions: impl IntoIterator<Item = &'a str>) -> Tensor<3> {
        let captions: Vec<&str> = captions.into_iter().collect();
        match (&self.cache, captions.as_slice()) {
            // One alone, as clips have it: of several the last digits depend on how many there are.
            (Some(cache), [caption]) => {
                let [text] = cache.of_text("text", caption, &self.device, || [self.embed(&captions)]);
                text
            }
            _ => self.embed(&captions),
        }
    }

    fn embed(&self, captions: &[&str]) -> Tensor<3> {
        let tokenizer = Tokenizer::shared();
        let tokens: Vec<TokenIds> = captions.iter().map(|caption| tokenizer.encode(caption)).collect();
        self.text.forward(&tokens, &NoHook).expect("nothing cancels").tensor
    }
}

/// Standard normal values.
pub fn normal<const D: usize>(rng: &mut impl Rng, shape: [usize; D], device: &Device) -> Tensor<D> {
    let values: Vec<f32> = (0..shape.iter().product::<usize>()).map(|_| StandardNormal.sample(rng)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}
