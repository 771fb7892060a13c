//! Opening of devices in a build without GPUs: there is nothing to measure.

use hummingbird_device::{DeviceChoice, DeviceError, OpenDevice, SpeedFile};

/// Opens what the user asked for.
///
/// # Errors
/// As [`hummingbird_device::open`].
pub fn open(choice: DeviceChoice, _kept: Option<&SpeedFile>) -> Result<OpenDevice, DeviceError> {
    hummingbird_device::open(choice)
}

/// Nothing rounds factors to 16 bits by itself.
pub fn take_exact_kernels(_opened: &OpenDevice) -> bool {
    false
}

/// The same: nothing was measured that could be forgotten.
///
/// # Errors
/// As [`open`].
pub fn measure_again(choice: DeviceChoice, _kept: &SpeedFile) -> Result<OpenDevice, DeviceError> {
    hummingbird_device::open(choice)
}
