//! Tiny decoders: which one belongs to a model, and its file.
//!
//! A tiny decoder is a file of its own: the demo model's is part of the program, a model of one's own has it beside its file,
//! and TAESD fits the published models, whose latents are those of Stable Diffusion.

use crate::unfit::{LayoutName, Unfit};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::aligned::Aligned;
use super::checkpoint::Checkpoint;
use super::file::sha256_of;
use super::layout::{Layout, recognise};
use super::writer::{WeightPrecision, write_tensors};
use crate::description::{ModelConfig, ModelProvenance, ModelSource};
use crate::error::ModelError;
use hummingbird_base::KnownFiles;
use hummingbird_formats::FileError;
use hummingbird_nn::config::{TinyDecoderConfig, VaeConfig};
use hummingbird_nn::params::NamedTensor;

/// The demo model's, as every build carries it.
static EMBEDDED: &Aligned<[u8]> = &Aligned(*include_bytes!("../../../assets/nano/nano.light.safetensors"));
/// Name that errors show for it.
const EMBEDDED_NAME: &str = "the demo model's light decoder";
/// Key of the description in the metadata of a file of ours.
const METADATA_KEY: &str = "hummingbird-light-decoder";
/// Name of TAESD in the catalogue, and the name of its decoder as a file of PyTorch.
const TAESD: &str = "taesd";
const TAESD_TORCH: &str = "taesd_decoder.pth";
/// What a tiny decoder of one's own is called: the model's name with this ending.
const ENDING: &str = "light.safetensors";

/// Where a tiny decoder is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TinyDecoderSource {
    /// That of the demo model.
    Embedded,
    /// A file.
    File(PathBuf),
}

/// The places in which a model's tiny decoder is looked for.
#[derive(Clone, Debug)]
pub struct TinyDecoderPlaces {
    model: ModelSource,
    takes_taesd: bool,
    known: Option<Arc<dyn KnownFiles>>,
}

impl TinyDecoderPlaces {
    /// Those of a model: the folder beside its file, and a models folder if there is one.
    pub fn of(model: &ModelSource, config: &ModelConfig, folder: Option<Arc<dyn KnownFiles>>) -> Self {
        // TAESD decodes the latents of one autoencoder, that of Stable Diffusion.
        let takes_taesd = config.vae == VaeConfig::kl_f8();
        Self { model: model.clone(), takes_taesd, known: folder }
    }

    /// The tiny decoder that is here now: one beside the model, else TAESD in the models folder if it fits. It is looked for,
    /// not opened.
    pub fn find(&self) -> Option<TinyDecoderSource> {
        let path = match &self.model {
            ModelSource::Embedded => return Some(TinyDecoderSource::Embedded),
            ModelSource::File(path) => path,
        };
        let beside = Some(tiny_decoder_path(path)).filter(|path| path.is_file());
        let known = self.known.as_ref().filter(|_| self.takes_taesd);
        let taesd = || known.and_then(|folder| folder.find(TAESD).or_else(|| folder.find(TAESD_TORCH)));
        beside.or_else(taesd).map(TinyDecoderSource::File)
    }
}

/// Where the tiny decoder of the model in a file is: `nano.safetensors -> nano.light.safetensors`.
pub fn tiny_decoder_path(model: &Path) -> PathBuf {
    model.with_extension(ENDING)
}

/// What a tiny decoder of ours says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TinyDecoderDescription {
    /// Name for people.
    pub name: String,
    /// SPDX expression.
    pub licence: String,
    /// SHA-256 of the model whose decoder it was distilled from.
    pub model_sha256: String,
    /// How it was made.
    pub provenance: ModelProvenance,
}

/// A tiny decoder's file whose structure was checked.
#[derive(Debug)]
pub struct TinyDecoderFile {
    checkpoint: Checkpoint,
    config: TinyDecoderConfig,
    description: Option<TinyDecoderDescription>,
}

impl TinyDecoderFile {
    /// Opens a tiny decoder; values are read when the network is built.
    ///
    /// # Errors
    /// `ModelOpen`, `ModelDamaged`, or `ModelForeign` where it is something else.
    pub fn open(source: &TinyDecoderSource) -> Result<Self, ModelError> {
        let checkpoint = match source {
            TinyDecoderSource::Embedded => Checkpoint::embedded(PathBuf::from(EMBEDDED_NAME), &EMBEDDED.0)?,
            TinyDecoderSource::File(path) => Checkpoint::open(path)?,
        };
        let path = || checkpoint.path().to_owned();
        let Layout::Tiny { decoder: Some(config), .. } = recognise(&checkpoint) else {
            let detail = Unfit::NoTinyDecoder.into();
            return Err(FileError::Foreign { path: path(), detail }.into());
        };
        let description = match checkpoint.metadata(METADATA_KEY) {
            None => None,
            Some(json) => Some(serde_json::from_str(json).map_err(|error| FileError::Damaged {
                path: path(),
                detail: Unfit::Description { detail: error.to_string() }.into(),
            })?),
        };
        Ok(Self { checkpoint, config, description })
    }

    /// Sizes, read off the tensors.
    pub fn config(&self) -> &TinyDecoderConfig {
        &self.config
    }

    /// Whether it decodes the latents of a model of these sizes.
    ///
    /// # Errors
    /// `LayoutUnfit` with what does not fit.
    pub fn check(&self, model: &ModelConfig) -> Result<(), ModelError> {
        let (mine, theirs) = (&self.config, &model.vae);
        let unfit = |detail: Unfit| {
            let (layout, details) = (LayoutName::LatentsOfModel, vec![detail.into()]);
            Err(ModelError::LayoutUnfit { path: self.checkpoint.path().to_owned(), layout, details })
        };
        if mine.z_channels != theirs.z_channels {
            return unfit(Unfit::LatentChannels { found: mine.z_channels, needed: theirs.z_channels });
        }
        if mine.upsampling() != theirs.downsampling() {
            return unfit(Unfit::Upsampling { made: mine.upsampling(), needed: theirs.downsampling() });
        }
        Ok(())
    }

    /// The file's tensors.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// What it says of itself; nothing in files of others.
    pub fn description(&self) -> Option<&TinyDecoderDescription> {
        self.description.as_ref()
    }

    /// Name for people.
    pub fn name(&self) -> String {
        match &self.description {
            Some(description) => description.name.clone(),
            None if self.config == TinyDecoderConfig::taesd() => "TAESD".to_owned(),
            None => self.checkpoint.path().file_name().unwrap_or(OsStr::new("tiny decoder")).to_string_lossy().into(),
        }
    }

    /// SHA-256 of the file, lower-case hexadecimal; an empty text where it cannot be read.
    pub fn sha256(&self) -> String {
        sha256_of(&self.checkpoint)
    }
}

/// Writes a tiny decoder as a file of ours.
///
/// # Errors
/// As [`write_tensors`].
pub fn write_tiny_decoder(
    path: &Path,
    description: &TinyDecoderDescription,
    tensors: &[NamedTensor],
) -> Result<(), ModelError> {
    let json = serde_json::to_string(description).expect("a description has only string keys");
    write_tensors(path, &[(METADATA_KEY, json)], tensors, WeightPrecision::F16)
}
