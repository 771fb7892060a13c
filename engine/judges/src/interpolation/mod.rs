//! Frames between frames: AMT-S (Li et al. 2023, "AMT: All-Pairs Multi-Field Transforms for Efficient Frame Interpolation").
//!
//! [`Amt`] predicts the frame in the middle of two. Both frames -> features at an eighth, which are correlated both ways
//! (`crate::flow`), and features on four scales. From the coarsest on, a `decoder` makes flows from the middle to both frames and a
//! feature of the middle, an `update` corrects them by what the correlation says there; the last decoder makes three pairs of
//! flows, by which `warp` fetches both frames, and their mean with a correction is the result.

mod decoder;
mod network;
mod update;
mod warp;

pub use network::{Amt, AmtConfig, Middle, unit_frame};
