//! The engine handle and the one compute thread.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::error::EngineError;
use crate::job::{Event, JobId, PreviewSlot};
use crate::model::{ModelCard, ModelSource};
use crate::request::GenerateRequest;

/// Called after every event and every new preview, from the compute thread: the window asks for a repaint here.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A running engine: the sending end of the job queue and the receiving end of its events.
///
/// Dropping it cancels what runs and ends the compute thread.
pub struct EngineHandle {
    _private: (),
}

impl EngineHandle {
    /// Reads the model's description and starts the compute thread; returns in milliseconds (weights are loaded by the
    /// first job, on the compute thread).
    pub fn start(_model: ModelSource, _wake: Wake) -> Result<Self, EngineError> { Ok(Self { _private: () }) }
    /// What the model is, accepts and knows.
    pub fn model(&self) -> &ModelCard { unreachable!() }
    /// Queues a job. `Err(QueueFull)` when eight wait already.
    pub fn submit(&self, _request: GenerateRequest) -> Result<JobId, EngineError> { unreachable!() }
    /// Queues the decoding of a kept latent (`Outcome::latent_path`) with the settings that lie beside it.
    pub fn decode_again(&self, _latent: PathBuf) -> Result<JobId, EngineError> { unreachable!() }
    /// Asks a job to stop, whether it waits or runs; `Event::Cancelled` follows.
    pub fn cancel(&self, _job: JobId) {}
    /// Events of all jobs, in order. Bounded: drain it on every wake.
    pub fn events(&self) -> &Receiver<Event> { unreachable!() }
    /// The newest preview.
    pub fn previews(&self) -> &PreviewSlot { unreachable!() }
}
