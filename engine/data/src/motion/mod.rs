//! How clips move: what their optical flow says of the camera, whether they stand still, shake or have a dolly zoom, and how smooth
//! they are.
//!
//! Frames come one after the other, of which two or three are held. [`ClipMotion`] is what Farneback's flow of all pairs of frames
//! comes to (`rules`, `measure`); [`Smoothness`] compares every second frame with what AMT-S predicts of its neighbours. `fill` puts
//! both into rows, `table` does so with a whole manifest.

mod fill;
mod measure;
mod rules;
mod smoothness;
mod table;
#[cfg(test)]
mod tests;

pub use fill::{ClipMotionError, MOTION, MotionWatch, SMOOTHNESS, fill_motion, fill_smoothness};
pub use measure::{FrameSize, MotionMeter, motion_of};
pub use rules::{ClipMotion, MotionLimits, MotionReason, MotionSum, PairMotion};
pub use smoothness::{Smoothness, smoothness_gflop, smoothness_of};
pub use table::{MotionColumnsError, MotionReport, measure_manifest};
