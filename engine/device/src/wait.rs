//! Waiting for a GPU that may be lost meanwhile.
//!
//! The runtime's own waits never end on a lost device: what would tell them that the work is done is a thread that polls the
//! device, and that thread ends with the first error. So every wait of ours looks at the device's health too, and values are read
//! from a device only after such a wait.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use burn::backend::DispatchDevice;
use burn::tensor::Device;
use cubecl::client::Client;

use crate::health::{DeviceHealth, DriverReport};
use crate::registry::state_of;

/// How often a wait looks at the health; the end of the work ends it at once.
const LOOK: Duration = Duration::from_millis(20);

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

/// What `future` gives, or `None` once `ends` says so.
fn until<T>(future: impl Future<Output = T>, ends: impl Fn() -> bool) -> Option<T> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
        if ends() {
            return None;
        }
        std::thread::park_timeout(LOOK);
    }
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_wait_ends_with_its_work_or_with_the_health() {
        assert_eq!(until(std::future::ready(3), || false), Some(3));
        let looks = AtomicU32::new(0);
        assert_eq!(until(std::future::pending::<u8>(), || looks.fetch_add(1, Ordering::Relaxed) == 2), None);
    }
}
