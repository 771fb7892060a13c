//! Training: the drawn world, the trainer, and the embedded model that they make.
//!
//! `world` draws labelled clips, `trainer` holds what every training loop shares (optimiser, average, checkpoint), `nano`
//! makes the embedded model, `eval` says how good it is. Nothing on the inference path uses this folder; the command line
//! and the worker do.

pub mod device;
pub mod eval;
pub mod nano;
pub mod sheet;
pub mod trainer;
pub mod world;
