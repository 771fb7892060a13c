//! Jobs as their owner sees them: a handle, events, a preview slot, a cancel token.
//!
//! The worker's side is `worker.rs`. Start reading at [`EngineHandle`](crate::jobs::worker::EngineHandle).

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub use hummingbird_base::{CancelToken, Cancelled, Detail};
pub use hummingbird_pipeline::progress::{Stage, Warning};

use crate::jobs::error::EngineError;
use crate::jobs::request::GenerateRequest;
use crate::memory::{JobNeed, JobUse};
use crate::pipeline::handoff::Frames;

/// Identity of a job, unique within one engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Progress of a job by the clock of that job.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JobProgress {
    /// The stage that is running.
    pub stage: Stage,
    /// Units of that stage that are done (steps, frames).
    pub done: u32,
    /// Units of that stage in all.
    pub total: u32,
    /// Seconds since the job started.
    pub elapsed_secs: f32,
    /// Estimated seconds until the whole job is done, once there is something to estimate from.
    pub eta_secs: Option<f32>,
}

/// A clip as it looks after some step, or after some of its frames were decoded.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The job that it belongs to.
    pub job: JobId,
    /// All frames of the clip; frames that are not decoded yet show the last step's preview.
    pub frames: Arc<Frames>,
    /// Sampler steps that it shows.
    pub step: u32,
    /// Frames of the final decode that it holds; 0 while sampling.
    pub decoded_frames: u32,
}

/// The decoder that made a clip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UsedDecoder {
    /// That of the model's autoencoder.
    #[default]
    Full,
    /// A tiny one.
    Tiny {
        /// Its name.
        name: String,
        /// SHA-256 of its file, lower-case hexadecimal.
        sha256: String,
    },
}

/// A finished clip with all that is needed to make it again.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The frames.
    pub frames: Arc<Frames>,
    /// The request, with the seed that was used.
    pub request: GenerateRequest,
    /// Name of the model.
    pub model_name: String,
    /// SHA-256 of the model file, lower-case hexadecimal.
    pub model_sha256: String,
    /// What decoded it: the full decoder also where a tiny one was asked for that could not be used.
    pub decoder: UsedDecoder,
    /// Name of the device that computed it.
    pub device_name: String,
    /// What it was to hold in memory of the device.
    pub memory_need: JobNeed,
    /// What it did hold in memory of the processor; zeros in programs that do not count.
    pub memory_use: JobUse,
    /// Where the final latent was kept for "decode again", if it could be written.
    pub latent_path: Option<PathBuf>,
    /// Seconds from start to end.
    pub elapsed_secs: f32,
    /// Seconds from start to the first preview.
    pub first_preview_secs: Option<f32>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// What a job tells its owner. Previews do not travel here but in the [`PreviewSlot`], where the latest wins.
#[derive(Debug)]
pub enum Event {
    /// The job left the queue.
    Started {
        /// The job.
        job: JobId,
        /// Name of the device.
        device: String,
        /// Why it was chosen.
        reason: Detail,
    },
    /// What [`prepare`](crate::jobs::worker::EngineHandle::prepare) asked for is done, or could not be: then the next job says why.
    Prepared {
        /// The preparation.
        job: JobId,
    },
    /// What the job will hold in memory, before it starts.
    Planned {
        /// The job.
        job: JobId,
        /// How much, stage by stage.
        need: JobNeed,
    },
    /// The job got on.
    Progress {
        /// The job.
        job: JobId,
        /// How far.
        progress: JobProgress,
    },
    /// The [`PreviewSlot`] holds something new.
    PreviewReady {
        /// The job.
        job: JobId,
    },
    /// The final latent was kept: from here on [`decode_again`](crate::jobs::worker::EngineHandle::decode_again) can make the
    /// clip, whatever happens to the job.
    LatentKept {
        /// The job.
        job: JobId,
        /// The latent's file.
        path: PathBuf,
    },
    /// Survivable trouble.
    Warning {
        /// The job.
        job: JobId,
        /// What happened.
        warning: Warning,
    },
    /// The job is done.
    Done {
        /// The job.
        job: JobId,
        /// The clip.
        outcome: Box<Outcome>,
    },
    /// The job failed; the engine goes on with the next.
    Failed {
        /// The job.
        job: JobId,
        /// Why.
        error: EngineError,
    },
    /// The job was cancelled by its owner.
    Cancelled {
        /// The job.
        job: JobId,
    },
}

impl Event {
    /// The job that the event belongs to.
    pub fn job(&self) -> JobId {
        match self {
            Self::Started { job, .. }
            | Self::Prepared { job }
            | Self::Planned { job, .. }
            | Self::Progress { job, .. }
            | Self::PreviewReady { job }
            | Self::LatentKept { job, .. }
            | Self::Warning { job, .. }
            | Self::Done { job, .. }
            | Self::Failed { job, .. }
            | Self::Cancelled { job } => *job,
        }
    }
}

/// A slot for the newest preview: a slow reader never makes the worker wait and never sees an old clip.
#[derive(Clone, Debug, Default)]
pub struct PreviewSlot(Arc<Mutex<Option<Preview>>>);

impl PreviewSlot {
    /// Replaces what is in the slot.
    pub fn put(&self, preview: Preview) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(preview);
    }

    /// Takes what is in the slot.
    pub fn take(&self) -> Option<Preview> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
