//! The devices that the tests run on.

use std::io::Write;
use std::sync::LazyLock;

use burn::tensor::Device;
use hummingbird_engine::device::{self, DeviceChoice, OpenDevice};

/// Set it to 1 where a GPU, or a software driver in its place, must be there: tests then fail instead of being skipped.
pub const REQUIRE_GPU_VARIABLE: &str = "HUMMINGBIRD_REQUIRE_GPU";

/// The CPU device, which every machine has.
pub fn cpu() -> Device {
    Device::flex()
}

/// The first GPU, or a software driver such as lavapipe, opened as jobs open it. Without one the test that asks says so and
/// has nothing to do.
///
/// # Panics
/// When there is none and [`REQUIRE_GPU_VARIABLE`] is 1.
pub fn gpu(test: &str) -> Option<Device> {
    static GPU: LazyLock<Result<OpenDevice, String>> =
        LazyLock::new(|| device::open(DeviceChoice::Gpu(None), None).map_err(|error| error.to_string()));
    match &*GPU {
        Ok(opened) => Some(opened.device.clone()),
        Err(error) if std::env::var_os(REQUIRE_GPU_VARIABLE).is_some_and(|value| value == "1") => {
            panic!("{test}: no GPU, and {REQUIRE_GPU_VARIABLE} is 1: {error}")
        }
        Err(error) => {
            skipped(test, &format!("no GPU and no software driver: {error}"));
            None
        }
    }
}

/// Says that a test, or a part of it, did not run: on standard error, past the test harness, which shows nothing of tests that
/// pass. `.ci/run` counts these lines.
///
/// # Panics
/// When standard error is closed.
pub fn skipped(test: &str, why: &str) {
    // In one piece: other threads and the harness write too.
    std::io::stderr()
        .write_all(format!("SKIPPED {test}: {why}\n").as_bytes())
        .expect("standard error can be written to");
}
