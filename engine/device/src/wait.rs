//! Waiting for a GPU that may be lost meanwhile.
//!
//! The runtime's own waits never end on a lost device: what would tell them that the work is done is a thread that polls the
//! device, and that thread ends with the first error. So every wait of ours looks at the device's health too, and values are read
//! from a device only after such a wait.

use burn::backend::DispatchDevice;
use burn::tensor::Device;
use cubecl::client::Client;

use crate::health::{DeviceHealth, DriverReport};
use crate::reading::until;
use crate::registry::state_of;

/// Waits for all work that a device was handed; values that are read from it after that are results.
///
/// # Errors
/// What was reported of the device; it must be opened again. The CPU device never fails.
pub fn settle(device: &Device) -> Result<(), DriverReport> {
    let DispatchDevice::Cube(device) = device.as_dispatch() else { return Ok(()) };
    let client = device.client();
    match state_of(&client) {
        Some(state) => wait(&client, &state.health),
        // One that others opened; its owner knows.
        None => Ok(()),
    }
}

/// [`settle`] of the device behind a client.
pub(crate) fn wait(client: &Client, health: &DeviceHealth) -> Result<(), DriverReport> {
    if let Some(report) = health.report() {
        return Err(report);
    }
    // Handing over what is left may panic on the runtime's thread, which passes that on.
    let syncing = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.sync()));
    match syncing {
        Err(panic) => health.record(DriverReport::of_error(&message_of(&*panic))),
        Ok(syncing) => {
            if let Some(Err(error)) = until(syncing, || health.report().is_some()) {
                health.record(DriverReport::of_error(&error.to_string()));
            }
        }
    }
    health.report().map_or(Ok(()), Err)
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a message".to_owned())
}
