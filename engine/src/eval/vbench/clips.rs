//! Clips of a folder: found by the names that a suite asks for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use hummingbird_base::files::Action;
use sha2::{Digest as _, Sha256};

use super::bounded;
use super::error::VbenchError;

/// Endings of clips, the one first that counts where several clips have one name.
const ENDINGS: [&str; 9] = ["mp4", "mov", "m4v", "webm", "mkv", "gif", "webp", "apng", "safetensors"];

/// The clips of a folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClipFolder {
    /// By name without ending, with the place of the ending in the list.
    clips: BTreeMap<String, (usize, PathBuf)>,
}

impl ClipFolder {
    /// Looks through a folder, not through those inside of it.
    ///
    /// # Errors
    /// [`VbenchError::Write`] where the folder cannot be read.
    pub fn open(folder: &Path) -> Result<Self, VbenchError> {
        let failed = |source| bounded::io_error(Action::OpenFolder, folder, source);
        let mut clips = BTreeMap::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            let Some(rank) = ENDINGS.iter().position(|it| *it == ending) else { continue };
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with('.') || path.is_dir() {
                continue;
            }
            let clip = clips.entry(name).or_insert_with(|| (rank, path.clone()));
            if rank < clip.0 {
                *clip = (rank, path);
            }
        }
        Ok(Self { clips })
    }

    /// The clip of a prompt with a number.
    pub fn of_prompt(&self, prompt: &str, number: usize) -> Option<&Path> {
        self.clips.get(&format!("{prompt}-{number}")).map(|(_, path)| &**path)
    }

    /// All of them, in the order of their names, each with the prompt that its name says: all but a number at its end.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.clips.iter().map(|(name, (_, path))| (prompt_of(name), &**path))
    }
}

/// A clip's name without a hyphen and a number at its end.
pub(super) fn prompt_of(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((prompt, number)) if !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit()) => prompt,
        _ => name,
    }
}

/// The hash of a file's content, in lower-case hexadecimal digits.
pub fn content_hash(path: &Path) -> Result<String, VbenchError> {
    let hash = || {
        let (mut file, mut hasher, mut block) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
        loop {
            match file.read(&mut block)? {
                0 => return Ok(hasher.finalize()),
                count => hasher.update(&block[..count]),
            }
        }
    };
    let digest = hash().map_err(|source: io::Error| bounded::io_error(Action::Read, path, source))?;
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_are_found_by_prompt_and_number() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let names = ["a-b-0.mp4", "a-b-0.gif", "a-b-1.safetensors", "a-b.MP4", "note.txt", ".hidden-0.mp4"];
        for name in names {
            std::fs::write(folder.path().join(name), "").expect("writable");
        }
        std::fs::create_dir(folder.path().join("folder-0.mp4")).expect("writable");
        let clips = ClipFolder::open(folder.path()).expect("readable");
        assert_eq!(clips.of_prompt("a-b", 0), Some(&*folder.path().join("a-b-0.mp4")), "the video before the picture");
        assert!(clips.of_prompt("a-b", 1).is_some() && clips.of_prompt("a-b", 2).is_none());
        assert!(clips.of_prompt("a", 0).is_none());
        let prompts: Vec<&str> = clips.all().map(|(prompt, _)| prompt).collect();
        assert_eq!(prompts, ["a-b", "a-b", "a-b"]);
        assert!(ClipFolder::open(&folder.path().join("nowhere")).is_err());
    }
}
