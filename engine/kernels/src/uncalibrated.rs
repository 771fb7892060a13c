//! Opening devices in a build without GPUs: the CPU device has nothing to measure.

pub use hummingbird_device::open;
