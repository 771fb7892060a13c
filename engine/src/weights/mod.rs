//! The model file: safetensors with a JSON description in its metadata, tensor names as in the reference state dict.
//!
//! `file` reads and writes it, `random` makes the seeded start that training goes out from. `torch` and `safetensors_file`
//! find tensors in files of others (`stored`) without reading them. Weights know no stage: they hand out values by name
//! through [`crate::nn::params::ParamSource`]. Start reading at [`ModelFile`].

mod file;
mod random;
mod safetensors_file;
mod stored;
mod torch;

pub use file::{ModelFile, TensorStore, WeightPrecision, write_model, write_tensors};
pub use random::SeededStart;
pub use safetensors_file::read as read_safetensors;
pub use stored::{Arrangement, Container, Contents, Dtype, FormatError, StoredTensor};
pub use torch::{looks_like_torch, read as read_torch};
