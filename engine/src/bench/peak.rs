//! The arithmetic peak of a device in f32: the fastest that chains of multiply-adds on registers ran.

use burn::tensor::{Device, Tensor};

use super::Run;
use super::clock::Clock;
use crate::error::EngineError;
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
}

impl Peak {
    pub fn new(device: &Device) -> Self {
        let values = if *device == Device::flex() { 4 * CPU_VALUES * parts(device) } else { GPU_VALUES };
        // Towards a fixed point at one: neither zero nor infinity, which some hardware treats apart.
        let chain = FmaChain { scale: 0.5, shift: 0.5, turns: 1 };
        Self { values: Tensor::ones([values], device), chain, best_gflops: 0.0 }
    }

    /// Takes a sample.
    ///
    /// # Errors
    /// As [`Clock::batch`].
    pub fn sample(&mut self, clock: &Clock<'_>) -> Result<(), EngineError> {
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
            // At most tenfold, since the first run of a kernel tells little.
            let factor = (SAMPLE_SECS / secs).clamp(1.5, 10.0);
            self.chain.turns = ((f64::from(chain.turns) * factor).ceil() as u32).min(FmaChain::MAX_TURNS);
        }
    }

    /// GFLOP/s of the fastest sample.
    pub fn best_gflops(&self) -> f64 {
        self.best_gflops
    }
}
