//! Layer norm over channels, as in the transformers.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;
use super::{KernelPath, composed, kernel_path};

/// `(x - mean) / sqrt(variance + eps) * gamma + beta`, mean and (biased) variance over the channels of each token
/// (Ba et al. 2016; torch's `LayerNorm`, whose default `eps` is 1e-5).
///
/// # Shapes
/// - `x`: `[n, tokens, channels]`
/// - `gamma`, `beta`: `[channels]`
/// - output: `[n, tokens, channels]`
///
/// # Panics
/// When gamma or beta does not have one value for each channel: a bug of the caller.
pub fn layer_norm(x: Tensor<3>, gamma: Tensor<1>, beta: Tensor<1>, eps: f64) -> Tensor<3> {
    layer_norm_on(kernel_path(), x, gamma, beta, eps)
}

/// [`layer_norm`] on a given path.
pub fn layer_norm_on(path: KernelPath, x: Tensor<3>, gamma: Tensor<1>, beta: Tensor<1>, eps: f64) -> Tensor<3> {
    let [_, _, channels] = x.dims();
    assert_eq!([gamma.dims(), beta.dims()], [[channels]; 2], "gamma and beta need one value for each channel of x");
    let (x, gamma, beta) = (x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch());
    Tensor::from_dispatch(match path {
        KernelPath::Fused => Dispatch::layer_norm_3d(x, gamma, beta, eps),
        KernelPath::Unfused => composed::layer_norm::<Dispatch>(x, gamma, beta, eps),
    })
}
