//! Files and folders that may be clips, and tables of captions beside them.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use hummingbird_base::CancelToken;
use hummingbird_video::{is_picture_name, numbered};

use super::ScanError;
use crate::clip::ClipSource;
use crate::manifest;

/// Endings of clips. The last ones are not read, but whoever has such a file wants to hear of it.
const CLIPS: [&str; 19] = [
    "mp4",
    "m4v",
    "mov",
    "3gp",
    "webm",
    "mkv",
    "gif",
    "webp",
    "png",
    "apng",
    "safetensors",
    "avi",
    "mpg",
    "mpeg",
    "wmv",
    "flv",
    "ogv",
    "mts",
    "m2ts",
];
/// Most files.
const MAX_FILES: usize = 20_000_000;
/// Deepest sub folder.
const MAX_DEPTH: usize = 64;

/// What was found, sorted by path.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files, and folders of numbered pictures.
    pub clips: Vec<PathBuf>,
    /// Files that may be tables of captions.
    pub tables: Vec<PathBuf>,
    /// What could not be looked into, with what the system said.
    pub failed: Vec<(PathBuf, io::Error)>,
}

/// Walks folders. Links are followed, but nothing is looked at twice; hidden names are left out.
pub(super) fn walk(folders: &[PathBuf], cancel: &CancelToken) -> Result<Found, ScanError> {
    let mut walk = Walk { found: Found::default(), seen: HashSet::new(), files: 0, cancel };
    for folder in folders {
        let metadata = std::fs::metadata(folder);
        let metadata = metadata.map_err(|source| ScanError::Folder { path: folder.clone(), source })?;
        match metadata.is_dir() {
            true => walk.folder(folder, 0)?,
            false => walk.file(folder),
        }
    }
    let mut found = walk.found;
    found.clips.sort();
    found.tables.sort();
    found.failed.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

struct Walk<'a> {
    found: Found,
    /// Real paths of folders and files.
    seen: HashSet<PathBuf>,
    files: usize,
    cancel: &'a CancelToken,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), ScanError> {
        self.cancel.check()?;
        let opened = std::fs::canonicalize(folder).and_then(|real| Ok((real, std::fs::read_dir(folder)?)));
        let entries = match opened {
            Ok((real, entries)) => {
                if !self.seen.insert(real) {
                    return Ok(());
                }
                entries
            }
            Err(error) => {
                self.found.failed.push((folder.to_owned(), error));
                return Ok(());
            }
        };
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        for entry in entries {
            self.files += 1;
            if self.files > MAX_FILES {
                return Err(ScanError::TooMany { max: MAX_FILES });
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.found.failed.push((folder.to_owned(), error));
                    break;
                }
            };
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            let is_folder = if is_link { path.is_dir() } else { entry.file_type().is_ok_and(|kind| kind.is_dir()) };
            if is_folder {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
        if folders.is_empty() && is_sequence(&files) {
            self.found.clips.push(folder.to_owned());
            return Ok(());
        }
        // In an order that does not depend on the system: of two links to one folder the first by name counts.
        files.sort();
        folders.sort();
        for path in files {
            self.file(&path);
        }
        for path in folders {
            if depth < MAX_DEPTH {
                self.folder(&path, depth + 1)?;
            } else {
                self.found.failed.push((path, io::Error::other("it lies too deep")));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) {
        let is_clip = has_ending_of_clip(path);
        if !is_clip && !manifest::is_manifest(path) {
            return;
        }
        match std::fs::canonicalize(path) {
            Ok(real) => {
                let (is_new, found) = (self.seen.insert(real), &mut self.found);
                match is_clip {
                    _ if !is_new => {}
                    true => found.clips.push(path.to_owned()),
                    false => found.tables.push(path.to_owned()),
                }
            }
            Err(error) => self.found.failed.push((path.to_owned(), error)),
        }
    }
}

/// Whether a name is that of a clip.
pub(super) fn has_ending_of_clip(path: &Path) -> bool {
    path.extension().is_some_and(|ending| CLIPS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// Whether a folder's files are the frames of one clip: numbered pictures, at least two, and nothing else that could be a clip.
fn is_sequence(files: &[PathBuf]) -> bool {
    let mut pictures = files.iter().filter(|path| has_ending_of_clip(path) || is_picture_name(path)).peekable();
    let Some(first) = pictures.peek().copied() else { return false };
    let mut count = 0;
    let are_pictures = pictures.inspect(|_| count += 1).all(|path| is_picture_name(path) && numbered(path).is_some());
    // Numbered animations are clips each.
    are_pictures && count > 1 && ClipSource::open(first).is_ok_and(|clip| clip.shape().codec == "picture")
}
