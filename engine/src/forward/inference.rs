//! The stages of a clip's way, each alone.

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData};

use super::inputs::{Inputs, InputsUnfit};
use super::named;
use crate::jobs::error::EngineError;
use crate::jobs::events::{CancelToken, Cancelled};
use crate::jobs::request::SamplerKind;
use crate::model::ModelConfig;
use crate::nn::config::TinyDecoderConfig;
use crate::nn::params::{NamedTensor, ParamLoader, ParamSource};
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::denoise::noise::NoiseSource;
use crate::pipeline::denoise::schedule::timestep_embedding;
use crate::pipeline::denoise::unet::{Conditions, UNET_PREFIX, UNet, UNetInput};
use crate::pipeline::denoise::{Denoise, REFERENCE_FPS, StepDone, StepStart, denoise, steps_taken};
use crate::pipeline::handoff::{CONTEXT_TOKENS, Latent, TextEmbedding, TokenIds};
use crate::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use crate::pipeline::vae::{VAE_PREFIX, Vae, VaeDecoder, channels_last};
use crate::weights::Checkpoint;

/// How [`ForwardStage::Sample`](super::ForwardStage::Sample) samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleSettings {
    /// Sampler.
    pub sampler: SamplerKind,
    /// Steps.
    pub steps: usize,
    /// Guidance scale: that of DDIM; of Turbo where no `w_embedding` is given.
    pub guidance: f32,
    /// Noise that DDIM adds.
    pub eta: f64,
    /// Whether DDIM applies the reference's `scale_arr`.
    pub use_scale: bool,
}

pub(super) fn text(
    config: &ModelConfig,
    weights: &dyn ParamSource,
    inputs: &Inputs<'_>,
    cancel: &CancelToken,
) -> Result<Vec<NamedTensor>, EngineError> {
    let (numbers, [_, length]) = inputs.numbers::<2>("tokens")?;
    if length != CONTEXT_TOKENS {
        return Err(inputs.unfit(InputsUnfit::RowLength { length, needed: CONTEXT_TOKENS }));
    }
    let limit = config.text.vocab_size;
    if let Some(&id) = numbers.iter().find(|&&id| !(0.0..limit as f64).contains(&id)) {
        return Err(inputs.unfit(InputsUnfit::TokenId { id, limit }));
    }
    let mut tokens = Vec::new();
    for row in numbers.as_chunks::<CONTEXT_TOKENS>().0 {
        tokens.push(TokenIds { ids: row.map(|id| id as u32), text_tokens: 0, kept_text: None });
    }
    let loader = ParamLoader::new(weights, inputs.device);
    let encoder = TextEncoder::init(&config.text, &loader.path(TEXT_PREFIX))?;
    Ok(vec![named("out", encoder.forward(&tokens, cancel)?.tensor)])
}

pub(super) fn unet(
    config: &ModelConfig,
    weights: &dyn ParamSource,
    inputs: &Inputs<'_>,
    cancel: &CancelToken,
) -> Result<Vec<NamedTensor>, EngineError> {
    let sizes = &config.unet;
    let latent: Tensor<5> = inputs.sized("x", [None, Some(sizes.in_channels), None, None, None])?;
    let [batch, _, _, height, width] = latent.dims();
    check_sides(config, inputs, "x", height, width)?;
    let context = inputs.sized("context", [Some(batch), Some(CONTEXT_TOKENS), Some(sizes.context_dim)])?;
    let timesteps = inputs.per_clip("timesteps", batch)?.ok_or_else(|| inputs.unfit(InputsUnfit::NoTimesteps))?;
    let fps = inputs.per_clip("fps", batch)?.unwrap_or_else(|| vec![REFERENCE_FPS; batch]);
    let rows = |values: Vec<f32>| {
        let values: Vec<f32> =
            values.into_iter().flat_map(|value| timestep_embedding(value, sizes.model_channels)).collect();
        Tensor::<2>::from_data(TensorData::new(values, [batch, sizes.model_channels]), inputs.device)
    };
    let conditions = Conditions {
        timestep: rows(timesteps),
        fps: sizes.fps_cond.then(|| rows(fps)),
        guidance: inputs.optional("w_embedding", [Some(batch), sizes.time_cond_proj_dim])?,
        motion: inputs.optional("motion_cond", [Some(batch), sizes.motion_cond_proj_dim])?,
    };
    let loader = ParamLoader::new(weights, inputs.device);
    let unet = UNet::init(sizes, &loader.path(UNET_PREFIX))?;
    let input = UNetInput { latent, conditions, text: TextEmbedding { tensor: context } };
    Ok(vec![named("out", unet.forward(input, cancel)?)])
}

fn check_sides(
    config: &ModelConfig,
    inputs: &Inputs<'_>,
    name: &str,
    height: usize,
    width: usize,
) -> Result<(), EngineError> {
    let multiple = config.unet.latent_multiple();
    if height.is_multiple_of(multiple) && width.is_multiple_of(multiple) {
        return Ok(());
    }
    Err(inputs.unfit(InputsUnfit::Sides { name: name.to_owned(), height, width, multiple }))
}

pub(super) fn vae_decode(
    config: &ModelConfig,
    weights: &dyn ParamSource,
    inputs: &Inputs<'_>,
    cancel: &CancelToken,
) -> Result<Vec<NamedTensor>, EngineError> {
    let z: Tensor<5> = inputs.sized("z", [None, Some(config.vae.z_channels), None, None, None])?;
    let loader = ParamLoader::new(weights, inputs.device);
    let vae = VaeDecoder::init(&config.vae, &loader.path(VAE_PREFIX))?;
    frame_by_frame(&z, |latent| vae.decode(latent / config.diffusion.scale_factor, cancel))
}

/// Runs a tiny decoder on the tensors in `inputs`, frame by frame; see the table of [`forward`](super).
///
/// # Errors
/// As [`forward`](super::forward).
pub fn tiny_decode(
    config: &TinyDecoderConfig,
    weights: &dyn ParamSource,
    inputs: &Checkpoint,
    device: &Device,
    cancel: &CancelToken,
) -> Result<Vec<NamedTensor>, EngineError> {
    let inputs = Inputs { file: inputs, device };
    let z: Tensor<5> = inputs.sized("z", [None, Some(config.z_channels), None, None, None])?;
    let loader = ParamLoader::new(weights, device);
    let decoder = TinyDecoder::init(config, &loader.path(TINY_DECODER_PREFIX))?;
    frame_by_frame(&z, |latent| decoder.decode(latent, cancel))
}

/// `[b, c, t, h, w]` through a decoder of `[1, h, w, c]`.
fn frame_by_frame(
    z: &Tensor<5>,
    decode: impl Fn(Tensor<4>) -> Result<Tensor<4>, Cancelled>,
) -> Result<Vec<NamedTensor>, EngineError> {
    let [batch, _, frames, ..] = z.dims();
    let mut clips = Vec::with_capacity(batch);
    for clip in 0..batch {
        let mut pictures = Vec::with_capacity(frames);
        for frame in 0..frames {
            let latent = z.clone().narrow(0, clip, 1).narrow(2, frame, 1);
            let picture = decode(channels_last(latent))?;
            // [1, h, w, 3] -> [1, 3, 1, h, w]: the reference's order.
            pictures.push(picture.permute([0, 3, 1, 2]).unsqueeze_dim::<5>(2));
        }
        clips.push(Tensor::cat(pictures, 2));
    }
    Ok(vec![named("decoded", Tensor::cat(clips, 0))])
}

pub(super) fn vae_encode(
    config: &ModelConfig,
    weights: &dyn ParamSource,
    inputs: &Inputs<'_>,
    cancel: &CancelToken,
) -> Result<Vec<NamedTensor>, EngineError> {
    let image: Tensor<4> = inputs.sized("image", [None, Some(3), None, None])?;
    let [_, _, height, width] = image.dims();
    let multiple = config.vae.downsampling();
    if !height.is_multiple_of(multiple) || !width.is_multiple_of(multiple) {
        return Err(inputs.unfit(InputsUnfit::Sides { name: "image".to_owned(), height, width, multiple }));
    }
    let loader = ParamLoader::new(weights, inputs.device);
    let vae = Vae::init(&config.vae, &loader.path(VAE_PREFIX))?;
    let posterior = vae.encode(image.permute([0, 2, 3, 1]), cancel)?;
    // [n, h, w, c] -> [n, c, h, w]: the reference's order.
    let back = |tensor: Tensor<4>| tensor.permute([0, 3, 1, 2]);
    Ok(vec![named("mean", back(posterior.mean)), named("logvar", back(posterior.logvar))])
}

pub(super) fn sample(
    config: &ModelConfig,
    weights: &dyn ParamSource,
    inputs: &Inputs<'_>,
    settings: SampleSettings,
    cancel: &CancelToken,
) -> Result<Vec<NamedTensor>, EngineError> {
    let start = if inputs.has("latents") { "latents" } else { "x_T" };
    let latent: Tensor<5> = inputs.sized(start, [None, Some(config.unet.in_channels), None, None, None])?;
    let shape @ [batch, _, _, height, width] = latent.dims();
    check_sides(config, inputs, start, height, width)?;
    let text = |name: &str| inputs.sized(name, [Some(batch), Some(CONTEXT_TOKENS), Some(config.unet.context_dim)]);
    let context = if inputs.has("context") { "context" } else { "prompt_embeds" };
    let steps = steps_taken(settings.sampler, settings.steps);
    let mut step_noise = HashMap::with_capacity(steps);
    for index in 0..steps {
        let name = format!("step{index}.noise");
        match inputs.optional(&name, shape.map(Some))? {
            Some(noise) => {
                step_noise.insert(index, noise);
            }
            None if needs_noise(settings, index, steps) => {
                return Err(inputs.unfit(InputsUnfit::NoStepNoise { name }));
            }
            None => {}
        }
    }
    let mut config = config.clone();
    config.diffusion.use_scale = settings.use_scale;
    let loader = ParamLoader::new(weights, inputs.device);
    let unet = UNet::init(&config.unet, &loader.path(UNET_PREFIX))?;
    let uncond = (settings.sampler == SamplerKind::Ddim && inputs.has("uncond")).then(|| text("uncond")).transpose()?;
    if settings.sampler == SamplerKind::Ddim && settings.guidance != 1.0 && uncond.is_none() {
        return Err(inputs.unfit(InputsUnfit::NoUncond));
    }
    let job = Denoise {
        unconditional: uncond.map(|tensor| TextEmbedding { tensor }),
        sampler: settings.sampler,
        steps: settings.steps,
        guidance: settings.guidance,
        guidance_embedding: inputs.optional("w_embedding", [Some(batch), config.unet.time_cond_proj_dim])?,
        eta: settings.eta,
        fps: inputs.per_clip("fps", 1)?.map_or(REFERENCE_FPS, |fps| fps[0]),
        step_noise,
        start: Some(StepStart { done: 0, latent: Latent { tensor: latent } }),
        ..Denoise::new(&unet, &config, TextEmbedding { tensor: text(context)? }, NoiseSource::new(0), shape)
    };
    let mut outputs = Vec::new();
    let result = denoise(&job, cancel, &mut |step: StepDone<'_>| {
        let index = step.done - 1;
        let denoised = named("", step.denoised.clone());
        match settings.sampler {
            SamplerKind::Turbo => outputs.push(NamedTensor { name: format!("step{index}.denoised"), ..denoised }),
            SamplerKind::Ddim => {
                outputs.push(NamedTensor { name: format!("step{index}.pred_x0"), ..denoised });
                outputs.push(named(&format!("step{index}.x_prev"), step.next.tensor.clone()));
            }
        }
        Ok(())
    })?;
    outputs.push(named("result", result.tensor));
    Ok(outputs)
}

/// Whether what a step adds can be seen in any output.
fn needs_noise(settings: SampleSettings, index: usize, steps: usize) -> bool {
    match settings.sampler {
        SamplerKind::Turbo => index + 1 < steps,
        SamplerKind::Ddim => settings.eta > 0.0,
    }
}
