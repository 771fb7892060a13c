//! Training: datasets, objectives, recipes, and the trainer that serves them all.
//!
//! `datasets` hands out examples, `objectives` says what is predicted and what the loss is, `trainer` holds what every run
//! shares (optimiser, average, checkpoints, logs), `prune` cuts a student out of its teacher, `adapters` are low-rank branches that are
//! trained instead of weights, `recipes` joins them: `recipes::nano` makes the embedded model. Nothing on
//! the inference path uses this folder; the command line and `eval` do.

pub mod adapters;
pub mod datasets;
pub mod device;
mod error;
pub mod objectives;
pub mod prune;
pub mod recipe;
pub mod recipes;
pub mod remote;
pub mod sample_grid;
pub mod trainer;

pub use error::TrainError;
