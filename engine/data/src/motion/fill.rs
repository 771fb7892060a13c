//! The columns of motion in the rows of a manifest.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

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
use crate::clip::ClipError;
use crate::clips::Clips;
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
    clips: &Clips<'_>,
    cancel: &CancelToken,
) -> Result<impl Iterator<Item = Result<(Vec<u8>, FrameSize), ClipMotionError>> + use<>, ClipMotionError> {
    let frames = clips.open(row, cancel)?.frames()?;
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

/// Who watches clips being measured.
pub struct MotionWatch<'a> {
    /// Asks it to stop.
    pub cancel: &'a CancelToken,
    /// Is told how far it is, in clips.
    pub progress: &'a mut (dyn ProgressSink + Send),
    /// Is handed each row with its number when its clip is done.
    pub done: &'a mut (dyn FnMut(usize, &Row) + Send),
}

/// The same for several threads.
struct Watcher<'a> {
    cancel: &'a CancelToken,
    stage: StageName,
    total: u64,
    count: AtomicU64,
    told: Mutex<Told<'a>>,
}

/// Who is told.
struct Told<'a> {
    progress: &'a mut (dyn ProgressSink + Send),
    done: &'a mut (dyn FnMut(usize, &Row) + Send),
}

impl<'a> Watcher<'a> {
    fn begin(watch: MotionWatch<'a>, stage: StageName, total: usize) -> Self {
        let MotionWatch { cancel, progress, done } = watch;
        let total = total as u64;
        progress.progress(Progress::new(stage, Unit::Clips, 0, Some(total)));
        Self { cancel, stage, total, count: AtomicU64::new(0), told: Mutex::new(Told { progress, done }) }
    }

    /// A clip is done.
    fn done(&self, number: usize, row: &Row) {
        // A sink that panicked is asked again: what it shows is of no matter to the rows.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        (told.done)(number, row);
        told.progress.progress(Progress::new(self.stage, Unit::Clips, count, Some(self.total)));
    }

    /// What stops all clips; what is wrong with one goes into its row.
    fn failed(&self, row: &mut Row, error: ClipMotionError) -> Result<(), ClipMotionError> {
        self.cancel.check()?;
        match error {
            ClipMotionError::Clip(error) if error.is_about_all() => return Err(error.into()),
            error => row.error = Some(error.to_string()),
        }
        Ok(())
    }
}

/// Puts the movement of every clip into its row. Rows that have it, duplicates, and those with an error stay as they are; a clip that
/// cannot be read gets its error. Some clips are read at once, as many as there are threads.
///
/// # Errors
/// The owner's wish to stop, and a store that cannot be asked; rows that were done by then are filled.
pub fn fill_motion(
    rows: &mut [Row],
    clips: &Clips<'_>,
    limits: MotionLimits,
    watch: MotionWatch<'_>,
) -> Result<(), ClipMotionError> {
    let open = rows.iter_mut().enumerate().filter(|(_, row)| is_looked_at(row) && row.motion_px.is_none());
    let mut open: Vec<(usize, &mut Row)> = open.collect();
    let watcher = Watcher::begin(watch, MOTION, open.len());
    let cancel = watcher.cancel;
    open.par_iter_mut().try_for_each(|(number, row)| {
        cancel.check()?;
        let measured = frames(row, clips, cancel).and_then(|frames| motion_of(frames, limits, cancel));
        match measured {
            Ok(Some(motion)) => put(row, &motion),
            // One frame does not move.
            Ok(None) => put_reasons(row, &[MotionReason::Static]),
            Err(error) => watcher.failed(row, error)?,
        }
        watcher.done(*number, row);
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
    clips: &Clips<'_>,
    network: &Amt,
    device: &Device,
    watch: MotionWatch<'_>,
) -> Result<(), ClipMotionError> {
    let open = rows.iter_mut().enumerate().filter(|(_, row)| is_looked_at(row) && row.motion_smoothness.is_none());
    let open: Vec<(usize, &mut Row)> = open.collect();
    let watcher = Watcher::begin(watch, SMOOTHNESS, open.len());
    let cancel = watcher.cancel;
    for (number, row) in open {
        match frames(row, clips, cancel).and_then(|frames| smoothness_of(frames, network, device, cancel)) {
            Ok(smoothness) => row.motion_smoothness = smoothness,
            Err(ClipMotionError::Frames(_)) => {}
            Err(error) => watcher.failed(row, error)?,
        }
        watcher.done(number, row);
    }
    Ok(())
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
