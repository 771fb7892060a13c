//! Tiles whose factors are rounded to 8 bits, and whose sums are f32: `vpdpbusd` multiplies four neighbours in the inner dimension and
//! adds their products, whole numbers, in each lane.
//!
//! [`BLOCK`] neighbours in the inner dimension share a scale: of a row of activations, rounded as its tiles take it, and of a column of
//! the weight, rounded as it is packed. A weight that is stored in such blocks comes back as it was. The instruction takes unsigned
//! factors on one side, so codes of weights are stored 128 larger than they are, and 128 times the sum of a row's codes is taken away.

use std::arch::x86_64::{
    __m128i, __m512, __m512i, _CMP_UNORD_Q, _mm512_abs_ps, _mm512_add_epi32, _mm512_castsi512_ps, _mm512_cmp_ps_mask,
    _mm512_cvtepi32_ps, _mm512_cvtps_epi32, _mm512_cvtsepi32_epi8, _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_max_ps,
    _mm512_mul_ps, _mm512_reduce_add_epi32, _mm512_reduce_max_ps, _mm512_set1_epi32, _mm512_set1_ps,
};
use std::mem::transmute;
use std::sync::OnceLock;

use bytemuck::{Pod, Zeroable};
use hummingbird_shaders::matmul::BLOCK;
use pulp::f32x16;
use pulp::x86::V4;
use rayon::prelude::*;

use super::pack::{Packing, pack_panel};
use super::tile::TILE_ROWS;
use super::{Block, Rows, Run, Tiles, Weight};

/// Lanes of a vector.
const LANES: usize = 16;
/// Neighbours whose products an instruction adds.
const FOUR: usize = 4;
/// Largest code.
const LARGEST: f32 = 127.0;
/// Vectors of columns of a tile at most: sums of a block and sums of all blocks before it stay in registers.
pub(super) const MOST_VECTORS: usize = 2;

/// Four neighbours of one column in each lane, each 128 more than it is.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
pub(super) struct Fours([u32; LANES]);

/// A scale for each lane.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
struct Scales([f32; LANES]);

/// Columns in panels of a few vectors.
pub(super) struct PackedCodes {
    /// `[panels, fours of the inner dimension, vectors]`
    codes: Vec<Fours>,
    /// `[panels, blocks of the inner dimension, vectors]`
    scales: Vec<Scales>,
}

/// Whether this processor multiplies four neighbours of 8 bits.
pub fn has_int8() -> bool {
    token().is_some()
}

/// Proof that the processor has what [`V4`] says and products of 8 bits beside it.
#[derive(Clone, Copy)]
struct Int8(V4);

fn token() -> Option<Int8> {
    static TOKEN: OnceLock<Option<Int8>> = OnceLock::new();
    *TOKEN.get_or_init(|| if is_x86_feature_detected!("avx512vnni") { V4::try_new().map(Int8) } else { None })
}

impl Int8 {
    /// What was asked for by [`has_int8`].
    fn get() -> Self {
        token().expect("factors have 8 bits only where the processor multiplies them")
    }
}

/// Columns of a weight; lanes beyond the last column and what is missing of the last block are zeros.
pub(super) fn pack(weight: Weight<'_>, packing: &Packing) -> PackedCodes {
    let int8 = Int8::get();
    let (inner, lanes) = (packing.inner(), packing.lanes);
    let (vectors, blocks) = (lanes / LANES, inner.div_ceil(BLOCK));
    let (panel_codes, panel_scales) = (blocks * BLOCK / FOUR * vectors, blocks * vectors);
    let mut codes = vec![Fours::zeroed(); packing.panels() * panel_codes];
    let mut scales = vec![Scales::zeroed(); packing.panels() * panel_scales];
    let panels = codes.par_chunks_mut(panel_codes).zip(scales.par_chunks_mut(panel_scales));
    panels.enumerate().for_each_init(Vec::new, |panel, (index, (codes, scales))| {
        panel.clear();
        panel.resize(blocks * BLOCK * lanes, 0.0);
        pack_panel(weight, packing, index, &mut panel[..inner * lanes]);
        // SAFETY: `int8` says that the processor has the features.
        unsafe { round_panel(int8, panel, vectors, codes, scales) };
    });
    PackedCodes { codes, scales }
}

/// Codes and scales of a panel, `[blocks, BLOCK, lanes]`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn round_panel(_: Int8, panel: &[f32], vectors: usize, codes: &mut [Fours], scales: &mut [Scales]) {
    let lines = panel.as_chunks::<LANES>().0;
    for (block, codes) in codes.chunks_exact_mut(BLOCK / FOUR * vectors).enumerate() {
        let lines = &lines[block * BLOCK * vectors..][..BLOCK * vectors];
        for vector in 0..vectors {
            let line = |place: usize| &lines[place * vectors + vector];
            let mut largest = [0.0_f32; LANES];
            // No number where a value is none or infinite, else zero: so that what comes of it is no number either.
            let mut fault = [0.0_f32; LANES];
            for place in 0..BLOCK {
                for lane in 0..LANES {
                    let value = line(place)[lane];
                    largest[lane] = largest[lane].max(value.abs());
                    fault[lane] += value * 0.0;
                }
            }
            let scale = std::array::from_fn(|lane| largest[lane] / LARGEST + fault[lane]);
            let inverse = largest.map(|largest| if largest > 0.0 { LARGEST / largest } else { 0.0 });
            for (four, codes) in codes.chunks_exact_mut(vectors).enumerate() {
                let mut packed = [0_u32; LANES];
                for place in 0..FOUR {
                    let line = line(four * FOUR + place);
                    for lane in 0..LANES {
                        let code = (line[lane] * inverse[lane]).round_ties_even() as i32;
                        packed[lane] |= ((code + 128).cast_unsigned() & 0xff) << (8 * place);
                    }
                }
                codes[vector] = Fours(packed);
            }
            scales[block * vectors + vector] = Scales(scale);
        }
    }
}

/// Computes a block, whose weight is `packed`.
pub(super) fn run<R: Rows>(block: Block<'_, R>, packed: &PackedCodes) {
    let int8 = Int8::get();
    // SAFETY: `int8` says that the processor has the features.
    unsafe {
        match block.vectors {
            1 => run_tiles::<R, 1>(int8, block, packed),
            _ => run_tiles::<R, 2>(int8, block, packed),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn run_tiles<R: Rows, const VECTORS: usize>(int8: Int8, block: Block<'_, R>, packed: &PackedCodes) {
    let longest = block.runs.iter().map(Run::depth).max().unwrap_or(0).div_ceil(BLOCK);
    let rows = std::array::from_fn(|_| RowCodes { blocks: Vec::with_capacity(longest), partial: ([0.0; BLOCK], 0) });
    let tiles = Int8Tiles { int8, packed, inner: block.inner, rows };
    block.run::<V4, VECTORS>(int8.0, tiles);
}

/// A block of a row.
#[derive(Clone, Copy)]
struct RowBlock {
    /// Four codes each, the first in the low byte.
    codes: [i32; BLOCK / FOUR],
    scale: f32,
    /// What is to be taken away from each sum of products: 128 times the sum of the codes.
    excess: i32,
}

/// A run of a row, rounded.
struct RowCodes {
    blocks: Vec<RowBlock>,
    /// The beginning of the next block, and how many values of it there are.
    partial: ([f32; BLOCK], usize),
}

impl RowCodes {
    /// Takes the values of a piece.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    fn take(&mut self, int8: Int8, mut piece: &[f32]) {
        let (partial, filled) = &mut self.partial;
        if *filled > 0 {
            let (first, rest) = piece.split_at(piece.len().min(BLOCK - *filled));
            partial[*filled..*filled + first.len()].copy_from_slice(first);
            (*filled, piece) = (*filled + first.len(), rest);
            if *filled < BLOCK {
                return;
            }
            self.blocks.push(round(int8, partial));
        }
        let (whole, rest) = piece.as_chunks::<BLOCK>();
        for block in whole {
            self.blocks.push(round(int8, block));
        }
        partial[..rest.len()].copy_from_slice(rest);
        *filled = rest.len();
    }

    /// Ends the last block with zeros.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    fn end(&mut self, int8: Int8) {
        let (partial, filled) = &mut self.partial;
        if *filled > 0 {
            partial[*filled..].fill(0.0);
            *filled = 0;
            self.blocks.push(round(int8, partial));
        }
    }
}

struct Int8Tiles<'a> {
    int8: Int8,
    packed: &'a PackedCodes,
    inner: usize,
    rows: [RowCodes; TILE_ROWS],
}

impl<'a, const VECTORS: usize> Tiles<'a, V4, VECTORS> for Int8Tiles<'_> {
    #[inline(always)]
    fn take(&mut self, pieces: impl Iterator<Item = [&'a [f32]; TILE_ROWS]>) {
        for row in &mut self.rows {
            row.blocks.clear();
        }
        // SAFETY: `int8` says that the processor has the features.
        unsafe {
            for pieces in pieces {
                for (row, piece) in self.rows.iter_mut().zip(pieces) {
                    row.take(self.int8, piece);
                }
            }
            for row in &mut self.rows {
                row.end(self.int8);
            }
        }
    }

    #[inline(always)]
    fn sums(&self, _: V4, index: usize, run: &Run) -> [[f32x16; VECTORS]; TILE_ROWS] {
        let blocks = self.rows[0].blocks.len();
        let first = index * self.inner.div_ceil(BLOCK) + run.first / BLOCK;
        let codes = &self.packed.codes[first * (BLOCK / FOUR) * VECTORS..][..blocks * (BLOCK / FOUR) * VECTORS];
        let scales = &self.packed.scales[first * VECTORS..][..blocks * VECTORS];
        let rows = self.rows.each_ref().map(|row| &row.blocks[..blocks]);
        // SAFETY: `int8` says that the processor has the features.
        unsafe { tile(self.int8, rows, codes.as_chunks().0.as_chunks().0, scales.as_chunks().0) }
    }
}

/// Codes of a block of a row, and their scale: no number where a value is none or infinite.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn round(_: Int8, values: &[f32; BLOCK]) -> RowBlock {
    // SAFETY: both types are 32 values of f32.
    let values = unsafe { transmute::<[f32; BLOCK], [__m512; BLOCK / LANES]>(*values) };
    let largest = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(values[0]), _mm512_abs_ps(values[1])));
    let unordered = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(values[0], values[1]);
    if unordered != 0 || !largest.is_finite() {
        return RowBlock { codes: [0; BLOCK / FOUR], scale: f32::NAN, excess: 0 };
    }
    let scale = largest / LARGEST;
    let inverse = _mm512_set1_ps(if largest > 0.0 { LARGEST / largest } else { 0.0 });
    let first = _mm512_cvtps_epi32(_mm512_mul_ps(values[0], inverse));
    let second = _mm512_cvtps_epi32(_mm512_mul_ps(values[1], inverse));
    let codes = [_mm512_cvtsepi32_epi8(first), _mm512_cvtsepi32_epi8(second)];
    // SAFETY: both types are 32 bytes, any of which is valid.
    let codes = unsafe { transmute::<[__m128i; BLOCK / LANES], [i32; BLOCK / FOUR]>(codes) };
    RowBlock { codes, scale, excess: -128 * _mm512_reduce_add_epi32(_mm512_add_epi32(first, second)) }
}

/// Sums of a tile. The loops go over indices, as those of f32 factors do, and no intrinsic is in a closure: the compiler would call it.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
#[expect(clippy::needless_range_loop, reason = "see above")]
fn tile<const VECTORS: usize>(
    _: Int8,
    rows: [&[RowBlock]; TILE_ROWS],
    codes: &[[[Fours; VECTORS]; BLOCK / FOUR]],
    scales: &[[Scales; VECTORS]],
) -> [[f32x16; VECTORS]; TILE_ROWS] {
    let mut sums = [[_mm512_castsi512_ps(_mm512_set1_epi32(0)); VECTORS]; TILE_ROWS];
    // With the lengths known to be the same no index is checked below; with checks the sums go to memory.
    let blocks = scales.len();
    let codes = &codes[..blocks];
    let mut rows = rows;
    for row in 0..TILE_ROWS {
        rows[row] = &rows[row][..blocks];
    }
    for block in 0..blocks {
        let (codes, scales) = (&codes[block], &scales[block]);
        let mut products = [[_mm512_set1_epi32(0); VECTORS]; TILE_ROWS];
        for row in 0..TILE_ROWS {
            products[row] = [_mm512_set1_epi32(rows[row][block].excess); VECTORS];
        }
        for four in 0..BLOCK / FOUR {
            for row in 0..TILE_ROWS {
                let factors = _mm512_set1_epi32(rows[row][block].codes[four]);
                for vector in 0..VECTORS {
                    // SAFETY: both types are 64 bytes, any of which is valid.
                    let weights = unsafe { transmute::<Fours, __m512i>(codes[four][vector]) };
                    products[row][vector] = _mm512_dpbusd_epi32(products[row][vector], weights, factors);
                }
            }
        }
        for vector in 0..VECTORS {
            // SAFETY: both types are 16 values of f32.
            let scale = unsafe { transmute::<Scales, __m512>(scales[vector]) };
            for row in 0..TILE_ROWS {
                let scale = _mm512_mul_ps(scale, _mm512_set1_ps(rows[row][block].scale));
                let products = _mm512_cvtepi32_ps(products[row][vector]);
                sums[row][vector] = _mm512_fmadd_ps(products, scale, sums[row][vector]);
            }
        }
    }
    stored(sums)
}

/// Sums in the type in which tiles are finished.
#[inline]
#[target_feature(enable = "avx512f")]
fn stored<const VECTORS: usize>(sums: [[__m512; VECTORS]; TILE_ROWS]) -> [[f32x16; VECTORS]; TILE_ROWS] {
    // SAFETY: both types are 16 values of f32.
    sums.map(|sums| sums.map(|sums| unsafe { transmute::<__m512, f32x16>(sums) }))
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::super::{Matrix, Q8, matmul};
    use super::*;
    use crate::epilogue::{Activation, Epilogue};
    use crate::factors::Factors;
    use crate::tests::support::{noise, skipped};

    /// Rows of codes that use all of their range, and scales of about one size.
    struct Stored {
        codes: Vec<u8>,
        scales: Vec<u8>,
        row: usize,
    }

    impl Stored {
        fn new(columns: usize, row: usize) -> Self {
            let blocks = columns * row.div_ceil(BLOCK);
            let mut codes: Vec<i8> = noise(columns * row, 1).into_iter().map(|it| (it * 127.0) as i8).collect();
            // A block's largest code is the largest of all, as rounding leaves it.
            for row in codes.chunks_mut(row) {
                row.chunks_mut(BLOCK).for_each(|block| block[0] = 127);
            }
            let scale = |it: f32| f16::from_f32((1.5 + it) / 127.0).to_le_bytes();
            let scales = noise(blocks, 2).into_iter().flat_map(scale).collect();
            Self { codes: codes.into_iter().map(i8::cast_unsigned).collect(), scales, row }
        }

        fn weight(&self) -> Weight<'_> {
            Weight::Q8(Q8 { codes: &self.codes, scales: &self.scales, row: self.row })
        }

        fn value(&self, column: usize, place: usize) -> f64 {
            let scale = 2 * (column * self.row.div_ceil(BLOCK) + place / BLOCK);
            let scale = f16::from_le_bytes([self.scales[scale], self.scales[scale + 1]]);
            f64::from(self.codes[column * self.row + place].cast_signed()) * scale.to_f64()
        }
    }

    /// A row of activations as codes times scales.
    fn rounded(row: &[f32]) -> Vec<f64> {
        let block = |block: &[f32]| {
            let largest = block.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            let code = |value: &f32| f64::from((value * (LARGEST / largest)).round_ties_even());
            block.iter().map(|value| code(value) * f64::from(largest / LARGEST)).collect::<Vec<_>>()
        };
        row.chunks(BLOCK).flat_map(block).collect()
    }

    /// The sizes cross every border.
    #[test]
    fn products_are_those_of_rounded_factors() {
        if !has_int8() {
            skipped("the processor does not multiply four neighbours of 8 bits");
            return;
        }
        for [count, inner, columns] in [[97, 5, 3], [205, 513, 33], [130, 1027, 70], [100, 64, 130], [99, 7001, 17]] {
            let (stored, x, bias) = (Stored::new(columns, inner), noise(count * inner, 1), noise(columns, 3));
            let rows = Matrix { values: &x, length: inner };
            let y = matmul(&rows, stored.weight(), Epilogue::bias(&bias[..]), [count, columns], Factors::Int8);
            for (row, y) in y.chunks_exact(columns).enumerate() {
                let x = rounded(&x[row * inner..][..inner]);
                for (column, value) in y.iter().enumerate() {
                    let terms = x.iter().enumerate().map(|(place, x)| x * stored.value(column, place));
                    let (sum, size) =
                        terms.fold((f64::from(bias[column]), 1.0), |(sum, size), term| (sum + term, size + term.abs()));
                    let error = (f64::from(*value) - sum).abs();
                    assert!(error < 1e-6 * size, "{count}x{inner}x{columns} at {row}, {column}: {value}, not {sum}");
                }
            }
        }
    }

    #[test]
    fn gates_and_activations_follow_and_the_error_is_small() {
        if !has_int8() {
            skipped("the processor does not multiply four neighbours of 8 bits");
            return;
        }
        let [count, inner, columns] = [131, 320, 40];
        for activation in [Activation::Geglu, Activation::Gelu] {
            let weight_rows = if activation.is_gated() { 2 * columns } else { columns };
            let (stored, x, bias) = (Stored::new(weight_rows, inner), noise(count * inner, 1), noise(weight_rows, 3));
            let rows = Matrix { values: &x, length: inner };
            let of = |factors| {
                let epilogue = Epilogue::bias(&bias[..]).activation(activation);
                matmul(&rows, stored.weight(), epilogue, [count, columns], factors)
            };
            let (exact, rounded) = (of(Factors::F32), of(Factors::Int8));
            let norm =
                |values: &mut dyn Iterator<Item = f32>| values.map(|it| f64::from(it).powi(2)).sum::<f64>().sqrt();
            let error = norm(&mut exact.iter().zip(&rounded).map(|(exact, rounded)| exact - rounded));
            let error = error / norm(&mut exact.iter().copied());
            assert!((1e-4..8e-3).contains(&error), "{activation:?}: {error}");
        }
    }

    #[test]
    fn what_is_no_number_stays_none() {
        if !has_int8() {
            skipped("the processor does not multiply four neighbours of 8 bits");
            return;
        }
        let (stored, mut x) = (Stored::new(7, 64), noise(100 * 64, 1));
        (x[64 + 3], x[2 * 64 + 40]) = (f32::NAN, f32::NEG_INFINITY);
        let y =
            matmul(&Matrix { values: &x, length: 64 }, stored.weight(), Epilogue::default(), [100, 7], Factors::Int8);
        for (row, y) in y.chunks_exact(7).enumerate() {
            assert!(y.iter().all(|value| value.is_finite() != (1..=2).contains(&row)), "row {row}: {y:?}");
        }
    }
}
