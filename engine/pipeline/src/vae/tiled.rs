//! Decoding a frame in tiles, when the whole of it does not fit into memory.
//!
//! The levels below the top run on the whole frame: their tensors are small. The top, where a frame has its own resolution, runs
//! tile by tile and gives the same frame but for roundings, so that there are no seams. Two things would tell tiles from the
//! whole. A convolution at the border of a tile sees zeros instead of its neighbour: so each tile is decoded with a margin as
//! wide as all its convolutions reach together, which is thrown away. And a group norm would take mean and variance from the
//! tile instead of the frame: so these are gathered first, norm after norm, by passes over all tiles that end at the norm in
//! question. With seven norms that makes the top four to five times as much work, and decoding about two to three times.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use burn::tensor::{Tensor, TensorData};
use serde::Serialize;

use super::{Norms, RGB, ResnetBlock, VaeDecoder, depth_to_space};
use hummingbird_base::Cancelled;
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::norm::{GroupMoments, GroupNorm, GroupStatistics};
use hummingbird_nn::params::values_of;

/// Smallest side of a tile in latent pixels: below it tiles are mostly margin.
const LEAST_SIDE: usize = 4;

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

    /// Height and width of the largest tile, margins included, of what goes into the top.
    #[cfg(test)]
    fn largest(self, [height, width]: [usize; 2], margin: usize) -> [usize; 2] {
        let largest = |size, count| spans(size, count, margin).iter().map(|span| span.decoded.len()).max();
        [largest(height, self.rows).unwrap_or(height), largest(width, self.columns).unwrap_or(width)]
    }
}

/// Pixels, of what goes into the top, as far as its convolutions reach: two in each of `blocks`, the one behind the upsampling
/// by `scale` before them, and the last.
pub(super) fn margin(blocks: usize, scale: usize) -> usize {
    (2 * blocks + 2).div_ceil(scale)
}

/// A tile in one direction, in pixels of what goes into the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// What is decoded.
    pub decoded: Range<usize>,
    /// What of it is used.
    pub used: Range<usize>,
}

impl Span {
    /// The used part inside of what is decoded of it, in pixels of the frame.
    fn inside(&self, scale: usize) -> Range<usize> {
        (self.used.start - self.decoded.start) * scale..(self.used.end - self.decoded.start) * scale
    }
}

/// Where `count` tiles lie along a side of `size` pixels.
pub(super) fn spans(size: usize, count: usize, margin: usize) -> Vec<Span> {
    let border = |index: usize| index * size / count;
    let span = |index: usize| {
        let used = border(index)..border(index + 1);
        Span { decoded: used.start.saturating_sub(margin)..(used.end + margin).min(size), used }
    };
    (0..count).map(span).collect()
}

/// Norms with the statistics of the frame as far as they are known; the first beyond ends the pass and takes its own part down.
struct Gather<'a> {
    known: &'a [GroupStatistics],
    next: Cell<usize>,
    /// Rows and columns that the tile is responsible for.
    inside: [Range<usize>; 2],
    found: RefCell<Option<GroupMoments>>,
}

impl Norms for Gather<'_> {
    fn apply(&self, norm: &GroupNorm, x: Tensor<4>) -> Option<Tensor<4>> {
        let index = self.next.replace(self.next.get() + 1);
        if let Some(statistics) = self.known.get(index) {
            return Some(norm.with_statistics(x, statistics));
        }
        let [rows, columns] = &self.inside;
        let inside = x.narrow(1, rows.start, rows.len()).narrow(2, columns.start, columns.len());
        self.found.replace(Some(norm.moments(inside)));
        None
    }

    fn block(&self, block: &ResnetBlock, x: Tensor<4>, _: &dyn ForwardHook) -> Option<Tensor<4>> {
        block.forward_with(x, self)
    }
}

impl VaeDecoder {
    /// [`VaeDecoder::decode`] of one frame in tiles.
    ///
    /// # Shapes
    /// `[1, height, width, z_channels]`, divided by the scale factor `-> [1, 8 * height, 8 * width, 3]`
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub(super) fn decode_in_tiles(
        &self,
        latent: Tensor<4>,
        tiles: Tiles,
        hook: &dyn ForwardHook,
    ) -> Result<Tensor<4>, Cancelled> {
        let x = self.decoder.below_top(self.post_quant_conv.forward(latent), hook)?;
        let (device, [_, height, width, _]) = (x.device(), x.dims());
        // What leads to the top doubles, and what it gives are squares of pixels.
        let doubling = if self.decoder.levels.len() > 1 { 2 } else { 1 };
        let scale = doubling * self.patch;
        let blocks = self.decoder.level(0).blocks.len();
        let margin = margin(blocks, doubling);
        let columns = spans(width, tiles.columns, margin);
        let places: Vec<[Span; 2]> = spans(height, tiles.rows, margin)
            .into_iter()
            .flat_map(|rows| columns.iter().map(move |columns| [rows.clone(), columns.clone()]))
            .collect();
        let pass = |place: &[Span; 2], known: &[GroupStatistics]| {
            let [rows, columns] = place.each_ref().map(|span| span.decoded.clone());
            let part = x.clone().narrow(1, rows.start, rows.len()).narrow(2, columns.start, columns.len());
            let inside = place.each_ref().map(|span| span.inside(doubling));
            let gather = Gather { known, next: Cell::new(0), inside, found: RefCell::default() };
            let decoded = self.decoder.top(part, &gather, hook)?;
            let decoded = decoded.map(|decoded| depth_to_space(decoded, self.patch));
            Ok((decoded, gather.found.into_inner()))
        };

        let mut known = Vec::new();
        for _ in 0..2 * blocks + 1 {
            let mut parts = Vec::new();
            for place in &places {
                let (_, found) = pass(place, &known)?;
                parts.push(found.expect("the pass ended at the norm whose statistics are not known"));
            }
            known.push(GroupMoments::together(&parts, &device));
        }

        let (frame_height, frame_width) = (height * scale, width * scale);
        let mut frame = vec![0.0; frame_height * frame_width * RGB];
        for place in &places {
            let (decoded, _) = pass(place, &known)?;
            let decoded = values_of(decoded.expect("all statistics are known").into_data());
            let [rows, columns] = place;
            let (line, inside) = (columns.decoded.len() * scale * RGB, columns.inside(scale));
            let length = inside.len() * RGB;
            for (from, to) in rows.inside(scale).zip(rows.used.start * scale..) {
                let from = from * line + inside.start * RGB;
                let to = (to * frame_width + columns.used.start * scale) * RGB;
                frame[to..to + length].copy_from_slice(&decoded[from..from + length]);
            }
        }
        Ok(Tensor::from_data(TensorData::new(frame, [1, frame_height, frame_width, RGB]), &device))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;
    use crate::vae::{VAE_PREFIX, Vae};
    use hummingbird_model::ModelFile;
    use hummingbird_model::ModelSource;
    use hummingbird_nn::config::VaeConfig;
    use hummingbird_nn::hook::NoHook;
    use hummingbird_nn::params::{NoZeros, ParamLoader};

    #[test]
    fn a_frame_in_tiles_is_the_whole_frame() {
        let device = Device::flex();
        let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
        let config = &file.description().config.vae;
        let loader = ParamLoader::new(&file, &device);
        let decoder = VaeDecoder::init(config, &loader.path(VAE_PREFIX)).expect("it fits its own description");
        let (height, width) = (8, 13);
        let shape = [1, height, width, config.z_channels];
        let latent = Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let whole = values_of(decoder.decode(latent.clone(), &NoHook).expect("nothing cancels").into_data());
        for tiles in [Tiles { rows: 1, columns: 2 }, Tiles { rows: 2, columns: 3 }] {
            let tiled = decoder.decode_in_tiles(latent.clone(), tiles, &NoHook).expect("nothing cancels");
            let unit = decoder.upsampling();
            assert_eq!(tiled.dims(), [1, unit * height, unit * width, RGB]);
            let tiled = values_of(tiled.into_data());
            let worst = tiled.iter().zip(&whole).map(|(tiled, whole)| (tiled - whole).abs()).fold(0.0, f32::max);
            // In levels of 255: noise in the latent leaves no border that could hide in smooth content.
            assert!(worst * 127.5 < 0.05, "{tiles:?}: {} levels from the whole", worst * 127.5);
        }
    }

    #[test]
    fn a_frame_of_pixel_squares_in_tiles_is_the_whole_frame() {
        let device = Device::flex();
        let config =
            VaeConfig { ch: 8, ch_mult: vec![1, 2], num_res_blocks: 1, z_channels: 3, norm_groups: 4, patch: 2 };
        let loader = ParamLoader::new(&NoZeros, &device);
        let vae = Vae::init(&config, &loader.path(VAE_PREFIX)).expect("the source has every name");
        let image = Tensor::<4>::random([1, 24, 40, RGB], Distribution::Uniform(-1.0, 1.0), &device);
        let latent = vae.encode(image, &NoHook).expect("nothing cancels").mean;
        assert_eq!(latent.dims(), [1, 6, 10, 3], "{} pixels a latent", config.downsampling());
        let decoder = vae.decoder();
        let whole = decoder.decode(latent.clone(), &NoHook).expect("nothing cancels");
        assert_eq!(whole.dims(), [1, 24, 40, RGB]);
        let whole = values_of(whole.into_data());
        for tiles in [Tiles { rows: 1, columns: 2 }, Tiles { rows: 2, columns: 3 }] {
            let tiled = decoder.decode_in_tiles(latent.clone(), tiles, &NoHook).expect("nothing cancels");
            assert_eq!(tiled.dims(), [1, 24, 40, RGB]);
            let tiled = values_of(tiled.into_data());
            let worst = tiled.iter().zip(&whole).map(|(tiled, whole)| (tiled - whole).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-4, "{tiles:?}: {worst} from the whole");
        }
    }

    #[test]
    fn tiles_cover_a_side_once() {
        for (size, count) in [(64, 1), (64, 2), (40, 3), (97, 5)] {
            let spans = spans(size, count, 4);
            let used: Vec<usize> = spans.iter().flat_map(|span| span.used.clone()).collect();
            assert_eq!(used, (0..size).collect::<Vec<_>>());
            for Span { decoded, used } in spans {
                assert!(decoded.start <= used.start && used.end <= decoded.end && decoded.end <= size);
                assert!(decoded.start == 0 || used.start - decoded.start == 4);
                assert!(decoded.end == size || decoded.end - used.end == 4);
            }
        }
    }

    #[test]
    fn tiles_get_smaller_until_margins_are_all_that_is_left() {
        let (latent, mut tiles, mut seen) = ([40, 64], Tiles::WHOLE, vec![[40, 64]]);
        while let Some(finer) = tiles.finer(latent) {
            let (before, after) = (tiles.largest(latent, 1), finer.largest(latent, 1));
            // The widest of ten tiles may be as wide, margins included, as the widest of nine.
            assert!(after[0] * after[1] <= before[0] * before[1], "{finer:?}");
            seen.push(after);
            tiles = finer;
        }
        assert!(seen.len() > 4 && seen[1..5].is_sorted_by(|a, b| a[0] * a[1] > b[0] * b[1]), "{seen:?}");
        assert_eq!(Tiles::WHOLE.finer([7, 7]), None);
    }
}
