//! Finds the clips of folders and writes a manifest of them.
//!
//! `walk` finds files, `objects` those of stores, `look` opens one (its hash, shape, and fingerprint), `captions` finds what is written
//! about it, `duplicates` tells copies, and near ones by their fingerprints (`near` finds those that may be like one); [`scan`] joins
//! them. Nothing stops it but a wish or a manifest that cannot be written: what cannot be read is a row with its error.

mod captions;
mod duplicates;
mod fingerprint;
mod look;
mod near;
mod objects;
mod run;
#[cfg(test)]
mod tests;
mod walk;

use std::fmt;
use std::path::PathBuf;

use hummingbird_base::Cancelled;
use hummingbird_base::message::{self, Message};
use serde::Serialize;
use thiserror::Error;

use crate::manifest::ManifestError;
use crate::objects::ObjectError;

pub use run::{ScanRows, scan, scan_watched, scan_with};

/// Reason of a clip whose content an earlier one has.
pub const DUPLICATE: &str = "duplicate";
/// Reason of a clip that looks like an earlier one: re-encoded, or scaled.
pub const NEAR_DUPLICATE: &str = "near_duplicate";
/// Column with the path of the clip that is kept, for those two reasons.
pub const DUPLICATE_OF: &str = "duplicate_of";

/// Column that says where a caption was found: [`CAPTION_OF_CLIP`]; no column where it was in a file beside the clip or in a table.
pub const CAPTION_SOURCE: &str = "caption_source";
/// The caption is the prompt that the clip itself carries: one that was exported with its settings, or made by a program whose form is known.
pub const CAPTION_OF_CLIP: &str = "clip";

/// Why no manifest was made.
#[derive(Debug, Error, Message)]
#[message("scan")]
#[non_exhaustive]
pub enum ScanError {
    /// The owner stopped it; what was done until then is in the manifest.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The manifest or a table that was named cannot be read or written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A folder that is not there.
    #[error("{path:?} cannot be scanned: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A store that cannot be asked, or in which there is nothing of the name.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// More files than a manifest has rows for.
    #[error("the folders hold more than {max} files: scan parts of them into manifests of their own")]
    TooMany {
        /// Most files.
        max: usize,
    },
}

/// What is scanned.
#[derive(Clone, Debug, Default)]
pub struct ScanOptions {
    /// Folders, and single clips.
    pub folders: Vec<PathBuf>,
    /// The manifest; one that is there is brought up to date.
    pub output: PathBuf,
    /// Tables of captions and scores, beside those in the folders.
    pub tables: Vec<PathBuf>,
    /// Whether clips that look the same are looked for.
    pub finds_near_duplicates: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ScanReport {
    /// Rows of the manifest.
    pub rows: u64,
    /// Rows with an error.
    pub errors: u64,
    /// Clips with the content of another.
    pub duplicates: u64,
    /// Clips that look like another.
    pub near_duplicates: u64,
    /// Clips without a caption, of those without an error.
    pub without_text: u64,
    /// Captions that are the prompts inside of their clips.
    pub prompts_of_clips: u64,
    /// Rows that an earlier manifest had already.
    pub taken_over: u64,
    /// Captions of tables for which there was no clip.
    pub unused_captions: u64,
    /// What else the owner should know: tables that cannot be read.
    pub notes: Vec<String>,
}

impl fmt::Display for ScanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, errors, duplicates, near_duplicates, without_text, .. } = self;
        let Self { prompts_of_clips, taken_over, unused_captions, .. } = self;
        write!(
            f,
            "{rows} clips ({taken_over} known already): {errors} cannot be read, {duplicates} duplicates, \
             {near_duplicates} near duplicates, {without_text} without a caption, {unused_captions} captions without a clip"
        )?;
        match prompts_of_clips {
            0 => Ok(()),
            prompts => write!(f, ", {prompts} captions from prompts inside of clips"),
        }
    }
}
