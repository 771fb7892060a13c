//! The journal: jobs that wait, run or were stopped, kept so that they survive the process whatever ends it.
//!
//! Each job is two files: `KEY.json`, what was asked for and how it stands, and `KEY.safetensors`, what its last finished step
//! left. Each process has a folder of its own with a lock in it; the next start takes over the folders of processes that are
//! gone (`folder`). A thread of its own writes (`writer`): neither the window nor the compute thread waits for a disk. Not
//! here: finished clips, and who decides what goes on. Begin with [`Journal::open`].

mod folder;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

use hummingbird_base::kept::Kept;
use serde::{Deserialize, Serialize};

use self::folder::SessionFolder;
use self::writer::{Order, Writer};
use crate::jobs::error::{EngineError, WriteError};
use crate::jobs::grid::GridCell;
use crate::jobs::latents::KeptLatent;
use crate::jobs::request::GenerateRequest;
use crate::jobs::worker::Wake;
use crate::model::ModelSource;

/// Identity of a job in every journal of a user; later jobs have larger ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobKey(u64);

impl fmt::Display for JobKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:020}", self.0)
    }
}

impl JobKey {
    /// Its place among others, where nothing else says one: jobs that were asked for later come later.
    pub fn place(self) -> u64 {
        self.0
    }

    fn of_name(name: &str) -> Option<Self> {
        let is_ours = name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit());
        name.parse().ok().filter(|_| is_ours).map(Self)
    }
}

/// How a job of the journal stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It waits or runs.
    #[default]
    Queued,
    /// Its owner stopped it.
    Cancelled,
    /// It failed, for this reason.
    Failed(String),
}

/// What is noted of a job beside what was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobNote {
    /// Its name; empty where its prompt says enough.
    pub name: String,
    /// Its place among others; `None` is that of its key ([`JobKey::place`]).
    pub place: Option<u64>,
    /// The cell of a grid that it makes.
    pub cell: Option<GridCell>,
}

/// A job of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// Its identity.
    pub key: JobKey,
    /// What was asked for.
    pub request: GenerateRequest,
    /// The model that makes it.
    pub model: ModelSource,
    /// How it stands.
    pub standing: Standing,
    /// What is noted of it.
    pub note: JobNote,
    /// Steps that are done and kept.
    pub steps_done: u32,
}

impl JournalEntry {
    /// Its place among others.
    pub fn place(&self) -> (u64, JobKey) {
        (self.note.place.unwrap_or(self.key.place()), self.key)
    }
}

/// The file of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct JobFile {
    request: Option<GenerateRequest>,
    /// The model's file; `None` is the embedded model.
    model: Option<PathBuf>,
    standing: Standing,
    note: JobNote,
    /// The file that its finished clip is being written to.
    clip: Option<PathBuf>,
}

impl Kept for JobFile {}

/// What is found when a journal is opened.
pub struct Opened {
    /// The journal of this process.
    pub journal: Journal,
    /// Jobs of processes that are gone, in the order of their places.
    pub entries: Vec<JournalEntry>,
    /// Files that could not be read, under the names that they were given.
    pub set_aside: Vec<PathBuf>,
}

/// The journal of this process. Copies are the same journal.
#[derive(Clone)]
pub struct Journal {
    writer: Arc<Writer>,
    /// The last key that was given.
    last: Arc<AtomicU64>,
}

impl Journal {
    /// Opens a journal in the folder of all journals, and takes over what processes that are gone have left there. `wake` is
    /// called when there is [`Journal::trouble`].
    ///
    /// # Errors
    /// `Io` when the folder cannot be written.
    pub fn open(folder: &Path, wake: Wake) -> Result<Opened, EngineError> {
        let session = SessionFolder::open(folder)?;
        let (entries, set_aside) = session.read()?;
        let last = entries.iter().map(|entry| entry.key.0).max().unwrap_or_default();
        let journal = Self { writer: Arc::new(Writer::start(session, wake)?), last: Arc::new(AtomicU64::new(last)) };
        Ok(Opened { journal, entries, set_aside })
    }

    /// Puts a job at the end. Its steps go into the keeper that comes back.
    pub fn add(&self, request: &GenerateRequest, model: &ModelSource) -> StepKeeper {
        self.add_noted(request, model, &JobNote::default())
    }

    /// As [`Journal::add`], with a note.
    pub fn add_noted(&self, request: &GenerateRequest, model: &ModelSource, note: &JobNote) -> StepKeeper {
        let key = self.next_key();
        self.mark(key, request, model, Standing::Queued, note);
        self.keeper(key)
    }

    /// The keeper of a job that stands in the journal.
    pub fn keeper(&self, key: JobKey) -> StepKeeper {
        StepKeeper { key, writer: Arc::clone(&self.writer) }
    }

    /// Says how a job stands now.
    pub fn mark(
        &self,
        key: JobKey,
        request: &GenerateRequest,
        model: &ModelSource,
        standing: Standing,
        note: &JobNote,
    ) {
        let model = match model {
            ModelSource::Embedded => None,
            ModelSource::File(path) => Some(path.clone()),
        };
        let (request, note) = (Some(request.clone()), note.clone());
        self.writer.send(Order::Job(key, Box::new(JobFile { request, model, standing, note, clip: None })));
    }

    /// Drops the steps of a job: it begins anew.
    pub fn start_again(&self, key: JobKey) {
        self.writer.send(Order::DropSteps(key));
    }

    /// Drops a job with all that was kept of it.
    pub fn forget(&self, key: JobKey) {
        self.writer.send(Order::Forget(key));
    }

    /// Waits until everything is on the disk.
    pub fn flush(&self) {
        self.writer.flush();
    }

    /// What went wrong with writing since the last call; the first of several.
    pub fn trouble(&self) -> Option<EngineError> {
        self.writer.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The time, so that keys of several processes seldom meet; but always more than the last one.
    fn next_key(&self) -> JobKey {
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let next = |last: u64| now.max(last.saturating_add(1));
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        JobKey(before.map_or(now, next))
    }
}

/// Where the steps of one job go, and come from.
#[derive(Clone)]
pub struct StepKeeper {
    key: JobKey,
    writer: Arc<Writer>,
}

impl StepKeeper {
    /// The job.
    pub fn key(&self) -> JobKey {
        self.key
    }

    /// Keeps what a finished step left. Returns at once; where steps come faster than the disk takes them, the last one counts.
    pub(crate) fn keep(&self, steps_done: u32, latent: &KeptLatent) {
        self.writer.keep(self.key, steps_done, latent.clone());
    }

    /// Says to which file the finished clip is being written; `None`: to none any more. Where that file is there at the next start, the job
    /// is done, and does not come back. Returns when it is on the disk, so that the file cannot come first.
    pub fn clip_goes_to(&self, path: Option<&Path>) {
        // A name that is no Unicode is not kept: such a clip may be made twice.
        let path = path.filter(|path| path.to_str().is_some()).and_then(|path| std::path::absolute(path).ok());
        self.writer.send(Order::Clip(self.key, path));
        self.writer.flush();
    }

    /// The last step that was kept, and what it left.
    pub(crate) fn last(&self) -> Option<(u32, KeptLatent)> {
        self.writer.last(self.key)
    }
}

fn io(action: hummingbird_base::Action, path: &Path) -> impl FnOnce(std::io::Error) -> EngineError + use<'_> {
    move |source| WriteError::Io { action, path: path.to_owned(), source }.into()
}
