//! Clips: what a finished one is, what is shown, and how clips are named in texts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::{JobId, Outcome, UsedDecoder};
use hummingbird_engine::library::ClipId;
use hummingbird_engine::pipeline::clip_tokens::weights::plain_text;
use hummingbird_engine::request::{GenerateRequest, LoraChoice};

use crate::language::tr;

/// Identity of a result, unique within a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResultId(pub u64);

/// Whether the library has a clip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// It is to be kept.
    #[default]
    Wanted,
    /// It is being written.
    UnderWay,
    /// It is a file; with its number in the library, where the index took it.
    Kept(Option<ClipId>, PathBuf),
    /// It could be written nowhere.
    Failed(String),
}

/// A clip whose frames are in memory: finished in this session, or opened from the library.
#[derive(Clone, Debug)]
pub struct ResultClip {
    /// Identity.
    pub id: ResultId,
    /// The clip with all that is needed to make it again.
    pub outcome: Outcome,
    /// Where it was exported to last.
    pub exported: Option<PathBuf>,
    /// Whether the library has it.
    pub keeping: Keeping,
    /// When it was finished.
    pub made: SystemTime,
}

impl ResultClip {
    /// Its number in the library.
    pub fn kept_id(&self) -> Option<ClipId> {
        if let Keeping::Kept(id, _) = &self.keeping { *id } else { None }
    }

    /// Its newest file.
    pub fn file(&self) -> Option<&PathBuf> {
        match &self.keeping {
            Keeping::Kept(_, path) => self.exported.as_ref().or(Some(path)),
            _ => self.exported.as_ref(),
        }
    }
}

/// What the middle of the window shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Nothing yet.
    #[default]
    Nothing,
    /// The preview of the running job.
    Live,
    /// A result.
    Result(ResultId),
}

/// Identity of a picture source for the texture cache: changes whenever the pixels may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClipKey {
    /// A preview of a job.
    Live(JobId, u64),
    /// A result.
    Result(ResultId),
}

/// A clip to show.
#[derive(Clone, Debug)]
pub struct ShownClip<'a> {
    /// Identity of its pixels.
    pub key: ClipKey,
    /// Its frames.
    pub frames: &'a Arc<Frames>,
    /// Frames a second.
    pub fps: u32,
}

/// The first words of a prompt, for lists.
pub fn short(prompt: &str, max_chars: usize) -> String {
    let line: String = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max_chars {
        return line;
    }
    let kept: String = line.chars().take(max_chars.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The LoRAs of a clip, to follow other words about it: " · LoRA style 0.35"; empty without any.
pub fn loras_text(request: &GenerateRequest) -> String {
    let text = |lora: &LoraChoice| {
        let name = lora.path.file_stem().unwrap_or(lora.path.as_os_str()).to_string_lossy();
        format!(" · LoRA {name} {}", lora.strength)
    };
    request.loras.iter().map(text).collect()
}

/// Which tiny decoder made a clip, to follow other words about it: " · tiny decoder (TAESD)"; empty for the full one.
pub fn decoder_text(decoder: &UsedDecoder) -> String {
    match decoder {
        UsedDecoder::Full => String::new(),
        UsedDecoder::Tiny { name, .. } => format!(" · {}", tr!("state-tiny-decoder", name = name)),
    }
}

/// A file name made of a prompt: letters and digits of it without weights, then the seed.
pub fn file_stem(prompt: &str, seed: u64) -> String {
    let mut stem = String::new();
    for word in plain_text(prompt).split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if stem.chars().count() + word.chars().count() > 48 {
            break;
        }
        if !stem.is_empty() {
            stem.push('-');
        }
        stem.push_str(&word.to_lowercase());
    }
    if stem.is_empty() { format!("clip-{seed}") } else { format!("{stem}-{seed}") }
}
