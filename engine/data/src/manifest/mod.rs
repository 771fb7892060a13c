//! Manifests: one row for each clip, in Parquet, CSV or JSON lines by the file's ending.
//!
//! [`read`] takes manifests and the tables of others (DOVER's and VBench's results, `path,text`, WebVid's, OpenVid's); [`write()`] makes a
//! whole file or none. A job that changes a manifest holds its [`Lock`] meanwhile. Paths are relative to the manifest's folder:
//! [`Row::file`] finds a clip, [`rebase`] is for a manifest that is written into another folder.

mod columns;
mod csv_form;
mod error;
mod forms;
mod json_form;
mod parquet_form;
mod place;
mod row;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use hummingbird_base::FileLock;
use hummingbird_base::files::{self, Taken, WholeFile};

pub use error::ManifestError;
pub use forms::TableForm;
pub use place::{folder_of, path_text, rebase};
pub use row::Row;

/// Most rows of a manifest.
pub const MAX_ROWS: u64 = 50_000_000;
/// Most bytes of a row.
const MAX_ROW_BYTES: u64 = 64 << 20;
/// Most bytes of a file that has to be read at once: UTF-16, a list in JSON.
const MAX_WHOLE_BYTES: u64 = 2 << 30;

/// The forms of manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Parquet,
    Csv,
    JsonLines,
}

impl Form {
    fn of(path: &Path) -> Result<Self, ManifestError> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("parquet" | "pq") => Ok(Self::Parquet),
            Some("csv" | "tsv") => Ok(Self::Csv),
            Some("jsonl" | "ndjson" | "json") => Ok(Self::JsonLines),
            _ => Err(ManifestError::Form { path: path.to_owned() }),
        }
    }
}

/// Whether a file's ending is one of a manifest.
pub fn is_manifest(path: &Path) -> bool {
    Form::of(path).is_ok()
}

/// The rows of a manifest or a table. Columns may be missing and in any order, but for the one that names clips.
///
/// # Errors
/// Files that cannot be read, with the row that is at fault.
pub fn read(path: &Path) -> Result<Vec<Row>, ManifestError> {
    match Form::of(path)? {
        Form::Parquet => parquet_form::read(path),
        Form::Csv => csv_form::read(path),
        Form::JsonLines => json_form::read(path),
    }
}

/// Writes a manifest in place of the file that is there: whole, or not at all. The same rows are the same bytes.
///
/// # Errors
/// Names without a form, and what the system says.
pub fn write(path: &Path, rows: &[Row]) -> Result<(), ManifestError> {
    let form = Form::of(path)?;
    whole(path, |to| match form {
        Form::Parquet => parquet_form::write(rows, to),
        Form::Csv => csv_form::write(rows, to),
        Form::JsonLines => json_form::write(rows, to),
    })
}

/// Writes a table in a form of others, which is CSV whatever its name; [`TableForm::Manifest`] is [`write()`].
///
/// # Errors
/// As [`write()`].
pub fn write_as(path: &Path, rows: &[Row], form: TableForm) -> Result<(), ManifestError> {
    match form {
        TableForm::Manifest => write(path, rows),
        other => whole(path, |to| forms::write(rows, other, to)),
    }
}

fn whole(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&mut WholeFile>) -> io::Result<()>,
) -> Result<(), ManifestError> {
    let written = || {
        let mut file = WholeFile::begin(path)?;
        let mut to = BufWriter::new(&mut file);
        fill(&mut to)?;
        to.flush()?;
        drop(to);
        file.finish(Taken::Replace)
    };
    written().map(drop).map_err(|source| ManifestError::Write { path: path.to_owned(), source })
}

/// The right to change a manifest, until it is dropped: a file `.NAME.lock` beside it.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "it is held, never read")] FileLock);

impl Lock {
    /// Takes it.
    ///
    /// # Errors
    /// [`ManifestError::Locked`] when another job has it; what the system says.
    pub fn take(manifest: &Path) -> Result<Self, ManifestError> {
        let lock = FileLock::try_at(&lock_path(manifest));
        match lock.map_err(|source| ManifestError::Write { path: manifest.to_owned(), source })? {
            Some(lock) => Ok(Self(lock)),
            None => Err(ManifestError::Locked { path: manifest.to_owned() }),
        }
    }
}

fn lock_path(manifest: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(manifest.file_name().unwrap_or_default());
    name.push(".lock");
    files::folder_of(manifest).join(name)
}
