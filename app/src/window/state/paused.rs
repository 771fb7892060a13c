//! Jobs that stand still and can go on: those that were stopped or failed. What merely waits is in the queue.

use hummingbird_engine::jobs::journal::{JobKey, JobNote, Standing};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::GenerateRequest;

use super::clips::ResultId;
use super::queue::QueuedJob;
use crate::language::tr;

/// Stopped and failed jobs that are kept; the oldest go first.
const MOST_STOPPED: usize = 24;

/// Why a job stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Its owner stopped it.
    Cancelled,
    /// It failed, for this reason.
    Failed(String),
}

/// A job that stands still.
#[derive(Clone, Debug, PartialEq)]
pub struct PausedJob {
    /// Its identity in the journal.
    pub key: JobKey,
    /// What it makes.
    pub request: GenerateRequest,
    /// The model that makes it.
    pub model: ModelSource,
    /// What is noted of it.
    pub note: JobNote,
    /// Steps that are done and kept.
    pub steps_done: u32,
    /// Why it stands still.
    pub halt: Halt,
}

impl PausedJob {
    /// Where it stands, in words: "at step 7 of 20"; `None` before its first step.
    pub fn place(&self) -> Option<String> {
        let steps = self.request.clip.steps;
        (self.steps_done > 0).then(|| tr!("state-at-step", step = self.steps_done, steps = steps))
    }

    /// How it stands in the journal.
    pub fn standing(&self) -> Standing {
        match &self.halt {
            Halt::Cancelled => Standing::Cancelled,
            Halt::Failed(reason) => Standing::Failed(reason.clone()),
        }
    }
}

/// What is to be written into the journal.
#[derive(Clone, Debug, PartialEq)]
pub enum JournalOrder {
    /// How a job stands.
    Mark(Box<PausedJob>),
    /// A job waits, as it is now.
    Queue(Box<QueuedJob>),
    /// A job was taken out of the queue and can be brought back: after a kill it counts as cancelled.
    Remove(Box<QueuedJob>),
    /// A job begins anew.
    StartAgain(JobKey),
    /// A job is finished or not wanted any more.
    Forget(JobKey),
}

/// All jobs that stand still, in the order in which they were asked for.
#[derive(Clone, Debug, Default)]
pub struct PausedJobs {
    /// The jobs.
    pub jobs: Vec<PausedJob>,
    /// Finished clips that are in no file yet, and their jobs.
    finished: Vec<(ResultId, JobKey)>,
    /// What the journal has not been told yet.
    pub orders: Vec<JournalOrder>,
}

impl PausedJobs {
    /// Puts a job in its place, and says so to the journal.
    pub fn add(&mut self, job: PausedJob) {
        self.orders.push(JournalOrder::Mark(Box::new(job.clone())));
        self.restore(job);
        if self.jobs.len() > MOST_STOPPED
            && let Some(oldest) = self.jobs.first().map(|job| job.key)
        {
            self.drop(oldest);
        }
    }

    /// Puts a job in its place that stands in the journal as it is.
    pub fn restore(&mut self, job: PausedJob) {
        self.jobs.retain(|other| other.key != job.key);
        let place = self.jobs.partition_point(|other| other.key < job.key);
        self.jobs.insert(place, job);
    }

    /// A job.
    pub fn get(&self, key: JobKey) -> Option<&PausedJob> {
        self.jobs.iter().find(|job| job.key == key)
    }

    /// Takes a job out that goes on.
    pub fn take(&mut self, key: JobKey) -> Option<PausedJob> {
        let index = self.jobs.iter().position(|job| job.key == key)?;
        Some(self.jobs.remove(index))
    }

    /// Drops a job.
    pub fn drop(&mut self, key: JobKey) {
        if self.take(key).is_some() {
            self.orders.push(JournalOrder::Forget(key));
        }
    }

    /// A job is finished, and its clip is in no file yet.
    pub fn finished(&mut self, clip: ResultId, key: JobKey) {
        self.finished.push((clip, key));
    }

    /// The job of a finished clip that is in no file yet.
    pub fn job_of(&self, clip: ResultId) -> Option<JobKey> {
        self.finished.iter().find(|(other, _)| *other == clip).map(|&(_, key)| key)
    }

    /// A finished clip is a file: the journal can forget its job.
    pub fn is_file(&mut self, clip: ResultId) {
        let (orders, finished) = (&mut self.orders, &mut self.finished);
        let keys = finished.extract_if(.., |(other, _)| *other == clip);
        orders.extend(keys.map(|(_, key)| JournalOrder::Forget(key)));
    }
}
