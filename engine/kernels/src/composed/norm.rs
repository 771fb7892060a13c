//! Group norm and layer norm from burn's primitives.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Scalar, TensorMetadata};
use burn::tensor::Shape;

use crate::norm::{GroupNormOptions, NormActivation};

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

/// Composed [`crate::group_norm()`].
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

/// Composed [`crate::layer_norm()`].
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
