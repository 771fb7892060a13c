//! Where training and evaluation compute: the engine's devices, and LibTorch in builds that have it.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use hummingbird_base::message::{self, Message};
use thiserror::Error;

use crate::device::{self, DeviceChoice, OpenDevice, SpeedFile};
use crate::training::TrainError;
use crate::training::remote::{self, LentAt};

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

/// A device of a run that may have several: one of this machine, or `remote:ADDRESS:PORT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceChoice {
    /// Of this machine.
    Here(TrainDevice),
    /// Lent by another process; see [`remote`].
    Remote(LentAt),
}

impl fmt::Display for PlaceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(device) => device.fmt(f),
            Self::Remote(at) => write!(f, "{REMOTE}{at}"),
        }
    }
}

/// What the names of remote devices begin with.
const REMOTE: &str = "remote:";

/// A text that names no device of a run.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[error(
    "{text:?} is not a device: write auto, cpu, gpu, gpu:N, tch or remote:ADDRESS:PORT, with an address in numbers; several with \
     commas between them"
)]
#[message("training")]
pub struct NotAPlace {
    /// The text.
    pub text: String,
}

impl FromStr for PlaceChoice {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = match text.strip_prefix(REMOTE) {
            Some(at) => at.parse().map(Self::Remote).ok(),
            None => text.parse().map(Self::Here).ok(),
        };
        found.ok_or_else(|| NotAPlace { text: text.to_owned() })
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

impl OpenTrainDevice {
    /// A device that nothing has to be kept open for.
    #[cfg(any(feature = "remote", feature = "tch"))]
    pub(super) fn unmanaged(device: Device, name: String) -> Self {
        Self { device, name, _open: None }
    }
}

/// Opens one of several devices.
///
/// # Errors
/// As [`open`]; `RemoteUnreachable` where no device is lent, `NoRemote` in a build without remote devices.
pub fn open_place(choice: PlaceChoice, kept: Option<&SpeedFile>) -> Result<OpenTrainDevice, TrainError> {
    match choice {
        PlaceChoice::Here(choice) => open(choice, kept),
        PlaceChoice::Remote(at) => remote::connect(at),
    }
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
    Ok(OpenTrainDevice::unmanaged(Device::libtorch(), "LibTorch".to_owned()))
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

    #[test]
    fn devices_of_other_processes_are_read_as_they_are_written() {
        for text in ["cpu", "gpu:3", "remote:127.0.0.1:7077", "remote:[::1]:7077"] {
            assert_eq!(text.parse::<PlaceChoice>().map(|it| it.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "remote:", "remote:127.0.0.1", "remote:localhost:7077", "remote:cpu", "cpu gpu"] {
            let error = text.parse::<PlaceChoice>().expect_err(text);
            assert!(error.to_string().contains("remote:ADDRESS:PORT"), "{error}");
        }
    }
}
