//! Reading from a device that may be lost meanwhile.

use std::fmt::Display;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use burn::tensor::Device;

use crate::health::{DeviceHealth, DriverReport};

/// How often a wait looks at the health; the end of the work ends it at once.
const LOOK: Duration = Duration::from_millis(20);

/// What `reading` brings from a device. The runtime's own reads of a lost GPU may never end; this one does.
///
/// # Errors
/// What was reported of the device; it must be opened again then.
pub fn read<T, E: Display>(device: &Device, reading: impl Future<Output = Result<T, E>>) -> Result<T, DriverReport> {
    let health = health_of(device);
    let report = || health.as_ref().and_then(DeviceHealth::report);
    let found = until(reading, || report().is_some());
    match (report(), found) {
        (None, Some(Ok(found))) => Ok(found),
        (None, Some(Err(error))) => Err(DriverReport::of_error(&error.to_string())),
        (Some(report), _) => Err(report),
        (None, None) => Err(DriverReport::Failure("the device did not answer".to_owned())),
    }
}

/// The health of a GPU that is open.
#[cfg(feature = "gpu")]
fn health_of(device: &Device) -> Option<DeviceHealth> {
    use burn::backend::DispatchDevice;
    let DispatchDevice::Cube(device) = device.as_dispatch() else { return None };
    crate::registry::state_of(&device.client()).map(|state| state.health.clone())
}

#[cfg(not(feature = "gpu"))]
fn health_of(_device: &Device) -> Option<DeviceHealth> {
    None
}

/// What `future` gives, or `None` once `ends` says so.
pub(crate) fn until<T>(future: impl Future<Output = T>, ends: impl Fn() -> bool) -> Option<T> {
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
