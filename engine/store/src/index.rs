//! `index.json`: what was got, from where, under which licence, and the hashes of files that have not changed since.

use hummingbird_base::Action;
use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::part::{io, lock};
use crate::StoreError;
use hummingbird_base::kept::{self, Kept};

/// Name of the index in the models folder.
const INDEX: &str = "index.json";

/// All that is remembered of the models folder.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Index {
    /// Files that were got, by name.
    pub(super) files: BTreeMap<String, Record>,
    /// Hashes, by name in the models folder or by path elsewhere.
    pub(super) hashes: BTreeMap<String, Hashed>,
    /// Accepted licences, by id of the catalogue.
    pub(super) licences: BTreeMap<String, Accepted>,
}

/// A file that was got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Id in the catalogue.
    pub(super) id: String,
    /// Where it came from.
    pub(super) url: String,
    /// Its hash as it came.
    pub(super) sha256: String,
    pub(super) bytes: u64,
    /// Seconds since 1970.
    pub(super) got_secs: u64,
}

/// The hash of a file while it has this size and time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Hashed {
    pub(super) sha256: String,
    #[serde(flatten)]
    pub(super) stamp: Stamp,
}

/// By what a changed file is recognised.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) bytes: u64,
    /// Nanoseconds since 1970, as text: JSON numbers do not hold them everywhere.
    pub(super) modified: String,
    /// Number of the file in its file system, as text; earlier versions did not keep it, some systems have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
}

impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        let Self { bytes, modified, file } = self;
        let may_be_same = file.is_none() || other.file.is_none() || *file == other.file;
        *bytes == other.bytes && *modified == other.modified && may_be_same
    }
}

/// A licence that was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Accepted {
    pub(super) licence: String,
    pub(super) url: String,
    /// Seconds since 1970.
    pub(super) accepted_secs: u64,
}

impl Stamp {
    /// The stamp of a file as it is now; `None` where there is no such file.
    pub(super) fn of(path: &Path) -> Result<Option<Self>, StoreError> {
        let metadata = match fs::metadata(path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            metadata => metadata.map_err(io(Action::Read, path))?,
        };
        Ok(metadata.is_file().then(|| Self::of_metadata(&metadata)))
    }

    /// The stamp of a file whose metadata were read.
    pub(super) fn of_metadata(metadata: &Metadata) -> Self {
        let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
        let nanoseconds = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Self { bytes: metadata.len(), modified: nanoseconds.to_string(), file: number(metadata) }
    }
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    Some(metadata.ino().to_string())
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Option<String> {
    None
}

impl Kept for Index {
    /// Entries are recognised by their fields, wherever in a damaged file they stand.
    fn take_up(&mut self, name: &str, object: &Value) {
        let name = || name.to_owned();
        if let Ok(record) = serde_json::from_value(object.clone()) {
            self.files.insert(name(), record);
        } else if let Ok(hashed) = serde_json::from_value(object.clone()) {
            self.hashes.insert(name(), hashed);
        } else if let Ok(accepted) = serde_json::from_value(object.clone()) {
            self.licences.insert(name(), accepted);
        }
    }
}

impl Index {
    /// The index of `folder`, or what of it can be read.
    pub(super) fn load(folder: &Path) -> Self {
        Self::look(folder).0
    }

    /// The index of `folder`, or what of it can be read, and what is wrong with it.
    pub(super) fn look(folder: &Path) -> (Self, Option<StoreError>) {
        let path = folder.join(INDEX);
        match kept::read::<Self>(&path) {
            Ok(read) => (read.value, read.damage.map(|detail| StoreError::DamagedIndex { path, detail })),
            Err(error) => (Self::default(), Some(error.into())),
        }
    }

    /// Changes the index of `folder`; other processes wait. A damaged one is kept under another name.
    pub(super) fn change(folder: &Path, change: impl FnOnce(&mut Self)) -> Result<(), StoreError> {
        fs::create_dir_all(folder).map_err(io(Action::MakeFolder, folder))?;
        let _held = lock(folder, INDEX)?;
        let path = folder.join(INDEX);
        let kept::Read { value: mut index, damage } = kept::read::<Self>(&path)?;
        change(&mut index);
        if let Some(aside) = kept::write(&path, &index)? {
            log::warn!(
                "{} is damaged ({}): it is kept as {}, and what could be read of it goes on",
                path.display(),
                damage.map(|damage| damage.to_string()).unwrap_or_default(),
                aside.display()
            );
        }
        Ok(())
    }

    /// The remembered hash, if the file has not changed since.
    pub(super) fn hash(&self, key: &str, stamp: &Stamp) -> Option<&str> {
        self.hashes.get(key).filter(|hashed| hashed.stamp == *stamp).map(|hashed| hashed.sha256.as_str())
    }
}

/// Seconds since 1970.
pub(super) fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
