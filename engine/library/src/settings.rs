//! Where clips are kept, under what names, and how much room latents may take.

use std::path::PathBuf;

use hummingbird_base::Folders;
use hummingbird_base::kept::{self, Kept, KeptError};
use serde::{Deserialize, Serialize};

use crate::naming::DEFAULT_PATTERN;

/// What latents may take unless the user says otherwise: some 1600 clips of 16 frames of 512x320.
pub const DEFAULT_LATENT_BUDGET_BYTES: u64 = 1 << 30;

/// What a user chose for the library; `settings.json` in its folder, for the window and the command line alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LibrarySettings {
    /// Where clips are kept; `None` is the system's folder for videos.
    pub folder: Option<PathBuf>,
    /// How their files are called: see [`file_stem`](crate::file_stem).
    pub pattern: String,
    /// The project that new clips belong to; empty for none. It is a folder within the folder.
    pub project: String,
    /// Bytes that final latents may take together.
    pub latent_budget_bytes: u64,
    /// Folders in which clips were kept before.
    pub earlier_folders: Vec<PathBuf>,
}

impl Default for LibrarySettings {
    fn default() -> Self {
        Self {
            folder: None,
            pattern: DEFAULT_PATTERN.to_owned(),
            project: String::new(),
            latent_budget_bytes: DEFAULT_LATENT_BUDGET_BYTES,
            earlier_folders: Vec::new(),
        }
    }
}

impl Kept for LibrarySettings {}

impl LibrarySettings {
    /// Those of a user; of a damaged file what can be read.
    ///
    /// # Errors
    /// Where the file cannot be read, or a newer program wrote it.
    pub fn read(folders: &Folders) -> Result<Self, KeptError> {
        kept::read(&file(folders)).map(|read| read.value)
    }

    /// Writes them. A folder that clips were kept in before is remembered, so that they are found there.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, folders: &Folders) -> Result<(), KeptError> {
        let before = Self::read(folders)?;
        let mut settings = self.clone();
        let left = before.folder.into_iter().chain(before.earlier_folders);
        for folder in left.filter(|folder| Some(folder) != self.folder.as_ref()) {
            if !settings.earlier_folders.contains(&folder) {
                settings.earlier_folders.push(folder);
            }
        }
        kept::write(&file(folders), &settings).map(drop)
    }

    /// The folder in which new clips are kept, without the project's.
    pub fn clips_folder(&self, folders: &Folders) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| folders.clips.clone())
    }

    /// All folders in which kept clips may be.
    pub(crate) fn roots(&self, folders: &Folders) -> Vec<PathBuf> {
        let mut roots = vec![folders.clips.clone(), rescue_folder(folders)];
        roots.extend(self.folder.iter().chain(&self.earlier_folders).cloned());
        roots.sort();
        roots.dedup();
        roots
    }
}

/// Where clips go that could be written nowhere else.
pub(crate) fn rescue_folder(folders: &Folders) -> PathBuf {
    folders.library.join("rescued")
}

fn file(folders: &Folders) -> PathBuf {
    folders.library.join("settings.json")
}
