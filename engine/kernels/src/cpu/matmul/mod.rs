//! Matmuls of rows of activations with a weight, `y = x W^T`, and their epilogue: every linear layer and every convolution.
//!
//! A tile of six rows and a few vectors of columns stays in registers over a run of the inner dimension. Weights are
//! packed once for each call, widened from f16 on the way, so that a tile reads them in order; rows are read where they
//! lie, also those of a convolution, whose patches are stretches of its image. Register blocking after Goto and van de Geijn
//! (2008), with the loop over columns innermost: six rows of one run fit the first-level cache, and packed weights stream.
//! A few rows are not worth packing for: `dots` multiplies them with the weight as it lies. `gradient` is the matmul that
//! training needs beside this one. Factors may be rounded to bf16 (`bf16`), for which packed weights and rows are pairs of neighbours
//! in the inner dimension, or to 8 bits (`int8`), for which they are fours. Start with [`matmul`].

#[cfg(target_arch = "x86_64")]
mod bf16;
#[cfg(not(target_arch = "x86_64"))]
#[path = "no_bf16.rs"]
mod bf16;
mod dots;
mod gradient;
#[cfg(target_arch = "x86_64")]
mod int8;
#[cfg(not(target_arch = "x86_64"))]
#[path = "no_int8.rs"]
mod int8;
mod pack;
pub mod tile;

use std::ops::Range;

use half::f16;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

pub use bf16::has_bf16;
pub use gradient::weight_gradient;
pub use int8::has_int8;

use self::pack::{Packing, pack};
use self::tile::{Finish, Start, TILE_ROWS, TileVectors, TileWidth, most_vectors, tile};
use super::parts::in_parts;
use super::simd::vectorised;
use crate::epilogue::{Activation, Epilogue};
use crate::factors::Factors;
use hummingbird_shaders::matmul::BLOCK;

/// Values of a row that are multiplied before the sums go back to memory.
const DEPTH: usize = 512;
/// Rows of a task, about.
const BLOCK_ROWS: usize = 96;
/// Packed weights at a time, about: they should stay in the last cache while all rows pass.
const PACKED_VALUES: usize = 1 << 21;

/// A weight in the number format and order in which it is kept.
#[derive(Clone, Copy, Debug)]
pub enum Weight<'a> {
    /// `[columns, length, stretches]`, row-major.
    F32(&'a [f32]),
    /// The same, widened where it is used.
    F16(&'a [f16]),
    /// The same in 8 bits.
    Q8(Q8<'a>),
    /// `[length, columns, stretches]`, the stretches in reverse order: the weight of a layer as its backward pass uses it.
    Adjoint(&'a [f32]),
}

impl Weight<'_> {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) | Self::Adjoint(values) => values.len(),
            Self::F16(values) => values.len(),
            Self::Q8(weight) => weight.codes.len(),
        }
    }
}

/// A weight in 8 bits: signed codes, and a scale, a little-endian f16, for every [`BLOCK`] neighbours in a row.
#[derive(Clone, Copy, Debug)]
pub struct Q8<'a> {
    pub codes: &'a [u8],
    pub scales: &'a [u8],
    /// Values of a row.
    pub row: usize,
}

/// Copies values as f32, from `first` on.
pub trait Widen: Sync {
    fn widen(&self, first: usize, to: &mut [f32]);
}

impl Widen for [f32] {
    #[inline(always)]
    fn widen(&self, first: usize, to: &mut [f32]) {
        to.copy_from_slice(&self[first..][..to.len()]);
    }
}

impl Widen for [f16] {
    #[inline(always)]
    fn widen(&self, first: usize, to: &mut [f32]) {
        widen_halves(&self[first..][..to.len()], to);
    }
}

impl Widen for Q8<'_> {
    fn widen(&self, first: usize, to: &mut [f32]) {
        let blocks = self.row.div_ceil(BLOCK);
        let mut at = first;
        let mut rest = to;
        while !rest.is_empty() {
            let (row, place) = (at / self.row, at % self.row);
            let run = rest.len().min(BLOCK - place % BLOCK).min(self.row - place);
            let scale = 2 * (row * blocks + place / BLOCK);
            let scale = f16::from_le_bytes([self.scales[scale], self.scales[scale + 1]]).to_f32();
            let (values, behind) = rest.split_at_mut(run);
            for (value, code) in values.iter_mut().zip(&self.codes[at..at + run]) {
                *value = f32::from(code.cast_signed()) * scale;
            }
            (at, rest) = (at + run, behind);
        }
    }
}

vectorised! {
    /// The values of halves, exactly; by arithmetic that every vector unit has, since a call for eight at a time takes longer.
    fn widen_halves(halves: &[f16], to: &mut [f32]) { fused => {
        /// What is left between the exponents of both formats once the bits have been moved: `2^112`.
        const SCALE: f32 = f32::from_bits(0x7780_0000);
        for (to, half) in to.iter_mut().zip(halves) {
            let bits = u32::from(half.to_bits());
            let magnitude = (f32::from_bits((bits & 0x7fff) << 13) * SCALE).to_bits();
            let unbounded = if bits & 0x7c00 == 0x7c00 { 0x7f80_0000 } else { 0 };
            *to = f32::from_bits(magnitude | unbounded | (bits & 0x8000) << 16);
        }
    } }
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

/// The inner dimension, `stretches * length` values, in runs of about one size, each of a multiple of `group` values but the last one,
/// none longer than `longest`, which is such a multiple.
fn runs(stretches: usize, length: usize, longest: usize, group: usize) -> Vec<Run> {
    let inner = stretches * length;
    let depth = inner.div_ceil(inner.div_ceil(longest)).next_multiple_of(group);
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

/// `y`, `[count, columns]` for so many rows of `x`, from `x W^T` and its epilogue, which has no residual where it is gated.
///
/// # Panics
/// When the sizes do not fit each other, or the processor does not multiply these factors: a bug of the caller.
pub fn matmul<R: Rows>(
    rows: &R,
    weight: Weight<'_>,
    epilogue: Epilogue<&[f32]>,
    [count, columns]: [usize; 2],
    factors: Factors,
) -> Vec<f32> {
    let Epilogue { bias, residual, slopes, activation } = epilogue;
    let inner = rows.stretches() * rows.length();
    let gated = activation.is_gated();
    let weight_columns = if gated { 2 * columns } else { columns };
    assert_eq!(weight.len(), weight_columns * inner, "size of the weight");
    let is_plain = bias.is_none() && residual.is_none() && !gated;
    // On tiles a residual and gates come with a bias: no layer of the models has them without.
    let zeros = if bias.is_none() && !is_plain { vec![0.0; weight_columns] } else { Vec::new() };
    let bias = bias.unwrap_or(&zeros);
    assert!(is_plain || bias.len() == weight_columns, "size of the bias");
    assert!(slopes.is_none_or(|slopes| slopes.len() == columns && !gated), "size of the slopes");
    let finishes = slopes.is_some() || !matches!(activation, Activation::None | Activation::Geglu);
    let epilogue = match residual {
        _ if is_plain => TileEpilogue::Plain,
        None if gated => TileEpilogue::Geglu { bias },
        None => TileEpilogue::Bias(bias),
        Some(residual) => {
            assert!(!gated, "tiles either have gates or add a residual");
            assert_eq!(residual.len(), count * columns, "size of the residual");
            TileEpilogue::Add { bias, residual }
        }
    };
    let mut y = Vec::new();
    if count * columns == 0 {
        return y;
    }
    assert!(inner > 0, "size of the input");
    if dots::suits(rows, count, weight) {
        y = vec![0.0; count * columns];
        dots::matmul(rows, weight, epilogue, columns, &mut y);
        if finishes {
            y.chunks_exact_mut(columns).for_each(|y| activate(activation, slopes, y));
        }
        return y;
    }
    let arch = Arch::new();
    let factors = match (factors, weight) {
        (Factors::Int8, Weight::Q8(_)) | (Factors::F32 | Factors::Bf16, _) => factors,
        (Factors::Int8, _) if has_bf16() => Factors::Bf16,
        (Factors::Int8, _) => Factors::F32,
    };
    let most = if factors == Factors::Int8 { int8::MOST_VECTORS } else { usize::MAX };
    let TileWidth { vectors, lanes: tile_lanes } = arch.dispatch(TileVectors { columns, gated, most });
    // Of a gated panel one half is values and the other half their gates.
    let lanes = if gated { tile_lanes / 2 } else { tile_lanes };
    let group = match factors {
        Factors::F32 => 1,
        Factors::Bf16 => 2,
        Factors::Int8 => BLOCK,
    };
    let runs = runs(rows.stretches(), rows.length(), if gated { inner.next_multiple_of(group) } else { DEPTH }, group);
    // Every thread gets as much work as every other.
    let blocks = count.div_ceil(BLOCK_ROWS).next_multiple_of(rayon::current_num_threads());
    let block = count.div_ceil(blocks).next_multiple_of(TILE_ROWS);
    let strip = strip(inner, columns, lanes);
    for first in (0..columns).step_by(strip) {
        let range = first..(first + strip).min(columns);
        let packing = Packing {
            columns: range.clone(),
            stretches: rows.stretches(),
            length: rows.length(),
            lanes: tile_lanes,
            gates: gated.then_some(columns),
        };
        let packed = &match factors {
            Factors::F32 => Packed::F32(pack(weight, &packing)),
            Factors::Bf16 => Packed::Bf16(bf16::pack(weight, &packing)),
            Factors::Int8 => Packed::Int8(int8::pack(weight, &packing)),
        };
        let task = |index: usize, y: &mut [f32]| {
            let first_row = index * block;
            let block =
                Block { rows, first_row, runs: &runs, inner, vectors, epilogue, range: range.clone(), columns, y };
            match packed {
                Packed::F32(packed) => arch.dispatch(F32Block { block, packed }),
                Packed::Bf16(packed) => bf16::run(block, packed),
                Packed::Int8(packed) => int8::run(block, packed),
            }
            if finishes {
                // What was written last is still in the cache.
                let slopes = slopes.map(|slopes| &slopes[range.clone()]);
                y.chunks_exact_mut(columns).for_each(|y| activate(activation, slopes, &mut y[range.clone()]));
            }
        };
        if first == 0 {
            y = in_parts(count * columns, block * columns, task);
        } else {
            y.par_chunks_mut(block * columns).enumerate().for_each(|(index, y)| task(index, y));
        }
    }
    y
}

vectorised! {
    fn activate(activation: Activation, slopes: Option<&[f32]>, y: &mut [f32]) { fused => {
        if let Some(slopes) = slopes {
            y.iter_mut().zip(slopes).for_each(|(y, slope)| *y = if *y < 0.0 { *y * slope } else { *y });
        }
        match activation {
            Activation::None | Activation::Geglu => {}
            // Not a maximum: what is no number stays none.
            Activation::Relu => y.iter_mut().for_each(|y| *y = if *y < 0.0 { 0.0 } else { *y }),
            Activation::Gelu => y.iter_mut().for_each(|y| *y = fused.gelu(*y)),
            Activation::Sigmoid => y.iter_mut().for_each(|y| *y = fused.sigmoid(*y)),
            Activation::Tanh => y.iter_mut().for_each(|y| *y = fused.tanh(*y)),
        }
    } }
}

/// Columns of a matmul whose weights are packed at a time.
fn strip(inner: usize, columns: usize, lanes: usize) -> usize {
    (PACKED_VALUES / inner).max(1).next_multiple_of(lanes).min(columns.next_multiple_of(lanes))
}

/// Values that [`matmul`] holds at a time of packed weights for `columns` of `inner` values; `gated` with [`Activation::Geglu`].
pub fn packed_values(inner: usize, columns: usize, gated: bool) -> usize {
    let tile_lanes = Arch::new().dispatch(TileVectors { columns, gated, most: usize::MAX }).lanes;
    let lanes = if gated { tile_lanes / 2 } else { tile_lanes };
    strip(inner.max(1), columns, lanes) / lanes * tile_lanes * inner
}

/// What tiles do to their sums when they store them: the epilogue but for its activation, which follows on whole rows.
#[derive(Clone, Copy, Debug)]
enum TileEpilogue<'a> {
    /// Nothing.
    Plain,
    /// `+ bias`
    Bias(&'a [f32]),
    /// `+ bias + residual`, the latter in the shape of the output.
    Add { bias: &'a [f32], residual: &'a [f32] },
    /// The weight has twice as many columns as the output: values, then gates. `(value + bias) * gelu(gate + bias)`.
    Geglu { bias: &'a [f32] },
}

/// The packed weight of some columns.
enum Packed {
    F32(Vec<f32>),
    Bf16(Vec<bf16::Pairs>),
    Int8(int8::PackedCodes),
}

/// Some rows of `y`, and some of their columns.
struct Block<'a, R> {
    rows: &'a R,
    first_row: usize,
    runs: &'a [Run],
    inner: usize,
    /// Of a panel.
    vectors: usize,
    epilogue: TileEpilogue<'a>,
    range: Range<usize>,
    columns: usize,
    y: &'a mut [f32],
}

/// The sums of tiles, from factors of one number format.
trait Tiles<'a, S: Simd, const VECTORS: usize> {
    /// Takes the rows of the next tiles, the pieces of one run.
    fn take(&mut self, pieces: impl Iterator<Item = [&'a [f32]; TILE_ROWS]>);

    /// Their sums with the columns of panel `index`, over that run.
    fn sums(&self, simd: S, index: usize, run: &Run) -> [[S::f32s; VECTORS]; TILE_ROWS];
}

impl<'a, R: Rows> Block<'a, R> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize>(self, simd: S, mut tiles: impl Tiles<'a, S, VECTORS>) {
        let tile_lanes = S::F32_LANES * VECTORS;
        let gated = matches!(self.epilogue, TileEpilogue::Geglu { .. });
        let lanes = if gated { tile_lanes / 2 } else { tile_lanes };
        let panels = self.range.len().div_ceil(lanes);
        let rows = self.rows;
        for run in self.runs {
            for (group, y) in self.y.chunks_mut(TILE_ROWS * self.columns).enumerate() {
                let valid = y.len() / self.columns;
                let first_row = self.first_row + group * TILE_ROWS;
                // Rows beyond the last repeat it; what they give is not stored.
                let places: [_; TILE_ROWS] = std::array::from_fn(|index| rows.place(first_row + index.min(valid - 1)));
                tiles.take(
                    run.pieces.iter().map(|Piece { stretch, range }| {
                        places.map(|place| &rows.stretch(place, *stretch)[range.clone()])
                    }),
                );
                for index in 0..panels {
                    let sums = tiles.sums(simd, index, run);
                    let first = self.range.start + index * lanes;
                    let columns = first..(first + lanes).min(self.range.end);
                    for (row, sums) in sums.iter().enumerate().take(valid) {
                        let finish = match self.epilogue {
                            TileEpilogue::Geglu { bias } => Finish::Geglu {
                                bias: &bias[columns.clone()],
                                gate_bias: &bias[self.columns + columns.start..][..columns.len()],
                            },
                            _ if run.first > 0 => Finish::From(Start::There),
                            TileEpilogue::Plain => Finish::From(Start::Zero),
                            TileEpilogue::Bias(bias) => Finish::From(Start::Bias(&bias[columns.clone()])),
                            TileEpilogue::Add { bias, residual } => {
                                let residual = &residual[(first_row + row) * self.columns..][columns.clone()];
                                Finish::From(Start::Add { bias: &bias[columns.clone()], residual })
                            }
                        };
                        finish.store(simd, sums, &mut y[row * self.columns..][columns.clone()]);
                    }
                }
            }
        }
    }
}

/// A block whose factors are f32.
struct F32Block<'a, R> {
    block: Block<'a, R>,
    packed: &'a [f32],
}

impl<R: Rows> WithSimd for F32Block<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { block, packed } = self;
        let tiles = F32Tiles { packed, inner: block.inner, pieces: Vec::new() };
        match block.vectors {
            1 => block.run::<S, 1>(simd, tiles),
            3 if most_vectors::<S>() > 2 => block.run::<S, 3>(simd, tiles),
            4 if most_vectors::<S>() > 2 => block.run::<S, 4>(simd, tiles),
            _ => block.run::<S, 2>(simd, tiles),
        }
    }
}

/// Rows where they lie.
struct F32Tiles<'a> {
    packed: &'a [f32],
    inner: usize,
    pieces: Vec<[&'a [f32]; TILE_ROWS]>,
}

impl<'a, S: Simd, const VECTORS: usize> Tiles<'a, S, VECTORS> for F32Tiles<'a> {
    #[inline(always)]
    fn take(&mut self, pieces: impl Iterator<Item = [&'a [f32]; TILE_ROWS]>) {
        self.pieces.clear();
        self.pieces.extend(pieces);
    }

    #[inline(always)]
    fn sums(&self, simd: S, index: usize, run: &Run) -> [[S::f32s; VECTORS]; TILE_ROWS] {
        let lanes = S::F32_LANES * VECTORS;
        let panel = &self.packed[(index * self.inner + run.first) * lanes..][..run.depth() * lanes];
        tile::<S, VECTORS>(simd, &self.pieces, panel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_is_widened_exactly() {
        let halves: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
        let mut wide = vec![0.0; halves.len()];
        widen_halves(&halves, &mut wide);
        for (half, wide) in halves.iter().zip(wide) {
            let exact = half.to_f32();
            assert!(wide.to_bits() == exact.to_bits() || (wide.is_nan() && exact.is_nan()), "{half:?} became {wide}");
        }
    }

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
            let with_bias = |weight| matmul(&rows, weight, Epilogue::bias(&bias[..]), [count, columns], Factors::F32);
            let (halves, floats) = (with_bias(Weight::F16(&weight)), with_bias(Weight::F32(&wide)));
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
        let rows = Matrix { values: &[1.0, 2.0], length: 1 };
        let y = matmul(&rows, Weight::F32(&[3.0]), Epilogue::default(), [2, 1], Factors::F32);
        assert_eq!(y, [3.0, 6.0]);
    }
}
