//! Captions: a language model behind an OpenAI-compatible server rewrites them as plain sentences that a video model learns well
//! from; where it sees, with frames of the clip.
//!
//! [`caption`] goes from one manifest to another. What is asked is in `question`, what is accepted in `answer`; `desk` hands questions
//! to the workers of `ask` within the budget of tokens. Each answer is in the `journal` beside the output before the next is waited for, so
//! that a run that was killed goes on at the clip where it was. A caption without a usable answer stays as it is.

mod answer;
mod ask;
mod desk;
mod error;
mod journal;
mod pictures;
mod question;
mod run;

use std::collections::BTreeMap;

use hummingbird_chat::{ChatError, ChatOptions, ServerSettings};
use serde::Serialize;

pub use answer::{MOST_WORDS, accepted};
pub use error::CaptionError;
pub use journal::path_of as journal_path;
pub use question::request;
pub use run::{caption, caption_rows, preview};

/// The column of the model that wrote a caption.
pub const MODEL_COLUMN: &str = "caption_model";
/// The column of the hash of what it was asked: SHA-256, lower-case hexadecimal.
pub const REQUEST_COLUMN: &str = "caption_request";
/// The column that says why an answer was refused.
pub const REFUSED_COLUMN: &str = "caption_refused";
/// Most questions that are asked at once.
pub const MOST_PARALLEL: usize = 256;
/// Most frames that are sent of a clip.
pub const MOST_FRAMES: usize = 32;
/// Clips of a preview.
pub const PREVIEW_CLIPS: usize = 10;

/// How captions are rewritten.
#[derive(Clone, Debug)]
pub struct CaptionOptions {
    /// Who is asked.
    pub server: ServerSettings,
    /// How long it may take, and how often it is asked again when it fails.
    pub chat: ChatOptions,
    /// Questions at once, 1 to [`MOST_PARALLEL`].
    pub parallel: usize,
    /// Frames of the clip that are sent with its caption, up to [`MOST_FRAMES`]: 0 for a model that does not see.
    pub frames: usize,
    /// Most pixels of a frame's longer side.
    pub picture_side: u32,
    /// Most tokens of questions and answers, those of earlier runs for the same output included.
    pub budget_tokens: Option<u64>,
    /// Whether captions that were rewritten before are rewritten again, from their originals.
    pub again: bool,
    /// Whether captions whose answer was refused are asked again.
    pub refused_again: bool,
}

impl Default for CaptionOptions {
    fn default() -> Self {
        Self {
            server: ServerSettings::default(),
            chat: ChatOptions::default(),
            parallel: 4,
            frames: 0,
            picture_side: 512,
            budget_tokens: None,
            again: false,
            refused_again: false,
        }
    }
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// Every caption was asked for.
    Done,
    /// The budget has no room for another question.
    Budget,
    /// The server fails question after question; this is the last failure.
    Failing(ChatError),
}

/// What came of a run. Clips are counted, not questions: equal captions are asked for once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaptionReport {
    /// Rows of the manifest.
    pub clips: u64,
    /// Captions that are now rewritten, by answers of this run or an earlier one.
    pub rewritten: u64,
    /// Captions whose answer was refused.
    pub refused: u64,
    /// Captions for which no answer came.
    pub failed: u64,
    /// Captions that were rewritten in the manifest already, and stay.
    pub kept: u64,
    /// Clips that have nothing to rewrite: dropped, broken, or without a caption and frames.
    pub without: u64,
    /// Captions that were not asked for, since the run ended before.
    pub left: u64,
    /// Of those that are rewritten or refused, how many an earlier run had asked for.
    pub from_journal: u64,
    /// Tokens of questions and answers of this run.
    pub tokens: u64,
    /// And of earlier runs for the same output.
    pub tokens_before: u64,
    /// Whether the server does not say what answers took, so that tokens are estimated.
    pub is_estimated: bool,
    /// Why answers were refused, and how often.
    pub refusals: BTreeMap<String, u64>,
    /// Why no answers came, and how often.
    pub failures: BTreeMap<String, u64>,
    /// Why the run ended.
    #[serde(skip)]
    pub ended: Ended,
}

/// A caption before and after, of a preview.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// The clip.
    pub path: String,
    /// The caption as it is.
    pub before: String,
    /// The caption as it would be; `None` where it would stay.
    pub after: Option<String>,
    /// Why it would stay.
    pub why: Option<String>,
    /// Tokens that it took.
    pub tokens: u64,
}
