//! How alike each pixel of one picture is to those of another around a place: RAFT's correlation of all pairs, on four scales.

use burn::tensor::{Int, Tensor};
use hummingbird_kernels::{Epilogue, matmul};
use hummingbird_nn::parallel::at_once;

/// Scales of the published networks: the second picture's features, and their means over 2x2, 4x4 and 8x8.
pub(crate) const SCALES: usize = 4;
/// Most values of one matmul: a buffer of 64 MiB.
const MOST_OF_CHUNK: usize = 1 << 24;
/// Most values on all scales that are kept between rounds; larger correlations are computed again in each.
const MOST_KEPT: usize = 1 << 26;

/// Correlations of a picture's pixels with another picture.
pub(crate) struct Correlation {
    /// `[pixels, channels]`, divided by the root of the channels
    queries: Tensor<2>,
    /// For each scale: `[pixels, channels]`, and height and width.
    keys: Vec<(Tensor<2>, [usize; 2])>,
    radius: usize,
    /// Pixels that are correlated at once.
    chunk: usize,
    /// For each chunk of pixels and each scale `[pixels of the chunk, pixels of the scale]`; empty where they are too many.
    kept: Vec<Vec<Tensor<2>>>,
}

impl Correlation {
    /// From features of one size, on so many scales; look-ups see `radius` pixels of each scale to all sides.
    ///
    /// # Shapes
    /// both `[1, height, width, channels]`
    pub fn new(from: Tensor<4>, to: Tensor<4>, scales: usize, radius: usize) -> Self {
        let [_, height, width, channels] = from.dims();
        let pixels = height * width;
        let queries = from.reshape([pixels, channels]) / (channels as f64).sqrt();
        let mut keys = Vec::with_capacity(scales);
        let mut scale = to;
        for index in 0..scales {
            if index > 0 {
                scale = halved(scale);
            }
            let [_, height, width, _] = scale.dims();
            keys.push((scale.clone().reshape([height * width, channels]), [height, width]));
        }
        let chunk = (MOST_OF_CHUNK / pixels).clamp(1, pixels);
        let mut made = Self { queries, keys, radius, chunk, kept: Vec::new() };
        if pixels * pixels <= MOST_KEPT {
            made.kept = (0..pixels.div_ceil(chunk)).map(|index| made.correlated(index)).collect();
        }
        made
    }

    /// Pixels of a chunk: the first and how many.
    fn range(&self, index: usize) -> (usize, usize) {
        let start = index * self.chunk;
        (start, self.chunk.min(self.queries.dims()[0] - start))
    }

    fn correlated(&self, index: usize) -> Vec<Tensor<2>> {
        let (start, count) = self.range(index);
        let queries = self.queries.clone().narrow(0, start, count);
        self.keys.iter().map(|(keys, _)| matmul(queries.clone(), keys.clone(), Epilogue::default())).collect()
    }

    /// The correlations of each pixel around where it is believed to be; outside of the picture they are 0.
    ///
    /// Places of a window go down their columns first: the reference's window has its steps in x along rows.
    ///
    /// # Shapes
    /// `places`: `[1, height, width, 2]`, x and y in pixels of the features `->
    /// [1, height, width, scales * (2 * radius + 1)^2]`
    pub fn look_up(&self, places: Tensor<4>) -> Tensor<4> {
        let [_, height, width, _] = places.dims();
        let pixels = height * width;
        let places = places.reshape([pixels, 2]);
        let chunks = (0..pixels.div_ceil(self.chunk)).map(|index| {
            let (start, count) = self.range(index);
            let places = places.clone().narrow(0, start, count);
            let values = match self.kept.get(index) {
                Some(kept) => kept.clone(),
                None => self.correlated(index),
            };
            let scales = values.into_iter().zip(&self.keys).enumerate().collect();
            let scales = at_once(scales, &places.device(), |(scale, (values, (_, size)))| {
                sampled(values, &(places.clone() / f64::from(1_u32 << scale)), *size, self.radius)
            });
            Tensor::cat(scales, 1)
        });
        let found: Tensor<2> = Tensor::cat(chunks.collect(), 0);
        let [_, channels] = found.dims();
        found.reshape([1, height, width, channels])
    }
}

/// Means over two by two pixels; an odd last row or column is left out.
fn halved(x: Tensor<4>) -> Tensor<4> {
    let [n, height, width, channels] = x.dims();
    let (rows, columns) = (height / 2, width / 2);
    let x = x.narrow(1, 0, rows * 2).narrow(2, 0, columns * 2);
    x.reshape([n, rows, 2, columns, 2, channels]).mean_dim(4).mean_dim(2).reshape([n, rows, columns, channels])
}

/// Windows of `2 * radius + 1` to a side around places of pictures, one picture a row, bilinear.
///
/// # Shapes
/// - `values`: `[rows, height * width]`
/// - `places`: `[rows, 2]`, x and y
/// - output: `[rows, (2 * radius + 1)^2]`, x first
fn sampled(values: Tensor<2>, places: &Tensor<2>, [height, width]: [usize; 2], radius: usize) -> Tensor<2> {
    let [rows, _] = places.dims();
    let device = places.device();
    // Windows step by whole pixels, so that all places of one lie equally between pixels: these are `side + 1` to a side.
    let side = 2 * radius + 1;
    let steps = Tensor::<1, Int>::arange(0..side as i64 + 1, &device).float() - radius as f64;
    let along = |axis: usize, length: usize| {
        // What is far outside is outside.
        let place = places.clone().narrow(1, axis, 1).clamp(-(side as f64), (length + side) as f64);
        let whole = place.clone().floor();
        let part = place - whole.clone();
        let pixels = whole + steps.clone().reshape([1, side + 1]);
        let inside = pixels.clone().greater_equal_elem(0.0).float() * pixels.clone().lower_elem(length as f64).float();
        (pixels.clamp(0.0, (length - 1) as f64), inside, part)
    };
    let (columns, inside_x, right) = along(0, width);
    let (lines, inside_y, down) = along(1, height);
    // [rows, x, y]
    let indices = columns.unsqueeze_dim::<3>(2) + lines.unsqueeze_dim::<3>(1) * width as f64;
    let pixels = (side + 1) * (side + 1);
    let found = values.gather(1, indices.reshape([rows, pixels]).int());
    let inside = inside_x.unsqueeze_dim::<3>(2) * inside_y.unsqueeze_dim::<3>(1);
    let found = found.reshape([rows, side + 1, side + 1]) * inside;
    let between = |found: Tensor<3>, axis: usize, part: Tensor<2>| {
        let part = part.unsqueeze_dim::<3>(2);
        let (first, second) = (found.clone().narrow(axis, 0, side), found.narrow(axis, 1, side));
        first * (-part.clone() + 1.0) + second * part
    };
    between(between(found, 1, right), 2, down).reshape([rows, side * side])
}

/// Where each pixel is.
///
/// # Shapes
/// `[1, height, width, 2]`, x and y
pub(crate) fn coordinates(height: usize, width: usize, device: &burn::tensor::Device) -> Tensor<4> {
    let along = |length: usize| Tensor::<1, Int>::arange(0..length as i64, device).float();
    let x = along(width).reshape([1, 1, width, 1]).expand([1, height, width, 1]);
    let y = along(height).reshape([1, height, 1, 1]).expand([1, height, width, 1]);
    Tensor::cat(vec![x, y], 3)
}
