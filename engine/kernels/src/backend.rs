//! The extension trait: one method per operation and pass, routed to the backend on which the tensors live.
//!
//! A default body is the composed form, so a backend overrides only what it has code of its own for. Backward methods
//! exist beside the forward ones because burn's autodiff has no way to ask a backend for them; `autodiff` calls them.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, backend_extension};
use burn::tensor::Shape;
use hummingbird_shaders::latent_to_rgb8::RgbMap;

use super::attention::AttentionOptions;
use super::composed;
use super::conv::ConvOptions;
use super::fma_chain::FmaChain;
use super::group_norm::GroupNormOptions;

/// Operations that burn's `Backend` lacks or computes slowly. Shapes are those of the public functions.
#[backend_extension(
    Autodiff,
    Cube: cfg(feature = "gpu"),
    Flex,
    LibTorch: cfg(feature = "tch")
)]
pub trait KernelBackend: Backend {
    /// `act(group_norm(x) * gamma + beta)` for `x` of `[n, positions, channels]`.
    fn group_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        options: GroupNormOptions,
    ) -> FloatTensor<Self> {
        composed::group_norm::<Self>(x, gamma, beta, options)
    }

    /// Gradients of [`KernelBackend::group_norm`] with respect to `x`, `gamma` and `beta`.
    fn group_norm_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        options: GroupNormOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed::group_norm_backward::<Self>(x, gamma, beta, grad, options)
    }

    /// Layer norm over the last axis of `x`, `[n, tokens, channels]`.
    fn layer_norm_3d(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        eps: f64,
    ) -> FloatTensor<Self> {
        composed::layer_norm::<Self>(x, gamma, beta, eps)
    }

    /// Gradients of [`KernelBackend::layer_norm_3d`] with respect to `x`, `gamma` and `beta`.
    fn layer_norm_3d_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed::layer_norm_backward::<Self>(x, gamma, beta, grad, eps)
    }

    /// Attention output in the shape of `q` and what its backward needs besides inputs and output: the log-sum-exp of each
    /// row of scores, `[batch * pixels, heads, tokens_q]`.
    fn attention_heads(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        options: AttentionOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        composed::attention::<Self>(q, k, v, options)
    }

    /// Gradients of the output of [`KernelBackend::attention_heads`] with respect to `q`, `k` and `v`.
    fn attention_heads_backward(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        out: FloatTensor<Self>,
        lse: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        options: AttentionOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed::attention_backward::<Self>(q, k, v, out, lse, grad, options)
    }

    /// `x W^T + b` for `x` of `[rows, in]` and `weight` of `[out, in]`.
    fn linear_rows(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::linear::<Self>(x, weight, Some(bias))
    }

    /// [`KernelBackend::linear_rows`] without a bias.
    fn linear_rows_without_bias(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::linear::<Self>(x, weight, None)
    }

    /// [`KernelBackend::linear_rows`] plus `residual`, `[rows, out]`.
    fn linear_rows_add(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        residual: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::float_add(residual, Self::linear_rows(x, weight, bias))
    }

    /// The exact GELU of [`KernelBackend::linear_rows`].
    fn linear_rows_gelu(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::gelu(Self::linear_rows(x, weight, bias))
    }

    /// [`KernelBackend::geglu_rows`] of [`KernelBackend::linear_rows`]: `weight` is `[2 * out, in]`, the output `[rows, out]`.
    fn linear_rows_geglu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::geglu_rows(Self::linear_rows(x, weight, bias))
    }

    /// Gradients of [`KernelBackend::linear_rows`] with respect to `x`, `weight` and `bias`.
    fn linear_rows_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed::linear_backward::<Self>(x, weight, grad)
    }

    /// `value * gelu(gate)` with the exact GELU, `value` the first and `gate` the second half of each row of `x`:
    /// `[rows, 2 * out] -> [rows, out]`.
    fn geglu_rows(x: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::geglu::<Self>(x)
    }

    /// Gradient of [`KernelBackend::geglu_rows`] with respect to `x`.
    fn geglu_rows_backward(x: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::geglu_backward::<Self>(x, grad)
    }

    /// Convolution of `x`, `[images, height, width, in]`, with `weight`, `[out, in, kernel height, kernel width]`.
    fn conv2d_channels_last(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: ConvOptions,
    ) -> FloatTensor<Self> {
        composed::conv2d::<Self>(x, weight, bias, options)
    }

    /// [`KernelBackend::conv2d_channels_last`] plus `residual`, in the shape of the output.
    fn conv2d_channels_last_add(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        options: ConvOptions,
    ) -> FloatTensor<Self> {
        let y = Self::float_add(residual, Self::conv2d_channels_last(x, weight, bias, options.without_activation()));
        composed::activated::<Self>(y, options.activation)
    }

    /// Gradients of [`KernelBackend::conv2d_channels_last`] without activation with respect to `x`, `weight` and `bias`.
    fn conv2d_channels_last_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        options: ConvOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed::conv2d_backward::<Self>(x, weight, grad, options)
    }

    /// A weight of this shape from the words of [`pack_q8`](hummingbird_shaders::product::pack_q8), as [`linear_rows`] and
    /// the others take it: packed where they read that, else in f32.
    ///
    /// [`linear_rows`]: KernelBackend::linear_rows
    fn packed_weight(words: IntTensor<Self>, shape: Shape) -> FloatTensor<Self> {
        composed::packed_weight::<Self>(words, shape)
    }

    /// A weight in any number format that products take, in f32.
    fn wide_weight(weight: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::wide_weight::<Self>(weight)
    }

    /// Frames of `[n, height, width, channels]` as bytes packed four to a word, the first in the low bits:
    /// `[words]` integers whose low 32 bits count.
    fn latent_to_rgb8_words(x: FloatTensor<Self>, map: RgbMap) -> IntTensor<Self> {
        composed::latent_to_rgb8_words::<Self>(x, &map)
    }

    /// Each value of `x`, `[values]`, through a chain of multiply-adds: measures a device, so it has no backward method.
    fn fma_chain(x: FloatTensor<Self>, chain: FmaChain) -> FloatTensor<Self> {
        composed::fma_chain::<Self>(x, chain)
    }
}
