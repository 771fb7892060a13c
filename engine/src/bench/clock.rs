//! Timing: the best of several runs after one that does not count, each until the device has done all of it.

use std::time::Instant;

use burn::tensor::Device;

use super::Run;
use crate::error::{DeviceError, EngineError};
use crate::job::CancelToken;

/// Most runs of one case.
const MOST_RUNS: u32 = 200;
/// Shorter runs are timed several together, so that waiting for a GPU's queue does not count as work.
const SHORTEST_SECS: f64 = 5e-3;

/// How long one case is timed.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Seconds of runs, about.
    pub secs: f64,
    /// Runs in any case.
    pub least_runs: u32,
}

/// What was measured of one case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Seconds of the fastest run: what the machine does when nothing disturbs it.
    pub best_secs: f64,
    /// Runs that counted.
    pub runs: u32,
}

/// Times cases on one device.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    pub device: &'a Device,
    pub cancel: &'a CancelToken,
    pub budget: Budget,
}

impl Clock<'_> {
    /// # Errors
    /// `Cancelled`, also between two runs; `DeviceFailed` when the device stops.
    pub fn time(&self, run: &mut Run<'_>) -> Result<Timing, EngineError> {
        let Budget { secs, least_runs } = self.budget;
        // Never counted, however long it is: what compiles kernels or allocates at first may take a thousand times as long as the
        // work. The second run tells how many make a batch.
        self.batch(run, 1)?;
        let second = self.batch(run, 1)?;
        let together = (SHORTEST_SECS / second.max(1e-9)).ceil().clamp(1.0, f64::from(MOST_RUNS)) as u32;
        let mut timing = Timing { best_secs: second, runs: 1 };
        let mut spent = second;
        if together > 1 {
            timing = Timing { best_secs: f64::INFINITY, runs: 0 };
        }
        while timing.runs < least_runs || (spent < secs && timing.runs < MOST_RUNS) {
            let elapsed = self.batch(run, together)?;
            timing.best_secs = timing.best_secs.min(elapsed / f64::from(together));
            timing.runs += together;
            spent += elapsed;
        }
        Ok(timing)
    }

    /// Seconds of `count` runs together.
    pub fn batch(&self, run: &mut Run<'_>, count: u32) -> Result<f64, EngineError> {
        self.wait()?;
        let started = Instant::now();
        for _ in 0..count {
            self.cancel.check()?;
            run()?;
        }
        self.wait()?;
        Ok(started.elapsed().as_secs_f64())
    }

    fn wait(&self) -> Result<(), EngineError> {
        let failed = |error| DeviceError::DeviceFailed {
            device: format!("{:?}", self.device),
            detail: format!("{error:?}").into(),
        };
        Ok(self.device.sync().map_err(failed)?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn timed(budget: Budget, mut pause: impl FnMut(u32) -> Duration) -> (Timing, u32) {
        let (device, cancel) = (Device::flex(), CancelToken::default());
        let mut calls = 0;
        let mut run: Run<'_> = Box::new(|| {
            std::thread::sleep(pause(calls));
            calls += 1;
            Ok(())
        });
        let timing = Clock { device: &device, cancel: &cancel, budget }.time(&mut run).expect("nothing fails");
        drop(run);
        (timing, calls)
    }

    #[test]
    fn a_slow_start_does_not_count() {
        // However little time there is, and however long the first run is.
        for (secs, least_runs, first) in [(0.05, 2, 300), (0.0, 1, 300), (0.4, 1, 4000)] {
            let budget = Budget { secs, least_runs };
            let (timing, calls) = timed(budget, |call| Duration::from_millis(if call == 0 { first } else { 8 }));
            assert!((0.008..0.2).contains(&timing.best_secs), "{timing:?}");
            assert!(timing.runs >= least_runs && calls == timing.runs + 1, "{timing:?} in {calls} calls");
        }
    }

    #[test]
    fn a_long_case_is_run_once_more_and_no_oftener_than_it_must() {
        let (timing, calls) = timed(Budget { secs: 0.02, least_runs: 1 }, |_| Duration::from_millis(40));
        assert_eq!((timing.runs, calls), (1, 2));
        assert!(timing.best_secs >= 0.04, "{timing:?}");
    }

    #[test]
    fn short_runs_are_timed_together() {
        let budget = Budget { secs: 0.02, least_runs: 1 };
        let (timing, calls) = timed(budget, |_| Duration::from_micros(200));
        assert!(timing.runs >= 3 && calls == timing.runs + 2, "{timing:?} in {calls} calls");
        assert!(timing.best_secs >= 2e-4, "{timing:?}");
    }
}
