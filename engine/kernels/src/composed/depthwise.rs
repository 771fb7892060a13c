//! Depthwise convolution from burn's own, which takes channels first.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::ops::ConvOptions;

/// Composed [`crate::depthwise_conv3d()`].
pub fn depthwise_conv3d<B: Backend>(x: FloatTensor<B>, weight: FloatTensor<B>, bias: FloatTensor<B>) -> FloatTensor<B> {
    let [channels, _, frames, height, width] = weight.shape().dims();
    let padding = [frames, height, width].map(|side: usize| side / 2);
    let options = ConvOptions::new([1; 3], padding, [1; 3], channels);
    let y = B::conv3d(B::float_permute(x, &[0, 4, 1, 2, 3]), weight, Some(bias), options);
    B::float_permute(y, &[0, 2, 3, 4, 1])
}
