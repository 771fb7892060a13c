//! An autoencoder in a file: a model's, or one without a model around it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::{METADATA_KEY as MODEL_KEY, ModelProvenance, Unfit, check_vae};
use crate::nn::config::VaeConfig;
use crate::nn::params::{NamedTensor, ParamSource};
use crate::training::TrainError;
use crate::weights::{Checkpoint, FileError, ModelFile, WeightPrecision, sha256_of, write_tensors};

/// Key of the description in the metadata of an autoencoder without a model.
const METADATA_KEY: &str = "hummingbird-autoencoder";

/// What an autoencoder without a model says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Description {
    config: VaeConfig,
    provenance: ModelProvenance,
}

/// An autoencoder whose tensors are read when the network is built.
#[derive(Debug)]
pub struct VaeFile {
    place: Place,
    config: VaeConfig,
    sha256: String,
}

#[derive(Debug)]
enum Place {
    Model(Box<ModelFile>),
    Alone(Box<Checkpoint>),
}

impl VaeFile {
    /// Opens a model, or an autoencoder that [`Self::write`] wrote.
    ///
    /// # Errors
    /// When the file is neither.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let checkpoint = Checkpoint::open(path)?;
        let sha256 = sha256_of(&checkpoint);
        let own = checkpoint.metadata(METADATA_KEY).filter(|_| checkpoint.metadata(MODEL_KEY).is_none());
        let Some(json) = own else {
            let model = ModelFile::of(checkpoint)?;
            let config = model.description().config.vae.clone();
            return Ok(Self { place: Place::Model(Box::new(model)), config, sha256 });
        };
        let damaged =
            |detail: String| FileError::Damaged { path: path.to_owned(), detail: Unfit::Description { detail }.into() };
        let description: Description = serde_json::from_str(json).map_err(|error| damaged(error.to_string()))?;
        check_vae(&description.config).map_err(|unfit| damaged(unfit.to_string()))?;
        Ok(Self { place: Place::Alone(Box::new(checkpoint)), config: description.config, sha256 })
    }

    /// Writes an autoencoder without a model, in f32.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(
        path: &Path,
        config: &VaeConfig,
        provenance: &ModelProvenance,
        tensors: &[NamedTensor],
    ) -> Result<(), TrainError> {
        let description = Description { config: config.clone(), provenance: provenance.clone() };
        let json = serde_json::to_string(&description).expect("a description has only string keys");
        Ok(write_tensors(path, &[(METADATA_KEY, json)], tensors, WeightPrecision::F32)?)
    }

    /// Sizes.
    pub fn config(&self) -> &VaeConfig {
        &self.config
    }

    /// SHA-256 of the file.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The model around it.
    pub fn model(&self) -> Option<&ModelFile> {
        match &self.place {
            Place::Model(model) => Some(model),
            Place::Alone(_) => None,
        }
    }

    /// The file.
    pub fn checkpoint(&self) -> &Checkpoint {
        match &self.place {
            Place::Model(model) => model.checkpoint(),
            Place::Alone(checkpoint) => checkpoint,
        }
    }

    /// Its tensors.
    pub fn params(&self) -> &dyn ParamSource {
        match &self.place {
            Place::Model(model) => model.as_ref(),
            Place::Alone(checkpoint) => checkpoint.as_ref(),
        }
    }
}
