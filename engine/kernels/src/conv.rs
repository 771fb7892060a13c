//! Convolution on channels-last images.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;
use super::epilogue::{Epilogue, EpilogueOn};
use super::{KernelPath, composed, kernel_path};

/// What comes before a convolution, and its stride and padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvOptions {
    /// Whether every pixel is repeated twice in both directions first (nearest-neighbour upsampling).
    pub upsample: bool,
    /// Step of the kernel in both directions.
    pub stride: usize,
    /// Zeros around the image: top, bottom, left, right.
    pub padding: [usize; 4],
}

impl ConvOptions {
    /// Height and width of the image that the kernel passes over, without its padding.
    pub fn image(&self, [height, width]: [usize; 2]) -> [usize; 2] {
        if self.upsample { [2 * height, 2 * width] } else { [height, width] }
    }
}

/// Convolution of channels-last images, and its epilogue.
///
/// # Shapes
/// - `x`: `[images, height, width, in]`
/// - `weight`: `[out, in, kernel height, kernel width]`
/// - bias, slopes: `[out]`
/// - residual and output: `[images, height', width', out]`
///
/// # Panics
/// When the channels do not agree, the kernel is larger than the padded image, or the activation is GEGLU, which only matmuls
/// have: a bug of the caller.
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    options: ConvOptions,
    epilogue: Epilogue<Tensor<1>, Tensor<4>>,
) -> Tensor<4> {
    conv2d_on(kernel_path(), x, weight, options, epilogue)
}

/// [`conv2d`] on a given path.
pub fn conv2d_on(
    path: KernelPath,
    x: Tensor<4>,
    weight: Tensor<4>,
    options: ConvOptions,
    epilogue: Epilogue<Tensor<1>, Tensor<4>>,
) -> Tensor<4> {
    let Epilogue { bias, residual, slopes, activation } = epilogue;
    assert!(!activation.is_gated(), "no convolution has gates");
    let epilogue = Epilogue {
        bias: bias.map(Tensor::into_dispatch),
        residual: residual.map(Tensor::into_dispatch),
        slopes: slopes.map(Tensor::into_dispatch),
        activation,
    };
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(match path {
        KernelPath::Fused => Dispatch::conv2d_channels_last(x, weight, options, EpilogueOn(epilogue)),
        KernelPath::Unfused => composed::conv2d::<Dispatch>(x, weight, options, epilogue),
    })
}
