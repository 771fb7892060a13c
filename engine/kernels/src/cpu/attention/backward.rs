//! The backward pass: one (sequence, head) pair at a time, tasks in parallel; scores stay in the cache.
//!
//! Everything is a matmul of eight rows with a row-major matrix whose rows are padded to whole vectors. The eight
//! accumulators are named one by one: as one two-dimensional array the compiler leaves them in memory, at a fiftieth of
//! the speed.

use rayon::prelude::*;

use super::Sizes;
use crate::cpu::simd::{Fused, vectorised};

/// Rows of a panel.
const ROWS: usize = 8;
/// Columns are padded to whole vectors of the widest unit.
const COLUMNS: usize = 16;
/// Queries of one step of the backward pass.
const QUERY_TILE: usize = 32;

/// What the forward pass leaves for the backward pass.
#[derive(Clone, Copy)]
pub struct Saved<'a> {
    pub q: &'a [f32],
    pub k: &'a [f32],
    pub v: &'a [f32],
    pub out: &'a [f32],
    pub lse: &'a [f32],
}

/// One head of one sequence of `[tokens * pixels, heads * d]`.
#[derive(Clone, Copy)]
struct Head<'a> {
    values: &'a [f32],
    /// From one token to the next.
    step: usize,
    first: usize,
    d: usize,
}

impl<'a> Head<'a> {
    fn token(&self, token: usize) -> &'a [f32] {
        let start = token * self.step + self.first;
        &self.values[start..start + self.d]
    }

    fn tokens(&self) -> usize {
        self.values.len() / self.step
    }

    /// Row-major copy, `[tokens, d]` padded in both directions, times `scale`.
    fn rows(&self, scale: f32) -> Vec<f32> {
        let stride = padded(self.d);
        let mut rows = vec![0.0; self.tokens().next_multiple_of(ROWS) * stride];
        for (token, row) in rows.chunks_exact_mut(stride).enumerate().take(self.tokens()) {
            for (out, value) in row.iter_mut().zip(self.token(token)) {
                *out = value * scale;
            }
        }
        rows
    }

    /// Transposed copy with padded rows: `[d, padded(tokens)]`.
    fn columns(&self) -> Vec<f32> {
        let stride = padded(self.tokens());
        let mut columns = vec![0.0; self.d * stride];
        for token in 0..self.tokens() {
            for (i, value) in self.token(token).iter().enumerate() {
                columns[i * stride + token] = *value;
            }
        }
        columns
    }
}

fn padded(columns: usize) -> usize {
    columns.next_multiple_of(COLUMNS)
}

/// Eight rows of a matrix, each cut to `depth` values.
#[inline(always)]
fn eight_rows(matrix: &[f32], stride: usize, depth: usize) -> [&[f32]; ROWS] {
    let mut rows = matrix.chunks_exact(stride);
    std::array::from_fn(|_| &rows.next().expect("matrices are padded to eight rows")[..depth])
}

#[inline(always)]
fn add_product<const FUSED: bool>(fused: Fused<FUSED>, sums: &mut [f32; COLUMNS], a: f32, line: &[f32; COLUMNS]) {
    for (sum, value) in sums.iter_mut().zip(line) {
        *sum = fused.mul_add(a, *value, *sum);
    }
}

/// `out += a * matrix` for eight rows of `a`, of which `column(k)` gives the values in column `k`; `out` and `matrix`
/// have rows of `stride` values.
#[inline(always)]
fn multiply<const FUSED: bool>(
    fused: Fused<FUSED>,
    depth: usize,
    column: impl Fn(usize) -> [f32; ROWS],
    matrix: &[f32],
    stride: usize,
    out: &mut [f32],
) {
    for start in (0..stride).step_by(COLUMNS) {
        let [mut s0, mut s1, mut s2, mut s3, mut s4, mut s5, mut s6, mut s7] = [[0.0; COLUMNS]; ROWS];
        for (k, line) in matrix.chunks_exact(stride).enumerate().take(depth) {
            let line: [f32; COLUMNS] = line[start..start + COLUMNS].try_into().expect("stride is whole vectors");
            let [a0, a1, a2, a3, a4, a5, a6, a7] = column(k);
            add_product(fused, &mut s0, a0, &line);
            add_product(fused, &mut s1, a1, &line);
            add_product(fused, &mut s2, a2, &line);
            add_product(fused, &mut s3, a3, &line);
            add_product(fused, &mut s4, a4, &line);
            add_product(fused, &mut s5, a5, &line);
            add_product(fused, &mut s6, a6, &line);
            add_product(fused, &mut s7, a7, &line);
        }
        for (out, sums) in out.chunks_exact_mut(stride).zip([s0, s1, s2, s3, s4, s5, s6, s7]) {
            for (out, sum) in out[start..start + COLUMNS].iter_mut().zip(sums) {
                *out += sum;
            }
        }
    }
}

/// [`multiply`] with the eight rows of `a` given as slices.
#[inline(always)]
fn multiply_rows<const FUSED: bool>(
    fused: Fused<FUSED>,
    [a0, a1, a2, a3, a4, a5, a6, a7]: [&[f32]; ROWS],
    matrix: &[f32],
    stride: usize,
    out: &mut [f32],
) {
    let column = |k: usize| [a0[k], a1[k], a2[k], a3[k], a4[k], a5[k], a6[k], a7[k]];
    multiply(fused, a0.len(), column, matrix, stride, out);
}

/// Gradients of one head, padded as `Head::rows`.
struct HeadGrads {
    dq: Vec<f32>,
    dk: Vec<f32>,
    dv: Vec<f32>,
}

vectorised! {
    fn backward_head(
        q: Head<'_>,
        k: Head<'_>,
        v: Head<'_>,
        out: Head<'_>,
        grad: Head<'_>,
        lse: &[f32],
        sizes: Sizes,
    ) -> HeadGrads { fused => {
        let (d, stride, key_stride) = (sizes.d, padded(sizes.d), padded(sizes.tokens_k));
        let (queries, grads, key_rows) = (q.rows(sizes.scale()), grad.rows(1.0), k.rows(sizes.scale()));
        let (key_columns, value_columns) = (k.columns(), v.columns());
        let (mut dq, mut dk) = (vec![0.0; queries.len()], vec![0.0; key_rows.len()]);
        let mut dv = vec![0.0; key_rows.len()];
        let mut weights = vec![0.0; QUERY_TILE * key_stride];
        let mut dscores = vec![0.0; QUERY_TILE * key_stride];
        for tile in (0..sizes.tokens_q).step_by(QUERY_TILE) {
            let tile_rows = QUERY_TILE.min(sizes.tokens_q - tile);
            weights.fill(0.0);
            dscores.fill(0.0);
            for first in (tile..tile + tile_rows).step_by(ROWS) {
                let place = (first - tile) * key_stride..(first - tile + ROWS) * key_stride;
                let (weights, dscores) = (&mut weights[place.clone()], &mut dscores[place]);
                multiply_rows(fused, eight_rows(&queries[first * stride..], stride, d), &key_columns, key_stride, weights);
                multiply_rows(fused, eight_rows(&grads[first * stride..], stride, d), &value_columns, key_stride, dscores);
                let lines = weights.chunks_exact_mut(key_stride).zip(dscores.chunks_exact_mut(key_stride));
                for ((weights, dscores), query) in lines.zip(first..tile + tile_rows) {
                    let visible = sizes.visible(query);
                    // Softmax's backward: ds = w * (dw - sum(w * dw)), and that sum over a row is grad . out.
                    let along = grad.token(query).iter().zip(out.token(query)).map(|(g, o)| g * o).sum::<f32>();
                    for (weight, dscore) in weights[..visible].iter_mut().zip(&mut dscores[..visible]) {
                        *weight = fused.exp(*weight - lse[query]);
                        *dscore = *weight * (*dscore - along);
                    }
                    weights[visible..].fill(0.0);
                    dscores[visible..].fill(0.0);
                }
                let dq = &mut dq[first * stride..(first + ROWS) * stride];
                multiply_rows(fused, eight_rows(dscores, key_stride, sizes.tokens_k), &key_rows, stride, dq);
            }
            for first in (0..sizes.tokens_k).step_by(ROWS) {
                let place = first * stride..(first + ROWS) * stride;
                let column = |matrix: &[f32], query: usize| -> [f32; ROWS] {
                    let start = query * key_stride + first;
                    matrix[start..start + ROWS].try_into().expect("eight values were cut")
                };
                let (queries, grads) = (&queries[tile * stride..], &grads[tile * stride..]);
                multiply(fused, tile_rows, |i| column(&dscores, i), queries, stride, &mut dk[place.clone()]);
                multiply(fused, tile_rows, |i| column(&weights, i), grads, stride, &mut dv[place]);
            }
        }
        HeadGrads { dq, dk, dv }
    } }
}

impl Sizes {
    fn head<'a>(&self, values: &'a [f32], tokens: usize, sequence: usize, head: usize) -> Head<'a> {
        let width = self.heads * self.d;
        let step = self.pixels * width;
        let (batch, pixel) = (sequence / self.pixels, sequence % self.pixels);
        let values = &values[batch * tokens * step..(batch + 1) * tokens * step];
        Head { values, step, first: pixel * width + head * self.d, d: self.d }
    }

    /// Runs `task` for the heads of each sequence in parallel.
    fn each_head<T: Send>(&self, task: impl Fn(usize, usize) -> T + Sync) -> Vec<T> {
        (0..self.batch * self.pixels * self.heads)
            .into_par_iter()
            .map(|i| task(i / self.heads, i % self.heads))
            .collect()
    }

    /// Heads of padded rows back to `[batch, tokens * pixels, heads * d]`.
    fn join<T: Sync>(&self, tokens: usize, heads: &[T], rows: impl Fn(&T) -> &[f32] + Sync) -> Vec<f32> {
        let (width, stride) = (self.heads * self.d, padded(self.d));
        let mut out = vec![0.0; self.batch * tokens * self.pixels * width];
        out.par_chunks_mut(width).enumerate().for_each(|(row, out)| {
            let (token, pixel) = (row / self.pixels % tokens, row % self.pixels);
            let sequence = row / (tokens * self.pixels) * self.pixels + pixel;
            for (out, head) in out.chunks_exact_mut(self.d).zip(&heads[sequence * self.heads..]) {
                out.copy_from_slice(&rows(head)[token * stride..][..self.d]);
            }
        });
        out
    }
}

/// `(dq, dk, dv)`.
pub fn backward(saved: Saved<'_>, grad: &[f32], sizes: Sizes) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let heads = sizes.each_head(|sequence, head| {
        let [q, out, grad] =
            [saved.q, saved.out, grad].map(|values| sizes.head(values, sizes.tokens_q, sequence, head));
        let [k, v] = [saved.k, saved.v].map(|values| sizes.head(values, sizes.tokens_k, sequence, head));
        let first = (sequence * sizes.heads + head) * sizes.tokens_q;
        backward_head(q, k, v, out, grad, &saved.lse[first..first + sizes.tokens_q], sizes)
    });
    (
        sizes.join(sizes.tokens_q, &heads, |head| &head.dq),
        sizes.join(sizes.tokens_k, &heads, |head| &head.dk),
        sizes.join(sizes.tokens_k, &heads, |head| &head.dv),
    )
}
