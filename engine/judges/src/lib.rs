//! Networks that say how well pictures and clips show their prompts, with gradients back to the frames: what feedback learning
//! rewards.
//!
//! [`ImageScorer`] is HPSv2.1, [`VideoScorer`] InternVideo2 (stage 2) or ViCLIP; each loads its published file by that file's own
//! names. A score goes this way: frames -> `preprocess` -> a vision tower (`clip_vision` and `viclip`, which share `tower`, or `internvideo2`) -> a
//! feature of length 1 -> its inner product with the prompt's (`clip_text`, `bert`). `config` holds the sizes, `word_piece` is the
//! tokenizer of `bert`; CLIP's is a stage of the pipeline. Loaded on a device without autodiff, scorers let gradients through and
//! keep none of their own. [`dover`] scores how a clip looks, without a prompt and without gradients. Not here: which frames are
//! scored by the others, and what is done with the gradients.

mod bert;
mod clip_text;
mod clip_vision;
pub mod config;
pub mod dover;
mod features;
mod image_score;
mod internvideo2;
mod patches;
pub mod preprocess;
mod tower;
mod unfit;
mod viclip;
mod video_score;
mod word_piece;

pub use bert::MaskedTokens;
pub use features::scores;
pub use image_score::ImageScorer;
pub use unfit::{FramesUnfit, ScorerUnfit, VocabularyUnfit};
pub use video_score::{TextFeatures, VideoFeatures, VideoScorer};
pub use word_piece::WordPiece;
