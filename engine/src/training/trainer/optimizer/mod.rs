//! AdamW as PyTorch computes it, with the norm of all gradients together clipped, and its state in f32 or in 8 bits.
//!
//! Moments and update live in the processor's memory on every device, and gradients come to them (as in ZeRO-Offload, Ren et al.
//! 2021): one code gives the same digits everywhere, the state takes none of a GPU's memory, and a network of many small tensors
//! costs a GPU one transfer each instead of a dozen launches. On the CPU device nothing is copied. `moments` holds the state of one
//! parameter, `dynamic_map` its 8-bit numbers.

mod dynamic_map;
mod moments;

use std::collections::HashMap;
use std::path::Path;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData, Transaction};
use hummingbird_base::CancelToken;
use hummingbird_base::progress::Silent;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::moments::Rates;
pub use self::moments::{BLOCK, Moments, SMALLEST_IN_8_BITS, StateBits};
use super::lost::{Unread, read_from, settled, try_floats, values_of_tensor};
use crate::kernels::{StoredWeight, weight_on};
use crate::nn::params::ParamRegistry;
use crate::training::TrainError;
use crate::weights::{Checkpoint, ModelError, RawTensor, write_raw};

/// Numbers of [`AdamW`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamWSettings {
    /// How much of the old moments each update keeps.
    pub betas: [f64; 2],
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Share of a parameter, times the learning rate, that is taken away in each update.
    pub weight_decay: f64,
    /// Largest norm of all gradients together; larger ones are scaled down to it.
    pub clip_norm: Option<f64>,
    /// Number format of the moments.
    pub bits: StateBits,
}

impl Default for AdamWSettings {
    /// PyTorch's.
    fn default() -> Self {
        Self { betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01, clip_norm: None, bits: StateBits::Full }
    }
}

/// Added to the norm that gradients are divided by, as in PyTorch's `clip_grad_norm_`.
const NORM_EPS: f64 = 1e-6;
/// Squares that are summed up one after the other; sums of these are summed in their order, whatever the number of threads.
const NORM_STRETCH: usize = 1 << 14;

/// The optimiser of a model: what it keeps of each parameter.
#[derive(Debug)]
pub struct AdamW {
    settings: AdamWSettings,
    states: HashMap<ParamId, Moments>,
}

impl AdamW {
    /// An optimiser that has not made any step.
    pub fn new(settings: AdamWSettings) -> Self {
        Self { settings, states: HashMap::new() }
    }

    /// One update of those parameters of `model` that have gradients, which were [`read`]. Gives the model, and the norm of all gradients
    /// together before it was clipped. Where that is not finite, the model stays as it is.
    ///
    /// # Errors
    /// When the device does not answer. The model is gone then.
    pub(super) fn step<M: Module>(
        &mut self,
        model: M,
        gradients: HashMap<ParamId, Vec<f32>>,
        learning_rate: f64,
    ) -> Result<(M, f64), Unread> {
        let norm = norm(gradients.values());
        if !norm.is_finite() {
            return Ok((model, norm));
        }
        let clip = self.settings.clip_norm.map_or(1.0, |limit| (limit / (norm + NORM_EPS)).min(1.0)) as f32;
        let mut update = Update { optimizer: self, gradients, clip, learning_rate, unread: None };
        let model = model.map(&mut update);
        update.unread.map_or(Ok((model, norm)), Err)
    }

    /// Bytes that the state of all parameters takes.
    pub fn state_bytes(&self) -> usize {
        self.states.values().map(Moments::bytes).sum()
    }

    /// Writes the state as safetensors, under the names of the parameters.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path, registry: &ParamRegistry) -> Result<(), TrainError> {
        let mut named: Vec<(&str, &Moments)> = Vec::with_capacity(self.states.len());
        for (id, moments) in &self.states {
            let registered = registry.get(*id).expect("only parameters of the model were updated");
            named.push((&registered.name, moments));
        }
        named.sort_unstable_by_key(|(name, _)| *name);
        let parts = named.iter().flat_map(|(name, moments)| moments.parts(name));
        let (tensors, bytes): (Vec<RawTensor>, Vec<_>) = parts.unzip();
        let mut bytes = bytes.into_iter();
        let mut next = || Ok::<_, ModelError>(bytes.next().map(|bytes| bytes()));
        Ok(write_raw(path, &[], &tensors, &mut next, &CancelToken::default(), &mut Silent)?)
    }

    /// Takes the state that [`Self::save`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read, or is not the state of these parameters.
    pub fn load(&mut self, path: &Path, registry: &ParamRegistry) -> Result<(), TrainError> {
        let file = Checkpoint::open(path)?;
        for (id, param) in registry.ids() {
            if let Some(moments) = Moments::read(&file, &param.name, param.shape.iter().product())? {
                self.states.insert(id, moments);
            }
        }
        Ok(())
    }
}

/// Gradients of a model in the processor's memory, all at once: a device is waited for one time only.
///
/// # Errors
/// When the device does not answer.
pub(super) fn read<M: Module>(model: &M, grads: GradientsParams) -> Result<HashMap<ParamId, Vec<f32>>, Unread> {
    struct Read {
        grads: GradientsParams,
        ids: Vec<ParamId>,
        transaction: Transaction,
        device: Option<Device>,
    }
    impl ModuleVisitor for Read {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = self.grads.remove::<D>(param.id) {
                let count = grad.shape().num_elements();
                self.device.get_or_insert_with(|| grad.device());
                self.transaction = std::mem::take(&mut self.transaction).register(grad.reshape([count]));
                self.ids.push(param.id);
            }
        }
    }
    let mut read = Read { grads, ids: Vec::new(), transaction: Transaction::default(), device: None };
    model.visit(&mut read);
    let Some(device) = read.device else { return Ok(HashMap::new()) };
    settled(&device)?;
    let values = read_from(&device, read.transaction.execute_async())?;
    read.ids.into_iter().zip(values).map(|(id, values)| Ok((id, try_floats(values)?))).collect()
}

/// Root of the sum of all squares.
pub fn norm<'a>(gradients: impl Iterator<Item = &'a Vec<f32>>) -> f64 {
    let square = |value: &f32| f64::from(*value) * f64::from(*value);
    let mut sums: Vec<f64> = gradients
        .map(|values| {
            let parts = values.par_chunks(NORM_STRETCH).map(|part| part.iter().map(square).sum::<f64>());
            parts.collect::<Vec<f64>>().iter().sum()
        })
        .collect();
    // Tensors come in no order.
    sums.sort_by(f64::total_cmp);
    sums.iter().sum::<f64>().sqrt()
}

/// Carries an update to the parameters.
struct Update<'a> {
    optimizer: &'a mut AdamW,
    gradients: HashMap<ParamId, Vec<f32>>,
    clip: f32,
    learning_rate: f64,
    /// What the device said instead of a parameter's values; nothing more is updated then.
    unread: Option<Unread>,
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(mut gradient) = self.gradients.remove(&param.id).filter(|_| self.unread.is_none()) else {
            return param;
        };
        let (id, tensor, mapper) = param.consume();
        let (device, shape) = (tensor.device(), tensor.dims());
        let mut values = match values_of_tensor(tensor.inner()) {
            Ok(values) => values,
            Err(unread) => {
                self.unread = Some(unread);
                let zeros = move |device: &Device, _: bool| Tensor::zeros(shape, device);
                return Param::uninitialized(id, zeros, device, false, shape.into());
            }
        };
        if self.clip < 1.0 {
            gradient.par_iter_mut().for_each(|value| *value *= self.clip);
        }
        let settings = self.optimizer.settings;
        let state = self.optimizer.states.entry(id).or_insert_with(|| Moments::new(values.len(), settings.bits));
        let steps = state.next_step();
        state.update(&mut values, &gradient, &Rates::new(&settings, self.learning_rate, steps));
        let values = StoredWeight::Floats(TensorData::new(values, shape));
        let tensor = weight_on(values, shape, &device).require_grad();
        Param::from_mapped_value(id, tensor, mapper)
    }
}

#[cfg(test)]
mod tests;
