//! Cuts: where shots begin, as PySceneDetect's content detector finds them.
//!
//! The change of a frame is the mean over hue, saturation and value of the mean absolute difference to the frame before
//! (`scenesdetect`); [`Shots`] decides which changes are cuts. [`find`] looks at one clip, [`cut_manifest`] splits
//! rows, with a `journal` from which a run that was stopped goes on.

mod journal;
mod rows;
mod shots;
#[cfg(test)]
mod tests;

use std::io;
use std::num::NonZeroI32;
use std::path::PathBuf;

use hummingbird_base::message::{self, Message};
use hummingbird_base::progress::{Progress, ProgressSink, StageName, Unit};
use hummingbird_base::{CancelToken, Cancelled};
use scenesdetect::content::{Detector, Options};
use scenesdetect::frame::{RgbFrame, Timebase, Timestamp};
use thiserror::Error;

use crate::clip::{ClipError, ClipSource};
use crate::manifest::ManifestError;

pub use rows::{CutReport, cut_manifest, cut_rows, stretch_id};
pub use shots::Shots;

/// Why no cuts were found.
#[derive(Debug, Error, Message)]
#[message("cut")]
#[non_exhaustive]
pub enum CutError {
    /// The owner stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The clip cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The manifest cannot be read or written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// What was found so far cannot be kept.
    #[error("cannot keep what was found so far in {path:?}: {source}")]
    Journal {
        /// The file beside the output.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Options that make no sense.
    #[error(
        "cuts cannot be found with a threshold of {threshold} and a least length of {min_frames} frames: \
         the threshold is above 0 and at most 255, the length at least 1"
    )]
    Options {
        /// The threshold.
        threshold: f64,
        /// The least length.
        min_frames: u64,
    },
}

/// What counts as a cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CutOptions {
    threshold: f64,
    min_frames: u64,
}

impl Default for CutOptions {
    /// PySceneDetect's.
    fn default() -> Self {
        Self { threshold: 27.0, min_frames: 15 }
    }
}

impl CutOptions {
    /// A change of at least `threshold` (0 to 255) is a cut, with at least `min_frames` frames between two of them.
    ///
    /// # Errors
    /// Numbers that make no sense.
    pub fn new(threshold: f64, min_frames: u64) -> Result<Self, CutError> {
        let is_sane = threshold > 0.0 && threshold <= 255.0 && min_frames > 0;
        if is_sane { Ok(Self { threshold, min_frames }) } else { Err(CutError::Options { threshold, min_frames }) }
    }
}

/// The cuts of a clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cuts {
    /// Numbers of the frames with which new shots begin, ascending; never 0.
    pub positions: Vec<u64>,
    /// Frames that were there.
    pub frames: u64,
}

/// Changes from frame to frame.
pub struct Changes {
    detector: Detector,
    bgr: Vec<u8>,
    number: i64,
}

impl Default for Changes {
    fn default() -> Self {
        Self { detector: Detector::new(Options::new()), bgr: Vec::new(), number: 0 }
    }
}

impl Changes {
    /// The change of a frame (RGB u8 `[height, width, 3]`, all of one size) to the one before, 0 to 255; 0 for the first.
    pub fn next(&mut self, rgb: &[u8], width: usize, height: usize) -> f64 {
        self.bgr.clear();
        self.bgr.extend(rgb.as_chunks::<3>().0.iter().flat_map(|&[red, green, blue]| [blue, green, red]));
        let base = Timebase::new(1, NonZeroI32::MAX);
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let frame =
            RgbFrame::try_new(&self.bgr, side(width), side(height), side(width * 3), Timestamp::new(self.number, base));
        self.number += 1;
        match frame {
            Ok(frame) => {
                self.detector.process_bgr(frame);
                self.detector.last_score().unwrap_or(0.0)
            }
            Err(_) => 0.0,
        }
    }
}

/// Finds the cuts of a clip.
///
/// # Errors
/// Clips that cannot be read to their end; the owner's wish to stop.
pub fn find(
    clip: &ClipSource,
    options: CutOptions,
    cancel: &CancelToken,
    progress: &mut dyn ProgressSink,
) -> Result<Cuts, CutError> {
    let mut changes = Changes::default();
    let mut shots = Shots::new(options.min_frames);
    let mut cuts = Cuts::default();
    for picture in clip.frames()? {
        cancel.check()?;
        let picture = picture?;
        let change = changes.next(&picture.rgb, picture.width, picture.height);
        cuts.positions.extend(shots.next(change >= options.threshold));
        cuts.frames += 1;
        progress.progress(Progress::new(StageName("cut"), Unit::Frames, cuts.frames, Some(clip.shape().frames)));
    }
    Ok(cuts)
}
