//! A walk through one folder: never deeper, never longer than its bounds, and never twice through the same folder.

use std::collections::{HashSet, VecDeque};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::programs::Program;
use crate::address::name_fault;

/// Endings of files that can hold weights.
const ENDINGS: [&str; 5] = ["safetensors", "pt", "pth", "ckpt", "bin"];
/// The file that makes a folder one model of diffusers.
pub(super) const MODEL_INDEX: &str = "model_index.json";

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchBounds {
    /// Folders inside of folders.
    pub depth: usize,
    /// Files and folders that are looked at.
    pub entries: usize,
    /// Files of weights that are taken.
    pub files: usize,
}

impl Default for SearchBounds {
    fn default() -> Self {
        Self { depth: 6, entries: 50_000, files: 2_000 }
    }
}

/// Whether a folder is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderState {
    /// It is, and was searched.
    Here,
    /// It is not, for example because its disk is not plugged in.
    Gone,
    /// It cannot be read; what the system says.
    Unreadable(String),
}

/// A file of weights, or a folder that is one model of diffusers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its path inside of the folder that was searched.
    pub name: String,
    /// Its size in bytes; of a folder that of the weights in it.
    pub bytes: u64,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// What was found in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    /// The folder.
    pub folder: PathBuf,
    /// The program whose folder it is.
    pub program: Option<Program>,
    /// Whether it is there.
    pub state: FolderState,
    /// Files of weights, by name.
    pub files: Vec<FoundFile>,
    /// Whether there is more than was looked at.
    pub is_cut: bool,
}

/// Searches a folder that the user named; of another program's, only the folders in which it keeps models.
pub fn search(folder: &Path) -> Searched {
    search_within(folder, SearchBounds::default())
}

/// As [`search`], within other bounds.
pub fn search_within(folder: &Path, bounds: SearchBounds) -> Searched {
    let program = Program::at(folder);
    let mut searched =
        Searched { folder: folder.to_owned(), program, state: FolderState::Here, files: Vec::new(), is_cut: false };
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            searched.state = FolderState::Gone;
            return searched;
        }
        Err(error) if error.kind() == ErrorKind::NotFound || error.kind() == ErrorKind::NotADirectory => {
            searched.state = FolderState::Gone;
            return searched;
        }
        Err(error) => {
            searched.state = FolderState::Unreadable(error.to_string());
            return searched;
        }
    }
    let starts = program.map_or_else(|| vec![folder.to_owned()], |program| program.folders(folder));
    let mut walk = Walk { root: folder, bounds, entries: 0, seen: HashSet::new(), files: Vec::new(), is_cut: false };
    if program.is_none()
        && let Err(error) = fs::read_dir(folder)
    {
        searched.state = FolderState::Unreadable(error.to_string());
    }
    starts.into_iter().for_each(|start| walk.through(start));
    walk.files.sort_by(|one, other| one.name.cmp(&other.name));
    (searched.files, searched.is_cut) = (walk.files, walk.is_cut);
    searched
}

struct Walk<'a> {
    root: &'a Path,
    bounds: SearchBounds,
    entries: usize,
    /// Folders and files by the one path that links do not change: loops end here, and nothing is listed twice.
    seen: HashSet<PathBuf>,
    files: Vec<FoundFile>,
    is_cut: bool,
}

impl Walk<'_> {
    /// Walks through a folder, nearest folders first.
    fn through(&mut self, start: PathBuf) {
        let mut open = VecDeque::from([(start, 0)]);
        while let Some((folder, depth)) = open.pop_front() {
            if !self.is_new(&folder) {
                continue;
            }
            if folder.join(MODEL_INDEX).is_file() {
                self.take(folder, true);
                continue;
            }
            // What cannot be read is as good as empty: other folders can.
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries {
                if self.entries >= self.bounds.entries || self.files.len() >= self.bounds.files {
                    self.is_cut = true;
                    return;
                }
                self.entries += 1;
                let Ok(entry) = entry else { continue };
                let name = entry.file_name();
                // Folders of version control and of caches.
                if name.as_encoded_bytes().starts_with(b".") {
                    continue;
                }
                // Follows links.
                let Ok(metadata) = fs::metadata(entry.path()) else { continue };
                if metadata.is_dir() {
                    if depth < self.bounds.depth {
                        open.push_back((entry.path(), depth + 1));
                    } else {
                        self.is_cut = true;
                    }
                } else if metadata.is_file() && is_weights(&entry.path()) && self.is_new(&entry.path()) {
                    self.take(entry.path(), false);
                }
            }
        }
    }

    fn is_new(&mut self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|path| self.seen.insert(path))
    }

    fn take(&mut self, path: PathBuf, is_folder: bool) {
        let inside = path.strip_prefix(self.root).ok().filter(|it| !it.as_os_str().is_empty());
        // The folder that was named may be a model itself.
        let name = inside.unwrap_or(path.file_name().map_or(&path, Path::new));
        let name = name.to_string_lossy().into_owned();
        let bytes = if is_folder { bytes_in(&path) } else { fs::metadata(&path).map_or(0, |it| it.len()) };
        self.files.push(FoundFile { path, name, bytes, is_folder });
    }
}

/// Whether a file may hold weights, by its name.
fn is_weights(path: &Path) -> bool {
    let ending = path.extension().map(|it| it.to_string_lossy().to_lowercase());
    let has_ending = ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()));
    // A name that reads as another one, or that our own notes have, is no model's.
    has_ending && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name_fault(name).is_none())
}

/// Bytes of the weights in the parts of a model of diffusers.
fn bytes_in(folder: &Path) -> u64 {
    let parts = ["unet", "text_encoder", "vae"].map(|part| fs::read_dir(folder.join(part)));
    let entries = parts.into_iter().flatten().flat_map(|entries| entries.flatten().take(256));
    let weights = entries.filter(|entry| is_weights(&entry.path()));
    weights.filter_map(|entry| Some(entry.metadata().ok()?.len())).fold(0, u64::saturating_add)
}
