//! Why a training run failed.

use hummingbird_base::{Cancelled, WriteError};
use std::path::PathBuf;

use hummingbird_base::message::{self, Detail, Message};
use thiserror::Error;

use crate::device::DeviceError;
use crate::model::ModelError;
use crate::training::datasets::folder::DatasetError;
use crate::training::recipe::RecipeError;
use crate::weights::FileError;

/// Why a training run failed.
#[derive(Debug, Error, Message)]
#[message("training")]
#[non_exhaustive]
pub enum TrainError {
    /// The owner stopped the run.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A model or its file cannot be used.
    #[error(transparent)]
    Model(ModelError),
    /// LibTorch was asked for in a build that has none.
    #[error(
        "there is no device \"tch\"; `hummingbird devices` lists: {available} (tch needs a build with `--features tch`)"
    )]
    NoLibTorch {
        /// What there is.
        available: String,
    },
    /// A device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A file could not be read or written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A damaged part of a checkpoint.
    #[error("training cannot start: {path:?} is damaged ({detail}): remove its folder to start anew")]
    CheckpointDamaged {
        /// The part.
        path: PathBuf,
        /// What its reader said.
        detail: String,
    },
    /// A loss or a weight is NaN or infinite.
    #[error(
        "training stopped at step {step}: its loss or a weight is not finite; the last good checkpoint, if there was one, is \
         still in {folder:?}: try a lower learning rate or a smaller clip_norm"
    )]
    NotFinite {
        /// The optimiser step.
        step: u64,
        /// Folder of the run.
        folder: PathBuf,
    },
    /// One of several devices does not answer any more.
    #[error(
        "training stopped after step {step}: the device {device} does not answer any more ({detail}); the newest checkpoint, if \
         there was one, is still in {folder:?}: bring the device back, or leave it out of --device, and start the same command again"
    )]
    DeviceLost {
        /// The device, as the user named it.
        device: String,
        /// The last optimiser step that was made.
        step: u64,
        /// Folder of the run.
        folder: PathBuf,
        /// What it said last.
        detail: String,
    },
    /// A recipe that uses one device was given several.
    #[error("this recipe trains on one device: name one in --device")]
    OneDevice,
    /// The first device of a run is one of another process.
    #[error("--device begins with a device of this machine: it keeps the weights and makes the batches")]
    FirstDeviceLent,
    /// A build without remote devices.
    #[error("this build neither lends devices nor uses those that are lent: it needs `--features remote`")]
    NoRemote,
    /// No device is lent at an address.
    #[error("the device remote:{address} cannot be used ({detail}): start `hummingbird train serve` where it is")]
    RemoteUnreachable {
        /// The address.
        address: String,
        /// Why.
        detail: String,
    },
    /// A device cannot be lent.
    #[error("no device can be lent at {address}: {detail}")]
    NotLent {
        /// The address.
        address: String,
        /// Why.
        detail: String,
    },
    /// A recipe cannot be run.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// One model predicts noise and the other velocity.
    #[error("{student:?} and {teacher:?} do not go together: one predicts noise, the other velocity")]
    Parameterizations {
        /// The student's file.
        student: PathBuf,
        /// The teacher's file.
        teacher: PathBuf,
    },
    /// A vocabulary cannot be used.
    #[error("the vocabulary {path:?} cannot be used: {detail}")]
    Vocabulary {
        /// Its file.
        path: PathBuf,
        /// Why.
        detail: Detail,
    },
    /// A folder of clips cannot be trained on.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A student cannot be cut out of a teacher.
    #[error("no such student can be cut out of {path:?}: {detail}")]
    Prune {
        /// The teacher's file.
        path: PathBuf,
        /// Why.
        detail: Detail,
    },
    /// A scorer of sizes that cannot be.
    #[error("no such scorer can be made: {detail}")]
    Scorer {
        /// Why.
        detail: Detail,
    },
    /// The run in a folder was given another time.
    #[error(
        "the run in {folder:?} was given {secs} seconds: go on without a budget or with the same, or choose another folder"
    )]
    OtherBudget {
        /// Folder of the run.
        folder: PathBuf,
        /// Its time.
        secs: f64,
    },
    /// The run in a folder began from other weights.
    #[error(
        "the run in {folder:?} began as {was}, and this recipe begins as {now}: choose another run.folder, or remove that one"
    )]
    OtherOrigin {
        /// Folder of the run.
        folder: PathBuf,
        /// What it began as.
        was: String,
        /// What the recipe begins as.
        now: String,
    },
    /// A scorer of the other kind.
    #[error(
        "{path:?} scores the other thing: scorers of pictures belong to image.file, scorers of clips to video.file"
    )]
    OtherScorer {
        /// Its file.
        path: PathBuf,
    },
}

impl From<ModelError> for TrainError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            ModelError::Write(error) => Self::Write(error),
            error => Self::Model(error),
        }
    }
}

impl From<FileError> for TrainError {
    fn from(error: FileError) -> Self {
        Self::Model(ModelError::File(error))
    }
}
