//! Events of a run, and its loss curve as CSV and for TensorBoard.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::TrainPosition;
use super::tensorboard::EventFile;
use crate::training::TrainError;
use hummingbird_base::message::Detail;
use hummingbird_base::progress::{Note, Progress, StageName, Unit};
use hummingbird_base::{Action, WriteError, files};

/// What a training run tells whoever watches it.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainEvent {
    /// How far a stage is: it began, goes on from a checkpoint, or got on. Of steps, [`LOSS`] and [`LEARNING_RATE`] are noted.
    Progress(Progress),
    /// An update was made.
    Update {
        /// Which it was, from 1 on.
        step: u64,
        /// Its loss.
        loss: f64,
    },
    /// A tiny decoder was validated on clips that it never saw.
    Validation {
        /// Mean distance of its frames from those of the full decoder, in levels of 255.
        levels: f64,
    },
    /// A scorer was validated on drawn clips that it never saw.
    Recognised {
        /// Clips whose own word it chose among all that it could be.
        right: usize,
        /// Clips.
        of: usize,
    },
    /// A stage of a run of several begins or goes on.
    Stage {
        /// Its name.
        name: &'static str,
        /// Which it is, from 1 on.
        number: usize,
        /// Of how many.
        of: usize,
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
    /// A part of the dataset is left out, or is used in another way than one would expect.
    Dataset {
        /// What and why.
        note: Detail,
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

/// The losses that a run has written into the curve of the stage `name` in `folder`: updates made, and the mean loss since the row
/// before. Half rows and whatever else is no row are left out; empty where there is no curve.
pub fn losses(folder: &Path, name: &str) -> Vec<(u64, f64)> {
    let text = fs::read_to_string(folder.join(format!("{name}.csv"))).unwrap_or_default();
    let row = |row: &str| {
        let row = row.strip_suffix('\n')?;
        let step = row.split(',').nth(1)?.parse().ok()?;
        let loss = row.split(',').nth(LOSS_COLUMN)?.parse().ok()?;
        Some((step, loss))
    };
    text.split_inclusive('\n').skip(1).filter_map(row).collect()
}

/// Receives the events of a run.
pub type Watch<'a> = dyn FnMut(TrainEvent) + 'a;

/// Steps between two rows of the loss curve.
const LOG_STEPS: u64 = 20;

/// Name of the loss in TensorBoard, and of the learning rate.
const TAGS: [&str; 2] = ["loss", "learning_rate"];

/// Columns of a loss curve; those of the parts of a loss follow.
const COLUMNS: &str = "phase,step,samples,elapsed_secs,learning_rate,loss";

/// What a step gave.
#[derive(Clone, Copy, Debug)]
pub struct StepNumbers<'a> {
    /// The loss.
    pub loss: f64,
    /// Its parts, in the order of their names.
    pub parts: &'a [f64],
    /// The learning rate.
    pub learning_rate: f64,
}
/// Place of the loss in them.
const LOSS_COLUMN: usize = 5;

/// The loss curve of a stage while it grows: rows of a CSV file, and scalars for TensorBoard beside it.
pub struct LossCurve {
    file: File,
    path: PathBuf,
    events: EventFile,
    /// Name of the phase, and its samples.
    phase: (&'static str, u64),
    /// Names of the parts of the loss.
    parts: Vec<&'static str>,
}

impl LossCurve {
    /// The curve of the stage `name` in `folder` that goes on after `step`: rows of later steps, which a run wrote that was
    /// killed before its next checkpoint, are dropped. `parts` are the names of what is noted beside the loss.
    ///
    /// # Errors
    /// `Io` when a file cannot be read or written.
    pub fn open(folder: &Path, name: &str, step: u64, parts: Vec<&'static str>) -> Result<Self, TrainError> {
        let header = header(&parts);
        let path = folder.join(format!("{name}.csv"));
        let io = |action| {
            let path = path.clone();
            move |source| WriteError::Io { action, path, source }
        };
        let kept = match fs::read_to_string(&path) {
            Ok(text) => rows_until(&header, &text, step),
            Err(error) if error.kind() == io::ErrorKind::NotFound => header,
            Err(error) => return Err(io(Action::Read)(error).into()),
        };
        files::replace(&path, kept.as_bytes()).map_err(io(Action::Write))?;
        let file = OpenOptions::new().append(true).open(&path).map_err(io(Action::Open))?;
        let events = folder.join("tensorboard").join(name);
        fs::create_dir_all(&events).map_err(io(Action::Create))?;
        Ok(Self { file, path, events: EventFile::create(&events, step)?, phase: ("", 0), parts })
    }

    /// A phase of this name and so many samples begins.
    pub fn begin(&mut self, name: &'static str, total: u64) {
        self.phase = (name, total);
    }

    /// A step was made: its loss, and where the run stands now.
    ///
    /// # Errors
    /// `Io` when a file cannot be written.
    pub fn add(
        &mut self,
        position: &mut TrainPosition,
        StepNumbers { loss, parts, learning_rate }: StepNumbers<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<(), TrainError> {
        position.unlogged.add(loss, parts);
        if position.unlogged.steps < LOG_STEPS {
            return Ok(());
        }
        let (loss, parts) = position.unlogged.take_means();
        let TrainPosition { phase, step, samples: seen, elapsed_secs, .. } = *position;
        let of_parts: String = parts.iter().map(|part| format!(",{part:.6}")).collect();
        let row = format!("{phase},{step},{seen},{elapsed_secs:.1},{learning_rate:.3e},{loss:.6}{of_parts}\n");
        let written = self.file.write_all(row.as_bytes());
        written.map_err(|source| WriteError::Io { action: Action::Write, path: self.path.clone(), source })?;
        let [loss_tag, rate_tag] = TAGS;
        let named: Vec<(&'static str, f64)> = self.parts.iter().copied().zip(parts).collect();
        self.events.scalars(step, &[&[(loss_tag, loss), (rate_tag, learning_rate)], &named[..]].concat())?;
        let (name, total) = self.phase;
        let note = Note::Measured([&[(LOSS, loss), (LEARNING_RATE, learning_rate)], &named[..]].concat());
        watch(TrainEvent::Progress(samples(name, position.phase_samples, total).noting(note)));
        Ok(())
    }
}

/// First line of a curve.
fn header(parts: &[&str]) -> String {
    [&[COLUMNS], parts].concat().join(",") + "\n"
}

/// `header` and the whole rows of steps up to `step`; rows of a run that knew no parts have empty columns for them.
fn rows_until(header: &str, text: &str, step: u64) -> String {
    let is_kept = |row: &&str| {
        let number = row.split(',').nth(1).and_then(|number| number.parse::<u64>().ok());
        row.ends_with('\n') && number.is_some_and(|number| number <= step)
    };
    let columns = header.matches(',').count();
    let filled = |row: &str| {
        let missing = columns.saturating_sub(row.matches(',').count());
        format!("{}{}\n", row.trim_end(), ",".repeat(missing))
    };
    let rows = text.split_inclusive('\n').skip(1).filter(is_kept).map(filled);
    std::iter::once(header.to_owned()).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_after_a_checkpoint_and_half_rows_are_dropped() {
        let rows = ["0,20,320,5.0,1.000e-3,0.500000\n", "0,40,640,9.9,1.000e-3,0.400000\n", "0,60,960,14.0,1.0"];
        let first = "phase,step,samples,elapsed_secs,learning_rate,loss\n";
        assert_eq!(header(&[]), first);
        let text = format!("{first}{}", rows.concat());
        let until = |text: &str, step| rows_until(first, text, step);
        assert_eq!(until(&text, 40), format!("{first}{}{}", rows[0], rows[1]));
        assert_eq!(until(&text, 60), format!("{first}{}{}", rows[0], rows[1]), "half a row");
        assert_eq!(until(&text, 39), format!("{first}{}", rows[0]));
        assert_eq!(until("", 5), first);
        let with_parts = header(&["distil", "image_score"]);
        assert_eq!(with_parts, "phase,step,samples,elapsed_secs,learning_rate,loss,distil,image_score\n");
        assert_eq!(rows_until(&with_parts, &text, 20), format!("{with_parts}{},,\n", rows[0].trim_end()));
    }

    #[test]
    fn a_curve_that_goes_on_is_the_curve_of_one_run() {
        goes_on_as_one(&[]);
        goes_on_as_one(&["distil", "image_score"]);
    }

    fn goes_on_as_one(names: &[&'static str]) {
        let [whole, parted] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let loss = |step: u64| 1.0 / (3 + step) as f64;
        let parts = |step: u64| (0..names.len()).map(|part| 1.0 / (7 + step) as f64 - part as f64).collect::<Vec<_>>();
        let run = |folder: &Path, position: &mut TrainPosition, until: u64| {
            let mut curve = LossCurve::open(folder, "x", position.step, names.to_vec()).expect("writable");
            while position.step < until {
                position.step += 1;
                let parts = parts(position.step);
                let numbers = StepNumbers { loss: loss(position.step), parts: &parts, learning_rate: 1e-3 };
                curve.add(position, numbers, &mut |_| ()).expect("writable");
            }
        };
        run(whole.path(), &mut TrainPosition::default(), 100);
        let mut position = TrainPosition::default();
        run(parted.path(), &mut position, 33);
        // Saved after 33 steps, killed after 70.
        let text = serde_json::to_string(&position).expect("plain");
        run(parted.path(), &mut position, 70);
        let mut position = serde_json::from_str(&text).expect("just written");
        run(parted.path(), &mut position, 100);
        let read = |folder: &Path| fs::read_to_string(folder.join("x.csv")).expect("it was written");
        assert_eq!(read(whole.path()), read(parted.path()));
        let text = read(whole.path());
        assert_eq!(text.lines().count(), 6);
        assert!(text.lines().all(|row| row.split(',').count() == 6 + names.len()), "{text}");
        let curve = losses(whole.path(), "x");
        assert_eq!(curve.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [20, 40, 60, 80, 100]);
        assert!(curve.iter().is_sorted_by(|(_, before), (_, after)| before > after), "{curve:?}");
        assert_eq!(losses(whole.path(), "none"), []);
    }
}
