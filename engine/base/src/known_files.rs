//! Files that a folder knows by name and by hash.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// A folder of models that can be asked for them: what a model's floor needs of the store, which stands above it.
pub trait KnownFiles: Debug + Send + Sync {
    /// The file that a name means, if it is here.
    fn find(&self, name: &str) -> Option<PathBuf>;

    /// SHA-256 of a file, lower-case hexadecimal, read only when it has changed since it was last asked for; `None` where it
    /// cannot be read.
    fn sha256_of(&self, path: &Path) -> Option<String>;
}
