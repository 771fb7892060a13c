//! The engine of Hummingbird: a prompt goes in, a clip comes out.
//!
//! The tour, along the data path: a [`request::RawRequest`] is checked and becomes a [`request::GenerateRequest`]; the
//! [`worker`] runs it on its one compute thread through [`pipeline::generate`]: [`pipeline::clip_tokens`] ->
//! [`pipeline::clip_text`] -> [`pipeline::denoise`] -> [`pipeline::vae`] -> [`pipeline::video_out`]. Stages meet only in the
//! types of [`handoff`]. [`nn`] holds layers that stages share, [`kernels`] the operations with WGSL and CPU code of our
//! own, [`weights`] the model file. [`training`] makes the embedded model and [`bench`] times all of this; nothing above uses
//! either.

pub mod bench;
pub mod device;
pub mod error;
mod files;
pub mod handoff;
pub mod job;
pub mod json_path;
pub mod kernels;
pub mod latents;
pub mod memory;
pub mod model;
pub mod nn;
pub mod pipeline;
pub mod request;
pub mod training;
pub mod weights;
pub mod worker;
