//! The arithmetic peaks of a device: the fastest that chains of multiply-adds on registers ran in f32, and products of its
//! cooperative matrices, where it has them.

use std::cell::Cell;

use burn::tensor::{Device, Tensor};

use super::Run;
use super::clock::Clock;
use crate::error::EngineError;
#[cfg(feature = "gpu")]
use crate::kernels::matrix_chain;
use crate::kernels::{FmaChain, fma_chain};
use crate::nn::side_by_side::parts;

/// Values for each thread of the CPU: a whole number of its kernel's tasks, few enough for the first-level cache.
const CPU_VALUES: usize = 3072;
/// Values on a GPU: more invocations than any keeps in flight.
const GPU_VALUES: usize = 1 << 21;
/// How long a sample should take: long enough for a clock to read, short enough to be taken beside every case.
const SAMPLE_SECS: f64 = 0.02;

/// Samples of the peak.
pub struct Peak {
    values: Tensor<1>,
    chain: FmaChain,
    best_gflops: f64,
    /// Turns of a chain of matrices, and GFLOP/s of the fastest.
    matrix_turns: u32,
    best_matrix_gflops: Option<f64>,
}

impl Peak {
    pub fn new(device: &Device) -> Self {
        let values = if *device == Device::flex() { 4 * CPU_VALUES * parts(device) } else { GPU_VALUES };
        // Towards a fixed point at one: neither zero nor infinity, which some hardware treats apart.
        let chain = FmaChain { scale: 0.5, shift: 0.5, turns: 1 };
        Self {
            values: Tensor::ones([values], device),
            chain,
            best_gflops: 0.0,
            matrix_turns: 1,
            best_matrix_gflops: None,
        }
    }

    /// Takes a sample of both.
    ///
    /// # Errors
    /// As [`Clock::batch`].
    pub fn sample(&mut self, clock: &Clock<'_>) -> Result<(), EngineError> {
        self.sample_matrices(clock)?;
        let [values] = self.values.dims();
        loop {
            let (x, chain) = (self.values.clone(), self.chain);
            let mut run: Run<'_> = Box::new(move || {
                fma_chain(x.clone(), chain);
                Ok(())
            });
            let secs = clock.batch(&mut run, 1)?;
            self.best_gflops = self.best_gflops.max(chain.flop(values) / secs / 1e9);
            if secs >= SAMPLE_SECS / 2.0 || chain.turns == FmaChain::MAX_TURNS {
                return Ok(());
            }
            self.chain.turns = more_turns(chain.turns, secs);
        }
    }

    fn sample_matrices(&mut self, clock: &Clock<'_>) -> Result<(), EngineError> {
        loop {
            let turns = self.matrix_turns;
            let flop = Cell::new(None);
            let mut run: Run<'_> = Box::new(|| {
                flop.set(matrix_chain(clock.device, turns));
                Ok(())
            });
            let secs = clock.batch(&mut run, 1)?;
            drop(run);
            let Some(flop) = flop.get() else { return Ok(()) };
            let gflops = flop / secs / 1e9;
            self.best_matrix_gflops = Some(self.best_matrix_gflops.map_or(gflops, |best| best.max(gflops)));
            if secs >= SAMPLE_SECS / 2.0 || turns == FmaChain::MAX_TURNS {
                return Ok(());
            }
            self.matrix_turns = more_turns(turns, secs);
        }
    }

    /// GFLOP/s of the fastest sample.
    pub fn best_gflops(&self) -> f64 {
        self.best_gflops
    }

    /// GFLOP/s of the fastest sample of matrices; `None` where products do not go through them.
    pub fn best_matrix_gflops(&self) -> Option<f64> {
        self.best_matrix_gflops
    }
}

/// Turns for the next sample after one that was too short: at most tenfold, since the first run of a kernel tells little.
fn more_turns(turns: u32, secs: f64) -> u32 {
    let factor = (SAMPLE_SECS / secs).clamp(1.5, 10.0);
    ((f64::from(turns) * factor).ceil() as u32).min(FmaChain::MAX_TURNS)
}

#[cfg(not(feature = "gpu"))]
fn matrix_chain(_device: &Device, _turns: u32) -> Option<f64> {
    None
}
