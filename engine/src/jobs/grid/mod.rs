//! Grids: the clips of two settings side by side, joined into one clip with captions beside its rows and above its columns.
//!
//! [`GridCell`] is what a job knows of its grid, [`compose`] draws it, `letters` is what captions are written with. Not here:
//! which values a grid has, and when it is complete.

mod letters;

use std::collections::BTreeMap;
use std::sync::Arc;

use hummingbird_base::message::{self, Message};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::handoff::Frames;

/// Most rows, and most columns.
pub const MOST_SIDE: usize = 32;
/// Longest caption, in characters.
pub const LONGEST_CAPTION: usize = 200;
/// Bytes of a grid's frames.
const MOST_BYTES: usize = 1 << 30;
/// Pixels between two cells.
const GAP: usize = 4;
const PAPER: u8 = 18;
const INK: u8 = 228;

/// The place of a clip in a grid, and the grid that it is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GridCell {
    /// Which grid, among those of a queue.
    pub grid: u64,
    /// What the grid shows.
    pub title: String,
    /// Captions of its rows; none for a grid of one row.
    pub rows: Vec<String>,
    /// Captions of its columns; none for a grid of one column.
    pub columns: Vec<String>,
    /// The row of the clip.
    pub row: usize,
    /// The column of the clip.
    pub column: usize,
}

/// Why a grid cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("grid")]
#[non_exhaustive]
pub enum GridError {
    /// No clip of it is there.
    #[error("none of its clips is there")]
    Empty,
    /// It would take too much memory.
    #[error(
        "a picture of {width}x{height} pixels with {frames} frames is too large: make a grid of fewer or smaller clips"
    )]
    TooLarge {
        /// Pixels of a row.
        width: usize,
        /// Rows of pixels.
        height: usize,
        /// Frames.
        frames: usize,
    },
}

impl GridCell {
    /// Rows and columns.
    pub fn sides(&self) -> (usize, usize) {
        (self.rows.len().max(1), self.columns.len().max(1))
    }

    /// Whether its numbers fit each other: what a file says of a cell need not.
    pub fn is_sound(&self) -> bool {
        let (rows, columns) = self.sides();
        let mut texts = self.rows.iter().chain(&self.columns).chain([&self.title]);
        rows.max(columns) <= MOST_SIDE
            && self.row < rows
            && self.column < columns
            && texts.all(|text| text.chars().count() <= LONGEST_CAPTION)
    }

    /// Whether both are cells of one grid.
    pub fn is_beside(&self, other: &Self) -> bool {
        (self.grid, &self.rows, &self.columns) == (other.grid, &other.rows, &other.columns)
    }
}

/// Draws the grid that a cell is of, from clips by row and column. A clip that is missing leaves its place empty, a smaller one
/// stands in the middle of its place, and one that is shorter stays at its last frame.
///
/// # Errors
/// [`GridError`]
pub fn compose(cell: &GridCell, clips: &BTreeMap<(usize, usize), Arc<Frames>>) -> Result<Frames, GridError> {
    let (rows, columns) = cell.sides();
    let largest = |of: fn(&Frames) -> usize| clips.values().map(|clip| of(clip)).max().unwrap_or(0);
    let (wide, high, count) = (largest(Frames::width), largest(Frames::height), largest(Frames::count));
    if count == 0 {
        return Err(GridError::Empty);
    }
    let scale = if wide.min(high) >= 192 { 2 } else { 1 };
    let line = (letters::HEIGHT + 2) * scale;
    let longest = cell.rows.iter().map(|text| text_width(text, scale)).max();
    let left = longest.map_or(0, |longest| longest.min(wide) + GAP);
    let top = if cell.columns.is_empty() { 0 } else { line + GAP };
    // Encoders want even sides.
    let even = |side: usize| side + side % 2;
    let width = even(left + columns * (wide + GAP) + GAP);
    let height = even(top + rows * (high + GAP) + GAP);
    let bytes = [width, height, 3, count].into_iter().try_fold(1_usize, usize::checked_mul);
    if bytes.is_none_or(|bytes| bytes > MOST_BYTES) {
        return Err(GridError::TooLarge { width, height, frames: count });
    }
    let mut page = Page { width, pixels: vec![PAPER; width * height * 3] };
    for (column, text) in cell.columns.iter().enumerate() {
        let x = left + GAP + column * (wide + GAP);
        let text = fitting(text, scale, wide);
        page.write(&text, x + (wide - text_width(&text, scale)) / 2, GAP, scale);
    }
    for (row, text) in cell.rows.iter().enumerate() {
        let y = top + GAP + row * (high + GAP);
        page.write(&fitting(text, scale, left - GAP), GAP, y + high.saturating_sub(line) / 2, scale);
    }
    let mut pixels = Vec::with_capacity(page.pixels.len() * count);
    for frame in 0..count {
        for (&(row, column), clip) in clips.iter().filter(|((row, column), _)| *row < rows && *column < columns) {
            let x = left + GAP + column * (wide + GAP) + (wide - clip.width()) / 2;
            let y = top + GAP + row * (high + GAP) + (high - clip.height()) / 2;
            if let Some(last) = clip.count().checked_sub(1) {
                page.put(clip.frame(frame.min(last)), clip.width(), x, y);
            }
        }
        pixels.extend_from_slice(&page.pixels);
    }
    Ok(Frames::new(width, height, pixels))
}

fn text_width(text: &str, scale: usize) -> usize {
    text.chars().count() * (letters::WIDTH + 1) * scale
}

/// A text, or as much of its beginning as fits.
fn fitting(text: &str, scale: usize, width: usize) -> String {
    if text_width(text, scale) <= width {
        return text.to_owned();
    }
    let most = width / ((letters::WIDTH + 1) * scale);
    let mut cut: String = text.chars().take(most.saturating_sub(2)).collect();
    cut.extend("..".chars().take(most));
    cut
}

struct Page {
    width: usize,
    pixels: Vec<u8>,
}

impl Page {
    fn put(&mut self, frame: &[u8], width: usize, x: usize, y: usize) {
        for (line, source) in frame.chunks_exact(width * 3).enumerate() {
            let start = ((y + line) * self.width + x) * 3;
            self.pixels[start..start + source.len()].copy_from_slice(source);
        }
    }

    fn write(&mut self, text: &str, x: usize, y: usize, scale: usize) {
        for (place, letter) in text.chars().enumerate() {
            for (column, dots) in letters::columns(letter).into_iter().enumerate() {
                for row in (0..letters::HEIGHT).filter(|row| dots >> row & 1 == 1) {
                    let x = x + (place * (letters::WIDTH + 1) + column) * scale;
                    self.dot(x, y + row * scale, scale);
                }
            }
        }
    }

    fn dot(&mut self, x: usize, y: usize, scale: usize) {
        for line in y..y + scale {
            let end = ((x + scale).min(self.width) + line * self.width) * 3;
            let start = (x.min(self.width) + line * self.width) * 3;
            if let Some(dot) = self.pixels.get_mut(start..end) {
                dot.fill(INK);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(width: usize, height: usize, frames: usize, value: u8) -> Arc<Frames> {
        Arc::new(Frames::new(width, height, vec![value; width * height * 3 * frames]))
    }

    fn cell(rows: &[&str], columns: &[&str]) -> GridCell {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        GridCell { rows: owned(rows), columns: owned(columns), ..GridCell::default() }
    }

    #[test]
    fn cells_stand_at_their_places_and_captions_beside_them() {
        let cell = cell(&["4", "8"], &["1.5", "7", "12"]);
        let mut clips = BTreeMap::new();
        for (place, value) in [((0, 0), 50), ((0, 1), 60), ((1, 2), 70)] {
            clips.insert(place, clip(64, 32, 2, value));
        }
        clips.insert((1, 0), clip(32, 16, 1, 80));
        let grid = compose(&cell, &clips).expect("it fits");
        assert_eq!((grid.count(), grid.width() % 2, grid.height() % 2), (2, 0, 0));
        let (left, top) = (6 + GAP, 10 + GAP);
        let at = |frame: usize, x: usize, y: usize| grid.frame(frame)[(y * grid.width() + x) * 3];
        let middle =
            |row: usize, column: usize| (left + GAP + column * (64 + GAP) + 32, top + GAP + row * (32 + GAP) + 16);
        let shown = |frame, row, column| {
            let (x, y) = middle(row, column);
            at(frame, x, y)
        };
        assert_eq!((shown(0, 0, 0), shown(0, 0, 1), shown(1, 1, 2)), (50, 60, 70));
        assert_eq!((shown(0, 0, 2), shown(1, 1, 1)), (PAPER, PAPER), "those are missing");
        assert_eq!((shown(0, 1, 0), shown(1, 1, 0)), (80, 80), "it stays at its last frame");
        let inked = |from: (usize, usize), to: (usize, usize)| {
            (from.1..to.1)
                .flat_map(|y| (from.0..to.0).map(move |x| (x, y)))
                .filter(|&(x, y)| at(0, x, y) == INK)
                .count()
        };
        assert_eq!(inked((GAP, top), (left, top + 32)), 14, "the dots of a 4");
        assert!(inked((left, 0), (left + 64, top)) > 20, "1.5");
        assert_eq!(inked((left + GAP, top + GAP), (grid.width(), grid.height())), 0, "nothing is written on clips");
    }

    #[test]
    fn long_captions_are_cut_and_odd_letters_drawn_as_boxes() {
        assert_eq!(fitting("a red ball", 1, 60), "a red ball");
        assert_eq!(fitting("a red balloon", 1, 60), "a red ba..");
        assert_eq!(fitting("abc", 1, 6), ".");
        assert_eq!(letters::columns('蜂'), letters::columns('\u{7f}'));
        let long = "x".repeat(LONGEST_CAPTION);
        let clips = BTreeMap::from([((0, 0), clip(16, 16, 1, 0))]);
        assert!(compose(&cell(&[&long], &[&long]), &clips).expect("it fits").width() < 64);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        assert_eq!(compose(&cell(&["a"], &[]), &BTreeMap::new()), Err(GridError::Empty));
        let large = BTreeMap::from([((0, 0), clip(512, 512, 40, 0))]);
        let sides: Vec<String> = (0..32).map(|side| side.to_string()).collect();
        let many = GridCell { rows: sides.clone(), columns: sides, ..GridCell::default() };
        assert!(matches!(compose(&many, &large), Err(GridError::TooLarge { frames: 40, .. })));
        for (row, column, sound) in [(0, 0, true), (31, 31, true), (32, 0, false), (0, usize::MAX, false)] {
            assert_eq!(GridCell { row, column, ..many.clone() }.is_sound(), sound);
        }
        assert!(!cell(&[&"x".repeat(LONGEST_CAPTION + 1)], &[]).is_sound());
        assert!(!cell(&["x"; MOST_SIDE + 1], &[]).is_sound());
    }
}
