//! `index.json`: what was got, from where, under which licence, and the hashes of files that have not changed since.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::part::{Lock, io, write_json};
use crate::StoreError;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) bytes: u64,
    /// Nanoseconds since 1970, as text: JSON numbers do not hold them everywhere.
    pub(super) modified: String,
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
            metadata => metadata.map_err(io("read", path))?,
        };
        if !metadata.is_file() {
            return Ok(None);
        }
        let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
        let nanoseconds = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Ok(Some(Self { bytes: metadata.len(), modified: nanoseconds.to_string() }))
    }
}

impl Index {
    /// The index of `folder`; an empty one where there is none or where it is damaged: everything in it can be learned anew.
    pub(super) fn load(folder: &Path) -> Self {
        let path = folder.join(INDEX);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).unwrap_or_else(|error| {
                log::warn!("{} is damaged and will be made anew: {error}", path.display());
                Self::default()
            }),
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    log::warn!("{} cannot be read and will be made anew: {error}", path.display());
                }
                Self::default()
            }
        }
    }

    /// Changes the index of `folder`; other processes wait.
    pub(super) fn change(folder: &Path, change: impl FnOnce(&mut Self)) -> Result<(), StoreError> {
        fs::create_dir_all(folder).map_err(io("make the folder", folder))?;
        let _held = Lock::of(folder, INDEX)?;
        let mut index = Self::load(folder);
        change(&mut index);
        write_json(&folder.join(INDEX), &index)
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
