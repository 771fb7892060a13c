//! Convolution from burn's own, which takes channels first.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::ops::ConvOptions as BurnConvOptions;
use burn::tensor::{Shape, Slice};

use super::matmul::{add_and_activate, as_wide_as};
use crate::backend::KernelBackend;
use crate::conv::ConvOptions;
use crate::epilogue::Epilogue;

/// Every pixel twice in both directions: `[images, height, width, channels] -> [images, 2 * height, 2 * width, channels]`.
fn upsample<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let [images, height, width, channels] = x.shape().dims();
    let x = B::float_reshape(x, Shape::new([images, height, 1, width, 1, channels]));
    let x = B::float_expand(x, Shape::new([images, height, 2, width, 2, channels]));
    B::float_reshape(x, Shape::new([images, 2 * height, 2 * width, channels]))
}

/// Composed [`crate::conv2d()`]: burn's own, which takes channels first.
pub fn conv2d<B: KernelBackend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    options: ConvOptions,
    epilogue: Epilogue<FloatTensor<B>>,
) -> FloatTensor<B> {
    let (bias, rest) = epilogue.split_bias();
    let weight = as_wide_as::<B>(weight, &x);
    let (x, burn_options) = prepared::<B>(x, options);
    let y = B::float_permute(B::conv2d(x, weight, bias, burn_options), &[0, 2, 3, 1]);
    add_and_activate::<B>(y, rest)
}

/// Image and options as burn's convolution takes them: channels first, upsampled, and padded where the sides differ.
fn prepared<B: Backend>(x: FloatTensor<B>, options: ConvOptions) -> (FloatTensor<B>, BurnConvOptions<2>) {
    let ConvOptions { stride, padding: padding @ [top, bottom, left, right], upsample: doubled } = options;
    let x = if doubled { upsample::<B>(x) } else { x };
    let (x, symmetric) = if top == bottom && left == right { (x, [top, left]) } else { (pad::<B>(x, padding), [0, 0]) };
    (B::float_permute(x, &[0, 3, 1, 2]), BurnConvOptions::new([stride; 2], symmetric, [1, 1], 1))
}

/// Gradients of [`conv2d`] with a bias: `(dx, dweight, dbias)`.
pub fn conv2d_backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    grad: FloatTensor<B>,
    options: ConvOptions,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let [images, height, width, channels] = x.shape().dims();
    let [outputs, ..] = weight.shape().dims::<4>();
    let (prepared, burn_options) = prepared::<B>(x, options);
    let grad = B::float_permute(grad, &[0, 3, 1, 2]);
    let flat = B::float_sum_dim(B::float_sum_dim(B::float_sum_dim(grad.clone(), 3), 2), 0);
    let dbias = B::float_reshape(flat, Shape::new([outputs]));
    let dweight = B::conv2d_weight_backward(prepared.clone(), weight.clone(), grad.clone(), burn_options.clone());
    let dx = B::conv2d_x_backward(prepared, weight, grad, burn_options);
    let dx = unprepared::<B>(dx, [images, height, width, channels], options);
    (dx, dweight, dbias)
}

/// The first of these gradients alone, for `x` of this shape and weights in any number format.
pub fn conv2d_input_backward<B: KernelBackend>(
    shape: [usize; 4],
    weight: FloatTensor<B>,
    grad: FloatTensor<B>,
    options: ConvOptions,
) -> FloatTensor<B> {
    let weight = as_wide_as::<B>(weight, &grad);
    // Burn asks for the image itself, though only its shape counts.
    let zeros = B::float_zeros(Shape::new(shape), &grad.device(), grad.dtype().into());
    let (prepared, burn_options) = prepared::<B>(zeros, options);
    let dx = B::conv2d_x_backward(prepared, weight, B::float_permute(grad, &[0, 3, 1, 2]), burn_options);
    unprepared::<B>(dx, shape, options)
}

/// Gradient with respect to `x` of this shape from that with respect to what [`prepared`] makes of it.
fn unprepared<B: Backend>(
    dx: FloatTensor<B>,
    [images, height, width, channels]: [usize; 4],
    options: ConvOptions,
) -> FloatTensor<B> {
    let dx = B::float_permute(dx, &[0, 2, 3, 1]);
    let [rows, columns] = options.image([height, width]);
    let [top, _, left, _] = options.padding;
    let dx = if dx.shape().dims() == [images, rows, columns, channels] {
        dx
    } else {
        let inside = [0..images, top..top + rows, left..left + columns, 0..channels].map(Slice::from);
        B::float_slice(dx, &inside)
    };
    if options.upsample {
        let copies = B::float_reshape(dx, Shape::new([images, height, 2, width, 2, channels]));
        let sums = B::float_sum_dim(B::float_sum_dim(copies, 4), 2);
        B::float_reshape(sums, Shape::new([images, height, width, channels]))
    } else {
        dx
    }
}

/// `x` of `[images, height, width, channels]` inside zeros: top, bottom, left, right.
fn pad<B: Backend>(x: FloatTensor<B>, [top, bottom, left, right]: [usize; 4]) -> FloatTensor<B> {
    let [images, height, width, channels] = x.shape().dims();
    let shape = Shape::new([images, top + height + bottom, left + width + right, channels]);
    let zeros = B::float_zeros(shape, &x.device(), x.dtype().into());
    let inside = [0..images, top..top + height, left..left + width, 0..channels].map(Slice::from);
    B::float_slice_assign(zeros, &inside, x)
}
