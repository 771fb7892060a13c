//! The one place of the window that holds the engine's handle.

use hummingbird_engine::error::EngineError;
use hummingbird_engine::job::{Event, JobId, Preview};
use hummingbird_engine::jobs::journal::StepKeeper;
use hummingbird_engine::jobs::plan::Planners;
use hummingbird_engine::model::{ModelCard, ModelSource};
use hummingbird_engine::request::{DecoderKind, GenerateRequest};
use hummingbird_engine::weights::ModelFile;
use hummingbird_engine::worker::{EngineHandle, EngineOptions};
use std::path::PathBuf;
use std::sync::OnceLock;

/// Hash of the demo model, by which its clips are known. The first call takes a moment.
pub fn demo_sha256() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    // Where it cannot be opened, nothing equals its hash: no clip has an empty one.
    HASH.get_or_init(|| {
        ModelFile::open(&ModelSource::Embedded).map(|file| file.sha256().to_owned()).unwrap_or_default()
    })
}

/// A running engine with one model.
pub struct EngineLink {
    handle: EngineHandle,
}

impl EngineLink {
    /// Starts an engine.
    pub fn open(source: &ModelSource, options: EngineOptions) -> Result<Self, EngineError> {
        EngineHandle::start(source, options).map(|handle| Self { handle })
    }

    /// What the model is and takes.
    pub fn card(&self) -> &ModelCard {
        self.handle.model()
    }

    /// What jobs of the model will need.
    pub fn planners(&self) -> &Planners {
        self.handle.planners()
    }

    /// Queues a job; with a keeper, one of the journal.
    pub fn submit(&self, request: GenerateRequest, keeper: Option<StepKeeper>) -> Result<JobId, EngineError> {
        match keeper {
            Some(keeper) => self.handle.submit_kept(request, keeper),
            None => self.handle.submit(request),
        }
    }

    /// Queues everything that a job like this one needs before it starts.
    pub fn prepare(&self, request: GenerateRequest) -> Result<JobId, EngineError> {
        self.handle.prepare(request)
    }

    /// Queues the decoding of a kept latent.
    pub fn decode_again(&self, latent: PathBuf, decoder: DecoderKind) -> Result<JobId, EngineError> {
        self.handle.decode_again(latent, decoder)
    }

    /// Gives memory back once all jobs are done that were queued before.
    pub fn release(&self) -> Result<(), EngineError> {
        self.handle.release()
    }

    /// Whether a tiny decoder for the model is here now.
    pub fn look_for_tiny_decoder(&mut self) -> bool {
        self.handle.look_for_tiny_decoder()
    }

    /// How much of a GPU's time jobs use, in percent.
    pub fn use_share(&self, percent: u8) {
        self.handle.use_share(percent);
    }

    /// Asks a job to stop.
    pub fn cancel(&self, job: JobId) {
        self.handle.cancel(job);
    }

    /// The events that have come, in order; at most as many as can wait, so that the window gets to draw.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let waiting = self.handle.events().len();
        self.handle.events().try_iter().take(waiting)
    }

    /// The newest preview, if there is one that was not taken yet.
    pub fn preview(&self) -> Option<Preview> {
        self.handle.previews().take()
    }

    /// Ends the engine on a thread of its own: the compute thread may need a moment to get out of a step.
    pub fn close(self) {
        let ending = std::thread::Builder::new().name("hummingbird-closing".to_owned()).spawn(move || drop(self));
        if let Err(error) = ending {
            log::warn!("the old engine was closed on the window's thread: {error}");
        }
    }
}
