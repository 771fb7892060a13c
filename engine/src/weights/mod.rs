//! Model files: readers of every form, recognition, LoRA, and the writer of our own form.
//!
//! Every reader turns its file into [`Contents`]: names, shapes and where the bytes lie. [`Checkpoint`] is an open file of any
//! form under the reference's names, [`layout`] reads the sizes of its networks off them, and [`ModelFile`] is a checkpoint
//! with a description: its own where we wrote it, else the reference's defaults; [`LightDecoderFile`] is a decoder that can stand in
//! for its autoencoder's. Weights know no stage: they hand out values
//! by name through [`crate::nn::params::ParamSource`]. [`store`] keeps and gets model files. Start reading at [`ModelFile`], then [`Checkpoint`].

mod aligned;
mod checkpoint;
mod convert;
mod describe;
mod file;
pub mod layout;
mod light;
mod lora;
mod mapping;
mod names;
mod quantized;
mod random;
mod reference_config;
mod safetensors_file;
pub mod store;
mod stored;
mod summary;
mod torch;
mod writer;

pub use checkpoint::{Checkpoint, ReadAhead};
pub use convert::Conversion;
pub use describe::{config_of, describe};
pub use file::ModelFile;
pub use light::{
    LightDecoderFile, LightDescription, LightPlaces, LightSource, light_decoder_path, write_light_decoder,
};
pub use lora::{Lora, Merged};
pub use random::SeededStart;
pub use reference_config::ReferenceConfig;
pub use safetensors_file::read as read_safetensors;
pub use stored::{Arrangement, Container, Contents, Dtype, FormatError, StoredTensor};
pub use summary::{Summary, summarise};
pub use torch::{looks_like_torch, read as read_torch};
pub use writer::{
    Entry, Precisions, Rounded, WeightPrecision, description_json, write_entries, write_model, write_tensors,
};
