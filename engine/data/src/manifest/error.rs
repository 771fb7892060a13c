//! Why a manifest cannot be read or written.

use std::path::PathBuf;

use hummingbird_base::message::{self, Detail, Message};
use thiserror::Error;

/// Why a manifest or a table cannot be used. Every message names the file and says what to do.
#[derive(Debug, Error, Message)]
#[message("manifest")]
#[non_exhaustive]
pub enum ManifestError {
    /// A file that cannot be read.
    #[error("cannot read the manifest {path:?}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write the manifest {path:?}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A name that says nothing of the form.
    #[error("{path:?} does not say what form it has: let its name end in .parquet, .csv or .jsonl")]
    Form {
        /// The file.
        path: PathBuf,
    },
    /// A table of something else.
    #[error("{path:?} has no column that names clips: its first line needs the column path (or videoid and page_dir)")]
    NoPath {
        /// The file.
        path: PathBuf,
    },
    /// A row that cannot be read.
    #[error("row {row} of {path:?} cannot be read ({detail}): correct the row, or take it out")]
    Row {
        /// The file.
        path: PathBuf,
        /// Number of the row, from 1, without the line of the columns' names.
        row: u64,
        /// What is wrong with it.
        detail: Detail,
    },
    /// A Parquet file that is damaged or none.
    #[error("{path:?} is no Parquet file that can be read ({detail}): make it again")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What its reader said.
        detail: String,
    },
    /// More rows than are read.
    #[error("{path:?} has more than {max} rows: split it")]
    TooManyRows {
        /// The file.
        path: PathBuf,
        /// Most rows.
        max: u64,
    },
    /// Somebody else works on it.
    #[error("another job is working on {path:?}: wait until it is done, or write to another file")]
    Locked {
        /// The manifest.
        path: PathBuf,
    },
}
