//! Convolution on channels-last images.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

pub use hummingbird_shaders::product::Nonlinearity;

use super::backend::KernelBackend;
use super::{KernelPath, composed, kernel_path};

/// What comes before a convolution and after it, and its stride and padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvOptions {
    /// Whether every pixel is repeated twice in both directions first (nearest-neighbour upsampling).
    pub upsample: bool,
    /// Step of the kernel in both directions.
    pub stride: usize,
    /// Zeros around the image: top, bottom, left, right.
    pub padding: [usize; 4],
    /// What its results go through, with a residual after that was added.
    pub activation: Nonlinearity,
}

impl ConvOptions {
    /// Height and width of the image that the kernel passes over, without its padding.
    pub fn image(&self, [height, width]: [usize; 2]) -> [usize; 2] {
        if self.upsample { [2 * height, 2 * width] } else { [height, width] }
    }

    /// The convolution alone.
    pub fn without_activation(self) -> Self {
        Self { activation: Nonlinearity::None, ..self }
    }
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

/// [`conv2d`] plus `residual`, which has the shape of the output.
pub fn conv2d_add(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    residual: Tensor<4>,
    options: ConvOptions,
) -> Tensor<4> {
    conv2d_add_on(kernel_path(), x, weight, bias, residual, options)
}

/// [`conv2d_add`] on a given path.
pub fn conv2d_add_on(
    path: KernelPath,
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    residual: Tensor<4>,
    options: ConvOptions,
) -> Tensor<4> {
    if path == KernelPath::Unfused {
        let y = residual + conv2d_on(path, x, weight, bias, options.without_activation());
        return Tensor::from_dispatch(composed::activated::<Dispatch>(y.into_dispatch(), options.activation));
    }
    let (x, weight, bias) = (x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::conv2d_channels_last_add(x, weight, bias, residual.into_dispatch(), options))
}
