//! What every training run shares. It knows objectives and stages as traits only.
//!
//! [`Trainer`] holds a model with its optimiser, its running average and its position, takes steps (gradient accumulation,
//! activation checkpointing) and writes checkpoints from which a run goes on exactly; [`fit`] goes through the phases of a
//! [`Stage`]. `schedule` holds learning rates, `log` loss curves and events.

mod average;
mod checkpoint;
mod fit;
pub mod log;
pub mod schedule;
mod tensorboard;
#[cfg(test)]
mod tests;

use hummingbird_base::Action;
use std::fs;
use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{AdamWConfig, GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Gradients, Tensor};
use hummingbird_base::files;
use serde::{Deserialize, Serialize};

use self::average::average;
use self::checkpoint::io;
pub use self::checkpoint::{TrainPosition, latest_checkpoint};
pub use self::fit::{FitOptions, Moment, Phase, Stage, fit};
use super::objectives::{Batch, Objective};
use crate::nn::hook::NoHook;
use crate::nn::params::{Init, NamedTensor, ParamLoader, ParamRegistry, ParamSource};
use crate::nn::recompute::Tape;
use crate::training::TrainError;
use crate::weights::FileError;
use crate::weights::{Checkpoint, WeightPrecision, write_tensors};

/// Prefix of the averaged weights in a checkpoint.
const EMA_PREFIX: &str = "ema.";

/// Where the weights of a new run come from.
pub struct TrainStart<'a> {
    /// The first weights.
    pub weights: &'a dyn ParamSource,
    /// Seed of everything that is drawn during the run.
    pub seed: u64,
    /// Names the source when it is another model.
    pub origin: Option<String>,
}

/// Settings of the optimiser and of the average.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainerConfig {
    /// AdamW's decoupled weight decay.
    pub weight_decay: f32,
    /// Largest share of the old average that each step keeps.
    pub ema_decay: f64,
    /// Largest norm of a parameter's gradient.
    pub clip_norm: f32,
}

/// How a step's gradients are computed. It changes memory and time, and results by no more than rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepOptions {
    /// Micro-batches into which a batch is split: each is computed alone, and the gradients are summed. More than a batch has
    /// samples are as many as it has.
    pub accumulate: usize,
    /// Whether blocks are computed again in the backward pass instead of keeping what is inside them.
    pub checkpoint_activations: bool,
}

impl Default for StepOptions {
    fn default() -> Self {
        Self { accumulate: 1, checkpoint_activations: false }
    }
}

/// A source all of whose values are f32: what is trained and averaged has to change by less than an f16 can tell.
struct Wide<'a>(&'a dyn ParamSource);

impl ParamSource for Wide<'_> {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        self.0.values(name, shape, init)
    }
}

/// A model in training: weights, their running average, optimiser.
pub struct Trainer<M: Module> {
    /// The weights that are trained.
    pub model: M,
    /// Their exponential moving average, without gradients.
    pub ema: M,
    /// Where the run stands.
    pub position: TrainPosition,
    /// How steps are computed.
    pub options: StepOptions,
    registry: ParamRegistry,
    optimizer: ModuleOptimizer,
    config: TrainerConfig,
}

impl<M: Module> Trainer<M> {
    /// Goes on from the checkpoint `name` in `folder`, or from `start` when there is none.
    ///
    /// `build` makes the model from a loader; it is called with the trained and with the averaged weights.
    ///
    /// # Errors
    /// When a checkpoint exists but cannot be read, or does not fit the model.
    pub fn start_or_resume(
        folder: &Path,
        name: &str,
        start: TrainStart<'_>,
        config: TrainerConfig,
        device: &Device,
        build: impl Fn(&ParamLoader<'_>) -> Result<M, FileError>,
    ) -> Result<Self, TrainError> {
        let train_device = device.clone().autodiff();
        let load = |source: &dyn ParamSource, device: &Device| {
            let source = Wide(source);
            let loader = ParamLoader::new(&source, device);
            let model = build(&loader)?;
            Ok::<_, TrainError>((model, loader.into_registry()))
        };
        let mut optimizer = AdamWConfig::new()
            .with_epsilon(1e-8)
            .with_weight_decay(config.weight_decay)
            .with_grad_clipping(Some(burn::grad_clipping::GradientClippingConfig::Norm(config.clip_norm)))
            .init();
        let options = StepOptions::default();
        let Some(checkpoint) = latest_checkpoint(folder, name) else {
            let (model, registry) = load(start.weights, &train_device)?;
            let (ema, _) = load(start.weights, device)?;
            let position = TrainPosition { seed: start.seed, origin: start.origin, ..TrainPosition::default() };
            return Ok(Self { model, ema, position, options, registry, optimizer, config });
        };
        let weights = checkpoint.join("weights.safetensors");
        let (model, registry) = load(&Checkpoint::open(&weights)?, &train_device)?;
        let (ema, _) = load(&Checkpoint::open(&weights)?.under(EMA_PREFIX), device)?;
        let optimizer_path = checkpoint.join("optimizer.bpk");
        optimizer = optimizer.load(&optimizer_path).map_err(|error| TrainError::CheckpointUnreadable {
            path: optimizer_path.clone(),
            detail: error.to_string(),
        })?;
        let position_path = checkpoint.join("position.json");
        let text = fs::read_to_string(&position_path).map_err(|source| io(Action::Read, &position_path, source))?;
        let position = serde_json::from_str(&text).map_err(|error: serde_json::Error| {
            TrainError::CheckpointDamaged { path: position_path.clone(), detail: error.to_string() }
        })?;
        Ok(Self { model, ema, position, options, registry, optimizer, config })
    }

    /// One optimiser step on `batch`; gives the mean loss before it.
    pub fn step<O: Objective<M>>(&mut self, objective: &O, batch: &O::Batch, learning_rate: f64) -> f64 {
        let samples = batch.samples() as u64;
        let (loss, grads) = self.gradients(objective, batch);
        self.model = self.optimizer.step(learning_rate, self.model.clone(), grads);
        self.position.step += 1;
        self.position.samples += samples;
        self.position.phase_samples += samples;
        // A young average forgets its start quickly.
        let step = self.position.step as f64;
        let decay = self.config.ema_decay.min((1.0 + step) / (10.0 + step));
        self.ema = average(self.ema.clone(), &self.model.valid(), decay);
        loss
    }

    /// Mean loss of `batch` and its gradients, computed as [`Trainer::options`] say.
    pub fn gradients<O: Objective<M>>(&self, objective: &O, batch: &O::Batch) -> (f64, GradientsParams) {
        let samples = batch.samples();
        let parts = self.options.accumulate.clamp(1, samples.max(1));
        if parts == 1 {
            return self.micro_batch(objective, batch, None);
        }
        let mut sum = GradientsAccumulator::new();
        let mut loss = 0.0;
        for part in 0..parts {
            let range = part * samples / parts..(part + 1) * samples / parts;
            let share = range.len() as f64 / samples as f64;
            let (of_part, grads) = self.micro_batch(objective, &batch.part(range), Some(share));
            sum.accumulate(&self.model, grads);
            loss += of_part * share;
        }
        (loss, sum.grads())
    }

    /// Loss of a micro-batch, and the gradients of its `share` of the batch's loss.
    fn micro_batch<O: Objective<M>>(
        &self,
        objective: &O,
        batch: &O::Batch,
        share: Option<f64>,
    ) -> (f64, GradientsParams) {
        let tape = self.options.checkpoint_activations.then(Tape::default);
        let loss = match &tape {
            Some(tape) => objective.loss(&self.model, batch, tape),
            None => objective.loss(&self.model, batch, &NoHook),
        };
        let root = match share {
            Some(share) => loss.clone() * share,
            None => loss.clone(),
        };
        let grads = match tape {
            None => GradientsParams::from_grads(root.backward(), &self.model),
            Some(tape) => {
                let mut sum = GradientsAccumulator::new();
                tape.backward(&root, &mut |grads: &mut Gradients| {
                    sum.accumulate(&self.model, GradientsParams::from_module(grads, &self.model));
                });
                sum.grads()
            }
        };
        (f64::from(loss.into_scalar::<f32>()), grads)
    }

    /// Whether all weights are numbers.
    pub fn is_finite(&self) -> bool {
        struct Check(bool);
        impl ModuleVisitor for Check {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                // A sum of squares is finite where all values are, but for weights that nothing could compute with.
                let sum = param.val().square().sum().into_scalar::<f32>();
                self.0 &= sum.is_finite();
            }
        }
        let mut check = Check(true);
        self.model.valid().visit(&mut check);
        check.0
    }

    /// The averaged weights by name.
    pub fn export_ema(&self) -> Vec<NamedTensor> {
        self.registry.export(&self.ema)
    }

    /// Writes a checkpoint beside those that are there.
    ///
    /// # Errors
    /// `Io` when the folder cannot be written.
    pub fn save(&self, folder: &Path, name: &str) -> Result<(), TrainError> {
        let target = folder.join(format!("{name}-{:08}", self.position.step));
        let partial = folder.join(format!("{name}-partial"));
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(|source| io(Action::Remove, &partial, source))?;
        }
        fs::create_dir_all(&partial).map_err(|source| io(Action::Create, &partial, source))?;
        let mut tensors = self.registry.export(&self.model.valid());
        for mut tensor in self.export_ema() {
            tensor.name.insert_str(0, EMA_PREFIX);
            tensors.push(tensor);
        }
        write_tensors(&partial.join("weights.safetensors"), &[], &tensors, WeightPrecision::F32)?;
        let optimizer_path = partial.join("optimizer.bpk");
        self.optimizer
            .save(&optimizer_path)
            .map_err(|error| io(Action::Write, &optimizer_path, std::io::Error::other(error.to_string())))?;
        files::sync_file(&optimizer_path).map_err(|source| io(Action::Write, &optimizer_path, source))?;
        let json = serde_json::to_string_pretty(&self.position).expect("a position is plain numbers");
        let position_path = partial.join("position.json");
        files::replace(&position_path, json.as_bytes()).map_err(|source| io(Action::Write, &position_path, source))?;

        if target.exists() {
            fs::remove_dir_all(&target).map_err(|source| io(Action::Replace, &target, source))?;
        }
        Ok(files::rename(&partial, &target).map_err(|source| io(Action::Rename, &partial, source))?)
    }
}
