//! Events of a run, and its loss curve as CSV.

use hummingbird_base::Action;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::TrainPosition;
use crate::training::TrainError;
use hummingbird_base::WriteError;
use hummingbird_base::progress::{Note, Progress, StageName, Unit};

/// What a training run tells whoever watches it.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainEvent {
    /// How far a stage is: it began, goes on from a checkpoint, or got on. Of steps, [`LOSS`] and [`LEARNING_RATE`] are noted.
    Progress(Progress),
    /// A tiny decoder was validated on clips that it never saw.
    Validation {
        /// Mean distance of its frames from those of the full decoder, in levels of 255.
        levels: f64,
    },
    /// A checkpoint was written.
    Checkpoint {
        /// Where.
        folder: PathBuf,
    },
    /// A sample grid was written.
    SampleGrid {
        /// Where.
        path: PathBuf,
    },
    /// The model file was written.
    Model {
        /// Where.
        path: PathBuf,
    },
}

/// The mean loss since the last report, in the notes of progress.
pub const LOSS: &str = "loss";
/// The learning rate, in the notes of progress.
pub const LEARNING_RATE: &str = "learning rate";

/// So many samples of a stage are done.
pub fn samples(stage: &'static str, done: u64, total: u64) -> Progress {
    Progress::new(StageName(stage), Unit::Samples, done, Some(total))
}

/// Receives the events of a run.
pub type Watch<'a> = dyn FnMut(TrainEvent) + 'a;

/// A CSV file that grows by one row every few steps and is continued when a run goes on.
struct LossLog {
    file: File,
    path: PathBuf,
}

impl LossLog {
    /// Opens `path` for appending and writes the header when it is new.
    fn open(path: &Path) -> Result<Self, TrainError> {
        let is_new = !path.exists();
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(|source| WriteError::Io {
            action: Action::Open,
            path: path.to_owned(),
            source,
        })?;
        let mut log = Self { file, path: path.to_owned() };
        if is_new {
            log.write("phase,step,samples,elapsed_secs,learning_rate,loss\n")?;
        }
        Ok(log)
    }

    fn row(&mut self, position: &TrainPosition, learning_rate: f64, loss: f64) -> Result<(), TrainError> {
        let row = format!(
            "{},{},{},{:.1},{learning_rate:.3e},{loss:.6}\n",
            position.phase, position.step, position.samples, position.elapsed_secs
        );
        self.write(&row)
    }

    fn write(&mut self, text: &str) -> Result<(), TrainError> {
        Ok(self.file.write_all(text.as_bytes()).map_err(|source| WriteError::Io {
            action: Action::Write,
            path: self.path.clone(),
            source,
        })?)
    }
}

/// Steps between two rows of the loss curve.
const LOG_STEPS: u64 = 20;

/// The loss curve of a stage while it grows.
pub struct LossCurve {
    log: LossLog,
    /// Name of the phase, and its samples.
    phase: (&'static str, u64),
    loss_sum: f64,
    steps: u64,
}

impl LossCurve {
    /// A curve that goes on in the file at `path`.
    ///
    /// # Errors
    /// `Io` when the file cannot be written.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let log = LossLog::open(path)?;
        Ok(Self { log, phase: ("", 0), loss_sum: 0.0, steps: 0 })
    }

    /// A phase of this name and so many samples begins.
    pub fn begin(&mut self, name: &'static str, total: u64) {
        self.phase = (name, total);
        self.restart();
    }

    fn restart(&mut self) {
        (self.loss_sum, self.steps) = (0.0, 0);
    }

    /// A step was made: its loss, and where the run stands now.
    ///
    /// # Errors
    /// `Io` when the file cannot be written.
    pub fn add(
        &mut self,
        position: &TrainPosition,
        loss: f64,
        learning_rate: f64,
        watch: &mut Watch<'_>,
    ) -> Result<(), TrainError> {
        self.loss_sum += loss;
        self.steps += 1;
        if self.steps < LOG_STEPS {
            return Ok(());
        }
        let loss = self.loss_sum / self.steps as f64;
        self.log.row(position, learning_rate, loss)?;
        let (name, total) = self.phase;
        let note = Note::Measured(vec![(LOSS, loss), (LEARNING_RATE, learning_rate)]);
        watch(TrainEvent::Progress(samples(name, position.phase_samples, total).noting(note)));
        self.restart();
        Ok(())
    }
}
