//! The columns of motion in the rows of a manifest.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::tensor::Device;
use hummingbird_base::message::{self, Message};
use hummingbird_base::progress::{Progress, ProgressSink, StageName, Unit};
use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_judges::interpolation::Amt;
use hummingbird_judges::{FramesUnfit, MotionError};
use hummingbird_video::Picture;
use rayon::prelude::*;
use thiserror::Error;

use super::measure::{FrameSize, motion_of};
use super::rules::{ClipMotion, MotionLimits, MotionReason};
use super::smoothness::smoothness_of;
use crate::clip::{ClipError, ClipSource};
use crate::manifest::Row;
use crate::scan::{DUPLICATE, NEAR_DUPLICATE};

/// Measuring flows.
pub const MOTION: StageName = StageName("measuring motion");
/// Predicting frames.
pub const SMOOTHNESS: StageName = StageName("measuring smoothness");

/// Why a clip's motion is not known.
#[derive(Debug, Error, Message)]
#[message("clip-motion")]
#[non_exhaustive]
pub enum ClipMotionError {
    /// It cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// Its frames cannot be looked at.
    #[error(transparent)]
    Frames(#[from] FramesUnfit),
    /// The owner stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<MotionError> for ClipMotionError {
    fn from(error: MotionError) -> Self {
        match error {
            MotionError::Frames(unfit) => unfit.into(),
            _ => Cancelled.into(),
        }
    }
}

/// Frames of a row's stretch, as bytes and size.
fn frames(
    row: &Row,
    folder: &Path,
) -> Result<impl Iterator<Item = Result<(Vec<u8>, FrameSize), ClipMotionError>> + use<>, ClipMotionError> {
    let frames = ClipSource::of_row(row, folder)?.frames()?;
    Ok(frames.map(|picture| {
        let Picture { width, height, rgb, .. } = picture?;
        Ok((rgb, [height, width]))
    }))
}

/// Whether a row is neither a duplicate nor one that cannot be read.
fn is_looked_at(row: &Row) -> bool {
    let is_duplicate = row.reasons.iter().any(|reason| [DUPLICATE, NEAR_DUPLICATE].contains(&reason.as_str()));
    row.error.is_none() && !is_duplicate
}

/// Puts the movement of every clip into its row, for a manifest in `folder`. Rows that have it, duplicates, and those with an error stay as they
/// are; a clip that cannot be read gets its error. Some clips are read at once, as many as there are threads.
///
/// # Errors
/// [`Cancelled`] when `cancel` was asked for; rows that were done by then are filled.
pub fn fill_motion(
    rows: &mut [Row],
    folder: &Path,
    limits: MotionLimits,
    progress: &mut (dyn ProgressSink + Send),
    cancel: &CancelToken,
) -> Result<(), Cancelled> {
    let mut open: Vec<&mut Row> = rows.iter_mut().filter(|row| is_looked_at(row) && row.motion_px.is_none()).collect();
    let total = open.len() as u64;
    let done = AtomicU64::new(0);
    let progress = Mutex::new(progress);
    progress_of(&progress, MOTION, 0, total);
    open.par_iter_mut().try_for_each(|row| {
        let measured = frames(row, folder).and_then(|frames| motion_of(frames, limits, cancel));
        match measured {
            Ok(Some(motion)) => put(row, &motion),
            // One frame does not move.
            Ok(None) => put_reasons(row, &[MotionReason::Static]),
            Err(ClipMotionError::Cancelled(cancelled)) => return Err(cancelled),
            Err(error) => row.error = Some(error.to_string()),
        }
        progress_of(&progress, MOTION, done.fetch_add(1, Ordering::Relaxed) + 1, total);
        Ok(())
    })
}

/// Puts the smoothness of every clip into its row, as [`fill_motion`]; a clip whose frames are too small for the network, or fewer than
/// three, has none.
///
/// # Errors
/// As [`fill_motion`].
pub fn fill_smoothness(
    rows: &mut [Row],
    folder: &Path,
    network: &Amt,
    device: &Device,
    progress: &mut (dyn ProgressSink + Send),
    cancel: &CancelToken,
) -> Result<(), Cancelled> {
    let open: Vec<&mut Row> =
        rows.iter_mut().filter(|row| is_looked_at(row) && row.motion_smoothness.is_none()).collect();
    let total = open.len() as u64;
    let progress = Mutex::new(progress);
    progress_of(&progress, SMOOTHNESS, 0, total);
    for (done, row) in (1..).zip(open) {
        match frames(row, folder).and_then(|frames| smoothness_of(frames, network, device, cancel)) {
            Ok(smoothness) => row.motion_smoothness = smoothness,
            Err(ClipMotionError::Cancelled(cancelled)) => return Err(cancelled),
            Err(ClipMotionError::Frames(_)) => {}
            Err(error) => row.error = Some(error.to_string()),
        }
        progress_of(&progress, SMOOTHNESS, done, total);
    }
    Ok(())
}

fn progress_of(sink: &Mutex<&mut (dyn ProgressSink + Send)>, stage: StageName, done: u64, total: u64) {
    // A sink that panicked is asked again: what it shows is of no matter to the rows.
    let mut sink = sink.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    sink.progress(Progress::new(stage, Unit::Clips, done, Some(total)));
}

fn put(row: &mut Row, motion: &ClipMotion) {
    row.motion_px = Some(motion.magnitude_px);
    row.motion_rel = Some(motion.magnitude_rel);
    row.zoom = Some(motion.zoom);
    row.dolly_share = Some(motion.dolly_share);
    row.jerk = Some(motion.jerk);
    put_reasons(row, &motion.reasons);
}

/// Reasons of motion take the place of those that were there; others stay.
fn put_reasons(row: &mut Row, reasons: &[MotionReason]) {
    row.reasons.retain(|reason| !MotionReason::ALL.iter().any(|ours| ours.name() == reason));
    row.reasons.extend(reasons.iter().map(|reason| reason.name().to_owned()));
}
