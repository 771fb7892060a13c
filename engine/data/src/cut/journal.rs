//! The journal beside the output, `OUT.cuts.journal`: a line of JSON for each clip that was looked at, so that a run that was killed
//! or stopped goes on at the clip where it was. It goes when the manifest is written.
//!
//! A line that was cut off, or that was found with other options, is as if it were not there.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{CutError, CutOptions, Cuts};
use crate::manifest::Row;

/// Longest line that is read, in bytes: a clip with hundreds of thousands of cuts.
const MOST_LINE_BYTES: u64 = 4 << 20;

/// The stretch of a clip.
type Stretch = (String, u64, u64);

#[derive(Serialize, Deserialize)]
struct Line {
    id: String,
    start_frame: u64,
    frames: u64,
    threshold: f64,
    min_frames: u64,
    cuts: Vec<u64>,
    found: u64,
}

/// What was found so far. Its owner holds the lock of the output.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    options: CutOptions,
    known: HashMap<Stretch, Cuts>,
    file: Mutex<File>,
}

impl Journal {
    /// The journal of an output, or a new one.
    pub(super) fn open(output: &Path, options: CutOptions) -> Result<Self, CutError> {
        let path = output.with_added_extension("cuts.journal");
        let opened = || {
            let file = OpenOptions::new().read(true).append(true).create(true).open(&path)?;
            let known = read(&file, options)?;
            // What a killed program began stays a line of its own.
            (&file).write_all(b"\n")?;
            Ok((file, known))
        };
        let opened: io::Result<_> = opened();
        let (file, known) = opened.map_err(|source| CutError::Journal { path: path.clone(), source })?;
        Ok(Self { path, options, known, file: Mutex::new(file) })
    }

    /// What an earlier run found in the stretch of a row. A row without a hash says nothing of its content.
    pub(super) fn known(&self, row: &Row) -> Option<Cuts> {
        if row.id.is_empty() { None } else { self.known.get(&stretch_of(row)).cloned() }
    }

    /// Notes what was found.
    pub(super) fn note(&self, row: &Row, cuts: &Cuts) -> Result<(), CutError> {
        let CutOptions { threshold, min_frames } = self.options;
        let (id, start_frame, frames) = stretch_of(row);
        let line =
            Line { id, start_frame, frames, threshold, min_frames, cuts: cuts.positions.clone(), found: cuts.frames };
        let written = || {
            let mut bytes = serde_json::to_vec(&line)?;
            bytes.push(b'\n');
            // At once, so that no other line can come between.
            self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&bytes)
        };
        written().map_err(|source| CutError::Journal { path: self.path.clone(), source })
    }

    /// It is no longer needed.
    pub(super) fn remove(self) {
        let Self { path, file, .. } = self;
        drop(file);
        if let Err(error) = fs::remove_file(&path) {
            log::warn!("{} could not be removed: {error}", path.display());
        }
    }
}

fn stretch_of(row: &Row) -> Stretch {
    (row.id.clone(), row.start_frame, row.frames)
}

fn read(file: &File, options: CutOptions) -> io::Result<HashMap<Stretch, Cuts>> {
    let mut known = HashMap::new();
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.by_ref().take(MOST_LINE_BYTES).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(known);
        }
        if line.last() != Some(&b'\n') && read as u64 == MOST_LINE_BYTES {
            reader.skip_until(b'\n')?;
            continue;
        }
        let Ok(line) = serde_json::from_slice::<Line>(&line) else { continue };
        let Line { id, start_frame, frames, threshold, min_frames, cuts, found } = line;
        // Somebody may have written into it: stretches are made of these numbers.
        let is_sane =
            cuts.first() != Some(&0) && cuts.is_sorted_by(|a, b| a < b) && cuts.last().is_none_or(|it| *it < found);
        if is_sane && threshold == options.threshold && min_frames == options.min_frames {
            known.insert((id, start_frame, frames), Cuts { positions: cuts, frames: found });
        }
    }
}
