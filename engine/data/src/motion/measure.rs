//! The movement of a clip whose frames come one after the other.

use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_judges::farneback::{Expanded, grey};

use super::rules::{ClipMotion, MotionLimits, MotionSum, PairMotion};

/// Height and width of a frame.
pub type FrameSize = [usize; 2];

/// Takes frames and sums up their movement; one frame is held.
#[derive(Clone, Debug)]
pub struct MotionMeter {
    sum: MotionSum,
    last: Option<Expanded>,
}

impl MotionMeter {
    /// A meter that has seen nothing.
    pub fn new(limits: MotionLimits) -> Self {
        Self { sum: MotionSum::new(limits), last: None }
    }

    /// Takes the next frame, RGB bytes of `[height, width, 3]`.
    ///
    /// # Panics
    /// When it has another size than those before, or not as many bytes as that says: a bug of the caller.
    pub fn add(&mut self, rgb: &[u8], size: FrameSize) {
        let frame = Expanded::new(&grey(rgb), size);
        if let Some(last) = &self.last {
            self.sum.add(&PairMotion::of(&last.flow_to(&frame)));
        }
        self.last = Some(frame);
    }

    /// What the frames came to; `None` for fewer than two.
    pub fn finish(&self) -> Option<ClipMotion> {
        self.sum.finish(self.last.as_ref()?.size())
    }
}

/// The movement of frames (RGB bytes and size); `None` for fewer than two.
///
/// # Errors
/// What the frames' source says, and [`Cancelled`] when `cancel` was asked for.
pub fn motion_of<E: From<Cancelled>>(
    frames: impl Iterator<Item = Result<(Vec<u8>, FrameSize), E>>,
    limits: MotionLimits,
    cancel: &CancelToken,
) -> Result<Option<ClipMotion>, E> {
    let mut meter = MotionMeter::new(limits);
    for frame in frames {
        cancel.check()?;
        let (rgb, size) = frame?;
        meter.add(&rgb, size);
    }
    Ok(meter.finish())
}
