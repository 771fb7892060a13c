//! Locks that other processes see.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

/// A lock on a file of its own, held until it is dropped. The file stays: a lock on one that is gone keeps nobody out.
#[derive(Debug)]
pub struct FileLock(File);

/// Closing alone would not do: a child that another thread has forked and that has not reached its own program yet holds
/// the same open file, and would go on holding the lock.
impl Drop for FileLock {
    fn drop(&mut self) {
        let _not_there = self.0.unlock();
    }
}

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

    #[test]
    fn it_is_free_when_dropped_though_a_child_still_has_the_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a");
        let held = FileLock::try_at(&path).expect("writable").expect("nobody has it");
        // What a forked child has until it runs its own program.
        let _inherited = held.0.try_clone().expect("a file handle");
        drop(held);
        assert!(FileLock::try_at(&path).expect("writable").is_some());
    }
}
