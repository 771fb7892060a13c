//! What recipes that train a U-Net in a folder have in common: opening models, going on from a checkpoint, saying where the result
//! comes from.

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use hummingbird_base::{Action, WriteError};

use super::settings::{OptimizerSettings, RunSettings};
use crate::model::{ModelDescription, ModelSource};
use crate::nn::adapter::Branches;
use crate::nn::config::UNetConfig;
use crate::nn::dropout::DropoutRates;
use crate::nn::params::{ParamLoader, ParamSource};
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::training::TrainError;
use crate::training::objectives::guided_distillation::Teacher;
use crate::training::recipe::RecipeError;
use crate::training::trainer::{TrainPosition, TrainSetup, TrainStart, Trainer};
use crate::weights::ModelFile;

/// The model that the recipe's `key` names.
///
/// # Errors
/// When the key is not set, or the file cannot be used.
pub(super) fn model_at(path: Option<&Path>, key: &'static str) -> Result<ModelFile, TrainError> {
    let path = path.ok_or(RecipeError::Missing { key })?;
    Ok(ModelFile::open(&ModelSource::File(path.to_owned()))?)
}

/// Makes the folder of a run.
///
/// # Errors
/// When it cannot be made.
pub(super) fn create_folder(folder: &Path) -> Result<(), TrainError> {
    let io = |source| WriteError::Io { action: Action::Create, path: folder.to_owned(), source };
    Ok(fs::create_dir_all(folder).map_err(io)?)
}

/// The U-Net of a model, without gradients.
///
/// # Errors
/// When the file lacks a tensor.
pub(super) fn frozen(model: &ModelFile, device: &Device) -> Result<Teacher, TrainError> {
    let config = &model.description().config.unet;
    let loader = ParamLoader::new(model, device);
    Ok(Teacher { unet: UNet::init(config, &loader.path(UNET_PREFIX))?, channels: config.model_channels })
}

/// A U-Net that is to be trained.
pub(super) struct Student<'a> {
    /// Its sizes.
    pub config: &'a UNetConfig,
    /// Its first weights.
    pub weights: &'a dyn ParamSource,
    /// Where those come from.
    pub origin: String,
    /// Branches, where only those are trained.
    pub branches: Option<Branches<'a>>,
    /// The recipe's tables.
    pub run: &'a RunSettings,
    /// How weights are updated.
    pub optimizer: &'a OptimizerSettings,
    /// What is dropped.
    pub dropout: DropoutRates,
}

impl Student<'_> {
    /// The student as its newest checkpoint `name` has it, or as it begins.
    ///
    /// # Errors
    /// When a file cannot be read, a checkpoint does not fit, or it belongs to a run that began as something else.
    pub fn resume(self, name: &str, device: &Device) -> Result<Trainer<UNet>, TrainError> {
        let Self { config, weights, origin, branches, run, optimizer, dropout } = self;
        let began_as = origin.clone();
        let start = TrainStart { weights, seed: run.seed, origin: Some(origin) };
        let setup = TrainSetup { start, settings: optimizer.trainer(), device, adapters: branches };
        let build = |loader: &ParamLoader<'_>| UNet::init(config, &loader.path(UNET_PREFIX));
        let mut trainer = Trainer::resume(&run.folder, name, setup, build)?;
        // Branches say nothing of the weights that they stand beside.
        if trainer.position.origin.as_deref() != Some(&began_as) {
            let was = trainer.position.origin.unwrap_or_default();
            return Err(TrainError::OtherOrigin { folder: run.folder.clone(), was, now: began_as });
        }
        trainer.options = run.step_options(device)?;
        trainer.dropout = dropout;
        Ok(trainer)
    }
}

/// A file as the origin of another's weights.
pub(super) fn origin(model: &ModelFile) -> String {
    format!("the model with SHA-256 {}", model.sha256())
}

/// Writes into a description which command made the model, and how long it was trained.
pub(super) fn describe(description: &mut ModelDescription, command: &str, position: &TrainPosition) {
    description.provenance.command = command.to_owned();
    description.provenance.seed = position.seed;
    description.provenance.notes = notes(position, "clips");
}

/// How something was made, for its description; `samples` says of what.
pub(super) fn notes(position: &TrainPosition, samples: &str) -> String {
    let TrainPosition { step, samples: seen, elapsed_secs, ref origin, .. } = *position;
    let origin = origin.as_ref().map(|origin| format!("; began as {origin}")).unwrap_or_default();
    format!("{step} updates, {seen} {samples}, {:.1} hours{origin}", elapsed_secs / 3600.0)
}
