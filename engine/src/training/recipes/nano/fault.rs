//! What is wrong with a plan of Nano's training, and what to write instead.

use hummingbird_base::message::{self, Message};
use thiserror::Error;

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("plan-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum PlanFault {
    #[error("{part} batch is {batch}: choose 1 to {most}")]
    Batch { part: PlanPart, batch: usize, most: usize },
    #[error(
        "crops of {crop_width}x{crop_height} cannot be cut from frames of {width}x{height}: choose multiples of {multiple} up \
         to that"
    )]
    Crop { crop_width: usize, crop_height: usize, width: usize, height: usize, multiple: usize },
    #[error("{noise} is no latent_noise: use 0 for none, 0.3 for up to a third of the latents' own spread")]
    LatentNoise { noise: f32 },
    #[error("latent_noise belongs to the decoder alone: set decoder_only, or leave it out")]
    NoiseWithoutDecoderOnly,
    #[error("{exponent} is no timestep_exponent: use 1 for all timesteps alike, less for more noisy ones")]
    TimestepExponent { exponent: f64 },
    #[error("there are no timesteps from {from} to below {to}: choose a range within 0 to {most}")]
    Timesteps { from: usize, to: usize, most: usize },
    #[error("learning rates cannot be negative")]
    LearningRate,
    #[error("clips of {frames} frames cannot be cut from {of}: choose 1, 2, 4, 8 or 16")]
    Frames { frames: usize, of: usize },
    #[error("the denoiser needs at least 1 clip")]
    NoClips,
    #[error("{share} is no share of empty prompts: choose 0 to 1")]
    EmptyPrompts { share: f64 },
    #[error("the tiny decoder's width is {width}: choose 1 to {most}")]
    DecoderWidth { width: usize, most: usize },
    #[error("the tiny decoder needs 1 to {most_drawn} drawn_frames and at most {most_sampled} sampled_clips")]
    DistillationSet { most_drawn: u64, most_sampled: u64 },
    #[error("the tiny decoder has blocks for {levels} levels: Nano's autoencoder has {known}")]
    DecoderLevels { levels: usize, known: usize },
    #[error("the tiny decoder has at most {most} blocks a level")]
    DecoderBlocks { most: usize },
}

/// Whose batch it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("plan-part")]
#[expect(missing_docs, reason = "their words say it")]
pub enum PlanPart {
    #[error("the autoencoder's")]
    Autoencoder,
    #[error("a phase's")]
    Phase,
    #[error("the tiny decoder's")]
    TinyDecoder,
}
