//! GEGLU of rows that are already projected: forward and backward for training, where the projection is kept.

use super::parts::in_parts;
use super::simd::vectorised;

/// Values of one task.
const PIECE_VALUES: usize = 1 << 14;

vectorised! {
    fn forward_rows(rows: &[f32], width: usize, out: &mut [f32]) { fused => {
        for (row, out) in rows.chunks_exact(2 * width).zip(out.chunks_exact_mut(width)) {
            let (values, gates) = row.split_at(width);
            for ((out, value), gate) in out.iter_mut().zip(values).zip(gates) {
                *out = value * fused.gelu(*gate);
            }
        }
    } }
}

vectorised! {
    fn backward_rows(rows: &[f32], grads: &[f32], width: usize, out: &mut [f32]) { fused => {
        let lines = rows.chunks_exact(2 * width).zip(grads.chunks_exact(width));
        for ((row, grad), out) in lines.zip(out.chunks_exact_mut(2 * width)) {
            let (values, gates) = row.split_at(width);
            let (dvalues, dgates) = out.split_at_mut(width);
            for ((dvalue, gate), grad) in dvalues.iter_mut().zip(gates).zip(grad) {
                *dvalue = grad * fused.gelu(*gate);
            }
            for (((dgate, value), gate), grad) in dgates.iter_mut().zip(values).zip(gates).zip(grad) {
                *dgate = grad * value * fused.gelu_slope(*gate);
            }
        }
    } }
}

fn rows_of_a_task(width: usize) -> usize {
    (PIECE_VALUES / width).max(1)
}

/// `value * gelu(gate)`: `[rows, 2 * width] -> [rows, width]`.
pub fn forward(x: &[f32], width: usize) -> Vec<f32> {
    let task = rows_of_a_task(width) * width;
    in_parts(x.len() / 2, task, |index, y| forward_rows(&x[2 * index * task..][..2 * y.len()], width, y))
}

/// Gradient with respect to `x`; `grad` is `[rows, width]`.
pub fn backward(x: &[f32], grad: &[f32], width: usize) -> Vec<f32> {
    let task = rows_of_a_task(width) * width;
    in_parts(x.len(), 2 * task, |index, dx| {
        let (x, grad) = (&x[2 * index * task..][..dx.len()], &grad[index * task..][..dx.len() / 2]);
        backward_rows(x, grad, width, dx);
    })
}
