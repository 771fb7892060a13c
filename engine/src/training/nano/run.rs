//! Goes through the plan: autoencoder, denoiser, model file. May be killed at any time and started again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::Device;

use super::curve::{Curve, falling_rate};
use super::denoiser::{self, Batches, Denoiser, SampleSettings};
use super::latents::LatentClips;
use super::log::{TrainEvent, Watch};
use super::plan::NanoPlan;
use super::{nano_config, nano_description, vae};
use crate::error::{EngineError, FileError, WriteError};
use crate::job::CancelToken;
use crate::model::{ModelConfig, ModelProvenance, ModelSource};
use crate::nn::config::VaeConfig;
use crate::nn::params::{Init, NamedTensor, ParamLoader, ParamSource};
use crate::pipeline::vae::{VAE_PREFIX, Vae};
use crate::training::sheet;
use crate::training::trainer::{TrainStart, Trainer, latest_checkpoint};
use crate::training::world::{CLIP_FRAMES, held_out_prompts};
use crate::weights::{Checkpoint, ModelFile, SeededStart, WeightPrecision, write_model};

/// Seed of prompts and noise of every sheet, so that sheets can be compared.
const SHEET_SEED: u64 = 20;
/// Guidance of every sheet.
const SHEET_GUIDANCE: f32 = 4.0;

/// What a run is.
pub struct NanoRun<'a> {
    /// Folder of checkpoints, curves, sheets and the finished model.
    pub folder: PathBuf,
    /// Seed of all that is random.
    pub seed: u64,
    /// Model whose weights a new run starts from; without it, from random ones.
    pub from: Option<PathBuf>,
    /// How much of what.
    pub plan: NanoPlan,
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
    fn open(run: &NanoRun<'_>) -> Result<Self, EngineError> {
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
    pub fn train_vae(&mut self) -> Result<bool, EngineError> {
        fs::create_dir_all(&self.folder).map_err(|source| WriteError::Io {
            action: "create",
            path: self.folder.clone(),
            source,
        })?;
        let config = nano_config().vae;
        let plan = self.plan.vae.clone();
        let build = |loader: &ParamLoader<'_>| Ok(Vae::init(&config, &loader.path(VAE_PREFIX))?);
        let origin = Origin::open(self)?;
        let start = origin.start(self.seed);
        let mut trainer = Trainer::start_or_resume(&self.folder, "vae", start, plan.trainer, &self.device, build)?;
        let total = plan.samples;
        let mut curve = Curve::open(&self.folder.join("vae.csv"), total)?;
        (self.watch)(TrainEvent::Stage { name: "autoencoder", samples: trainer.position.samples, total });
        let train_device = self.device.clone().autodiff();
        let batch = plan.batch as u64;
        let mut saved = Instant::now();
        // A plan without steps keeps the autoencoder of the model that the run starts from.
        let mut changed = latest_checkpoint(&self.folder, "vae").is_none();
        while trainer.position.samples < total && !self.cancel.is_cancelled() {
            let started = Instant::now();
            let position = &trainer.position;
            let learning_rate = falling_rate(plan.learning_rate, position.samples, total, position.step);
            let loss = vae::loss(&trainer.model, &plan, position.seed, position.step, &train_device);
            curve.step(&mut trainer, loss, learning_rate, batch, started, self.watch)?;
            changed = true;
            if saved.elapsed().as_secs_f64() > self.plan.checkpoint_secs {
                self.checkpoint_vae(&trainer)?;
                saved = Instant::now();
                changed = false;
            }
        }
        if changed {
            self.checkpoint_vae(&trainer)?;
        }
        Ok(trainer.position.samples >= total)
    }

    fn checkpoint_vae(&mut self, trainer: &Trainer<Vae>) -> Result<(), EngineError> {
        trainer.save(&self.folder, "vae")?;
        (self.watch)(TrainEvent::Checkpoint { folder: self.folder.clone() });
        let path = self.folder.join(format!("vae-{:06}.png", trainer.position.samples / 1000));
        sheet::reconstruction(&trainer.ema, &self.device, &path)?;
        (self.watch)(TrainEvent::Sheet { path });
        Ok(())
    }
}

impl NanoRun<'_> {
    /// Trains text transformer and U-Net to the end of the plan, or until cancelled; `true` when they are finished.
    ///
    /// # Errors
    /// When there is no trained autoencoder, the folder cannot be written or a checkpoint there does not fit.
    pub fn train_denoiser(&mut self) -> Result<bool, EngineError> {
        let mut config = nano_config();
        let (vae, _) = trained_vae(&self.folder, &config.vae, &self.device)?;
        config.diffusion.scale_factor = scale_factor(&vae, &self.device, self.seed);
        let plan = self.plan.denoiser.clone();
        let build = |loader: &ParamLoader<'_>| Denoiser::init(&config, loader);
        let origin = Origin::open(self)?;
        let start = origin.start(self.seed);
        let mut trainer = Trainer::start_or_resume(&self.folder, "denoiser", start, plan.trainer, &self.device, build)?;
        let mut curve = Curve::open(&self.folder.join("denoiser.csv"), 0)?;
        let seed = trainer.position.seed;
        let clips = LatentClips::new(&vae, &self.device, seed);
        let mut batches = Batches { clips, plan: &plan, scale_factor: config.diffusion.scale_factor, seed };
        let train_device = self.device.clone().autodiff();
        let mut saved = Instant::now();
        let mut drawn = Instant::now();
        while let Some(phase) = plan.phases.get(trainer.position.phase) {
            (self.watch)(TrainEvent::Stage {
                name: phase.name(),
                samples: trainer.position.phase_samples,
                total: phase.samples,
            });
            curve.begin(phase.samples);
            while trainer.position.phase_samples < phase.samples {
                let started = Instant::now();
                let learning_rate = phase.learning_rate_at(trainer.position.phase_samples)
                    * ((trainer.position.step + 1) as f64 / plan.warmup_steps as f64).min(1.0);
                let batch = batches.draw(phase, trainer.position.step);
                let loss = denoiser::loss(&trainer.model, &config, batch, &train_device);
                curve.step(&mut trainer, loss, learning_rate, phase.batch as u64, started, self.watch)?;
                let cancelled = self.cancel.is_cancelled();
                if cancelled || saved.elapsed().as_secs_f64() > self.plan.checkpoint_secs {
                    trainer.save(&self.folder, "denoiser")?;
                    (self.watch)(TrainEvent::Checkpoint { folder: self.folder.clone() });
                    saved = Instant::now();
                }
                if cancelled {
                    return Ok(false);
                }
                if drawn.elapsed().as_secs_f64() > self.plan.sheet_secs {
                    self.draw_sheet(&trainer, &vae, &config)?;
                    drawn = Instant::now();
                }
            }
            self.draw_sheet(&trainer, &vae, &config)?;
            trainer.position.phase += 1;
            trainer.position.phase_samples = 0;
            trainer.save(&self.folder, "denoiser")?;
            (self.watch)(TrainEvent::Checkpoint { folder: self.folder.clone() });
        }
        Ok(true)
    }

    fn draw_sheet(&mut self, trainer: &Trainer<Denoiser>, vae: &Vae, config: &ModelConfig) -> Result<(), EngineError> {
        let frames = self.plan.denoiser.phases.get(trainer.position.phase).map_or(CLIP_FRAMES, |phase| phase.frames);
        let prompts: Vec<String> = held_out_prompts(8, SHEET_SEED).into_iter().map(|(_, prompt)| prompt).collect();
        let settings = SampleSettings { frames, steps: 20, guidance: SHEET_GUIDANCE, seed: SHEET_SEED };
        let clips = denoiser::sample(&trainer.ema, vae, config, &prompts, settings);
        let path = self.folder.join(format!("denoiser-{:06}.png", trainer.position.step));
        sheet::clips(&path, &clips)?;
        (self.watch)(TrainEvent::Sheet { path });
        Ok(())
    }

    /// Writes the model file from the newest checkpoints.
    ///
    /// # Errors
    /// When a checkpoint is missing or the file cannot be written.
    pub fn write_model(&mut self, path: &Path, precision: WeightPrecision) -> Result<(), EngineError> {
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

/// One over the standard deviation of the latents of some clips, so that scaled latents have unit variance.
fn scale_factor(vae: &Vae, device: &Device, seed: u64) -> f32 {
    let mut clips = LatentClips::new(vae, device, seed);
    let all: Vec<usize> = (0..CLIP_FRAMES).collect();
    let values: Vec<f32> = (0..48).flat_map(|index| clips.frames(index, &all)).collect();
    let mean_square = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64;
    (1.0 / (mean_square - mean * mean).sqrt()) as f32
}

/// The averaged autoencoder of the newest checkpoint in `folder`, on `device`, and its tensors by name.
///
/// # Errors
/// When there is no checkpoint or it does not fit.
pub fn trained_vae(folder: &Path, config: &VaeConfig, device: &Device) -> Result<(Vae, Vec<NamedTensor>), EngineError> {
    let checkpoint = latest_checkpoint(folder, "vae").ok_or_else(|| EngineError::Training {
        detail: format!("{folder:?} holds no trained autoencoder: train it first"),
    })?;
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
