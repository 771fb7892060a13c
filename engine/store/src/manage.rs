//! What is done with files that are here: check them, remember their hashes, remove them and bring them back.

use hummingbird_base::Action;
use std::fs;
use std::path::{Path, PathBuf};

use super::address::file_name;
use super::index::{Hashed, Index, Record, Stamp};
use super::part::{hash_file, io, notes_path, part_path, remove_if_there, try_lock};
use super::progress::{CHECKING, Meter};
use super::{Store, StoredFile};
use crate::StoreError;
use hummingbird_base::{CancelToken, KnownFiles, ProgressSink, files};

/// Where removed files wait for an undo.
const REMOVED: &str = ".removed";

/// What a file was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The hash in the catalogue.
    Catalogue,
    /// The hash that it had when it was got.
    FirstGet,
    /// Nothing: this is the first hash of it, remembered from now on.
    Nothing,
}

/// A file that is what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its name.
    pub name: String,
    /// Its hash.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// What says so.
    pub against: Against,
}

impl KnownFiles for Store {
    fn find(&self, name: &str) -> Option<PathBuf> {
        Store::find(self, name)
    }

    fn sha256_of(&self, path: &Path) -> Option<String> {
        self.hash_of(path).ok()
    }
}

impl Store {
    /// Reads a file of the folder (or those of a catalogue entry that are here) and compares it with what it should be.
    ///
    /// # Errors
    /// `WrongFile`, `NotHere`, `Changing`, `Io` or `Cancelled`.
    pub fn verify(
        &self,
        name: &str,
        report: &mut dyn ProgressSink,
        cancel: &CancelToken,
    ) -> Result<Vec<Verified>, StoreError> {
        self.names(name)?.iter().map(|name| self.verify_one(name, true, report, cancel)).collect()
    }

    /// Compares a file with what it should be; reads it only if `reads` or if it has changed since its last hash.
    pub(super) fn verify_one(
        &self,
        name: &str,
        reads: bool,
        report: &mut dyn ProgressSink,
        cancel: &CancelToken,
    ) -> Result<Verified, StoreError> {
        let path = self.folder.join(name);
        let not_here = || StoreError::NotHere { name: name.to_owned() };
        let stamp = Stamp::of(&path)?.ok_or_else(not_here)?;
        let index = Index::load(&self.folder);
        let remembered = index.hash(name, &stamp).filter(|_| !reads).map(str::to_owned);
        let (found, stamp) = match remembered {
            Some(found) => (found, stamp),
            None => {
                let mut meter = Meter::new(name, report);
                let mut show = |done, total| meter.show(CHECKING, done, Some(total));
                let (found, stamp) = hash_file(&path, cancel, &mut show)?;
                self.remember(name, stamp.clone(), &found, None)?;
                (found, stamp)
            }
        };
        let catalogue = self.catalogue();
        let pinned = catalogue.file(name).and_then(|(_, file)| file.sha256.clone());
        let (expected, against) = match (pinned, index.files.get(name)) {
            (Some(pinned), _) => (pinned, Against::Catalogue),
            (None, Some(record)) => (record.sha256.clone(), Against::FirstGet),
            (None, None) => (found.clone(), Against::Nothing),
        };
        if found != expected {
            return Err(StoreError::WrongFile { file: name.to_owned(), expected, found });
        }
        Ok(Verified { name: name.to_owned(), sha256: found, bytes: stamp.bytes, against })
    }

    /// SHA-256 of any file, read only when it has changed since it was last asked for.
    ///
    /// # Errors
    /// `NotHere`, `Changing`, or `Io` when the file cannot be read.
    pub fn hash_of(&self, path: &Path) -> Result<String, StoreError> {
        let stamp = Stamp::of(path)?.ok_or_else(|| StoreError::NotHere { name: path.display().to_string() })?;
        let path = path.canonicalize().map_err(io(Action::Read, path))?;
        let key = self.key(&path);
        if let Some(sha256) = Index::load(&self.folder).hash(&key, &stamp) {
            return Ok(sha256.to_owned());
        }
        let (sha256, stamp) = hash_file(&path, &CancelToken::default(), &mut |_, _| {})?;
        // Only speed is lost where the folder cannot be written.
        if let Err(error) = self.remember(&key, stamp, &sha256, None) {
            log::warn!("the hash of {} will be computed again next time: {error}", path.display());
        }
        Ok(sha256)
    }

    /// SHA-256 of a file wherever it lies, if it was read before and is unchanged since; nothing is read now.
    pub fn known_hash(&self, path: &Path) -> Option<String> {
        let stamp = Stamp::of(path).ok()??;
        let key = self.key(&path.canonicalize().ok()?);
        Index::load(&self.folder).hash(&key, &stamp).map(str::to_owned)
    }

    /// Under which name the index knows a file: its name in the folder, so that the folder can be moved, or its path.
    fn key(&self, path: &Path) -> String {
        let folder = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
        path.strip_prefix(&folder).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// Writes the hash of a file with this stamp (and where the file came from) into the index.
    pub(super) fn remember(
        &self,
        key: &str,
        stamp: Stamp,
        sha256: &str,
        record: Option<Record>,
    ) -> Result<(), StoreError> {
        Index::change(&self.folder, |index| {
            index.hashes.insert(key.to_owned(), Hashed { sha256: sha256.to_owned(), stamp });
            if let Some(record) = record {
                index.files.insert(key.to_owned(), record);
            }
        })
    }

    /// The files that `name` means and that are here, whole or in part: those of a catalogue entry, or one.
    ///
    /// # Errors
    /// `NotHere` or `UnsafeName`.
    pub fn files(&self, name: &str) -> Result<Vec<StoredFile>, StoreError> {
        let (index, catalogue) = (Index::load(&self.folder), self.catalogue());
        let pinned = |name: &str| catalogue.file(name).and_then(|(_, file)| file.sha256.as_deref());
        Ok(self.names(name)?.iter().map(|name| self.stored(&index, name, pinned(name))).collect())
    }

    /// Takes a file (or those of a catalogue entry) out of the folder; [`Store::restore`] brings it back. Parts of downloads
    /// go for good.
    ///
    /// # Errors
    /// `NotHere`, `Busy` while it is being downloaded, or `Io`.
    pub fn remove(&self, name: &str) -> Result<Vec<String>, StoreError> {
        self.take_out(name, |path, name| {
            let removed = self.folder.join(REMOVED);
            fs::create_dir_all(&removed).map_err(io(Action::MakeFolder, &removed))?;
            files::rename(path, &removed.join(name)).map_err(io(Action::Remove, path))
        })
    }

    /// Deletes a file (or those of a catalogue entry) for good, and what is remembered of it.
    ///
    /// # Errors
    /// As [`Store::remove`].
    pub fn delete(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let names = self.take_out(name, |path, _| remove_if_there(path))?;
        Index::change(&self.folder, |index| {
            for name in &names {
                index.files.remove(name);
                index.hashes.remove(name);
            }
        })?;
        Ok(names)
    }

    fn take_out(
        &self,
        name: &str,
        take: impl Fn(&PathBuf, &str) -> Result<(), StoreError>,
    ) -> Result<Vec<String>, StoreError> {
        let names = self.names(name)?;
        for name in &names {
            let _held = try_lock(&self.folder, name)?.ok_or_else(|| StoreError::Busy { file: name.clone() })?;
            remove_if_there(&part_path(&self.folder, name))?;
            remove_if_there(&notes_path(&self.folder, name))?;
            let path = self.folder.join(name);
            if path.symlink_metadata().is_ok() {
                take(&path, name)?;
            }
        }
        Ok(names)
    }

    /// Brings back what [`Store::remove`] took out.
    ///
    /// # Errors
    /// `NotHere` when it is gone for good, `Taken` when there is a file of that name again, or `Io`.
    pub fn restore(&self, name: &str) -> Result<(), StoreError> {
        let name = file_name(name)?;
        let (removed, path) = (self.folder.join(REMOVED).join(name), self.folder.join(name));
        if removed.symlink_metadata().is_err() {
            return Err(StoreError::NotHere { name: name.to_owned() });
        }
        if path.symlink_metadata().is_ok() {
            return Err(StoreError::Taken { name: name.to_owned() });
        }
        files::rename(&removed, &path).map_err(io(Action::Restore, &path))
    }

    /// Deletes for good what [`Store::remove`] took out.
    ///
    /// # Errors
    /// `Io`.
    pub fn empty_removed(&self) -> Result<(), StoreError> {
        let removed = self.folder.join(REMOVED);
        match fs::remove_dir_all(&removed) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(Action::Remove, &removed)(error)),
            _ => Ok(()),
        }
    }

    /// Names of the files (whole or in part) that `name` means: those of a catalogue entry, or one file.
    fn names(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let catalogue = self.catalogue();
        let names = match catalogue.entry(name) {
            Some(entry) => entry.files.iter().map(|file| file.name().to_owned()).collect(),
            None => vec![file_name(name)?.to_owned()],
        };
        let is_here = |name: &String| {
            let paths = [self.folder.join(name), part_path(&self.folder, name)];
            paths.iter().any(|path| path.symlink_metadata().is_ok_and(|it| !it.is_dir()))
        };
        let here: Vec<String> = names.into_iter().filter(is_here).collect();
        if here.is_empty() { Err(StoreError::NotHere { name: name.to_owned() }) } else { Ok(here) }
    }
}
