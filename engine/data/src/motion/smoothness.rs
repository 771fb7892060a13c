//! How well every second frame follows from its neighbours: VBench's motion smoothness, which the reference uses against dolly zooms.

use burn::tensor::Tensor;
use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_judges::MotionError;
use hummingbird_judges::interpolation::{Amt, unit_frame};
use hummingbird_nn::parallel;

use super::measure::FrameSize;
use crate::manifest::Row;

/// Largest value of a colour.
const WHITE: f64 = 255.0;

/// GFLOP of a frame that is predicted, for each of its pixels: 36 for 320x512, counted by PyTorch.
const GFLOP_PER_PIXEL: f64 = 36.0 / (320.0 * 512.0);
/// Fewest pixels of a side: padded to a multiple of 16, it has the 128 that the network needs.
const LEAST_SIDE: u32 = 113;

/// What the smoothness of a row's clip costs, in GFLOP; `None` where it has none: of fewer than three frames, and of small ones.
pub fn smoothness_gflop(row: &Row) -> Option<f64> {
    let can_be = row.frames >= 3 && row.width.min(row.height) >= LEAST_SIDE;
    let pixels = f64::from(row.width) * f64::from(row.height);
    can_be.then(|| ((row.frames - 1) / 2) as f64 * pixels * GFLOP_PER_PIXEL)
}

/// Takes frames and compares every second one with what the network predicts of its neighbours. On the CPU device it holds as many
/// predictions as there are threads, else one.
pub struct Smoothness<'a> {
    network: &'a Amt,
    device: burn::tensor::Device,
    cancel: &'a CancelToken,
    /// The last frame of those that go in.
    last: Option<Tensor<4>>,
    /// The frame behind it, which is to be predicted.
    between: Option<Vec<u8>>,
    waiting: Vec<Gap>,
    /// Sum of the mean differences, and how many.
    sum: f64,
    count: u64,
}

/// Two frames and what is between them.
struct Gap {
    first: Tensor<4>,
    last: Tensor<4>,
    between: Vec<u8>,
}

impl<'a> Smoothness<'a> {
    /// A meter that has seen nothing, with a network on `device`.
    pub fn new(network: &'a Amt, device: &burn::tensor::Device, cancel: &'a CancelToken) -> Self {
        let (last, between, waiting) = (None, None, Vec::new());
        Self { network, device: device.clone(), cancel, last, between, waiting, sum: 0.0, count: 0 }
    }

    /// Takes the next frame, RGB bytes of `[height, width, 3]`.
    ///
    /// # Errors
    /// [`MotionError`] when frames are too small or have several sizes, or the work was cancelled.
    pub fn add(&mut self, rgb: Vec<u8>, size: FrameSize) -> Result<(), MotionError> {
        let Some(first) = self.last.take() else {
            self.last = Some(unit_frame(&rgb, size, &self.device));
            return Ok(());
        };
        let Some(between) = self.between.take() else {
            self.between = Some(rgb);
            self.last = Some(first);
            return Ok(());
        };
        let last = unit_frame(&rgb, size, &self.device);
        self.last = Some(last.clone());
        self.waiting.push(Gap { first, last, between });
        if self.waiting.len() >= parallel::parts(&self.device) { self.predict() } else { Ok(()) }
    }

    /// Predicts what waits.
    fn predict(&mut self) -> Result<(), MotionError> {
        let waiting = std::mem::take(&mut self.waiting);
        let (network, cancel) = (self.network, self.cancel);
        let differences = parallel::each(&self.device, waiting, |Gap { first, last, between }| {
            let middle = network.forward(first, last, cancel)?.bytes();
            let sum: u64 = middle.iter().zip(&between).map(|(&a, &b)| u64::from(a.abs_diff(b))).sum();
            Ok::<_, MotionError>(sum as f64 / between.len().max(1) as f64)
        })?;
        self.count += differences.len() as u64;
        self.sum += differences.into_iter().sum::<f64>();
        Ok(())
    }

    /// The score, 0 to 1; `None` for fewer than three frames.
    ///
    /// # Errors
    /// As [`Smoothness::add`].
    pub fn finish(mut self) -> Result<Option<f64>, MotionError> {
        self.predict()?;
        Ok((self.count > 0).then(|| (WHITE - self.sum / self.count as f64) / WHITE))
    }
}

/// The smoothness of frames (RGB bytes and size); `None` for fewer than three.
///
/// # Errors
/// What the frames' source says, and [`MotionError`].
pub fn smoothness_of<E: From<MotionError> + From<Cancelled>>(
    frames: impl Iterator<Item = Result<(Vec<u8>, FrameSize), E>>,
    network: &Amt,
    device: &burn::tensor::Device,
    cancel: &CancelToken,
) -> Result<Option<f64>, E> {
    let mut meter = Smoothness::new(network, device, cancel);
    for frame in frames {
        cancel.check()?;
        let (rgb, size) = frame?;
        meter.add(rgb, size)?;
    }
    Ok(meter.finish()?)
}
