//! How far the run of a queue file is, in a folder beside the file: what each job is exactly, where its clip goes, and the steps of
//! the one that is being made. A later run goes on from there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use hummingbird_engine::FileLock;
use hummingbird_engine::jobs::grid::GridCell;
use hummingbird_engine::jobs::journal::{Journal, JournalEntry, Opened, StepKeeper};
use hummingbird_engine::kept::{self, Kept, Read};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::GenerateRequest;
use serde::{Deserialize, Serialize};

/// The jobs of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Of the file's bytes and of what else the plan was made of.
    pub fingerprint: String,
    /// The jobs, in order.
    pub jobs: Vec<PlannedJob>,
}

impl Kept for Plan {}

/// A job with everything decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlannedJob {
    /// Its name.
    pub name: String,
    /// The model as the file names it; `None` is that of the command line.
    pub model: Option<String>,
    /// What it makes; its seed is drawn.
    pub request: Option<GenerateRequest>,
    /// Where its clip goes.
    pub output: PathBuf,
    /// The cell of a grid that it makes.
    pub cell: Option<GridCell>,
    /// Whether its clip is there.
    pub is_done: bool,
}

/// The folder of a run, held by one process.
pub struct RunFolder {
    path: PathBuf,
    journal: Journal,
    entries: Vec<JournalEntry>,
    lock: FileLock,
}

impl RunFolder {
    /// That of a queue file.
    ///
    /// # Errors
    /// When another process runs the file, and when the folder cannot be written.
    pub fn open(file: &Path) -> anyhow::Result<Self> {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".run");
        let path = file.with_file_name(name);
        fs::create_dir_all(&path).with_context(|| format!("cannot create the folder {path:?}"))?;
        let lock = FileLock::try_at(&path.join(".lock")).with_context(|| format!("cannot lock {path:?}"))?;
        let Some(lock) = lock else { anyhow::bail!("{file:?} is being run already") };
        let Opened { journal, entries, set_aside } = Journal::open(&path.join("journal"), Arc::new(|| ()))?;
        for damaged in set_aside {
            log::warn!("a file of the run is damaged and was not used: it is kept as {damaged:?}");
        }
        Ok(Self { path, journal, entries, lock })
    }

    /// What a run of before has planned, if it is of the same file.
    ///
    /// # Errors
    /// When a newer version wrote it.
    pub fn plan(&self, fingerprint: &str) -> anyhow::Result<Option<Plan>> {
        let Read { value: plan, damage } = kept::read::<Plan>(&self.plan_file())?;
        let is_usable = damage.is_none() && plan.fingerprint == fingerprint && !plan.jobs.is_empty();
        Ok(is_usable.then_some(plan))
    }

    /// Keeps a plan.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, plan: &Plan) -> anyhow::Result<()> {
        kept::write(&self.plan_file(), plan)?;
        Ok(())
    }

    /// Where the steps of a job are kept: those of a run of before, where there are some.
    pub fn keeper(&mut self, request: &GenerateRequest, model: &ModelSource) -> StepKeeper {
        match self.entries.iter().position(|entry| entry.request == *request && entry.model == *model) {
            Some(index) => self.journal.keeper(self.entries.remove(index).key),
            None => self.journal.add(request, model),
        }
    }

    /// A job is done.
    pub fn forget(&self, keeper: &StepKeeper) {
        self.journal.forget(keeper.key());
    }

    /// What went wrong with keeping steps.
    ///
    /// # Errors
    /// That.
    pub fn check(&self) -> anyhow::Result<()> {
        self.journal.flush();
        self.journal.trouble().map_or(Ok(()), |error| Err(error.into()))
    }

    /// All is done: the folder goes.
    ///
    /// # Errors
    /// When something of it cannot be removed.
    pub fn remove(self) -> anyhow::Result<()> {
        let Self { path, journal, lock, .. } = self;
        ensure!(path.extension().is_some_and(|ending| ending == "run"), "{path:?} is no folder of a run");
        drop(journal);
        fs::remove_dir_all(path.join("journal")).with_context(|| format!("cannot remove what is in {path:?}"))?;
        fs::remove_file(path.join(PLAN)).with_context(|| format!("cannot remove what is in {path:?}"))?;
        // Where locks are kept open files, one that is held cannot be removed.
        drop(lock);
        fs::remove_file(path.join(".lock")).with_context(|| format!("cannot remove what is in {path:?}"))?;
        // What somebody else has put there stays.
        fs::remove_dir(&path).ok();
        Ok(())
    }

    fn plan_file(&self) -> PathBuf {
        self.path.join(PLAN)
    }
}

/// Name of the plan.
const PLAN: &str = "plan.json";

/// Tells one content from another; nobody is to be kept from making two that it takes for one (FNV-1a, 64 bits).
pub fn fingerprint(parts: &[&[u8]]) -> String {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.iter().chain(&[0])) {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    }
    format!("{sum:016x}")
}
