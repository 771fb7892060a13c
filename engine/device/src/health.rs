//! What went wrong with a device.
//!
//! A driver's failure surfaces in three ways, and all of them end here: wgpu calls back outside of any call, the compute
//! runtime returns errors from its own calls, and it panics with them where a call has no other way to fail.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use hummingbird_base::{CancelToken, Detail};

use crate::DeviceFailure;

/// What a driver reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriverReport {
    /// A lost device, an invalid operation.
    Failure(String),
    /// No memory was left, or none of this size can be had.
    OutOfMemory,
}

impl fmt::Display for DriverReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure(detail) => f.write_str(detail),
            Self::OutOfMemory => DeviceFailure::OutOfMemory.fmt(f),
        }
    }
}

impl From<DriverReport> for Detail {
    fn from(report: DriverReport) -> Self {
        match report {
            DriverReport::Failure(said) => said.into(),
            DriverReport::OutOfMemory => DeviceFailure::OutOfMemory.into(),
        }
    }
}

/// Pieces of the sentences in which wgpu, its drivers and the compute runtime say that memory ran out, in small letters.
/// They reach us as text only: through errors of burn, messages of panics, and the reason why a device was lost.
const OUT_OF_MEMORY: [&str; 5] = [
    "out of memory",
    "not enough memory left",
    "out of device memory",
    "can't allocate buffer of size",
    "every page size the memory tracks still holds",
];

/// Pieces of the sentences in which the compute runtime says that it failed.
const FAILURE: [&str; 5] = [
    "the device is poisoned",
    "an io error happened",
    "a launch error happened",
    "an error happened during execution",
    "wgpu error",
];

impl DriverReport {
    /// The report in an error of the compute runtime.
    pub fn of_error(error: &str) -> Self {
        if says(error, &OUT_OF_MEMORY) { Self::OutOfMemory } else { Self::Failure(without_backtrace(error)) }
    }

    /// The report in the message of a panic; `None` when it says nothing of a device.
    pub fn of_panic(message: &str) -> Option<Self> {
        (says(message, &OUT_OF_MEMORY) || says(message, &FAILURE)).then(|| Self::of_error(message))
    }
}

fn says(text: &str, pieces: &[&str]) -> bool {
    let text = text.to_lowercase();
    pieces.iter().any(|piece| text.contains(piece))
}

/// An error in one line, without the addresses behind it.
fn without_backtrace(error: &str) -> String {
    let lines = error.lines().map(str::trim);
    let lines = lines.take_while(|line| !line.starts_with("Backtrace") && !line.starts_with("0:"));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The health of a device: its first report, which all later ones may follow from. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct DeviceHealth(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    first: Option<DriverReport>,
    #[cfg(feature = "gpu")]
    lost: bool,
    stops: Option<CancelToken>,
}

impl DeviceHealth {
    /// What went wrong since the device was opened; it must be opened again then.
    pub fn report(&self) -> Option<DriverReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).first.clone()
    }

    /// From now on a report cancels `token`: what a failed device computes means nothing.
    pub fn stops(&self, token: CancelToken) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.first.is_some() {
            token.cancel();
        }
        inner.stops = Some(token);
    }

    /// Keeps why the device was lost.
    #[cfg(feature = "gpu")]
    pub(crate) fn record_loss(&self, why: &str) {
        let report = DriverReport::of_error(&format!("device lost: {why}"));
        // wgpu gives up devices that had no memory for a submission; those still answer.
        let answers = report == DriverReport::OutOfMemory;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lost |= !answers;
        self.record(report);
    }

    /// Whether the device does not answer any more.
    #[cfg(feature = "gpu")]
    pub(crate) fn is_lost(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lost
    }

    /// Keeps what was found to be wrong.
    pub fn record(&self, report: DriverReport) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.first.is_some() {
            log::debug!("the compute device also reports: {report:?}");
            return;
        }
        log::error!("the compute device reports: {report:?}");
        inner.first = Some(report);
        if let Some(token) = &inner.stops {
            token.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_report_counts_and_stops_what_runs() {
        let (health, token) = (DeviceHealth::default(), CancelToken::default());
        health.stops(token.clone());
        assert!(health.report().is_none() && !token.is_cancelled());
        health.record(DriverReport::OutOfMemory);
        health.record(DriverReport::Failure("the buffer is invalid".into()));
        assert_eq!(health.report(), Some(DriverReport::OutOfMemory));
        assert!(token.is_cancelled());
        let late = CancelToken::default();
        health.stops(late.clone());
        assert!(late.is_cancelled());
    }

    #[test]
    fn other_panics_say_nothing_of_a_device() {
        for message in ["index out of bounds: the len is 3 but the index is 3", "a panic without a message", ""] {
            assert_eq!(DriverReport::of_panic(message), None, "{message}");
        }
    }

    /// The sentences are the runtime's own, so that a version of it with other ones fails here.
    #[cfg(feature = "gpu")]
    #[test]
    fn errors_of_the_runtime_are_told_apart() {
        use cubecl::server::{IoError, ServerError};

        let memory = [
            IoError::BufferTooBig { size: 7, backtrace: Default::default() },
            IoError::OutOfMemory { size: 7, backtrace: Default::default() },
            IoError::PageSizesExhausted { size: 7, backtrace: Default::default() },
        ];
        for error in memory {
            let error = ServerError::from(error).to_string();
            assert_eq!(
                DriverReport::of_panic(&format!("reading: {error}")),
                Some(DriverReport::OutOfMemory),
                "{error}"
            );
        }
        let lost = format!("The device is poisoned\nCaused by:\n  {}", "Unknown: Not enough memory left.");
        assert_eq!(DriverReport::of_error(&lost), DriverReport::OutOfMemory);
        let other = ServerError::Generic { reason: "odd".into(), backtrace: Default::default() }.to_string();
        let Some(DriverReport::Failure(detail)) = DriverReport::of_panic(&other) else { panic!("{other}") };
        assert_eq!(detail, "An error happened during execution Caused by: odd");
        for error in [wgpu::hal::DeviceError::OutOfMemory.to_string(), "wgpu error: Out of Memory".into()] {
            assert_eq!(DriverReport::of_error(&error), DriverReport::OutOfMemory);
        }
    }
}
