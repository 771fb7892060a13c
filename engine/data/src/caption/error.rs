//! Why captions could not be rewritten.

use std::path::PathBuf;

use hummingbird_base::Cancelled;
use hummingbird_base::message::{self, Message};
use hummingbird_chat::ChatError;
use thiserror::Error;

use crate::manifest::ManifestError;

/// What stops a run. What goes wrong with one caption does not: it is counted, and the caption stays.
#[derive(Debug, Error, Message)]
#[message("caption")]
#[non_exhaustive]
pub enum CaptionError {
    /// The owner stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The server cannot be asked at all.
    #[error(transparent)]
    Chat(ChatError),
    /// A manifest cannot be read or written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A number that is not possible.
    #[error("{questions} questions at once are not possible: choose 1 to {most}")]
    Parallel {
        /// What was asked for.
        questions: usize,
        /// The most.
        most: usize,
    },
    /// More pictures than any model takes.
    #[error("{frames} frames of a clip are more than the {most} that are sent: choose fewer")]
    Frames {
        /// What was asked for.
        frames: usize,
        /// The most.
        most: usize,
    },
    /// A picture that shows nothing.
    #[error("frames of {side} pixels are not sent: choose {least} to {most}")]
    Side {
        /// What was asked for.
        side: u32,
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// No thread could be started.
    #[error("the system starts no thread ({detail}): close other programs, or ask fewer questions at once")]
    Thread {
        /// What the system said.
        detail: String,
    },
    /// The answers cannot be noted.
    #[error("cannot note answers in {path:?}: {source}; make room there or write to another folder")]
    Journal {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<ChatError> for CaptionError {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Cancelled(cancelled) => cancelled.into(),
            other => Self::Chat(other),
        }
    }
}
