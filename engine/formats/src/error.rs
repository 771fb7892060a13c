//! Why a file with tensors cannot be used.

use std::path::PathBuf;

use hummingbird_base::message::{self, Detail, Message};
use thiserror::Error;

/// Why a file with tensors cannot be used. Every message says what to do; the cause comes last.
#[derive(Debug, Error, Message)]
#[message("file")]
#[non_exhaustive]
pub enum FileError {
    /// A file that does not exist or cannot be opened.
    #[error("cannot open the model file {path:?}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is cut off or damaged.
    #[error("the model file {path:?} is damaged ({detail}): get it again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: Detail,
    },
    /// A file of another kind.
    #[error("{path:?} is not a model that can be used ({detail})")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is or lacks.
        detail: Detail,
    },
    /// A file that was changed while it was used.
    #[error(
        "{path:?} was changed or cut off while it was used, so that what was made with it cannot be trusted: open it again"
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A number format that is not read here.
    #[error(
        "{name:?} of {path:?} has the number format {format}, which is not supported: save the model in f16 or f32"
    )]
    NumberFormat {
        /// The file.
        path: PathBuf,
        /// Reference name of the tensor.
        name: String,
        /// The format.
        format: String,
    },
    /// Values that are no numbers.
    #[error("{name:?} holds values that are no numbers (NaN or infinite) with {path:?}: get that file again")]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// Reference name of the tensor.
        name: String,
    },
    /// A tensor that the architecture needs and the file lacks.
    #[error("the model file {path:?} lacks the tensor {name:?}: it does not fit its own description")]
    TensorMissing {
        /// The file.
        path: PathBuf,
        /// Reference name of the tensor.
        name: String,
    },
    /// A tensor of another shape than the architecture needs.
    #[error("tensor {name:?} of {path:?} has shape {found:?} where {expected:?} is needed")]
    TensorShape {
        /// The file.
        path: PathBuf,
        /// Reference name of the tensor.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape that the architecture needs.
        expected: Vec<usize>,
    },
}
