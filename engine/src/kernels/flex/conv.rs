//! Convolution of channels-last images as a matrix product: no patch is ever gathered, since with channels last each place
//! of a patch is a stretch of the image, or of zeros beyond its border.

use super::product::{Rows, Weight, product};
use crate::kernels::conv::ConvOptions;

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
        let ConvOptions { stride, padding: [top, bottom, left, right] } = options;
        let extent = |size: usize, around: usize, kernel: usize| {
            assert!(size + around >= kernel, "a kernel of {kernel} does not fit into {size} + {around} pixels");
            (size + around - kernel) / stride + 1
        };
        let output =
            [images, extent(height, top + bottom, kernel_height), extent(width, left + right, kernel_width), out];
        Self { input: x, kernel: [kernel_height, kernel_width], output, stride, before: [top, left] }
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
        let Sizes { input: [_, height, width, channels], kernel: [_, kernel_width], before: [top, left], .. } =
            self.sizes;
        // Beyond the border above or to the left the difference wraps around to a number larger than any image.
        let row = (row + stretch / kernel_width).wrapping_sub(top);
        let column = (column + stretch % kernel_width).wrapping_sub(left);
        if row >= height || column >= width {
            return self.zeros;
        }
        &self.x[((image + row) * width + column) * channels..][..channels]
    }
}

/// The convolution: `x` of `[images, height, width, in]`, `weight` of `[out, in, kernel height, kernel width]` and
/// `bias` of `[out]` in row-major order.
pub fn forward(x: &[f32], weight: Weight<'_>, bias: &[f32], sizes: Sizes) -> Vec<f32> {
    let [_, _, _, out] = sizes.output;
    let mut y = vec![0.0; sizes.output.iter().product()];
    let zeros = vec![0.0; sizes.input[3]];
    product(&Patches { x, zeros: &zeros, sizes }, weight, Some(bias), out, &mut y);
    y
}
