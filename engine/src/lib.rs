//! The engine of Hummingbird: a prompt goes in, a clip comes out.
//!
//! The tour, along the data path: a [`request::RawRequest`] is checked and becomes a [`request::GenerateRequest`]; the
//! [`worker`] runs it on its one compute thread through [`pipeline::generate`]: [`pipeline::clip_tokens`] ->
//! [`pipeline::clip_text`] -> [`pipeline::denoise`] -> [`pipeline::vae`] -> [`pipeline::video_out`]. Stages meet only in the
//! types of [`handoff`]. [`nn`] holds layers that stages share, [`kernels`] the operations with WGSL and CPU code of our
//! own, [`weights`] the model file. [`training`] makes the embedded model, [`eval`] measures it and [`mod@bench`] times all of
//! this; nothing above uses any of the three.

pub mod bench;
pub mod eval;
pub mod forward;
pub mod jobs;
pub mod survey;
pub mod training;

pub use hummingbird_base::{
    CancelToken, Cancelled, FileLock, Folders, NoFolders, files, folders, json_path, kept, message, progress,
};
pub use hummingbird_chat as chat;
pub use hummingbird_data as data;
pub use hummingbird_judges as judges;
pub use hummingbird_kernels as kernels;
pub use hummingbird_library as library;
pub use hummingbird_model as model;
pub use hummingbird_nn as nn;
pub use hummingbird_pipeline as pipeline;
pub use hummingbird_pipeline::handoff;
pub use hummingbird_store as store;
pub use hummingbird_video as video;
pub use jobs::events as job;
pub use jobs::{error, latents, request, settings, worker};

/// Where to compute; [`device::open`] also measures the device when it is opened for the first time.
pub mod device {
    pub use hummingbird_device::*;
    pub use hummingbird_kernels::calibration::{measure_again, open, take_exact_kernels};
}

/// Memory of the processor, counted, and what jobs need of it.
pub mod memory {
    pub use hummingbird_base::memory::*;

    pub use crate::jobs::plan::{JobNeed, JobUse, StageNeed};
}

/// Files of weights and what they hold.
pub mod weights {
    pub use hummingbird_formats::safetensors_file::read as read_safetensors;
    pub use hummingbird_formats::torch::{looks_like_torch, read as read_torch};
    pub use hummingbird_formats::*;
    pub use hummingbird_model::*;
    pub use hummingbird_store as store;
}
