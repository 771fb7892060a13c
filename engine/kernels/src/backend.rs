//! The extension trait: one method per operation and pass, routed to the backend on which the tensors live.
//!
//! A default body is the composed form, so a backend overrides only what it has code of its own for. Backward methods
//! exist beside the forward ones because burn's autodiff has no way to ask a backend for them; `autodiff` calls them.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, backend_extension};
use burn::tensor::Shape;
use hummingbird_shaders::latent_to_rgb8::RgbMap;

use super::attention::AttentionOptions;
use super::bilinear::Windows;
use super::composed;
use super::conv::ConvOptions;
use super::epilogue::EpilogueOn;
use super::fma_chain::FmaChain;
use super::norm::GroupNormOptions;
use super::weight::Q8Places;
#[cfg(feature = "remote")]
use burn::backend::Remote;

/// Operations that burn's `Backend` lacks or computes slowly. Shapes are those of the public functions; names differ from
/// theirs where burn's `Backend` has a method of that name.
#[backend_extension(
    Autodiff,
    Cube: cfg(feature = "gpu"),
    Flex,
    LibTorch: cfg(feature = "tch"),
    Remote: cfg(feature = "remote")
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

    /// Attention in windows with a bias: `q`, `k`, `v` of `[windows, positions, heads * d]`, `within` and `more` of `[heads, positions,
    /// positions]`, `places` of `[windows, 3, positions]`; see [`WindowBias`](super::WindowBias).
    fn window_attention(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        within: FloatTensor<Self>,
        more: FloatTensor<Self>,
        places: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        composed::window_attention::<Self>(q, k, v, within, more, &places)
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

    /// `x W^T` and its epilogue, for `x` of `[rows, in]` and `weight` of `[out, in]`, or `[2 * out, in]` with GEGLU.
    fn matmul(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] epilogue: EpilogueOn<Self>,
    ) -> FloatTensor<Self> {
        composed::matmul::<Self>(x, weight, epilogue.0)
    }

    /// Gradients of `x W^T + b` with respect to `x`, `weight` and the bias `b`.
    fn matmul_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed::matmul_backward::<Self>(x, weight, grad)
    }

    /// The first of these gradients alone, which is all that is needed of weights that are not trained. Their number format is any
    /// that [`KernelBackend::matmul`] takes.
    fn matmul_input_backward(weight: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::matmul_input_backward::<Self>(weight, grad)
    }

    /// The exact GELU. Not burn's: on GPUs its backward pass is that of an approximation, which differs by up to 5e-4.
    fn exact_gelu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::gelu(x)
    }

    /// Gradient of [`KernelBackend::exact_gelu`] with respect to `x`.
    fn exact_gelu_backward(x: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::gelu_backward::<Self>(x, grad)
    }

    /// `value * gelu(gate)` with the exact GELU, `value` the first and `gate` the second half of each row of `x`:
    /// `[rows, 2 * out] -> [rows, out]`.
    fn geglu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::geglu::<Self>(x)
    }

    /// Gradient of [`KernelBackend::geglu`] with respect to `x`.
    fn geglu_backward(x: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::geglu_backward::<Self>(x, grad)
    }

    /// Convolution of `x`, `[images, height, width, in]`, with `weight`, `[out, in, kernel height, kernel width]`, and its
    /// epilogue.
    fn conv2d_channels_last(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        options: ConvOptions,
        #[extension_type] epilogue: EpilogueOn<Self>,
    ) -> FloatTensor<Self> {
        composed::conv2d::<Self>(x, weight, options, epilogue.0)
    }

    /// Gradients of a convolution plus a bias with respect to `x`, `weight` and the bias.
    fn conv2d_channels_last_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        options: ConvOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed::conv2d_backward::<Self>(x, weight, grad, options)
    }

    /// The first of these gradients alone, for `x` of this shape and weights that are not trained, in any number format that
    /// [`KernelBackend::conv2d_channels_last`] takes.
    fn conv2d_channels_last_input_backward(
        shape: Shape,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        options: ConvOptions,
    ) -> FloatTensor<Self> {
        composed::conv2d_input_backward::<Self>(shape.dims(), weight, grad, options)
    }

    /// Convolution of each channel of `x`, `[clips, frames, height, width, channels]`, with a kernel of its own out of `weight`,
    /// `[channels, 1, frames, height, width]`, and a bias. It has no backward method: no network that is trained has one.
    fn depthwise_conv3d(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::depthwise_conv3d::<Self>(x, weight, bias)
    }

    /// Windows of `pictures`, `[n, height, width, channels]`, around `places`, `[n, count, 2]`, bilinear. It has no backward method: no
    /// network that is trained has one.
    fn bilinear(pictures: FloatTensor<Self>, places: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self> {
        composed::bilinear::<Self>(pictures, places, windows)
    }

    /// A weight of this shape from the words of [`pack_q8`](hummingbird_shaders::matmul::pack_q8), as matmuls and convolutions
    /// take it: packed where they read that, else in f32.
    fn packed_weight(words: IntTensor<Self>, shape: Shape) -> FloatTensor<Self> {
        composed::packed_weight::<Self>(words, shape)
    }

    /// A weight of this shape from the bytes of its file, as matmuls and convolutions take it: as it lies where they read that, else in
    /// f32.
    fn q8_weight(bytes: IntTensor<Self>, shape: Shape, places: Q8Places) -> FloatTensor<Self> {
        composed::q8_weight::<Self>(bytes, shape, places)
    }

    /// A weight in any number format that matmuls take, in f32.
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

/// The composed forms: code of our own runs in the process of its device, and burn's operations alone go to another one.
#[cfg(feature = "remote")]
impl KernelBackend for Remote {}
