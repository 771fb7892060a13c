//! Events of a run, and its loss curve as CSV.

use hummingbird_base::Action;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::TrainPosition;
use crate::training::TrainError;
use hummingbird_base::WriteError;

/// What a training run tells whoever watches it.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainEvent {
    /// A stage began, or goes on from a checkpoint.
    Stage {
        /// Name of the stage.
        name: &'static str,
        /// Samples that were seen before.
        samples: u64,
        /// Samples in all.
        total: u64,
    },
    /// Steps were made.
    Progress {
        /// Samples seen.
        samples: u64,
        /// Samples in all.
        total: u64,
        /// Mean loss since the last event.
        loss: f64,
        /// Learning rate.
        learning_rate: f64,
        /// Samples a second since the last event.
        samples_per_sec: f64,
        /// Estimated seconds until the stage is done.
        eta_secs: f64,
    },
    /// A part of a distillation set was made.
    Made {
        /// Samples made.
        samples: u64,
        /// Samples in all.
        total: u64,
        /// Seconds that it took so far.
        elapsed_secs: f64,
    },
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
    /// Samples of the phase.
    total: u64,
    loss_sum: f64,
    steps: u64,
    samples: u64,
    since: Instant,
}

impl LossCurve {
    /// A curve that goes on in the file at `path`.
    ///
    /// # Errors
    /// `Io` when the file cannot be written.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let log = LossLog::open(path)?;
        Ok(Self { log, total: 0, loss_sum: 0.0, steps: 0, samples: 0, since: Instant::now() })
    }

    /// A phase of so many samples begins.
    pub fn begin(&mut self, total: u64) {
        self.total = total;
        self.restart();
    }

    fn restart(&mut self) {
        (self.loss_sum, self.steps, self.samples, self.since) = (0.0, 0, 0, Instant::now());
    }

    /// A step was made: its loss, its samples, and where the run stands now.
    ///
    /// # Errors
    /// `Io` when the file cannot be written.
    pub fn add(
        &mut self,
        position: &TrainPosition,
        loss: f64,
        samples: u64,
        learning_rate: f64,
        watch: &mut Watch<'_>,
    ) -> Result<(), TrainError> {
        self.loss_sum += loss;
        self.steps += 1;
        self.samples += samples;
        if self.steps < LOG_STEPS {
            return Ok(());
        }
        let loss = self.loss_sum / self.steps as f64;
        let samples_per_sec = self.samples as f64 / self.since.elapsed().as_secs_f64();
        self.log.row(position, learning_rate, loss)?;
        let (samples, total) = (position.phase_samples, self.total);
        let eta_secs = total.saturating_sub(samples) as f64 / samples_per_sec;
        watch(TrainEvent::Progress { samples, total, loss, learning_rate, samples_per_sec, eta_secs });
        self.restart();
        Ok(())
    }
}
