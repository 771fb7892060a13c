//! Where training and evaluation compute: the engine's devices, and LibTorch in builds that have it.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use hummingbird_base::message::{self, Message};
use thiserror::Error;

use crate::device::{self, DeviceChoice, OpenDevice, SpeedFile};
use crate::training::TrainError;

/// A device as the options of `train` and `eval` name it: `auto`, `cpu`, `gpu`, `gpu:N` or `tch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainDevice {
    /// A device of the engine.
    Engine(DeviceChoice),
    /// LibTorch on the CPU; only builds with the feature `tch` have it.
    Torch,
}

impl fmt::Display for TrainDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(choice) => choice.fmt(f),
            Self::Torch => f.write_str("tch"),
        }
    }
}

/// A text that names no device to train on.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[error("{text:?} is not a device: write auto, cpu, gpu, gpu:N or tch")]
#[message("training")]
pub struct NotATrainDevice {
    /// The text.
    pub text: String,
}

impl FromStr for TrainDevice {
    type Err = NotATrainDevice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "tch" => Ok(Self::Torch),
            _ => text.parse().map(Self::Engine).map_err(|_| NotATrainDevice { text: text.to_owned() }),
        }
    }
}

/// A device that was opened for training or evaluation.
#[derive(Clone, Debug)]
pub struct OpenTrainDevice {
    /// burn's handle.
    pub device: Device,
    /// Name for people.
    pub name: String,
    /// It is open as long as this is there.
    _open: Option<OpenDevice>,
}

/// Opens what the user asked for.
///
/// # Errors
/// As [`device::open`]; `NoLibTorch` for `tch` in a build without LibTorch.
pub fn open(choice: TrainDevice, kept: Option<&SpeedFile>) -> Result<OpenTrainDevice, TrainError> {
    match choice {
        TrainDevice::Engine(choice) => {
            let opened = device::open(choice, kept)?;
            Ok(OpenTrainDevice { device: opened.device.clone(), name: opened.name.clone(), _open: Some(opened) })
        }
        TrainDevice::Torch => open_torch(),
    }
}

#[cfg(feature = "tch")]
#[expect(deprecated, reason = "training uses burn-tch as long as burn ships it")]
fn open_torch() -> Result<OpenTrainDevice, TrainError> {
    Ok(OpenTrainDevice { device: Device::libtorch(), name: "LibTorch".to_owned(), _open: None })
}

#[cfg(not(feature = "tch"))]
fn open_torch() -> Result<OpenTrainDevice, TrainError> {
    let available = device::list(None).into_iter().map(|it| it.choice).collect::<Vec<_>>().join(", ");
    Err(TrainError::NoLibTorch { available })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_they_are_written() {
        for text in ["auto", "cpu", "gpu", "gpu:3", "tch"] {
            assert_eq!(text.parse::<TrainDevice>().map(|it| it.to_string()), Ok(text.to_owned()));
        }
        let error = "cuda".parse::<TrainDevice>().expect_err("not a device");
        assert!(error.to_string().contains("gpu:N or tch"), "{error}");
    }
}
