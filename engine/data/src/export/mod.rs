//! Kept clips as training reads them: WebDataset shards with Parquet beside them, as video2dataset writes them, or a folder with a
//! table for `hummingbird train`.
//!
//! `clip` gives the file of a row: its own, or a new one of its stretch. Begin with [`WebDataset`] (a step of `data work`) or
//! [`training`].

mod clip;
#[cfg(test)]
mod tests;
mod training;
mod webdataset;

#[cfg(test)]
pub(crate) use tests::test_clip;
pub use training::{Placing, TrainingExport, training};
pub use webdataset::WebDataset;
