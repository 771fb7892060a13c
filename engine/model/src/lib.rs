//! What a model is: its description, how its files are recognised, LoRAs, conversion, and the writer of our own form.
//!
//! [`Checkpoint`] is an open file of any form under the reference's names, [`layout`] reads the sizes of its networks off them,
//! and [`ModelFile`] is a checkpoint with a description: its own where we wrote it, else the reference's defaults;
//! [`TinyDecoderFile`] is a decoder that can stand in for its autoencoder's. Models know no stage: they hand out values by name
//! through [`hummingbird_nn::params::ParamSource`]. Start reading at [`ModelFile`], then [`Checkpoint`].

mod aligned;
mod bounds;
mod checkpoint;
mod convert;
mod describe;
mod description;
mod diffusers;
mod error;
mod file;
mod foreign;
pub mod layout;
pub mod limits;
mod lora;
mod names;
mod parts;
mod random;
mod raw;
mod reference_config;
mod respell;
mod reuse;
mod summary;
mod tiny_decoder;
mod unfit;
mod writer;

pub use bounds::check_vae;
pub use checkpoint::{Checkpoint, OpenLength, ReadAhead};
pub use convert::Conversion;
pub use describe::{config_of, describe};
pub use description::{
    DiffusionConfig, FORMAT_VERSION, METADATA_KEY, ModelCard, ModelConfig, ModelDescription, ModelProvenance,
    ModelSource, Parameterization, PreviewMap, Vocabulary,
};
pub use error::ModelError;
pub use file::{ModelFile, sha256_of};
pub use foreign::{ForeignModel, foreign_model};
pub use limits::{NotAReuse, RequestLimits, Reuse, ReusePlan, SamplerKind};
pub use lora::{Lora, LoraNames, Merged, NewLora, write_lora};
pub use parts::{ModelParts, PartsOf};
pub use random::SeededStart;
pub use raw::{RawTensor, WRITING, write_raw};
pub use reference_config::ReferenceConfig;
pub use summary::{Summary, summarise};
pub use tiny_decoder::{
    TinyDecoderDescription, TinyDecoderFile, TinyDecoderPlaces, TinyDecoderSource, tiny_decoder_path,
    write_tiny_decoder,
};
pub use unfit::{
    AdapterConfigUnfit, ConfigUnfit, Implausible, LayoutName, LoraUnfit, Misshapen, NetworkName, NumberRange,
    TensorsUnfit, Unfit, ValueAdvice, WeightFormat,
};
pub use writer::{
    Entry, Precisions, Rounded, WeightPrecision, description_json, write_entries, write_model, write_tensors,
};
