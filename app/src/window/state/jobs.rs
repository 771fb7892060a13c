//! Jobs: what the engine prepares, what waits, what runs and how far it is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::{JobId, JobProgress, Preview, Stage};
use hummingbird_engine::jobs::journal::JobKey;
use hummingbird_engine::request::GenerateRequest;

use super::queue::QueuedJob;

/// What the engine does before any job, so that the first one starts at once.
#[derive(Clone, Copy, Debug)]
pub struct Preparing {
    /// The engine's number.
    pub id: JobId,
    /// How far it is.
    pub progress: Option<JobProgress>,
}

/// A job that waits.
#[derive(Clone, Debug)]
pub struct WaitingJob {
    /// The engine's number.
    pub id: JobId,
    /// Its identity in the journal and the steps that were done when it was queued; `None` for a job that is kept in none.
    pub kept: Option<(JobKey, u32)>,
    /// The job of the queue that it was.
    pub queued: Option<Box<QueuedJob>>,
    /// What it will make.
    pub request: GenerateRequest,
}

/// The job that runs.
#[derive(Clone, Debug)]
pub struct RunningJob {
    /// The engine's number.
    pub id: JobId,
    /// As that of the waiting job.
    pub kept: Option<(JobKey, u32)>,
    /// As that of the waiting job.
    pub queued: Option<Box<QueuedJob>>,
    /// What its steps took.
    pub sampling: Sampling,
    /// What it makes.
    pub request: GenerateRequest,
    /// Device and why it was chosen.
    pub device: String,
    /// How far it is.
    pub progress: Option<JobProgress>,
    /// When that was heard, in seconds of the window's clock.
    pub heard_secs: f64,
    /// Whether it was asked to stop.
    pub cancelling: bool,
    /// Where its final latent was kept, once it was.
    pub latent: Option<PathBuf>,
}

/// What the steps of a job took so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sampling {
    /// Steps that were done when it began, and when that was, in seconds of the job.
    first: Option<(u32, f32)>,
    /// Steps that were done when the last one was heard of.
    last: (u32, f32),
}

impl Sampling {
    /// How many steps were heard of, and their seconds.
    pub fn took(&self) -> (u32, f32) {
        let (done, since) = self.first.unwrap_or(self.last);
        (self.last.0.saturating_sub(done), self.last.1 - since)
    }

    fn note(&mut self, progress: &JobProgress) {
        if progress.stage == Stage::Denoise {
            self.last = (progress.done, progress.elapsed_secs);
            self.first.get_or_insert(self.last);
        }
    }
}

/// Where a job goes that the engine was asked to let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// Before the others of the queue: it goes on when the queue does.
    Front,
    /// Behind the others.
    End,
}

/// The newest preview of the running job.
#[derive(Clone, Debug)]
pub struct LiveClip {
    /// Its job.
    pub job: JobId,
    /// All frames.
    pub frames: Arc<Frames>,
    /// Sampler steps that it shows.
    pub step: u32,
    /// Frames of the final decode that it holds.
    pub decoded_frames: u32,
    /// Counts previews, so that textures notice a new one.
    pub revision: u64,
}

/// Everything that the engine has in hand.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    /// What the engine does before any job.
    pub preparing: Option<Preparing>,
    /// Jobs that wait, in order.
    pub waiting: Vec<WaitingJob>,
    /// The job that runs.
    pub running: Option<RunningJob>,
    /// The newest preview of the running job.
    pub live: Option<LiveClip>,
    /// Jobs that go back to the queue once the engine has let go of them.
    pub returning: BTreeMap<JobId, Return>,
    revisions: u64,
}

impl Jobs {
    /// Whether a job runs or waits.
    pub fn busy(&self) -> bool {
        self.running.is_some() || !self.waiting.is_empty()
    }

    /// Jobs that run or wait.
    pub fn count(&self) -> usize {
        usize::from(self.running.is_some()) + self.waiting.len()
    }

    /// The running job, if it has this number.
    pub fn running(&mut self, job: JobId) -> Option<&mut RunningJob> {
        self.running.as_mut().filter(|running| running.id == job)
    }

    /// What a job makes.
    pub fn request_of(&self, job: JobId) -> Option<&GenerateRequest> {
        let running = self.running.iter().map(|running| (running.id, &running.request));
        let waiting = self.waiting.iter().map(|waiting| (waiting.id, &waiting.request));
        running.chain(waiting).find(|(id, _)| *id == job).map(|(_, request)| request)
    }

    /// The job that Cancel means: the one that runs, or the first that waits.
    pub fn first(&self) -> Option<JobId> {
        let running = self.running.as_ref().map(|running| running.id);
        running.or(self.waiting.first().map(|waiting| waiting.id))
    }

    /// All jobs in the order in which they are cancelled: the queue first, or the next one would start for a moment.
    pub fn in_order_of_cancelling(&self) -> Vec<JobId> {
        let running = self.running.iter().map(|running| running.id);
        self.waiting.iter().map(|waiting| waiting.id).chain(running).collect()
    }

    /// The engine prepares itself under this number.
    pub fn prepare(&mut self, id: JobId) {
        self.preparing = Some(Preparing { id, progress: None });
    }

    /// A job was queued.
    pub fn queue(&mut self, id: JobId, request: GenerateRequest) {
        if !self.busy() {
            self.live = None;
        }
        self.waiting.push(WaitingJob { id, kept: None, queued: None, request });
    }

    /// A job that was just queued was this one of the window's queue.
    pub fn set_queued(&mut self, job: JobId, queued: QueuedJob) {
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.id == job) {
            waiting.kept = queued.key.map(|key| (key, queued.steps_done));
            waiting.queued = Some(Box::new(queued));
        }
    }

    /// The job of the queue that a job of the engine was.
    pub fn queued_of(&self, job: JobId) -> Option<&QueuedJob> {
        let running = self.running.iter().map(|running| (running.id, &running.queued));
        let waiting = self.waiting.iter().map(|waiting| (waiting.id, &waiting.queued));
        running.chain(waiting).find(|(id, _)| *id == job).and_then(|(_, queued)| queued.as_deref())
    }

    fn kept_of(&self, job: JobId) -> Option<(JobKey, u32)> {
        let running = self.running.iter().map(|running| (running.id, running.kept));
        let waiting = self.waiting.iter().map(|waiting| (waiting.id, waiting.kept));
        running.chain(waiting).find(|(id, _)| *id == job).and_then(|(_, kept)| kept)
    }

    /// A job's identity in the journal.
    pub fn key_of(&self, job: JobId) -> Option<JobKey> {
        self.kept_of(job).map(|(key, _)| key)
    }

    /// Steps of a job that were done when it was queued.
    pub fn steps_before(&self, job: JobId) -> u32 {
        self.kept_of(job).map_or(0, |(_, steps)| steps)
    }

    /// A waiting job started on `device`, heard of at `now_secs` of the window's clock.
    pub fn start(&mut self, job: JobId, device: String, now_secs: f64) {
        let Some(index) = self.waiting.iter().position(|waiting| waiting.id == job) else { return };
        let WaitingJob { request, kept, queued, .. } = self.waiting.remove(index);
        self.live = None;
        self.running = Some(RunningJob {
            id: job,
            kept,
            queued,
            sampling: Sampling::default(),
            request,
            device,
            progress: None,
            heard_secs: now_secs,
            cancelling: false,
            latent: None,
        });
    }

    /// A job or a preparation made progress.
    pub fn progress(&mut self, job: JobId, progress: JobProgress, now_secs: f64) {
        if let Some(preparing) = self.preparing.as_mut().filter(|preparing| preparing.id == job) {
            preparing.progress = Some(progress);
        }
        if let Some(running) = self.running(job) {
            running.sampling.note(&progress);
            (running.progress, running.heard_secs) = (Some(progress), now_secs);
        }
    }

    /// Takes a preview; false where its job does not run any more.
    pub fn preview(&mut self, preview: Preview) -> bool {
        let Preview { job, frames, step, decoded_frames } = preview;
        if self.running(job).is_none() {
            return false;
        }
        self.revisions += 1;
        self.live = Some(LiveClip { job, frames, step, decoded_frames, revision: self.revisions });
        true
    }

    /// Takes an ended job out; whether it was the one that ran.
    pub fn end(&mut self, job: JobId) -> bool {
        let ran = self.running(job).is_some();
        self.returning.remove(&job);
        self.waiting.retain(|waiting| waiting.id != job);
        if ran {
            (self.running, self.live) = (None, None);
        }
        ran
    }

    /// The engine has gone, and all its jobs with it.
    pub fn clear(&mut self) {
        let revisions = self.revisions;
        *self = Self { revisions, ..Self::default() };
    }
}
