//! Rewards: the scores of pictures or clips, the loss of them, and its gradient with respect to the frames or the latents.

use burn::tensor::{Device, Int, Tensor, TensorData};
use hummingbird_judges::{FramesUnfit, ImageScorer, MaskedTokens, VideoScorer, scores};

use super::inputs::{Inputs, InputsUnfit};
use super::named;
use super::reward_config::{RewardConfig, RewardUnfit, ScorerConfig};
use crate::jobs::error::EngineError;
use crate::jobs::events::{CancelToken, Cancelled};
use crate::nn::config::VaeConfig;
use crate::nn::hook::ForwardHook;
use crate::nn::params::{NamedTensor, ParamLoader, ParamSource};
use crate::nn::recompute::Tape;
use crate::pipeline::vae::{VAE_PREFIX, VaeDecoder};
use crate::weights::Checkpoint;

/// Colour channels of a frame.
const RGB: usize = 3;

/// What is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewardStage {
    /// Pictures, or frames that are decoded from latents.
    Image,
    /// Clips.
    Video,
}

/// The autoencoder by which latents become pictures.
#[derive(Clone, Copy)]
pub struct RewardVae<'a> {
    /// Its sizes.
    pub config: &'a VaeConfig,
    /// Its weights.
    pub weights: &'a dyn ParamSource,
}

/// The one pass of a stage: its blocks are computed again in the backward pass, so that scorers of full size fit, and it ends
/// where its owner cancels it.
struct Pass<'a> {
    tape: Tape,
    cancel: &'a CancelToken,
}

impl ForwardHook for Pass<'_> {
    fn on_output(&self, _name: &str, _activation: &Tensor<4>) -> Result<(), Cancelled> {
        self.cancel.check()
    }

    fn tape(&self) -> Option<&Tape> {
        Some(&self.tape)
    }
}

/// Scores what is in `inputs` by the scorer in `weights`.
///
/// # Errors
/// When a tensor is missing or of the wrong shape, on either side, or the scorer is not one for this stage;
/// [`EngineError::Cancelled`] when `cancel` was asked for.
pub fn reward(
    stage: RewardStage,
    config: &RewardConfig,
    weights: &dyn ParamSource,
    vae: Option<RewardVae<'_>>,
    inputs: &Checkpoint,
    device: &Device,
    cancel: &CancelToken,
) -> Result<Vec<NamedTensor>, EngineError> {
    let with_gradients = device.clone().autodiff();
    let inputs = Inputs { file: inputs, device: &with_gradients };
    // Weights are put on the device itself: they are constants of the backward pass.
    let loader = ParamLoader::new(weights, device);
    let root = loader.path("");
    let normalisation = config.normalisation;
    let pass = Pass { tape: Tape::default(), cancel };
    match (&config.scorer, stage) {
        (ScorerConfig::HpsV2(sizes), RewardStage::Image) => {
            let scorer = ImageScorer::init(sizes, normalisation, &root)?;
            let limits = TokenLimits { rows: sizes.text_cfg.vocab_size, tokens: sizes.text_cfg.context_length };
            of_images(&scorer, limits, config, vae, &inputs, pass)
        }
        (ScorerConfig::InternVideo2(sizes), RewardStage::Video) => {
            let scorer = VideoScorer::internvideo2(sizes, normalisation, &root)?;
            let texts = masked_tokens(&inputs, sizes.text.vocab_size, sizes.text.max_position_embeddings)?;
            of_clips(&scorer, &texts, config, &inputs, pass)
        }
        (ScorerConfig::ViClip(sizes), RewardStage::Video) => {
            let scorer = VideoScorer::viclip(sizes, normalisation, &root)?;
            let limits = TokenLimits { rows: sizes.text.vocab_size, tokens: sizes.text.context_length };
            let texts: Vec<_> = tokens(&inputs, limits)?.into_iter().map(MaskedTokens::all).collect();
            of_clips(&scorer, &texts, config, &inputs, pass)
        }
        (scorer, stage) => {
            let what = match stage {
                RewardStage::Image => "pictures",
                RewardStage::Video => "clips",
            };
            let unfit = RewardUnfit::Kind { kind: scorer.kind().to_owned(), what: what.to_owned() };
            Err(config.unfit(unfit))
        }
    }
}

fn of_images(
    scorer: &ImageScorer,
    limits: TokenLimits,
    config: &RewardConfig,
    vae: Option<RewardVae<'_>>,
    inputs: &Inputs<'_>,
    pass: Pass<'_>,
) -> Result<Vec<NamedTensor>, EngineError> {
    let texts = tokens(inputs, limits)?;
    let mut outputs = Vec::new();
    let (frames, latents) = if inputs.has("frames") {
        (inputs.sized("frames", [None, Some(RGB), None, None])?.require_grad(), None)
    } else {
        let vae = vae.ok_or_else(|| inputs.unfit(InputsUnfit::NoAutoencoder))?;
        let latents = inputs.sized("latents", [None, Some(vae.config.z_channels), None, None, None])?.require_grad();
        let decoded = decoded(&latents, vae, config.scale_factor, inputs, &pass)?;
        outputs.push(named("decoded", decoded.clone()));
        (decoded, Some(latents))
    };
    let [count, ..] = frames.dims();
    check_texts(inputs, texts.len(), count)?;
    let pixels = scorer.pixels(frames.clone()).map_err(|error| frames_unfit(inputs, error))?;
    let features = scorer.image_features(pixels.clone(), &pass)?;
    let text_features = scorer.text_features(&texts);
    let scores = scores(features.clone(), text_features.clone());
    outputs.extend([
        named("pixels", pixels),
        named("image_features", features),
        named("text_features", text_features),
        named("logits", scorer.logits(scores.clone())),
    ]);
    outputs.extend(match latents {
        None => losses(scores, config, pass, ("grad_frames", &frames)),
        Some(latents) => losses(scores, config, pass, ("grad_latents", &latents)),
    });
    Ok(outputs)
}

/// The frames of all clips that `frame_index` names, decoded all at once; a frame may be there more than once.
///
/// # Shapes
/// `[clips, channels, frames, height, width] -> [clips * chosen, 3, 8 * height, 8 * width]`
fn decoded(
    latents: &Tensor<5>,
    vae: RewardVae<'_>,
    scale_factor: f32,
    inputs: &Inputs<'_>,
    pass: &Pass<'_>,
) -> Result<Tensor<4>, EngineError> {
    let [clips, channels, frames, height, width] = latents.dims();
    let (indices, [chosen]) = inputs.numbers::<1>("frame_index")?;
    if let Some(&index) = indices.iter().find(|&&index| index.fract() != 0.0 || !(0.0..frames as f64).contains(&index))
    {
        return Err(inputs.unfit(InputsUnfit::FrameIndex { index, frames }));
    }
    let indices: Vec<i32> = indices.into_iter().map(|index| index as i32).collect();
    let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [chosen]), &latents.device());
    let loader = ParamLoader::new(vae.weights, &latents.device().without_autodiff());
    let decoder = VaeDecoder::init(vae.config, &loader.path(VAE_PREFIX))?;
    // [b, c, t, h, w] -> [b * chosen, h, w, c]
    let images = latents.clone().select(2, indices).permute([0, 2, 3, 4, 1]);
    let images = images.reshape([clips * chosen, height, width, channels]) / scale_factor;
    Ok(decoder.decode(images, pass)?.permute([0, 3, 1, 2]))
}

fn of_clips(
    scorer: &VideoScorer,
    texts: &[MaskedTokens],
    config: &RewardConfig,
    inputs: &Inputs<'_>,
    pass: Pass<'_>,
) -> Result<Vec<NamedTensor>, EngineError> {
    let frames: Tensor<4> = inputs.sized("frames", [None, Some(RGB), None, None])?.require_grad();
    let [count, _, height, width] = frames.dims();
    if !count.is_multiple_of(scorer.frames()) {
        return Err(inputs.unfit(InputsUnfit::Count { name: "frames".to_owned(), count, batch: scorer.frames() }));
    }
    check_texts(inputs, texts.len(), count / scorer.frames())?;
    let unfit = |error| frames_unfit(inputs, error);
    let crop = match inputs.has("crop") {
        true => crop(inputs)?,
        false => scorer.squaring([height, width]).map_err(unfit)?.middle(),
    };
    let pixels = scorer.pixels(frames.clone(), crop).map_err(unfit)?;
    let video = scorer.video_features(pixels.clone(), &pass)?;
    let text = scorer.text_features(texts);
    let scores = scores(video.features.clone(), text.features.clone());
    let mut outputs =
        vec![named("pixels", pixels), named("video_features", video.features), named("text_features", text.features)];
    outputs.extend(video.pooled.map(|pooled| named("pooled", pooled)));
    outputs.extend(text.hidden.map(|hidden| named("text_hidden", hidden)));
    outputs.extend(losses(scores, config, pass, ("grad_frames", &frames)));
    Ok(outputs)
}

/// Scores, the loss of them and its gradient with respect to a tensor.
fn losses<const D: usize>(
    scores: Tensor<1>,
    config: &RewardConfig,
    pass: Pass<'_>,
    (name, of): (&str, &Tensor<D>),
) -> [NamedTensor; 3] {
    let loss = scores.clone().mean() * -config.reward_scale;
    let mut gradient = of.clone().inner().zeros_like();
    pass.tape.backward(&loss, &mut |grads| {
        if let Some(part) = of.grad_remove(grads) {
            gradient = gradient.clone() + part;
        }
    });
    [named("scores", scores), named("loss", loss), named(name, gradient)]
}

pub(super) fn frames_unfit(inputs: &Inputs<'_>, error: FramesUnfit) -> EngineError {
    EngineError::Inputs { path: inputs.file.path().to_owned(), detail: error.into() }
}

/// Ids that a text has, and rows of their table.
#[derive(Clone, Copy)]
pub(super) struct TokenLimits {
    pub rows: usize,
    pub tokens: usize,
}

/// Texts of exactly as many ids.
pub(super) fn tokens(inputs: &Inputs<'_>, limits: TokenLimits) -> Result<Vec<Vec<u32>>, EngineError> {
    let (numbers, [_, length]) = inputs.numbers::<2>("tokens")?;
    if length != limits.tokens {
        return Err(inputs.unfit(InputsUnfit::RowLength { length, needed: limits.tokens }));
    }
    ids(inputs, &numbers, length, limits.rows)
}

/// Texts of at most as many ids, and which of them are seen: all, or those of `attention_mask`.
fn masked_tokens(inputs: &Inputs<'_>, rows: usize, most: usize) -> Result<Vec<MaskedTokens>, EngineError> {
    let (numbers, shape @ [_, length]) = inputs.numbers::<2>("tokens")?;
    if length > most {
        return Err(inputs.unfit(InputsUnfit::RowTooLong { length, most }));
    }
    let ids = ids(inputs, &numbers, length, rows)?;
    if !inputs.has("attention_mask") {
        return Ok(ids.into_iter().map(MaskedTokens::all).collect());
    }
    let (mask, mask_shape) = inputs.numbers::<2>("attention_mask")?;
    if mask_shape != shape {
        let wanted = shape.map(|side| side.to_string()).join(", ");
        let unfit = InputsUnfit::Shape { name: "attention_mask".to_owned(), shape: mask_shape.to_vec(), wanted };
        return Err(inputs.unfit(unfit));
    }
    let texts = ids.into_iter().zip(mask.chunks_exact(length));
    texts
        .map(|(ids, mask)| {
            let is_seen: Vec<bool> = mask.iter().map(|&value| value != 0.0).collect();
            if is_seen.contains(&true) {
                Ok(MaskedTokens { ids, is_seen })
            } else {
                Err(inputs.unfit(InputsUnfit::NoTokens))
            }
        })
        .collect()
}

fn ids(inputs: &Inputs<'_>, numbers: &[f64], length: usize, limit: usize) -> Result<Vec<Vec<u32>>, EngineError> {
    if let Some(&id) = numbers.iter().find(|&&id| id.fract() != 0.0 || !(0.0..limit as f64).contains(&id)) {
        return Err(inputs.unfit(InputsUnfit::TokenId { id, limit }));
    }
    Ok(numbers.chunks_exact(length).map(|row| row.iter().map(|&id| id as u32).collect()).collect())
}

/// One text for all, or the same number of pictures for each.
fn check_texts(inputs: &Inputs<'_>, texts: usize, scored: usize) -> Result<(), EngineError> {
    if scored.is_multiple_of(texts) {
        return Ok(());
    }
    Err(inputs.unfit(InputsUnfit::Count { name: "tokens".to_owned(), count: texts, batch: scored }))
}

/// First row and column of the crop.
fn crop(inputs: &Inputs<'_>) -> Result<[usize; 2], EngineError> {
    let (numbers, [length]) = inputs.numbers::<1>("crop")?;
    match numbers[..] {
        [top, left] if [top, left].iter().all(|place| *place >= 0.0 && place.fract() == 0.0) => {
            Ok([top as usize, left as usize])
        }
        _ => {
            let wanted = "2: a row and a column".to_owned();
            Err(inputs.unfit(InputsUnfit::Shape { name: "crop".to_owned(), shape: vec![length], wanted }))
        }
    }
}
