//! What decoding said of clips that FFmpeg reads, for as long as this process runs: a clip that is opened again is not decoded for that again.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Most frames of all clips that are known together: 8 bytes each.
const MOST_FRAMES: usize = 1 << 21;

/// What is known of a clip.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listed {
    /// Width and height, as shown.
    pub size: [usize; 2],
    /// When each frame is shown, in seconds from the first.
    pub times: Vec<f64>,
    /// Frames a second.
    pub fps: f64,
}

/// A file as it is now; one that is written again is another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct File {
    path: PathBuf,
    bytes: u64,
    changed: SystemTime,
    /// Most pixels that were allowed.
    max_pixels: u64,
}

impl File {
    /// The file at a path; `None` where the system does not say enough to know it again.
    pub(super) fn of(path: &Path, max_pixels: u64) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        let (path, changed) = (std::path::absolute(path).ok()?, metadata.modified().ok()?);
        Some(Self { path, bytes: metadata.len(), changed, max_pixels })
    }
}

/// Clips that are known, the one that was asked for last at the end.
#[derive(Debug, Default)]
pub(super) struct Known {
    clips: VecDeque<(File, Arc<Listed>)>,
}

impl Known {
    const fn new() -> Self {
        Self { clips: VecDeque::new() }
    }

    fn get(&mut self, file: &File) -> Option<Arc<Listed>> {
        let at = self.clips.iter().position(|(known, _)| known == file)?;
        let found = self.clips.remove(at)?;
        let listed = Arc::clone(&found.1);
        self.clips.push_back(found);
        Some(listed)
    }

    fn put(&mut self, file: File, listed: Arc<Listed>) {
        self.clips.retain(|(known, _)| known.path != file.path);
        self.clips.push_back((file, listed));
        let frames =
            |clips: &VecDeque<(File, Arc<Listed>)>| clips.iter().map(|(_, it)| it.times.len() + 1).sum::<usize>();
        while frames(&self.clips) > MOST_FRAMES {
            self.clips.pop_front();
        }
    }
}

static KNOWN: Mutex<Known> = Mutex::new(Known::new());

/// What is known of a file.
pub(super) fn get(file: &File) -> Option<Arc<Listed>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(file)
}

/// Notes what is known of a file, as it was before it was read.
pub(super) fn put(file: File, listed: Arc<Listed>) {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).put(file, listed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_longest_ago_goes_and_files_that_change_are_others() {
        let mut known = Known::default();
        let file =
            |name: &str, bytes: u64| File { path: name.into(), bytes, changed: SystemTime::UNIX_EPOCH, max_pixels: 1 };
        let listed = |frames: usize| Arc::new(Listed { size: [2, 1], times: vec![0.0; frames], fps: 8.0 });
        known.put(file("a", 1), listed(MOST_FRAMES / 2));
        known.put(file("b", 1), listed(MOST_FRAMES / 4));
        assert!(known.get(&file("a", 2)).is_none(), "another content");
        assert!(known.get(&file("a", 1)).is_some());
        known.put(file("c", 1), listed(MOST_FRAMES / 3));
        assert!(known.get(&file("b", 1)).is_none() && known.get(&file("a", 1)).is_some());
        known.put(file("a", 2), listed(1));
        assert!(known.get(&file("a", 1)).is_none() && known.get(&file("c", 1)).is_some());
    }
}
