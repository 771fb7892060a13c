//! Convolution on channels-last images.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;
use super::{KernelPath, composed, kernel_path};

/// Stride and padding of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvOptions {
    /// Step of the kernel in both directions.
    pub stride: usize,
    /// Zeros around the image: top, bottom, left, right.
    pub padding: [usize; 4],
}

/// Convolution of channels-last images.
///
/// # Shapes
/// - `x`: `[images, height, width, in]`
/// - `weight`: `[out, in, kernel height, kernel width]`
/// - `bias`: `[out]`
/// - output: `[images, height', width', out]`
///
/// # Panics
/// When the channels do not agree or the kernel is larger than the padded image: a bug of the caller.
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, options: ConvOptions) -> Tensor<4> {
    conv2d_on(kernel_path(), x, weight, bias, options)
}

/// [`conv2d`] on a given path.
pub fn conv2d_on(
    path: KernelPath,
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvOptions,
) -> Tensor<4> {
    let (x, weight, bias) = (x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(match path {
        KernelPath::Fused => Dispatch::conv2d_channels_last(x, weight, bias, options),
        KernelPath::Unfused => composed::conv2d::<Dispatch>(x, weight, bias, options),
    })
}
