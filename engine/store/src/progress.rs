//! How far a download or a check is, with a rate that does not jump.

use std::time::{Duration, Instant};

/// Time between two reports.
const REPORT_EVERY: Duration = Duration::from_millis(100);
/// The rate is that of about the last seconds.
const MEMORY_SECS: f64 = 5.0;

/// What the store is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Activity {
    /// Reading what is here, to check it.
    Checking,
    /// Receiving.
    Getting,
    /// Waiting before another attempt.
    Waiting {
        /// Why.
        reason: String,
        /// For how long.
        secs: f64,
    },
}

/// How far one file is.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreProgress {
    /// Name of the file.
    pub file: String,
    /// What is being done with it.
    pub activity: Activity,
    /// Bytes done.
    pub done: u64,
    /// Bytes in all, as far as known.
    pub total: Option<u64>,
    /// Bytes a second; 0 before there is something to measure.
    pub bytes_per_sec: f64,
    /// Seconds left, once there is something to estimate from.
    pub eta_secs: Option<f64>,
}

/// Makes reports of byte counts.
pub(super) struct Meter<'a> {
    file: &'a str,
    report: &'a mut dyn FnMut(StoreProgress),
    last: Option<(Instant, u64)>,
    rate: Option<f64>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(file: &'a str, report: &'a mut dyn FnMut(StoreProgress)) -> Self {
        Self { file, report, last: None, rate: None }
    }

    /// Reports, but not more often than anyone can see.
    pub(super) fn show(&mut self, activity: Activity, done: u64, total: Option<u64>) {
        let now = Instant::now();
        let is_whole = total == Some(done);
        match self.last {
            Some((last, _)) if now - last < REPORT_EVERY && !is_whole => return,
            Some((last, last_done)) if done >= last_done => {
                let secs = (now - last).as_secs_f64().max(1e-3);
                let rate = (done - last_done) as f64 / secs;
                let weight = 1.0 - (-secs / MEMORY_SECS).exp();
                self.rate = Some(self.rate.map_or(rate, |old| old + weight * (rate - old)));
            }
            _ => {}
        }
        self.last = Some((now, done));
        self.say(activity, done, total);
    }

    /// Reports at once, and measures anew afterwards.
    pub(super) fn turn(&mut self, activity: Activity, done: u64, total: Option<u64>) {
        (self.last, self.rate) = (None, None);
        self.say(activity, done, total);
    }

    fn say(&mut self, activity: Activity, done: u64, total: Option<u64>) {
        let bytes_per_sec = self.rate.unwrap_or(0.0);
        let eta_secs =
            total.filter(|_| bytes_per_sec > 0.0).map(|total| total.saturating_sub(done) as f64 / bytes_per_sec);
        (self.report)(StoreProgress { file: self.file.to_owned(), activity, done, total, bytes_per_sec, eta_secs });
    }
}
