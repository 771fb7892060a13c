//! Networks that look at clips, by a file or by what the catalogue calls them.

use std::path::{Path, PathBuf};

use anyhow::bail;
use hummingbird_engine::weights::store::Store;

/// The file that a path or a name of the catalogue (`dover`) means, the name's in the models folder.
pub fn weights(named: &Path) -> anyhow::Result<PathBuf> {
    // A file beside oneself is what was named, whatever else has that name.
    if named.is_file() {
        return Ok(named.to_owned());
    }
    match named.to_str() {
        Some(name) if named.components().count() == 1 => in_store(&Store::of(&crate::folders()?), name),
        _ => Ok(named.to_owned()),
    }
}

/// The same in a folder of models.
fn in_store(store: &Store, name: &str) -> anyhow::Result<PathBuf> {
    if let Some(path) = store.find(name) {
        return Ok(path);
    }
    match store.catalogue().entry(name) {
        Some(entry) => bail!(
            "{} is not in {:?}: get it with `hummingbird models get {}`, or name its file",
            entry.title,
            store.folder(),
            entry.id
        ),
        // Whoever opens it says that it is not there.
        None => Ok(PathBuf::from(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_catalogue_are_files_of_the_models_folder() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::at(folder.path());
        let error = in_store(&store, "dover").expect_err("it is not there").to_string();
        assert!(error.contains("`hummingbird models get dover`"), "{error}");
        std::fs::write(folder.path().join("DOVER.pth"), b"x").expect("writable");
        assert_eq!(in_store(&store, "dover").expect("it is there"), folder.path().join("DOVER.pth"));
        assert_eq!(in_store(&store, "mine.pth").expect("named as it is"), Path::new("mine.pth"));
    }
}
