//! Grids that are under way: the finished clips of each, until all are there and are joined into one.
//!
//! Where the clips of a grid are kept is noted in a file ([`KeptGrids`]), so that a grid is complete although the program was
//! started anew in the middle of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::Outcome;
use hummingbird_engine::jobs::grid::GridCell;
use serde::{Deserialize, Serialize};

use super::clips::ResultId;

/// Grids that are waited for; the oldest goes first.
pub const MOST_GRIDS: usize = 8;
/// Bytes of frames that their clips may have.
const MOST_BYTES: usize = 1 << 30;

/// A grid with the clips that are finished.
#[derive(Clone, Debug)]
pub struct Grid {
    /// One of its cells.
    pub cell: GridCell,
    /// Its clips by row and column.
    pub clips: BTreeMap<(usize, usize), Arc<Frames>>,
    /// Files of clips, also of those that earlier sessions have made.
    pub files: BTreeMap<(usize, usize), PathBuf>,
    /// What is known of its first clip, and of the grid when it is a clip itself.
    pub outcome: Outcome,
}

impl Grid {
    /// Whether each of its places has a clip.
    fn is_complete(&self) -> bool {
        let (rows, columns) = self.cell.sides();
        let has = |place| self.clips.contains_key(&place) || self.files.contains_key(&place);
        (0..rows).all(|row| (0..columns).all(|column| has((row, column))))
    }
}

/// What is kept of grids that lack clips.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptGrids {
    /// The grids, the oldest first.
    pub grids: Vec<KeptGrid>,
}

/// What is kept of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptGrid {
    /// One of its cells.
    pub cell: GridCell,
    /// Row, column and file of each clip that is there.
    pub files: Vec<(usize, usize, PathBuf)>,
}

/// All grids.
#[derive(Clone, Debug, Default)]
pub struct Grids {
    /// Those that lack clips, the oldest first.
    waiting: Vec<Grid>,
    /// Those that are to be joined.
    pub ready: Vec<Grid>,
    /// What is in the file.
    pub kept: KeptGrids,
    /// Whether `kept` is to be written.
    pub is_changed: bool,
    /// Clips that are becoming files, with their cells.
    becoming: Vec<(ResultId, GridCell)>,
}

impl Grids {
    /// What the file of the last session says; it may say anything.
    pub fn restore(&mut self, mut kept: KeptGrids) {
        for grid in &mut kept.grids {
            let (rows, columns) = grid.cell.sides();
            grid.files.retain(|(row, column, _)| *row < rows && *column < columns);
        }
        kept.grids.retain(|grid| grid.cell.is_sound());
        self.kept = kept;
    }

    /// Puts a clip into its grid; whether the grid is complete by it.
    pub fn note(&mut self, cell: &GridCell, outcome: &Outcome) -> bool {
        let index = self.waiting.iter().position(|grid| grid.cell.is_beside(cell)).unwrap_or_else(|| {
            let kept = self.kept.grids.iter().find(|kept| kept.cell.is_beside(cell));
            let files = kept.iter().flat_map(|kept| &kept.files);
            let files = files.map(|(row, column, path)| ((*row, *column), path.clone())).collect();
            self.waiting.push(Grid { cell: cell.clone(), clips: BTreeMap::new(), files, outcome: outcome.clone() });
            self.waiting.len() - 1
        });
        let grid = &mut self.waiting[index];
        grid.clips.insert((cell.row, cell.column), Arc::clone(&outcome.frames));
        if grid.is_complete() {
            let grid = self.waiting.remove(index);
            self.is_joined(grid);
            return true;
        }
        let bytes = |grids: &[Grid]| -> usize {
            grids.iter().flat_map(|grid| grid.clips.values()).map(|clip| clip.pixels().len()).sum()
        };
        while self.waiting.len() > MOST_GRIDS || self.waiting.len() > 1 && bytes(&self.waiting) > MOST_BYTES {
            self.waiting.remove(0);
        }
        false
    }

    /// A clip of a cell is about to become a file.
    pub fn awaits_file(&mut self, result: ResultId, cell: Option<GridCell>) {
        self.becoming.extend(cell.map(|cell| (result, cell)));
    }

    /// A clip is a file now: where it is, is kept while its grid lacks others.
    pub fn is_file(&mut self, result: ResultId, path: &Path) {
        let Some(index) = self.becoming.iter().position(|(becoming, _)| *becoming == result) else { return };
        let (_, cell) = self.becoming.swap_remove(index);
        let Some(grid) = self.waiting.iter_mut().find(|grid| grid.cell.is_beside(&cell)) else { return };
        // JSON has no room for others; such a clip is in memory until the program ends.
        if path.to_str().is_none() {
            return;
        }
        grid.files.insert((cell.row, cell.column), path.to_owned());
        let files = grid.files.iter().map(|((row, column), path)| (*row, *column, path.clone())).collect();
        let kept = &mut self.kept.grids;
        kept.retain(|kept| !kept.cell.is_beside(&cell));
        kept.push(KeptGrid { cell, files });
        let surplus = kept.len().saturating_sub(MOST_GRIDS);
        kept.drain(..surplus);
        self.is_changed = true;
    }

    /// Whether there is a grid that lacks clips.
    pub fn is_under_way(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Has the newest grid joined as it is.
    pub fn join(&mut self) {
        if let Some(grid) = self.waiting.pop() {
            self.is_joined(grid);
        }
    }

    fn is_joined(&mut self, grid: Grid) {
        let before = self.kept.grids.len();
        self.kept.grids.retain(|kept| !kept.cell.is_beside(&grid.cell));
        self.is_changed |= self.kept.grids.len() != before;
        self.ready.push(grid);
    }
}
