//! The stages of the pipeline as steps.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use hummingbird_base::{Action, CancelToken};
use sha2::{Digest as _, Sha256};

use super::error::WorkError;
use super::shard::hex;
use super::step::{RowsStep, Shard, Step};
use crate::caption::{CaptionError, CaptionOptions, Ended, caption_rows};
use crate::clip::ClipError;
use crate::cut::{CutError, CutOptions, cut_rows};
use crate::manifest::{ManifestError, Row};
use crate::motion::{ClipMotionError, MotionLimits, MotionWatch, fill_motion};
use crate::score::{Judge, ScoreError, ScoreOptions, Watch, fill_scores};

impl From<CutError> for WorkError {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Cancelled(cancelled) => cancelled.into(),
            CutError::Clip(ClipError::Object(error)) => error.into(),
            other => Self::Stage { detail: other.into() },
        }
    }
}

impl From<ScoreError> for WorkError {
    fn from(error: ScoreError) -> Self {
        match error {
            ScoreError::Cancelled(cancelled) => cancelled.into(),
            ScoreError::Clip(ClipError::Object(error)) => error.into(),
            other => Self::Stage { detail: other.into() },
        }
    }
}

impl From<ClipMotionError> for WorkError {
    fn from(error: ClipMotionError) -> Self {
        match error {
            ClipMotionError::Cancelled(cancelled) => cancelled.into(),
            ClipMotionError::Clip(ClipError::Object(error)) => error.into(),
            other => Self::Stage { detail: other.into() },
        }
    }
}

impl From<CaptionError> for WorkError {
    fn from(error: CaptionError) -> Self {
        match error {
            CaptionError::Cancelled(cancelled) => cancelled.into(),
            other => Self::Stage { detail: other.into() },
        }
    }
}

/// The step `motion`: measures how clips move.
pub fn motion_step(limits: MotionLimits) -> Box<dyn Step> {
    Box::new(RowsStep::new("motion", format!("{limits:?}"), move |rows, clips, cancel, progress| {
        let mut done = |_: usize, _: &Row| ();
        Ok(fill_motion(rows, clips, limits, MotionWatch { cancel, progress, done: &mut done })?)
    }))
}

/// The step `cut`: splits rows at the cuts of their clips.
pub fn cut_step(options: CutOptions) -> Box<dyn Step> {
    Box::new(RowsStep::new("cut", format!("{options:?}"), move |rows, clips, cancel, progress| {
        let (split, _) = cut_rows(std::mem::take(rows), clips, options, cancel, progress)?;
        *rows = split;
        Ok(())
    }))
}

/// The step `score`: a cheap network looks at all clips of the shard, a large one at what it lets through. `weights` tells networks
/// apart that have other weights: their hashes.
pub fn score_step<S, J>(judges: (Option<S>, Option<J>), options: ScoreOptions, weights: &str) -> Box<dyn Step>
where
    S: Judge + 'static,
    J: Judge + 'static,
{
    Box::new(RowsStep::new("score", format!("{options:?} {weights}"), move |rows, clips, cancel, progress| {
        // A shard is finished or made again: nothing is kept in between.
        let mut save = |_: &[_]| Ok::<(), ManifestError>(());
        let mut watch = Watch { cancel, sink: progress, save: &mut save, done: &mut |_, _| () };
        Ok(fill_scores(rows, clips, (judges.0.as_ref(), judges.1.as_ref()), options, &mut watch)?)
    }))
}

/// The hash of a file of weights, for [`score_step`]: SHA-256 in hexadecimal.
///
/// # Errors
/// Files that cannot be read, and the owner's wish to stop.
pub fn file_hash(path: &Path, cancel: &CancelToken) -> Result<String, WorkError> {
    let mut file = File::open(path).map_err(WorkError::io(Action::Open, path))?;
    let (mut hasher, mut block) = (Sha256::new(), vec![0; 1 << 18]);
    loop {
        cancel.check()?;
        match file.read(&mut block).map_err(WorkError::io(Action::Read, path))? {
            0 => return Ok(hex(&hasher.finalize())),
            bytes => hasher.update(&block[..bytes]),
        }
    }
}

/// The step `caption`: a language model rewrites captions. Answers are kept beside the output, so that a shard that is made again asks
/// only for what is not answered yet; the shard is finished when every caption has an answer, be it one that is refused.
pub fn caption_step(options: CaptionOptions) -> Box<dyn Step> {
    Box::new(CaptionStep(options))
}

struct CaptionStep(CaptionOptions);

impl Step for CaptionStep {
    fn name(&self) -> &'static str {
        "caption"
    }

    /// Where the server is does not matter; which model, and what it sees, does.
    fn settings(&self) -> String {
        let CaptionOptions { server, frames, picture_side, again, .. } = &self.0;
        format!("{:?} {frames} {picture_side} {again}", server.model)
    }

    fn run(&mut self, shard: &mut Shard<'_>) -> Result<(), WorkError> {
        let journal = shard.kept_file("captions.journal")?;
        let options = &self.0;
        let (rows, clips) = (std::mem::take(&mut shard.rows), shard.clips());
        let (written, report) = caption_rows(rows, &clips, &journal, options, shard.cancel, shard.progress)?;
        shard.rows = written;
        match report.ended {
            Ended::Failing(error) => Err(CaptionError::from(error).into()),
            _ if report.failed + report.left > 0 => {
                Err(WorkError::Unanswered { captions: report.failed + report.left })
            }
            Ended::Done | Ended::Budget => Ok(()),
        }
    }
}
