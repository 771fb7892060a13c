//! What is known of clips, kept beside the results, so that an evaluation that was stopped goes on where it was.
//!
//! One file a clip, named after the hash of its content, in a hidden folder: VBench's scripts skip such. Answers stand under what was
//! asked and the network that was asked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hummingbird_base::files::Action;

use super::bounded;
use super::error::VbenchError;
use super::results::{ClipResult, write_json};

/// Largest file of a clip.
const MOST_BYTES: u64 = 64 << 20;

/// Answers by what was asked.
pub(super) type Answers = BTreeMap<String, ClipResult>;

/// The folder of what is known.
#[derive(Clone, Debug)]
pub(super) struct KeptClips {
    folder: PathBuf,
}

impl KeptClips {
    /// In the folder of the results.
    pub fn in_folder(folder: &std::path::Path) -> Result<Self, VbenchError> {
        let folder = folder.join(".clips");
        std::fs::create_dir_all(&folder).map_err(|error| bounded::io_error(Action::MakeFolder, &folder, error))?;
        Ok(Self { folder })
    }

    fn path(&self, hash: &str) -> PathBuf {
        self.folder.join(format!("{hash}.json"))
    }

    /// What is known of a clip. A file that is damaged is as good as none: the clip is looked at again.
    pub fn read(&self, hash: &str) -> Answers {
        let bytes = bounded::read(&self.path(hash), MOST_BYTES);
        bytes.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Keeps what is known of a clip.
    pub fn write(&self, hash: &str, answers: &Answers) -> Result<(), VbenchError> {
        let path = self.path(hash);
        let value =
            serde_json::to_value(answers).map_err(|error| bounded::io_error(Action::Write, &path, error.into()))?;
        write_json(&path, &value)
    }
}
