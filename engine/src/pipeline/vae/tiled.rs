//! Decoding a frame in tiles, when the whole of it does not fit into memory.
//!
//! The first blocks and the attention run on the whole latent, which is small; the levels above them, where a frame is large,
//! run tile by tile. Two things would give tiles away. A convolution at the border of a tile sees zeros instead of its
//! neighbour: so each tile is decoded with a margin that is thrown away, and is blended with its neighbours inside of that. And
//! group norms would take mean and variance from the tile instead of the frame: so all tiles share statistics, which come from
//! a pass over every n-th pixel of the frame. Those are close to the frame's own, not equal, and the same for all tiles: what
//! remains is a faint change of contrast of the whole frame, without seams.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use burn::tensor::{Int, Tensor, TensorData};
use serde::Serialize;

use super::{Norms, RGB, VaeDecoder};
use crate::job::Cancelled;
use crate::nn::norm::{GroupNorm, GroupStatistics};
use crate::nn::observe::Observer;
use crate::nn::params::values_of;

/// Latent pixels around a tile that are decoded and thrown away.
const MARGIN: usize = 4;
/// Latent pixels at both sides of a border over which neighbours are blended.
const BLEND: usize = 2;
/// Smallest side of a tile without its margin.
const LEAST_SIDE: usize = 2 * (MARGIN + BLEND);

/// In how many tiles a frame is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tiles {
    /// Tiles above each other.
    pub rows: usize,
    /// Tiles beside each other.
    pub columns: usize,
}

impl Tiles {
    /// The whole frame at once.
    pub const WHOLE: Self = Self { rows: 1, columns: 1 };

    /// The next finer division of a latent of this height and width; `None` when tiles would be little more than margin.
    pub fn finer(self, [height, width]: [usize; 2]) -> Option<Self> {
        let Self { rows, columns } = self;
        let taller = Self { rows: rows + 1, columns };
        let wider = Self { rows, columns: columns + 1 };
        let fits = |tiles: &Self| (height / tiles.rows).min(width / tiles.columns) >= LEAST_SIDE;
        let [first, second] = if width / columns >= height / rows { [wider, taller] } else { [taller, wider] };
        [first, second].into_iter().find(fits)
    }

    /// Height and width of the largest tile of such a latent, margins included.
    pub fn largest(self, [height, width]: [usize; 2]) -> [usize; 2] {
        let largest = |size, count| spans(size, count).iter().map(|span| span.decoded.len()).max().unwrap_or(size);
        [largest(height, self.rows), largest(width, self.columns)]
    }

    /// Of how many pixels in each direction the pass for statistics takes one: it is no larger than a tile.
    pub fn stride(self) -> usize {
        (2..).find(|stride| stride * stride >= self.rows * self.columns).unwrap_or(2)
    }
}

/// A tile in one direction, in latent pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    /// What is decoded.
    decoded: Range<usize>,
    /// What of it is used.
    used: Range<usize>,
}

/// Where `count` tiles lie along a side of `size` latent pixels.
fn spans(size: usize, count: usize) -> Vec<Span> {
    let border = |index: usize| index * size / count;
    let span = |index: usize| {
        // At the sides of the frame there is no neighbour to blend with.
        let used = border(index).saturating_sub(BLEND)..(border(index + 1) + BLEND).min(size);
        Span { decoded: used.start.saturating_sub(MARGIN)..(used.end + MARGIN).min(size), used }
    };
    (0..count).map(span).collect()
}

/// Pixels over which two tiles are blended, for `unit` pixels a latent one.
fn overlap(unit: usize) -> usize {
    2 * BLEND * unit
}

/// How much of each pixel between `used.start` and `used.end` goes into a frame with this side: rising and falling where
/// neighbours overlap, so that the shares of a pixel add up to one.
fn shares(used: &Range<usize>, side: usize, overlap: usize) -> Vec<f32> {
    let ramp = |has_neighbour: bool, distance: usize| {
        if has_neighbour { ((distance as f32 + 0.5) / overlap as f32).min(1.0) } else { 1.0 }
    };
    let share = |at: usize| ramp(used.start > 0, at - used.start) * ramp(used.end < side, used.end - 1 - at);
    used.clone().map(share).collect()
}

/// Takes the statistics of all norms down, in the order in which they run.
#[derive(Default)]
struct Note(RefCell<Vec<GroupStatistics>>);

impl Norms for Note {
    fn apply(&self, norm: &GroupNorm, x: Tensor<4>) -> Tensor<4> {
        let statistics = norm.statistics(x.clone());
        let y = norm.with_statistics(x, &statistics);
        self.0.borrow_mut().push(statistics);
        y
    }
}

/// Norms with the statistics of another pass, in the same order.
struct Noted<'a> {
    statistics: &'a [GroupStatistics],
    next: Cell<usize>,
}

impl Norms for Noted<'_> {
    fn apply(&self, norm: &GroupNorm, x: Tensor<4>) -> Tensor<4> {
        let index = self.next.replace(self.next.get() + 1);
        norm.with_statistics(x, &self.statistics[index])
    }
}

impl VaeDecoder {
    /// [`VaeDecoder::decode`] of one frame in tiles.
    ///
    /// # Shapes
    /// `[1, height, width, z_channels]`, divided by the scale factor `-> [1, 8 * height, 8 * width, 3]`
    ///
    /// # Errors
    /// [`Cancelled`] when the observer ends the pass.
    pub(super) fn decode_in_tiles(
        &self,
        latent: Tensor<4>,
        tiles: Tiles,
        observer: &dyn Observer,
    ) -> Result<Tensor<4>, Cancelled> {
        let x = self.decoder.trunk(self.post_quant_conv.forward(latent), observer)?;
        let (device, [_, height, width, _]) = (x.device(), x.dims());
        let unit = self.upsampling();
        let note = Note::default();
        self.decoder.levels(every_nth(x.clone(), tiles.stride()), &note, observer)?;
        let statistics = note.0.into_inner();

        let (frame_height, frame_width) = (height * unit, width * unit);
        let mut frame = vec![0.0; frame_height * frame_width * RGB];
        for vertical in spans(height, tiles.rows) {
            for horizontal in spans(width, tiles.columns) {
                let [rows, columns] = [&vertical, &horizontal].map(|span| span.decoded.clone());
                let part = x.clone().narrow(1, rows.start, rows.len()).narrow(2, columns.start, columns.len());
                let norms = Noted { statistics: &statistics, next: Cell::new(0) };
                let decoded = values_of(self.decoder.levels(part, &norms, observer)?.into_data());
                let pixels = |range: &Range<usize>| range.start * unit..range.end * unit;
                let [used_rows, used_columns] = [&vertical, &horizontal].map(|span| pixels(&span.used));
                let row_shares = shares(&used_rows, frame_height, overlap(unit));
                let column_shares = shares(&used_columns, frame_width, overlap(unit));
                for (row, row_share) in used_rows.zip(row_shares) {
                    let from = ((row - rows.start * unit) * columns.len() * unit + used_columns.start
                        - columns.start * unit)
                        * RGB;
                    let to = (row * frame_width + used_columns.start) * RGB;
                    let length = used_columns.len() * RGB;
                    let pixels = frame[to..][..length].chunks_exact_mut(RGB).zip(decoded[from..].chunks_exact(RGB));
                    for ((to, from), column_share) in pixels.zip(&column_shares) {
                        to.iter_mut().zip(from).for_each(|(to, from)| *to += from * row_share * column_share);
                    }
                }
            }
        }
        Ok(Tensor::from_data(TensorData::new(frame, [1, frame_height, frame_width, RGB]), &device))
    }
}

/// Every `stride`-th pixel of an image in both directions.
fn every_nth(x: Tensor<4>, stride: usize) -> Tensor<4> {
    let (device, [_, height, width, _]) = (x.device(), x.dims());
    let places = |size: usize| {
        let places: Vec<i32> = (stride / 2..size).step_by(stride).map(|place| place as i32).collect();
        let count = places.len();
        Tensor::<1, Int>::from_data(TensorData::new(places, [count]), &device)
    };
    x.select(1, places(height)).select(2, places(width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelSource;
    use crate::nn::observe::Unobserved;
    use crate::nn::params::ParamLoader;
    use crate::pipeline::vae::VAE_PREFIX;
    use crate::weights::ModelFile;
    use burn::tensor::Device;

    /// Largest difference between neighbouring pixels of an error, in levels, along the borders of tiles.
    fn seam(error: &[f32], width: usize, borders: &[usize]) -> f32 {
        let rows = error.chunks_exact(width * RGB);
        let jump = |row: &[f32], at: usize| {
            (0..RGB).map(|colour| (row[at * RGB + colour] - row[(at - 1) * RGB + colour]).abs()).fold(0.0, f32::max)
        };
        rows.flat_map(|row| borders.iter().map(move |&border| jump(row, border))).fold(0.0, f32::max)
    }

    /// A latent that changes slowly from place to place, of the size of values that the decoder was trained on.
    fn smooth([height, width, channels]: [usize; 3], device: &Device) -> Tensor<4> {
        let value = |row: usize, column: usize, channel: usize| {
            let (y, x) = (row as f32 / height as f32, column as f32 / width as f32);
            (2.0 * x + y + channel as f32).sin() + 0.5 * (3.0 * y - x * channel as f32).cos()
        };
        let values = (0..height * width * channels)
            .map(|at| value(at / channels / width, at / channels % width, at % channels))
            .collect::<Vec<_>>();
        Tensor::from_data(TensorData::new(values, [1, height, width, channels]), device)
    }

    #[test]
    fn tiles_show_no_seams_and_differ_little_from_the_whole() {
        let device = Device::flex();
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let config = &file.description().config.vae;
        let loader = ParamLoader::new(&file, &device);
        let decoder = VaeDecoder::init(config, &loader.path(VAE_PREFIX)).expect("it fits its own description");
        let (height, width) = (24, 48);
        let latent = smooth([height, width, config.z_channels], &device);
        let whole = values_of(decoder.decode(latent.clone(), &Unobserved).expect("nothing cancels").into_data());
        for tiles in [Tiles { rows: 1, columns: 2 }, Tiles { rows: 2, columns: 3 }] {
            let tiled = decoder.decode_in_tiles(latent.clone(), tiles, &Unobserved).expect("nothing cancels");
            assert_eq!(tiled.dims(), [1, 8 * height, 8 * width, RGB]);
            let levels = |(tiled, whole): (&f32, &f32)| (tiled - whole) * 127.5;
            let error: Vec<f32> = values_of(tiled.into_data()).iter().zip(&whole).map(levels).collect();
            // Where one tile begins to be blended in, where they meet, and where the other ends.
            let borders: Vec<usize> = (1..tiles.columns)
                .flat_map(|index| {
                    [-2, 0, 2].map(|off: isize| (index * width / tiles.columns).saturating_add_signed(off) * 8)
                })
                .collect();
            let seam = seam(&error, 8 * width, &borders);
            let mean = error.iter().map(|error| error.abs()).sum::<f32>() / error.len() as f32;
            assert!(seam < 1.0, "{tiles:?}: a seam of {seam} levels, {mean} in the mean");
            assert!(mean < 4.0, "{tiles:?}: {mean} levels from the whole");
        }
    }

    #[test]
    fn tiles_cover_a_side_and_their_shares_add_up_to_one() {
        for (size, count) in [(64, 1), (64, 2), (40, 3), (97, 5)] {
            let (unit, mut sum) = (8, vec![0.0; size * 8]);
            for Span { decoded, used } in spans(size, count) {
                assert!(decoded.start <= used.start && used.end <= decoded.end && decoded.end <= size);
                let used = used.start * unit..used.end * unit;
                let shares = shares(&used, size * unit, overlap(unit));
                used.zip(shares).for_each(|(at, share)| sum[at] += share);
            }
            assert!(sum.iter().all(|sum: &f32| (sum - 1.0).abs() < 1e-6), "{count} tiles on {size}");
        }
    }

    #[test]
    fn tiles_get_smaller_until_margins_are_all_that_is_left() {
        let (latent, mut tiles, mut seen) = ([40, 64], Tiles::WHOLE, vec![[40, 64]]);
        while let Some(finer) = tiles.finer(latent) {
            let (before, after) = (tiles.largest(latent), finer.largest(latent));
            assert!(after[0] * after[1] < before[0] * before[1], "{finer:?}");
            assert!(40_usize.div_ceil(finer.stride()) * 64_usize.div_ceil(finer.stride()) <= after[0] * after[1]);
            seen.push(after);
            tiles = finer;
        }
        assert!(seen.len() > 4, "{seen:?}");
        assert_eq!(Tiles::WHOLE.finer([12, 16]), None);
    }
}
