//! Contrastive training of a scorer (CLIP, Radford et al. 2021): of all captions of a batch each clip's own is the nearest, and the
//! other way round.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_judges::{FramesUnfit, ImageScorer, MaskedTokens, VideoScorer};

use super::{Batch, Objective, part_of};
use crate::nn::cost::{MetaTensor, Mode, Tracer};
use crate::nn::hook::ForwardHook;

/// Two towers that give frames and texts features of length 1, of the same number of channels.
pub trait TwoTowers: Module + Sync {
    /// Frames of one clip.
    fn frames(&self) -> usize;

    /// # Shapes
    /// `[clips * frames, 3, height, width]` in about -1..1 `-> [clips, channels]`
    ///
    /// # Errors
    /// Frames that are too narrow.
    fn clip_features(&self, frames: Tensor<4>, pass: &dyn ForwardHook) -> Result<Tensor<2>, FramesUnfit>;

    /// # Shapes
    /// `-> [texts, channels]`
    fn caption_features(&self, texts: &[MaskedTokens]) -> Tensor<2>;

    /// Cost of [`Self::clip_features`].
    fn cost_of_clips(&self, tracer: &Tracer, frames: MetaTensor) -> MetaTensor;

    /// Cost of [`Self::caption_features`] of so many captions, where it is known.
    fn cost_of_captions(&self, tracer: &Tracer, captions: usize) -> Option<MetaTensor>;
}

impl TwoTowers for ImageScorer {
    fn frames(&self) -> usize {
        1
    }

    fn clip_features(&self, frames: Tensor<4>, pass: &dyn ForwardHook) -> Result<Tensor<2>, FramesUnfit> {
        Ok(self.image_features(self.pixels(frames)?, pass).expect("training passes are not cancelled"))
    }

    fn caption_features(&self, texts: &[MaskedTokens]) -> Tensor<2> {
        let ids: Vec<Vec<u32>> = texts.iter().map(|text| text.ids.clone()).collect();
        self.text_features(&ids)
    }

    fn cost_of_clips(&self, tracer: &Tracer, frames: MetaTensor) -> MetaTensor {
        self.cost_of_pixels(tracer, self.cost_of_frames(tracer, frames))
    }

    fn cost_of_captions(&self, tracer: &Tracer, captions: usize) -> Option<MetaTensor> {
        Some(self.cost_of_texts(tracer, captions))
    }
}

impl TwoTowers for VideoScorer {
    fn frames(&self) -> usize {
        self.frames()
    }

    fn clip_features(&self, frames: Tensor<4>, pass: &dyn ForwardHook) -> Result<Tensor<2>, FramesUnfit> {
        let [_, _, height, width] = frames.dims();
        let crop = self.squaring([height, width])?.middle();
        let pixels = self.pixels(frames, crop)?;
        Ok(self.video_features(pixels, pass).expect("training passes are not cancelled").features)
    }

    fn caption_features(&self, texts: &[MaskedTokens]) -> Tensor<2> {
        self.text_features(texts).features
    }

    fn cost_of_clips(&self, tracer: &Tracer, frames: MetaTensor) -> MetaTensor {
        self.cost_of_pixels(tracer, self.cost_of_frames(tracer, frames))
    }

    fn cost_of_captions(&self, tracer: &Tracer, captions: usize) -> Option<MetaTensor> {
        self.cost_of_texts(tracer, captions)
    }
}

/// What captions are contrasted with.
#[derive(Clone, Debug)]
pub enum Captioned {
    /// Clips.
    Frames {
        /// In -1..1, `[clips, frames, 3, height, width]`.
        frames: Vec<f32>,
        /// `[clips, frames, height, width]`
        shape: [usize; 4],
    },
    /// Other captions of the same clips.
    Texts(Vec<MaskedTokens>),
}

/// Clips, or other captions of them, with their captions.
#[derive(Clone, Debug)]
pub struct CaptionedBatch {
    /// What the captions are contrasted with.
    pub captioned: Captioned,
    /// One text for each.
    pub texts: Vec<MaskedTokens>,
}

impl Batch for CaptionedBatch {
    /// Each clip is contrasted with all others.
    const IS_MEAN: bool = false;

    fn samples(&self) -> usize {
        self.texts.len()
    }

    /// A part is contrasted with itself alone.
    fn part(&self, samples: Range<usize>) -> Self {
        let captioned = match &self.captioned {
            Captioned::Frames { frames: values, shape: [clips, frames, height, width] } => Captioned::Frames {
                frames: part_of(values, *clips, &samples),
                shape: [samples.len(), *frames, *height, *width],
            },
            Captioned::Texts(others) => Captioned::Texts(others[samples.clone()].to_vec()),
        };
        Self { captioned, texts: self.texts[samples].to_vec() }
    }
}

/// The mean of both cross-entropies of `cosine / temperature`: over the captions for each clip, and over the clips for each caption.
pub struct Contrastive {
    /// What cosines are divided by.
    pub temperature: f64,
    /// Where the trained weights are.
    pub device: Device,
}

impl Contrastive {
    /// Cosine of each clip (rows) and each caption (columns), `[clips, clips]`.
    pub fn cosines<M: TwoTowers>(&self, scorer: &M, batch: &CaptionedBatch, pass: &dyn ForwardHook) -> Tensor<2> {
        let captioned = match &batch.captioned {
            Captioned::Frames { frames, shape: [clips, count, height, width] } => {
                let data = TensorData::new(frames.clone(), [clips * count, 3, *height, *width]);
                let frames = Tensor::<4>::from_data(data, &self.device);
                scorer.clip_features(frames, pass).expect("the recipe has checked the size of the frames")
            }
            Captioned::Texts(others) => scorer.caption_features(others),
        };
        captioned.matmul(scorer.caption_features(&batch.texts).transpose())
    }
}

impl Contrastive {
    /// Cost of the loss of so many clips, with frames of this height and width, and of its gradients; networks need no values. `mode` is
    /// that of the pass.
    pub fn cost<M: TwoTowers>(tracer: &Tracer, scorer: &M, clips: usize, [height, width]: [usize; 2], mode: Mode) {
        tracer.within(mode, || {
            let frames = tracer.tensor(&[clips * scorer.frames(), 3, height, width]);
            let of_clips = scorer.cost_of_clips(tracer, frames);
            let features = std::iter::once(of_clips).chain(scorer.cost_of_captions(tracer, clips));
            tracer.backward(tracer.mean(tracer.joined(features.collect()), &[1]));
        });
    }
}

impl<M: TwoTowers> Objective<M> for Contrastive {
    type Batch = CaptionedBatch;

    fn loss(&self, scorer: &M, batch: &CaptionedBatch, pass: &dyn ForwardHook) -> Tensor<1> {
        let logits = self.cosines(scorer, batch, pass) / self.temperature;
        let count = batch.samples();
        let own = Tensor::<2>::eye(count, &logits.device());
        let cross_entropy = |logits: Tensor<2>| (log_softmax(logits, 1) * own.clone()).sum() / -(count as f64);
        (cross_entropy(logits.clone()) + cross_entropy(logits.transpose())) / 2.0
    }
}
