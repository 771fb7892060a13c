//! Jobs as their owner sees them: a handle, events, a preview slot, a cancel token.
//!
//! The worker's side is `worker.rs`. Start reading at [`EngineHandle`](crate::worker::EngineHandle).

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub use hummingbird_base::{CancelToken, Cancelled};

use crate::error::EngineError;
use crate::handoff::Frames;
use crate::memory::{JobNeed, JobUse};
use crate::request::GenerateRequest;

/// Identity of a job, unique within one engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// What the engine is busy with, in the order of the data path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Opening the device.
    Device,
    /// Reading the model.
    Load,
    /// Compiling the kernels of a GPU, before the first job of its kind.
    Compile,
    /// Tokens and text encoder.
    Text,
    /// Sampling the latent; counted in sampler steps.
    Denoise,
    /// Decoding the latent; counted in frames.
    Decode,
}

impl Stage {
    /// A short label for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Device => "opening the device",
            Self::Load => "loading the model",
            Self::Compile => "preparing the GPU",
            Self::Text => "reading the prompt",
            Self::Denoise => "sampling",
            Self::Decode => "decoding",
        }
    }
}

/// Progress of a job.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
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

/// Trouble that the job survived and that the user must know about.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The prompt was longer than the 77 positions of the text context.
    PromptTruncated {
        /// Text tokens that the prompt had.
        text_tokens: usize,
        /// The beginning of the prompt that was kept.
        kept_text: String,
    },
    /// The demo model has no embedding of its own for these words.
    UnknownWords {
        /// Words that the model never saw, in the order of the prompt.
        words: Vec<String>,
    },
    /// The sampler's timestep rule ran another number of steps than asked for.
    StepsChanged {
        /// Steps asked for.
        asked: u32,
        /// Steps run.
        ran: u32,
    },
    /// The sampler does not use a setting that the user changed.
    SettingIgnored {
        /// Name of the setting.
        setting: String,
        /// Why it has no effect.
        reason: String,
    },
    /// The light decoder could not be used.
    LightDecoderUnusable {
        /// What is wrong with it.
        reason: String,
    },
    /// Parts of a LoRA that the model has no layers for.
    LoraPartsIgnored {
        /// Name of the LoRA's file.
        lora: String,
        /// The first of the layers.
        first: String,
    },
    /// The device failed in the middle of the job and was opened again; the job goes on.
    DeviceReopened {
        /// Name of the device.
        device: String,
        /// What its driver said.
        detail: String,
        /// Sampler steps that were done and were kept.
        kept_steps: u32,
    },
    /// The device ran out of memory; the clip is decoded in smaller parts.
    DecodedInParts {
        /// Frames at once.
        frames: usize,
        /// Tiles of each.
        tiles: usize,
    },
    /// The device that was asked for could not be used and another one was.
    DeviceFallback {
        /// Name of the device that runs the job.
        used: String,
        /// What was wrong with the other one.
        reason: String,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PromptTruncated { text_tokens, kept_text } => write!(
                f,
                "the prompt has {text_tokens} tokens and the model reads 75: only this part was used: \"{kept_text}\""
            ),
            Self::UnknownWords { words } => {
                write!(f, "the demo model does not know: {}; it will guess", words.join(", "))
            }
            Self::StepsChanged { asked, ran } => {
                write!(f, "{asked} steps do not divide the noise table evenly: {ran} steps were run")
            }
            Self::SettingIgnored { setting, reason } => write!(f, "{setting} has no effect: {reason}"),
            Self::LightDecoderUnusable { reason } => write!(f, "the light decoder cannot be used: {reason}"),
            Self::LoraPartsIgnored { lora, first } => {
                write!(f, "this model has no {first}: that part of the LoRA {lora} has no effect")
            }
            Self::DeviceReopened { device, detail, kept_steps } => write!(
                f,
                "{device} failed ({detail}); it was opened again and the clip goes on after step {kept_steps}"
            ),
            Self::DecodedInParts { frames, tiles: 1 } => {
                write!(f, "memory ran out: decoding {frames} frame(s) at a time")
            }
            Self::DecodedInParts { tiles, .. } => write!(f, "memory ran out: decoding each frame in {tiles} tiles"),
            Self::DeviceFallback { used, reason } => write!(f, "computing on {used}: {reason}"),
        }
    }
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
    /// A light one.
    Light {
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
    /// What decoded it: the full decoder also where a light one was asked for that could not be used.
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
        /// Name of the device and why it was chosen.
        device: String,
    },
    /// What [`prepare`](crate::worker::EngineHandle::prepare) asked for is done, or could not be: then the next job says why.
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
        progress: Progress,
    },
    /// The [`PreviewSlot`] holds something new.
    PreviewReady {
        /// The job.
        job: JobId,
    },
    /// The final latent was kept: from here on [`decode_again`](crate::worker::EngineHandle::decode_again) can make the
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
