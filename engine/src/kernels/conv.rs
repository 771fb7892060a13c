//! Convolution on channels-last images.

use burn::tensor::Tensor;
use burn::tensor::module;
use burn::tensor::ops::ConvOptions as BurnConvOptions;

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
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, options: ConvOptions) -> Tensor<4> {
    let ConvOptions { stride, padding: [top, bottom, left, right] } = options;
    // burn's convolution takes channels first; as a view this costs nothing by itself.
    let mut x = x.permute([0, 3, 1, 2]);
    let mut symmetric = [top, left];
    if top != bottom || left != right {
        x = x.pad((left, right, top, bottom), 0.0);
        symmetric = [0, 0];
    }
    let options = BurnConvOptions::new([stride; 2], symmetric, [1, 1], 1);
    module::conv2d(x, weight, Some(bias), options).permute([0, 2, 3, 1])
}
