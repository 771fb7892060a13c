//! Pictures fetched by a flow, and flows in other sizes.

use burn::tensor::{Int, Tensor};
use hummingbird_kernels::{Outside, Windows, bilinear};

use crate::flow::correlation::coordinates;

/// What `pictures` have where the flow leads, bilinear; outside the border counts.
///
/// # Shapes
/// - `picture`: `[1, height, width, channels]`
/// - `flow`: `[1, height, width, 2]`, to the right and down in pixels
/// - output: `[1, height, width, channels]`
pub(super) fn warped(picture: Tensor<4>, flow: Tensor<4>) -> Tensor<4> {
    let shape @ [_, height, width, _] = picture.dims();
    let places = (coordinates(height, width, &flow.device()) + flow).reshape([1, height * width, 2]);
    bilinear(picture, places, Windows { radius: 0, outside: Outside::Border }).reshape(shape)
}

/// Bilinear resizing to `factor` times the sides, corners not aligned: torch's `interpolate`.
///
/// # Shapes
/// `[1, height, width, channels] -> [1, factor * height, factor * width, channels]`
pub(super) fn enlarged(x: Tensor<4>, factor: usize) -> Tensor<4> {
    [1, 2].into_iter().fold(x, |x, axis| {
        let mut shape = x.dims();
        let length = shape[axis];
        // What is beyond the border is the border.
        let beside = |places: &mut dyn Iterator<Item = usize>| {
            let places: Vec<i32> = places.map(|at| at as i32).collect();
            x.clone().select(axis, Tensor::<1, Int>::from_ints(places.as_slice(), &x.device()))
        };
        let before = beside(&mut (0..length).map(|at| at.saturating_sub(1)));
        let behind = beside(&mut (0..length).map(|at| (at + 1).min(length - 1)));
        let parts = (0..factor).map(|part| {
            // Where the centre of this part of a pixel is, from the pixel's own.
            let offset = (part as f64 + 0.5) / factor as f64 - 0.5;
            let neighbour = if offset < 0.0 { &before } else { &behind };
            x.clone() * (1.0 - offset.abs()) + neighbour.clone() * offset.abs()
        });
        let parts = Tensor::stack::<5>(parts.collect(), axis + 1);
        shape[axis] = length * factor;
        parts.reshape(shape)
    })
}

/// Bilinear resizing to a `factor`th of the sides without antialiasing, for even factors: the mean of the pixels at the middle.
///
/// # Shapes
/// `[1, height, width, channels] -> [1, height / factor, width / factor, channels]`
pub(super) fn shrunk(x: Tensor<4>, factor: usize) -> Tensor<4> {
    let [n, height, width, channels] = x.dims();
    let (rows, columns, middle) = (height / factor, width / factor, factor / 2 - 1);
    let x = x.reshape([n, rows, factor, columns, factor, channels]).narrow(2, middle, 2).narrow(4, middle, 2);
    x.mean_dim(4).mean_dim(2).reshape([n, rows, columns, channels])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};
    use hummingbird_nn::params::values_of;

    use super::*;

    fn row(values: &[f32]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(values.to_vec(), [1, 1, values.len(), 1]), &Device::flex())
    }

    /// Numbers of torch 2.8.
    #[test]
    fn sizes_change_as_in_torch() {
        let twice = enlarged(row(&[1.0, 3.0, 7.0]), 2).narrow(1, 0, 1);
        assert_eq!(values_of(twice.into_data()), [1.0, 1.5, 2.5, 4.0, 6.0, 7.0]);
        let four = enlarged(row(&[0.0, 8.0]), 4).narrow(1, 0, 1);
        assert_eq!(values_of(four.into_data()), [0.0, 0.0, 1.0, 3.0, 5.0, 7.0, 8.0, 8.0]);
        let columns = Tensor::cat(vec![row(&[0.0, 2.0, 6.0, 100.0, 1.0, 3.0, 5.0, 9.0]); 4], 1);
        assert_eq!(values_of(shrunk(columns.clone(), 4).into_data()), [4.0, 4.0]);
        assert_eq!(values_of(shrunk(columns, 2).narrow(1, 0, 1).into_data()), [1.0, 53.0, 2.0, 7.0]);
    }

    #[test]
    fn pictures_are_fetched_between_pixels_and_from_the_border_outside() {
        let flow = |x: f32| Tensor::<4>::from_data(TensorData::new([x, 0.0].repeat(3), [1, 1, 3, 2]), &Device::flex());
        let fetched = |x: f32| values_of(warped(row(&[0.0, 10.0, 30.0]), flow(x)).into_data());
        assert_eq!(fetched(0.5), [5.0, 20.0, 30.0]);
        assert_eq!(fetched(-1.25), [0.0, 0.0, 7.5]);
        assert_eq!(fetched(f32::INFINITY), [30.0; 3]);
    }
}
