//! From a folder of clips to a training set. Every stage reads a manifest and writes one, with a row for each clip; nothing is ever
//! deleted, and what cannot be read is a row with its error.

pub mod clip;
pub mod cut;
pub mod manifest;
pub mod motion;
pub mod scan;
