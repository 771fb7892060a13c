//! What `hummingbird queue run --json` prints: one object a line, told apart by `event`.

use hummingbird_engine::job::JobProgress;
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::request::GenerateRequest;
use serde::Serialize;
use serde_json::Value;

use crate::cli::failure::message;
use crate::cli::generate::ClipResult;
use crate::cli::print;
use crate::sentences::error_details;

/// Something happened. Jobs are counted from 1.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event<'a> {
    /// The run begins, with so many clips that are there already.
    Plan { jobs: usize, done: usize },
    /// A job begins.
    Started { job: usize, name: &'a str, request: &'a GenerateRequest },
    /// A job goes on.
    Progress { job: usize, stage: &'a str, done: u32, total: u32, elapsed_secs: f32, eta_secs: Option<f32> },
    /// A clip is in its file; `result` is as that of `hummingbird generate --json`.
    Done { job: usize, result: &'a ClipResult<'a> },
    /// A job failed; the others go on.
    Failed {
        job: usize,
        error: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        error_details: Option<Value>,
    },
    /// The clips of a grid were joined into one.
    Grid { grid: u64, path: JsonPath<'a> },
    /// The run is over.
    Finished { done: usize, failed: usize },
}

impl Event<'_> {
    /// How far a job is.
    pub fn progress(job: usize, progress: &JobProgress) -> Self {
        let JobProgress { stage, done, total, elapsed_secs, eta_secs } = *progress;
        Event::Progress { job, stage: stage.label(), done, total, elapsed_secs, eta_secs }
    }

    /// Why a job failed.
    pub fn failed(job: usize, error: &anyhow::Error) -> Self {
        Event::Failed { job, error: reason(error), error_details: error_details(&**error) }
    }
}

/// What is said of a job that failed, among other words.
pub fn reason(error: &anyhow::Error) -> String {
    let text = message(error);
    text.strip_prefix("error: ").map_or(text.clone(), str::to_owned)
}

/// Where events go.
pub struct Events {
    /// Whether anybody wants them.
    pub is_on: bool,
}

impl Events {
    /// Prints an event, if that was asked for.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn tell(&self, event: &Event<'_>) -> anyhow::Result<()> {
        if self.is_on { print::json_line(event) } else { Ok(()) }
    }
}
