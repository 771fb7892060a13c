//! Optical flow by a network, and what networks that estimate motion share.
//!
//! [`Raft`] is RAFT (Teed and Deng 2020): frames -> `encoder` (features at an eighth) -> `correlation` of all pairs of pixels, which
//! `update` looks up round by round around where pixels are believed to be -> flow at an eighth -> convex upsampling.
//! `convolution` holds convolutions of every size with what follows them, `padding` makes sides multiples. Interpolation of frames
//! (`crate::interpolation`) is built of the same parts. Everything is channels last.

pub(crate) mod convolution;
pub(crate) mod correlation;
pub(crate) mod encoder;
pub(crate) mod padding;
mod raft;
mod update;

pub use raft::{PREFIX, Raft, RaftFlow};
