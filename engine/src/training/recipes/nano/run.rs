//! Goes through the plan, stage by stage, and writes the model file. May be killed at any time and started again.

use hummingbird_base::Action;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;

use super::autoencoder::AutoencoderStage;
use super::denoiser::{DenoiserStage, latent_clips};
use super::plan::NanoPlan;
use super::{CANVAS, nano_config, nano_description};
use crate::model::{ModelProvenance, ModelSource};
use crate::nn::config::VaeConfig;
use crate::nn::params::{Init, NamedTensor, ParamLoader, ParamSource};
use crate::pipeline::vae::{VAE_PREFIX, Vae};
use crate::training::TrainError;
use crate::training::datasets::Dataset;
use crate::training::datasets::synthetic::{Split, SyntheticClips};
use crate::training::objectives::denoising::Denoiser;
use crate::training::trainer::log::{TrainEvent, Watch};
use crate::training::trainer::{FitOptions, Stage, StepOptions, TrainStart, Trainer, fit, latest_checkpoint};
use crate::weights::FileError;
use crate::weights::{Checkpoint, ModelFile, SeededStart, WeightPrecision, write_model};
use hummingbird_base::CancelToken;
use hummingbird_base::WriteError;

/// What a run is.
pub struct NanoRun<'a> {
    /// Folder of checkpoints, curves, sample grids and the finished model.
    pub folder: PathBuf,
    /// Seed of all that is random.
    pub seed: u64,
    /// Model whose weights a new run starts from; without it, from random ones.
    pub from: Option<PathBuf>,
    /// How much of what.
    pub plan: NanoPlan,
    /// How optimiser steps are computed.
    pub step_options: StepOptions,
    /// Where to compute.
    pub device: Device,
    /// Stops the run after a checkpoint.
    pub cancel: CancelToken,
    /// Is told what happens.
    pub watch: &'a mut Watch<'a>,
}

/// The first weights of a new run.
enum Origin {
    Seed(SeededStart),
    Model(Box<Grown>),
}

/// A model that may lack parts of the present architecture: those start from the seed. New transformers end in projections
/// that start at zero, so that the network at first does what it did without them.
struct Grown {
    model: ModelFile,
    rest: SeededStart,
}

impl ParamSource for Grown {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        match self.model.values(name, shape, init) {
            Err(FileError::TensorMissing { .. }) => {
                log::warn!("the model to start from lacks {name}: it starts from the seed");
                self.rest.values(name, shape, init)
            }
            found => found,
        }
    }
}

impl Origin {
    fn open(run: &NanoRun<'_>) -> Result<Self, TrainError> {
        Ok(match &run.from {
            None => Self::Seed(SeededStart { seed: run.seed }),
            Some(path) => Self::Model(Box::new(Grown {
                model: ModelFile::open(&ModelSource::File(path.clone()))?,
                rest: SeededStart { seed: run.seed },
            })),
        })
    }

    fn start(&self, seed: u64) -> TrainStart<'_> {
        match self {
            Self::Seed(weights) => TrainStart { weights, seed, origin: None },
            Self::Model(grown) => {
                let ModelProvenance { command, seed: first_seed, notes } = &grown.model.description().provenance;
                let origin = format!(
                    "the model with SHA-256 {}, itself made by `{command}` with seed {first_seed}: {notes}",
                    grown.model.sha256()
                );
                TrainStart { weights: grown.as_ref(), seed, origin: Some(origin) }
            }
        }
    }
}

impl NanoRun<'_> {
    /// Trains the autoencoder to the end of its plan, or until cancelled; `true` when it is finished.
    ///
    /// # Errors
    /// When the folder cannot be written or a checkpoint there does not fit.
    pub fn train_vae(&mut self) -> Result<bool, TrainError> {
        self.create_folder()?;
        let config = nano_config().vae;
        let plan = self.plan.vae.clone();
        let build = |loader: &ParamLoader<'_>| Vae::init(&config, &loader.path(VAE_PREFIX));
        let origin = Origin::open(self)?;
        let start = origin.start(self.seed);
        let name = AutoencoderStage::NAME;
        let mut trainer = Trainer::start_or_resume(&self.folder, name, start, plan.trainer, &self.device, build)?;
        trainer.options = self.step_options;
        let mut stage = AutoencoderStage::new(plan, &config, CANVAS, &self.device, self.folder.clone());
        // A plan without steps keeps the autoencoder of the model that the run starts from.
        let (options, watch) = self.fit_options();
        fit(&mut stage, &mut trainer, &options, watch)
    }

    /// Trains text transformer and U-Net to the end of the plan, or until cancelled; `true` when they are finished.
    ///
    /// # Errors
    /// When there is no trained autoencoder, the folder cannot be written or a checkpoint there does not fit.
    pub fn train_denoiser(&mut self) -> Result<bool, TrainError> {
        let mut config = nano_config();
        let device = self.device.clone();
        let (vae, _) = trained_vae(&self.folder, &config.vae, &device)?;
        config.diffusion.scale_factor = scale_factor(&vae, &device, self.seed);
        let plan = self.plan.denoiser.clone();
        let build = |loader: &ParamLoader<'_>| Denoiser::init(&config, loader);
        let origin = Origin::open(self)?;
        let start = origin.start(self.seed);
        let name = DenoiserStage::NAME;
        let mut trainer = Trainer::start_or_resume(&self.folder, name, start, plan.trainer, &device, build)?;
        trainer.options = self.step_options;
        let seed = trainer.position.seed;
        let mut stage = DenoiserStage::new(plan, &config, &vae, training_clips(seed), &device, self.folder.clone());
        let (options, watch) = self.fit_options();
        fit(&mut stage, &mut trainer, &options, watch)
    }

    /// How stages are gone through, and who is told.
    pub(super) fn fit_options(&mut self) -> (FitOptions<'_>, &mut Watch<'_>) {
        let Self { folder, plan, cancel, watch, .. } = self;
        let NanoPlan { checkpoint_secs, grid_secs, .. } = *plan;
        (FitOptions { folder, checkpoint_secs, grid_secs, keep: 1, cancel }, watch)
    }

    /// Makes the folder of the run.
    pub(super) fn create_folder(&self) -> Result<(), TrainError> {
        let io = |source| WriteError::Io { action: Action::Create, path: self.folder.clone(), source };
        Ok(fs::create_dir_all(&self.folder).map_err(io)?)
    }

    /// Writes the model file from the newest checkpoints.
    ///
    /// # Errors
    /// When a checkpoint is missing or the file cannot be written.
    pub fn write_model(&mut self, path: &Path, precision: WeightPrecision) -> Result<(), TrainError> {
        let mut config = nano_config();
        let (vae, mut tensors) = trained_vae(&self.folder, &config.vae, &self.device)?;
        config.diffusion.scale_factor = scale_factor(&vae, &self.device, self.seed);
        let build = |loader: &ParamLoader<'_>| Denoiser::init(&config, loader);
        let origin = Origin::open(self)?;
        let start = origin.start(self.seed);
        let optimizer = self.plan.denoiser.trainer;
        let trainer = Trainer::start_or_resume(&self.folder, "denoiser", start, optimizer, &self.device, build)?;
        tensors.extend(trainer.export_ema());
        let description = nano_description(config, &trainer.position);
        write_model(path, &description, &tensors, precision)?;
        (self.watch)(TrainEvent::Model { path: path.to_owned() });
        Ok(())
    }
}

/// Nano's training clips of the dataset `seed`.
fn training_clips(seed: u64) -> SyntheticClips {
    SyntheticClips { seed, split: Split::Train, canvas: CANVAS }
}

/// One over the standard deviation of the latents of some clips, so that scaled latents have unit variance.
fn scale_factor(vae: &Vae, device: &Device, seed: u64) -> f32 {
    let clips = latent_clips(vae, training_clips(seed), device);
    let values: Vec<f32> = (0..48).flat_map(|index| clips.example(index).to_vec()).collect();
    let mean_square = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64;
    (1.0 / (mean_square - mean * mean).sqrt()) as f32
}

/// The averaged autoencoder of the newest checkpoint in `folder`, on `device`, and its tensors by name.
///
/// # Errors
/// When there is no checkpoint or it does not fit.
pub fn trained_vae(folder: &Path, config: &VaeConfig, device: &Device) -> Result<(Vae, Vec<NamedTensor>), TrainError> {
    let checkpoint =
        latest_checkpoint(folder, "vae").ok_or_else(|| TrainError::NoAutoencoder { folder: folder.to_owned() })?;
    let store = Checkpoint::open(&checkpoint.join("weights.safetensors"))?.under("ema.");
    let loader = ParamLoader::new(&store, device);
    let vae = Vae::init(config, &loader.path(VAE_PREFIX))?;
    let tensors = loader.into_registry().export(&vae);
    Ok((vae, tensors))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_to_start_from_may_lack_parts_but_no_part_may_have_another_shape() {
        let open = || ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let model = open();
        let grown = Grown { model: open(), rest: SeededStart { seed: 3 } };
        let (name, shape) = ("model.diffusion_model.out.0.weight", [48]);
        let known = grown.values(name, &shape, Init::Ones).expect("Nano has it");
        assert_eq!(known, model.values(name, &shape, Init::Ones).expect("Nano has it"));
        let init = Init::Uniform { fan_in: 4 };
        let new = grown.values("model.diffusion_model.new.weight", &[2, 4], init).expect("the seed has everything");
        assert_eq!(
            new,
            SeededStart { seed: 3 }.values("model.diffusion_model.new.weight", &[2, 4], init).expect("it has")
        );
        assert!(matches!(grown.values(name, &[47], Init::Ones), Err(FileError::TensorShape { .. })));
    }
}
