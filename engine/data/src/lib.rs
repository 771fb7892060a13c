//! From a folder of clips to a training set. Every stage reads a manifest and writes one, with a row for each clip; nothing is ever
//! deleted, and what cannot be read is a row with its error.

pub mod caption;
pub mod captions;
pub mod clip;
pub mod clips;
pub mod cut;
pub mod export;
pub mod filter;
pub mod manifest;
pub mod motion;
pub mod objects;
pub mod report;
#[cfg(test)]
mod samples;
pub mod scan;
pub mod score;
pub mod work;
