//! Attention from burn's primitives, with all scores in memory.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Scalar, TensorMetadata};
use burn::tensor::{Shape, Slice, TensorData};

use crate::attention::{AttentionOptions, Mask};
use crate::window_attention::APART;

/// A score that no softmax lets through, and still finite so that no infinity meets another.
const MASKED_SCORE: f32 = -1e30;

/// `[batch, tokens * pixels, heads * d] -> [batch * pixels, heads, tokens, d]`.
fn split_heads<B: Backend>(x: FloatTensor<B>, options: AttentionOptions) -> FloatTensor<B> {
    let AttentionOptions { heads, pixels, .. } = options;
    let [batch, rows, width] = x.shape().dims();
    let (tokens, d) = (rows / pixels, width / heads);
    let x = B::float_reshape(x, Shape::new([batch, tokens, pixels, heads, d]));
    B::float_reshape(B::float_permute(x, &[0, 2, 3, 1, 4]), Shape::new([batch * pixels, heads, tokens, d]))
}

/// `[batch * pixels, heads, tokens, d] -> [batch, tokens * pixels, heads * d]`.
fn join_heads<B: Backend>(x: FloatTensor<B>, pixels: usize) -> FloatTensor<B> {
    let [sequences, heads, tokens, d] = x.shape().dims();
    let batch = sequences / pixels;
    let x = B::float_reshape(x, Shape::new([batch, pixels, heads, tokens, d]));
    B::float_reshape(B::float_permute(x, &[0, 3, 1, 2, 4]), Shape::new([batch, tokens * pixels, heads * d]))
}

/// Scaled and masked scores, `[batch, heads, tokens_q, tokens_k]`, of split heads.
fn scores<B: Backend>(q: FloatTensor<B>, k: FloatTensor<B>, mask: Mask) -> FloatTensor<B> {
    let [_, _, tokens_q, d] = q.shape().dims();
    let [_, _, tokens_k, _] = k.shape().dims();
    let q = B::float_mul_scalar(q, Scalar::Float((d as f64).powf(-0.5)));
    let scores = B::float_matmul(q, B::float_swap_dims(k, 2, 3));
    match mask {
        Mask::None => scores,
        Mask::Causal => {
            let bias = (0..tokens_q)
                .flat_map(|row| (0..tokens_k).map(move |column| if column <= row { 0.0 } else { MASKED_SCORE }))
                .collect::<Vec<f32>>();
            let bias = TensorData::new(bias, [1, 1, tokens_q, tokens_k]);
            let bias = B::float_from_data(bias.convert_dtype(scores.dtype()), &scores.device());
            B::float_add(scores, bias)
        }
    }
}

/// Composed attention: output in the shape of `q` and log-sum-exp `[batch * pixels, heads, tokens_q]`.
pub fn attention<B: Backend>(
    q: FloatTensor<B>,
    k: FloatTensor<B>,
    v: FloatTensor<B>,
    options: AttentionOptions,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let AttentionOptions { heads, mask, pixels, .. } = options;
    let scores = scores::<B>(split_heads::<B>(q, options), split_heads::<B>(k, options), mask);
    let [sequences, _, tokens_q, _] = scores.shape().dims();
    let largest = B::float_detach(B::float_max_dim(scores.clone(), 3));
    let exponentials = B::float_exp(B::float_sub(scores, largest.clone()));
    let sum = B::float_sum_dim(exponentials.clone(), 3);
    let out = B::float_matmul(B::float_div(exponentials, sum.clone()), split_heads::<B>(v, options));
    let lse = B::float_reshape(B::float_add(B::float_log(sum), largest), Shape::new([sequences, heads, tokens_q]));
    (join_heads::<B>(out, pixels), lse)
}

/// Attention in windows with their bias, see [`WindowBias`](crate::WindowBias).
pub fn window_attention<B: Backend>(
    q: FloatTensor<B>,
    k: FloatTensor<B>,
    v: FloatTensor<B>,
    within: FloatTensor<B>,
    more: FloatTensor<B>,
    places: &FloatTensor<B>,
) -> FloatTensor<B> {
    let [windows, _, positions] = places.shape().dims();
    let [heads, ..] = within.shape().dims::<3>();
    let options = AttentionOptions::new(heads);
    // How far apart the positions of each pair are in one of the three numbers, [windows, 1, positions, positions].
    let apart = |index: usize| {
        let slices = [Slice::full(), Slice::from(index..index + 1), Slice::full()];
        let numbers = B::float_slice(places.clone(), &slices);
        let from = B::float_reshape(numbers.clone(), Shape::new([windows, 1, positions, 1]));
        let to = B::float_reshape(numbers, Shape::new([windows, 1, 1, positions]));
        B::float_abs(B::float_sub(from, to))
    };
    let pairs = |table: FloatTensor<B>| B::float_reshape(table, Shape::new([1, heads, positions, positions]));
    let distances = B::float_add(apart(0), apart(1));
    // Regions have whole numbers: those that differ do so by 1 or more.
    let mask = B::float_mul_scalar(B::float_clamp_max(apart(2), Scalar::Float(1.0)), Scalar::Float(f64::from(APART)));
    let bias = B::float_add(B::float_add(B::float_mul(pairs(more), distances), pairs(within)), mask);
    let scores = scores::<B>(split_heads::<B>(q, options), split_heads::<B>(k, options), Mask::None);
    let scores = B::float_add(scores, bias);
    let largest = B::float_detach(B::float_max_dim(scores.clone(), 3));
    let exponentials = B::float_exp(B::float_sub(scores, largest));
    let sum = B::float_sum_dim(exponentials.clone(), 3);
    let out = B::float_matmul(B::float_div(exponentials, sum), split_heads::<B>(v, options));
    join_heads::<B>(out, options.pixels)
}

/// Gradients of [`attention`]'s output: `(dq, dk, dv)`.
pub fn attention_backward<B: Backend>(
    q: FloatTensor<B>,
    k: FloatTensor<B>,
    v: FloatTensor<B>,
    out: FloatTensor<B>,
    lse: FloatTensor<B>,
    grad: FloatTensor<B>,
    options: AttentionOptions,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let AttentionOptions { heads, mask, pixels, .. } = options;
    let [q, k, v, out, grad] = [q, k, v, out, grad].map(|t| split_heads::<B>(t, options));
    let [sequences, _, tokens_q, d] = q.shape().dims();
    let lse = B::float_reshape(lse, Shape::new([sequences, heads, tokens_q, 1]));
    let weights = B::float_exp(B::float_sub(scores::<B>(q.clone(), k.clone(), mask), lse));

    let dv = B::float_matmul(B::float_swap_dims(weights.clone(), 2, 3), grad.clone());
    let dweights = B::float_matmul(grad.clone(), B::float_swap_dims(v, 2, 3));
    // Softmax's backward: ds = w * (dw - sum(w * dw)), and sum(w * dw) over a row is sum(grad * out).
    let along = B::float_sum_dim(B::float_mul(grad, out), 3);
    let dscores = B::float_mul(weights, B::float_sub(dweights, along));
    let dscores = B::float_mul_scalar(dscores, Scalar::Float((d as f64).powf(-0.5)));
    let dq = B::float_matmul(dscores.clone(), k);
    let dk = B::float_matmul(B::float_swap_dims(dscores, 2, 3), q);
    (join_heads::<B>(dq, pixels), join_heads::<B>(dk, pixels), join_heads::<B>(dv, pixels))
}
