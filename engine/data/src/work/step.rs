//! What is done with the rows of a shard.

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use hummingbird_base::progress::ProgressSink;
use hummingbird_base::{Action, CancelToken};

use super::error::WorkError;
use crate::clips::Clips;
use crate::manifest::Row;
use crate::objects::{LocalCopy, Place, Places};

/// Where files lie that outlive an attempt.
const KEPT: &str = ".hummingbird-kept";

/// A stage of the pipeline as a part of `data work`.
///
/// The same rows give the same result, whatever is there from an earlier attempt: neither times nor random numbers go into it.
pub trait Step {
    /// What `--steps` calls it.
    fn name(&self) -> &'static str;

    /// All that its result depends on besides the rows: limits, hashes of models. A shard that was made with others is told apart by it.
    fn settings(&self) -> String {
        String::new()
    }

    /// Does it. A clip that cannot be read gets its error and the rest goes on.
    ///
    /// # Errors
    /// What stops the whole shard.
    fn run(&mut self, shard: &mut Shard<'_>) -> Result<(), WorkError>;
}

/// A shard while steps work on it.
pub struct Shard<'a> {
    /// Its number.
    pub number: u64,
    /// Its rows.
    pub rows: Vec<Row>,
    /// The folder that their paths are relative to.
    pub folder: &'a Place,
    /// How objects come to this machine.
    pub places: &'a Places,
    /// Asks to stop.
    pub cancel: &'a CancelToken,
    /// Is told how far the step is.
    pub progress: &'a mut (dyn ProgressSink + Send),
    pub(super) out: &'a Place,
    pub(super) scratch: &'a Path,
    pub(super) made: Vec<String>,
}

impl fmt::Debug for Shard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shard({}, {} rows)", self.number, self.rows.len())
    }
}

impl<'a> Shard<'a> {
    /// What the names of its files begin with: `00042`.
    pub fn stem(&self) -> String {
        stem(self.number)
    }

    /// A file of the shard that the step writes, such as `00042.tar` for `tar`; it takes its place when all steps are done.
    pub fn file(&mut self, ending: &str) -> PathBuf {
        let name = format!("{}.{ending}", self.stem());
        let path = self.scratch.join(&name);
        if !self.made.contains(&name) {
            self.made.push(name);
        }
        path
    }

    /// A folder for files that go when the shard is finished.
    pub fn scratch(&self) -> &Path {
        self.scratch
    }

    /// A hidden file beside the output, for what is to outlive an attempt that is killed; for an output in a store it is in
    /// [`Self::scratch`], and does not.
    ///
    /// # Errors
    /// Folders that cannot be made.
    pub fn kept_file(&self, name: &str) -> Result<PathBuf, WorkError> {
        let Place::File(out) = self.out else { return Ok(self.scratch.join(name)) };
        let folder = out.join(KEPT);
        fs::create_dir_all(&folder).map_err(WorkError::io(Action::MakeFolder, &folder))?;
        Ok(folder.join(format!("{}.{name}", self.stem())))
    }

    /// The clips of its rows, wherever they are: for stages.
    pub fn clips(&self) -> Clips<'a> {
        Clips::at(self.folder.clone(), self.places)
    }

    /// The clip of a row on this machine.
    ///
    /// # Errors
    /// Objects that cannot be had.
    pub fn clip(&self, row: &Row) -> Result<LocalCopy, WorkError> {
        Ok(self.places.local(&self.folder.of_row(row)?, self.cancel)?)
    }
}

/// A stage as a step: a function over rows.
pub struct RowsStep<F> {
    name: &'static str,
    settings: String,
    stage: F,
}

impl<F> RowsStep<F>
where
    F: FnMut(&mut Vec<Row>, &Clips<'_>, &CancelToken, &mut (dyn ProgressSink + Send)) -> Result<(), WorkError>,
{
    /// A step of this name whose result depends on the rows and on `settings`. The stage gets the rows, their clips,
    /// and whom to tell; it may split rows and take some away.
    pub fn new(name: &'static str, settings: String, stage: F) -> Self {
        Self { name, settings, stage }
    }
}

impl<F> fmt::Debug for RowsStep<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowsStep({}, {:?})", self.name, self.settings)
    }
}

impl<F> Step for RowsStep<F>
where
    F: FnMut(&mut Vec<Row>, &Clips<'_>, &CancelToken, &mut (dyn ProgressSink + Send)) -> Result<(), WorkError>,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn settings(&self) -> String {
        self.settings.clone()
    }

    fn run(&mut self, shard: &mut Shard<'_>) -> Result<(), WorkError> {
        let clips = shard.clips();
        (self.stage)(&mut shard.rows, &clips, shard.cancel, shard.progress)
    }
}

pub(super) fn stem(number: u64) -> String {
    format!("{number:05}")
}
