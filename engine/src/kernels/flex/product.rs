//! Products of rows of activations with a weight matrix, `y = x W^T + b`: every linear layer and every convolution.
//!
//! A tile of six rows and a few vectors of columns stays in registers over a run of the inner dimension. Weights are
//! packed once for each call, widened from f16 on the way, so that a tile reads them in order; rows are read where they
//! lie, also those of a convolution, whose patches are stretches of its image. Register blocking after Goto and van de Geijn
//! (2008), with the loop over columns innermost: six rows of one run fit the first-level cache, and packed weights stream.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use pulp::{Arch, Simd, WithSimd, bytemuck};
use rayon::prelude::*;

/// Rows of a tile: with two or four vectors of columns they fill 16 or 32 registers.
const TILE_ROWS: usize = 6;
/// Values of a row that are multiplied before the sums go back to memory.
const DEPTH: usize = 512;
/// Rows of a task, about.
const BLOCK_ROWS: usize = 96;
/// Packed weights at a time, about: they should stay in the last cache while all rows pass.
const PACKED_VALUES: usize = 1 << 21;

/// A weight `[columns, length, stretches]`, row-major, in the number format in which it is kept.
#[derive(Clone, Copy, Debug)]
pub enum Weight<'a> {
    F32(&'a [f32]),
    F16(&'a [f16]),
}

impl Weight<'_> {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F16(values) => values.len(),
        }
    }

    /// Copies values from `first` on.
    fn widen(&self, first: usize, to: &mut [f32]) {
        match self {
            Self::F32(values) => to.copy_from_slice(&values[first..][..to.len()]),
            Self::F16(values) => values[first..][..to.len()].convert_to_f32_slice(to),
        }
    }
}

/// Rows that are multiplied: each is made of as many stretches of one length as lie together in memory.
pub trait Rows: Sync {
    /// What is known of a row before its stretches are asked for.
    type Place: Copy;

    fn stretches(&self) -> usize;

    fn length(&self) -> usize;

    fn place(&self, row: usize) -> Self::Place;

    /// The values of a stretch, `length` of them.
    fn stretch(&self, place: Self::Place, stretch: usize) -> &[f32];
}

/// The rows of a row-major matrix.
pub struct Matrix<'a> {
    pub values: &'a [f32],
    pub length: usize,
}

impl Rows for Matrix<'_> {
    type Place = usize;

    fn stretches(&self) -> usize {
        1
    }

    fn length(&self) -> usize {
        self.length
    }

    fn place(&self, row: usize) -> usize {
        row * self.length
    }

    fn stretch(&self, place: usize, _: usize) -> &[f32] {
        &self.values[place..place + self.length]
    }
}

/// A part of one stretch.
struct Piece {
    stretch: usize,
    range: Range<usize>,
}

/// A run of the inner dimension whose sums stay in registers.
struct Run {
    first: usize,
    pieces: Vec<Piece>,
}

impl Run {
    fn depth(&self) -> usize {
        self.pieces.iter().map(|piece| piece.range.len()).sum()
    }
}

/// The inner dimension, `stretches * length` values, in runs of about one size.
fn runs(stretches: usize, length: usize) -> Vec<Run> {
    let inner = stretches * length;
    let depth = inner.div_ceil(inner.div_ceil(DEPTH));
    let run = |first: usize| {
        let end = (first + depth).min(inner);
        let mut pieces = Vec::new();
        let mut at = first;
        while at < end {
            let from = at % length;
            let to = length.min(from + end - at);
            pieces.push(Piece { stretch: at / length, range: from..to });
            at += to - from;
        }
        Run { first, pieces }
    };
    (0..inner).step_by(depth).map(run).collect()
}

/// Buffers for packed weights, kept because fresh memory costs as much as packing.
static BUFFERS: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// `y = x W^T + bias`, `[rows, columns]` with the rows of `x`.
///
/// # Panics
/// When the sizes do not fit each other: a bug of the caller.
pub fn product<R: Rows>(rows: &R, weight: Weight<'_>, bias: Option<&[f32]>, columns: usize, y: &mut [f32]) {
    let inner = rows.stretches() * rows.length();
    assert_eq!(weight.len(), columns * inner, "size of the weight");
    assert!(bias.is_none_or(|bias| bias.len() == columns), "size of the bias");
    if y.is_empty() {
        return;
    }
    assert!(inner > 0 && y.len().is_multiple_of(columns), "size of the output");
    let arch = Arch::new();
    let lanes = arch.dispatch(TileColumns);
    let count = y.len() / columns;
    let runs = runs(rows.stretches(), rows.length());
    // Every thread gets as much work as every other.
    let blocks = count.div_ceil(BLOCK_ROWS).next_multiple_of(rayon::current_num_threads());
    let block = count.div_ceil(blocks).next_multiple_of(TILE_ROWS);
    let strip = (PACKED_VALUES / inner).max(1).next_multiple_of(lanes).min(columns.next_multiple_of(lanes));
    let mut buffer = BUFFERS.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
    for first in (0..columns).step_by(strip) {
        let range = first..(first + strip).min(columns);
        let length = range.len().next_multiple_of(lanes) * inner;
        if buffer.len() < length {
            buffer.resize(length, 0.0);
        }
        let packed = &mut buffer[..length];
        pack(weight, [inner, rows.stretches(), lanes], range.clone(), packed);
        let packed = &*packed;
        y.par_chunks_mut(block * columns).enumerate().for_each(|(index, y)| {
            let first_row = index * block;
            arch.dispatch(Block {
                rows,
                first_row,
                runs: &runs,
                inner,
                packed,
                bias,
                range: range.clone(),
                columns,
                y,
            });
        });
    }
    BUFFERS.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
}

/// Columns `range` of a weight as `[panels, stretches, length, lanes]`; columns beyond the last are zeros.
fn pack(weight: Weight<'_>, [inner, stretches, lanes]: [usize; 3], range: Range<usize>, packed: &mut [f32]) {
    /// Values of one column at a time: those of all columns of a panel stay in the first-level cache.
    const SHARE: usize = 256;
    let length = inner / stretches;
    packed.par_chunks_mut(inner * lanes).enumerate().for_each(|(panel, packed)| {
        let mut share = [0.0; SHARE];
        let first = range.start + panel * lanes;
        let filled = lanes.min(range.end - first);
        if filled < lanes {
            packed.fill(0.0);
        }
        for start in (0..inner).step_by(SHARE) {
            let share = &mut share[..SHARE.min(inner - start)];
            for lane in 0..filled {
                weight.widen((first + lane) * inner + start, share);
                scatter(share, start, stretches, length, lanes, &mut packed[lane..]);
            }
        }
    });
}

/// Puts values of one column, from place `start` of `[length, stretches]` on, into every `lanes`-th place of
/// `[stretches, length]`.
fn scatter(values: &[f32], start: usize, stretches: usize, length: usize, lanes: usize, packed: &mut [f32]) {
    if stretches == 1 {
        packed[start * lanes..].iter_mut().step_by(lanes).zip(values).for_each(|(place, value)| *place = *value);
        return;
    }
    let (mut channel, mut stretch) = (start / stretches, start % stretches);
    for value in values {
        packed[(stretch * length + channel) * lanes] = *value;
        stretch += 1;
        if stretch == stretches {
            (channel, stretch) = (channel + 1, 0);
        }
    }
}

/// Columns of a tile.
struct TileColumns;

impl WithSimd for TileColumns {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES * if S::REGISTER_COUNT >= 32 { 4 } else { 2 }
    }
}

/// Some rows of `y`, and some of their columns.
struct Block<'a, R> {
    rows: &'a R,
    first_row: usize,
    runs: &'a [Run],
    inner: usize,
    packed: &'a [f32],
    bias: Option<&'a [f32]>,
    range: Range<usize>,
    columns: usize,
    y: &'a mut [f32],
}

impl<R: Rows> WithSimd for Block<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 { self.run::<S, 4>(simd) } else { self.run::<S, 2>(simd) }
    }
}

impl<R: Rows> Block<'_, R> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize>(self, simd: S) {
        let lanes = S::F32_LANES * VECTORS;
        let mut pieces = Vec::new();
        for run in self.runs {
            let depth = run.depth();
            for (group, y) in self.y.chunks_mut(TILE_ROWS * self.columns).enumerate() {
                let valid = y.len() / self.columns;
                // Rows beyond the last repeat it; what they give is not stored.
                let places: [_; TILE_ROWS] = std::array::from_fn(|index| {
                    self.rows.place(self.first_row + group * TILE_ROWS + index.min(valid - 1))
                });
                pieces.clear();
                pieces.extend(run.pieces.iter().map(|Piece { stretch, range }| {
                    places.map(|place| &self.rows.stretch(place, *stretch)[range.clone()])
                }));
                for (index, panel) in self.packed.chunks_exact(self.inner * lanes).enumerate() {
                    let panel = &panel[run.first * lanes..][..depth * lanes];
                    let sums = tile::<S, VECTORS>(simd, &pieces, panel);
                    let first = self.range.start + index * lanes;
                    let columns = first..(first + lanes).min(self.range.end);
                    let start = match self.bias {
                        _ if run.first > 0 => Start::There,
                        Some(bias) => Start::Bias(&bias[columns.clone()]),
                        None => Start::Zero,
                    };
                    for (row, sums) in sums.iter().enumerate().take(valid) {
                        store(simd, sums, start, &mut y[row * self.columns..][columns.clone()]);
                    }
                }
            }
        }
    }
}

/// What sums are added to.
#[derive(Clone, Copy)]
enum Start<'a> {
    Zero,
    Bias(&'a [f32]),
    There,
}

#[inline(always)]
fn store<S: Simd, const VECTORS: usize>(simd: S, sums: &[S::f32s; VECTORS], start: Start<'_>, y: &mut [f32]) {
    if y.len() == VECTORS * S::F32_LANES {
        let y = &mut S::as_mut_simd_f32s(y).0[..VECTORS];
        match start {
            Start::Zero => y.copy_from_slice(sums),
            Start::Bias(bias) => {
                let bias = &S::as_simd_f32s(bias).0[..VECTORS];
                for vector in 0..VECTORS {
                    y[vector] = simd.add_f32s(bias[vector], sums[vector]);
                }
            }
            Start::There => {
                for vector in 0..VECTORS {
                    y[vector] = simd.add_f32s(y[vector], sums[vector]);
                }
            }
        }
        return;
    }
    let sums = *sums;
    let sums: &[f32] = bytemuck::cast_slice(&sums);
    for (index, (y, sum)) in y.iter_mut().zip(sums).enumerate() {
        *y = match start {
            Start::Zero => *sum,
            Start::Bias(bias) => bias[index] + sum,
            Start::There => *y + sum,
        };
    }
}

/// Sums of a tile over one run: six rows in `pieces`, and a panel `[depth, lanes]` of weights.
///
/// The innermost loop goes over indices: behind adapters of iterators the compiler leaves the sums in memory in some
/// profiles, at a tenth of the speed.
#[inline(always)]
fn tile<S: Simd, const VECTORS: usize>(
    simd: S,
    pieces: &[[&[f32]; TILE_ROWS]],
    panel: &[f32],
) -> [[S::f32s; VECTORS]; TILE_ROWS] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; TILE_ROWS];
    let mut panel = S::as_simd_f32s(panel).0.as_chunks::<VECTORS>().0;
    for [a, b, c, d, e, f] in pieces {
        let (weights, rest) = panel.split_at(a.len());
        panel = rest;
        for ((((((weights, a), b), c), d), e), f) in weights.iter().zip(*a).zip(*b).zip(*c).zip(*d).zip(*e).zip(*f) {
            for (sums, value) in sums.iter_mut().zip([a, b, c, d, e, f]) {
                let value = simd.splat_f32s(*value);
                for vector in 0..VECTORS {
                    sums[vector] = simd.mul_add_f32s(value, weights[vector], sums[vector]);
                }
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    /// The sizes cross every border: of a tile, of a run, of a strip, and of a block of rows.
    #[test]
    fn odd_sizes_agree_with_sums_in_f64() {
        for [count, inner, columns] in [[1, 1, 1], [7, 5, 3], [205, 513, 33], [13, 70_001, 70], [1, 1030, 17]] {
            let (x, weight, bias) = (numbers(count * inner, 1), numbers(columns * inner, 2), numbers(columns, 3));
            let weight: Vec<f16> = weight.into_iter().map(f16::from_f32).collect();
            let wide: Vec<f32> = weight.iter().map(|value| value.to_f32()).collect();
            let rows = Matrix { values: &x, length: inner };
            let (mut halves, mut floats) = (vec![f32::NAN; count * columns], vec![f32::NAN; count * columns]);
            product(&rows, Weight::F16(&weight), Some(&bias), columns, &mut halves);
            product(&rows, Weight::F32(&wide), Some(&bias), columns, &mut floats);
            assert_eq!(halves, floats, "both are widened to the same numbers");
            for (index, value) in floats.iter().enumerate() {
                let (row, column) = (index / columns, index % columns);
                let terms = (0..inner).map(|k| f64::from(x[row * inner + k]) * f64::from(wide[column * inner + k]));
                let (sum, size) =
                    terms.fold((f64::from(bias[column]), 1.0), |(sum, size), term| (sum + term, size + term.abs()));
                let error = (f64::from(*value) - sum).abs();
                assert!(error < 1e-6 * size, "{count}x{inner}x{columns} at {index}: {value} instead of {sum}");
            }
        }
    }

    #[test]
    fn without_a_bias_sums_start_at_zero() {
        let mut y = [f32::NAN; 2];
        product(&Matrix { values: &[1.0, 2.0], length: 1 }, Weight::F32(&[3.0]), None, 1, &mut y);
        assert_eq!(y, [3.0, 6.0]);
    }
}
