//! Files of weights in every form: bytes to named tensors.
//!
//! Every reader turns its file into [`Contents`]: names, shapes and where the bytes lie. Nothing here knows networks, devices
//! or what the names mean. Start with [`stored`], then [`safetensors_file`] and [`torch`]; [`quantized`] has the blocks of
//! 8-bit weights, [`mapping`] files that are used where they lie.

mod error;
mod fault;
pub mod float8;
pub mod mapping;
pub mod quantized;
pub mod safetensors_file;
pub mod stored;
pub mod torch;

pub use error::FileError;
pub use fault::{Fault, PickleFault, StorageFault, TensorFault};
pub use stored::{Arrangement, Container, Contents, Dtype, FormatError, StoredTensor};
