//! What is done with the rows of a shard.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use hummingbird_base::CancelToken;
use hummingbird_base::progress::ProgressSink;

use super::error::WorkError;
use crate::manifest::{Row, path_text};
use crate::objects::{LocalCopy, Place, Places};

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
    pub(super) scratch: &'a Path,
    pub(super) made: Vec<String>,
}

impl fmt::Debug for Shard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shard({}, {} rows)", self.number, self.rows.len())
    }
}

impl Shard<'_> {
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

    /// The clip of a row on this machine.
    ///
    /// # Errors
    /// Objects that cannot be had.
    pub fn clip(&self, row: &Row) -> Result<LocalCopy, WorkError> {
        Ok(self.places.local(&self.folder.of_row(row)?, self.cancel)?)
    }
}

/// A stage as a step: a function over rows whose clips are all on this machine.
pub struct RowsStep<F> {
    name: &'static str,
    settings: String,
    stage: F,
}

impl<F> RowsStep<F>
where
    F: FnMut(&mut Vec<Row>, &Path, &CancelToken, &mut (dyn ProgressSink + Send)) -> Result<(), WorkError>,
{
    /// A step of this name whose result depends on the rows and on `settings`. The stage gets the rows, the folder that their paths
    /// are relative to, and whom to tell; it may split rows and take some away.
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
    F: FnMut(&mut Vec<Row>, &Path, &CancelToken, &mut (dyn ProgressSink + Send)) -> Result<(), WorkError>,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn settings(&self) -> String {
        self.settings.clone()
    }

    /// Objects are copied to this machine for as long as the stage runs, and rows have their own paths again after it.
    fn run(&mut self, shard: &mut Shard<'_>) -> Result<(), WorkError> {
        let here = PathBuf::from(".");
        let folder = match shard.folder {
            Place::File(folder) => folder,
            Place::Object(_) => &here,
        };
        let mut rows = std::mem::take(&mut shard.rows);
        let mut copies: BTreeMap<String, LocalCopy> = BTreeMap::new();
        let mut paths: BTreeMap<String, String> = BTreeMap::new();
        for row in rows.iter_mut().filter(|row| row.error.is_none()) {
            let place = match shard.folder.of_row(row) {
                Ok(place) => place,
                Err(error) => {
                    row.error = Some(error.to_string());
                    continue;
                }
            };
            let Place::Object(_) = place else { continue };
            if !copies.contains_key(&row.path) {
                match shard.places.local(&place, shard.cancel).map_err(WorkError::from) {
                    Ok(copy) => drop(copies.insert(row.path.clone(), copy)),
                    Err(error) if error.is_about_one() => {
                        row.error = Some(error.to_string());
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
            let local = path_text(&copies[&row.path], folder);
            paths.insert(local.clone(), std::mem::replace(&mut row.path, local));
        }
        (self.stage)(&mut rows, folder, shard.cancel, shard.progress)?;
        for row in &mut rows {
            if let Some(path) = paths.get(&row.path) {
                row.path.clone_from(path);
            }
        }
        shard.rows = rows;
        Ok(())
    }
}

pub(super) fn stem(number: u64) -> String {
    format!("{number:05}")
}
