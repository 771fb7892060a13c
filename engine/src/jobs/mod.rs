//! Jobs: what a user asked for, checked; what it will need; the networks that it runs on; and the one thread that runs it.
//!
//! [`settings`] is the table of settings, [`enhance`] asks a language model for a better prompt, [`styles`] puts words around one, [`wildcards`] chooses and [`request`] checks what was typed, [`plan`] works out memory, [`models`] puts networks on a device, [`worker`] runs the
//! queue and tells its owner of it in [`events`], [`latents`] keeps what was sampled, [`journal`] what is not finished yet, [`queue_file`] a queue as a file of the user,
//! [`grid`] joins the clips of a grid, [`history`] knows what steps took. [`error`] sums up the errors of all
//! floors below. Start with [`worker::EngineHandle`].

pub mod advice;
pub mod enhance;
pub mod error;
pub mod events;
pub mod grid;
pub mod history;
pub mod journal;
pub mod latents;
pub mod models;
pub mod plan;
#[cfg(feature = "gpu")]
pub mod prewarm;
pub mod provenance;
pub mod queue_file;
pub mod request;
pub mod settings;
pub mod styles;
pub mod wildcards;
pub mod worker;
