//! Why a device cannot be used.

use hummingbird_base::message::{self, Detail, Message};
use serde::{Serialize, Serializer};
use thiserror::Error;

/// Why a device cannot be used. Every message says what to do.
#[derive(Debug, Error, Message)]
#[message("device")]
#[non_exhaustive]
pub enum DeviceError {
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
        detail: Detail,
    },
}

/// Why a device failed, where its driver did not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("device-failure")]
#[non_exhaustive]
pub enum DeviceFailure {
    /// It was there a moment ago.
    #[error("it has gone")]
    Gone,
    /// The program was built without any.
    #[error("this build has no GPU support")]
    NoGpuSupport,
    /// No memory was left.
    #[error("out of memory")]
    OutOfMemory,
}

/// What speaks against a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("device-drawback")]
#[non_exhaustive]
pub enum DeviceDrawback {
    /// Its driver has no GPU.
    #[error("computes on the processor, slower than the CPU device")]
    ComputesOnProcessor,
    /// Weights of full models would not fit into one buffer.
    #[error("its buffers are too small")]
    SmallBuffers,
}

impl Serialize for DeviceDrawback {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a device was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("chosen")]
#[non_exhaustive]
pub enum Chosen {
    /// The user named it.
    #[error("it was asked for")]
    AskedFor,
    /// It is the best one.
    #[error("it is the best of {devices} device(s)")]
    Best {
        /// How many there are.
        devices: usize,
    },
    /// The best one of those that open.
    #[error("{failed} does not open")]
    NextBest {
        /// Name of a better one.
        failed: String,
    },
    /// The CPU, since what is said to be a GPU is none.
    #[error("the only GPU driver, {name}, computes on the processor and is slower")]
    OnlySoftware {
        /// Name of the driver.
        name: String,
    },
    /// The CPU, since no GPU takes models.
    #[error("no GPU here is large enough")]
    NoneLargeEnough,
    /// The CPU, since there is nothing else.
    #[error("there is no GPU driver")]
    NoDriver,
}

/// A text that names no device.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[error("{text:?} is not a device: write auto, cpu, gpu or gpu:N")]
#[message("device")]
pub struct NotADevice {
    /// The text.
    pub text: String,
}
