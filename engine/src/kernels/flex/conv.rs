//! Convolution of channels-last images as matrix products of strips.
//!
//! A strip is a run of output pixels small enough that its patches stay in the second-level cache: they are gathered
//! into a buffer of the thread (with channels last a row of a patch is one copy) and multiplied with the weights while
//! they are there. No whole patch matrix and no permuted image ever exists.

use rayon::prelude::*;

use crate::kernels::conv::ConvOptions;

/// Values of the patches of one strip: a quarter of a small second-level cache.
const STRIP_VALUES: usize = 1 << 16;
/// A strip is no shorter than this, or packing the weights for each would outweigh the product.
const MIN_STRIP_PIXELS: usize = 64;

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

    /// Values of one patch.
    fn patch(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.input[3]
    }

    /// Copies the patches of the output pixels from `first` on into `patches`, `[pixels, kernel height, kernel width, in]`.
    fn gather(&self, x: &[f32], first: usize, patches: &mut [f32]) {
        let [_, height, width, channels] = self.input;
        let [_, kernel_width] = self.kernel;
        let [_, out_height, out_width, _] = self.output;
        let line = kernel_width * channels;
        for (index, patch) in patches.chunks_exact_mut(self.patch()).enumerate() {
            let pixel = first + index;
            let column = pixel % out_width * self.stride;
            let row = pixel / out_width % out_height * self.stride;
            let image = pixel / out_width / out_height;
            // Columns of the patch that lie inside the image.
            let from = self.before[1].saturating_sub(column).min(kernel_width);
            let to = (width + self.before[1]).saturating_sub(column).clamp(from, kernel_width);
            for (y, target) in patch.chunks_exact_mut(line).enumerate() {
                let source_row = (row + y).checked_sub(self.before[0]).filter(|&row| row < height);
                let Some(source_row) = source_row.filter(|_| from < to) else {
                    target.fill(0.0);
                    continue;
                };
                let start = ((image * height + source_row) * width + column + from - self.before[1]) * channels;
                target[..from * channels].fill(0.0);
                target[from * channels..to * channels].copy_from_slice(&x[start..][..(to - from) * channels]);
                target[to * channels..].fill(0.0);
            }
        }
    }
}

/// `[out, in, kernel height, kernel width] -> [kernel height * kernel width * in, out]`: the order of patches.
fn weight_matrix(weight: &[f32], sizes: &Sizes) -> Vec<f32> {
    let [_, _, _, channels] = sizes.input;
    let [_, _, _, out] = sizes.output;
    let places = sizes.kernel[0] * sizes.kernel[1];
    let mut matrix = vec![0.0; weight.len()];
    matrix.par_chunks_mut(channels * out).enumerate().for_each(|(place, rows)| {
        for (channel, row) in rows.chunks_exact_mut(out).enumerate() {
            for (filter, value) in row.iter_mut().enumerate() {
                *value = weight[(filter * channels + channel) * places + place];
            }
        }
    });
    matrix
}

/// The convolution: `x` of `[images, height, width, in]`, `weight` of `[out, in, kernel height, kernel width]` and
/// `bias` of `[out]` in row-major order.
pub fn forward(x: &[f32], weight: &[f32], bias: &[f32], sizes: Sizes) -> Vec<f32> {
    let [_, _, _, out] = sizes.output;
    let pixels: usize = sizes.output[..3].iter().product();
    let mut y = vec![0.0; pixels * out];
    if y.is_empty() {
        return y;
    }
    let matrix = weight_matrix(weight, &sizes);
    let patch = sizes.patch();
    let fits = (STRIP_VALUES / patch).max(MIN_STRIP_PIXELS);
    // Every thread gets work, and the strips are of one size.
    let strips = pixels.div_ceil(fits).max(rayon::current_num_threads().min(pixels.div_ceil(MIN_STRIP_PIXELS)));
    let strip = pixels.div_ceil(strips);
    y.par_chunks_mut(strip * out).enumerate().for_each_init(Vec::new, |patches, (index, y)| {
        let rows = y.len() / out;
        patches.resize(rows * patch, 0.0);
        sizes.gather(x, index * strip, patches);
        for row in y.chunks_exact_mut(out) {
            row.copy_from_slice(bias);
        }
        add_product(patches, &matrix, y, [rows, patch, out]);
    });
    y
}

/// `y += a b` for row-major `a` of `[m, k]`, `b` of `[k, n]` and `y` of `[m, n]`, on this thread alone.
fn add_product(a: &[f32], b: &[f32], y: &mut [f32], [m, k, n]: [usize; 3]) {
    assert_eq!([a.len(), b.len(), y.len()], [m * k, k * n, m * n], "sizes of a matrix product");
    // SAFETY: the three slices hold exactly the matrices that the sizes and strides describe, as just asserted, and `y`
    // is borrowed mutably, so it overlaps neither of the others.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            y.as_mut_ptr(),
            1,
            n as isize,
            true,
            a.as_ptr(),
            1,
            k as isize,
            b.as_ptr(),
            1,
            n as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
