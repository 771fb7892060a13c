//! Tiles whose factors are rounded to bf16, and whose sums are f32: `vdpbf16ps` multiplies two pairs of neighbours in the inner
//! dimension and adds both products in each lane.
//!
//! Denormal factors count as zero, and sums are rounded to nearest after each pair, as the instruction does.

use std::arch::x86_64::{
    __m256bh, __m256i, __m512, __m512bh, __m512i, _mm512_castsi512_ps, _mm512_cvtepu16_epi32, _mm512_cvtneps_pbh,
    _mm512_dpbf16_ps, _mm512_or_si512, _mm512_set1_epi32, _mm512_slli_epi32,
};
use std::mem::transmute;
use std::sync::OnceLock;

use bytemuck::{Pod, Zeroable};
use half::bf16;
use pulp::f32x16;
use pulp::x86::V4;
use rayon::prelude::*;

use super::gradient::{Outer, SHARE_ROWS, add};
use super::pack::{Packing, pack_panel};
use super::tile::TILE_ROWS;
use super::{Block, Rows, Run, Tiles, Weight};

/// Lanes of a vector.
const LANES: usize = 16;

/// A pair of factors in each lane, the first in the low half.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
pub(super) struct Pairs([u32; LANES]);

/// Whether this processor multiplies pairs of bf16.
pub fn has_bf16() -> bool {
    token().is_some()
}

/// Proof that the processor has what [`V4`] says and bf16 beside it.
#[derive(Clone, Copy)]
struct Bf16(V4);

fn token() -> Option<Bf16> {
    static TOKEN: OnceLock<Option<Bf16>> = OnceLock::new();
    *TOKEN.get_or_init(|| if is_x86_feature_detected!("avx512bf16") { V4::try_new().map(Bf16) } else { None })
}

impl Bf16 {
    /// What was asked for by [`has_bf16`].
    fn get() -> Self {
        token().expect("factors are bf16 only where the processor multiplies them")
    }
}

/// The columns as `[panels, pairs of the inner dimension, lanes]`; lanes beyond the last column and what is missing of the last pair are
/// zeros.
pub(super) fn pack(weight: Weight<'_>, packing: &Packing) -> Vec<Pairs> {
    let bf16 = Bf16::get();
    let (inner, lanes) = (packing.inner(), packing.lanes);
    let panel_pairs = inner.div_ceil(2) * lanes / LANES;
    let mut packed = vec![Pairs::zeroed(); packing.panels() * panel_pairs];
    packed.par_chunks_mut(panel_pairs).enumerate().for_each_init(Vec::new, |panel, (index, pairs)| {
        panel.clear();
        panel.resize(inner * lanes, 0.0);
        pack_panel(weight, packing, index, panel);
        // SAFETY: `bf16` says that the processor has the features.
        unsafe { pair_lines(bf16, panel, lanes, pairs) };
    });
    packed
}

/// Pairs of neighbouring lines of `lanes` values.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
fn pair_lines(_: Bf16, lines: &[f32], lanes: usize, pairs: &mut [Pairs]) {
    for (lines, pairs) in lines.chunks(2 * lanes).zip(pairs.chunks_exact_mut(lanes / LANES)) {
        let (first, second) = lines.split_at(lanes);
        let (first, second) = (first.as_chunks::<LANES>().0, second.as_chunks::<LANES>().0);
        for (index, pairs) in pairs.iter_mut().enumerate() {
            *pairs = pair(&first[index], second.get(index).unwrap_or(&[0.0; LANES]));
        }
    }
}

/// Values rounded to the nearest bf16.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16,avx512vl")]
fn rounded(values: &[f32; LANES]) -> __m256i {
    // SAFETY: both types are 16 values of f32.
    let values = unsafe { transmute::<[f32; LANES], __m512>(*values) };
    // SAFETY: both types are 32 bytes, any of which is valid.
    unsafe { transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(values)) }
}

/// A vector of pairs of one value each.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
fn pair(first: &[f32; LANES], second: &[f32; LANES]) -> Pairs {
    let (first, second) = (_mm512_cvtepu16_epi32(rounded(first)), _mm512_cvtepu16_epi32(rounded(second)));
    let pairs = _mm512_or_si512(first, _mm512_slli_epi32::<16>(second));
    // SAFETY: both types are 16 values of 32 bits, any of which is valid.
    unsafe { transmute::<__m512i, Pairs>(pairs) }
}

/// `sums + a.0 * b.0 + a.1 * b.1` in each lane, `a` being one pair for all lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
fn add_products(sums: __m512, a: u32, b: Pairs) -> __m512 {
    let a: __m512i = _mm512_set1_epi32(a.cast_signed());
    // SAFETY: all three types are 64 bytes, any of which is valid.
    let (a, b) = unsafe { (transmute::<__m512i, __m512bh>(a), transmute::<Pairs, __m512bh>(b)) };
    _mm512_dpbf16_ps(sums, a, b)
}

/// Computes a block, whose weight is `packed`.
pub(super) fn run<R: Rows>(block: Block<'_, R>, packed: &[Pairs]) {
    let bf16 = Bf16::get();
    // SAFETY: `bf16` says that the processor has the features.
    unsafe {
        match block.vectors {
            1 => run_tiles::<R, 1>(bf16, block, packed),
            2 => run_tiles::<R, 2>(bf16, block, packed),
            3 => run_tiles::<R, 3>(bf16, block, packed),
            _ => run_tiles::<R, 4>(bf16, block, packed),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
fn run_tiles<R: Rows, const VECTORS: usize>(bf16: Bf16, block: Block<'_, R>, packed: &[Pairs]) {
    let longest = block.runs.iter().map(Run::depth).max().unwrap_or(0).div_ceil(2);
    let tiles =
        Bf16Tiles { bf16, packed, inner: block.inner, rows: [(); TILE_ROWS].map(|()| vec![0; longest]), pairs: 0 };
    block.run::<V4, VECTORS>(bf16.0, tiles);
}

/// Rows as pairs of neighbours.
struct Bf16Tiles<'a> {
    bf16: Bf16,
    packed: &'a [Pairs],
    inner: usize,
    rows: [Vec<u32>; TILE_ROWS],
    pairs: usize,
}

impl<'a, const VECTORS: usize> Tiles<'a, V4, VECTORS> for Bf16Tiles<'_> {
    #[inline(always)]
    fn take(&mut self, pieces: impl Iterator<Item = [&'a [f32]; TILE_ROWS]>) {
        let mut filled = 0;
        for pieces in pieces {
            let length = pieces[0].len();
            for (row, piece) in self.rows.iter_mut().zip(pieces) {
                let halves = &mut bytemuck::cast_slice_mut::<u32, u16>(row)[filled..filled + length];
                // SAFETY: `bf16` says that the processor has the features.
                unsafe { round(self.bf16, piece, halves) };
            }
            filled += length;
        }
        if filled % 2 == 1 {
            for row in &mut self.rows {
                bytemuck::cast_slice_mut::<u32, u16>(row)[filled] = 0;
            }
        }
        self.pairs = filled.div_ceil(2);
    }

    #[inline(always)]
    fn sums(&self, _: V4, index: usize, run: &Run) -> [[f32x16; VECTORS]; TILE_ROWS] {
        let first = index * self.inner.div_ceil(2) + run.first / 2;
        let panel = &self.packed[first * VECTORS..][..self.pairs * VECTORS];
        let rows = self.rows.each_ref().map(|row| &row[..self.pairs]);
        // SAFETY: `bf16` says that the processor has the features.
        unsafe { tile(self.bf16, rows, panel.as_chunks().0) }
    }
}

/// Values rounded to the nearest bf16.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
fn round(_: Bf16, values: &[f32], halves: &mut [u16]) {
    let ((values, rest), (halves, rest_halves)) = (values.as_chunks::<LANES>(), halves.as_chunks_mut::<LANES>());
    for (values, halves) in values.iter().zip(halves) {
        // SAFETY: both types are 32 bytes, any of which is valid.
        *halves = unsafe { transmute::<__m256i, [u16; LANES]>(rounded(values)) };
    }
    for (value, half) in rest.iter().zip(rest_halves) {
        *half = bf16::from_f32(*value).to_bits();
    }
}

/// Sums of a tile. The innermost loop goes over indices, as that of f32 factors does.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
fn tile<const VECTORS: usize>(
    _: Bf16,
    rows: [&[u32]; TILE_ROWS],
    panel: &[[Pairs; VECTORS]],
) -> [[f32x16; VECTORS]; TILE_ROWS] {
    let mut sums = [[_mm512_castsi512_ps(_mm512_set1_epi32(0)); VECTORS]; TILE_ROWS];
    let [a, b, c, d, e, f] = rows;
    for ((((((weights, a), b), c), d), e), f) in panel.iter().zip(a).zip(b).zip(c).zip(d).zip(e).zip(f) {
        for (sums, value) in sums.iter_mut().zip([a, b, c, d, e, f]) {
            for vector in 0..VECTORS {
                sums[vector] = add_products(sums[vector], *value, weights[vector]);
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

/// Gradients with respect to outputs as pairs of neighbouring rows, in shares of [`SHARE_ROWS`] rows, each in tiles of outputs:
/// `[shares, tiles, pairs of rows, TILE_ROWS]`. The last share may have fewer pairs; outputs beyond the last are zeros.
pub(super) struct Gradients {
    tiles: usize,
    pairs: Vec<[u32; TILE_ROWS]>,
}

impl Gradients {
    /// Those of `[rows, outputs]`.
    pub fn new(grad: &[f32], outputs: usize) -> Self {
        let bf16 = Bf16::get();
        let tiles = outputs.div_ceil(TILE_ROWS);
        let mut pairs = vec![[0; TILE_ROWS]; tiles * (grad.len() / outputs).div_ceil(2)];
        let shares = pairs.par_chunks_mut(tiles * SHARE_ROWS / 2).zip(grad.par_chunks(SHARE_ROWS * outputs));
        // SAFETY: `bf16` says that the processor has the features.
        shares.for_each(|(pairs, grad)| unsafe { gather(bf16, grad, outputs, pairs) });
        Self { tiles, pairs }
    }

    /// Tiles of share `share`, from tile `first` on, each of so many pairs.
    fn tiles(&self, share: usize, first: usize, pairs: usize) -> impl Iterator<Item = &[[u32; TILE_ROWS]]> {
        self.pairs[share * self.tiles * (SHARE_ROWS / 2)..].chunks_exact(pairs).take(self.tiles).skip(first)
    }
}

/// Computes a part of a weight's gradient.
pub(super) fn outer<R: Rows>(outer: Outer<'_, R>, gradients: &Gradients) {
    let bf16 = Bf16::get();
    // SAFETY: `bf16` says that the processor has the features.
    unsafe { outer_products(bf16, outer, gradients) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
fn outer_products<R: Rows>(bf16: Bf16, outer: Outer<'_, R>, gradients: &Gradients) {
    const VECTORS: usize = 4;
    let Outer { rows, grad, outputs, first, stretch, sums } = outer;
    let length = rows.length();
    let mut values: Vec<&[f32]> = Vec::with_capacity(SHARE_ROWS);
    let mut lines = [[Pairs::zeroed(); VECTORS]; SHARE_ROWS / 2];
    for (share, grads) in grad.chunks(SHARE_ROWS * outputs).enumerate() {
        let share_rows = share * SHARE_ROWS..share * SHARE_ROWS + grads.len() / outputs;
        values.clear();
        values.extend(share_rows.map(|row| rows.stretch(rows.place(row), stretch)));
        let pairs = values.len().div_ceil(2);
        for start in (0..length).step_by(VECTORS * LANES) {
            let columns = start..(start + VECTORS * LANES).min(length);
            for (line, values) in lines.iter_mut().zip(values.chunks(2)) {
                let second = values.get(1).map_or(&[][..], |values| &values[columns.clone()]);
                load(&values[0][columns.clone()], second, line);
            }
            let tiles = gradients.tiles(share, first / TILE_ROWS, pairs);
            for (sums, grads) in sums.chunks_mut(TILE_ROWS * length).zip(tiles) {
                let tile = products(&lines[..pairs], grads);
                for (sums, tile) in sums.chunks_exact_mut(length).zip(&tile) {
                    add::<V4, VECTORS>(bf16.0, &mut sums[columns.clone()], tile);
                }
            }
        }
    }
}

/// The tiles of one share.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
fn gather(bf16: Bf16, grad: &[f32], outputs: usize, tiles: &mut [[u32; TILE_ROWS]]) {
    let pairs = (grad.len() / outputs).div_ceil(2);
    let width = outputs.next_multiple_of(TILE_ROWS);
    let mut halves = [vec![0; width], vec![0; width]];
    for (pair, grads) in grad.chunks(2 * outputs).enumerate() {
        let [first, second] = &mut halves;
        round(bf16, &grads[..outputs], &mut first[..outputs]);
        match grads.get(outputs..).filter(|second| !second.is_empty()) {
            Some(grads) => round(bf16, grads, &mut second[..outputs]),
            None => second.fill(0),
        }
        let (first, second) = (first.as_chunks::<TILE_ROWS>().0, second.as_chunks::<TILE_ROWS>().0);
        for (tile, (first, second)) in first.iter().zip(second).enumerate() {
            let line = &mut tiles[tile * pairs + pair];
            for index in 0..TILE_ROWS {
                line[index] = u32::from(first[index]) | u32::from(second[index]) << 16;
            }
        }
    }
}

/// Up to `VECTORS` vectors of pairs, zeros behind the last value.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
fn load<const VECTORS: usize>(first: &[f32], second: &[f32], line: &mut [Pairs; VECTORS]) {
    let at = |values: &[f32], vector: usize| -> [f32; LANES] {
        let values = values.get(vector * LANES..).unwrap_or(&[]);
        if let Some(whole) = values.first_chunk::<LANES>() {
            return *whole;
        }
        let mut vector = [0.0; LANES];
        vector[..values.len()].copy_from_slice(values);
        vector
    };
    for (vector, line) in line.iter_mut().enumerate() {
        *line = pair(&at(first, vector), &at(second, vector));
    }
}

/// Sums of the outer products of all pairs of rows.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
fn products<const VECTORS: usize>(
    lines: &[[Pairs; VECTORS]],
    grads: &[[u32; TILE_ROWS]],
) -> [[f32x16; VECTORS]; TILE_ROWS] {
    let mut tile = [[_mm512_castsi512_ps(_mm512_set1_epi32(0)); VECTORS]; TILE_ROWS];
    for (line, grads) in lines.iter().zip(grads) {
        for (tile, grad) in tile.iter_mut().zip(grads) {
            for vector in 0..VECTORS {
                tile[vector] = add_products(tile[vector], *grad, line[vector]);
            }
        }
    }
    stored(tile)
}

#[cfg(test)]
mod tests {
    use super::super::gradient::weight_gradient;
    use super::super::{Matrix, matmul};
    use super::*;
    use crate::epilogue::Epilogue;
    use crate::factors::Factors;
    use crate::tests::support::{noise, skipped};

    fn rounded(value: f32) -> f64 {
        f64::from(bf16::from_f32(value).to_f32())
    }

    /// That `values` are the sums of `terms` of bf16 factors within the rounding of f32 sums.
    fn are_sums(values: &[f32], terms: impl Fn(usize) -> Vec<f64>) {
        for (index, value) in values.iter().enumerate() {
            let (sum, size) = terms(index).iter().fold((0.0, 1.0), |(sum, size), term| (sum + term, size + term.abs()));
            assert!((f64::from(*value) - sum).abs() < 1e-6 * size, "at {index}: {value} instead of {sum}");
        }
    }

    /// The sizes cross every border, odd ones the middle of a pair.
    #[test]
    fn products_are_those_of_rounded_factors() {
        if !has_bf16() {
            skipped("the processor does not multiply bf16");
            return;
        }
        for [count, inner, columns] in [[97, 5, 3], [205, 513, 33], [130, 1027, 70], [100, 64, 130], [99, 7001, 17]] {
            let (x, weight, bias) = (noise(count * inner, 1), noise(columns * inner, 2), noise(columns, 3));
            let rows = Matrix { values: &x, length: inner };
            let sizes = [count, columns];
            let y = matmul(&rows, Weight::F32(&weight), Epilogue::bias(&bias[..]), sizes, Factors::Bf16);
            are_sums(&y, |index| {
                let (row, column) = (index / columns, index % columns);
                let product = |k: usize| rounded(x[row * inner + k]) * rounded(weight[column * inner + k]);
                (0..inner).map(product).chain([f64::from(bias[column])]).collect()
            });
            let exact = matmul(&rows, Weight::F32(&weight), Epilogue::bias(&bias[..]), sizes, Factors::F32);
            assert!(y != exact, "nothing was rounded");
        }
    }

    #[test]
    fn gradients_of_weights_are_those_of_rounded_factors() {
        if !has_bf16() {
            skipped("the processor does not multiply bf16");
            return;
        }
        for [count, inner, outputs] in [[1, 5, 3], [129, 70, 13], [300, 3, 1], [257, 130, 7]] {
            let (x, grad) = (noise(count * inner, 4), noise(count * outputs, 5));
            let gradient = weight_gradient(&Matrix { values: &x, length: inner }, &grad, outputs, Factors::Bf16);
            are_sums(&gradient, |index| {
                let (output, place) = (index / inner, index % inner);
                (0..count).map(|row| rounded(grad[row * outputs + output]) * rounded(x[row * inner + place])).collect()
            });
        }
    }
}
