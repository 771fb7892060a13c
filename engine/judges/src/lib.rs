//! Networks that say how well pictures and clips show their prompts, with gradients back to the frames: what feedback learning
//! rewards.
//!
//! [`ImageScorer`] is HPSv2.1, [`VideoScorer`] InternVideo2 (stage 2) or ViCLIP; each loads its published file by that file's own
//! names. A score goes this way: frames -> `preprocess` -> a vision tower (`clip_vision` and `viclip`, which share `tower`, or `internvideo2`) -> a
//! feature of length 1 -> its inner product with the prompt's (`clip_text`, `bert`). `config` holds the sizes, `word_piece` is the
//! tokenizer of `bert`; CLIP's is a stage of the pipeline. Loaded on a device without autodiff, scorers let gradients through and
//! keep none of their own. Not here: which frames are scored, and what is done with the gradients.
//!
//! [`flow`] (RAFT), [`interpolation`] (AMT-S) and [`farneback`] say how frames move; they have no gradients.
//!
//! The networks by which VBench judges clips need no gradients: [`Dino`], [`ClipPictures`] and [`ClipTexts`] with [`Aesthetics`],
//! [`Musiq`], [`ViClip`] and [`Umt`]. [`pictures`] makes what each of them takes of frames, [`measures`] values of what comes out.
//! Nor does [`dover`], which scores how a clip looks, without a prompt.

pub mod antialias;
mod bert;
mod clip;
mod clip_text;
mod clip_vision;
pub mod config;
mod dino;
pub mod dover;
pub mod farneback;
mod features;
pub mod flow;
mod image_score;
mod internvideo2;
pub mod interpolation;
pub mod measures;
mod musiq;
mod of_frames;
mod patches;
pub mod pictures;
pub mod preprocess;
mod tower;
mod umt;
mod unfit;
mod viclip;
mod video_score;
mod vit;
mod word_piece;

pub use bert::MaskedTokens;
pub use clip::{Aesthetics, ClipPictures, ClipTexts, OpenAiClipConfig};
pub use dino::{Dino, DinoConfig};
pub use features::scores;
pub use image_score::ImageScorer;
pub use musiq::{Musiq, MusiqConfig, MusiqPatches, Place};
pub use umt::{Umt, UmtConfig, sinusoid};
pub use unfit::{FramesUnfit, MotionError, ScorerUnfit, VocabularyUnfit};
pub use viclip::ViClip;
pub use video_score::{TextFeatures, VideoFeatures, VideoScorer};
pub use word_piece::WordPiece;
