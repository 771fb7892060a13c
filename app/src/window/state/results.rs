//! Results: the clips whose frames are in memory, which one is shown, and how it plays.

use std::path::PathBuf;
use std::time::SystemTime;

use hummingbird_engine::job::Outcome;
use hummingbird_engine::library::ClipId;

use super::clips::{Keeping, ResultClip, ResultId, Shown};
use super::playback::Playback;

/// Bytes of frames that stay in memory of clips that the library has: thirty of 512x320, on laptops whose GPU shares that memory.
const FRAME_BYTES: usize = 256 << 20;
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

    /// Clips that are in no file: closing the window would lose them. One that is being written is waited for.
    pub fn unsaved(&self) -> usize {
        let in_no_file = |clip: &&ResultClip| clip.file().is_none() && clip.keeping != Keeping::UnderWay;
        self.clips.iter().filter(in_no_file).count()
    }

    /// The clip with this number in the library.
    pub fn kept(&self, id: ClipId) -> Option<&ResultClip> {
        self.clips.iter().find(|clip| clip.kept_id() == Some(id))
    }

    /// Adds a finished clip.
    pub fn add(&mut self, outcome: Outcome) -> ResultId {
        self.ids += 1;
        let id = ResultId(self.ids);
        let (keeping, made) = (Keeping::Wanted, SystemTime::now());
        self.clips.insert(0, ResultClip { id, outcome, exported: None, keeping, made });
        self.bound();
        id
    }

    /// Adds a clip of the library whose frames were read, at its place by age.
    pub fn add_kept(&mut self, outcome: Outcome, clip: ClipId, path: PathBuf, made: SystemTime) -> ResultId {
        self.ids += 1;
        let id = ResultId(self.ids);
        let index = self.clips.partition_point(|other| other.made > made);
        let keeping = Keeping::Kept(Some(clip), path);
        self.clips.insert(index, ResultClip { id, outcome, exported: None, keeping, made });
        self.shown = Shown::Result(id);
        self.bound();
        id
    }

    /// Lets go of frames that the library has: the oldest first, until the rest fits into memory.
    fn bound(&mut self) {
        let bytes = |clip: &ResultClip| clip.outcome.frames.pixels().len();
        let mut sum: usize = self.clips.iter().map(bytes).sum();
        while sum > FRAME_BYTES {
            let can_go = |clip: &ResultClip| clip.kept_id().is_some() && self.shown != Shown::Result(clip.id);
            let Some(oldest) = self.clips.iter().rposition(can_go) else { break };
            sum -= bytes(&self.clips.remove(oldest));
        }
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
