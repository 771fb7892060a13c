//! Visual feedback (stage 2 of the paper): beside consistency, what scorers of pictures and of clips say of the decoded prediction.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};
use hummingbird_judges::{ImageScorer, VideoScorer, scores};

use super::consistency::{Consistency, ConsistencyClips};
use super::{Batch, ClipShape, Objective, moved};
use crate::nn::cost::{Mode, Tracer, Trained};
use crate::nn::hook::ForwardHook;
use crate::pipeline::denoise::unet::UNet;
use crate::pipeline::vae::VaeDecoder;

/// Weights of the parts of the loss.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossWeights {
    /// Of consistency distillation.
    pub distil: f64,
    /// Of the mean score of pictures, which is taken away.
    pub image: f64,
    /// Of the mean score of clips, which is taken away.
    pub video: f64,
}

impl Default for LossWeights {
    /// In the reference three of four processes compute distillation and the score of pictures times 1, the fourth the score of
    /// clips times 2, and their gradients are averaged.
    fn default() -> Self {
        Self { distil: 0.75, image: 0.75, video: 0.5 }
    }
}

/// What one scorer looks at, for each clip of a batch.
#[derive(Clone, Debug)]
pub struct Looks {
    /// Frames of each clip, the same number for all; a frame may be there more than once. `[clips][frames]`
    pub frames: Vec<Vec<usize>>,
    /// Features of the captions, `[clips, channels]`, on the device of the scorer.
    pub texts: Tensor<2>,
    /// Top and left of the crop of clips, in the resized frames.
    pub crop: [usize; 2],
}

impl Looks {
    fn part(&self, clips: &Range<usize>) -> Self {
        Self {
            frames: self.frames[clips.clone()].to_vec(),
            texts: self.texts.clone().narrow(0, clips.start, clips.len()),
            crop: self.crop,
        }
    }

    fn to_device(&self, device: &Device) -> Self {
        Self { frames: self.frames.clone(), texts: moved(&self.texts, device), crop: self.crop }
    }
}

/// Clips for consistency distillation, and what the scorers look at.
#[derive(Clone, Debug)]
pub struct FeedbackClips {
    /// The clips.
    pub clips: ConsistencyClips,
    /// For the scorer of pictures.
    pub image: Option<Looks>,
    /// For the scorer of clips.
    pub video: Option<Looks>,
}

impl Batch for FeedbackClips {
    fn samples(&self) -> usize {
        self.clips.samples()
    }

    fn part(&self, samples: Range<usize>) -> Self {
        Self {
            image: self.image.as_ref().map(|looks| looks.part(&samples)),
            video: self.video.as_ref().map(|looks| looks.part(&samples)),
            clips: self.clips.part(samples),
        }
    }

    fn to_device(&self, device: &Device) -> Self {
        Self {
            image: self.image.as_ref().map(|looks| looks.to_device(device)),
            video: self.video.as_ref().map(|looks| looks.to_device(device)),
            clips: self.clips.to_device(device),
        }
    }
}

/// The frozen networks that judge a prediction; none of them tracks gradients of its own weights.
#[derive(Debug)]
pub struct Judges {
    /// Makes pictures of latents.
    pub decoder: VaeDecoder,
    /// What latents are divided by before.
    pub scale_factor: f32,
    /// Scores pictures.
    pub image: Option<ImageScorer>,
    /// Scores clips.
    pub video: Option<VideoScorer>,
}

/// What each part of a step's loss is, before its weight, `[1]`.
#[derive(Clone, Debug)]
pub struct FeedbackTerms {
    /// Consistency.
    pub distil: Tensor<1>,
    /// Mean score of the pictures.
    pub image: Option<Tensor<1>>,
    /// Mean score of the clips.
    pub video: Option<Tensor<1>>,
    /// The weighted sum.
    pub loss: Tensor<1>,
}

/// `w_d L_distil - w_i mean(score of pictures) - w_v mean(score of clips)`. The gradient goes through scorer, clamp and decoder into
/// the student's mixed estimate; captions are embedded without gradient, and no logit scale is applied.
pub struct Feedback {
    consistency: Consistency,
    judges: Judges,
    weights: LossWeights,
}

impl Feedback {
    /// The objective with these judges.
    pub fn new(consistency: Consistency, judges: Judges, weights: LossWeights) -> Self {
        Self { consistency, judges, weights }
    }

    /// The networks that judge.
    pub fn judges(&self) -> &Judges {
        &self.judges
    }

    /// The parts of a step's loss.
    pub fn terms(&self, student: &UNet, batch: &FeedbackClips, pass: &dyn ForwardHook) -> FeedbackTerms {
        let terms = self.consistency.terms(student, &batch.clips, pass);
        let weights = &self.weights;
        let image = self.judges.image.as_ref().zip(batch.image.as_ref()).map(|(scorer, looks)| {
            let frames = self.frames(&terms.prediction, &looks.frames, pass);
            let pixels = scorer.pixels(frames).expect("the recipe's frames fit its scorer");
            let features = scorer.image_features(pixels, pass).expect("training passes are not cancelled");
            scores(features, Tensor::from_inner(looks.texts.clone())).mean()
        });
        let video = self.judges.video.as_ref().zip(batch.video.as_ref()).map(|(scorer, looks)| {
            let frames = self.frames(&terms.prediction, &looks.frames, pass);
            let pixels = scorer.pixels(frames, looks.crop).expect("the recipe's frames fit its scorer");
            let features = scorer.video_features(pixels, pass).expect("training passes are not cancelled").features;
            scores(features, Tensor::from_inner(looks.texts.clone())).mean()
        });
        let mut loss = terms.loss.clone() * weights.distil;
        for (score, weight) in [(&image, weights.image), (&video, weights.video)] {
            if let Some(score) = score {
                loss = loss - score.clone() * weight;
            }
        }
        FeedbackTerms { distil: terms.loss, image, video, loss }
    }

    /// Frames of each clip, decoded: `[clips * frames, 3, height, width]`, about -1..1.
    fn frames(&self, clips: &Tensor<5>, chosen: &[Vec<usize>], pass: &dyn ForwardHook) -> Tensor<4> {
        let [_, channels, _, height, width] = clips.dims();
        let latents = chosen.iter().enumerate().map(|(clip, frames)| {
            let indices: Vec<i32> = frames.iter().map(|&frame| frame as i32).collect();
            let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [frames.len()]), &clips.device());
            // [1, c, f, h, w] -> [k, h, w, c]
            let frames = clips.clone().narrow(0, clip, 1).select(2, indices).permute([0, 2, 3, 4, 1]);
            let [_, count, ..] = frames.dims();
            frames.reshape([count, height, width, channels])
        });
        let latents = Tensor::cat(latents.collect(), 0) / self.judges.scale_factor;
        let decoded = self.judges.decoder.decode(latents, pass).expect("training passes are not cancelled");
        decoded.permute([0, 3, 1, 2])
    }
}

/// Frames of each clip that the scorers look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookCounts {
    /// Of pictures.
    pub image: usize,
    /// Of clips.
    pub video: usize,
}

impl Feedback {
    /// Cost of the loss of clips of this size and of its gradients; networks need no values. `mode` is that of the student's pass.
    pub fn cost(&self, tracer: &Tracer, student: &UNet, clips: &ClipShape, looks: LookCounts, mode: Mode) {
        let [prediction, mut loss] = self.consistency.cost_of_terms(tracer, student, clips, mode);
        let mode = Mode { trained: Some(Trained::Nothing), ..mode };
        let [batch, channels, _, height, width] = clips.latent;
        tracer.within(mode, || {
            let frames = |each: usize| {
                let latents = tracer.gathered(prediction.clone(), &[batch * each, height, width, channels]);
                self.judges.decoder.cost(tracer, tracer.scaled(latents))
            };
            if let Some(scorer) = &self.judges.image {
                let pixels = scorer.cost_of_frames(tracer, frames(looks.image));
                let score = tracer.mean(scorer.cost_of_pixels(tracer, pixels), &[1]);
                loss = tracer.both(loss.clone(), score);
            }
            if let Some(scorer) = &self.judges.video {
                let pixels = scorer.cost_of_frames(tracer, frames(looks.video));
                let score = tracer.mean(scorer.cost_of_pixels(tracer, pixels), &[1]);
                loss = tracer.both(loss.clone(), score);
            }
            drop(prediction);
            tracer.backward(loss);
        });
    }
}

impl Objective<UNet> for Feedback {
    type Batch = FeedbackClips;

    fn loss(&self, student: &UNet, batch: &FeedbackClips, pass: &dyn ForwardHook) -> Tensor<1> {
        self.terms(student, batch, pass).loss
    }

    fn parts(&self) -> Vec<&'static str> {
        let Judges { image, video, .. } = &self.judges;
        let scores = [image.as_ref().map(|_| "image_score"), video.as_ref().map(|_| "video_score")];
        std::iter::once("distil").chain(scores.into_iter().flatten()).collect()
    }

    fn loss_and_parts(
        &self,
        student: &UNet,
        batch: &FeedbackClips,
        pass: &dyn ForwardHook,
    ) -> (Tensor<1>, Vec<Tensor<1>>) {
        let FeedbackTerms { distil, image, video, loss } = self.terms(student, batch, pass);
        (loss, [Some(distil), image, video].into_iter().flatten().map(Tensor::inner).collect())
    }
}
