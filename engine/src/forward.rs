//! One stage on given tensors: how anyone compares this engine with another implementation.
//!
//! Tensors come and go under the names of the golden cases:
//!
//! | stage | in | out |
//! |---|---|---|
//! | `text` | `tokens [b, 77]` | `out [b, 77, width]` |
//! | `unet` | `x [b, c, t, h, w]`, `timesteps [b]`, `context [b, 77, d]`, and if the network takes them `fps [b]`, `w_embedding [b, e]`, `motion_cond [b, m]` | `out [b, c, t, h, w]` |
//! | `vae-decode` | `z [b, c, t, h, w]`, scaled | `decoded [b, 3, t, 8h, 8w]`, not clamped |
//! | `light-decode` | `z [b, c, t, h, w]`, scaled | `decoded [b, 3, t, 8h, 8w]`, about 0..1, not clamped |
//! | `vae-encode` | `image [n, 3, H, W]` in -1..1 | `mean`, `logvar [n, c, H/8, W/8]` |
//! | `sample` | `latents [b, c, t, h, w]` (or `x_T`), `context`, for DDIM `uncond`, `w_embedding`, `fps`, `step0.noise`, ... | `result`, `step0.denoised` (Turbo) or `step0.x_prev` and `step0.pred_x0` (DDIM), ... |

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_base::message::{self, Message};
use thiserror::Error;

use crate::jobs::error::EngineError;
use crate::jobs::events::{CancelToken, Cancelled};
use crate::jobs::request::SamplerKind;
use crate::model::ModelConfig;
use crate::nn::config::TinyDecoderConfig;
use crate::nn::params::{NamedTensor, ParamLoader, ParamSource, values_of};
use crate::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use crate::pipeline::denoise::noise::NoiseSource;
use crate::pipeline::denoise::schedule::timestep_embedding;
use crate::pipeline::denoise::unet::{Conditions, UNET_PREFIX, UNet, UNetInput};
use crate::pipeline::denoise::{Denoise, REFERENCE_FPS, StepDone, StepStart, denoise, steps_taken};
use crate::pipeline::handoff::{CONTEXT_TOKENS, Latent, TextEmbedding, TokenIds};
use crate::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use crate::pipeline::vae::{VAE_PREFIX, Vae, VaeDecoder, channels_last};
use crate::weights::Checkpoint;

/// The stages that can be run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ForwardStage {
    /// Token ids to a text embedding.
    Text,
    /// One prediction of the U-Net.
    UNet,
    /// Latents to pictures.
    VaeDecode,
    /// Pictures to latents.
    VaeEncode,
    /// All sampling steps.
    Sample(SampleSettings),
}

/// How [`ForwardStage::Sample`] samples.
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

/// What is wrong with given tensors.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("inputs")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum InputsUnfit {
    #[error("it lacks the tensor {name:?}; it has {}", names.join(", "))]
    Lacks { name: String, names: Vec<String> },
    #[error("tensor {name:?} has the shape {shape:?}: {needed} sides are needed")]
    Dimensions { name: String, shape: Vec<usize>, needed: usize },
    #[error("tensor {name:?} is empty")]
    Empty { name: String },
    #[error("tensor {name:?} has the shape {shape:?}: [{wanted}] is needed")]
    Shape { name: String, shape: Vec<usize>, wanted: String },
    #[error("tensor {name:?} has {count} numbers for a batch of {batch}")]
    Count { name: String, count: usize, batch: usize },
    #[error("tensor \"tokens\" has rows of {length}: {needed} ids are needed")]
    RowLength { length: usize, needed: usize },
    #[error("the token id {id} is not in the table of {limit} tokens")]
    TokenId { id: f64, limit: usize },
    #[error("it lacks the tensor \"timesteps\"")]
    NoTimesteps,
    #[error("tensor {name:?} is {height} high and {width} wide: both must be multiples of {multiple}")]
    Sides { name: String, height: usize, width: usize, multiple: usize },
    #[error("it lacks the tensor {name:?}, which this step adds")]
    NoStepNoise { name: String },
    #[error("it lacks the tensor \"uncond\", which guidance needs (--guidance 1 does without)")]
    NoUncond,
}

/// Input tensors by name.
struct Inputs<'a> {
    file: &'a Checkpoint,
    device: &'a Device,
}

impl Inputs<'_> {
    fn unfit(&self, detail: InputsUnfit) -> EngineError {
        EngineError::Inputs { path: self.file.path().to_owned(), detail: detail.into() }
    }

    fn has(&self, name: &str) -> bool {
        self.file.tensor(name).is_some()
    }

    fn numbers<const D: usize>(&self, name: &str) -> Result<(Vec<f64>, [usize; D]), EngineError> {
        let Some(tensor) = self.file.tensor(name) else {
            let names = self.file.contents().tensors.iter().take(12).map(|tensor| format!("{:?}", tensor.name()));
            return Err(self.unfit(InputsUnfit::Lacks { name: name.to_owned(), names: names.collect() }));
        };
        let shape = <[usize; D]>::try_from(tensor.shape().to_vec())
            .map_err(|shape| self.unfit(InputsUnfit::Dimensions { name: name.to_owned(), shape, needed: D }))?;
        if tensor.is_empty() {
            return Err(self.unfit(InputsUnfit::Empty { name: name.to_owned() }));
        }
        Ok((self.file.numbers(tensor)?, shape))
    }

    fn tensor<const D: usize>(&self, name: &str) -> Result<Tensor<D>, EngineError> {
        let (numbers, shape) = self.numbers::<D>(name)?;
        let values: Vec<f32> = numbers.into_iter().map(|value| value as f32).collect();
        Ok(Tensor::from_data(TensorData::new(values, shape), self.device))
    }

    /// A tensor whose sides must be these, where some are given.
    fn sized<const D: usize>(&self, name: &str, sides: [Option<usize>; D]) -> Result<Tensor<D>, EngineError> {
        let tensor = self.tensor::<D>(name)?;
        let shape = tensor.dims();
        if shape.iter().zip(sides).all(|(&side, wanted)| wanted.is_none_or(|wanted| side == wanted)) {
            return Ok(tensor);
        }
        let wanted = sides.map(|side| side.map_or_else(|| "any".to_owned(), |side| side.to_string())).join(", ");
        Err(self.unfit(InputsUnfit::Shape { name: name.to_owned(), shape: shape.to_vec(), wanted }))
    }

    fn optional<const D: usize>(
        &self,
        name: &str,
        sides: [Option<usize>; D],
    ) -> Result<Option<Tensor<D>>, EngineError> {
        if self.has(name) { self.sized(name, sides).map(Some) } else { Ok(None) }
    }

    /// One number for each clip, given once or for each.
    fn per_clip(&self, name: &str, batch: usize) -> Result<Option<Vec<f32>>, EngineError> {
        if !self.has(name) {
            return Ok(None);
        }
        let (numbers, [count]) = self.numbers::<1>(name)?;
        if count != batch && count != 1 {
            return Err(self.unfit(InputsUnfit::Count { name: name.to_owned(), count, batch }));
        }
        Ok(Some((0..batch).map(|index| numbers[index % count] as f32).collect()))
    }
}

/// Runs one stage of the networks in `weights` on the tensors in `inputs`.
///
/// # Errors
/// When a tensor is missing or of the wrong shape, on either side; [`EngineError::Cancelled`] when `cancel` was asked for.
pub fn forward(
    stage: ForwardStage,
    config: &ModelConfig,
    weights: &dyn ParamSource,
    inputs: &Checkpoint,
    device: &Device,
    cancel: &CancelToken,
) -> Result<Vec<NamedTensor>, EngineError> {
    let inputs = Inputs { file: inputs, device };
    match stage {
        ForwardStage::Text => text(config, weights, &inputs, cancel),
        ForwardStage::UNet => unet(config, weights, &inputs, cancel),
        ForwardStage::VaeDecode => vae_decode(config, weights, &inputs, cancel),
        ForwardStage::VaeEncode => vae_encode(config, weights, &inputs, cancel),
        ForwardStage::Sample(settings) => sample(config, weights, &inputs, settings, cancel),
    }
}

fn text(
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

fn unet(
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

fn vae_decode(
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

/// Runs a tiny decoder on the tensors in `inputs`, frame by frame; see the table above.
///
/// # Errors
/// As [`forward`].
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

fn vae_encode(
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

fn sample(
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

fn named<const D: usize>(name: &str, tensor: Tensor<D>) -> NamedTensor {
    let shape = tensor.dims().to_vec();
    NamedTensor { name: name.to_owned(), shape, values: values_of(tensor.into_data()) }
}
