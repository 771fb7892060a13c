//! Clips go to the system's trash and come back from there.

use std::path::{Path, PathBuf};

use hummingbird_base::files;

use crate::entry::{ClipId, Entry};
use crate::error::LibraryError;
use crate::index::{Library, Record, changed_ns, insert, remove};
use crate::marks::Marks;

/// Where a removed clip is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bin {
    /// In the system's trash.
    System,
    /// In a folder of our own.
    Folder(PathBuf),
}

/// A clip that was removed, with all that brings it back.
#[derive(Clone, Debug, PartialEq)]
pub struct Removed {
    /// What the index held of it.
    pub entry: Entry,
    /// Where its file is.
    pub bin: Bin,
}

impl Library {
    /// Moves a clip to the system's trash, or to a folder of our own where there is none, and takes it out of the index. What was
    /// added to it is remembered.
    ///
    /// # Errors
    /// [`LibraryError::NotRemoved`] where neither takes it; it is then as it was.
    pub fn remove(&mut self, id: ClipId) -> Result<Removed, LibraryError> {
        let entry = self.entries(&[id])?.pop().ok_or(LibraryError::Gone)?;
        let bin = if entry.path.symlink_metadata().is_ok() { self.throw_away(&entry.path)? } else { Bin::System };
        self.write(|transaction| remove(transaction, id))?;
        Ok(Removed { entry, bin })
    }

    fn throw_away(&self, path: &Path) -> Result<Bin, LibraryError> {
        let own = self.folders.trash.clone();
        let reason = match &own {
            Some(_) => String::new(),
            None => match trash::delete(path) {
                Ok(()) => return Ok(Bin::System),
                Err(error) => error.to_string(),
            },
        };
        let folder = own.unwrap_or_else(|| self.folders.library.join("trash"));
        move_into(path, &folder).map(Bin::Folder).map_err(|error| LibraryError::NotRemoved {
            path: path.to_owned(),
            detail: if reason.is_empty() { error.to_string() } else { format!("{reason}; {error}") },
        })
    }

    /// Brings a removed clip back to where it was, under its old number.
    ///
    /// # Errors
    /// [`LibraryError::NotRestored`] where its file is not in the trash any more, or another one has its name.
    pub fn restore(&mut self, removed: &Removed) -> Result<(), LibraryError> {
        let Removed { entry, bin } = removed;
        let failed = |detail: String| LibraryError::NotRestored { path: entry.path.clone(), detail };
        if entry.path.symlink_metadata().is_ok() {
            return Err(failed("a file has its name".to_owned()));
        }
        match bin {
            Bin::Folder(file) => move_to(file, &entry.path).map_err(|error| failed(error.to_string()))?,
            Bin::System => from_system(&entry.path)?,
        }
        let metadata = entry.path.metadata().map_err(|error| failed(error.to_string()))?;
        let marks = Marks {
            favourite: entry.favourite,
            tags: entry.tags.clone(),
            note: entry.note.clone(),
            project: Some(entry.project.clone()),
        };
        let record = Record {
            // Its old number is free: none is given twice.
            id: Some(entry.id),
            path: &entry.path,
            bytes: entry.bytes,
            modified_ns: changed_ns(&metadata),
            sha256: entry.sha256.clone(),
            created_ms: entry.created_ms,
            provenance: &entry.provenance,
            marks,
            project: "",
            latent: entry.latent.as_deref(),
        };
        self.write(|transaction| insert(transaction, &record).map(drop))
    }
}

/// Moves a file into a folder, under a name that is free there; the new path.
fn move_into(path: &Path, folder: &Path) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default();
    let mut target = folder.join(name);
    let mut number = 1;
    while target.symlink_metadata().is_ok() {
        number += 1;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        target = folder.join(format!("{stem}-{number}.{ending}"));
    }
    move_to(path, &target)?;
    Ok(target)
}

/// Renames a file, or copies it where the target is on another disk.
fn move_to(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(files::folder_of(to))?;
    match files::rename(from, to) {
        Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => {
            let mut copy = files::WholeFile::begin(to)?;
            std::io::copy(&mut std::fs::File::open(from)?, &mut copy)?;
            copy.finish(files::Taken::Refuse)?;
            std::fs::remove_file(from)
        }
        done => done,
    }
}

/// Has the system bring back the file that was removed from `path` last.
#[cfg(any(windows, all(unix, not(target_os = "macos"), not(target_os = "ios"), not(target_os = "android"))))]
fn from_system(path: &Path) -> Result<(), LibraryError> {
    let failed = |detail: String| LibraryError::NotRestored { path: path.to_owned(), detail };
    let items = trash::os_limited::list().map_err(|error| failed(error.to_string()))?;
    let ours = items.into_iter().filter(|item| item.original_path() == path).max_by_key(|item| item.time_deleted);
    let ours = ours.ok_or_else(|| failed("it is not in the trash".to_owned()))?;
    trash::os_limited::restore_all([ours]).map_err(|error| failed(error.to_string()))
}

#[cfg(not(any(windows, all(unix, not(target_os = "macos"), not(target_os = "ios"), not(target_os = "android")))))]
fn from_system(path: &Path) -> Result<(), LibraryError> {
    let detail = "only this system itself brings files back".to_owned();
    Err(LibraryError::NotRestored { path: path.to_owned(), detail })
}
