//! Why a shard or an export could not be made. Every message says what to do.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use hummingbird_base::message::{self, Detail, Message};
use hummingbird_base::{Action, Cancelled};
use thiserror::Error;

use crate::manifest::ManifestError;
use crate::objects::ObjectError;

/// What went wrong with a plan, a shard, an export or a report.
#[derive(Debug, Error, Message)]
#[message("work")]
#[non_exhaustive]
pub enum WorkError {
    /// The owner stopped it; nothing half is left.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A manifest or plan that cannot be read or written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// An object in a store.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// Captions without an answer.
    #[error("{captions} captions have no answer: make the shard again, and only those are asked about")]
    Unanswered {
        /// How many.
        captions: u64,
    },
    /// What a stage says.
    #[error("{detail}")]
    Stage {
        /// Its message.
        detail: Detail,
    },
    /// A plan of no shards, or of more than there can be.
    #[error("{shards} shards cannot be made: choose 1 to {most}")]
    Shards {
        /// How many were asked for.
        shards: u64,
        /// Most that can be.
        most: u64,
    },
    /// A manifest without the column of a plan.
    #[error("{path:?} has no column shard: make the plan with hummingbird data plan")]
    NoPlan {
        /// The manifest.
        path: PathBuf,
    },
    /// A shard that the plan does not have.
    #[error("the plan has no shard {shard}: choose 0 to {last}")]
    NoShard {
        /// What was asked for.
        shard: u64,
        /// The last that there is.
        last: u64,
    },
    /// Another process makes the same shard.
    #[error("another process works on shard {shard} in {path:?}: let it finish, or stop it, and try again")]
    Busy {
        /// The shard.
        shard: u64,
        /// Where.
        path: PathBuf,
    },
    /// What is there was made otherwise.
    #[error(
        "{path:?} was made from another plan or with other steps: choose another folder, or remove the shard there"
    )]
    OtherWork {
        /// The file that says so.
        path: PathBuf,
    },
    /// A folder with files of somebody else.
    #[error("{path:?} holds other files, which training would read too: choose a new folder")]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// Nothing is left to be written.
    #[error("no clip is kept: loosen the limits of hummingbird data filter")]
    NothingKept,
    /// The disk is full.
    #[error("the disk of {path:?} is full: make room, or choose another folder; what is finished stays")]
    NoRoom {
        /// What was written.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("cannot {action} {path:?}: {source}")]
    Io {
        /// What was tried.
        action: Action,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl WorkError {
    /// What the system said of a file.
    pub(crate) fn io(action: Action, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoRoom { path },
            _ => Self::Io { action, path, source },
        }
    }

    /// Whether it is about one clip, so that the next one may go better.
    pub(crate) fn is_about_one(&self) -> bool {
        matches!(self, Self::Object(error) if error.is_about_one())
    }
}
