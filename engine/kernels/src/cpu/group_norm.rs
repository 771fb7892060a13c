//! Group norm with optional SiLU for `[n, positions, channels]`.
//!
//! Rayon's tasks are the samples, and within a large sample pieces of its positions, so that one picture of a decoder
//! uses every core as well as a batch of small ones. Within a piece, mean and variance take a pass each: a mean far from
//! zero would otherwise cost the variance its digits. Pieces are put together in f64 (Chan et al. 1983).

use rayon::prelude::*;

use super::parts::in_nested_parts;
use super::simd::vectorised;
use super::sums::{BLOCK_ROWS, add_rows, add_up, piece_values};
use crate::{GroupNormOptions, NormActivation};

/// The affine map of each channel of one sample.
struct Sample {
    mean: Vec<f32>,
    inverse_std: Vec<f32>,
    /// `inverse_std * gamma`.
    scale: Vec<f32>,
}

vectorised! {
    /// Adds to `sums` the channel sums of the squared distances from `mean`.
    fn add_squares(rows: &[f32], mean: &[f32], sums: &mut [f64]) { fused => {
        let channels = sums.len();
        let mut block_sums = vec![0.0f32; channels];
        for block in rows.chunks(BLOCK_ROWS * channels) {
            block_sums.fill(0.0);
            for row in block.chunks_exact(channels) {
                for ((sum, value), mean) in block_sums.iter_mut().zip(row).zip(mean) {
                    let centred = value - mean;
                    *sum = fused.mul_add(centred, centred, *sum);
                }
            }
            for (sum, block_sum) in sums.iter_mut().zip(&block_sums) {
                *sum += f64::from(*block_sum);
            }
        }
    } }
}

vectorised! {
    fn normalise(rows: &[f32], sample: &Sample, beta: &[f32], activation: NormActivation, out: &mut [f32]) { fused => {
        let channels = beta.len();
        for (row, out) in rows.chunks_exact(channels).zip(out.chunks_exact_mut(channels)) {
            let parameters = sample.mean.iter().zip(&sample.scale).zip(beta);
            for ((out, value), ((mean, scale), beta)) in out.iter_mut().zip(row).zip(parameters) {
                *out = fused.mul_add(value - mean, *scale, *beta);
            }
            if activation == NormActivation::Silu {
                for out in out {
                    *out *= fused.sigmoid(*out);
                }
            }
        }
    } }
}

vectorised! {
    /// Writes to `out` the gradient that reaches the normalised and scaled value, and adds to `sums` per channel its
    /// sum and to `along` its sum of products with the centred value.
    fn start_backward(
        rows: &[f32],
        grad: &[f32],
        sample: &Sample,
        beta: &[f32],
        activation: NormActivation,
        out: &mut [f32],
        sums: &mut [f64],
        along: &mut [f64],
    ) { fused => {
        let channels = beta.len();
        let mut block_sums = vec![0.0f32; channels];
        let mut block_along = vec![0.0f32; channels];
        let length = BLOCK_ROWS * channels;
        for ((rows, grads), outs) in rows.chunks(length).zip(grad.chunks(length)).zip(out.chunks_mut(length)) {
            block_sums.fill(0.0);
            block_along.fill(0.0);
            let lines = rows.chunks_exact(channels).zip(grads.chunks_exact(channels));
            for ((row, grad), out) in lines.zip(outs.chunks_exact_mut(channels)) {
                out.copy_from_slice(grad);
                if activation == NormActivation::Silu {
                    let parameters = sample.mean.iter().zip(&sample.scale).zip(beta);
                    for ((out, value), ((mean, scale), beta)) in out.iter_mut().zip(row).zip(parameters) {
                        let y = fused.mul_add(value - mean, *scale, *beta);
                        // d silu(y) / dy = s * (1 + y * (1 - s)) with s = sigmoid(y).
                        let s = fused.sigmoid(y);
                        *out *= s * fused.mul_add(y, 1.0 - s, 1.0);
                    }
                }
                let totals = block_sums.iter_mut().zip(&mut block_along);
                for (((out, value), mean), (sum, along)) in out.iter().zip(row).zip(&sample.mean).zip(totals) {
                    *sum += out;
                    *along = fused.mul_add(*out, value - mean, *along);
                }
            }
            for (sum, block_sum) in sums.iter_mut().zip(&block_sums) {
                *sum += f64::from(*block_sum);
            }
            for (sum, block_sum) in along.iter_mut().zip(&block_along) {
                *sum += f64::from(*block_sum);
            }
        }
    } }
}

vectorised! {
    /// `out = out * scale + centred * slope + offset`, each per channel.
    fn finish_backward(rows: &[f32], sample: &Sample, slope: &[f32], offset: &[f32], out: &mut [f32]) { fused => {
        let channels = offset.len();
        for (row, out) in rows.chunks_exact(channels).zip(out.chunks_exact_mut(channels)) {
            let parameters = sample.mean.iter().zip(&sample.scale).zip(slope.iter().zip(offset));
            for ((out, value), ((mean, scale), (slope, offset))) in out.iter_mut().zip(row).zip(parameters) {
                *out = fused.mul_add(*out, *scale, fused.mul_add(value - mean, *slope, *offset));
            }
        }
    } }
}

/// For each channel the mean over its group of `sums / positions`.
fn group_means(sums: &[f64], positions: usize, groups: usize) -> Vec<f64> {
    let group_channels = sums.len() / groups;
    let count = (positions * group_channels) as f64;
    let means = sums.chunks_exact(group_channels).map(|sums| sums.iter().sum::<f64>() / count);
    means.flat_map(|mean| std::iter::repeat_n(mean, group_channels)).collect()
}

/// Sums of one piece of a sample, per channel.
struct PieceSums {
    positions: usize,
    /// What the squared distances are measured from: the piece's own mean of each channel's group.
    mean: Vec<f32>,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl PieceSums {
    /// Two passes over a piece, which the cache holds.
    fn new(rows: &[f32], channels: usize, groups: usize) -> Self {
        let positions = rows.len() / channels;
        let mut sums = vec![0.0; channels];
        add_rows(rows, &mut sums);
        let mean = group_means(&sums, positions, groups).into_iter().map(|mean| mean as f32).collect::<Vec<_>>();
        let mut squares = vec![0.0; channels];
        add_squares(rows, &mean, &mut squares);
        Self { positions, mean, sums, squares }
    }

    /// Squared distances from another mean: `sum (x - m)^2 = sum (x - p)^2 + 2 (p - m) sum (x - p) + n (p - m)^2`.
    fn squares_from(&self, mean: &[f64]) -> Vec<f64> {
        let positions = self.positions as f64;
        let own = self.sums.iter().zip(&self.squares).zip(&self.mean);
        own.zip(mean)
            .map(|(((sum, squares), own), mean)| {
                let own = f64::from(*own);
                let shift = own - mean;
                squares + 2.0 * shift * (sum - positions * own) + positions * shift * shift
            })
            .collect()
    }
}

impl Sample {
    /// One pass over memory: pieces are small enough that both of their passes find them in the cache.
    fn new(rows: &[f32], gamma: &[f32], piece: usize, options: GroupNormOptions) -> Self {
        let channels = gamma.len();
        let positions = rows.len() / channels;
        let pieces: Vec<PieceSums> =
            rows.par_chunks(piece).map(|rows| PieceSums::new(rows, channels, options.groups)).collect();
        let sums = add_up(pieces.iter().map(|piece| piece.sums.clone()).collect(), channels);
        let mean = group_means(&sums, positions, options.groups);
        let squares = add_up(pieces.iter().map(|piece| piece.squares_from(&mean)).collect(), channels);
        let variance = group_means(&squares, positions, options.groups);
        let inverse_std = variance.into_iter().map(|v| (1.0 / (v + options.eps).sqrt()) as f32).collect::<Vec<_>>();
        let scale = inverse_std.iter().zip(gamma).map(|(inverse_std, gamma)| inverse_std * gamma).collect();
        Self { mean: mean.into_iter().map(|mean| mean as f32).collect(), inverse_std, scale }
    }
}

/// The output, shaped as `x`.
pub fn forward(
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    [_, positions, channels]: [usize; 3],
    options: GroupNormOptions,
) -> Vec<f32> {
    let (sample_values, piece) = (positions * channels, piece_values(positions, channels));
    in_nested_parts(
        x.len(),
        [sample_values, piece],
        |number| Sample::new(&x[number * sample_values..][..sample_values], gamma, piece, options),
        |sample, number, index, y| {
            let x = &x[number * sample_values + index * piece..][..y.len()];
            normalise(x, sample, beta, options.activation, y);
        },
    )
}

/// `(dx, dgamma, dbeta)`.
pub fn backward(
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    grad: &[f32],
    [_, positions, channels]: [usize; 3],
    options: GroupNormOptions,
) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let mut dx = vec![0.0; x.len()];
    let (sample_values, piece) = (positions * channels, piece_values(positions, channels));
    if sample_values == 0 {
        return (dx, vec![0.0; channels], vec![0.0; channels]);
    }
    let samples = dx.par_chunks_mut(sample_values).zip(x.par_chunks(sample_values)).zip(grad.par_chunks(sample_values));
    let parameter_grads = samples.map(|((dx, x), grad)| {
        let sample = Sample::new(x, gamma, piece, options);
        let pieces = dx.par_chunks_mut(piece).zip(x.par_chunks(piece)).zip(grad.par_chunks(piece));
        let sums = pieces.map(|((dx, x), grad)| {
            let (mut sums, mut along) = (vec![0.0; channels], vec![0.0; channels]);
            start_backward(x, grad, &sample, beta, options.activation, dx, &mut sums, &mut along);
            (sums, along)
        });
        let (sums, along) = sums.collect::<(Vec<_>, Vec<_>)>();
        let (sums, along) = (add_up(sums, channels), add_up(along, channels));

        // dx = (g - mean(g) - x_hat * mean(g * x_hat)) / std with g the gradient times gamma.
        let weigh = |sums: &[f64]| sums.iter().zip(gamma).map(|(sum, g)| sum * f64::from(*g)).collect::<Vec<_>>();
        let mean = group_means(&weigh(&sums), positions, options.groups);
        let mean_along = group_means(&weigh(&along), positions, options.groups);
        let inverse_std = sample.inverse_std.iter().map(|&value| f64::from(value));
        let offset = mean.iter().zip(inverse_std.clone()).map(|(mean, i)| (-mean * i) as f32).collect::<Vec<_>>();
        let slope =
            mean_along.iter().zip(inverse_std.clone()).map(|(m, i)| (-m * i * i * i) as f32).collect::<Vec<_>>();
        dx.par_chunks_mut(piece)
            .zip(x.par_chunks(piece))
            .for_each(|(dx, x)| finish_backward(x, &sample, &slope, &offset, dx));
        let dgamma = along.iter().zip(inverse_std).map(|(along, i)| along * i).collect::<Vec<_>>();
        (dgamma, sums)
    });
    let (dgamma, dbeta) = parameter_grads.collect::<(Vec<_>, Vec<_>)>();
    let round = |parts| add_up(parts, channels).into_iter().map(|value| value as f32).collect();
    (dx, round(dgamma), round(dbeta))
}
