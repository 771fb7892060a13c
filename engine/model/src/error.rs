//! Why a model cannot be used or written.

use std::path::PathBuf;

use hummingbird_base::message::{self, Detail, Message};
use hummingbird_base::{Cancelled, WriteError};
use hummingbird_formats::FileError;
use thiserror::Error;

use crate::unfit::{LayoutName, ValueAdvice, WeightFormat, joined};

/// Why a model cannot be used or written. Every message says what to do; the cause comes last.
#[derive(Debug, Error, Message)]
#[message("model")]
#[non_exhaustive]
pub enum ModelError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file that was to be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Values of a tensor that are not as many as its shape says: a bug of ours.
    #[error("internal error, please report it: the values of {name:?} are not as many as its shape says")]
    WrongLength {
        /// The tensor.
        name: String,
    },
    /// A value that the number format of a file cannot hold.
    #[error("{name:?} holds {value}, which {format} cannot hold: {advice}")]
    Value {
        /// The tensor.
        name: String,
        /// The value.
        value: f32,
        /// The number format.
        format: WeightFormat,
        /// What to do.
        advice: ValueAdvice,
    },
    /// The owner stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A LoRA that does not fit the model.
    #[error("the LoRA {path:?} cannot be used: {detail}")]
    LoraUnfit {
        /// The LoRA's file.
        path: PathBuf,
        /// What does not fit, and what to do.
        detail: Detail,
    },
    /// A file whose tensors are not those of its architecture.
    #[error("{path:?} does not fit {layout}: {}", joined(details, "; "))]
    LayoutUnfit {
        /// The file.
        path: PathBuf,
        /// The nearest known layout.
        layout: LayoutName,
        /// The first missing and unexpected names.
        details: Vec<Detail>,
    },
    /// A configuration file that cannot be used.
    #[error("the configuration {path:?} cannot be used: {detail}")]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: Detail,
    },
}
