//! A device that is lost in training: values are read from it so that the read ends, and what it said becomes an error.
//!
//! A loss and the gradients are read after all that they are computed from was waited for. Elsewhere (batches, sample grids,
//! checkpoints) calls of burn and wgpu have no other way than a panic to say that a GPU is lost: [`said_in`] finds it there.

use std::any::Any;
use std::future::Future;

use burn::tensor::{Device, Tensor, TensorData};

use crate::device::{self, DriverReport, settle};

/// A device of a run does not answer any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceLost {
    /// Its name.
    pub name: String,
    /// What it said last.
    pub detail: String,
}

/// What a device said instead of values, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unread(pub String);

impl Unread {
    /// Of the device of this name.
    pub fn of(self, name: &str) -> DeviceLost {
        DeviceLost { name: name.to_owned(), detail: self.0 }
    }
}

impl From<DriverReport> for Unread {
    fn from(report: DriverReport) -> Self {
        Self(report.to_string())
    }
}

/// Waits for all that a device was handed.
pub(super) fn settled(device: &Device) -> Result<(), Unread> {
    Ok(settle(device)?)
}

/// What `reading` brings from a device.
pub(super) fn read_from<T, E: std::fmt::Display>(
    device: &Device,
    reading: impl Future<Output = Result<T, E>>,
) -> Result<T, Unread> {
    Ok(device::read(device, reading)?)
}

/// The values of a tensor without a graph.
pub(super) fn values_of_tensor<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Unread> {
    let device = tensor.device();
    try_floats(read_from(&device, tensor.into_data_async())?)
}

/// The values of a device that may be lost: GPUs may say so only when the values are looked at.
pub(super) fn try_floats(data: TensorData) -> Result<Vec<f32>, Unread> {
    data.try_into_vec_as::<f32>().map_err(|error| Unread(format!("{error:?}").replace("\\n", " ")))
}

/// What a panic says of a device; `None` where it says nothing of one. The device itself is not asked: a lost one may never answer.
pub(super) fn said_in(panic: &(dyn Any + Send)) -> Option<Unread> {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.and_then(DriverReport::of_panic).map(Unread::from)
}
