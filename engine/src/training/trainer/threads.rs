//! A micro-batch of a small network on the CPU device: a part of its samples on each thread.
//!
//! burn-flex and our kernels share single operations among threads. Those of a small network are over before a second thread has woken
//! up: with two threads, a third of a training step was waiting. So the samples are shared instead, each thread goes through the
//! network with its own, and their gradients are summed in the order of the samples.

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsAccumulator;
use burn::tensor::{Device, Tensor};
use rayon::prelude::*;

use super::lost::Unread;
use super::{Computed, Micro};
use crate::nn::dropout::within;
use crate::training::objectives::{Batch, Objective};

/// Most that the gradients of all threads may take together.
const MOST_GRADIENT_BYTES: usize = 512 << 20;

/// Threads that share the samples of a micro-batch on the processor, where the gradients of one take `gradient_bytes`. Each thread has
/// gradients of its own.
pub fn threads_of_a_step(gradient_bytes: usize) -> usize {
    rayon::current_num_threads().min(MOST_GRADIENT_BYTES / gradient_bytes.max(1)).max(1)
}

impl Micro {
    /// [`Micro::compute`] by as many threads as [`Micro::threads`] says, where `device` and the objective can be shared.
    pub(super) fn compute_by_threads<M, O>(
        self,
        device: &Device,
        model: &M,
        objective: &O,
        batch: &O::Batch,
        part: usize,
        share: Option<f64>,
    ) -> Result<Computed, Unread>
    where
        M: Module + Sync,
        O: Objective<M> + Sync,
    {
        let samples = batch.samples();
        let threads = if *device == Device::flex() && O::Batch::IS_MEAN { self.threads } else { 1 };
        let count = threads.min(samples);
        if count <= 1 {
            return self.compute(model, objective, batch, part, share).read();
        }
        let ranges = (0..count).map(|index| index * samples / count..(index + 1) * samples / count);
        let of_threads: Vec<_> = ranges.map(|range| batch.part(range)).collect();
        // A thread that waits for others within a part of one pass may take this task meanwhile: what that part drops is not for it.
        let of_thread = |(index, batch): (usize, O::Batch)| {
            within(None, || {
                let own = batch.samples() as f64 / samples as f64;
                let model = model.clone().map(&mut OwnLeaves);
                let of_batch = own * share.unwrap_or(1.0);
                let computed =
                    self.compute(&model, objective, &batch, part * threads + index, Some(of_batch)).read()?;
                Ok((own, computed))
            })
        };
        let computed: Vec<(f64, Computed)> =
            of_threads.into_par_iter().enumerate().map(of_thread).collect::<Result<_, Unread>>()?;
        let mut sum = GradientsAccumulator::new();
        let mut loss = 0.0;
        let mut parts = vec![0.0; objective.parts().len()];
        for (own, of_thread) in computed {
            sum.accumulate(model, of_thread.grads);
            loss += of_thread.loss * own;
            parts.iter_mut().zip(of_thread.parts).for_each(|(sum, part)| *sum += part * own);
        }
        Ok(Computed { loss, parts, grads: sum.grads() })
    }
}

/// Makes the trained parameters of a model leaves of a graph of their own, with the same values in the same memory: backward passes
/// through one graph would wait for each other.
struct OwnLeaves;

impl ModuleMapper for OwnLeaves {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !param.val().is_require_grad() {
            return param;
        }
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, Tensor::from_inner(tensor.inner()).require_grad(), mapper)
    }
}
