//! The engine's one error type. Every message says what to do; the cause comes last.

mod store;

use std::path::PathBuf;

use thiserror::Error;

use crate::job::Cancelled;
use crate::request::RequestError;

pub use store::StoreError;

/// Why a job, a model or a device failed.
#[derive(Debug, Error)]
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
    /// A model file that does not exist or cannot be opened.
    #[error("cannot open the model file {path:?}: {source}")]
    ModelOpen {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A model file that is cut off or damaged.
    #[error("the model file {path:?} is damaged ({detail}): get it again")]
    ModelDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A file of another kind.
    #[error("{path:?} is not a model that can be used ({detail})")]
    ModelForeign {
        /// The file.
        path: PathBuf,
        /// What it is or lacks.
        detail: String,
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
    /// A LoRA that does not fit the model.
    #[error("the LoRA {path:?} cannot be used: {detail}")]
    LoraUnfit {
        /// The LoRA's file.
        path: PathBuf,
        /// What does not fit, and what to do.
        detail: String,
    },
    /// A file whose tensors are not those of its architecture.
    #[error("{path:?} does not fit {layout}: {detail}")]
    LayoutUnfit {
        /// The file.
        path: PathBuf,
        /// The nearest known layout.
        layout: String,
        /// The first missing and unexpected names.
        detail: String,
    },
    /// A configuration file that cannot be used.
    #[error("the configuration {path:?} cannot be used: {detail}")]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// Tensors that a stage cannot take.
    #[error("the inputs in {path:?} cannot be used: {detail}")]
    Inputs {
        /// The file.
        path: PathBuf,
        /// What is missing or of the wrong shape.
        detail: String,
    },
    /// Too little room for a file.
    #[error("{path:?} needs {needed} bytes and {free} are free there: make room or choose another folder")]
    DiskFull {
        /// The file to be written.
        path: PathBuf,
        /// Its size.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// A device that does not exist.
    #[error("there is no device {asked:?}; `hummingbird devices` lists: {available}")]
    NoSuchDevice {
        /// What was asked for.
        asked: String,
        /// What there is.
        available: String,
    },
    /// A device that stopped working.
    #[error(
        "the device {device:?} failed ({detail}): try again, or choose another device (`--device cpu` always works)"
    )]
    DeviceFailed {
        /// The device.
        device: String,
        /// What it said.
        detail: String,
    },
    /// A job that does not fit into the memory that it may use.
    #[error("this clip needs about {need} of memory and {limit} may be used: {advice}", need = mebibytes(*need_bytes), limit = mebibytes(*limit_bytes))]
    MemoryTooSmall {
        /// What it needs in the way that needs least.
        need_bytes: usize,
        /// What it may use.
        limit_bytes: usize,
        /// What to do.
        advice: String,
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
        advice: String,
    },
    /// A device that ran out of memory where nothing smaller is left to try.
    #[error(
        "{device:?} ran out of memory: choose fewer frames or a smaller size, close other programs, or use `--device cpu`"
    )]
    OutOfMemory {
        /// The device.
        device: String,
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
    /// Reading or writing failed.
    #[error("cannot {action} {path:?}: {source}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Training data, settings or checkpoint that do not fit.
    #[error("training cannot start: {detail}")]
    Training {
        /// What to change.
        detail: String,
    },
}

fn mebibytes(bytes: usize) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}
