//! The loss curve as CSV and the progress of a run.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{EngineError, WriteError};

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
    /// Training data were made.
    Made {
        /// Samples made.
        samples: u64,
        /// Samples in all.
        total: u64,
        /// Seconds that it took so far.
        elapsed_secs: f64,
    },
    /// The light decoder was examined on clips that it never saw.
    Distance {
        /// Mean distance of its pictures from those of the full decoder, in levels of 255.
        levels: f64,
    },
    /// A checkpoint was written.
    Checkpoint {
        /// Where.
        folder: PathBuf,
    },
    /// A sample sheet was written.
    Sheet {
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
pub struct LossLog {
    file: File,
    path: PathBuf,
}

impl LossLog {
    /// Opens `path` for appending and writes the header when it is new.
    ///
    /// # Errors
    /// `Io` when the file cannot be written.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let is_new = !path.exists();
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(|source| WriteError::Io {
            action: "open",
            path: path.to_owned(),
            source,
        })?;
        let mut log = Self { file, path: path.to_owned() };
        if is_new {
            log.write("phase,step,samples,elapsed_secs,learning_rate,loss\n")?;
        }
        Ok(log)
    }

    /// Appends a row.
    ///
    /// # Errors
    /// `Io` when the file cannot be written.
    pub fn row(
        &mut self,
        position: &crate::training::trainer::TrainPosition,
        learning_rate: f64,
        loss: f64,
    ) -> Result<(), EngineError> {
        let row = format!(
            "{},{},{},{:.1},{learning_rate:.3e},{loss:.6}\n",
            position.phase, position.step, position.samples, position.elapsed_secs
        );
        self.write(&row)
    }

    fn write(&mut self, text: &str) -> Result<(), EngineError> {
        Ok(self.file.write_all(text.as_bytes()).map_err(|source| WriteError::Io {
            action: "write",
            path: self.path.clone(),
            source,
        })?)
    }
}
