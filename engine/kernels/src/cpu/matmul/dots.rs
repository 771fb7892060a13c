//! Matmuls of a few rows: inner products with the weight as it lies, since packing it would take longer than multiplying.

use std::ops::Range;

use half::f16;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::tile::{Finish, Start, finish_row};
use super::{Q8, Rows, TileEpilogue, Weight, Widen};
use crate::cpu::simd::vectorised;

/// Rows up to which packing does not pay: every value of the weight is packed for as many multiplications.
const FEW_ROWS: usize = 96;
/// The same for short rows, whose inner products end sooner than their sums over the lanes of a vector.
const FEW_SHORT_ROWS: usize = 16;
/// Values of a row that is not short.
const LONG_ROW: usize = 512;
/// Columns of a task.
const TASK_COLUMNS: usize = 48;
/// Rows and columns that are multiplied together: their sums, and what is multiplied, fill 16 registers.
const ROWS: usize = 4;
const COLUMNS: usize = 3;

/// Whether these rows are so few.
pub fn suits(rows: &impl Rows, count: usize, weight: Weight<'_>) -> bool {
    let few = if rows.length() < LONG_ROW { FEW_SHORT_ROWS } else { FEW_ROWS };
    count <= few && rows.stretches() == 1 && !matches!(weight, Weight::Adjoint(_))
}

/// What [`super::matmul()`] computes but for its activation, for rows that [`suits`].
pub fn matmul<R: Rows>(rows: &R, weight: Weight<'_>, epilogue: TileEpilogue<'_>, columns: usize, y: &mut [f32]) {
    let count = y.len() / columns;
    let rows: Vec<&[f32]> = (0..count).map(|row| rows.stretch(rows.place(row), 0)).collect();
    let arch = Arch::new();
    let sums = |range: Range<usize>| match weight {
        Weight::F32(weight) => arch.dispatch(Dots { rows: &rows, weight, range }),
        Weight::F16(weight) => arch.dispatch(Dots { rows: &rows, weight, range }),
        Weight::Q8(weight) => arch.dispatch(Dots { rows: &rows, weight: &weight, range }),
        Weight::Adjoint(_) => unreachable!("its columns do not lie together"),
    };
    let tasks = (0..columns).into_par_iter().step_by(TASK_COLUMNS).map(|first| {
        let range = first..(first + TASK_COLUMNS).min(columns);
        let gates =
            matches!(epilogue, TileEpilogue::Geglu { .. }).then(|| sums(range.start + columns..range.end + columns));
        (range.clone(), sums(range), gates)
    });
    for (range, sums, gates) in tasks.collect::<Vec<_>>() {
        for (row, (y, sums)) in y.chunks_exact_mut(columns).zip(sums.chunks_exact(range.len())).enumerate() {
            let finish = match epilogue {
                TileEpilogue::Plain => Finish::From(Start::Zero),
                TileEpilogue::Bias(bias) => Finish::From(Start::Bias(&bias[range.clone()])),
                TileEpilogue::Add { bias, residual } => Finish::From(Start::Add {
                    bias: &bias[range.clone()],
                    residual: &residual[row * columns..][range.clone()],
                }),
                TileEpilogue::Geglu { bias } => {
                    Finish::Geglu { bias: &bias[range.clone()], gate_bias: &bias[columns..][range.clone()] }
                }
            };
            let gates = gates.as_ref().map(|gates| &gates[row * range.len()..][..range.len()]);
            finish_one(sums, gates, finish, &mut y[range.clone()]);
        }
    }
}

vectorised! {
    fn finish_one(sums: &[f32], gates: Option<&[f32]>, finish: Finish<'_>, y: &mut [f32]) { fused => {
        finish_row(fused, sums, gates, finish, y);
    } }
}

/// Inner products of all rows with some columns, `[rows, columns]`.
struct Dots<'a, W: ?Sized> {
    rows: &'a [&'a [f32]],
    weight: &'a W,
    range: Range<usize>,
}

/// A weight whose columns can be had as f32, without a copy where they are.
trait Columns: Widen {
    fn column<'a>(&'a self, first: usize, room: &'a mut [f32]) -> &'a [f32];
}

impl Columns for [f32] {
    fn column<'a>(&'a self, first: usize, room: &'a mut [f32]) -> &'a [f32] {
        &self[first..][..room.len()]
    }
}

impl Columns for [f16] {
    fn column<'a>(&'a self, first: usize, room: &'a mut [f32]) -> &'a [f32] {
        self.widen(first, room);
        room
    }
}

impl Columns for Q8<'_> {
    fn column<'a>(&'a self, first: usize, room: &'a mut [f32]) -> &'a [f32] {
        self.widen(first, room);
        room
    }
}

impl<W: Columns + ?Sized> WithSimd for Dots<'_, W> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let width = self.range.len();
        let inner = self.rows[0].len();
        let mut sums = vec![0.0; self.rows.len() * width];
        let mut room: [_; COLUMNS] = std::array::from_fn(|_| vec![0.0; inner]);
        for first in (0..width).step_by(COLUMNS) {
            let columns = COLUMNS.min(width - first);
            let mut lane = 0;
            // Columns beyond the last repeat it, and rows too; what they give is not stored.
            let weights = room.each_mut().map(|room| {
                let column = self.range.start + first + lane.min(columns - 1);
                lane += 1;
                self.weight.column(column * inner, room)
            });
            for (group, rows) in self.rows.chunks(ROWS).enumerate() {
                let rows: [&[f32]; ROWS] = std::array::from_fn(|row| rows[row.min(rows.len() - 1)]);
                let dots = dots(simd, rows, weights);
                for (sums, dots) in sums[group * ROWS * width..].chunks_exact_mut(width).zip(dots) {
                    sums[first..first + columns].copy_from_slice(&dots[..columns]);
                }
            }
        }
        sums
    }
}

/// Inner products of four rows with three columns. The loop has no index that could be out of bounds: with one, the compiler
/// keeps the sums in memory.
#[inline(always)]
fn dots<S: Simd>(simd: S, rows: [&[f32]; ROWS], columns: [&[f32]; COLUMNS]) -> [[f32; COLUMNS]; ROWS] {
    let mut sums = [[simd.splat_f32s(0.0); COLUMNS]; ROWS];
    let [(a, a_tail), (b, b_tail), (c, c_tail), (d, d_tail)] = rows.map(S::as_simd_f32s);
    let [(u, u_tail), (v, v_tail), (w, w_tail)] = columns.map(S::as_simd_f32s);
    for ((((((a, b), c), d), u), v), w) in a.iter().zip(b).zip(c).zip(d).zip(u).zip(v).zip(w) {
        for (sums, row) in sums.iter_mut().zip([a, b, c, d]) {
            let [with_u, with_v, with_w] = sums;
            *with_u = simd.mul_add_f32s(*row, *u, *with_u);
            *with_v = simd.mul_add_f32s(*row, *v, *with_v);
            *with_w = simd.mul_add_f32s(*row, *w, *with_w);
        }
    }
    // Loops, not `map`: closures that go through the standard library are not compiled for the vector unit.
    if !a_tail.is_empty() {
        let tails = [simd.partial_load_f32s(u_tail), simd.partial_load_f32s(v_tail), simd.partial_load_f32s(w_tail)];
        for (sums, row) in sums.iter_mut().zip([a_tail, b_tail, c_tail, d_tail]) {
            let row = simd.partial_load_f32s(row);
            for (sum, column) in sums.iter_mut().zip(tails) {
                *sum = simd.mul_add_f32s(row, column, *sum);
            }
        }
    }
    let mut dots = [[0.0; COLUMNS]; ROWS];
    for (dots, sums) in dots.iter_mut().zip(sums) {
        for (dot, sum) in dots.iter_mut().zip(sums) {
            *dot = simd.reduce_sum_f32s(sum);
        }
    }
    dots
}
