//! How alike each pixel of one picture is to those of another around a place: RAFT's correlation of all pairs, on four scales.

use burn::tensor::{Int, Tensor};
use hummingbird_kernels::{Epilogue, Outside, Windows, bilinear, matmul};

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
            let windows = Windows { radius: self.radius, outside: Outside::Zeros };
            let scales =
                values.into_iter().zip(&self.keys).enumerate().map(|(scale, (values, (_, [height, width])))| {
                    let places = (places.clone() / f64::from(1_u32 << scale)).reshape([count, 1, 2]);
                    let found = bilinear(values.reshape([count, *height, *width, 1]), places, windows);
                    found.reshape([count, windows.side().pow(2)])
                });
            Tensor::cat(scales.collect(), 1)
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
