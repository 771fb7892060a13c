//! Why a request cannot run.

use std::path::PathBuf;

use hummingbird_base::message::{self, Message};
use thiserror::Error;

use super::{Setting, Value, table};

/// Why a request cannot run. Each message says what to do; [`RequestError::setting`] says where in the window.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("request")]
#[non_exhaustive]
pub enum RequestError {
    /// Nothing was asked for.
    #[error("the prompt is empty: type what the clip should show, for example \"a red balloon rising over the ocean\"")]
    EmptyPrompt,
    /// A weight in a prompt that is too large.
    #[error(
        "the weight {weight} of {words:?} is too large: choose 0 to {max}, or write \\( and \\) where parentheses are meant"
    )]
    PromptWeight {
        /// The setting.
        setting: &'static Setting,
        /// The words.
        words: String,
        /// Their weight.
        weight: f32,
        /// Largest weight.
        max: f32,
    },
    /// A number out of range, or not a number.
    #[error("{}", setting.refusal(value, least, most))]
    OutOfRange {
        /// The setting.
        setting: &'static Setting,
        /// What was asked for.
        value: Value,
        /// Least that it can be.
        least: Value,
        /// Most that it can be.
        most: Value,
    },
    /// A step count whose DDIM timesteps leave the 1000-entry noise table.
    #[error("DDIM cannot take {steps} steps (its timesteps would leave the noise table): choose {nearest}")]
    DdimSteps {
        /// Steps asked for.
        steps: u32,
        /// Nearest count that works.
        nearest: u32,
    },
    /// A size that the U-Net cannot take.
    #[error(
        "{width}x{height} does not fit the network (multiples of {multiple}, at most {max}): the nearest size that does is {nearest_width}x{nearest_height}"
    )]
    Size {
        /// Width asked for, in pixels.
        width: u32,
        /// Height asked for, in pixels.
        height: u32,
        /// The step between sizes, in pixels.
        multiple: u32,
        /// The largest side, in pixels.
        max: u32,
        /// Nearest width that fits.
        nearest_width: u32,
        /// Nearest height that fits.
        nearest_height: u32,
    },
    /// The strength of a LoRA out of range or not a number.
    #[error("the strength {strength} of {path:?} is out of range: choose -{max} to {max}")]
    LoraStrength {
        /// The LoRA's file.
        path: PathBuf,
        /// Strength asked for.
        strength: f32,
        /// Largest strength.
        max: f32,
    },
    /// A tiny decoder was asked for and there is none.
    #[error(
        "no tiny decoder for this model is here: choose the full decoder, or get TAESD if this is one of the published \
         models (`hummingbird models get taesd`, or the Models page)"
    )]
    NoTinyDecoder,
}

impl RequestError {
    /// The setting that it is about; `None` where that is the list of LoRAs.
    pub fn setting(&self) -> Option<&'static Setting> {
        match self {
            Self::EmptyPrompt => Some(&table::PROMPT),
            Self::OutOfRange { setting, .. } | Self::PromptWeight { setting, .. } => Some(setting),
            Self::DdimSteps { .. } => Some(&table::STEPS),
            Self::Size { .. } => Some(&table::WIDTH),
            Self::NoTinyDecoder => Some(&table::DECODER),
            Self::LoraStrength { .. } => None,
        }
    }
}
