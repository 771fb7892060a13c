//! The scan itself.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hummingbird_base::progress::{Progress, ProgressSink, StageName, Unit};
use hummingbird_base::{CancelToken, Cancelled};
use rayon::prelude::*;

use super::captions::{self, Tables};
use super::look::{Trouble, look};
use super::objects::Objects;
use super::{CAPTION_SOURCE, DUPLICATE, NEAR_DUPLICATE, ScanError, ScanOptions, ScanReport, duplicates, walk};
use crate::manifest::{self, Lock, Row};
use crate::objects::{ObjectAddress, ObjectError, Places};

/// Clips that are looked at between two looks at the clock, for each thread, and how many those are together.
const BATCH: usize = 4;
const BATCHES: std::ops::RangeInclusive<usize> = 8..=64;
/// How often what is done is written, so that a program that is killed loses no more.
const SAVE_EVERY: Duration = Duration::from_secs(60);

/// Scans folders and writes the manifest. Rows are sorted by path; rows of an earlier manifest whose files are as they were are taken
/// over with all that later stages wrote into them.
///
/// # Errors
/// Folders that are not there, manifests and named tables that cannot be read or written, the owner's wish to stop; what was done
/// until then is in the manifest.
pub fn scan(
    options: &ScanOptions,
    cancel: &CancelToken,
    progress: &mut dyn ProgressSink,
) -> Result<ScanReport, ScanError> {
    scan_watched(options, cancel, progress, &mut |_| ())
}

/// Rows that a scan found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScanRows<'a> {
    /// Those that came last.
    New(&'a [Row]),
    /// All of them at its end, by path and with their duplicates.
    All(&'a [Row]),
}

/// As [`scan`]; `found` is handed rows as they come.
///
/// # Errors
/// As [`scan`].
pub fn scan_watched(
    options: &ScanOptions,
    cancel: &CancelToken,
    progress: &mut dyn ProgressSink,
    found: &mut dyn FnMut(ScanRows<'_>),
) -> Result<ScanReport, ScanError> {
    scan_with(options, &[], &Places::default(), cancel, progress, found)
}

/// As [`scan_watched`], of what lies in stores too, in or below `objects`. Their clips are brought to this machine one at a time.
///
/// # Errors
/// As [`scan`]; stores that cannot be asked, and addresses where nothing is.
pub fn scan_with(
    options: &ScanOptions,
    objects: &[ObjectAddress],
    places: &Places,
    cancel: &CancelToken,
    progress: &mut dyn ProgressSink,
    found: &mut dyn FnMut(ScanRows<'_>),
) -> Result<ScanReport, ScanError> {
    let _lock = Lock::take(&options.output)?;
    let mut scan = Scan::begin(options)?;
    progress.progress(Progress::new(StageName("find clips"), Unit::Clips, 0, None));
    let mut walked = walk::walk(&options.folders, cancel)?;
    let objects = Objects::list(objects, places, cancel)?;
    if let Some(objects) = &objects {
        walked.tables.extend(objects.tables(cancel)?);
    }
    scan.read_tables(options, walked.tables)?;
    let of_stores = objects.as_ref().map_or(0, |objects| objects.clips.len());
    let total = (walked.clips.len() + walked.failed.len() + of_stores) as u64;
    for (path, error) in walked.failed {
        let row = Row { error: Some(format!("cannot be read: {error}")), ..Row::default() };
        scan.add(&path, row);
    }
    let mut saved = Instant::now();
    let batch = (BATCH * rayon::current_num_threads()).clamp(*BATCHES.start(), *BATCHES.end());
    let mut shown = 0;
    // Rows that came, how far it is, and now and then the manifest.
    let mut after_each = |scan: &mut Scan| {
        found(ScanRows::New(&scan.rows[shown..]));
        shown = scan.rows.len();
        progress.progress(Progress::new(StageName("scan"), Unit::Clips, scan.done, Some(total)));
        if saved.elapsed() > SAVE_EVERY {
            scan.save()?;
            saved = Instant::now();
        }
        Ok::<_, ScanError>(())
    };
    for paths in walked.clips.chunks(batch) {
        let looked: Vec<Result<(Row, bool), Trouble>> =
            paths.par_iter().map(|path| look(path, scan.earlier(path), cancel)).collect();
        for (path, looked) in paths.iter().zip(looked) {
            let text = manifest::path_text(path, &scan.folder);
            if let Err(cancelled) = scan.take(text, path, looked) {
                after_each(&mut scan)?;
                return scan.stopped(cancelled);
            }
        }
        after_each(&mut scan)?;
    }
    for address in objects.iter().flat_map(|objects| &objects.clips) {
        let Some(objects) = &objects else { continue };
        let text = address.to_string();
        let earlier = scan.earlier_of(&text).cloned();
        match objects.look(address, earlier.as_ref(), cancel, |path, looked| scan.take(text, path, looked)) {
            Ok(Ok(())) => {}
            Ok(Err(cancelled)) | Err(ObjectError::Cancelled(cancelled)) => return scan.stopped(cancelled),
            Err(error) => {
                scan.save()?;
                return Err(error.into());
            }
        }
        after_each(&mut scan)?;
    }
    let report = scan.finish(options.finds_near_duplicates)?;
    found(ScanRows::All(&scan.rows));
    Ok(report)
}

struct Scan {
    output: PathBuf,
    folder: PathBuf,
    /// Rows of an earlier manifest by path. A file with several rows was cut: it is looked at anew.
    earlier: HashMap<String, Vec<Row>>,
    tables: Tables,
    rows: Vec<Row>,
    done: u64,
    report: ScanReport,
}

impl Scan {
    fn begin(options: &ScanOptions) -> Result<Self, ScanError> {
        let mut earlier: HashMap<String, Vec<Row>> = HashMap::new();
        // A name that says no form is found before anything is looked at.
        if options.output.exists() || !manifest::is_manifest(&options.output) {
            for row in manifest::read(&options.output)? {
                earlier.entry(row.path.clone()).or_default().push(row);
            }
        }
        let (output, folder) = (options.output.clone(), manifest::folder_of(&options.output));
        let (tables, report) = (Tables::default(), ScanReport::default());
        Ok(Self { output, folder, earlier, tables, rows: Vec::new(), done: 0, report })
    }

    /// Tables that were named have to be read; of those that were found the owner is told.
    fn read_tables(&mut self, options: &ScanOptions, found: Vec<PathBuf>) -> Result<(), ScanError> {
        for path in &options.tables {
            self.tables.add(path)?;
        }
        let is_output = |path: &Path| std::fs::canonicalize(path).ok() == std::fs::canonicalize(&options.output).ok();
        // `NAME.json` may be the caption of a clip as well as a table.
        for path in found.into_iter().filter(|path| path.extension().is_none_or(|ending| ending != "json")) {
            if !options.tables.contains(&path)
                && !is_output(&path)
                && let Err(error) = self.tables.add(&path)
            {
                self.report.notes.push(error.to_string());
            }
        }
        Ok(())
    }

    fn earlier(&self, path: &Path) -> Option<&Row> {
        self.earlier_of(&manifest::path_text(path, &self.folder))
    }

    fn earlier_of(&self, text: &str) -> Option<&Row> {
        match self.earlier.get(text)?.as_slice() {
            [row] if row.start_frame == 0 => Some(row),
            _ => None,
        }
    }

    /// Adds what was seen of a clip that the manifest calls `text` and that lies at `path`.
    fn take(&mut self, text: String, path: &Path, looked: Result<(Row, bool), Trouble>) -> Result<(), Cancelled> {
        match looked {
            Ok((row, is_earlier)) => {
                self.report.taken_over += u64::from(is_earlier);
                self.add_as(text, path, row);
            }
            Err(Trouble::Picture) => {}
            Err(Trouble::Words(words)) => self.add_as(text, path, Row { error: Some(words), ..Row::default() }),
            Err(Trouble::Cancelled(cancelled)) => return Err(cancelled),
        }
        Ok(())
    }

    /// Adds the row of a file, with its captions.
    fn add(&mut self, path: &Path, row: Row) {
        self.add_as(manifest::path_text(path, &self.folder), path, row);
    }

    fn add_as(&mut self, text: String, path: &Path, mut row: Row) {
        row.path = text;
        // A caption that was rewritten stays.
        if row.text_original.is_none() {
            if let Some(text) = captions::beside(path) {
                row.text = text;
                row.extra.remove(CAPTION_SOURCE);
            }
            if let Some(index) = self.tables.find(path) {
                self.tables.fill(index, &mut row);
            }
        }
        self.earlier.remove(&row.path);
        self.rows.push(row);
        self.done += 1;
    }

    /// Writes what is done, and the earlier rows that were not met yet.
    fn save(&mut self) -> Result<(), ScanError> {
        let mut rows = self.rows.clone();
        rows.extend(self.earlier.values().flatten().cloned());
        sort(&mut rows);
        manifest::write(&self.output, &rows)?;
        Ok(())
    }

    fn stopped(&mut self, cancelled: Cancelled) -> Result<ScanReport, ScanError> {
        self.save()?;
        Err(cancelled.into())
    }

    fn finish(&mut self, finds_near: bool) -> Result<ScanReport, ScanError> {
        sort(&mut self.rows);
        duplicates::mark(&mut self.rows, finds_near);
        manifest::write(&self.output, &self.rows)?;
        let count = |counts: &dyn Fn(&Row) -> bool| self.rows.iter().filter(|row| counts(row)).count() as u64;
        let has = |row: &Row, reason: &str| row.reasons.iter().any(|other| other == reason);
        Ok(ScanReport {
            rows: self.rows.len() as u64,
            errors: count(&|row| row.error.is_some()),
            duplicates: count(&|row| has(row, DUPLICATE)),
            near_duplicates: count(&|row| has(row, NEAR_DUPLICATE)),
            without_text: count(&|row| row.error.is_none() && row.text.is_empty()),
            prompts_of_clips: count(&captions::is_inside),
            unused_captions: self.tables.unused(),
            ..std::mem::take(&mut self.report)
        })
    }
}

fn sort(rows: &mut [Row]) {
    rows.sort_by(|a, b| (&a.path, a.start_frame).cmp(&(&b.path, b.start_frame)));
}
