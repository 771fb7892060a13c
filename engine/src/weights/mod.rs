//! The model file: safetensors with a JSON description in its metadata, tensor names as in the reference state dict.
//!
//! `file` reads and writes it, `random` makes the seeded start that training goes out from, `store` keeps and gets model files. Weights know no stage: they
//! hand out values by name through [`crate::nn::params::ParamSource`]. Start reading at [`ModelFile`].

mod file;
mod random;
pub mod store;
mod stored;

pub use file::{ModelFile, TensorStore, WeightPrecision, write_model, write_tensors};
pub use random::SeededStart;
pub use stored::{Arrangement, Container, Contents, Dtype, FormatError, StoredTensor};
