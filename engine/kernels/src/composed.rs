//! Every operation from burn's primitives: the default on devices without a kernel, and the unfused path.
//!
//! Generic in the backend. On `Autodiff<B>` these bodies are differentiated by burn itself, which makes them the check
//! of the hand-written backward passes.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Scalar, TensorMetadata, read_sync};
use burn::tensor::ops::ConvOptions as BurnConvOptions;
use burn::tensor::{DType, FloatDType, Shape, Slice, TensorData};
use hummingbird_shaders::latent_to_rgb8::{self, RgbMap};
use hummingbird_shaders::matmul::unpack_q8;

use super::attention::{AttentionOptions, Mask};
use super::backend::KernelBackend;
use super::conv::ConvOptions;
use super::epilogue::{Activation, Epilogue};
use super::fma_chain::FmaChain;
use super::norm::{GroupNormOptions, NormActivation};
use super::weight::sizes_of;

/// A score that no softmax lets through, and still finite so that no infinity meets another.
const MASKED_SCORE: f32 = -1e30;

/// `x` without mean and with unit variance in each group, and the factors that made it so.
struct Normalised<B: Backend> {
    /// `[n, positions, groups, channels / groups]`.
    x_hat: FloatTensor<B>,
    /// `1 / sqrt(variance + eps)`, `[n, 1, groups, 1]`.
    inverse_std: FloatTensor<B>,
}

/// Mean over positions and channels of each group: `[n, positions, groups, k] -> [n, 1, groups, 1]`.
fn group_mean<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_mean_dim(B::float_mean_dim(x, 3), 1)
}

fn normalise<B: Backend>(x: FloatTensor<B>, options: GroupNormOptions) -> Normalised<B> {
    let [n, positions, channels] = x.shape().dims();
    let groups = options.groups;
    let x = B::float_reshape(x, Shape::new([n, positions, groups, channels / groups]));
    let centred = B::float_sub(x.clone(), group_mean::<B>(x));
    let variance = group_mean::<B>(B::float_mul(centred.clone(), centred.clone()));
    let inverse_std = B::float_recip(B::float_sqrt(B::float_add_scalar(variance, Scalar::Float(options.eps))));
    Normalised { x_hat: B::float_mul(centred, inverse_std.clone()), inverse_std }
}

/// `[channels] -> [1, 1, groups, channels / groups]`.
fn per_group<B: Backend>(parameter: FloatTensor<B>, groups: usize) -> FloatTensor<B> {
    let [channels] = parameter.shape().dims();
    B::float_reshape(parameter, Shape::new([1, 1, groups, channels / groups]))
}

/// Composed [`super::group_norm()`].
pub fn group_norm<B: Backend>(
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    options: GroupNormOptions,
) -> FloatTensor<B> {
    let shape = x.shape();
    let x_hat = normalise::<B>(x, options).x_hat;
    let scaled = B::float_mul(x_hat, per_group::<B>(gamma, options.groups));
    let y = B::float_reshape(B::float_add(scaled, per_group::<B>(beta, options.groups)), shape);
    match options.activation {
        NormActivation::None => y,
        NormActivation::Silu => B::float_mul(y.clone(), B::sigmoid(y)),
    }
}

/// Gradients of [`group_norm`]: `(dx, dgamma, dbeta)`.
pub fn group_norm_backward<B: Backend>(
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    grad: FloatTensor<B>,
    options: GroupNormOptions,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let shape = x.shape();
    let [_, _, channels] = shape.dims();
    let Normalised { x_hat, inverse_std } = normalise::<B>(x, options);
    let grad = B::float_reshape(grad, x_hat.shape());
    let gamma = per_group::<B>(gamma, options.groups);
    let grad = match options.activation {
        NormActivation::None => grad,
        NormActivation::Silu => {
            // d silu(y) / dy = s + y * s * (1 - s) with s = sigmoid(y).
            let scaled = B::float_mul(x_hat.clone(), gamma.clone());
            let y = B::float_add(scaled, per_group::<B>(beta, options.groups));
            let s = B::sigmoid(y.clone());
            let slope =
                B::float_mul(B::float_mul(y, s.clone()), B::float_add_scalar(B::float_neg(s.clone()), 1.0.into()));
            B::float_mul(grad, B::float_add(s, slope))
        }
    };
    let grad_hat = B::float_mul(grad.clone(), x_hat.clone());
    let sum = |t| B::float_reshape(B::float_sum_dim(B::float_sum_dim(t, 1), 0), Shape::new([channels]));
    let (dgamma, dbeta) = (sum(grad_hat), sum(grad.clone()));

    // dx = (g - mean(g) - x_hat * mean(g * x_hat)) / std, with g the gradient that reaches x_hat.
    let g = B::float_mul(grad, gamma);
    let along = group_mean::<B>(B::float_mul(g.clone(), x_hat.clone()));
    let offset = B::float_add(group_mean::<B>(g.clone()), B::float_mul(x_hat, along));
    let dx = B::float_mul(B::float_sub(g, offset), inverse_std);
    (B::float_reshape(dx, shape), dgamma, dbeta)
}

/// Layer norm is a group norm of single positions with one group: `[n, tokens, channels] -> [n * tokens, 1, channels]`.
fn rows<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let [n, tokens, channels] = x.shape().dims();
    B::float_reshape(x, Shape::new([n * tokens, 1, channels]))
}

fn row_options(eps: f64) -> GroupNormOptions {
    GroupNormOptions { groups: 1, eps, activation: NormActivation::None }
}

/// Composed [`super::layer_norm()`].
pub fn layer_norm<B: Backend>(
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    eps: f64,
) -> FloatTensor<B> {
    let shape = x.shape();
    B::float_reshape(group_norm::<B>(rows::<B>(x), gamma, beta, row_options(eps)), shape)
}

/// Gradients of [`layer_norm`]: `(dx, dgamma, dbeta)`.
pub fn layer_norm_backward<B: Backend>(
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    grad: FloatTensor<B>,
    eps: f64,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let shape = x.shape();
    let (dx, dgamma, dbeta) = group_norm_backward::<B>(rows::<B>(x), gamma, beta, rows::<B>(grad), row_options(eps));
    (B::float_reshape(dx, shape), dgamma, dbeta)
}

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

/// `x` of `[images, height, width, channels]` inside zeros: top, bottom, left, right.
fn pad<B: Backend>(x: FloatTensor<B>, [top, bottom, left, right]: [usize; 4]) -> FloatTensor<B> {
    let [images, height, width, channels] = x.shape().dims();
    let shape = Shape::new([images, top + height + bottom, left + width + right, channels]);
    let zeros = B::float_zeros(shape, &x.device(), x.dtype().into());
    let inside = [0..images, top..top + height, left..left + width, 0..channels].map(Slice::from);
    B::float_slice_assign(zeros, &inside, x)
}

/// Composed [`KernelBackend::packed_weight`]: f32.
pub fn packed_weight<B: Backend>(words: IntTensor<B>, shape: Shape) -> FloatTensor<B> {
    let device = words.device();
    let data = read_sync(B::int_into_data(words)).expect("reading a tensor back fails only when its device is lost");
    let words = data.convert::<u32>().try_to_vec::<u32>().expect("the data was converted to u32");
    B::float_from_data(TensorData::new(unpack_q8(&words, sizes_of(&shape)), shape), &device)
}

/// Composed [`KernelBackend::wide_weight`]: a cast.
pub fn wide_weight<B: Backend>(weight: FloatTensor<B>) -> FloatTensor<B> {
    let device = weight.device();
    if B::supports_dtype(&device, weight.dtype()) {
        return B::float_cast(weight, FloatDType::F32);
    }
    // A GPU without halves keeps them all the same, for kernels that read them as words.
    let data = read_sync(B::float_into_data(weight)).expect("reading a tensor back fails only when its device is lost");
    B::float_from_data(data.convert::<f32>(), &device)
}

/// A weight in the number format of what it is multiplied with.
fn as_wide_as<B: KernelBackend>(weight: FloatTensor<B>, x: &FloatTensor<B>) -> FloatTensor<B> {
    if weight.dtype() == x.dtype() {
        return weight;
    }
    let wide = B::wide_weight(weight);
    if x.dtype() == DType::F32 { wide } else { B::float_cast(wide, x.dtype().into()) }
}

/// Composed [`super::matmul()`]: burn's own, which takes weights as `[in, out]`.
pub fn matmul<B: KernelBackend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    epilogue: Epilogue<FloatTensor<B>>,
) -> FloatTensor<B> {
    let Epilogue { bias, residual, activation } = epilogue;
    let weight = as_wide_as::<B>(weight, &x);
    let y = B::linear(x, B::float_swap_dims(weight, 0, 1), bias);
    let y = if activation.is_gated() { geglu::<B>(y) } else { y };
    add_and_activate::<B>(y, residual, activation)
}

/// The end of an epilogue, behind bias and GEGLU.
pub fn add_and_activate<B: Backend>(
    y: FloatTensor<B>,
    residual: Option<FloatTensor<B>>,
    activation: Activation,
) -> FloatTensor<B> {
    let y = match residual {
        Some(residual) => B::float_add(residual, y),
        None => y,
    };
    match activation {
        Activation::None | Activation::Geglu => y,
        Activation::Relu => B::relu(y),
        Activation::Gelu => B::gelu(y),
    }
}

/// Gradients of [`matmul`] with a bias: `(dx, dweight, dbias)`.
pub fn matmul_backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    grad: FloatTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let [_, outputs] = grad.shape().dims();
    let dbias = B::float_reshape(B::float_sum_dim(grad.clone(), 0), Shape::new([outputs]));
    let dweight = B::float_matmul(B::float_swap_dims(grad.clone(), 0, 1), x);
    (B::float_matmul(grad, weight), dweight, dbias)
}

/// Value and gate of each row: `[rows, 2 * out] -> 2 x [rows, out]`.
fn halves<B: Backend>(x: FloatTensor<B>) -> [FloatTensor<B>; 2] {
    let [rows, doubled] = x.shape().dims();
    let half = |x, columns| B::float_slice(x, &[0..rows, columns].map(Slice::from));
    [half(x.clone(), 0..doubled / 2), half(x, doubled / 2..doubled)]
}

/// Composed `value * gelu(gate)`.
pub fn geglu<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let [value, gate] = halves::<B>(x);
    B::float_mul(value, B::gelu(gate))
}

/// Gradient of [`geglu`].
pub fn geglu_backward<B: Backend>(x: FloatTensor<B>, grad: FloatTensor<B>) -> FloatTensor<B> {
    let [value, gate] = halves::<B>(x);
    let dvalue = B::float_mul(grad.clone(), B::gelu(gate.clone()));
    let dgate = B::gelu_backward(gate, B::float_mul(grad, value));
    B::float_cat(vec![dvalue, dgate], 1)
}

/// Every pixel twice in both directions: `[images, height, width, channels] -> [images, 2 * height, 2 * width, channels]`.
fn upsample<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let [images, height, width, channels] = x.shape().dims();
    let x = B::float_reshape(x, Shape::new([images, height, 1, width, 1, channels]));
    let x = B::float_expand(x, Shape::new([images, height, 2, width, 2, channels]));
    B::float_reshape(x, Shape::new([images, 2 * height, 2 * width, channels]))
}

/// Composed [`super::conv::conv2d()`]: burn's own, which takes channels first.
pub fn conv2d<B: KernelBackend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    options: ConvOptions,
    epilogue: Epilogue<FloatTensor<B>>,
) -> FloatTensor<B> {
    let Epilogue { bias, residual, activation } = epilogue;
    let weight = as_wide_as::<B>(weight, &x);
    let (x, burn_options) = prepared::<B>(x, options);
    let y = B::float_permute(B::conv2d(x, weight, bias, burn_options), &[0, 2, 3, 1]);
    add_and_activate::<B>(y, residual, activation)
}

/// Image and options as burn's convolution takes them: channels first, upsampled, and padded where the sides differ.
fn prepared<B: Backend>(x: FloatTensor<B>, options: ConvOptions) -> (FloatTensor<B>, BurnConvOptions<2>) {
    let ConvOptions { stride, padding: padding @ [top, bottom, left, right], upsample: doubled } = options;
    let x = if doubled { upsample::<B>(x) } else { x };
    let (x, symmetric) = if top == bottom && left == right { (x, [top, left]) } else { (pad::<B>(x, padding), [0, 0]) };
    (B::float_permute(x, &[0, 3, 1, 2]), BurnConvOptions::new([stride; 2], symmetric, [1, 1], 1))
}

/// Gradients of [`conv2d`] with a bias: `(dx, dweight, dbias)`.
pub fn conv2d_backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    grad: FloatTensor<B>,
    options: ConvOptions,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let [images, height, width, channels] = x.shape().dims();
    let [outputs, ..] = weight.shape().dims::<4>();
    let (prepared, burn_options) = prepared::<B>(x, options);
    let grad = B::float_permute(grad, &[0, 3, 1, 2]);
    let flat = B::float_sum_dim(B::float_sum_dim(B::float_sum_dim(grad.clone(), 3), 2), 0);
    let dbias = B::float_reshape(flat, Shape::new([outputs]));
    let dweight = B::conv2d_weight_backward(prepared.clone(), weight.clone(), grad.clone(), burn_options.clone());
    let dx = B::conv2d_x_backward(prepared, weight, grad, burn_options);
    let dx = B::float_permute(dx, &[0, 2, 3, 1]);
    let [rows, columns] = options.image([height, width]);
    let [top, _, left, _] = options.padding;
    let dx = if dx.shape().dims() == [images, rows, columns, channels] {
        dx
    } else {
        let inside = [0..images, top..top + rows, left..left + columns, 0..channels].map(Slice::from);
        B::float_slice(dx, &inside)
    };
    let dx = if options.upsample {
        let copies = B::float_reshape(dx, Shape::new([images, height, 2, width, 2, channels]));
        let sums = B::float_sum_dim(B::float_sum_dim(copies, 4), 2);
        B::float_reshape(sums, Shape::new([images, height, width, channels]))
    } else {
        dx
    };
    (dx, dweight, dbias)
}

/// Frames as packed bytes by the reference loop on the CPU; see [`super::latent_to_rgb8()`].
pub fn latent_to_rgb8_words<B: Backend>(x: FloatTensor<B>, map: &RgbMap) -> IntTensor<B> {
    let device = x.device();
    let x = if x.dtype() == DType::F32 { x } else { B::float_cast(x, FloatDType::F32) };
    let data = read_sync(B::float_into_data(x)).expect("reading a tensor back fails only when its device is lost");
    let values = data.as_slice::<f32>().expect("the tensor was cast to f32 above");
    let words = latent_to_rgb8::pack_words(&latent_to_rgb8::latent_to_rgb8(values, map));
    let words = words.into_iter().map(i64::from).collect::<Vec<_>>();
    let length = words.len();
    B::int_from_data(TensorData::new(words, [length]), &device)
}

/// Composed [`super::fma_chain()`].
pub fn fma_chain<B: Backend>(x: FloatTensor<B>, chain: FmaChain) -> FloatTensor<B> {
    let FmaChain { scale, shift, turns } = chain;
    (0..turns * FmaChain::TURN_LINKS)
        .fold(x, |x, _| B::float_add_scalar(B::float_mul_scalar(x, scale.into()), shift.into()))
}
