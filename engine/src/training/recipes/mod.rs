//! Recipes: what is trained on what, towards what, in which order. Only they know datasets, objectives and the trainer at once.
//!
//! A recipe is a folder: a plan (what a user may change), a `trainer::Stage` for each model that it trains, and a run that goes
//! through the stages and writes what comes out. `nano` makes the embedded model out of the others. `prune` trains nothing. What
//! `distil`, `turbo` and `lora` have in common is in `common`, shared tables in `settings`, clips as latents in `clips`, what is kept of them on the disk in `encoder_cache`, files of scorers in `scorers`.

pub mod clips;
mod common;
pub mod distil;
pub mod encoder_cache;
pub mod encoders;
pub mod estimate;
pub mod lora;
pub mod nano;
pub mod prune;
mod samples;
pub mod scorer;
pub mod scorers;
pub mod settings;
pub mod tiny_decoder;
pub mod turbo;
pub mod vae;
mod writing;

use std::path::Path;

use burn::tensor::Device;
use hummingbird_base::CancelToken;

use self::estimate::Estimate;
use super::TrainError;
use super::trainer::TrainPlaces;
use super::trainer::log::Watch;

/// A recipe that was checked and whose models are open.
pub trait RecipeRun {
    /// Folder of checkpoints, curves and sample grids.
    fn folder(&self) -> &Path;

    /// Where the model is written.
    fn output(&self) -> &Path;

    /// Trains to the last update, or until cancelled; `true` when it is finished. Goes on from the newest checkpoint.
    ///
    /// # Errors
    /// When a file cannot be used, the folder cannot be written, a checkpoint there does not fit, or a loss is not finite.
    fn train(&self, device: &Device, cancel: &CancelToken, watch: &mut Watch<'_>) -> Result<bool, TrainError>;

    /// Opens everything that the run will need, and estimates what it will hold and compute; `None` where there is
    /// nothing to do.
    ///
    /// # Errors
    /// As [`Self::train`] for files that cannot be used.
    fn dry_run(&self, device: &Device, watch: &mut Watch<'_>) -> Result<Option<Estimate>, TrainError>;

    /// [`Self::train`] on several devices.
    ///
    /// # Errors
    /// `OneDevice` when there are several and the recipe cannot use them; else as [`Self::train`], and when a device is lost.
    fn train_on(&self, places: &TrainPlaces, cancel: &CancelToken, watch: &mut Watch<'_>) -> Result<bool, TrainError> {
        if places.count() > 1 {
            return Err(TrainError::OneDevice);
        }
        self.train(&places.first.device, cancel, watch)
    }

    /// Writes the model of the newest checkpoint.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    fn write(&self, device: &Device, watch: &mut Watch<'_>) -> Result<(), TrainError>;
}
