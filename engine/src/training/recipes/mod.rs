//! Recipes: what is trained on what, towards what, in which order. Only they know datasets, objectives and the trainer at once.
//!
//! A recipe is a folder: a plan (what a user may change), a `trainer::Stage` for each model that it trains, and a run that goes
//! through the stages and writes what comes out. `nano` makes the embedded model. `prune` trains nothing.

pub mod distil;
pub mod encoders;
pub mod nano;
pub mod prune;
pub mod settings;
