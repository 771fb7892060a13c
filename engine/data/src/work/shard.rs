//! One shard from beginning to end.

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use hummingbird_base::progress::ProgressSink;
use hummingbird_base::{Action, CancelToken, FileLock, files};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::error::WorkError;
use super::plan::Plan;
use super::step::{Shard, Step, stem};
use crate::manifest::{self, ManifestError, Row};
use crate::objects::{Place, Places};

/// Changes when the same rows and steps give other bytes.
const VERSION: u32 = 1;
/// Most bytes of `00042_stats.json`.
const MOST_STATS_BYTES: u64 = 1 << 20;
/// Where locks lie in an output folder.
const LOCKS: &str = ".hummingbird-locks";

/// Whether a shard was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was made now.
    Done,
    /// It was there.
    Skipped,
}

/// What became of a shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShardReport {
    /// Its number.
    pub shard: u64,
    /// Whether it was made.
    pub status: Outcome,
    /// What it holds.
    #[serde(flatten)]
    pub counts: Counts,
    /// Where it is.
    pub out: String,
}

/// What a shard holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows.
    pub count: u64,
    /// Rows that are not dropped and have no error.
    pub successes: u64,
    /// Rows with an error.
    pub failed: u64,
    /// Its files, by name.
    pub files: Vec<String>,
}

/// What `00042_stats.json` says: counts by the names that video2dataset has for them, and no times, so that it is the same twice.
#[derive(Debug, Serialize, Deserialize)]
struct Stats {
    #[serde(flatten)]
    counts: Counts,
    steps: Vec<String>,
    /// Hash of the rows and steps that it was made from.
    work: String,
}

/// Makes a shard of a plan, or finds that it is there.
///
/// # Errors
/// [`WorkError`]; whatever it is, nothing half is left that counts.
pub fn run(
    plan: &Plan,
    number: u64,
    steps: &mut [Box<dyn Step>],
    out: &Place,
    places: &Places,
    cancel: &CancelToken,
    progress: &mut (dyn ProgressSink + Send),
) -> Result<ShardReport, WorkError> {
    let rows = plan.rows(number)?;
    let work = fingerprint(number, &rows, steps);
    let stats_name = format!("{}_stats.json", stem(number));
    let stats_place = out.join(&stats_name)?;
    let _lock = lock(out, number)?;
    let report = |status, counts| ShardReport { shard: number, status, counts, out: out.to_string() };
    if let Some(stats) = finished(out, &stats_place, places, cancel)? {
        if stats.work != work {
            return Err(WorkError::OtherWork { path: stats_place.to_string().into() });
        }
        return Ok(report(Outcome::Skipped, stats.counts));
    }
    let scratch = Scratch::make(out, number, places)?;
    let folder = scratch.path();
    let mut shard =
        Shard { number, rows, folder: &plan.folder, places, cancel, progress, out, scratch: folder, made: Vec::new() };
    for step in steps.iter_mut() {
        cancel.check()?;
        step.run(&mut shard)?;
    }
    cancel.check()?;
    let table = shard.file("parquet");
    let Shard { mut rows, made, .. } = shard;
    for row in &mut rows {
        row.path = plan.folder.of_row(row)?.text(out);
    }
    manifest::write(&table, &rows).map_err(no_room)?;
    let count = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count() as u64;
    let counts = Counts {
        count: rows.len() as u64,
        successes: count(|row| row.error.is_none() && row.keep != Some(false)),
        failed: count(|row| row.error.is_some()),
        files: made.clone(),
    };
    let steps = steps.iter().map(|step| step.name().to_owned()).collect();
    let stats = Stats { counts: counts.clone(), steps, work };
    let path = folder.join(&stats_name);
    let text = serde_json::to_vec_pretty(&stats).map_err(io::Error::other);
    text.and_then(|text| files::replace(&path, &text)).map_err(WorkError::io(Action::Write, &path))?;
    // The last one says that all are there.
    for name in made.iter().chain([&stats_name]) {
        let from = folder.join(name);
        match &out.join(name)? {
            Place::File(to) => files::rename(&from, to).map_err(WorkError::io(Action::RenameFinished, to))?,
            Place::Object(to) => drop(places.store()?.send(&from, to, cancel)?),
        }
    }
    Ok(report(Outcome::Done, counts))
}

/// A manifest that could not be written because the disk is full says so.
pub(crate) fn no_room(error: ManifestError) -> WorkError {
    match error {
        ManifestError::Write { path, source } if source.kind() == ErrorKind::StorageFull => WorkError::NoRoom { path },
        other => other.into(),
    }
}

/// What tells work apart: rows, steps and what steps depend on. The folder of the plan does not count, so that a plan may be moved.
fn fingerprint(number: u64, rows: &[Row], steps: &[Box<dyn Step>]) -> String {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(&VERSION.to_le_bytes());
    add(&number.to_le_bytes());
    for step in steps {
        add(step.name().as_bytes());
        add(step.settings().as_bytes());
    }
    for row in rows {
        add(&serde_json::to_vec(row).unwrap_or_default());
    }
    hex(&hash.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The right to make a shard. Stores have no locks: two who make the same shard there write the same bytes.
fn lock(out: &Place, number: u64) -> Result<Option<FileLock>, WorkError> {
    let Place::File(folder) = out else { return Ok(None) };
    fs::create_dir_all(folder).map_err(WorkError::io(Action::MakeFolder, folder))?;
    let path = folder.join(LOCKS).join(stem(number));
    match FileLock::try_at(&path).map_err(WorkError::io(Action::Lock, &path))? {
        Some(lock) => Ok(Some(lock)),
        None => Err(WorkError::Busy { shard: number, path: folder.clone() }),
    }
}

/// What a finished shard says of itself. One that cannot be read, or of which a file is gone, is made again.
fn finished(out: &Place, place: &Place, places: &Places, cancel: &CancelToken) -> Result<Option<Stats>, WorkError> {
    if !places.exists(place, cancel)? {
        return Ok(None);
    }
    let path = places.local(place, cancel)?;
    let mut text = Vec::new();
    let file = fs::File::open(&*path).map_err(WorkError::io(Action::Open, &path))?;
    file.take(MOST_STATS_BYTES).read_to_end(&mut text).map_err(WorkError::io(Action::Read, &path))?;
    let Ok(stats) = serde_json::from_slice::<Stats>(&text) else { return Ok(None) };
    for name in &stats.counts.files {
        if name.contains(['/', '\\']) || !places.exists(&out.join(name)?, cancel)? {
            return Ok(None);
        }
    }
    Ok(Some(stats))
}

/// A folder for what is not finished.
enum Scratch {
    /// Beside the output, so that files can be renamed, and of a fixed name, so that what a killed process left goes with the next
    /// attempt; whoever holds the lock owns it.
    Beside(PathBuf),
    Elsewhere(TempDir),
}

impl Scratch {
    fn make(out: &Place, number: u64, places: &Places) -> Result<Self, WorkError> {
        match out {
            Place::File(folder) => {
                let path = folder.join(format!(".hummingbird-{}.work", stem(number)));
                match fs::remove_dir_all(&path) {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        return Err(WorkError::io(Action::Remove, &path)(error));
                    }
                    _ => {}
                }
                fs::create_dir(&path).map_err(WorkError::io(Action::MakeFolder, &path))?;
                Ok(Self::Beside(path))
            }
            Place::Object(_) => {
                let folder = places.scratch();
                let made = tempfile::Builder::new().prefix(".hummingbird-").tempdir_in(&folder);
                made.map(Self::Elsewhere).map_err(WorkError::io(Action::CreateInFolder, &folder))
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Beside(path) => path,
            Self::Elsewhere(folder) => folder.path(),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Self::Beside(path) = self
            && let Err(error) = fs::remove_dir_all(&*path)
        {
            log::warn!("{} could not be removed: {error}", path.display());
        }
    }
}
