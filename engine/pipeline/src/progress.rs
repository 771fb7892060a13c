//! What a generation tells whoever runs it: stages, previews, warnings, and the latents that are worth keeping.

use std::path::PathBuf;

use hummingbird_base::ProgressSink;
use hummingbird_base::message::{self, Detail, Message, mebibytes};
use hummingbird_base::progress::{Progress, StageName, Unit};
use thiserror::Error;

use crate::handoff::{Frames, Latent};

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
    const ALL: [Self; 6] = [Self::Device, Self::Load, Self::Compile, Self::Text, Self::Denoise, Self::Decode];

    /// Its name in reports of progress, a word that does not change.
    pub fn name(self) -> StageName {
        StageName(match self {
            Self::Device => "device",
            Self::Load => "load",
            Self::Compile => "compile",
            Self::Text => "text",
            Self::Denoise => "denoise",
            Self::Decode => "decode",
        })
    }

    /// The stage of a report.
    pub fn of(progress: &Progress) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == progress.stage)
    }

    /// A report: `done` of `total` units are done.
    pub fn progress(self, done: u32, total: u32) -> Progress {
        let unit = match self {
            Self::Denoise => Unit::Steps,
            Self::Decode => Unit::Frames,
            Self::Device | Self::Load | Self::Compile | Self::Text => Unit::Parts,
        };
        Progress::new(self.name(), unit, u64::from(done), Some(u64::from(total)))
    }

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

/// Trouble that the job survived and that the user must know about.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("warning")]
#[non_exhaustive]
pub enum Warning {
    /// The prompt was longer than the 77 positions of the text context.
    #[error("the prompt has {text_tokens} tokens and the model reads 75: only this part was used: \"{kept_text}\"")]
    PromptTruncated {
        /// Text tokens that the prompt had.
        text_tokens: usize,
        /// The beginning of the prompt that was kept.
        kept_text: String,
    },
    /// The demo model has no embedding of its own for these words.
    #[error("the demo model does not know: {}; it will guess", words.join(", "))]
    UnknownWords {
        /// Words that the model never saw, in the order of the prompt.
        words: Vec<String>,
    },
    /// The sampler's timestep rule ran another number of steps than asked for.
    #[error("{asked} steps do not divide the noise table evenly: {ran} steps were run")]
    StepsChanged {
        /// Steps asked for.
        asked: u32,
        /// Steps run.
        ran: u32,
    },
    /// Fresh noise was asked for in the steps of a sampler that has its own.
    #[error("eta has no effect: the turbo sampler adds the noise of the next timestep, no more and no less")]
    EtaIgnored,
    /// Guidance rescale was asked for and the sampler combines no two predictions.
    #[error("guidance rescale has no effect: the turbo sampler combines no two predictions")]
    GuidanceRescaleIgnored,
    /// A negative prompt for a sampler that does not read it.
    #[error("the negative prompt has no effect: the turbo sampler makes no second, unconditional prediction")]
    NegativeIgnored,
    /// A seed of more bits than the generator of the noise uses.
    #[error(
        "the upper half of the seed has no effect: PyTorch's generator uses 32 bits of a seed, so that {same_seed} gives the \
         same clip"
    )]
    SeedShortened {
        /// The bits that are used.
        same_seed: u32,
    },
    /// The final latent could not be written.
    #[error("the latent could not be kept ({reason}); \"decode again\" is not offered")]
    LatentNotKept {
        /// Why.
        reason: Detail,
    },
    /// The tiny decoder could not be used.
    #[error("the tiny decoder cannot be used: {reason}")]
    TinyDecoderUnusable {
        /// What is wrong with it.
        reason: Detail,
    },
    /// Parts of a LoRA that the model has no layers for.
    #[error(
        "{first} of the LoRA {lora} has no effect: this model has no such layer, or it is no change that is known here"
    )]
    LoraPartsIgnored {
        /// Name of the LoRA's file.
        lora: String,
        /// The first of the layers.
        first: String,
    },
    /// A precision was asked for that this device does not have.
    #[error("precision {precision} has no effect: {device} does not multiply it, so everything was computed exactly")]
    PrecisionIgnored {
        /// What was asked for.
        precision: String,
        /// Name of the device.
        device: String,
    },
    /// The model's file was written to while the job ran.
    #[error("{} was written to while it was used: if its weights changed, the clip is of both", path.display())]
    ModelFileWritten {
        /// The file.
        path: PathBuf,
    },
    /// The device failed in the middle of the job and was opened again; the job goes on.
    #[error("{device} failed ({detail}); it was opened again and the clip goes on after step {kept_steps}")]
    DeviceReopened {
        /// Name of the device.
        device: String,
        /// What its driver said.
        detail: String,
        /// Sampler steps that were done and were kept.
        kept_steps: u32,
    },
    /// The device gave no numbers with factors of 16 bits; the job goes on without rounding.
    #[error("{device} gave no numbers with factors of 16 bits: it goes on in 32 bits, which is slower")]
    ComputedExactly {
        /// Name of the device.
        device: String,
    },
    /// The computer has less memory to spare than the job holds; it goes on.
    #[error("this clip holds about {need} of memory and {spare} are free: other programs may become slow", need = mebibytes(*need_bytes), spare = mebibytes(*spare_bytes))]
    LittleMemory {
        /// What the job holds at most.
        need_bytes: usize,
        /// What is free for it.
        spare_bytes: usize,
    },
    /// The device ran out of memory; fewer frames are decoded at once.
    #[error("memory ran out: decoding {frames} frame(s) at a time")]
    FewerFramesAtOnce {
        /// Frames at once.
        frames: usize,
    },
    /// The device ran out of memory; each frame is decoded in tiles.
    #[error("memory ran out: decoding each frame in {tiles} tiles")]
    DecodedInTiles {
        /// Tiles of each.
        tiles: usize,
    },
}

/// Whoever runs a generation and wants to know how it goes: a sink of progress that is also handed previews, warnings and latents.
pub trait GenerateSink: ProgressSink {
    /// Whether a preview now would be looked at and is worth its time; if not, none is made.
    fn wants_previews(&self) -> bool;
    /// The clip as it looks after `step` steps. `decoded_frames` of the final decode are in it.
    fn preview(&mut self, frames: Frames, step: u32, decoded_frames: u32);
    /// Survivable trouble.
    fn warn(&mut self, warning: Warning);
    /// `done` steps are done and left this latent: [`generate`](crate::generate::generate) can go on from it should the device
    /// be lost. With a feature cache it is told only of those after which the next step needs nothing cached.
    fn keep_step(&mut self, done: u32, latent: &Latent);
    /// The final latent, before it is decoded: a failed decode must cost nothing.
    fn keep_latent(&mut self, latent: &Latent);
    /// Decoded frames hold values that are no numbers (NaN or infinite).
    fn frames_not_finite(&mut self) {}
    /// Whether what was kept or decoded shows that the rest of the work is worth nothing; then [`generate`](crate::generate::generate)
    /// ends as if it was cancelled.
    fn gives_up(&self) -> bool {
        false
    }
}
