//! Recipes join datasets, objectives and the trainer into runs that make a model. Nano's is the first.

pub mod nano;
