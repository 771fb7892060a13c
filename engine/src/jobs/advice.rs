//! What to do about a job that failed, as parts of [`EngineError`](super::error::EngineError).

use std::path::PathBuf;

use hummingbird_base::message::{self, Message};
use thiserror::Error;

/// What to do about a job that failed.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("advice")]
#[non_exhaustive]
pub enum Advice {
    /// A shorter clip would fit.
    #[error("choose {frames} frames or fewer, or a smaller size")]
    FewerFrames {
        /// The most that fit.
        frames: u32,
    },
    /// Only smaller frames would fit.
    #[error("choose a smaller size")]
    SmallerSize,
    /// A number format of which the device holds less.
    #[error(
        "its weights alone are more: convert the model and its LoRAs to {format} with `hummingbird models convert`, or take a \
         smaller model"
    )]
    ConvertModel {
        /// The number format.
        format: &'static str,
    },
    /// The same where weights of that format are not held but mapped.
    #[error(
        "its weights alone are more: convert the model and its LoRAs to {format} with `hummingbird models convert` (the CPU \
         memory-maps such weights), or take a smaller model"
    )]
    ConvertToMapped {
        /// The number format.
        format: &'static str,
    },
    /// No number format helps.
    #[error("its weights alone are more: take a smaller model, or allow more memory")]
    SmallerModel,
    /// A weight of the model's file is no number.
    #[error("the weight {weight:?} of {path:?} holds values that are no numbers: get the file again")]
    GetModelAgain {
        /// The weight.
        weight: String,
        /// The model's file.
        path: PathBuf,
    },
    /// The settings drove values out of range.
    #[error("use less guidance, weaker LoRAs, or the model in a wider number format")]
    Weaken,
}
