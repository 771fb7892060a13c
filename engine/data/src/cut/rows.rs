//! Rows of a manifest, split at their cuts.

use std::fmt;
use std::path::Path;
use std::sync::Mutex;

use hummingbird_base::CancelToken;
use hummingbird_base::progress::{Progress, ProgressSink, Silent, StageName, Unit};
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::journal::Journal;
use super::{CutError, CutOptions, Cuts, find};
use crate::clips::Clips;
use crate::manifest::{self, Lock, Row};
use crate::objects::Places;
use crate::scan::{DUPLICATE, NEAR_DUPLICATE};

/// Column with the id of the row from which a stretch was cut.
const CUT_OF: &str = "cut_of";

/// What became of a manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CutReport {
    /// Rows of the manifest that was read.
    pub rows: u64,
    /// Rows with cuts.
    pub split: u64,
    /// Rows of the new manifest.
    pub stretches: u64,
    /// Rows that were not looked at: duplicates, and those with an error already.
    pub passed: u64,
    /// Rows that could not be read now.
    pub failed: u64,
}

impl fmt::Display for CutReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, split, stretches, passed, failed } = self;
        write!(f, "{rows} rows became {stretches}: {split} were split, {failed} cannot be read")?;
        if *passed > 0 { write!(f, ", {passed} were passed on (duplicates and errors)") } else { Ok(()) }
    }
}

/// Splits every row of a manifest at its cuts and writes a new manifest, in the order of the old one. Rows with an error and
/// duplicates are passed on as they are; a clip that cannot be read gets an error. What was found of each clip is noted beside the
/// output as it comes, and a run that was stopped or killed goes on from there.
///
/// # Errors
/// Manifests that cannot be read or written, stores that cannot be asked, the owner's wish to stop; before these no manifest is written.
pub fn cut_manifest(
    input: &Path,
    output: &Path,
    options: CutOptions,
    places: &Places,
    cancel: &CancelToken,
    progress: &mut (dyn ProgressSink + Send),
) -> Result<CutReport, CutError> {
    let _lock = Lock::take(output)?;
    let rows = manifest::read(input)?;
    let folder = manifest::folder_of(input);
    let journal = Journal::open(output, options)?;
    let (mut rows, report) = split(rows, &Clips::of(&folder, places), options, Some(&journal), cancel, progress)?;
    manifest::rebase(&mut rows, &folder, &manifest::folder_of(output));
    manifest::write(output, &rows)?;
    journal.remove();
    Ok(report)
}

/// Splits rows of a manifest at their cuts, as [`cut_manifest`].
///
/// # Errors
/// The owner's wish to stop, and stores that cannot be asked.
pub fn cut_rows(
    rows: Vec<Row>,
    clips: &Clips<'_>,
    options: CutOptions,
    cancel: &CancelToken,
    progress: &mut (dyn ProgressSink + Send),
) -> Result<(Vec<Row>, CutReport), CutError> {
    split(rows, clips, options, None, cancel, progress)
}

fn split(
    rows: Vec<Row>,
    clips: &Clips<'_>,
    options: CutOptions,
    journal: Option<&Journal>,
    cancel: &CancelToken,
    progress: &mut (dyn ProgressSink + Send),
) -> Result<(Vec<Row>, CutReport), CutError> {
    let total = rows.len() as u64;
    let told = Mutex::new((0, progress));
    let cut: Result<Vec<(What, Vec<Row>)>, CutError> = rows
        .into_par_iter()
        .map(|row| {
            cancel.check()?;
            let stretches = stretches(row, clips, options, journal, cancel)?;
            if let Ok(mut told) = told.lock() {
                told.0 += 1;
                let done = told.0;
                told.1.progress(Progress::new(StageName("cut"), Unit::Clips, done, Some(total)));
            }
            Ok(stretches)
        })
        .collect();
    let mut report = CutReport { rows: total, ..CutReport::default() };
    let mut rows = Vec::new();
    for (what, stretches) in cut? {
        match what {
            What::Passed => report.passed += 1,
            What::Failed => report.failed += 1,
            What::Whole => {}
            What::Split => report.split += 1,
        }
        rows.extend(stretches);
    }
    report.stretches = rows.len() as u64;
    Ok((rows, report))
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Passed,
    Failed,
    Whole,
    Split,
}

fn stretches(
    mut row: Row,
    clips: &Clips<'_>,
    options: CutOptions,
    journal: Option<&Journal>,
    cancel: &CancelToken,
) -> Result<(What, Vec<Row>), CutError> {
    let is_duplicate = row.reasons.iter().any(|reason| [DUPLICATE, NEAR_DUPLICATE].contains(&reason.as_str()));
    if row.error.is_some() || is_duplicate {
        return Ok((What::Passed, vec![row]));
    }
    let found = match journal.and_then(|journal| journal.known(&row)) {
        Some(cuts) => Ok(cuts),
        None => {
            let found = clips
                .open(&row, cancel)
                .map_err(CutError::from)
                .and_then(|clip| find(&clip, options, cancel, &mut Silent));
            if let (Some(journal), Ok(cuts)) = (journal, &found) {
                journal.note(&row, cuts)?;
            }
            found
        }
    };
    match found {
        Err(CutError::Cancelled(cancelled)) => Err(cancelled.into()),
        Err(CutError::Clip(error)) if error.is_about_all() => Err(error.into()),
        Err(error) => {
            cancel.check()?;
            row.error = Some(error.to_string());
            Ok((What::Failed, vec![row]))
        }
        Ok(Cuts { positions, .. }) if positions.is_empty() => Ok((What::Whole, vec![row])),
        Ok(Cuts { positions, frames }) => {
            let starts = [0].into_iter().chain(positions.iter().copied());
            let ends = positions.iter().copied().chain([frames]);
            let rows = starts.zip(ends).map(|(start, end)| stretch(&row, row.start_frame + start, end - start));
            Ok((What::Split, rows.collect()))
        }
    }
}

/// The row of a stretch: what was measured on the whole does not hold for it.
fn stretch(whole: &Row, start_frame: u64, frames: u64) -> Row {
    let Row { path, fps, width, height, codec, text, text_original, .. } = whole.clone();
    let mut row = Row {
        id: stretch_id(&whole.id, start_frame, frames),
        path,
        start_frame,
        frames,
        fps,
        width,
        height,
        codec,
        text,
        text_original,
        extra: whole.extra.clone(),
        ..Row::default()
    };
    row.extra.entry(CUT_OF.to_owned()).or_insert_with(|| whole.id.clone().into());
    row
}

/// The id of a stretch of what has the id `whole`: SHA-256 in hexadecimal of both and its place.
pub fn stretch_id(whole: &str, start_frame: u64, frames: u64) -> String {
    let hash = Sha256::digest(format!("{whole}:{start_frame}+{frames}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
