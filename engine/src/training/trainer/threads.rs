//! A step of a small network on the CPU device: a part of the batch on each thread.
//!
//! burn-flex and our kernels share single operations among threads. Those of a small network are over before a second thread has woken
//! up: with two threads, a third of a training step was waiting. So the samples of a step are shared instead, each thread goes through
//! the network with its own, and their gradients are summed in the order of the samples.

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsAccumulator;
use burn::tensor::{Device, Tensor};
use rayon::prelude::*;

use super::lost::Unread;
use super::{Computed, Trainer};
use crate::nn::params::ParamRegistry;
use crate::training::objectives::{Batch, Objective};

/// Most that the gradients of all threads may take together.
const MOST_GRADIENT_BYTES: usize = 512 << 20;

/// Threads that share the samples of a step on the processor, where the gradients of one take `gradient_bytes`. Each thread has gradients
/// of its own.
pub fn threads_of_a_step(gradient_bytes: usize) -> usize {
    rayon::current_num_threads().min(MOST_GRADIENT_BYTES / gradient_bytes.max(1)).max(1)
}

/// Whether `device` is the CPU device, whose threads share a step.
fn has_threads(device: &Device) -> bool {
    *device == Device::flex()
}

impl<M: Module + Sync> Trainer<M> {
    /// Mean loss of `batch` and its gradients, by as many threads as are worth it.
    pub(super) fn computed_by_threads<O>(&self, objective: &O, batch: &O::Batch) -> Result<Computed, Unread>
    where
        O: Objective<M> + Sync,
    {
        let samples = batch.samples();
        let accumulate = self.options.accumulate.clamp(1, samples.max(1));
        let threads = match has_threads(&self.device) && O::Batch::IS_MEAN {
            true => self.options.threads.min(threads_of_a_step(self.trained_bytes)),
            false => 1,
        };
        let count = (accumulate * threads).min(samples);
        if threads <= 1 || count <= 1 {
            return self.computed(objective, batch);
        }
        let micro = self.micro();
        let mut sum = GradientsAccumulator::new();
        let mut loss = 0.0;
        let mut parts = vec![0.0; objective.parts().len()];
        let ranges: Vec<_> = (0..count).map(|index| index * samples / count..(index + 1) * samples / count).collect();
        // As many micro-batches at a time as there are threads, so that no more samples are in memory than without threads.
        for (round, ranges) in ranges.chunks(threads).enumerate() {
            let micro_batches: Vec<_> = ranges.iter().map(|range| batch.part(range.clone())).collect();
            let of_thread = |(index, part): (usize, O::Batch)| {
                let share = part.samples() as f64 / samples as f64;
                let model = self.model.clone().map(&mut OwnLeaves(&self.registry));
                let computed = micro.compute(&model, objective, &part, round * threads + index, Some(share)).read()?;
                Ok((share, computed))
            };
            let computed: Vec<(f64, Computed)> =
                micro_batches.into_par_iter().enumerate().map(of_thread).collect::<Result<_, Unread>>()?;
            for (share, of_part) in computed {
                sum.accumulate(&self.model, of_part.grads);
                loss += of_part.loss * share;
                parts.iter_mut().zip(of_part.parts).for_each(|(sum, part)| *sum += part * share);
            }
        }
        Ok(Computed { loss, parts, grads: sum.grads() })
    }
}

/// Makes the trained parameters of a model leaves of a graph of their own, with the same values in the same memory: backward passes
/// through one graph would wait for each other.
struct OwnLeaves<'a>(&'a ParamRegistry);

impl ModuleMapper for OwnLeaves<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !self.0.is_trained(param.id) {
            return param;
        }
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, Tensor::from_inner(tensor.inner()).require_grad(), mapper)
    }
}
