//! The data path: `clip_tokens -> clip_text -> denoise -> vae -> video_out`, one room per stage; `tiny_decoder` can stand in
//! for `vae`.
//!
//! Stages meet only in the types of [`crate::handoff`] and never import each other; [`generate::generate`] is the one place that
//! knows them all, and [`cost`] says what it costs.

pub mod clip_text;
pub mod clip_tokens;
pub mod cost;
pub mod denoise;
pub mod generate;
pub mod handoff;
pub mod networks;
pub mod progress;
pub mod settings;
pub mod tiny_decoder;
pub mod vae;
pub mod video_out;
