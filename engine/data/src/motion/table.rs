//! A manifest whose clips get their columns of motion.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use burn::tensor::Device;
use hummingbird_base::message::{self, Message};
use hummingbird_base::progress::ProgressSink;
use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_judges::interpolation::Amt;
use serde::Serialize;
use thiserror::Error;

use super::fill::{ClipMotionError, MotionWatch, fill_motion, fill_smoothness};
use super::rules::{MotionLimits, MotionReason};
use crate::clips::Clips;
use crate::manifest::{self, Lock, ManifestError, Row};
use crate::objects::Places;

/// Why a manifest got no columns of motion.
#[derive(Debug, Error, Message)]
#[message("motion-columns")]
#[non_exhaustive]
pub enum MotionColumnsError {
    /// A manifest that cannot be read or written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The owner stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The store of its clips cannot be asked.
    #[error(transparent)]
    Clips(ClipMotionError),
}

impl From<ClipMotionError> for MotionColumnsError {
    fn from(error: ClipMotionError) -> Self {
        match error {
            ClipMotionError::Cancelled(cancelled) => cancelled.into(),
            other => Self::Clips(other),
        }
    }
}

/// What became of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MotionReport {
    /// Rows of the manifest.
    pub rows: u64,
    /// Rows that have their motion now.
    pub measured: u64,
    /// Rows with an error, be it an older one.
    pub failed: u64,
    /// Rows with each reason of motion.
    pub reasons: BTreeMap<&'static str, u64>,
}

impl fmt::Display for MotionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, measured, failed, reasons } = self;
        write!(f, "{rows} rows: {measured} have their motion, {failed} have an error")?;
        reasons.iter().try_for_each(|(reason, count)| write!(f, ", {count} {reason}"))
    }
}

/// Measures the clips of a manifest and writes it with their motion, and with their smoothness where there is a network for it.
/// Nothing is written before all clips are done.
///
/// # Errors
/// Manifests that cannot be read or written; the owner's wish to stop.
pub fn measure_manifest(
    input: &Path,
    output: &Path,
    limits: MotionLimits,
    network: Option<(&Amt, &Device)>,
    places: &Places,
    progress: &mut (dyn ProgressSink + Send),
    cancel: &CancelToken,
) -> Result<MotionReport, MotionColumnsError> {
    let _lock = Lock::take(output)?;
    let mut rows = manifest::read(input)?;
    let folder = manifest::folder_of(input);
    let clips = Clips::of(&folder, places);
    let mut done = |_: usize, _: &Row| ();
    fill_motion(&mut rows, &clips, limits, MotionWatch { cancel, progress: &mut *progress, done: &mut done })?;
    if let Some((network, device)) = network {
        fill_smoothness(&mut rows, &clips, network, device, MotionWatch { cancel, progress, done: &mut done })?;
    }
    let report = report(&rows);
    manifest::rebase(&mut rows, &folder, &manifest::folder_of(output));
    manifest::write(output, &rows)?;
    Ok(report)
}

fn report(rows: &[Row]) -> MotionReport {
    let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count() as u64;
    let reasons = MotionReason::ALL.map(MotionReason::name).map(|name| {
        let count = count(&|row| row.reasons.iter().any(|reason| reason == name));
        (name, count)
    });
    MotionReport {
        rows: rows.len() as u64,
        measured: count(&|row| row.motion_px.is_some()),
        failed: count(&|row| row.error.is_some()),
        reasons: reasons.into_iter().filter(|(_, count)| *count > 0).collect(),
    }
}
