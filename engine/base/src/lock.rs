//! Locks that other processes see.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

/// A lock on a file of its own, held until it is dropped. The file stays: a lock on one that is gone keeps nobody out.
#[derive(Debug)]
pub struct FileLock(#[expect(dead_code, reason = "it is held, never read")] File);

impl FileLock {
    /// Takes the lock; `None` when somebody has it.
    ///
    /// # Errors
    /// When the file cannot be made or locked.
    pub fn try_at(path: &Path) -> io::Result<Option<Self>> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(Some(Self(file))),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Waits for the lock: for work that takes a moment. Where the file system knows no locks, nobody is kept out.
    ///
    /// # Errors
    /// When the file cannot be made or locked.
    pub fn wait_at(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        match file.lock() {
            Err(error) if error.kind() != ErrorKind::Unsupported => Err(error),
            _ => Ok(Self(file)),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create(true).truncate(false).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_at_a_time() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("locks/a");
        let held = FileLock::try_at(&path).expect("writable").expect("nobody has it");
        assert!(FileLock::try_at(&path).expect("writable").is_none());
        drop(held);
        drop(FileLock::wait_at(&path).expect("nobody has it"));
        assert!(FileLock::try_at(&path).expect("writable").is_some());
    }
}
