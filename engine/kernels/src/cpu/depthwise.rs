//! Depthwise convolution of channels-last clips.
//!
//! A task is a row of one frame. Within it, a few neighbouring pixels of some channels stay in registers while all taps pass: each
//! tap is read once for all of these pixels, and each input value once for each tap. Rows get zeros at both ends first, so that
//! the innermost loops have no borders; taps above, below, before and after the clip are left out.

use super::parts::in_parts;
use super::simd::vectorised;

/// Channels of a tile: a register of the widest vector unit.
const LANES: usize = 16;
/// Pixels of a tile.
const PIXELS: usize = 6;

/// Sizes of a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// `[clips, frames, height, width, channels]`
    pub x: [usize; 5],
    /// Frames, height and width.
    pub kernel: [usize; 3],
}

impl Sizes {
    fn lanes(&self) -> usize {
        self.x[4].div_ceil(LANES) * LANES
    }

    /// Pixels of a row, rounded up to whole tiles.
    fn row_pixels(&self) -> usize {
        self.x[3].div_ceil(PIXELS) * PIXELS
    }

    /// Pixels of a row with the zeros at its ends.
    fn padded_pixels(&self) -> usize {
        self.row_pixels() + self.kernel[2] - 1
    }
}

/// One row of taps over one row of the clip, added to one row of the result; all rows in blocks of lanes.
type RowTaps<'a> = (&'a [f32], &'a [f32]);

vectorised! {
    /// `rows` are pairs of a padded row, `[pixels, LANES]`, and its taps, `[kernel width, LANES]`.
    fn convolve_block(rows: &[RowTaps<'_>], bias: &[f32; LANES], out: &mut [f32]) { fused => {
        for (tile, out) in out.chunks_exact_mut(PIXELS * LANES).enumerate() {
            let mut sums = [*bias; PIXELS];
            for (row, taps) in rows {
                let row = &row[tile * PIXELS * LANES..];
                for (place, tap) in taps.as_chunks::<LANES>().0.iter().enumerate() {
                    let pixels = &row[place * LANES..][..PIXELS * LANES];
                    for (sum, pixel) in sums.iter_mut().zip(pixels.as_chunks::<LANES>().0) {
                        for lane in 0..LANES {
                            sum[lane] = fused.mul_add(pixel[lane], tap[lane], sum[lane]);
                        }
                    }
                }
            }
            for (out, sum) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(&sums) {
                *out = *sum;
            }
        }
    } }
}

/// The input in blocks of lanes with zeros at the ends of rows: `[clips * frames * height, blocks, padded pixels, LANES]`.
fn padded(x: &[f32], sizes: Sizes) -> Vec<f32> {
    let [_, _, _, width, channels] = sizes.x;
    let (pixels, before) = (sizes.padded_pixels(), sizes.kernel[2] / 2);
    in_parts(x.len() / (width * channels) * pixels * sizes.lanes(), pixels * sizes.lanes(), |row, out| {
        let x = &x[row * width * channels..][..width * channels];
        for (block, out) in out.chunks_exact_mut(pixels * LANES).enumerate() {
            let first = block * LANES;
            let length = LANES.min(channels - first);
            for (pixel, out) in x.chunks_exact(channels).zip(out[before * LANES..].chunks_exact_mut(LANES)) {
                out[..length].copy_from_slice(&pixel[first..first + length]);
            }
        }
    })
}

/// `[channels, taps] -> [blocks, taps, LANES]`
fn turned(weight: &[f32], sizes: Sizes) -> Vec<f32> {
    let taps = sizes.kernel.iter().product();
    let mut turned = vec![0.0; taps * sizes.lanes()];
    for (channel, weight) in weight.chunks_exact(taps).enumerate() {
        let (block, lane) = (channel / LANES, channel % LANES);
        for (tap, value) in weight.iter().enumerate() {
            turned[(block * taps + tap) * LANES + lane] = *value;
        }
    }
    turned
}

/// The output, shaped as `x`; `weight` is `[channels, taps]`.
pub fn forward(x: &[f32], weight: &[f32], bias: &[f32], sizes: Sizes) -> Vec<f32> {
    let [_, frames, height, width, channels] = sizes.x;
    let [depth, rows, columns] = sizes.kernel;
    let (taps, pixels) = (depth * rows * columns, sizes.padded_pixels());
    let (x, weight) = (padded(x, sizes), turned(weight, sizes));
    let count = sizes.x.iter().product();
    in_parts(count, width * channels, |index, out| {
        let (frame, y) = (index / height % frames, index % height);
        let clip = index / (height * frames);
        let mut block_out = vec![0.0; sizes.row_pixels() * LANES];
        let mut pairs: Vec<RowTaps<'_>> = Vec::with_capacity(depth * rows);
        for block in 0..sizes.lanes() / LANES {
            pairs.clear();
            for (time, row) in (0..depth).flat_map(|time| (0..rows).map(move |row| (time, row))) {
                // Where a tap of the middle is at the pixel itself.
                let (Some(from), Some(above)) =
                    ((frame + time).checked_sub(depth / 2), (y + row).checked_sub(rows / 2))
                else {
                    continue;
                };
                if from >= frames || above >= height {
                    continue;
                }
                let place = ((clip * frames + from) * height + above) * sizes.lanes() + block * LANES;
                let tap = (block * taps + (time * rows + row) * columns) * LANES;
                pairs.push((&x[place * pixels..][..pixels * LANES], &weight[tap..][..columns * LANES]));
            }
            let first = block * LANES;
            let length = LANES.min(channels - first);
            let mut block_bias = [0.0; LANES];
            block_bias[..length].copy_from_slice(&bias[first..first + length]);
            convolve_block(&pairs, &block_bias, &mut block_out);
            for (out, pixel) in out.chunks_exact_mut(channels).zip(block_out.chunks_exact(LANES)) {
                out[first..first + length].copy_from_slice(&pixel[..length]);
            }
        }
    })
}
