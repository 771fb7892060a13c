//! Pictures read between their pixels.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::backend::KernelBackend;
use super::{KernelPath, composed, kernel_path};

/// What is read around each place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Whole pixels that are read to all sides; 0: the place alone.
    pub radius: usize,
    /// What is beyond the border.
    pub outside: Outside,
}

/// What a picture has beyond its border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Zeros.
    Zeros,
    /// The pixel of the border.
    Border,
}

impl Windows {
    /// Places of a window along a side.
    pub fn side(&self) -> usize {
        2 * self.radius + 1
    }
}

/// What pictures have in windows around places, bilinear: torch's `grid_sample` with corners aligned, at places in pixels.
///
/// # Shapes
/// - `pictures`: `[n, height, width, channels]`
/// - `places`: `[n, count, 2]`, x and y; where they are no numbers the result is of no use
/// - output: `[n, count, side * side, channels]`, down the columns of a window first
///
/// # Panics
/// When the sizes do not fit each other, or pictures have no pixels: a bug of the caller.
pub fn bilinear(pictures: Tensor<4>, places: Tensor<3>, windows: Windows) -> Tensor<4> {
    bilinear_on(kernel_path(), pictures, places, windows)
}

/// [`bilinear`] on a given path.
pub fn bilinear_on(path: KernelPath, pictures: Tensor<4>, places: Tensor<3>, windows: Windows) -> Tensor<4> {
    let ([n, height, width, _], [sets, _, axes]) = (pictures.dims(), places.dims());
    assert_eq!([sets, axes], [n, 2], "places are x and y for each picture");
    assert!(height > 0 && width > 0, "a picture of {height} by {width} has nothing to read");
    let (pictures, places) = (pictures.into_dispatch(), places.into_dispatch());
    Tensor::from_dispatch(match path {
        KernelPath::Fused => Dispatch::bilinear(pictures, places, windows),
        KernelPath::Unfused => composed::bilinear::<Dispatch>(pictures, places, windows),
    })
}
