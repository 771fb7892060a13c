//! Sums of each channel over rows, in parallel and in one order whatever the number of threads.

use rayon::prelude::*;

use super::simd::vectorised;

/// Values of one piece: large enough to hide a task switch, small enough for the second-level cache.
const PIECE_VALUES: usize = 1 << 15;
/// Rows that are summed in f32 before the sum moves to f64.
pub const BLOCK_ROWS: usize = 16;

vectorised! {
    /// Adds to `sums` the channel sums of `rows`.
    pub fn add_rows(rows: &[f32], sums: &mut [f64]) { _fused => {
        let channels = sums.len();
        let mut block_sums = vec![0.0f32; channels];
        for block in rows.chunks(BLOCK_ROWS * channels) {
            block_sums.fill(0.0);
            for row in block.chunks_exact(channels) {
                for (sum, value) in block_sums.iter_mut().zip(row) {
                    *sum += value;
                }
            }
            for (sum, block_sum) in sums.iter_mut().zip(&block_sums) {
                *sum += f64::from(*block_sum);
            }
        }
    } }
}

/// Sums per channel, over pieces in parallel and always in the same order.
fn sum_pieces(rows: &[f32], piece: usize, channels: usize, add: impl Fn(&[f32], &mut [f64]) + Sync) -> Vec<f64> {
    let pieces = rows.par_chunks(piece).map(|rows| {
        let mut sums = vec![0.0; channels];
        add(rows, &mut sums);
        sums
    });
    add_up(pieces.collect(), channels)
}

pub fn add_up(parts: Vec<Vec<f64>>, channels: usize) -> Vec<f64> {
    parts.into_iter().fold(vec![0.0; channels], |mut total, part| {
        total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
        total
    })
}

/// Values of a piece of a sample, whole positions.
pub fn piece_values(positions: usize, channels: usize) -> usize {
    (PIECE_VALUES / channels).clamp(1, positions.max(1)) * channels
}

/// Sums of the columns of `[rows, columns]`.
pub fn column_sums(rows: &[f32], columns: usize) -> Vec<f32> {
    let piece = piece_values(rows.len() / columns.max(1), columns);
    sum_pieces(rows, piece, columns, add_rows).into_iter().map(|sum| sum as f32).collect()
}
