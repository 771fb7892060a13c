//! Why a device cannot be used.

use thiserror::Error;

/// Why a device cannot be used. Every message says what to do.
#[derive(Debug, Error)]
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
        detail: String,
    },
}
