//! Opening of devices in a build without GPUs: there is nothing to measure.

use hummingbird_device::{DeviceChoice, DeviceError, OpenDevice, SpeedFile};

/// Opens what the user asked for.
///
/// # Errors
/// As [`hummingbird_device::open`].
pub fn open(choice: DeviceChoice, _kept: Option<&SpeedFile>) -> Result<OpenDevice, DeviceError> {
    hummingbird_device::open(choice)
}
