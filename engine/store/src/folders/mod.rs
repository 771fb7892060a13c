//! Folders beside the models folder: those that the user named, and those of other programs, whose files are used where they lie.
//!
//! `search` walks through a folder within bounds, `programs` knows where other programs keep what, `extra_paths` reads the file in which
//! ComfyUI is told of more folders. Nothing here writes into any of these folders; what is remembered of them is [`ModelFolders`].

mod extra_paths;
mod programs;
mod search;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use hummingbird_base::kept::{self, Kept};
use hummingbird_base::{Detail, Folders};
use serde::{Deserialize, Serialize};

pub use programs::{FoundProgram, Program, find_programs};
pub use search::{FolderState, FoundFile, SearchBounds, Searched, search, search_within};

/// The environment variable that names more folders, separated as in `PATH`.
pub const FOLDERS_VARIABLE: &str = "HUMMINGBIRD_MODEL_FOLDERS";
/// Name of the file beside the settings in which folders are remembered.
const FILE: &str = "model-folders.json";
/// Most folders that are searched.
pub const MOST_FOLDERS: usize = 64;
/// Most models whose parts are remembered.
const MOST_PARTS: usize = 256;

/// What is remembered of folders beside the models folder, and of files that complete others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelFolders {
    /// Folders that the user named or took over from another program, in order.
    pub folders: Vec<PathBuf>,
    /// Folders of other programs that were offered and are not wanted.
    pub refused: Vec<PathBuf>,
    /// What completes a model, by the model's path.
    parts: BTreeMap<String, PartFiles>,
}

/// Files that complete a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartFiles {
    /// The file of the text encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_encoder: Option<PathBuf>,
    /// The file of the autoencoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autoencoder: Option<PathBuf>,
}

impl PartFiles {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.text_encoder.is_none() && self.autoencoder.is_none()
    }
}

impl Kept for ModelFolders {}

impl ModelFolders {
    /// The file in which they are remembered.
    pub fn file(folders: &Folders) -> PathBuf {
        folders.settings.join(FILE)
    }

    /// What was remembered, with a word on what is wrong with the file. A file of a newer program counts as empty.
    pub fn load(folders: &Folders) -> (Self, Option<Detail>) {
        match kept::read(&Self::file(folders)) {
            Ok(kept::Read { value, damage }) => (value, damage),
            Err(error) => (Self::default(), Some(error.into())),
        }
    }

    /// Those that were remembered, and those of the environment behind them, each once.
    pub fn with_environment(mut self) -> Self {
        named_in(std::env::var_os(FOLDERS_VARIABLE).as_deref()).into_iter().for_each(|folder| {
            self.add(folder);
        });
        self
    }

    /// Adds a folder at the end; false where it is there already, its path cannot be kept, or there are too many.
    pub fn add(&mut self, folder: PathBuf) -> bool {
        self.refused.retain(|refused| *refused != folder);
        // The file is JSON, whose texts are UTF-8.
        let is_new = folder.to_str().is_some() && !self.folders.contains(&folder) && self.folders.len() < MOST_FOLDERS;
        if is_new {
            self.folders.push(folder);
        }
        is_new
    }

    /// Takes a folder off the list; its files stay as they are. Whether it was there.
    pub fn remove(&mut self, folder: &Path) -> bool {
        let before = self.folders.len();
        self.folders.retain(|it| it != folder);
        self.folders.len() < before
    }

    /// The folder of another program is not wanted.
    pub fn refuse(&mut self, folder: PathBuf) {
        if folder.to_str().is_some() && !self.refused.contains(&folder) {
            self.refused.push(folder);
        }
    }

    /// Programs that were found and are neither on the list nor refused.
    pub fn offers(&self, found: Vec<FoundProgram>) -> Vec<FoundProgram> {
        let is_known = |root: &PathBuf| self.folders.contains(root) || self.refused.contains(root);
        found.into_iter().filter(|found| !is_known(&found.root)).collect()
    }

    /// What completes a model.
    pub fn parts(&self, model: &Path) -> PartFiles {
        model.to_str().and_then(|model| self.parts.get(model)).cloned().unwrap_or_default()
    }

    /// Remembers what completes a model; nothing forgets it.
    pub fn set_parts(&mut self, model: &Path, parts: PartFiles) {
        let Some(model) = model.to_str() else { return };
        if parts.is_empty() {
            self.parts.remove(model);
        } else if self.parts.len() < MOST_PARTS || self.parts.contains_key(model) {
            self.parts.insert(model.to_owned(), parts);
        }
    }

    /// The file that a name means in one of the folders: its name, or its name without the ending `.safetensors`.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let wanted = [name.to_owned(), format!("{name}.safetensors")];
        let is_it =
            |file: &FoundFile| file.path.file_name().is_some_and(|it| wanted.iter().any(|name| it == OsStr::new(name)));
        self.folders.iter().find_map(|folder| search(folder).files.into_iter().find(is_it).map(|file| file.path))
    }
}

/// The folders that the variable names, as absolute paths.
fn named_in(variable: Option<&OsStr>) -> Vec<PathBuf> {
    let folders = variable.map(|it| std::env::split_paths(it).collect::<Vec<_>>()).unwrap_or_default();
    let named = folders.into_iter().filter(|folder| !folder.as_os_str().is_empty());
    named.map(|folder| std::path::absolute(&folder).unwrap_or(folder)).collect()
}

#[cfg(test)]
mod tests;
