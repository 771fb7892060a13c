//! The matmul of a backward pass: how the loss changes with a weight, `grad^T x`.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::tile::TILE_ROWS;
use super::{Rows, bf16};
use crate::factors::Factors;

/// Rows whose values for one tile of inputs fit the first-level cache.
pub(super) const SHARE_ROWS: usize = 128;
/// Tiles of outputs that share what the cache holds, at most.
const TASK_TILES: usize = 16;
/// Tasks for each thread, so that all end at about the same time.
const TASKS: usize = 4;

/// Gradient of a weight `[outputs, length, stretches]`, for `grad` of `[rows, outputs]`.
///
/// Sums over rows are made in one order whatever the number of threads: tasks share the outputs, not the rows.
///
/// # Panics
/// When the processor does not multiply these factors: a bug of the caller.
pub fn weight_gradient<R: Rows>(rows: &R, grad: &[f32], outputs: usize, factors: Factors) -> Vec<f32> {
    let (stretches, length) = (rows.stretches(), rows.length());
    let arch = Arch::new();
    let tiles = (outputs * stretches / (TASKS * rayon::current_num_threads())).div_ceil(TILE_ROWS);
    let task_outputs = tiles.clamp(1, TASK_TILES) * TILE_ROWS;
    let groups = outputs.div_ceil(task_outputs);
    let gradients = (factors == Factors::Bf16).then(|| bf16::Gradients::new(grad, outputs));
    let tasks = (0..groups * stretches).into_par_iter().map(|task| {
        let (first, stretch) = (task / stretches * task_outputs, task % stretches);
        let count = task_outputs.min(outputs - first);
        let mut sums = vec![0.0; count * length];
        let outer = Outer { rows, grad, outputs, first, stretch, sums: &mut sums };
        match &gradients {
            None => arch.dispatch(outer),
            Some(gradients) => bf16::outer(outer, gradients),
        }
        sums
    });
    let parts: Vec<_> = tasks.collect();
    let mut gradient = vec![0.0; outputs * length * stretches];
    for (gradient, parts) in
        gradient.chunks_mut(task_outputs * length * stretches).zip(parts.chunks_exact(stretches.max(1)))
    {
        for (stretch, part) in parts.iter().enumerate() {
            gradient[stretch..].iter_mut().step_by(stretches).zip(part).for_each(|(place, sum)| *place = *sum);
        }
    }
    gradient
}

/// Sums of outer products of a few outputs with one stretch of all rows.
pub(super) struct Outer<'a, R> {
    pub rows: &'a R,
    pub grad: &'a [f32],
    pub outputs: usize,
    pub first: usize,
    pub stretch: usize,
    /// `[count, length]`
    pub sums: &'a mut [f32],
}

impl<R: Rows> WithSimd for Outer<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 { self.run::<S, 4>(simd) } else { self.run::<S, 2>(simd) }
    }
}

impl<R: Rows> Outer<'_, R> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize>(self, simd: S) {
        let Self { rows, grad, outputs, first, stretch, sums } = self;
        let (length, lanes) = (rows.length(), VECTORS * S::F32_LANES);
        let count = sums.len() / length;
        let mut values = Vec::with_capacity(SHARE_ROWS);
        let mut lines = [[simd.splat_f32s(0.0); VECTORS]; SHARE_ROWS];
        let mut room = Vec::new();
        for (share, grads) in grad.chunks(SHARE_ROWS * outputs).enumerate() {
            let share_rows = share * SHARE_ROWS..share * SHARE_ROWS + grads.len() / outputs;
            values.clear();
            values.extend(share_rows.map(|row| rows.stretch(rows.place(row), stretch)));
            gather(grads, outputs, first, count, &mut room);
            for start in (0..length).step_by(lanes) {
                let columns = start..(start + lanes).min(length);
                // Not by `extend`: its closure would not be compiled for the vector unit.
                for (line, values) in lines.iter_mut().zip(&values) {
                    load::<S, VECTORS>(simd, &values[columns.clone()], line);
                }
                for (tile_index, grads) in room.chunks_exact(values.len()).enumerate() {
                    let tile = outer::<S, VECTORS>(simd, &lines[..values.len()], grads);
                    let rows = sums[tile_index * TILE_ROWS * length..].chunks_mut(length);
                    for (sums, tile) in rows.zip(&tile) {
                        add::<S, VECTORS>(simd, &mut sums[columns.clone()], tile);
                    }
                }
            }
        }
    }
}

/// Gradients in tiles of outputs, `[tiles, rows, TILE_ROWS]`; outputs beyond the last are zeros.
#[inline(always)]
fn gather(grads: &[f32], outputs: usize, first: usize, count: usize, room: &mut Vec<[f32; TILE_ROWS]>) {
    let rows = grads.len() / outputs;
    room.clear();
    room.resize(rows * count.div_ceil(TILE_ROWS), [0.0; TILE_ROWS]);
    for (tile, lines) in room.chunks_exact_mut(rows).enumerate() {
        let from = first + tile * TILE_ROWS;
        let valid = TILE_ROWS.min(first + count - from);
        for (line, grads) in lines.iter_mut().zip(grads.chunks_exact(outputs)) {
            for (line, grad) in line.iter_mut().zip(&grads[from..from + valid]) {
                *line = *grad;
            }
        }
    }
}

/// Up to `VECTORS` vectors, zeros behind the last value.
#[inline(always)]
fn load<S: Simd, const VECTORS: usize>(simd: S, values: &[f32], line: &mut [S::f32s; VECTORS]) {
    let (whole, rest) = S::as_simd_f32s(values);
    if whole.len() == VECTORS {
        line.copy_from_slice(whole);
        return;
    }
    *line = [simd.splat_f32s(0.0); VECTORS];
    for (line, whole) in line.iter_mut().zip(whole) {
        *line = *whole;
    }
    line[whole.len()] = simd.partial_load_f32s(rest);
}

/// Sums of the outer products of all rows. The loop has no index that could be out of bounds: with one, the compiler keeps
/// the sums in memory.
#[inline(always)]
fn outer<S: Simd, const VECTORS: usize>(
    simd: S,
    lines: &[[S::f32s; VECTORS]],
    grads: &[[f32; TILE_ROWS]],
) -> [[S::f32s; VECTORS]; TILE_ROWS] {
    let mut tile = [[simd.splat_f32s(0.0); VECTORS]; TILE_ROWS];
    for (line, grads) in lines.iter().zip(grads) {
        for (tile, grad) in tile.iter_mut().zip(grads) {
            let grad = simd.splat_f32s(*grad);
            for vector in 0..VECTORS {
                tile[vector] = simd.mul_add_f32s(grad, line[vector], tile[vector]);
            }
        }
    }
    tile
}

/// Adds a row of a tile to sums, which are fewer at the border.
#[inline(always)]
pub(super) fn add<S: Simd, const VECTORS: usize>(simd: S, sums: &mut [f32], tile: &[S::f32s; VECTORS]) {
    let (whole, rest) = S::as_mut_simd_f32s(sums);
    for (sum, tile) in whole.iter_mut().zip(tile) {
        *sum = simd.add_f32s(*sum, *tile);
    }
    if let Some(tile) = tile.get(whole.len()) {
        let sum = simd.add_f32s(simd.partial_load_f32s(rest), *tile);
        simd.partial_store_f32s(rest, sum);
    }
}
