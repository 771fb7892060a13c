//! Pace: how much work a GPU is handed at once, and how far the host may run ahead of it.
//!
//! A GPU that also draws the screen draws nothing while it computes one submission, and a driver takes it for dead after about
//! two seconds. So the work of launches is counted in seconds at the device's measured speed: what has piled up is submitted
//! before it takes long, a launch that would take long is made in pieces, and the host waits when the device is far behind,
//! because work that was handed over cannot be cancelled.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cubecl::client::Client;
use cubecl::dry_run;

/// Seconds of work in a submission, at the measured speed: half of the 0.1 s after which a screen is seen to stop, because kernels
/// differ in how near they come to that speed.
const SUBMISSION_SECS: f64 = 0.05;
/// Seconds of work that may be waiting on the device.
const AHEAD_SECS: f64 = 0.2;
/// Operations in the time of one byte that is read or written once. GPUs have ten to twenty of them.
const FLOP_PER_BYTE: f64 = 20.0;
/// The speed of a device that was not measured: no slower one is supported.
const LEAST_FLOPS: f64 = 1e11;

/// Operations that take as long as reading or writing so many bytes once.
pub(super) fn streaming(bytes: usize) -> f64 {
    FLOP_PER_BYTE * bytes as f64
}

/// How a device stands.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Operations each second, as the product kernel reaches them.
    flops: f64,
    /// Seconds of work since the last submission, and since the device was known to have finished everything.
    unsubmitted: f64,
    unfinished: f64,
    /// The longest submission, where each of them is waited for.
    longest: Option<Duration>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { flops: LEAST_FLOPS, unsubmitted: 0.0, unfinished: 0.0, longest: None }
    }
}

/// What must be done about a device.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Due {
    Nothing,
    Submit,
    Wait,
}

impl Pace {
    /// Counts work that was launched.
    fn count(&mut self, flop: f64) -> Due {
        let secs = flop / self.flops;
        self.unsubmitted += secs;
        self.unfinished += secs;
        if self.unfinished >= AHEAD_SECS {
            (self.unsubmitted, self.unfinished) = (0.0, 0.0);
            Due::Wait
        } else if self.unsubmitted >= SUBMISSION_SECS {
            self.unsubmitted = 0.0;
            if self.longest.is_some() { Due::Wait } else { Due::Submit }
        } else {
            Due::Nothing
        }
    }

    /// Pieces of a launch of `lines` lines of workgroups.
    fn pieces(&self, flop: f64, lines: u32) -> impl Iterator<Item = Range<u32>> + use<> {
        let pieces = (flop / self.flops / SUBMISSION_SECS).ceil().clamp(1.0, f64::from(lines.max(1)));
        let step = lines.div_ceil(pieces as u32).max(1);
        (0..lines).step_by(step as usize).map(move |first| first..lines.min(first + step))
    }
}

/// Changes how the device of this name stands; a device is known by its adapter's name.
fn with<T>(adapter: &str, change: impl FnOnce(&mut Pace) -> T) -> T {
    static PACES: Mutex<BTreeMap<String, Pace>> = Mutex::new(BTreeMap::new());
    let mut paces = PACES.lock().unwrap_or_else(PoisonError::into_inner);
    if !paces.contains_key(adapter) {
        paces.insert(adapter.to_owned(), Pace::default());
    }
    change(paces.get_mut(adapter).expect("it was put there"))
}

/// Operations each second that were measured on the device of this name.
pub fn set_speed(adapter: &str, flops: f64) {
    with(adapter, |pace| pace.flops = flops);
}

/// From now on every submission is waited for and timed.
pub fn time_submissions(adapter: &str) {
    with(adapter, |pace| pace.longest = Some(Duration::ZERO));
}

/// The longest submission since [`time_submissions`]; none is timed any more.
pub fn longest_submission(adapter: &str) -> Option<Duration> {
    with(adapter, |pace| pace.longest.take())
}

/// Pieces of a launch on the device of `client`, as ranges of its lines of workgroups.
pub(super) fn pieces(client: &Client, flop: f64, lines: u32) -> impl Iterator<Item = Range<u32>> {
    with(&client.properties().identity.name, |pace| pace.pieces(flop, lines))
}

/// Counts work that was launched on the device of `client`, submits it and waits for it where that is due.
pub(super) fn count(client: &Client, flop: f64) {
    // Nothing runs then, whatever was launched.
    if dry_run::dry_run() {
        return;
    }
    let adapter = &client.properties().identity.name;
    // What goes wrong here belongs to the device, and is found by whoever reads a result.
    match with(adapter, |pace| pace.count(flop)) {
        Due::Nothing => {}
        Due::Submit => drop(client.flush()),
        Due::Wait => {
            let started = Instant::now();
            drop(pollster::block_on(client.sync()));
            let waited = started.elapsed();
            with(adapter, |pace| pace.longest = pace.longest.map(|longest| longest.max(waited)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace() -> Pace {
        Pace { flops: 1e12, ..Pace::default() }
    }

    #[test]
    fn large_launches_are_made_in_pieces_that_cover_them() {
        let ends = |flop, lines| pace().pieces(flop, lines).map(|piece| (piece.start, piece.end)).collect::<Vec<_>>();
        assert_eq!(ends(0.0, 7), [(0, 7)]);
        assert_eq!(ends(5e10, 7), [(0, 7)]);
        assert_eq!(ends(1.4e11, 7), [(0, 3), (3, 6), (6, 7)]);
        assert_eq!(ends(1e15, 3), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(ends(1e15, 0), []);
    }

    #[test]
    fn work_is_submitted_and_waited_for_before_it_takes_long() {
        let mut pace = pace();
        let due = (0..9).map(|_| pace.count(3e10)).collect::<Vec<_>>();
        use Due::{Nothing, Submit, Wait};
        assert_eq!(due, [Nothing, Submit, Nothing, Submit, Nothing, Submit, Wait, Nothing, Submit]);
    }

    #[test]
    fn timed_submissions_are_all_waited_for() {
        let mut pace = Pace { longest: Some(Duration::ZERO), ..pace() };
        assert_eq!([pace.count(3e10), pace.count(3e10), pace.count(3e10)], [Due::Nothing, Due::Wait, Due::Nothing]);
    }
}
