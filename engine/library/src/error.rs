//! What can go wrong with the library.

use std::path::{Path, PathBuf};

use hummingbird_base::kept::KeptError;
use hummingbird_base::message::{self, Message};
use hummingbird_base::{Action, WriteError};
use hummingbird_pipeline::video_out::ExportError;
use thiserror::Error;

/// Why a clip was not kept, found, marked or removed.
#[derive(Debug, Error, Message)]
#[message("library")]
#[non_exhaustive]
pub enum LibraryError {
    /// SQLite could not do it.
    #[error("the library's index cannot be used ({detail}): {path:?}")]
    Index {
        /// The index.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// A newer program wrote the index.
    #[error(
        "{path:?} was written by a newer version of this program (schema {found}, this one knows up to {known}): update the program"
    )]
    Newer {
        /// The index.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The newest that is known.
        known: u64,
    },
    /// A path that cannot stand in the index.
    #[error("the name of {path:?} is not in Unicode: choose another folder for your clips")]
    NotUnicode {
        /// The file.
        path: PathBuf,
    },
    /// A clip that stays where it is, since neither trash took it.
    #[error("{path:?} could not be moved to the trash ({detail}): delete it yourself")]
    NotRemoved {
        /// The clip.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// A removed clip that cannot be brought back.
    #[error("{path:?} could not be brought back ({detail}): look for it in the system's trash")]
    NotRestored {
        /// Where it was.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// A clip that is not in the index any more.
    #[error("this clip is not in the library any more")]
    Gone,
    /// A clip could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A file could not be read or written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Settings or marks could not be read or written.
    #[error(transparent)]
    Kept(#[from] KeptError),
}

impl LibraryError {
    /// A failure of the file system.
    pub(crate) fn io(action: Action, path: &Path, source: std::io::Error) -> Self {
        Self::Write(WriteError::Io { action, path: path.to_owned(), source })
    }

    /// A failure of SQLite.
    pub(crate) fn sql(path: &Path, error: &rusqlite::Error) -> Self {
        Self::Index { path: path.to_owned(), detail: error.to_string() }
    }
}
