//! What is wrong with a clip's file or its encoder, as parts of [`ExportError`](super::ExportError).

use hummingbird_base::message::{self, Message};
use thiserror::Error;

/// Why an encoder gave no clip, where it did not say so itself.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("encoder-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum EncoderFault {
    #[error("it gave nothing for frame {frame}")]
    Nothing { frame: usize },
    #[error("it gave no parameter sets")]
    NoParameterSets,
    #[error("frame {frame}: {detail}")]
    Frame { frame: usize, detail: String },
    #[error("frame {frame}: it gave no plain picture")]
    NoPlainPicture { frame: usize },
    #[error("its library has another version")]
    OtherVersion,
    #[error("the clip is larger than 4 GiB")]
    TooLarge,
}

/// Why the settings in a clip's file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("clip-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum ClipFault {
    #[error("it ends too early")]
    EndsEarly,
    #[error("a box is larger than what holds it")]
    BoxTooLarge,
    #[error("no GIF block starts with {byte}")]
    GifBlock { byte: String },
    #[error("it has more parts than any clip")]
    TooManyParts,
    #[error("its settings cannot be read: {detail}")]
    Settings { detail: String },
}
