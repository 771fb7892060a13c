//! Opening devices in a build without GPUs: the CPU device has nothing to measure.

use std::time::Duration;

use hummingbird_device::OpenDevice;

pub use hummingbird_device::open;

/// The CPU device has no submissions.
pub fn time_submissions(_opened: &OpenDevice) {}

/// The CPU device has no submissions.
pub fn longest_submission(_opened: &OpenDevice) -> Option<Duration> {
    None
}
