//! Depthwise convolution of channels-last clips: each channel by a kernel of its own.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;
use super::{KernelPath, composed, kernel_path};

/// Convolution in time, height and width of each channel by itself, and a bias; zeros around the clip keep its size.
///
/// # Shapes
/// - `x`: `[clips, frames, height, width, channels]`
/// - `weight`: `[channels, 1, kernel frames, kernel height, kernel width]`, all three odd
/// - `bias`: `[channels]`
/// - output: as `x`
///
/// # Panics
/// When the channels do not agree or a side of the kernel is even: a bug of the caller.
pub fn depthwise_conv3d(x: Tensor<5>, weight: Tensor<5>, bias: Tensor<1>) -> Tensor<5> {
    depthwise_conv3d_on(kernel_path(), x, weight, bias)
}

/// [`depthwise_conv3d`] on a given path.
pub fn depthwise_conv3d_on(path: KernelPath, x: Tensor<5>, weight: Tensor<5>, bias: Tensor<1>) -> Tensor<5> {
    let ([.., channels], [outputs, inputs, sides @ ..]) = (x.dims(), weight.dims());
    assert_eq!([outputs, inputs], [channels, 1], "one kernel for each channel");
    assert_eq!(bias.dims(), [channels], "one bias for each channel");
    assert!(sides.iter().all(|side| side % 2 == 1), "a kernel of {sides:?} has no middle");
    let (x, weight, bias) = (x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(match path {
        KernelPath::Fused => Dispatch::depthwise_conv3d(x, weight, bias),
        KernelPath::Unfused => composed::depthwise_conv3d::<Dispatch>(x, weight, bias),
    })
}
