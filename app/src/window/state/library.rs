//! The library's page: which clips it lists, what is known of those in sight, what is selected, and what was removed.
//!
//! Work for it is ordered as [`LibraryOrder`] and reported as [`LibraryReport`]; the index itself is in the engine.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::jobs::journal::JobKey;
use hummingbird_engine::library::{ClipId, Entry, Facets, LibrarySettings, Mark, Query, Removed};
use hummingbird_engine::pipeline::video_out::Provenance;

use super::clips::ResultId;
use super::compare::Compare;
use super::latest::{Latest, Ticket};

/// Clips of the history that stem from the library.
pub const RECENT: usize = 24;
/// Bytes of moving thumbnails that are kept in memory.
const PICTURE_BYTES: usize = 96 << 20;
/// Entries that are kept in memory: several pages.
pub const MOST_ENTRIES: usize = 2000;
/// Removals that can be undone.
const MAX_UNDO: usize = 16;

/// A clip of the library, with what the window asks about it.
#[derive(Clone, Debug)]
pub struct KeptClip {
    /// What the index holds.
    pub entry: Entry,
    /// Whether the demo model made it.
    pub is_of_demo: bool,
}

/// Whether the library can be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum LibraryStatus {
    /// This system names no folders, or it was not opened yet.
    #[default]
    Closed,
    /// It is open.
    Open,
    /// Why it cannot be used.
    Failed(String),
}

/// How a clip joins or leaves the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// It alone is selected.
    Only,
    /// It joins, or leaves.
    Toggle,
    /// All from the first one that was picked to this one.
    Range,
    /// The keyboard goes there, and the selection stays.
    Cursor,
}

/// Everything about the library's page.
pub struct LibraryPage {
    /// Whether the page is shown in place of the clip.
    pub is_shown: bool,
    /// Whether it can be used.
    pub status: LibraryStatus,
    /// Which clips it lists.
    pub query: Query,
    /// Their numbers, in order.
    pub ids: Vec<ClipId>,
    /// Clips of the whole library.
    pub total: usize,
    /// What there is to filter by.
    pub facets: Facets,
    /// The newest clips, for the history.
    pub recent: Vec<ClipId>,
    /// The selected ones.
    pub selected: BTreeSet<ClipId>,
    /// Where the keyboard is.
    pub cursor: Option<ClipId>,
    /// Whether the page has to scroll to the cursor.
    pub follow_cursor: bool,
    /// Places of the clips in sight.
    pub visible: Range<usize>,
    /// Width of a tile, in points.
    pub tile_width: f32,
    /// A tag as it is typed.
    pub tag: String,
    /// The note of a clip as it is typed.
    pub note: Option<(ClipId, String)>,
    /// The project of the selected clips as it is typed.
    pub project: Option<String>,
    /// Where and how clips are kept.
    pub settings: LibrarySettings,
    /// Two clips that are compared in place of the grid.
    pub compare: Option<Compare>,
    /// Which listing was asked for last.
    pub finding: Latest,
    /// Removals that can be undone, the last one last.
    pub removed: Vec<Vec<Removed>>,
    anchor: Option<ClipId>,
    clips: HashMap<ClipId, Arc<KeptClip>>,
    pictures: HashMap<ClipId, Thumb>,
    asked_entries: HashSet<ClipId>,
    asked_pictures: BTreeMap<ClipId, PathBuf>,
    clock: u64,
}

struct Thumb {
    frames: Option<Arc<Frames>>,
    used: u64,
}

impl LibraryPage {
    /// Nothing is known yet.
    pub fn new(tile_width: Option<f32>) -> Self {
        Self {
            is_shown: false,
            status: LibraryStatus::default(),
            query: Query::default(),
            ids: Vec::new(),
            total: 0,
            facets: Facets::default(),
            recent: Vec::new(),
            selected: BTreeSet::new(),
            cursor: None,
            follow_cursor: false,
            visible: 0..0,
            tile_width: tile_width.unwrap_or(160.0).clamp(90.0, 400.0),
            tag: String::new(),
            note: None,
            project: None,
            settings: LibrarySettings::default(),
            compare: None,
            finding: Latest::default(),
            removed: Vec::new(),
            anchor: None,
            clips: HashMap::new(),
            pictures: HashMap::new(),
            asked_entries: HashSet::new(),
            asked_pictures: BTreeMap::new(),
            clock: 0,
        }
    }

    /// What is known of a clip.
    pub fn clip(&self, id: ClipId) -> Option<&Arc<KeptClip>> {
        self.clips.get(&id)
    }

    /// The small moving picture of a clip.
    pub fn picture(&self, id: ClipId) -> Option<&Arc<Frames>> {
        self.pictures.get(&id)?.frames.as_ref()
    }

    /// All small moving pictures that are in memory.
    #[cfg(test)]
    pub fn pictures(&self) -> impl Iterator<Item = (ClipId, &Arc<Frames>)> {
        self.pictures.iter().filter_map(|(id, thumb)| Some((*id, thumb.frames.as_ref()?)))
    }

    /// The clip that is selected alone.
    pub fn single(&self) -> Option<&Arc<KeptClip>> {
        let mut selected = self.selected.iter();
        match (selected.next(), selected.next()) {
            (Some(id), None) => self.clip(*id),
            _ => None,
        }
    }

    /// The two clips that are selected, in the order of the page.
    pub fn pair(&self) -> Option<[Arc<KeptClip>; 2]> {
        if self.selected.len() != 2 {
            return None;
        }
        let clips: Vec<Arc<KeptClip>> = self.selection().iter().filter_map(|id| self.clip(*id).cloned()).collect();
        clips.try_into().ok()
    }

    /// The selected clips, in the order of the page.
    pub fn selection(&self) -> Vec<ClipId> {
        self.ids.iter().copied().filter(|id| self.selected.contains(id)).collect()
    }

    /// A clip was picked.
    pub fn pick(&mut self, id: ClipId, how: Pick) {
        let place = |id: ClipId| self.ids.iter().position(|other| *other == id);
        match how {
            Pick::Cursor => {}
            Pick::Only => {
                self.selected = BTreeSet::from([id]);
                self.anchor = Some(id);
            }
            Pick::Toggle => {
                if !self.selected.remove(&id) {
                    self.selected.insert(id);
                }
                self.anchor = Some(id);
            }
            Pick::Range => {
                let from = self.anchor.and_then(place).or_else(|| self.cursor.and_then(place));
                let to = place(id);
                if let (Some(from), Some(to)) = (from.or(to), to) {
                    self.anchor = self.ids.get(from).copied();
                    self.selected = self.ids[from.min(to)..=from.max(to)].iter().copied().collect();
                }
            }
        }
        self.cursor = Some(id);
        self.project = None;
        self.note.take_if(|(of, _)| *of != id);
    }

    /// A listing came: what is not in it is not selected any more.
    pub fn listed(&mut self, ids: Vec<ClipId>, total: usize) {
        let there: HashSet<ClipId> = ids.iter().copied().collect();
        self.selected.retain(|id| there.contains(id));
        self.cursor.take_if(|id| !there.contains(id));
        self.anchor.take_if(|id| !there.contains(id));
        (self.ids, self.total) = (ids, total);
        self.visible.end = self.visible.end.min(self.ids.len());
        self.visible.start = self.visible.start.min(self.visible.end);
    }

    /// Clips became known, or changed.
    pub fn learn(&mut self, clips: Vec<KeptClip>) {
        if self.clips.len() + clips.len() > MOST_ENTRIES {
            let keep: HashSet<ClipId> = self.in_sight().chain(self.selected.iter().copied()).collect();
            self.clips.retain(|id, _| keep.contains(id));
        }
        for clip in clips {
            self.asked_entries.remove(&clip.entry.id);
            self.clips.insert(clip.entry.id, Arc::new(clip));
        }
    }

    /// A clip has gone from the library.
    pub fn forget(&mut self, id: ClipId) {
        self.clips.remove(&id);
        self.pictures.remove(&id);
        self.selected.remove(&id);
        self.recent.retain(|other| *other != id);
        self.ids.retain(|other| *other != id);
    }

    /// Clips in sight, those of the history too.
    fn in_sight(&self) -> impl Iterator<Item = ClipId> {
        let page = self.ids.get(self.visible.clone()).unwrap_or_default();
        page.iter().chain(&self.recent).copied()
    }

    /// Clips in sight of which nothing is known and nothing was asked.
    pub fn unknown(&mut self) -> Vec<ClipId> {
        let unknown: Vec<ClipId> =
            self.in_sight().filter(|id| !self.clips.contains_key(id) && !self.asked_entries.contains(id)).collect();
        self.asked_entries.extend(&unknown);
        unknown
    }

    /// Pictures that are wanted now, those in the middle of the sight first; what was wanted before and is out of sight is not.
    pub fn wanted_pictures(&mut self) -> Option<Vec<(ClipId, PathBuf)>> {
        self.clock += 1;
        let page = if self.is_shown { self.visible.clone() } else { 0..0 };
        let sight: Vec<ClipId> = self.ids.get(page).unwrap_or_default().to_vec();
        for id in &sight {
            if let Some(thumb) = self.pictures.get_mut(id) {
                thumb.used = self.clock;
            }
        }
        let wanted = |page: &Self, id: &ClipId| -> Option<(ClipId, PathBuf)> {
            let clip = page.clips.get(id).filter(|_| !page.pictures.contains_key(id))?;
            Some((*id, clip.entry.path.clone()))
        };
        let list: BTreeMap<ClipId, PathBuf> = if self.is_shown {
            sight.iter().filter_map(|id| wanted(self, id)).collect()
        } else {
            self.recent.iter().filter_map(|id| wanted(self, id)).collect()
        };
        if list == self.asked_pictures {
            return None;
        }
        self.asked_pictures.clone_from(&list);
        let order = if self.is_shown { sight } else { self.recent.clone() };
        Some(order.into_iter().filter_map(|id| Some((id, list.get(&id)?.clone()))).collect())
    }

    /// A picture came, or cannot be made.
    pub fn on_picture(&mut self, id: ClipId, frames: Option<Arc<Frames>>) {
        self.asked_pictures.remove(&id);
        self.clock += 1;
        self.pictures.insert(id, Thumb { frames, used: self.clock });
        let bytes = |thumb: &Thumb| thumb.frames.as_ref().map_or(0, |frames| frames.pixels().len());
        let mut sum: usize = self.pictures.values().map(bytes).sum();
        let sight: HashSet<ClipId> = self.in_sight().collect();
        while sum > PICTURE_BYTES {
            let out = self.pictures.iter().filter(|(other, _)| !sight.contains(other));
            let Some(oldest) = out.min_by_key(|(_, thumb)| thumb.used).map(|(id, _)| *id) else { break };
            sum -= self.pictures.remove(&oldest).as_ref().map_or(0, bytes);
        }
    }

    /// Clips were removed and can be brought back.
    pub fn on_removed(&mut self, removed: Vec<Removed>) {
        if removed.is_empty() {
            return;
        }
        self.removed.push(removed);
        if self.removed.len() > MAX_UNDO {
            self.removed.remove(0);
        }
    }

    /// Place of a clip among those that are listed.
    pub fn place(&self, id: ClipId) -> Option<usize> {
        self.ids.iter().position(|other| *other == id)
    }
}

/// A finished clip that is to be kept.
#[derive(Clone, Debug)]
pub struct KeepOrder {
    /// The clip of this session.
    pub result: ResultId,
    /// Its frames.
    pub frames: Arc<Frames>,
    /// What it was made from.
    pub provenance: Provenance,
    /// Its final latent.
    pub latent: Option<PathBuf>,
    /// When it was finished.
    pub made: SystemTime,
    /// The job of the journal that made it.
    pub job: Option<JobKey>,
}

/// Work for the library.
#[derive(Clone, Debug)]
pub enum LibraryOrder {
    /// Write a finished clip.
    Keep(Box<KeepOrder>),
    /// List clips.
    Find {
        /// The ticket of the order.
        ticket: Ticket,
        /// Which.
        query: Query,
    },
    /// Say what is known of clips.
    Entries(Vec<ClipId>),
    /// Say which clips are the newest.
    Recent,
    /// Make small moving pictures of these, and of none that was asked for before.
    Pictures(Vec<(ClipId, PathBuf)>),
    /// Read all frames of a clip, for the player.
    Load(Arc<KeptClip>),
    /// Read all frames of a clip, to compare it.
    Compare(Arc<KeptClip>),
    /// Change what was added to clips.
    Mark(Vec<ClipId>, Mark),
    /// Move clips to the trash.
    Remove(Vec<ClipId>),
    /// Bring clips back.
    Restore(Vec<Removed>),
    /// Look for files that came, went or moved.
    Scan,
    /// Keep clips in another way from now on.
    Change(LibrarySettings),
}

/// What the library has to say.
#[derive(Clone, Debug)]
pub enum LibraryReport {
    /// It was opened.
    Opened {
        /// Its settings.
        settings: LibrarySettings,
        /// Where a damaged index lies now.
        aside: Option<PathBuf>,
    },
    /// It cannot be used.
    Failed(String),
    /// An order was not carried out.
    Refused(String),
    /// Clips were listed.
    Found {
        /// The ticket of the order.
        ticket: Ticket,
        /// Their numbers, in order.
        ids: Vec<ClipId>,
        /// Clips of the whole library.
        total: usize,
        /// What there is to filter by.
        facets: Facets,
    },
    /// What is known of clips.
    Entries(Vec<KeptClip>),
    /// The newest clips.
    Recent(Vec<KeptClip>),
    /// A small moving picture; none where the file cannot be read.
    Picture(ClipId, Option<Arc<Frames>>),
    /// All frames of a clip that is compared, or why not.
    Compared(ClipId, Result<Arc<Frames>, String>),
    /// All frames of a clip, or why not.
    Loaded(Arc<KeptClip>, Result<Arc<Frames>, String>),
    /// A finished clip was kept, or not.
    Kept {
        /// The clip of this session.
        result: ResultId,
        /// Its number, where the index took it, and its file.
        kept: Result<(Option<ClipId>, PathBuf), String>,
        /// What went wrong on the way.
        problems: Vec<String>,
    },
    /// Clips came, went or changed: listings are old.
    Changed,
    /// Clips were removed, and why others were not.
    Removed(Vec<Removed>, Vec<String>),
    /// Clips were brought back, and why others were not.
    Restored(usize, Vec<String>),
}

/// The folder of a clip's file, to be shown outside.
pub fn folder_of(path: &Path) -> String {
    path.parent().unwrap_or(path).display().to_string()
}
