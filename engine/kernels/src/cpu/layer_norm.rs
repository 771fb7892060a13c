//! Layer norm over rows of `channels` values.

use rayon::prelude::*;

use super::parts::in_parts;
use super::simd::{Fused, vectorised};

/// Values of one task.
const PIECE_VALUES: usize = 1 << 14;
/// Partial sums of a row, one for each lane of the widest vector unit.
const LANES: usize = 16;

/// The sum of `value(i)`, in lanes that vectorise and shorten the chain of roundings.
#[inline(always)]
fn lane_sum(length: usize, value: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let whole = length / LANES * LANES;
    for start in (0..whole).step_by(LANES) {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += value(start + lane);
        }
    }
    for i in whole..length {
        lanes[i - whole] += value(i);
    }
    lanes.into_iter().map(f64::from).sum::<f64>() as f32
}

/// Mean and `1 / sqrt(variance + eps)` of a row, in two passes.
#[inline(always)]
fn statistics<const FUSED: bool>(_: Fused<FUSED>, row: &[f32], eps: f64) -> (f32, f32) {
    let channels = row.len() as f32;
    let mean = lane_sum(row.len(), |i| row[i]) / channels;
    let variance = lane_sum(row.len(), |i| (row[i] - mean) * (row[i] - mean)) / channels;
    (mean, (1.0 / (f64::from(variance) + eps).sqrt()) as f32)
}

vectorised! {
    fn forward_rows(rows: &[f32], gamma: &[f32], beta: &[f32], eps: f64, out: &mut [f32]) { fused => {
        let channels = gamma.len();
        for (row, out) in rows.chunks_exact(channels).zip(out.chunks_exact_mut(channels)) {
            let (mean, inverse_std) = statistics(fused, row, eps);
            for ((out, value), (gamma, beta)) in out.iter_mut().zip(row).zip(gamma.iter().zip(beta)) {
                *out = fused.mul_add((value - mean) * inverse_std, *gamma, *beta);
            }
        }
    } }
}

vectorised! {
    fn backward_rows(
        rows: &[f32],
        gamma: &[f32],
        grads: &[f32],
        eps: f64,
        out: &mut [f32],
        dgamma: &mut [f32],
        dbeta: &mut [f32],
    ) { fused => {
        let channels = gamma.len();
        let lines = rows.chunks_exact(channels).zip(grads.chunks_exact(channels));
        for ((row, grad), out) in lines.zip(out.chunks_exact_mut(channels)) {
            let (row, grad) = (&row[..channels], &grad[..channels]);
            let (mean, inverse_std) = statistics(fused, row, eps);
            let average = lane_sum(channels, |i| grad[i] * gamma[i]) / channels as f32;
            let along = lane_sum(channels, |i| grad[i] * gamma[i] * ((row[i] - mean) * inverse_std)) / channels as f32;
            let parameters = dgamma.iter_mut().zip(dbeta.iter_mut()).zip(gamma);
            for (((out, value), grad), ((dgamma, dbeta), gamma)) in out.iter_mut().zip(row).zip(grad).zip(parameters) {
                let x_hat = (value - mean) * inverse_std;
                *dgamma = fused.mul_add(*grad, x_hat, *dgamma);
                *dbeta += grad;
                *out = (fused.mul_add(*grad, *gamma, -average) - x_hat * along) * inverse_std;
            }
        }
    } }
}

fn piece_values(channels: usize) -> usize {
    (PIECE_VALUES / channels).max(1) * channels
}

/// The output, shaped as `x`; `gamma` gives the length of a row.
pub fn forward(x: &[f32], gamma: &[f32], beta: &[f32], eps: f64) -> Vec<f32> {
    let piece = piece_values(gamma.len());
    in_parts(x.len(), piece, |index, y| forward_rows(&x[index * piece..][..y.len()], gamma, beta, eps, y))
}

/// `(dx, dgamma, dbeta)`.
pub fn backward(x: &[f32], gamma: &[f32], grad: &[f32], eps: f64) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let channels = gamma.len();
    let mut dx = vec![0.0; x.len()];
    let piece = piece_values(channels);
    let pieces = dx.par_chunks_mut(piece).zip(x.par_chunks(piece)).zip(grad.par_chunks(piece));
    let parts = pieces.map(|((dx, x), grad)| {
        let (mut dgamma, mut dbeta) = (vec![0.0f32; channels], vec![0.0f32; channels]);
        backward_rows(x, gamma, grad, eps, dx, &mut dgamma, &mut dbeta);
        (dgamma, dbeta)
    });
    let (dgamma, dbeta) = parts.collect::<(Vec<_>, Vec<_>)>();
    let add_up = |parts: Vec<Vec<f32>>| {
        let totals = parts.into_iter().fold(vec![0.0f64; channels], |mut total, part| {
            total.iter_mut().zip(part).for_each(|(total, part)| *total += f64::from(part));
            total
        });
        totals.into_iter().map(|total| total as f32).collect()
    };
    (dx, add_up(dgamma), add_up(dbeta))
}
