//! Files that appear whole or not at all: written under a temporary name, then renamed.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use thiserror::Error;

/// Why a file could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Reading or writing failed.
    #[error("cannot {action} {path:?}: {source}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Too little room for a file.
    #[error("{path:?} needs {needed} bytes and {free} are free there: make room or choose another folder")]
    DiskFull {
        /// The file to be written.
        path: PathBuf,
        /// Its size.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
}

/// An empty file under a temporary name in `folder`, removed when dropped. Once renamed it has the permissions that the
/// user's umask gives to every other file (temporary files are private by default).
///
/// # Errors
/// What the system says when the folder cannot be written.
pub fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hummingbird-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
