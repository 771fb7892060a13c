//! More than one device: data parallelism over the micro-batches of a step.
//!
//! The first device has what a run of one device has. Every other one has a replica of the model, and the stage brings an objective
//! for it. Each device sums the gradients of its share of the micro-batches; the sums are added up on the first device, in the order of
//! the devices; it makes the update, and the replicas take over the new weights. With one micro-batch a device these are the sums
//! of one device that computes all of them, in the same order.
//!
//! Gradients and weights go through the processor's memory, where the optimiser's state is anyway. burn's `all_reduce` is no
//! alternative: in this version CUDA alone has it (docs/rejected.md).

use std::any::Any;
use std::collections::HashMap;
use std::panic::resume_unwind;
use std::thread;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{DType, Device, StreamId, Tensor, TensorData};

use super::lost::{DeviceLost, Unread, said_in, values_of_tensor};
use super::optimizer::read;
use super::update::taken;
use super::{Computed, Micro, Trainer};
use crate::device::name_of;
use crate::kernels::{Narrowest, StoredWeight, narrowest, weight_on};
use crate::nn::params::ParamRegistry;
use crate::training::objectives::{Batch, Objective};

/// A device, and what the user calls it.
#[derive(Clone, Debug)]
pub struct TrainPlace {
    /// burn's handle, without autodiff.
    pub device: Device,
    /// As on the command line, for errors.
    pub name: String,
}

/// The devices of a run.
#[derive(Clone, Debug)]
pub struct TrainPlaces {
    /// Has the weights that are saved, their average, and all networks that make batches and samples.
    pub first: TrainPlace,
    /// Have replicas.
    pub others: Vec<TrainPlace>,
}

impl TrainPlaces {
    /// One device.
    pub fn one(device: &Device) -> Self {
        let first = TrainPlace { device: device.clone(), name: name_of(device) };
        Self { first, others: Vec::new() }
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }
}

/// All devices of a trainer that has more than one.
pub(super) struct Replicas<M> {
    others: Vec<Replica<M>>,
}

/// The model on another device than the first.
struct Replica<M> {
    place: TrainPlace,
    model: M,
}

/// A micro-batch of a device.
struct Share<B> {
    /// Which of the step's.
    part: usize,
    /// Its part of the batch.
    of_batch: f64,
    batch: B,
}

/// The loss of a micro-batch and the parts of it, times its part of the batch.
struct Losses {
    loss: f64,
    parts: Vec<f64>,
}

/// Values of parameters in the processor's memory.
type Values = HashMap<ParamId, Vec<f32>>;

impl<M: Module + Sync> Trainer<M> {
    /// Puts a replica on each device beside the first; every later [`Self::step_on_all`] is computed by all of them.
    pub fn replicate(&mut self, places: &TrainPlaces) {
        let TrainPlaces { first, others } = places;
        let replica = |place: &TrainPlace| {
            let mut copy = Copy { registry: &self.registry, device: &place.device };
            Replica { place: place.clone(), model: self.model.clone().map(&mut copy) }
        };
        let replicas = Replicas { others: others.iter().map(replica).collect() };
        self.device_name.clone_from(&first.name);
        self.replicas = (!others.is_empty()).then_some(replicas);
    }

    /// One optimiser step on `batch`, by all devices; gives the mean loss before it. `beside` are the objectives of those beside the first, in their order.
    ///
    /// # Errors
    /// When a device does not answer. The trainer is of no use then; its last checkpoint is.
    pub fn step_on_all<O>(
        &mut self,
        objective: &O,
        beside: &[O],
        batch: &O::Batch,
        learning_rate: f64,
    ) -> Result<f64, DeviceLost>
    where
        O: Objective<M> + Sync,
    {
        let Computed { loss, parts, grads } = match &self.replicas {
            Some(replicas) => self.computed_on_all(replicas, objective, beside, batch)?,
            None => self.computed_by_threads(objective, batch).map_err(|unread| unread.of(&self.device_name))?,
        };
        self.update(grads, batch.samples(), learning_rate).map_err(|unread| unread.of(&self.device_name))?;
        self.loss_parts = parts;
        self.renew_replicas().map_err(|unread| unread.of(&self.device_name))?;
        Ok(loss)
    }

    /// Mean loss of `batch`, its parts and its gradients, on the trainer's device alone, whose threads share each micro-batch.
    pub(super) fn computed_by_threads<O>(&self, objective: &O, batch: &O::Batch) -> Result<Computed, Unread>
    where
        O: Objective<M> + Sync,
    {
        let micro = self.micro();
        self.accumulated(objective, batch, |batch, part, share| {
            micro.compute_by_threads(&self.device, &self.model, objective, batch, part, share)
        })
    }

    /// Mean loss of `batch`, its parts and its gradients, on the first device.
    fn computed_on_all<O>(
        &self,
        replicas: &Replicas<M>,
        objective: &O,
        beside: &[O],
        batch: &O::Batch,
    ) -> Result<Computed, DeviceLost>
    where
        O: Objective<M> + Sync,
    {
        let Replicas { others } = replicas;
        assert_eq!(beside.len(), others.len(), "a stage has an objective for each device");
        let devices = 1 + others.len();
        let samples = batch.samples();
        // As many micro-batches for one device as for another, where there are enough samples.
        let parts = self.options.accumulate.next_multiple_of(devices).clamp(1, samples.max(1));
        let shares_of = |device: usize| -> Vec<Share<O::Batch>> {
            let share = |part: usize| {
                let range = part * samples / parts..(part + 1) * samples / parts;
                Share { part, of_batch: range.len() as f64 / samples as f64, batch: batch.part(range) }
            };
            (device * parts / devices..(device + 1) * parts / devices).map(share).collect()
        };
        let micro = self.micro();
        // The threads last for a step. On streams of their own, GPUs would keep memory for each of them.
        let stream = StreamId::current();
        thread::scope(|scope| {
            let mut running = Vec::with_capacity(others.len());
            for (index, (replica, objective)) in others.iter().zip(beside).enumerate() {
                let mut shares = shares_of(index + 1);
                for share in &mut shares {
                    share.batch = share.batch.to_device(&replica.place.device);
                }
                running.push(scope.spawn(move || stream.executes(|| replica.sum(micro, objective, &shares))));
            }
            let own = summed(micro, &self.device, &self.model, objective, &shares_of(0))
                .map_err(|unread| unread.of(&self.device_name));
            // All threads end before one of them is told of.
            let more: Vec<_> = (others.iter().zip(running))
                .map(|(replica, running)| running.join().unwrap_or_else(|panic| Err(replica.place.cause(panic))))
                .collect();
            let (mut losses, mut grads) = own?;
            for summed in more {
                let (of_device, values) = summed?;
                losses.extend(of_device);
                grads = plus(&self.model, grads, values);
            }
            let mut parts = vec![0.0; objective.parts().len()];
            let mut loss = 0.0;
            for micro in losses {
                loss += micro.loss;
                parts.iter_mut().zip(micro.parts).for_each(|(sum, part)| *sum += part);
            }
            Ok(Computed { loss, parts, grads })
        })
    }

    /// Carries the trained weights to the replicas.
    fn renew_replicas(&mut self) -> Result<(), Unread> {
        let Self { model, registry, replicas, .. } = self;
        let Some(Replicas { others }) = replicas else { return Ok(()) };
        let mut trained = Trained { registry, values: HashMap::new(), unread: None };
        model.visit(&mut trained);
        if let Some(unread) = trained.unread {
            return Err(unread);
        }
        for replica in others {
            replica.model = taken(&mut replica.model).map(&mut Renew(&trained.values));
        }
        Ok(())
    }
}

impl<M: Module + Sync> Replica<M> {
    /// Losses and the sum of the gradients of the device's micro-batches.
    fn sum<O: Objective<M> + Sync>(
        &self,
        micro: Micro,
        objective: &O,
        shares: &[Share<O::Batch>],
    ) -> Result<(Vec<Losses>, Values), DeviceLost> {
        let read = || {
            let (losses, grads) = summed(micro, &self.place.device, &self.model, objective, shares)?;
            Ok((losses, read(&self.model, grads)?))
        };
        read().map_err(|unread: Unread| unread.of(&self.place.name))
    }
}

impl TrainPlace {
    /// What lies behind a panic of the device's thread. A panic that says nothing of a device goes on.
    fn cause(&self, panic: Box<dyn Any + Send>) -> DeviceLost {
        match said_in(&*panic) {
            Some(unread) => unread.of(&self.name),
            None => resume_unwind(panic),
        }
    }
}

/// The micro-batches of a device, one after the other: their losses times their parts of the batch, and the sum of their gradients.
fn summed<M: Module + Sync, O: Objective<M> + Sync>(
    micro: Micro,
    device: &Device,
    model: &M,
    objective: &O,
    shares: &[Share<O::Batch>],
) -> Result<(Vec<Losses>, GradientsParams), Unread> {
    let mut sum = GradientsAccumulator::new();
    let mut losses = Vec::with_capacity(shares.len());
    for Share { part, of_batch, batch } in shares {
        let of_part = micro.compute_by_threads(device, model, objective, batch, *part, Some(*of_batch))?;
        sum.accumulate(model, of_part.grads);
        let parts = of_part.parts.into_iter().map(|part| part * of_batch).collect();
        losses.push(Losses { loss: of_part.loss * of_batch, parts });
    }
    Ok((losses, sum.grads()))
}

/// Adds gradients to a sum.
fn plus<M: Module>(model: &M, sum: GradientsParams, more: Values) -> GradientsParams {
    struct Plus {
        sum: GradientsParams,
        more: Values,
    }
    impl ModuleVisitor for Plus {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let Some(values) = self.more.remove(&param.id) else { return };
            let shape = param.lazy_shape().dims::<D>();
            let device = param.lazy_device().without_autodiff();
            let more = Tensor::<D>::from_data(TensorData::new(values, shape), &device);
            let sum = match self.sum.remove::<D>(param.id) {
                Some(sum) => sum + more,
                None => more,
            };
            self.sum.register(param.id, sum);
        }
    }
    let mut plus = Plus { sum, more };
    model.visit(&mut plus);
    plus.sum
}

/// Copies a model to another device.
struct Copy<'a> {
    registry: &'a ParamRegistry,
    device: &'a Device,
}

impl ModuleMapper for Copy<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let is_trained = self.registry.is_trained(param.id);
        let (id, tensor, mapper) = param.consume();
        let device = if is_trained { self.device.clone().autodiff() } else { self.device.clone() };
        let tensor = if matches!(tensor.dtype(), DType::QFloat(_)) {
            tensor.to_device(&device)
        } else {
            let shape = tensor.dims();
            let mut values = tensor.into_data();
            if narrowest(&shape, &device) == Narrowest::F32 {
                values = values.convert::<f32>();
            }
            weight_on(StoredWeight::Floats(values), shape, &device)
        };
        let tensor = if is_trained { tensor.require_grad() } else { tensor };
        Param::from_mapped_value(id, tensor, mapper)
    }
}

/// Reads the trained values of a model, as far as its device answers.
struct Trained<'a> {
    registry: &'a ParamRegistry,
    values: Values,
    unread: Option<Unread>,
}

impl ModuleVisitor for Trained<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.unread.is_some() || !self.registry.is_trained(param.id) {
            return;
        }
        match values_of_tensor(param.val().inner()) {
            Ok(values) => drop(self.values.insert(param.id, values)),
            Err(unread) => self.unread = Some(unread),
        }
    }
}

/// Gives parameters new values where they are.
struct Renew<'a>(&'a Values);

impl ModuleMapper for Renew<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(values) = self.0.get(&param.id) else { return param };
        let (id, tensor, mapper) = param.consume();
        let (device, shape) = (tensor.device(), tensor.dims());
        drop(tensor);
        let values = StoredWeight::Floats(TensorData::new(values.clone(), shape));
        Param::from_mapped_value(id, weight_on(values, shape, &device).require_grad(), mapper)
    }
}
