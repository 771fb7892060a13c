//! Why a training run failed.

use hummingbird_base::{Cancelled, WriteError};
use thiserror::Error;

use crate::device::DeviceError;
use crate::model::ModelError;
use crate::weights::FileError;

/// Why a training run failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The owner stopped the run.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A model or its file cannot be used.
    #[error(transparent)]
    Model(ModelError),
    /// A device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A file could not be read or written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A checkpoint that is missing or does not fit.
    #[error("training cannot start: {detail}")]
    Checkpoint {
        /// What to change.
        detail: String,
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
