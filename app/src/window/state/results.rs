//! Results: the finished clips of this session, which one is shown, and how it plays.

use std::path::PathBuf;

use hummingbird_engine::job::Outcome;

use super::clips::{ResultClip, ResultId, Shown};
use super::playback::Playback;

/// Deleted clips that can be brought back.
const MAX_UNDO: usize = 16;

/// Finished clips and their playback.
pub struct Results {
    /// The clips, newest first.
    pub clips: Vec<ResultClip>,
    /// Deleted clips with their places, the last deletion last.
    pub deleted: Vec<(usize, ResultClip)>,
    /// What the middle of the window shows.
    pub shown: Shown,
    /// Which frame of it.
    pub playback: Playback,
    ids: u64,
}

impl Results {
    /// Without clips.
    pub fn new(looping: bool) -> Self {
        Self { clips: Vec::new(), deleted: Vec::new(), shown: Shown::Nothing, playback: Playback::new(looping), ids: 0 }
    }

    /// A clip.
    pub fn get(&self, id: ResultId) -> Option<&ResultClip> {
        self.clips.iter().find(|clip| clip.id == id)
    }

    /// The finished clip that is shown.
    pub fn shown_clip(&self) -> Option<&ResultClip> {
        match self.shown {
            Shown::Result(id) => self.get(id),
            Shown::Nothing | Shown::Live => None,
        }
    }

    /// Clips that were never exported.
    pub fn unsaved(&self) -> usize {
        self.clips.iter().filter(|clip| clip.exported.is_none()).count()
    }

    /// Adds a finished clip.
    pub fn add(&mut self, outcome: Outcome) -> ResultId {
        self.ids += 1;
        let id = ResultId(self.ids);
        self.clips.insert(0, ResultClip { id, outcome, exported: None });
        id
    }

    /// Shows a clip from its first frame.
    pub fn show(&mut self, id: ResultId) {
        self.shown = Shown::Result(id);
        self.playback.restart();
    }

    /// Leaves the live preview, if it is shown, for the newest clip.
    pub fn leave_live(&mut self) {
        if self.shown == Shown::Live {
            self.shown = self.clips.first().map_or(Shown::Nothing, |clip| Shown::Result(clip.id));
        }
    }

    /// Shows a neighbour of the clip that is shown, by places in the history; the newest where none is shown.
    pub fn step(&mut self, by: isize) {
        let shown = self.shown_clip().map(|clip| clip.id);
        let index = self.clips.iter().position(|clip| Some(clip.id) == shown);
        let next = index.map_or(0, |index| index.saturating_add_signed(by).min(self.clips.len() - 1));
        if let Some(id) = self.clips.get(next).map(|clip| clip.id) {
            self.show(id);
        }
    }

    /// Takes a clip out; false where there is no such clip.
    pub fn delete(&mut self, id: ResultId) -> bool {
        let Some(index) = self.clips.iter().position(|clip| clip.id == id) else { return false };
        let clip = self.clips.remove(index);
        if self.shown == Shown::Result(id) {
            match self.clips.get(index).or(self.clips.last()).map(|clip| clip.id) {
                Some(neighbour) => self.show(neighbour),
                None => self.shown = Shown::Nothing,
            }
        }
        self.deleted.push((index, clip));
        if self.deleted.len() > MAX_UNDO {
            self.deleted.remove(0);
        }
        true
    }

    /// Brings the last deleted clip back and shows it.
    pub fn undo_delete(&mut self) {
        if let Some((index, clip)) = self.deleted.pop() {
            let id = clip.id;
            self.clips.insert(index.min(self.clips.len()), clip);
            self.show(id);
        }
    }

    /// A clip was exported to this file.
    pub fn set_exported(&mut self, id: ResultId, path: &std::path::Path) {
        if let Some(clip) = self.clips.iter_mut().find(|clip| clip.id == id) {
            clip.exported = Some(PathBuf::from(path));
        }
    }
}
