//! Models in parts: which networks a file holds, and files that complete another one.

use std::path::{Path, PathBuf};

use super::checkpoint::Checkpoint;
use super::layout::{Layout, recognise};
use super::names::{TEXT, VAE};
use crate::error::ModelError;
use crate::unfit::{NetworkName, Unfit};
use hummingbird_formats::FileError;

/// Files from which networks of a model are taken, in place of those that its own file may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelParts {
    /// File of the text encoder.
    pub text_encoder: Option<PathBuf>,
    /// File of the autoencoder.
    pub autoencoder: Option<PathBuf>,
}

/// Which networks of a model a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartsOf {
    /// The U-Net.
    pub unet: bool,
    /// The text encoder.
    pub text_encoder: bool,
    /// The autoencoder.
    pub autoencoder: bool,
}

impl PartsOf {
    /// Those of a file.
    pub fn of(file: &Checkpoint) -> Self {
        match recognise(file) {
            Layout::Networks(it) => {
                Self { unet: it.unet.is_some(), text_encoder: it.text.is_some(), autoencoder: it.vae.is_some() }
            }
            Layout::Lora { .. } | Layout::Tiny { .. } | Layout::Unknown => Self::default(),
        }
    }

    /// Whether they make a model.
    pub fn is_whole(self) -> bool {
        self.unet && self.text_encoder && self.autoencoder
    }
}

impl ModelParts {
    /// The same model with the networks of these files.
    pub(super) fn complete(&self, mut model: Checkpoint) -> Result<Checkpoint, ModelError> {
        if let Some(path) = &self.text_encoder {
            model = model.completed(TEXT, part(path, NetworkName::TextEncoder)?);
        }
        if let Some(path) = &self.autoencoder {
            model = model.completed(VAE, part(path, NetworkName::Autoencoder)?);
        }
        Ok(model)
    }
}

/// Opens the file of a network.
fn part(path: &Path, network: NetworkName) -> Result<Checkpoint, ModelError> {
    let file = Checkpoint::open(path)?;
    let has = PartsOf::of(&file);
    let is_it = match network {
        NetworkName::UNet => has.unet,
        NetworkName::TextEncoder => has.text_encoder,
        NetworkName::Autoencoder => has.autoencoder,
    };
    if is_it {
        return Ok(file);
    }
    Err(FileError::Foreign { path: path.to_owned(), detail: Unfit::NotThatPart { network }.into() }.into())
}
