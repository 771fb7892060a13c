//! What every training run shares. It knows objectives and stages as traits only.
//!
//! [`Trainer`] holds a model with its optimiser, its running average and its position, takes steps (gradient accumulation,
//! activation checkpointing) and writes checkpoints from which a run goes on exactly; [`fit`] goes through the phases of a
//! [`Stage`]. `settings` says what a run begins with, `optimizer` holds PyTorch's AdamW, `update` hands it a
//! model, `schedule` holds learning rates, `gradients` gives gradients their names, `log` loss curves and events, `threads` has the threads of
//! the processor share a step, `replicas` several devices, `lost` tells when one does not answer any more.

mod average;
mod checkpoint;
mod fit;
pub mod gradients;
pub mod log;
mod lost;
pub mod optimizer;
mod replicas;
pub mod schedule;
mod settings;
mod tensorboard;
#[cfg(test)]
mod tests;
mod threads;
mod update;

use hummingbird_base::Action;
use std::fs;
use std::path::Path;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use hummingbird_base::files;
use rayon::prelude::*;

use self::average::average;
use self::checkpoint::io;
pub use self::checkpoint::{TrainPosition, latest_checkpoint, newest_checkpoint};
pub use self::fit::{ALL_TIME, FitOptions, Moment, Phase, Stage, fit};
pub use self::lost::DeviceLost;
use self::lost::{Unread, settled, values_of_tensor};
use self::optimizer::AdamW;
use self::replicas::Replicas;
pub use self::replicas::{TrainPlace, TrainPlaces};
pub use self::settings::{StepOptions, TrainSetup, TrainStart, TrainerSettings};
pub use self::threads::threads_of_a_step;
use self::update::taken;
use super::objectives::{Batch, Objective};
use crate::device::name_of;
use crate::kernels::{Q8Weight, with_factors};
use crate::nn::adapter::is_factor;
use crate::nn::dropout::{Dropout, DropoutRates};
use crate::nn::hook::TrainPass;
use crate::nn::params::{Init, NamedTensor, ParamLoader, ParamRegistry, ParamSource};
use crate::nn::recompute::Tape;
use crate::training::TrainError;
use crate::weights::FileError;
use crate::weights::{Checkpoint, WeightPrecision, write_tensors};

/// Name of the optimiser's state in a checkpoint.
const OPTIMIZER_FILE: &str = "optimizer.safetensors";
/// Prefix of the averaged weights in a checkpoint.
const EMA_PREFIX: &str = "ema.";

/// A source whose trained values are f32: what is trained and averaged has to change by less than an f16 can tell.
struct Wide<'a> {
    source: &'a dyn ParamSource,
    /// Whether only branches are trained; all else is as the source has it.
    branches_alone: bool,
}

impl Wide<'_> {
    fn is_trained(&self, name: &str) -> bool {
        !self.branches_alone || is_factor(name)
    }
}

impl ParamSource for Wide<'_> {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        self.source.values(name, shape, init)
    }

    fn stored(&self, name: &str, shape: &[usize], init: Init) -> Result<TensorData, FileError> {
        if self.is_trained(name) {
            return Ok(TensorData::new(self.values(name, shape, init)?, shape.to_vec()));
        }
        self.source.stored(name, shape, init)
    }

    fn q8(&self, name: &str, shape: &[usize]) -> Result<Option<Q8Weight>, FileError> {
        if self.is_trained(name) { Ok(None) } else { self.source.q8(name, shape) }
    }
}

/// Parameters of a checkpoint, and those that it need not have.
struct Resumed<'a> {
    file: &'a Checkpoint,
    prefix: &'a str,
    /// Where only branches are trained: the source of all else.
    frozen: Option<&'a dyn ParamSource>,
}

impl ParamSource for Resumed<'_> {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        match self.frozen {
            Some(frozen) if !is_factor(name) => frozen.values(name, shape, init),
            _ => self.file.values(&format!("{}{name}", self.prefix), shape, init),
        }
    }

    fn stored(&self, name: &str, shape: &[usize], init: Init) -> Result<TensorData, FileError> {
        match self.frozen {
            Some(frozen) if !is_factor(name) => frozen.stored(name, shape, init),
            _ => Ok(TensorData::new(self.values(name, shape, init)?, shape.to_vec())),
        }
    }

    fn q8(&self, name: &str, shape: &[usize]) -> Result<Option<Q8Weight>, FileError> {
        match self.frozen {
            Some(frozen) if !is_factor(name) => frozen.q8(name, shape),
            _ => Ok(None),
        }
    }
}

/// What a batch gives.
struct Computed {
    loss: f64,
    parts: Vec<f64>,
    grads: GradientsParams,
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
    /// What is dropped in training passes; nothing unless it is set.
    pub dropout: DropoutRates,
    /// Norm of all gradients together in the last step, before it was clipped.
    pub gradient_norm: Option<f64>,
    /// The parts of the last step's loss, as [`Objective::parts`] names them.
    pub loss_parts: Vec<f64>,
    registry: ParamRegistry,
    /// Of all weights that are trained.
    trained_bytes: usize,
    optimizer: AdamW,
    ema_decay: Option<f64>,
    device: Device,
    /// What the user calls it, for errors.
    device_name: String,
    replicas: Option<Replicas<M>>,
}

/// What a micro-batch is computed by, beside model and objective.
#[derive(Clone, Copy)]
struct Micro {
    options: StepOptions,
    dropout: DropoutRates,
    seed: u64,
    step: u64,
    /// Threads that share its samples, where they can.
    threads: usize,
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
        settings: TrainerSettings,
        device: &Device,
        build: impl Fn(&ParamLoader<'_>) -> Result<M, FileError>,
    ) -> Result<Self, TrainError> {
        let setup = TrainSetup { start, settings, device, adapters: None };
        Self::resume(folder, name, setup, build)
    }

    /// [`Self::start_or_resume`], with more to choose.
    ///
    /// # Errors
    /// As [`Self::start_or_resume`].
    pub fn resume(
        folder: &Path,
        name: &str,
        setup: TrainSetup<'_>,
        build: impl Fn(&ParamLoader<'_>) -> Result<M, FileError>,
    ) -> Result<Self, TrainError> {
        let Some(checkpoint) = latest_checkpoint(folder, name) else { return Self::begin(setup, build) };
        let weights = Checkpoint::open(&checkpoint.join("weights.safetensors"))?;
        let frozen = setup.adapters.map(|_| setup.start.weights);
        let trained = Resumed { file: &weights, prefix: "", frozen };
        let average = Resumed { file: &weights, prefix: EMA_PREFIX, frozen };
        let mut trainer = Self::with_weights(&setup, [&trained, &average], build)?;
        trainer.optimizer.load(&checkpoint.join(OPTIMIZER_FILE), &trainer.registry)?;
        trainer.position = TrainPosition::read(&checkpoint)?;
        Ok(trainer)
    }

    /// Begins anew.
    ///
    /// # Errors
    /// When the first weights do not fit the model.
    pub fn begin(
        setup: TrainSetup<'_>,
        build: impl Fn(&ParamLoader<'_>) -> Result<M, FileError>,
    ) -> Result<Self, TrainError> {
        let mut trainer = Self::with_weights(&setup, [setup.start.weights; 2], build)?;
        let TrainStart { seed, origin, .. } = setup.start;
        trainer.position = TrainPosition { seed, origin, ..TrainPosition::default() };
        Ok(trainer)
    }

    fn with_weights(
        setup: &TrainSetup<'_>,
        [trained, average]: [&dyn ParamSource; 2],
        build: impl Fn(&ParamLoader<'_>) -> Result<M, FileError>,
    ) -> Result<Self, TrainError> {
        let load = |source: &dyn ParamSource, device: &Device| {
            let source = Wide { source, branches_alone: setup.adapters.is_some() };
            let mut loader = ParamLoader::new(&source, device);
            if let Some(branches) = setup.adapters {
                loader = loader.with_branches(branches);
            }
            let model = build(&loader)?;
            Ok::<_, TrainError>((model, loader.into_registry()))
        };
        let (model, registry) = load(trained, &setup.device.clone().autodiff())?;
        let ema_decay = setup.settings.ema_decay;
        let ema = if ema_decay.is_some() { load(average, setup.device)?.0 } else { model.valid() };
        let trained = registry.ids().into_iter().filter(|(id, _)| registry.is_trained(*id));
        let values = trained.map(|(_, param)| param.shape.iter().product::<usize>()).sum::<usize>();
        let trained_bytes = size_of::<f32>() * values;
        Ok(Self {
            model,
            ema,
            position: TrainPosition::default(),
            options: StepOptions::default(),
            dropout: DropoutRates::default(),
            gradient_norm: None,
            loss_parts: Vec::new(),
            registry,
            trained_bytes,
            optimizer: AdamW::new(setup.settings.optimizer),
            ema_decay,
            device: setup.device.clone(),
            device_name: name_of(setup.device),
            replicas: None,
        })
    }

    /// Names of the parameters.
    pub fn registry(&self) -> &ParamRegistry {
        &self.registry
    }

    /// One optimiser step on `batch`, on the trainer's device alone; gives the mean loss before it.
    ///
    /// # Panics
    /// When the device is lost. Runs call [`Self::step_on_all`].
    pub fn step<O: Objective<M>>(&mut self, objective: &O, batch: &O::Batch, learning_rate: f64) -> f64 {
        let mut step = || {
            let Computed { loss, parts, grads } = self.computed(objective, batch)?;
            self.update(grads, batch.samples(), learning_rate)?;
            self.loss_parts = parts;
            Ok(loss)
        };
        step().unwrap_or_else(|Unread(detail)| panic!("the device is lost: {detail}"))
    }

    /// The optimiser's part of a step, for gradients of so many samples that were computed before, here or by several devices
    /// together.
    fn update(&mut self, grads: GradientsParams, samples: usize, learning_rate: f64) -> Result<(), Unread> {
        if self.ema_decay.is_none() {
            drop(taken(&mut self.ema));
        }
        let gradients = optimizer::read(&self.model, grads)?;
        let (model, norm) = self.optimizer.step(taken(&mut self.model), gradients, learning_rate)?;
        self.model = model;
        self.gradient_norm = Some(norm);
        self.position.step += 1;
        self.position.samples += samples as u64;
        self.position.phase_samples += samples as u64;
        self.ema = match self.ema_decay {
            Some(largest) => {
                // A young average forgets its start quickly.
                let step = self.position.step as f64;
                let decay = largest.min((1.0 + step) / (10.0 + step));
                average(self.ema.clone(), &self.model.valid(), decay, &self.registry)
            }
            None => self.model.valid(),
        };
        Ok(())
    }

    /// Mean loss of `batch` and its gradients, computed as [`Trainer::options`] say.
    ///
    /// # Panics
    /// When the device is lost.
    pub fn gradients<O: Objective<M>>(&self, objective: &O, batch: &O::Batch) -> (f64, GradientsParams) {
        let computed = self.computed(objective, batch);
        let Computed { loss, grads, .. } =
            computed.unwrap_or_else(|Unread(detail)| panic!("the device is lost: {detail}"));
        (loss, grads)
    }

    /// As one thread computes it.
    fn computed<O: Objective<M>>(&self, objective: &O, batch: &O::Batch) -> Result<Computed, Unread> {
        let micro = self.micro();
        self.accumulated(objective, batch, |batch, part, share| {
            micro.compute(&self.model, objective, batch, part, share).read()
        })
    }

    /// Mean loss of `batch` and its gradients, summed over as many micro-batches as [`Trainer::options`] say; `compute` gives those of
    /// one, times its share of the batch.
    fn accumulated<O: Objective<M>>(
        &self,
        objective: &O,
        batch: &O::Batch,
        compute: impl Fn(&O::Batch, usize, Option<f64>) -> Result<Computed, Unread>,
    ) -> Result<Computed, Unread> {
        let samples = batch.samples();
        let count = self.options.accumulate.clamp(1, samples.max(1));
        if count == 1 {
            return compute(batch, 0, None);
        }
        let mut sum = GradientsAccumulator::new();
        let mut loss = 0.0;
        let mut parts = vec![0.0; objective.parts().len()];
        for index in 0..count {
            let range = index * samples / count..(index + 1) * samples / count;
            let share = range.len() as f64 / samples as f64;
            let of_part = compute(&batch.part(range), index, Some(share))?;
            sum.accumulate(&self.model, of_part.grads);
            loss += of_part.loss * share;
            parts.iter_mut().zip(of_part.parts).for_each(|(sum, part)| *sum += part * share);
        }
        Ok(Computed { loss, parts, grads: sum.grads() })
    }

    fn micro(&self) -> Micro {
        let TrainPosition { seed, step, .. } = self.position;
        let threads = self.options.threads.min(threads_of_a_step(self.trained_bytes));
        Micro { options: self.options, dropout: self.dropout, seed, step, threads }
    }

    /// Whether all trained weights are numbers.
    pub fn is_finite(&self) -> bool {
        self.export().par_iter().all(|tensor| tensor.values.iter().all(|value| value.is_finite()))
    }

    /// The averaged weights by name, those that are trained.
    pub fn export_ema(&self) -> Vec<NamedTensor> {
        self.registry.export_trained(&self.ema)
    }

    /// The trained weights by name.
    pub fn export(&self) -> Vec<NamedTensor> {
        self.registry.export_trained(&self.model.valid())
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
        let mut tensors = self.export();
        if self.ema_decay.is_some() {
            for mut tensor in self.export_ema() {
                tensor.name.insert_str(0, EMA_PREFIX);
                tensors.push(tensor);
            }
        }
        write_tensors(&partial.join("weights.safetensors"), &[], &tensors, WeightPrecision::F32)?;
        self.optimizer.save(&partial.join(OPTIMIZER_FILE), &self.registry)?;
        let json = serde_json::to_string_pretty(&self.position).expect("a position is plain numbers");
        let position_path = partial.join("position.json");
        files::replace(&position_path, json.as_bytes()).map_err(|source| io(Action::Write, &position_path, source))?;

        if target.exists() {
            fs::remove_dir_all(&target).map_err(|source| io(Action::Replace, &target, source))?;
        }
        files::rename(&partial, &target).map_err(|source| io(Action::Rename, &partial, source))
    }
}

impl Micro {
    /// Loss of a micro-batch, and the gradients of its `share` of the batch's loss.
    fn compute<M: Module, O: Objective<M>>(
        self,
        model: &M,
        objective: &O,
        batch: &O::Batch,
        part: usize,
        share: Option<f64>,
    ) -> MicroLoss {
        let seed = self.seed.rotate_left(32) ^ (self.step << 16) ^ part as u64;
        let pass = TrainPass {
            tape: self.options.checkpoint_activations.then(Tape::default),
            dropout: self.dropout.any().then(|| Dropout::new(self.dropout, seed)),
        };
        with_factors(self.options.factors, || {
            let (loss, parts) = objective.loss_and_parts(model, batch, &pass);
            let root = match share {
                Some(share) => loss.clone() * share,
                None => loss.clone(),
            };
            let grads = match pass.tape {
                None => GradientsParams::from_grads(root.backward(), model),
                Some(tape) => {
                    let mut sum = GradientsAccumulator::new();
                    tape.backward(&root, &mut |grads: &mut Gradients| {
                        sum.accumulate(model, GradientsParams::from_module(grads, model));
                    });
                    sum.grads()
                }
            };
            MicroLoss { loss: loss.inner(), parts, grads }
        })
    }
}

/// What a micro-batch gave, on its device.
struct MicroLoss {
    loss: Tensor<1>,
    /// Of the loss, before their weights.
    parts: Vec<Tensor<1>>,
    grads: GradientsParams,
}

impl MicroLoss {
    fn read(self) -> Result<Computed, Unread> {
        settled(&self.loss.device())?;
        let number = |tensor: Tensor<1>| Ok(values_of_tensor(tensor)?.into_iter().map(f64::from).sum());
        let parts = self.parts.into_iter().map(number).collect::<Result<_, Unread>>()?;
        Ok(Computed { loss: number(self.loss)?, parts, grads: self.grads })
    }
}
