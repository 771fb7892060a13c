//! The submission throttle: how much work a GPU is handed at once, and how far the host may run ahead of it.
//!
//! A GPU that also draws the screen draws nothing while it computes one submission, and a driver takes it for dead after about
//! two seconds. So the work of launches is counted in seconds at the measured speed of the kernels that they take: what has
//! piled up is submitted before it takes long, a launch that would take long is made in pieces, and the host waits when the
//! device is far behind, because work that was handed over cannot be cancelled.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use cubecl::client::Client;
use cubecl::dry_run::launch_mode;

use crate::capabilities::{KernelSpeed, Speeds};
use crate::health::DriverReport;
use crate::registry::state_of;
use crate::share::DeviceShare;
use crate::wait::wait;

/// Seconds of work in a submission, at the measured speed: half of the 0.1 s after which a screen is seen to stop, because kernels
/// differ in how near they come to that speed.
const SUBMISSION_SECS: f64 = 0.05;
/// Seconds of work that may be waiting on the device.
const AHEAD_SECS: f64 = 0.2;
/// Operations in the time of one byte that is read or written once. GPUs have ten to twenty of them.
const FLOP_PER_BYTE: f64 = 20.0;

/// What a launch has to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    flop: f64,
    kernels: KernelSpeed,
}

impl Work {
    /// Operations by kernels of one speed, which outweigh the memory that they read and write.
    pub fn new(flop: f64, kernels: KernelSpeed) -> Self {
        Self { flop, kernels }
    }

    /// Reading or writing so many bytes once.
    pub fn streaming(bytes: usize) -> Self {
        Self::new(FLOP_PER_BYTE * bytes as f64, KernelSpeed::F32)
    }

    /// A part of it, as a fraction.
    #[must_use]
    pub fn share(self, fraction: f64) -> Self {
        Self { flop: self.flop * fraction, ..self }
    }

    /// Seconds on a device of these speeds.
    pub fn secs(self, speeds: &Speeds) -> f64 {
        self.flop / speeds.expected(self.kernels)
    }
}

/// How a device stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Throttle {
    /// Seconds of work since the last submission, and since the device was known to have finished everything.
    unsubmitted: f64,
    unfinished: f64,
    /// The longest submission, where each of them is waited for.
    longest: Option<Duration>,
}

/// What must be done about a device.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Due {
    Nothing,
    Submit,
    Wait,
}

impl Throttle {
    /// Counts work that was launched on a device of which this share is used. With less than all of it every submission is waited
    /// for, so that it is known when the device rests.
    fn count(&mut self, secs: f64, share: &DeviceShare) -> Due {
        self.unsubmitted += secs;
        self.unfinished += secs;
        if self.unfinished >= AHEAD_SECS {
            (self.unsubmitted, self.unfinished) = (0.0, 0.0);
            Due::Wait
        } else if self.unsubmitted >= SUBMISSION_SECS {
            self.unsubmitted = 0.0;
            if self.longest.is_some() || share.is_part() { Due::Wait } else { Due::Submit }
        } else {
            Due::Nothing
        }
    }

    /// From now on every submission is waited for and timed.
    pub fn time_submissions(&mut self) {
        self.longest = Some(Duration::ZERO);
    }

    /// The longest submission since [`Throttle::time_submissions`]; none is timed any more.
    pub fn longest_submission(&mut self) -> Option<Duration> {
        self.longest.take()
    }
}

/// Pieces of a launch of `lines` lines of workgroups that takes `secs`.
fn cut(secs: f64, lines: u32) -> impl Iterator<Item = Range<u32>> {
    let pieces = (secs / SUBMISSION_SECS).ceil().clamp(1.0, f64::from(lines.max(1)));
    let step = lines.div_ceil(pieces as u32).max(1);
    (0..lines).step_by(step as usize).map(move |first| first..lines.min(first + step))
}

/// Pieces of a launch on the device of `client`, as ranges of its lines of workgroups.
pub fn pieces(client: &Client, work: Work, lines: u32) -> impl Iterator<Item = Range<u32>> {
    let speeds = state_of(client).map(|state| state.capabilities().speeds).unwrap_or_default();
    cut(work.secs(&speeds), lines)
}

/// Counts work that was launched on the device of `client`, submits it and waits for it where that is due.
pub fn count(client: &Client, work: Work) {
    // Nothing runs then, whatever was launched.
    if launch_mode().is_skipped() {
        return;
    }
    // Of a device that others opened nothing is known; the runtime submits its work as it likes.
    let Some(state) = state_of(client) else { return };
    let secs = work.secs(&state.capabilities().speeds);
    let share = state.share();
    match state.throttle(|throttle| throttle.count(secs, &share)) {
        Due::Nothing => {}
        Due::Submit => {
            // The runtime tells an error once, and this is the call that hears it.
            if let Err(error) = client.flush() {
                state.health.record(DriverReport::of_error(&error.to_string()));
            }
        }
        Due::Wait => {
            let started = Instant::now();
            // What goes wrong is recorded, and found by whoever asks for the device's health.
            wait(client, &state.health).ok();
            let waited = started.elapsed();
            state.throttle(|throttle| throttle.longest = throttle.longest.map(|longest| longest.max(waited)));
            thread::sleep(share.rest(waited));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEEDS: Speeds = Speeds { f32: Some(1e12), f16: Some(2e12), q8: None, cooperative: Some(1e13) };

    #[test]
    fn large_launches_are_made_in_pieces_that_cover_them() {
        let ends = |flop, lines| {
            let secs = Work::new(flop, KernelSpeed::F32).secs(&SPEEDS);
            cut(secs, lines).map(|piece| (piece.start, piece.end)).collect::<Vec<_>>()
        };
        assert_eq!(ends(0.0, 7), [(0, 7)]);
        assert_eq!(ends(5e10, 7), [(0, 7)]);
        assert_eq!(ends(1.4e11, 7), [(0, 3), (3, 6), (6, 7)]);
        assert_eq!(ends(1e15, 3), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(ends(1e15, 0), []);
    }

    #[test]
    fn work_is_counted_at_the_speed_of_the_kernels_that_it_takes() {
        let pieces = |kernels, speeds: &Speeds| cut(Work::new(1e12, kernels).secs(speeds), 1000).count();
        let counted = KernelSpeed::ALL.map(|kernels| pieces(kernels, &SPEEDS));
        assert_eq!(counted, [20, 10, 20, 2], "8-bit weights were not measured and count as f32");
        assert_eq!(pieces(KernelSpeed::Cooperative, &Speeds::default()), 200, "nothing was measured");
    }

    #[test]
    fn work_is_submitted_and_waited_for_before_it_takes_long() {
        let all = DeviceShare::default();
        let mut throttle = Throttle::default();
        let due = (0..9).map(|_| throttle.count(0.03, &all)).collect::<Vec<_>>();
        use Due::{Nothing, Submit, Wait};
        assert_eq!(due, [Nothing, Submit, Nothing, Submit, Nothing, Submit, Wait, Nothing, Submit]);
    }

    #[test]
    fn a_device_that_rests_is_waited_for_after_every_submission() {
        let half = DeviceShare::default();
        half.set(50);
        let mut throttle = Throttle::default();
        assert_eq!(
            [0.03; 4].map(|secs| throttle.count(secs, &half)),
            [Due::Nothing, Due::Wait, Due::Nothing, Due::Wait]
        );
    }

    #[test]
    fn timed_submissions_are_all_waited_for() {
        let all = DeviceShare::default();
        let mut throttle = Throttle { longest: Some(Duration::ZERO), ..Throttle::default() };
        assert_eq!([0.03; 3].map(|secs| throttle.count(secs, &all)), [Due::Nothing, Due::Wait, Due::Nothing]);
    }
}
