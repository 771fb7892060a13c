//! Files that appear whole or not at all: written under a temporary name, then renamed.

use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// An empty file under a temporary name in `folder`, removed when dropped. Once renamed it has the permissions that the
/// user's umask gives to every other file (temporary files are private by default).
///
/// # Errors
/// What the system says when the folder cannot be written.
pub(crate) fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hummingbird-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
