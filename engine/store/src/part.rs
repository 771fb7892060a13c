//! The part of a file that has arrived: `NAME.part`, and `NAME.part.json` which says of what it is a part.

use hummingbird_base::Action;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::first_bytes;
use super::index::Stamp;
use crate::StoreError;
use hummingbird_base::{CancelToken, FileLock, files};

/// Folder of the locks; they are never removed, since a lock on a file that is gone keeps nobody out.
const LOCKS: &str = ".locks";
/// Bytes read at once for a hash.
const READ_BYTES: usize = 1 << 20;
/// How often a file that changes while it is read is read again.
const MOST_READS: u32 = 3;
/// File systems tell changes apart that are further apart than this.
const CLOCK_STEP: Duration = Duration::from_millis(20);

/// Of what a part is a part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Notes {
    /// The address as the catalogue gives it (those behind redirects change every time).
    pub(super) url: String,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// Bytes of the whole file.
    pub(super) total: Option<u64>,
    /// Hash of the whole file as the server named it.
    pub(super) sha256: Option<String>,
}

impl Notes {
    /// What `If-Range` takes: a strong ETag, else the date.
    pub(super) fn mark(&self) -> Option<String> {
        self.etag.clone().filter(|tag| !tag.starts_with("W/")).or(self.last_modified.clone())
    }
}

/// A part that is being written.
pub(super) struct Part {
    path: PathBuf,
    file: File,
    hasher: Sha256,
    len: u64,
    /// The first bytes, by which pages and messages are told from models.
    head: Vec<u8>,
    /// Of what it is a part.
    pub(super) notes: Notes,
}

pub(super) fn io(action: Action, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    move |source| StoreError::Io { action, path: path.to_owned(), source }
}

impl Part {
    /// Opens the part of `folder/name`, and hashes what is there; `report` is told of the bytes hashed.
    pub(super) fn open(
        folder: &Path,
        name: &str,
        cancel: &CancelToken,
        report: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, StoreError> {
        let path = part_path(folder, name);
        // Unreadable notes say nothing: the part is then of unknown origin.
        let notes = fs::read(notes_path(folder, name)).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(io(Action::Write, &path))?;
        let mut part = Self { path, file, hasher: Sha256::new(), len: 0, head: Vec::new(), notes: Notes::default() };
        match notes {
            Some(notes) => {
                part.notes = notes;
                let total = part.file.metadata().map_err(io(Action::Read, &part.path))?.len();
                first_bytes::read_head(&mut part.file, &mut part.head).map_err(io(Action::Read, &part.path))?;
                part.len =
                    hash_into(&mut part.hasher, &mut part.file, &part.path, cancel, &mut |done| report(done, total))?;
            }
            None => part.start_over()?,
        }
        Ok(part)
    }

    /// Bytes that have arrived.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Forgets what has arrived.
    pub(super) fn start_over(&mut self) -> Result<(), StoreError> {
        self.file.set_len(0).map_err(io(Action::Write, &self.path))?;
        self.file.seek(SeekFrom::Start(0)).map_err(io(Action::Write, &self.path))?;
        (self.hasher, self.len, self.notes) = (Sha256::new(), 0, Notes::default());
        self.head.clear();
        Ok(())
    }

    /// Says of what it is a part; written before the first byte comes.
    pub(super) fn note(&mut self, notes: Notes) -> Result<(), StoreError> {
        if notes != self.notes || self.len == 0 {
            write_json(&self.path.with_added_extension("json"), &notes)?;
            self.notes = notes;
        }
        Ok(())
    }

    /// Adds bytes.
    pub(super) fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.len += bytes.len() as u64;
        let missing = first_bytes::HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..missing.min(bytes.len())]);
        Ok(())
    }

    /// The first bytes, at most [`first_bytes::HEAD_BYTES`].
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The hash of what has arrived.
    pub(super) fn sha256(&self) -> String {
        hexadecimal(self.hasher.clone())
    }

    /// Gives the part its final name, and says by what a later change of it is recognised.
    pub(super) fn finish(self, destination: &Path) -> Result<Stamp, StoreError> {
        self.file.sync_all().map_err(io(Action::Write, &self.path))?;
        // Before it has a name by which others find and change it.
        let stamp = Stamp::of_metadata(&self.file.metadata().map_err(io(Action::Read, &self.path))?);
        // Some systems rename no open file.
        drop(self.file);
        files::rename(&self.path, destination).map_err(io(Action::Rename, &self.path))?;
        remove_if_there(&self.path.with_added_extension("json"))?;
        Ok(stamp)
    }

    /// Removes it.
    pub(super) fn discard(self) -> Result<(), StoreError> {
        drop(self.file);
        remove_if_there(&self.path)?;
        remove_if_there(&self.path.with_added_extension("json"))
    }
}

/// Where the part of a file is.
pub(super) fn part_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.part"))
}

/// Where the notes on it are.
pub(super) fn notes_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.part.json"))
}

/// Removes a file, if there is one.
pub(super) fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io(Action::Remove, path)(error)),
        _ => Ok(()),
    }
}

/// Writes JSON that appears whole or not at all.
fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let text = serde_json::to_vec_pretty(value).map_err(|error| io(Action::Write, path)(error.into()))?;
    files::replace(path, &text).map_err(io(Action::Write, path))
}

/// Takes the lock of `name`; `None` when somebody has it.
pub(super) fn try_lock(folder: &Path, name: &str) -> Result<Option<FileLock>, StoreError> {
    let path = folder.join(LOCKS).join(name);
    FileLock::try_at(&path).map_err(io(Action::Lock, &path))
}

/// Waits for the lock of `name`: for work that takes a moment.
pub(super) fn lock(folder: &Path, name: &str) -> Result<FileLock, StoreError> {
    let path = folder.join(LOCKS).join(name);
    FileLock::wait_at(&path).map_err(io(Action::Lock, &path))
}

/// SHA-256 of a file as it is at one moment, with the stamp of that moment; `report` is told of the bytes hashed and of all. A
/// file that changes while it is read is read again.
pub(super) fn hash_file(
    path: &Path,
    cancel: &CancelToken,
    report: &mut dyn FnMut(u64, u64),
) -> Result<(String, Stamp), StoreError> {
    for _ in 0..MOST_READS {
        let mut file = File::open(path).map_err(io(Action::Read, path))?;
        let metadata = file.metadata().map_err(io(Action::Read, path))?;
        // A change within one step of the clock would leave the same stamp.
        if let Some(age) = metadata.modified().ok().and_then(|it| SystemTime::now().duration_since(it).ok()) {
            thread::sleep(CLOCK_STEP.saturating_sub(age));
        }
        let before = Stamp::of_metadata(&metadata);
        let mut hasher = Sha256::new();
        hash_into(&mut hasher, &mut file, path, cancel, &mut |done| report(done, before.bytes))?;
        // The path may name another file meanwhile, whose hash this is not.
        if Stamp::of(path)?.is_some_and(|after| after == before) {
            return Ok((hexadecimal(hasher), before));
        }
    }
    Err(StoreError::Changing { path: path.to_owned() })
}

fn hash_into(
    hasher: &mut Sha256,
    file: &mut File,
    path: &Path,
    cancel: &CancelToken,
    report: &mut dyn FnMut(u64),
) -> Result<u64, StoreError> {
    let mut buffer = vec![0; READ_BYTES];
    let mut done = 0;
    loop {
        cancel.check()?;
        let read = match file.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read.map_err(io(Action::Read, path))?,
        };
        if read == 0 {
            return Ok(done);
        }
        hasher.update(&buffer[..read]);
        done += read as u64;
        report(done);
    }
}

fn hexadecimal(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
