//! What does not fit in a file, as parts of [`ModelError`](crate::ModelError) and of
//! [`FileError`](hummingbird_formats::FileError).

use hummingbird_base::message::{self, Message};
use hummingbird_formats::FileError;
use thiserror::Error;

use crate::foreign::ForeignModel;

/// Why a file is not the model that it should be.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("unfit")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum Unfit {
    #[error("it is a folder")]
    Folder,
    #[error("it is empty")]
    Empty,
    #[error("it is a GGUF file")]
    Gguf,
    #[error("it is a picture or a video")]
    Picture,
    #[error("it is a git-lfs pointer, not the file itself: get the file with `git lfs pull`")]
    LfsPointer,
    #[error("it is a web page: the download went wrong")]
    WebPage,
    #[error("it begins as no known form of checkpoint does")]
    UnknownForm,
    #[error("it has two tensors {name:?}")]
    TwoTensors { name: String },
    #[error("the scales of {name:?} do not fit their tensor")]
    Scales { name: String },
    #[error("its description: {detail}")]
    Description { detail: String },
    #[error("its format version is {found}, this build reads {known}")]
    FormatVersion { found: u32, known: u32 },
    #[error("it is {kind}: not for this program")]
    Foreign { kind: ForeignModel },
    #[error("it holds none of the networks of a model")]
    NoNetworks,
    #[error(
        "it holds {} alone, without {}: {}join it with {1} of a whole model: `hummingbird models convert FILE --base MODEL \
         -o NEW.safetensors`",
        joined(present, " and "),
        joined(missing, " and "),
        part_options(missing)
    )]
    Part { present: Vec<NetworkName>, missing: Vec<NetworkName> },
    #[error("it does not hold {network}: choose a file that does")]
    NotThatPart { network: NetworkName },
    #[error("it is a folder of diffusers without weights in \"unet\", \"text_encoder\" and \"vae\"")]
    FolderWithoutWeights,
    #[error("the index of its files: {detail}")]
    Index { detail: String },
    #[error("it is a LoRA that changes {layers} layers: choose the model that it changes, and add it with --lora")]
    Lora { layers: usize },
    #[error("it is a tiny autoencoder (TAESD), for previews and fast decodes: not a model")]
    TinyAutoencoder,
    #[error("it is no tiny decoder: its layers are not those of TAESD's decoder")]
    NoTinyDecoder,
    #[error(
        "none of its {count} tensors belongs to a network known here (the first are {}); a whole model has \
         \"model.diffusion_model.input_blocks.0.0.weight\"",
        quoted(first)
    )]
    NoKnownTensor { count: usize, first: Vec<String> },
    #[error(
        "none of its 0 tensors belongs to a network known here (the first are none); a whole model has \
         \"model.diffusion_model.input_blocks.0.0.weight\""
    )]
    NoTensors,
    #[error(
        "it has {count} tensors of {network} (the first are {}) and not those that tell its sizes (the first missing is \
         {missing:?}); the nearest known layout is {nearest}",
        quoted(first)
    )]
    SizesMissing { network: NetworkName, count: usize, first: Vec<String>, missing: String, nearest: &'static str },
    #[error(
        "it has {count} tensors of {network} (the first are {}) and not those that tell its sizes; the nearest known layout is \
         {nearest}",
        quoted(first)
    )]
    SizesUnclear { network: NetworkName, count: usize, first: Vec<String>, nearest: &'static str },
    #[error("it decodes {found} latent channels, not {needed}")]
    LatentChannels { found: usize, needed: usize },
    #[error("it makes {made} pixels of a latent's side, not {needed}")]
    Upsampling { made: usize, needed: usize },
}

/// A network of a model, in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("network")]
#[expect(missing_docs, reason = "their words say it")]
pub enum NetworkName {
    #[error("the U-Net")]
    UNet,
    #[error("the text encoder")]
    TextEncoder,
    #[error("the autoencoder")]
    Autoencoder,
}

/// What the tensors of a file should fit, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("layout")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their words say it")]
pub enum LayoutName {
    #[error("its own sizes")]
    OwnSizes,
    #[error("{name}, the nearest known layout ({found} of {all} tensors fit)")]
    Nearest { name: String, found: usize, all: usize },
    #[error("the latents of this model")]
    LatentsOfModel,
}

/// Tensors that do not fit: how many, and the first of them.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("tensors")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum TensorsUnfit {
    #[error("{count} tensors are missing ({}{})", quoted(first), more(*count, first.len()))]
    Missing { count: usize, first: Vec<String> },
    #[error("{count} tensors are of another shape ({}{})", joined(first, ", "), more(*count, first.len()))]
    Misshapen { count: usize, first: Vec<Misshapen> },
    #[error("{count} tensors are unexpected ({}{})", quoted(first), more(*count, first.len()))]
    Unexpected { count: usize, first: Vec<String> },
}

/// One tensor of another shape.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[error("{name:?} is {found:?}, not {needed:?}")]
#[message("tensor")]
#[expect(missing_docs, reason = "the sentence says it")]
pub struct Misshapen {
    pub name: String,
    pub found: Vec<usize>,
    pub needed: Vec<usize>,
}

/// Why a LoRA cannot be used.
#[derive(Debug, Error, Message)]
#[message("lora")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum LoraUnfit {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("it holds no low-rank changes: choose a LoRA file")]
    NoChanges,
    #[error("its tensor {name:?} holds values that are no numbers (NaN or infinite): get the file again")]
    NotFinite { name: String },
    #[error(
        "it changes {changed} layers by their order, and this model has {layers}: choose the LoRA that was made for this model"
    )]
    OtherCount { changed: usize, layers: usize },
    #[error(
        "its tensors {up:?} and {down:?} do not fit the weight {weight:?} of shape {shape:?}: choose the LoRA that was made \
         for this model"
    )]
    Shape { up: Vec<usize>, down: Vec<usize>, weight: String, shape: Vec<usize> },
    #[error("it uses another method than LoRA ({method}): only plain LoRA can be merged")]
    OtherMethod { method: &'static str },
    #[error("it has two changes of the layer {layer:?}: get the file again")]
    TwoChanges { layer: String },
    #[error("it holds several adapters ({}): save each of them in a file of its own", quoted(names))]
    SeveralAdapters { names: Vec<String> },
    #[error("it changes {weight:?} twice, under two names: get the file again")]
    ChangedTwice { weight: String },
    #[error("the layer {layer:?} has only one of its two factors: get the file again")]
    OneFactor { layer: String },
    #[error(
        "{count} of its layers are not in this model (first: {first:?}): choose the LoRA that was made for this model"
    )]
    UnknownLayers { count: usize, first: String },
    #[error("the layer {layer:?} has the factor {scale}: get the file again")]
    Factor { layer: String, scale: f32 },
    #[error("its lora_adapter_metadata: {detail}")]
    Metadata { detail: String },
    #[error("its lora_adapter_metadata is no object")]
    MetadataNoObject,
    #[error("its lora_alpha is no number")]
    AlphaNoNumber,
    #[error("its alpha_pattern {layer:?} is a regular expression, which is not read here")]
    AlphaPattern { layer: String },
    #[error("a value of its alpha_pattern is no number")]
    AlphaPatternNoNumber,
    #[error("how strong it is stands in adapter_config.json beside it, and {reason}")]
    AdapterConfig { reason: AdapterConfigUnfit },
}

/// Why the `adapter_config.json` beside a LoRA cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("adapter-config")]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum AdapterConfigUnfit {
    #[error("that cannot be read: {detail}")]
    Unreadable { detail: String },
    #[error("that is too long to be one")]
    TooLong,
}

/// Why a configuration file of the reference cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("config")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum ConfigUnfit {
    #[error("{detail}")]
    Unreadable { detail: String },
    #[error("it has {length_bytes} bytes: configuration files have at most {most_bytes}")]
    TooLong { length_bytes: u64, most_bytes: u64 },
    #[error("the U-Net option {name} must be {required}: no other network is known here")]
    UNetOption { name: &'static str, required: String },
    #[error("attn_resolutions must be empty: no other autoencoder is known here")]
    AttentionResolutions,
    #[error("parameterization {found:?} is not known: eps or v")]
    Parameterization { found: String },
    #[error("{name} is {value}: it must be a whole number")]
    NoWholeNumber { name: String, value: String },
    #[error("{name} is {value}: it must be a list of whole numbers")]
    NoWholeNumbers { name: String, value: String },
    #[error("it lacks {name}")]
    Missing { name: String },
    #[error("{name} is {value}: it must be a number {range}")]
    NoNumber { name: String, value: String, range: NumberRange },
    #[error("{name} is {value}: it must be a list of two numbers")]
    NotTwo { name: String, value: String },
    #[error("{name} is {value}: it must be a list of names")]
    NoNames { name: String, value: String },
    #[error("{section} has the key {name:?}, which is not known: {} are", known.join(", "))]
    UnknownKey { section: String, name: String, known: Vec<String> },
    #[error("the stage needs a file that was not given: {option}")]
    NoFile { option: String },
    #[error("{list} names {name:?}, which is no parameter that is trained")]
    NotTrained { list: String, name: String },
    #[error(transparent)]
    Implausible(#[from] Implausible),
}

/// What a number of a configuration may be, in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("number-range")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their words say it")]
pub enum NumberRange {
    #[error("that is finite")]
    Finite,
    #[error("above 0")]
    Positive,
    #[error("not below 0")]
    NotNegative,
    #[error("from 0 to below 1")]
    Share,
    #[error("above 0 and not above 1")]
    PositiveShare,
    #[error("above 0, without a fraction")]
    Count,
    #[error("from 1 to 1000, without a fraction")]
    Timesteps,
}

impl NumberRange {
    /// Whether a number is one of them.
    pub fn has(self, number: f64) -> bool {
        number.is_finite()
            && match self {
                Self::Finite => true,
                Self::Positive => number > 0.0,
                Self::NotNegative => number >= 0.0,
                Self::Share => (0.0..1.0).contains(&number),
                Self::PositiveShare => number > 0.0 && number <= 1.0,
                Self::Count => number.fract() == 0.0 && (1.0..=1e9).contains(&number),
                Self::Timesteps => number.fract() == 0.0 && (1.0..=1000.0).contains(&number),
            }
    }
}

/// A number of a description that cannot be right, or numbers that do not fit each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("implausible")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum Implausible {
    #[error("the width of its text encoder and that of the text in its U-Net cannot be right")]
    TextWidths,
    #[error("the latent channels of U-Net and autoencoder cannot be right")]
    LatentChannels,
    #[error("the heads of its text encoder cannot be right")]
    TextHeads,
    #[error("the number of blocks of its text encoder cannot be right")]
    TextBlocks,
    #[error("the token table of its text encoder cannot be right")]
    TokenTable,
    #[error("the latent channels of its U-Net cannot be right")]
    UNetLatentChannels,
    #[error("the group norms of its U-Net cannot be right")]
    UNetNorms,
    #[error("the width of its U-Net cannot be right")]
    UNetWidth,
    #[error("the levels of its U-Net cannot be right")]
    UNetLevels,
    #[error("its number of residual blocks cannot be right")]
    ResidualBlocks,
    #[error("the levels with attention of its U-Net cannot be right")]
    AttentionLevels,
    #[error("the heads of its U-Net cannot be right")]
    UNetHeads,
    #[error("the width of the text in its U-Net cannot be right")]
    UNetTextWidth,
    #[error("the embeddings of guidance and motion cannot be right")]
    Embeddings,
    #[error("the group norms of its autoencoder cannot be right")]
    VaeNorms,
    #[error("the width of its autoencoder cannot be right")]
    VaeWidth,
    #[error("the levels of its autoencoder cannot be right")]
    VaeLevels,
    #[error("the latent channels of its autoencoder cannot be right")]
    VaeLatentChannels,
    #[error("the pixel squares of its autoencoder cannot be right")]
    VaePatch,
    #[error("its noise schedule or latent scale cannot be right")]
    NoiseSchedule,
    #[error("the map of its previews cannot be right")]
    PreviewMap,
    #[error("its numbers of steps cannot be right")]
    Steps,
    #[error("its guidance cannot be right")]
    Guidance,
    #[error("its numbers of frames cannot be right")]
    Frames,
    #[error("its sizes cannot be right")]
    Sizes,
    #[error("its default size cannot be right")]
    DefaultSize,
    #[error("its frames a second cannot be right")]
    Fps,
    #[error("its name or licence cannot be right")]
    Name,
    #[error("its vocabulary cannot be right")]
    Vocabulary,
    #[error("the remarks on its origin cannot be right")]
    Remarks,
    #[error("the multiple of its sizes cannot be right")]
    SizeMultiple,
}

/// What a number of a file is written as, in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("number-format")]
#[expect(missing_docs, reason = "their words say it")]
pub enum WeightFormat {
    #[error("a file of weights")]
    Weights,
    #[error("a number of 16 bits")]
    F16,
    #[error("a block of 8-bit numbers")]
    Q8,
}

/// What to do about a value that a file cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("value-advice")]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum ValueAdvice {
    #[error("use 32 bits")]
    UseF32,
    #[error("get the file again that it comes from")]
    GetAgain,
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

pub(crate) fn joined(parts: &[impl ToString], between: &str) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

/// How the files of networks are named beside that of the U-Net, as the beginning of an advice.
fn part_options(missing: &[NetworkName]) -> String {
    let option = |network: &NetworkName| match network {
        NetworkName::UNet => None,
        NetworkName::TextEncoder => Some("--text-encoder FILE"),
        NetworkName::Autoencoder => Some("--vae FILE"),
    };
    let options: Option<Vec<&str>> = missing.iter().map(option).collect();
    options.map_or_else(String::new, |options| format!("name a file with {}, or ", options.join(" and ")))
}

fn more(count: usize, listed: usize) -> &'static str {
    if count > listed { ", ..." } else { "" }
}
