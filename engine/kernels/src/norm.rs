//! Normalisation: group norm, as in the convolutional blocks, and layer norm, as in the transformers.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;
use super::{KernelPath, composed, kernel_path};

/// What follows the normalisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NormActivation {
    /// Nothing.
    #[default]
    None,
    /// `x * sigmoid(x)`.
    Silu,
}

/// How to normalise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNormOptions {
    /// Groups of neighbouring channels that share mean and variance; divides the channels.
    pub groups: usize,
    /// Added to the variance. The reference uses 1e-5 in residual blocks and 1e-6 before attention and in the VAE.
    pub eps: f64,
    /// What follows.
    pub activation: NormActivation,
}

/// `act((x - mean) / sqrt(variance + eps) * gamma + beta)`, mean and (biased) variance over the positions and channels
/// of each group of each of the `n` (Wu and He 2018, equation 7; the reference's `GroupNorm32` and `SiLU`).
///
/// # Shapes
/// - `x`: `[n, positions, channels]`, channels last
/// - `gamma`, `beta`: `[channels]`
/// - output: `[n, positions, channels]`
///
/// # Panics
/// When the groups do not divide the channels, or gamma or beta has another length: a bug of the caller.
pub fn group_norm(x: Tensor<3>, gamma: Tensor<1>, beta: Tensor<1>, options: GroupNormOptions) -> Tensor<3> {
    group_norm_on(kernel_path(), x, gamma, beta, options)
}

/// [`group_norm`] on a given path.
pub fn group_norm_on(
    path: KernelPath,
    x: Tensor<3>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    options: GroupNormOptions,
) -> Tensor<3> {
    let [_, _, channels] = x.dims();
    assert!(
        options.groups > 0 && channels % options.groups == 0,
        "{} groups do not divide {channels} channels",
        options.groups
    );
    assert_eq!([gamma.dims(), beta.dims()], [[channels]; 2], "gamma and beta need one value for each channel of x");
    let (x, gamma, beta) = (x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch());
    Tensor::from_dispatch(match path {
        KernelPath::Fused => Dispatch::group_norm(x, gamma, beta, options),
        KernelPath::Unfused => composed::group_norm::<Dispatch>(x, gamma, beta, options),
    })
}

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
