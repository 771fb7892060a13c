//! Optimiser steps of a stage, with what is told and kept of them.

use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::tensor::Tensor;

use super::log::{LossLog, TrainEvent, Watch};
use crate::error::EngineError;
use crate::training::trainer::Trainer;

/// Steps between two rows of the loss curve.
const LOG_STEPS: u64 = 20;
/// Steps in which the learning rate rises to its largest.
const RISE_STEPS: f64 = 100.0;
/// What is left of the learning rate at the end.
const LAST_SHARE: f64 = 0.02;

/// A learning rate that rises quickly and falls along a cosine while `samples` of `total` are seen; `step` are the steps made.
pub fn falling_rate(largest: f64, samples: u64, total: u64, step: u64) -> f64 {
    let progress = samples as f64 / total as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
    let rise = ((step + 1) as f64 / RISE_STEPS).min(1.0);
    largest * rise * (LAST_SHARE + (1.0 - LAST_SHARE) * cosine)
}

/// The loss curve of a stage while it grows.
pub struct Curve {
    log: LossLog,
    /// Samples of the phase.
    total: u64,
    loss_sum: f64,
    steps: u64,
    samples: u64,
    since: Instant,
}

impl Curve {
    /// A curve that goes on in the file at `path`, of a phase of so many samples.
    ///
    /// # Errors
    /// `Io` when the file cannot be written.
    pub fn open(path: &Path, total: u64) -> Result<Self, EngineError> {
        let log = LossLog::open(path)?;
        Ok(Self { log, total, loss_sum: 0.0, steps: 0, samples: 0, since: Instant::now() })
    }

    /// The next phase begins.
    pub fn begin(&mut self, total: u64) {
        self.total = total;
        self.restart();
    }

    fn restart(&mut self) {
        (self.loss_sum, self.steps, self.samples, self.since) = (0.0, 0, 0, Instant::now());
    }

    /// An optimiser step on `loss`, which stood for `batch` samples and whose work began at `started`.
    ///
    /// # Errors
    /// `Io` when the file cannot be written.
    pub fn step<M: Module>(
        &mut self,
        trainer: &mut Trainer<M>,
        loss: Tensor<1>,
        learning_rate: f64,
        batch: u64,
        started: Instant,
        watch: &mut Watch<'_>,
    ) -> Result<(), EngineError> {
        trainer.step(&loss, learning_rate, batch);
        self.loss_sum += f64::from(loss.into_scalar::<f32>());
        self.steps += 1;
        self.samples += batch;
        trainer.position.elapsed_secs += started.elapsed().as_secs_f64();
        if self.steps < LOG_STEPS {
            return Ok(());
        }
        let loss = self.loss_sum / self.steps as f64;
        let samples_per_sec = self.samples as f64 / self.since.elapsed().as_secs_f64();
        self.log.row(&trainer.position, learning_rate, loss)?;
        let (samples, total) = (trainer.position.phase_samples, self.total);
        let eta_secs = total.saturating_sub(samples) as f64 / samples_per_sec;
        watch(TrainEvent::Progress { samples, total, loss, learning_rate, samples_per_sec, eta_secs });
        self.restart();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_to_its_largest_and_falls_to_a_fiftieth() {
        let rate = |samples, step| falling_rate(1.0, samples, 1000, step);
        assert_eq!(rate(0, 0), 0.01);
        assert!((rate(0, 99) - 1.0).abs() < 1e-12);
        assert!((rate(500, 400) - 0.51).abs() < 1e-12);
        assert!((rate(1000, 800) - 0.02).abs() < 1e-12);
    }
}
