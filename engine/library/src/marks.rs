//! What a person added to clips, in a file of its own: an index that is lost is built anew with all of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hummingbird_base::kept::{self, Kept};
use hummingbird_base::{Action, FileLock};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::LibraryError;

/// What was added to one clip.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Marks {
    /// Whether it is one of the best.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub favourite: bool,
    /// Words by which it is found, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What somebody wrote about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Its project, where it is another than that of its folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// The marks of all clips, by SHA-256 of their files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AllMarks {
    pub clips: BTreeMap<String, Marks>,
}

impl Kept for AllMarks {
    fn take_up(&mut self, name: &str, object: &Value) {
        if name.len() == 64
            && let Ok(marks) = serde_json::from_value(object.clone())
        {
            self.clips.insert(name.to_owned(), marks);
        }
    }
}

/// The file of marks in the library's folder.
#[derive(Clone, Debug)]
pub(crate) struct MarksFile {
    path: PathBuf,
    lock: PathBuf,
}

impl MarksFile {
    pub fn of(folder: &Path) -> Self {
        Self { path: folder.join("marks.json"), lock: folder.join(".marks.lock") }
    }

    pub fn read(&self) -> Result<AllMarks, LibraryError> {
        Ok(kept::read(&self.path)?.value)
    }

    /// Changes the marks of some clips. One program at a time does so, and none loses what another wrote.
    pub fn change<'a>(&self, changed: impl IntoIterator<Item = (&'a str, Marks)>) -> Result<(), LibraryError> {
        let locked = FileLock::wait_at(&self.lock);
        let _held = locked.map_err(|error| LibraryError::io(Action::Lock, &self.lock, error))?;
        let mut all = self.read()?;
        for (sha256, marks) in changed {
            if marks == Marks::default() {
                all.clips.remove(sha256);
            } else {
                all.clips.insert(sha256.to_owned(), marks);
            }
        }
        kept::write(&self.path, &all)?;
        Ok(())
    }
}
