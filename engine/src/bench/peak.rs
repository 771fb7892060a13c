//! The arithmetic peaks of a device: how fast chains of multiply-adds on registers run in f32, and products of its cooperative
//! matrices, where it has them. Both depend on the moment: clocks change, and other programs compute too.

use std::cell::Cell;

use burn::tensor::{Device, Tensor};

use super::Run;
use super::clock::Clock;
use crate::error::EngineError;
#[cfg(feature = "gpu")]
use crate::kernels::matrix_chain;
use crate::kernels::{FmaChain, fma_chain};
use crate::nn::parallel::parts;

/// Values for each thread of the CPU: a whole number of its kernel's tasks, few enough for the first-level cache.
const CPU_VALUES: usize = 3072;
/// Values on a GPU: more invocations than any keeps in flight.
const GPU_VALUES: usize = 1 << 21;
/// How long a run of a sample should take: long enough for a clock to read, short enough to be taken beside every case.
const SAMPLE_SECS: f64 = 0.02;
/// Runs of a sample, of which the fastest counts.
const SAMPLE_RUNS: u32 = 3;

/// What the device reached in one sample, in GFLOP/s.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Speeds {
    /// Multiply-adds in registers, f32.
    pub floats: f64,
    /// Of cooperative matrices; `None` where matmuls do not use them.
    pub matrices: Option<f64>,
}

impl Speeds {
    /// The better of two samples.
    pub fn max(self, other: Self) -> Self {
        let matrices = match (self.matrices, other.matrices) {
            (Some(one), Some(two)) => Some(one.max(two)),
            (one, two) => one.or(two),
        };
        Self { floats: self.floats.max(other.floats), matrices }
    }
}

/// Samples of the peak.
pub struct Peak {
    values: Tensor<1>,
    chain: FmaChain,
    /// Turns of a chain of matrices.
    matrix_turns: u32,
}

impl Peak {
    /// Compiles what it needs and finds out how much work makes a sample.
    ///
    /// # Errors
    /// As [`Clock::batch`].
    pub fn new(clock: &Clock<'_>) -> Result<Self, EngineError> {
        let device = clock.device;
        let values = if *device == Device::flex() { 4 * CPU_VALUES * parts(device) } else { GPU_VALUES };
        // Towards a fixed point at one: neither zero nor infinity, which some hardware treats apart.
        let chain = FmaChain { scale: 0.5, shift: 0.5, turns: 1 };
        let mut peak = Self { values: Tensor::ones([values], device), chain, matrix_turns: 1 };
        // The first runs compile: their time says nothing about how many turns a sample takes.
        peak.floats(clock)?;
        peak.matrices(clock)?;
        peak.chain.turns = enough_turns(|turns| {
            peak.chain.turns = turns;
            peak.floats(clock).map(|(secs, _)| secs)
        })?;
        peak.matrix_turns = enough_turns(|turns| {
            peak.matrix_turns = turns;
            Ok(peak.matrices(clock)?.map_or(f64::INFINITY, |(secs, _)| secs))
        })?;
        Ok(peak)
    }

    /// Takes a sample.
    ///
    /// # Errors
    /// As [`Clock::batch`].
    pub fn sample(&self, clock: &Clock<'_>) -> Result<Speeds, EngineError> {
        let mut best = Speeds::default();
        for _ in 0..SAMPLE_RUNS {
            let (_, floats) = self.floats(clock)?;
            let matrices = self.matrices(clock)?.map(|(_, gflops)| gflops);
            best = best.max(Speeds { floats, matrices });
        }
        Ok(best)
    }

    /// Seconds and GFLOP/s of a run of multiply-adds.
    fn floats(&self, clock: &Clock<'_>) -> Result<(f64, f64), EngineError> {
        let (x, chain) = (self.values.clone(), self.chain);
        let mut run: Run<'_> = Box::new(move || {
            fma_chain(x.clone(), chain);
            Ok(())
        });
        let secs = clock.batch(&mut run, 1)?;
        let [values] = self.values.dims();
        Ok((secs, chain.flop(values) / secs / 1e9))
    }

    /// Seconds and GFLOP/s of a run of matrices.
    fn matrices(&self, clock: &Clock<'_>) -> Result<Option<(f64, f64)>, EngineError> {
        let flop = Cell::new(None);
        let mut run: Run<'_> = Box::new(|| {
            flop.set(matrix_chain(clock.device, self.matrix_turns));
            Ok(())
        });
        let secs = clock.batch(&mut run, 1)?;
        drop(run);
        Ok(flop.get().map(|flop| (secs, flop / secs / 1e9)))
    }
}

/// The number of turns with which a run, whose seconds `time` gives, takes about as long as a sample should.
fn enough_turns(mut time: impl FnMut(u32) -> Result<f64, EngineError>) -> Result<u32, EngineError> {
    let mut turns = 1;
    loop {
        let secs = time(turns)?;
        if secs >= SAMPLE_SECS / 2.0 || turns == FmaChain::MAX_TURNS {
            return Ok(turns);
        }
        turns = more_turns(turns, secs);
    }
}

/// Turns for the next run after one that was too short: at most tenfold, since a short one tells little.
fn more_turns(turns: u32, secs: f64) -> u32 {
    let factor = (SAMPLE_SECS / secs).clamp(1.5, 10.0);
    ((f64::from(turns) * factor).ceil() as u32).min(FmaChain::MAX_TURNS)
}

#[cfg(not(feature = "gpu"))]
fn matrix_chain(_device: &Device, _turns: u32) -> Option<f64> {
    None
}
