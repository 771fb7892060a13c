//! What every training loop shares: optimiser step, averaged weights, checkpoints from which a run goes on exactly.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::error::{EngineError, FileError, WriteError};
use crate::nn::params::{Init, ParamLoader, ParamRegistry, ParamSource};
use crate::weights::{Checkpoint, WeightPrecision, write_tensors};

/// Prefix of the averaged weights in a checkpoint.
const EMA_PREFIX: &str = "ema.";

/// Where a training stage stands; saved with every checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainPosition {
    /// Optimiser steps since the start.
    pub step: u64,
    /// Phase of the plan.
    pub phase: usize,
    /// Samples seen in that phase.
    pub phase_samples: u64,
    /// Samples seen since the start.
    pub samples: u64,
    /// Seconds of computing since the start, over all sessions.
    pub elapsed_secs: f64,
    /// Seed of the run.
    pub seed: u64,
    /// Where the first weights came from, when not from the seed.
    #[serde(default)]
    pub origin: Option<String>,
}

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
        build: impl Fn(&ParamLoader<'_>) -> Result<M, EngineError>,
    ) -> Result<Self, EngineError> {
        let train_device = device.clone().autodiff();
        let load = |source: &dyn ParamSource, device: &Device| {
            let source = Wide(source);
            let loader = ParamLoader::new(&source, device);
            let model = build(&loader)?;
            Ok::<_, EngineError>((model, loader.into_registry()))
        };
        let mut optimizer = AdamWConfig::new()
            .with_epsilon(1e-8)
            .with_weight_decay(config.weight_decay)
            .with_grad_clipping(Some(burn::grad_clipping::GradientClippingConfig::Norm(config.clip_norm)))
            .init();
        let Some(checkpoint) = latest_checkpoint(folder, name) else {
            let (model, registry) = load(start.weights, &train_device)?;
            let (ema, _) = load(start.weights, device)?;
            let position = TrainPosition { seed: start.seed, origin: start.origin, ..TrainPosition::default() };
            return Ok(Self { model, ema, position, registry, optimizer, config });
        };
        let weights = checkpoint.join("weights.safetensors");
        let (model, registry) = load(&Checkpoint::open(&weights)?, &train_device)?;
        let (ema, _) = load(&Checkpoint::open(&weights)?.under(EMA_PREFIX), device)?;
        let optimizer_path = checkpoint.join("optimizer.bpk");
        optimizer = optimizer.load(&optimizer_path).map_err(|error| EngineError::Training {
            detail: format!(
                "the checkpoint {optimizer_path:?} cannot be read ({error}): remove its folder to start anew"
            ),
        })?;
        let position_path = checkpoint.join("position.json");
        let text = fs::read_to_string(&position_path).map_err(|source| io("read", &position_path, source))?;
        let position = serde_json::from_str(&text).map_err(|error| EngineError::Training {
            detail: format!("{position_path:?} is damaged ({error}): remove its folder to start anew"),
        })?;
        Ok(Self { model, ema, position, registry, optimizer, config })
    }

    /// One optimiser step on `loss`, which stood for `samples` samples.
    pub fn step(&mut self, loss: &Tensor<1>, learning_rate: f64, samples: u64) {
        let grads = GradientsParams::from_grads(loss.backward(), &self.model);
        self.model = self.optimizer.step(learning_rate, self.model.clone(), grads);
        self.position.step += 1;
        self.position.samples += samples;
        self.position.phase_samples += samples;
        // A young average forgets its start quickly.
        let step = self.position.step as f64;
        let decay = self.config.ema_decay.min((1.0 + step) / (10.0 + step));
        self.ema = average(self.ema.clone(), &self.model.valid(), decay);
    }

    /// The averaged weights by name.
    pub fn export_ema(&self) -> Vec<crate::nn::params::NamedTensor> {
        self.registry.export(&self.ema)
    }

    /// Writes a checkpoint; the one before it is removed only when the new one is complete.
    ///
    /// # Errors
    /// `Io` when the folder cannot be written.
    pub fn save(&self, folder: &Path, name: &str) -> Result<(), EngineError> {
        let target = folder.join(format!("{name}-{:08}", self.position.step));
        let partial = folder.join(format!("{name}-partial"));
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(|source| io("remove", &partial, source))?;
        }
        fs::create_dir_all(&partial).map_err(|source| io("create", &partial, source))?;
        let mut tensors = self.registry.export(&self.model.valid());
        for mut tensor in self.export_ema() {
            tensor.name.insert_str(0, EMA_PREFIX);
            tensors.push(tensor);
        }
        write_tensors(&partial.join("weights.safetensors"), &[], &tensors, WeightPrecision::F32)?;
        let optimizer_path = partial.join("optimizer.bpk");
        self.optimizer
            .save(&optimizer_path)
            .map_err(|error| io("write", &optimizer_path, std::io::Error::other(error.to_string())))?;
        let json = serde_json::to_string_pretty(&self.position).expect("a position is plain numbers");
        let position_path = partial.join("position.json");
        fs::write(&position_path, json).map_err(|source| io("write", &position_path, source))?;

        let before = checkpoints(folder, name);
        if target.exists() {
            fs::remove_dir_all(&target).map_err(|source| io("replace", &target, source))?;
        }
        fs::rename(&partial, &target).map_err(|source| io("rename", &partial, source))?;
        for old in before.into_iter().filter(|old| *old != target) {
            fs::remove_dir_all(&old).map_err(|source| io("remove", &old, source))?;
        }
        Ok(())
    }
}

/// `old * decay + new * (1 - decay)` for every parameter.
fn average<M: Module>(old: M, new: &M, decay: f64) -> M {
    struct Collect(HashMap<ParamId, Tensor<1>>);
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let value = param.val();
            let count = value.shape().num_elements();
            self.0.insert(param.id, value.reshape([count]));
        }
    }
    struct Mix {
        new: HashMap<ParamId, Tensor<1>>,
        decay: f64,
    }
    impl ModuleMapper for Mix {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, value, mapper) = param.consume();
            let new = self.new.remove(&id).expect("both modules were built by the same function");
            let new = new.reshape(value.shape());
            let mixed = value.clone() + (new - value) * (1.0 - self.decay);
            Param::from_mapped_value(id, mixed, mapper)
        }
    }
    let mut collect = Collect(HashMap::new());
    new.visit(&mut collect);
    old.map(&mut Mix { new: collect.0, decay })
}

/// Complete checkpoints of `name`, oldest first.
fn checkpoints(folder: &Path, name: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
            let step = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
            step.is_some_and(|step| step.len() == 8 && step.bytes().all(|byte| byte.is_ascii_digit()))
        })
        .collect();
    found.sort();
    found
}

/// The newest complete checkpoint of `name`.
pub fn latest_checkpoint(folder: &Path, name: &str) -> Option<PathBuf> {
    checkpoints(folder, name).pop()
}

fn io(action: &'static str, path: &Path, source: std::io::Error) -> EngineError {
    WriteError::Io { action, path: path.to_owned(), source }.into()
}
