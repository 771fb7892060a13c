//! What the two networks see of a clip: fragments at the original resolution, and whole frames as small squares.
//!
//! Frames come one after the other and are let go at once: only what the views take of them is kept.

use hummingbird_base::message::{self, Message};
use thiserror::Error;

use super::config::ViewConfig;
use super::resize::{Enlarging, RGB, Resizing};
use super::sampling::FrameIndices;

/// Largest side of a frame, in pixels.
const MOST_SIDE: usize = 1 << 16;

/// Both views of a clip, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Views {
    /// Fragments, `[frames, side, side, 3]`, all runs behind each other.
    pub technical: View,
    /// Small frames, `[frames, side, side, 3]`.
    pub aesthetic: View,
}

/// Square frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Frames.
    pub frames: usize,
    /// Height and width.
    pub side: usize,
    /// `[frames, side, side, 3]`
    pub pixels: Vec<u8>,
}

/// Neighbouring frames of a view.
#[derive(Clone, Copy, Debug)]
pub struct ViewFrames<'a> {
    /// Height and width.
    pub side: usize,
    /// `[frames, side, side, 3]`
    pub pixels: &'a [u8],
}

impl View {
    /// Its frames in parts of so many; what is left over is in none.
    pub fn parts(&self, frames: usize) -> impl Iterator<Item = ViewFrames<'_>> {
        let parts = self.pixels.chunks_exact((frames * self.side * self.side * RGB).max(1));
        parts.map(|pixels| ViewFrames { side: self.side, pixels })
    }
}

/// Why a clip has no views.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("clip-views")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum ClipUnfit {
    #[error(
        "a clip of {frames} frames of {width}x{height} pixels cannot be scored: it needs a frame, and sides of 1 to {most} pixels"
    )]
    Size { frames: usize, width: usize, height: usize, most: usize },
    #[error("the clip ends after {found} frames: {expected} were announced")]
    Ended { found: usize, expected: usize },
    #[error("frame {frame} has {found} bytes: {expected} were expected")]
    Frame { frame: usize, found: usize, expected: usize },
    #[error("{found} offsets of fragments are given: {expected} are needed")]
    Offsets { found: usize, expected: usize },
    #[error("the views take {found} frames: {expected} are needed")]
    Indices { found: usize, expected: usize },
    #[error(
        "a fragment of {side} pixels at row {row} and column {column} is not inside of a frame of {width}x{height}"
    )]
    Outside { side: usize, row: usize, column: usize, width: usize, height: usize },
}

/// Where in its cell each fragment is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentOffsets {
    /// Rows below the top of the cell, `[fragments, fragments, groups]`: a group is `aligned` frames.
    pub rows: Vec<usize>,
    /// Columns right of the left of the cell, in the same order.
    pub columns: Vec<usize>,
}

/// Height, width and number of frames of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipShape {
    /// In pixels.
    pub height: usize,
    /// In pixels.
    pub width: usize,
    /// Frames.
    pub frames: usize,
}

/// Views of a clip that is on its way.
#[derive(Debug)]
pub struct ViewMaker {
    config: ViewConfig,
    shape: ClipShape,
    /// Places in the views, sorted by the frame that they take; the next one is last.
    waiting: Vec<Wanted>,
    offsets: FragmentOffsets,
    groups: usize,
    resizing: Resizing,
    enlarging: Option<Enlarging>,
    views: Views,
    /// Frames that came.
    seen: usize,
}

/// A place in a view and the frame that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    frame: usize,
    is_aesthetic: bool,
    place: usize,
}

impl ViewMaker {
    /// The views of a clip, with the frames and the places of fragments in the middle of what the reference draws them from.
    ///
    /// # Errors
    /// A clip without frames or pixels.
    pub fn new(config: &ViewConfig, shape: ClipShape) -> Result<Self, ClipUnfit> {
        let indices = FrameIndices::of(config, shape.frames);
        Self::with(config, shape, &indices, None)
    }

    /// The same with given frames and places.
    ///
    /// # Errors
    /// A clip without frames or pixels; frames or places that are not those of the views.
    pub fn with(
        config: &ViewConfig,
        shape: ClipShape,
        indices: &FrameIndices,
        offsets: Option<FragmentOffsets>,
    ) -> Result<Self, ClipUnfit> {
        let ClipShape { height, width, frames } = shape;
        let sides = 1..=MOST_SIDE;
        if frames == 0 || !sides.contains(&height) || !sides.contains(&width) {
            return Err(ClipUnfit::Size { frames, width, height, most: MOST_SIDE });
        }
        let named = [(false, &indices.technical), (true, &indices.aesthetic)];
        let mut waiting = Vec::new();
        for (is_aesthetic, indices) in named {
            waiting.extend(indices.iter().enumerate().map(|(place, &frame)| Wanted { frame, is_aesthetic, place }));
        }
        if let Some(last) = waiting.iter().find(|wanted| wanted.frame >= frames) {
            return Err(ClipUnfit::Ended { found: frames, expected: last.frame + 1 });
        }
        waiting.sort_unstable_by(|a, b| b.cmp(a));
        let taken = indices.technical.len();
        if !taken.is_multiple_of(config.aligned) {
            return Err(ClipUnfit::Indices { found: taken, expected: config.technical_frames() });
        }
        let groups = taken / config.aligned;
        let offsets = match offsets {
            Some(offsets) => checked(offsets, config, shape, groups)?,
            None => middle(config, [height, width], groups),
        };
        let side = config.side();
        let ratio = (height as f64 / side as f64).min(width as f64 / side as f64);
        let view = |frames: usize, side: usize| View { frames, side, pixels: vec![0; frames * side * side * RGB] };
        Ok(Self {
            config: *config,
            shape,
            waiting,
            offsets,
            groups,
            resizing: Resizing::new([height, width], config.aes_size),
            enlarging: (ratio < 1.0).then(|| Enlarging::new([height, width], ratio)),
            views: Views { technical: view(taken, side), aesthetic: view(indices.aesthetic.len(), config.aes_size) },
            seen: 0,
        })
    }

    /// Whether no further frame is needed.
    pub fn is_complete(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes the next frame, `[height, width, 3]`.
    ///
    /// # Errors
    /// A frame of another size.
    pub fn push(&mut self, frame: &[u8]) -> Result<(), ClipUnfit> {
        let ClipShape { height, width, .. } = self.shape;
        let expected = height * width * RGB;
        if frame.len() != expected {
            return Err(ClipUnfit::Frame { frame: self.seen, found: frame.len(), expected });
        }
        let mut small = None;
        while let Some(&wanted) = self.waiting.last().filter(|wanted| wanted.frame == self.seen) {
            self.waiting.pop();
            if wanted.is_aesthetic {
                let small = small.get_or_insert_with(|| self.resizing.apply(frame));
                let length = small.len();
                self.views.aesthetic.pixels[wanted.place * length..][..length].copy_from_slice(small);
            } else {
                self.cut(frame, wanted.place);
            }
        }
        self.seen += 1;
        Ok(())
    }

    /// The views.
    ///
    /// # Errors
    /// When frames are missing.
    pub fn finish(self) -> Result<Views, ClipUnfit> {
        if !self.is_complete() {
            return Err(ClipUnfit::Ended { found: self.seen, expected: self.shape.frames });
        }
        Ok(self.views)
    }

    /// Puts the fragments of a frame together.
    fn cut(&mut self, frame: &[u8], place: usize) {
        let ViewConfig { fragments, fsize, aligned, .. } = self.config;
        let (side, width) = (self.config.side(), self.shape.width);
        let view = &mut self.views.technical.pixels[place * side * side * RGB..][..side * side * RGB];
        for cell in 0..fragments * fragments {
            let (cell_row, cell_column) = (cell / fragments, cell % fragments);
            let offset = cell * self.groups + place / aligned;
            let top = cell_start(cell_row, self.shape.height, &self.config) + self.offsets.rows[offset];
            let left = cell_start(cell_column, width, &self.config) + self.offsets.columns[offset];
            for row in 0..fsize {
                let out = &mut view[((cell_row * fsize + row) * side + cell_column * fsize) * RGB..][..fsize * RGB];
                match &self.enlarging {
                    None => out.copy_from_slice(&frame[((top + row) * width + left) * RGB..][..fsize * RGB]),
                    Some(enlarging) => {
                        for (column, out) in out.chunks_exact_mut(RGB).enumerate() {
                            out.copy_from_slice(&enlarging.pixel(frame, [top + row, left + column]));
                        }
                    }
                }
            }
        }
    }
}

/// Where a cell begins. In a frame that is smaller than a fragment all of them begin at its edge; the reference fails there.
fn cell_start(index: usize, length: usize, config: &ViewConfig) -> usize {
    (length / config.fragments * index).min(length.saturating_sub(config.fsize))
}

/// How many places there are for a fragment in its cell, beside the first.
fn room(length: usize, config: &ViewConfig) -> usize {
    (length / config.fragments).saturating_sub(config.fsize)
}

fn middle(config: &ViewConfig, [height, width]: [usize; 2], groups: usize) -> FragmentOffsets {
    let count = config.fragments * config.fragments * groups;
    let all = |length: usize| vec![room(length, config) / 2; count];
    FragmentOffsets { rows: all(height), columns: all(width) }
}

fn checked(
    offsets: FragmentOffsets,
    config: &ViewConfig,
    ClipShape { height, width, .. }: ClipShape,
    groups: usize,
) -> Result<FragmentOffsets, ClipUnfit> {
    let expected = config.fragments * config.fragments * groups;
    for given in [&offsets.rows, &offsets.columns] {
        if given.len() != expected {
            return Err(ClipUnfit::Offsets { found: given.len(), expected });
        }
    }
    // Frames that are smaller than the fragments are enlarged to at least their size.
    let side = config.fsize;
    let [most_height, most_width] = if height.min(width) < config.side() {
        [height, width].map(|length| length.max(side) + side)
    } else {
        [height, width]
    };
    for (index, (&row, &column)) in offsets.rows.iter().zip(&offsets.columns).enumerate() {
        let cell = index / groups.max(1);
        let row = row.saturating_add(cell_start(cell / config.fragments, height, config));
        let column = column.saturating_add(cell_start(cell % config.fragments, width, config));
        if row.saturating_add(side) > most_height || column.saturating_add(side) > most_width {
            return Err(ClipUnfit::Outside { side, row, column, width, height });
        }
    }
    Ok(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> ViewConfig {
        let views =
            ViewConfig { clip_len: 2, num_clips: 2, interval: 1, fragments: 2, fsize: 3, ..ViewConfig::default() };
        ViewConfig { aligned: 2, aes_size: 4, aes_frames: 2, ..views }
    }

    /// Frames whose red is the row, green the column and blue the frame.
    fn frame(shape: ClipShape, number: usize) -> Vec<u8> {
        let places = (0..shape.height).flat_map(|row| (0..shape.width).map(move |column| [row, column, number]));
        places.flat_map(|place| place.map(|value| value as u8)).collect()
    }

    #[test]
    fn fragments_are_cut_from_the_middle_of_their_cells() {
        let shape = ClipShape { height: 10, width: 16, frames: 9 };
        let mut maker = ViewMaker::new(&small(), shape).expect("it is a clip");
        let mut number = 0;
        while !maker.is_complete() {
            maker.push(&frame(shape, number)).expect("it has the size");
            number += 1;
        }
        let View { frames, side, pixels } = maker.finish().expect("it is complete").technical;
        assert_eq!((frames, side), (4, 6));
        let pixel = |frame: usize, row: usize, column: usize| &pixels[((frame * 6 + row) * 6 + column) * 3..][..3];
        // Parts of four frames, two to choose from: runs start at 1 and 5. Cells are 5 by 8: room for 2 and 5.
        assert_eq!(pixel(0, 0, 0), [1, 2, 1]);
        assert_eq!(pixel(1, 2, 2), [3, 4, 2]);
        assert_eq!(pixel(2, 3, 3), [6, 10, 5]);
        assert_eq!(pixel(3, 5, 0), [8, 2, 6]);
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let shape = ClipShape { height: 10, width: 16, frames: 9 };
        let empty = ClipShape { frames: 0, ..shape };
        assert!(matches!(ViewMaker::new(&small(), empty), Err(ClipUnfit::Size { .. })));
        let mut maker = ViewMaker::new(&small(), shape).expect("it is a clip");
        assert!(matches!(maker.push(&[0; 3]), Err(ClipUnfit::Frame { found: 3, .. })));
        maker.push(&frame(shape, 0)).expect("it has the size");
        assert_eq!(maker.finish(), Err(ClipUnfit::Ended { found: 1, expected: 9 }));
        let indices = FrameIndices { technical: vec![0, 9], aesthetic: Vec::new() };
        assert!(matches!(ViewMaker::with(&small(), shape, &indices, None), Err(ClipUnfit::Ended { .. })));
        let indices = FrameIndices { technical: vec![0, 1], aesthetic: Vec::new() };
        let offsets =
            |rows: usize, count: usize| Some(FragmentOffsets { rows: vec![rows; count], columns: vec![0; 4] });
        let with = |offsets| ViewMaker::with(&small(), shape, &indices, offsets).map(|_| ());
        assert_eq!(with(offsets(2, 4)), Ok(()));
        assert!(matches!(with(offsets(3, 4)), Err(ClipUnfit::Outside { row: 8, .. })));
        assert!(matches!(with(offsets(usize::MAX, 4)), Err(ClipUnfit::Outside { .. })));
        assert!(matches!(with(offsets(0, 5)), Err(ClipUnfit::Offsets { found: 5, expected: 4 })));
    }

    /// Sizes at which the reference fails: smaller than one fragment, and one pixel.
    #[test]
    fn tiny_frames_have_views_too() {
        for (height, width) in [(4, 4), (1, 1), (2, 300), (300, 2)] {
            let shape = ClipShape { height, width, frames: 1 };
            let mut maker = ViewMaker::new(&ViewConfig::default(), shape).expect("it is a clip");
            maker.push(&vec![90; height * width * RGB]).expect("it has the size");
            let views = maker.finish().expect("it is complete");
            assert!(views.technical.pixels.iter().all(|value| (89..=90).contains(value)));
            assert!(views.aesthetic.pixels.iter().all(|&value| value == 90));
        }
    }
}
