//! How far long work is: one way to say it for jobs, downloads, conversions, training and checks.

use std::fmt;
use std::time::{Duration, Instant};

use crate::message::Detail;

/// What `done` and `total` of a [`Progress`] count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Parts of the work that are not alike.
    #[default]
    Parts,
    /// Steps of a sampler.
    Steps,
    /// Frames of a clip.
    Frames,
    /// Bytes.
    Bytes,
    /// Clips.
    Clips,
    /// Examples of a training.
    Samples,
    /// Hundredths of the stage, where nothing of one size can be counted.
    Percent,
}

/// A stage of long work, by a word that does not change: whoever shows it has the sentence for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StageName(pub &'static str);

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How far long work is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub stage: StageName,
    /// What is counted.
    pub unit: Unit,
    /// Units of the stage that are done.
    pub done: u64,
    /// Units of the stage in all, as far as known.
    pub total: Option<u64>,
    /// What else is worth knowing.
    pub note: Option<Note>,
}

/// What else is worth knowing of long work.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// What the stage is about: a file, a case.
    About(String),
    /// Numbers that the work has come to, by name.
    Measured(Vec<(&'static str, f64)>),
    /// Nothing is done for a while.
    Waiting {
        /// What the stage is about.
        about: String,
        /// Why.
        reason: Detail,
        /// For how long, in seconds.
        secs: f64,
    },
}

impl Progress {
    /// A stage that has just begun.
    pub fn new(stage: StageName, unit: Unit, done: u64, total: Option<u64>) -> Self {
        Self { stage, unit, done, total, note: None }
    }

    /// The same with a note.
    pub fn noting(self, note: Note) -> Self {
        Self { note: Some(note), ..self }
    }

    /// What the stage is about; empty where nobody said so.
    pub fn about(&self) -> &str {
        match &self.note {
            Some(Note::About(about) | Note::Waiting { about, .. }) => about,
            Some(Note::Measured(_)) | None => "",
        }
    }

    /// A number that the work has come to.
    pub fn measured(&self, name: &str) -> Option<f64> {
        let Some(Note::Measured(numbers)) = &self.note else { return None };
        numbers.iter().find(|(other, _)| *other == name).map(|(_, number)| *number)
    }

    /// Between 0 and 1, where the total is known.
    pub fn fraction(&self) -> Option<f64> {
        let total = self.total.filter(|&total| total > 0)?;
        Some((self.done as f64 / total as f64).min(1.0))
    }
}

/// Who is told how far long work is. Closures that take a [`Progress`] are sinks.
pub trait ProgressSink {
    /// The work got on.
    fn progress(&mut self, progress: Progress);
}

impl<F: FnMut(Progress)> ProgressSink for F {
    fn progress(&mut self, progress: Progress) {
        self(progress);
    }
}

/// Nobody wants to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl ProgressSink for Silent {
    fn progress(&mut self, _: Progress) {}
}

/// The rate of work and the time that is left, from what a sink is told; both without jumps.
#[derive(Clone, Debug, Default)]
pub struct RateMeter {
    stage: Option<(StageName, String)>,
    last: Option<(Instant, u64)>,
    rate: Option<f64>,
}

/// Progress with its rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Rated {
    /// How far the work is.
    pub progress: Progress,
    /// How fast it is.
    pub rate: Rate,
}

/// What a [`RateMeter`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// Units a second; 0 before there is something to measure.
    pub per_sec: f64,
    /// Seconds left, once there is something to estimate from.
    pub eta_secs: Option<f64>,
}

impl RateMeter {
    /// The rate is that of about the last seconds.
    const MEMORY_SECS: f64 = 5.0;

    /// What to say of progress that came now. Another stage, a wait, and less than before begin anew.
    pub fn rate(&mut self, progress: &Progress) -> Rate {
        let is_same =
            self.stage.as_ref().is_some_and(|(stage, about)| *stage == progress.stage && about == progress.about());
        if !is_same || matches!(progress.note, Some(Note::Waiting { .. })) {
            *self = Self { stage: Some((progress.stage, progress.about().to_owned())), ..Self::default() };
        }
        self.rate_at(Instant::now(), progress.done, progress.total)
    }

    /// Progress that came now, with its rate.
    pub fn rated(&mut self, progress: Progress) -> Rated {
        Rated { rate: self.rate(&progress), progress }
    }

    fn rate_at(&mut self, now: Instant, done: u64, total: Option<u64>) -> Rate {
        match self.last {
            Some((_, last_done)) if done < last_done => (self.last, self.rate) = (Some((now, done)), None),
            Some((last, last_done)) if done > last_done => {
                let secs = (now - last).as_secs_f64().max(1e-3);
                let rate = (done - last_done) as f64 / secs;
                let weight = 1.0 - (-secs / Self::MEMORY_SECS).exp();
                self.rate = Some(self.rate.map_or(rate, |old| old + weight * (rate - old)));
                self.last = Some((now, done));
            }
            Some(_) => {}
            None => self.last = Some((now, done)),
        }
        let per_sec = self.rate.unwrap_or(0.0);
        let left = total.filter(|_| per_sec > 0.0).map(|total| total.saturating_sub(done) as f64 / per_sec);
        Rate { per_sec, eta_secs: left }
    }
}

/// Lets through no more reports than anyone can see.
#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    every: Duration,
    last: Option<Instant>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { every: Duration::from_millis(100), last: None }
    }
}

impl Throttle {
    /// Whether a report is due; the last of a stage always is.
    pub fn is_due(&mut self, is_last: bool) -> bool {
        let now = Instant::now();
        let is_due = is_last || self.last.is_none_or(|last| now - last >= self.every);
        if is_due {
            self.last = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_follows_without_jumping() {
        let start = Instant::now();
        let at = |secs: f64| start + Duration::from_secs_f64(secs);
        let mut meter = RateMeter::default();
        assert_eq!(meter.rate_at(at(0.0), 0, Some(1000)), Rate::default());
        assert_eq!(meter.rate_at(at(1.0), 100, Some(1000)), Rate { per_sec: 100.0, eta_secs: Some(9.0) });
        let faster = meter.rate_at(at(2.0), 300, Some(1000)).per_sec;
        assert!(faster > 100.0 && faster < 150.0, "{faster}");
        assert_eq!(meter.rate_at(at(3.0), 300, None), Rate { per_sec: faster, eta_secs: None });
        assert_eq!(meter.rate_at(at(4.0), 0, Some(1000)), Rate::default(), "it began anew");
    }

    #[test]
    fn a_wait_and_another_stage_begin_anew() {
        let of = |done, note| Progress::new(StageName("x"), Unit::Bytes, done, Some(100)).noting(note);
        let about = |name: &str| Note::About(name.to_owned());
        let waiting = Note::Waiting { about: "a".to_owned(), reason: "busy".to_owned().into(), secs: 1.0 };
        for between in [of(50, waiting), of(50, about("b"))] {
            let mut meter = RateMeter::default();
            meter.rate(&of(0, about("a")));
            assert!(meter.rate(&of(50, about("a"))).per_sec > 0.0);
            assert_eq!(meter.rate(&between), Rate::default());
        }
    }

    #[test]
    fn fractions_are_known_where_totals_are() {
        let progress = |done, total| Progress::new(StageName("x"), Unit::Bytes, done, total).fraction();
        assert_eq!((progress(5, Some(10)), progress(11, Some(10))), (Some(0.5), Some(1.0)));
        assert_eq!((progress(5, None), progress(0, Some(0))), (None, None));
    }
}
