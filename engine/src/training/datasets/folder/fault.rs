//! Why a folder cannot be used, and what of it is left out.

use std::path::PathBuf;

use hummingbird_base::message::{self, Message};
use hummingbird_video::VideoError;
use thiserror::Error;

/// Why a folder cannot be used for training.
#[derive(Debug, Error, Message)]
#[message("dataset")]
#[non_exhaustive]
pub enum DatasetError {
    /// A folder or a table that cannot be read.
    #[error("cannot read {path:?}: {source}")]
    Read {
        /// The folder or table.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nothing to train on.
    #[error("{path:?} holds no clips and no pictures: put MP4, MOV, WebM, MKV, GIF, WebP, PNG or JPEG files into it")]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// Nothing says what is to be seen.
    #[error(
        "no clip of {path:?} has a caption: write what CLIP.mp4 shows into CLIP.txt beside it, or into captions.csv with the \
         columns file_name and text, or give a trigger word, which then serves as caption"
    )]
    NoCaptions {
        /// The folder.
        path: PathBuf,
    },
    /// A table of captions that makes no sense.
    #[error("the table {path:?} cannot be used: {fault}")]
    Table {
        /// The table.
        path: PathBuf,
        /// What is wrong with it.
        fault: TableFault,
    },
    /// All clips were left out.
    #[error("none of the {left_out} clips of {path:?} can be used; the notes before this say why")]
    NothingLeft {
        /// The folder.
        path: PathBuf,
        /// Clips and pictures that were found.
        left_out: usize,
    },
    /// More files than are looked at.
    #[error("{path:?} holds more than {max} files: choose a folder further down")]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// Most files that are looked at.
        max: usize,
    },
}

/// What is wrong with a table of captions.
#[derive(Clone, Debug, Error, Message, PartialEq, Eq)]
#[message("table-fault")]
#[non_exhaustive]
pub enum TableFault {
    /// A column that is missing.
    #[error("it has no column {column:?} in its first line")]
    NoColumn {
        /// The column's name.
        column: String,
    },
    /// A line that cannot be read.
    #[error("line {line}: {detail}")]
    Line {
        /// Number of the line, from 1.
        line: u64,
        /// What its reader said.
        detail: String,
    },
}

/// What was left out of a folder, or read in a way that its owner should know.
#[derive(Debug, Error, Message)]
#[message("dataset-note")]
#[non_exhaustive]
pub enum DatasetNote {
    /// A clip that cannot be read.
    #[error("left out: {problem}")]
    Unreadable {
        /// Why.
        problem: VideoError,
    },
    /// A clip with too few frames.
    #[error("left out: {path:?} has {frames} frames, fewer than {needed}")]
    TooShort {
        /// The clip.
        path: PathBuf,
        /// Its frames.
        frames: u64,
        /// Frames that an example has.
        needed: u64,
    },
    /// A clip of which nothing says what it shows.
    #[error("left out: {path:?} has no caption: write one into a text file of its name beside it")]
    NoCaption {
        /// The clip.
        path: PathBuf,
    },
    /// A clip that is there twice.
    #[error("left out: {path:?} has the same content as {first:?}")]
    Duplicate {
        /// The second one, by name.
        path: PathBuf,
        /// The first one.
        first: PathBuf,
    },
    /// A file that a table names and that is not there.
    #[error("the table {table:?} names {name:?}, which is not there")]
    Missing {
        /// The table.
        table: PathBuf,
        /// What it names.
        name: String,
    },
    /// A file that a table names twice.
    #[error("the table {table:?} names {name:?} more than once: the first caption counts")]
    NamedTwice {
        /// The table.
        table: PathBuf,
        /// What it names.
        name: String,
    },
}
