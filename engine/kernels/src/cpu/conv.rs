//! Convolution of channels-last images as an implicit GEMM: no patch is ever gathered, since with channels last each place
//! of a patch is a stretch of the image, or of zeros beyond its border.

use rayon::prelude::*;

use super::matmul::{Rows, Weight, matmul, weight_gradient};
use crate::conv::ConvOptions;
use crate::epilogue::Epilogue;
use crate::factors::factors;

/// Sizes of one convolution.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// `[images, height, width, in]`
    input: [usize; 4],
    /// Height and width.
    kernel: [usize; 2],
    /// `[images, height, width, out]`
    output: [usize; 4],
    stride: usize,
    /// How far a row or column that the kernel passes over is shifted to the right for one of the image.
    shift: u32,
    /// Bits of a row or column that must be zero; between are rows and columns of zeros.
    gaps: usize,
    /// Rows of zeros above, columns of zeros to the left.
    before: [usize; 2],
}

impl Sizes {
    /// Sizes for `x` of `[images, height, width, in]` and a weight of `[out, in, kernel height, kernel width]`.
    ///
    /// # Panics
    /// When the channels differ or the kernel is larger than the padded image: a bug of the caller.
    pub fn new(x: [usize; 4], weight: [usize; 4], options: ConvOptions) -> Self {
        let [images, height, width, channels] = x;
        let [out, inputs, kernel_height, kernel_width] = weight;
        assert_eq!(channels, inputs, "the weight takes {inputs} channels, the image has {channels}");
        let ConvOptions { stride, padding: [top, bottom, left, right], upsample } = options;
        let [height, width] = options.image([height, width]);
        let extent = |size: usize, around: usize, kernel: usize| {
            assert!(size + around >= kernel, "a kernel of {kernel} does not fit into {size} + {around} pixels");
            (size + around - kernel) / stride + 1
        };
        let output =
            [images, extent(height, top + bottom, kernel_height), extent(width, left + right, kernel_width), out];
        Self {
            input: x,
            kernel: [kernel_height, kernel_width],
            output,
            stride,
            shift: u32::from(upsample),
            gaps: 0,
            before: [top, left],
        }
    }

    /// `[images, height, width, out]`
    pub fn output(&self) -> [usize; 4] {
        self.output
    }
}

/// The patches of an image, one for each pixel of the output.
struct Patches<'a> {
    x: &'a [f32],
    zeros: &'a [f32],
    sizes: Sizes,
}

/// Where a patch lies: its image's first row among the rows of all images, and its own first row and column in the image,
/// both counted from the padding's border.
#[derive(Clone, Copy)]
struct Corner {
    image: usize,
    row: usize,
    column: usize,
}

impl Rows for Patches<'_> {
    type Place = Corner;

    fn stretches(&self) -> usize {
        self.sizes.kernel[0] * self.sizes.kernel[1]
    }

    fn length(&self) -> usize {
        self.sizes.input[3]
    }

    fn place(&self, pixel: usize) -> Corner {
        let Sizes { input: [_, height, ..], output: [_, out_height, out_width, _], stride, .. } = self.sizes;
        let row = pixel / out_width;
        Corner { image: row / out_height * height, row: row % out_height * stride, column: pixel % out_width * stride }
    }

    fn stretch(&self, Corner { image, row, column }: Corner, stretch: usize) -> &[f32] {
        let Sizes {
            input: [_, height, width, channels],
            kernel: [_, kernel_width],
            before: [top, left],
            shift,
            gaps,
            ..
        } = self.sizes;
        // Beyond the border above or to the left the difference wraps around to a number that is larger than any image, also
        // when it is shifted.
        let row = (row + stretch / kernel_width).wrapping_sub(top);
        let column = (column + stretch % kernel_width).wrapping_sub(left);
        let in_gap = (row | column) & gaps != 0;
        let (row, column) = (row >> shift, column >> shift);
        if in_gap || row >= height || column >= width {
            return self.zeros;
        }
        &self.x[((image + row) * width + column) * channels..][..channels]
    }
}

/// The convolution: `x` of `[images, height, width, in]` and `weight` of `[out, in, kernel height, kernel width]` in
/// row-major order.
pub fn forward(x: &[f32], weight: Weight<'_>, epilogue: Epilogue<&[f32]>, sizes: Sizes) -> Vec<f32> {
    let [images, height, width, out] = sizes.output;
    let zeros = vec![0.0; sizes.input[3]];
    matmul(&Patches { x, zeros: &zeros, sizes }, weight, epilogue, [images * height * width, out], factors())
}

/// Gradients with respect to `x` and the weight; `grad` has the shape of the output. Only for sizes that
/// [`Sizes::has_adjoint`].
pub fn backward(x: &[f32], weight: &[f32], grad: &[f32], sizes: Sizes) -> (Vec<f32>, Vec<f32>) {
    let [_, _, _, out] = sizes.output;
    let zeros = vec![0.0; sizes.input[3]];
    let dweight = weight_gradient(&Patches { x, zeros: &zeros, sizes }, grad, out, factors());
    (input_gradient(weight, grad, sizes), dweight)
}

/// The first of the gradients of [`backward`] alone.
pub fn input_gradient(weight: &[f32], grad: &[f32], sizes: Sizes) -> Vec<f32> {
    let dx = forward(grad, Weight::Adjoint(weight), Epilogue::default(), sizes.adjoint());
    if sizes.upsamples() { sums_of_four(&dx, sizes.input) } else { dx }
}

impl Sizes {
    fn upsamples(&self) -> bool {
        self.shift > 0 && self.gaps == 0
    }

    /// Whether the gradient with respect to the image is a convolution of these sizes too: strides are powers of two, and
    /// no padding is as wide as the kernel.
    pub fn has_adjoint(&self) -> bool {
        let within = self.before.iter().zip(self.kernel).all(|(before, kernel)| *before < kernel);
        self.stride.is_power_of_two() && within
    }

    /// The convolution whose kernel passes over the gradient of the output, with gaps as wide as the stride, and gives that
    /// of the image.
    fn adjoint(&self) -> Self {
        let [images, height, width, channels] = self.input;
        let doubling = usize::from(self.upsamples());
        let [kernel_height, kernel_width] = self.kernel;
        Self {
            input: self.output,
            kernel: self.kernel,
            output: [images, height << doubling, width << doubling, channels],
            stride: 1,
            shift: self.stride.trailing_zeros(),
            gaps: self.stride - 1,
            before: [kernel_height - 1 - self.before[0], kernel_width - 1 - self.before[1]],
        }
    }
}

/// For each pixel of `[images, height, width, channels]` the sum of its four copies.
fn sums_of_four(copies: &[f32], [images, height, width, channels]: [usize; 4]) -> Vec<f32> {
    let mut sums = vec![0.0; images * height * width * channels];
    let row = width * channels;
    if row == 0 {
        return sums;
    }
    sums.par_chunks_mut(row).zip(copies.par_chunks(4 * row)).for_each(|(sums, rows)| {
        let (upper, lower) = rows.split_at(2 * row);
        let pairs = upper.chunks_exact(2 * channels).zip(lower.chunks_exact(2 * channels));
        for (sums, (upper, lower)) in sums.chunks_exact_mut(channels).zip(pairs) {
            for (channel, sum) in sums.iter_mut().enumerate() {
                *sum = (upper[channel] + upper[channels + channel]) + (lower[channel] + lower[channels + channel]);
            }
        }
    });
    sums
}
