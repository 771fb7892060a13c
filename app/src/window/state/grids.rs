//! Grids that are under way: the finished clips of each, until all are there and are joined into one.

use std::collections::BTreeMap;
use std::sync::Arc;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::Outcome;
use hummingbird_engine::jobs::grid::GridCell;

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
    /// What is known of its first clip, and of the grid when it is a clip itself.
    pub outcome: Outcome,
}

/// All grids.
#[derive(Clone, Debug, Default)]
pub struct Grids {
    /// Those that lack clips, the oldest first.
    waiting: Vec<Grid>,
    /// Those that are to be joined.
    pub ready: Vec<Grid>,
}

impl Grids {
    /// Puts a clip into its grid; whether the grid is complete by it.
    pub fn note(&mut self, cell: &GridCell, outcome: &Outcome) -> bool {
        let index = self.waiting.iter().position(|grid| grid.cell.is_beside(cell)).unwrap_or_else(|| {
            self.waiting.push(Grid { cell: cell.clone(), clips: BTreeMap::new(), outcome: outcome.clone() });
            self.waiting.len() - 1
        });
        let grid = &mut self.waiting[index];
        grid.clips.insert((cell.row, cell.column), Arc::clone(&outcome.frames));
        let (rows, columns) = cell.sides();
        if grid.clips.len() == rows * columns {
            self.ready.push(self.waiting.remove(index));
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

    /// Whether there is a grid that lacks clips.
    pub fn is_under_way(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Has the newest grid joined as it is.
    pub fn join(&mut self) {
        self.ready.extend(self.waiting.pop());
    }
}
