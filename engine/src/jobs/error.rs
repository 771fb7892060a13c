//! The engine's one error type. Every message says what to do; the cause comes last.

use std::path::PathBuf;

use hummingbird_base::message::{self, Detail, Message, mebibytes};
use thiserror::Error;

use crate::jobs::request::RequestError;

pub use crate::jobs::advice::Advice;

pub use hummingbird_base::{Cancelled, WriteError};
pub use hummingbird_device::DeviceError;
pub use hummingbird_formats::FileError;
pub use hummingbird_model::ModelError;
pub use hummingbird_store::StoreError;

/// Why a job, a model or a device failed.
#[derive(Debug, Error, Message)]
#[message("engine")]
#[non_exhaustive]
pub enum EngineError {
    /// The request itself is wrong.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The owner stopped the job.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The model store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A model or its file cannot be used.
    #[error(transparent)]
    Model(ModelError),
    /// A device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A file could not be read or written.
    #[error(transparent)]
    Write(WriteError),
    /// Tensors that a stage cannot take.
    #[error("the inputs in {path:?} cannot be used: {detail}")]
    Inputs {
        /// The file.
        path: PathBuf,
        /// What is missing or of the wrong shape.
        detail: Detail,
    },
    /// A job that does not fit into the memory that it may use.
    #[error("this clip needs about {need} of memory and {limit} may be used: {advice}", need = mebibytes(*need_bytes), limit = mebibytes(*limit_bytes))]
    MemoryTooSmall {
        /// What it needs in the way that needs least.
        need_bytes: usize,
        /// What it may use.
        limit_bytes: usize,
        /// What to do.
        advice: Advice,
    },
    /// A job with a tensor that is larger than the device's buffers.
    #[error("this clip needs a buffer of {need} and those of {device:?} hold {limit}: {advice}", need = mebibytes(*need_bytes), limit = mebibytes(*limit_bytes))]
    BufferTooSmall {
        /// The device.
        device: String,
        /// The largest tensor.
        need_bytes: usize,
        /// What a buffer of the device holds.
        limit_bytes: usize,
        /// What to do.
        advice: Advice,
    },
    /// A device that ran out of memory where nothing smaller is left to try.
    #[error(
        "{device:?} ran out of memory: choose fewer frames or a smaller size, close other programs, or use `--device cpu`"
    )]
    OutOfMemory {
        /// The device.
        device: String,
    },
    /// A computation that gave no numbers.
    #[error("{what} not finite (NaN or infinite): {advice}")]
    NotFinite {
        /// What was computed.
        what: NotFinite,
        /// Why, where that is known, and what to do.
        advice: Advice,
    },
    /// The queue is full.
    #[error("{waiting} jobs are waiting already: let one finish or cancel it")]
    QueueFull {
        /// Jobs in the queue.
        waiting: usize,
    },
    /// The compute thread has gone.
    #[error("the engine has stopped: restart the application")]
    EngineStopped,
    /// A bug of ours, caught so that the application lives on.
    #[error("internal error, please report it: {detail}")]
    Bug {
        /// The panic's message.
        detail: String,
    },
}

/// What can hold values that are no numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("not-finite")]
pub enum NotFinite {
    /// The latent.
    #[error("the latent after step {step} is")]
    Latent {
        /// Sampling steps that were done.
        step: u32,
    },
    /// The decoded frames.
    #[error("the decoded frames are")]
    Frames,
}

impl From<ModelError> for EngineError {
    /// A cause that has a place of its own among the engine's errors is put there, so that each has one place only.
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            ModelError::Write(error) => Self::Write(error),
            error => Self::Model(error),
        }
    }
}

impl From<FileError> for EngineError {
    fn from(error: FileError) -> Self {
        Self::Model(ModelError::File(error))
    }
}

impl From<WriteError> for EngineError {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}
