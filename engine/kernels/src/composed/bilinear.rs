//! Pictures read between their pixels, from burn's primitives.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Scalar, TensorMetadata};
use burn::tensor::{IntDType, Shape, Slice, TensorData};

use crate::bilinear::{Outside, Windows};

/// Where windows lie along one axis.
struct Along<B: Backend> {
    /// Pixels, clamped to the picture: `[places, side + 1]`
    pixels: FloatTensor<B>,
    /// 1 inside of the picture, 0 outside, where that counts: `[places, side + 1]`
    inside: Option<FloatTensor<B>>,
    /// How far behind the first pixel a place is: `[places, 1]`
    part: FloatTensor<B>,
}

/// Composed [`crate::bilinear()`].
pub fn bilinear<B: Backend>(pictures: FloatTensor<B>, places: FloatTensor<B>, windows: Windows) -> FloatTensor<B> {
    let ([n, height, width, channels], [_, count, _]) = (pictures.shape().dims(), places.shape().dims());
    let (points, side, device) = (n * count, windows.side(), places.device());
    let places = B::float_reshape(places, Shape::new([points, 2]));
    let across = along::<B>(&places, 0, width, windows);
    let down = along::<B>(&places, 1, height, windows);
    let steps = side + 1;
    let whole = |x: FloatTensor<B>, shape| B::int_reshape(B::float_into_int(x, IntDType::I32), Shape::new(shape));
    let row = whole(down.pixels, [points, 1, steps]);
    let column = whole(across.pixels, [points, steps, 1]);
    let picture: Vec<i32> = (0..points).map(|point| (point / count * height * width) as i32).collect();
    let picture = B::int_from_data(TensorData::new(picture, [points, 1, 1]), &device);
    let first = B::int_add(picture, column);
    let indices = B::int_add(first, B::int_mul_scalar(row, Scalar::Int(width as i64)));
    let indices = B::int_reshape(indices, Shape::new([points * steps * steps]));
    let pixels = B::float_reshape(pictures, Shape::new([n * height * width, channels]));
    let found = B::float_select(pixels, 0, indices);
    let mut found = B::float_reshape(found, Shape::new([points, steps, steps, channels]));
    for (inside, shape) in [(across.inside, [points, steps, 1, 1]), (down.inside, [points, 1, steps, 1])] {
        if let Some(inside) = inside {
            found = B::float_mul(found, B::float_reshape(inside, Shape::new(shape)));
        }
    }
    let mixed = [(1, across.part), (2, down.part)].into_iter().fold(found, |found, (axis, part)| {
        let part = B::float_reshape(part, Shape::new([points, 1, 1, 1]));
        let from = |first: usize| narrow::<B>(found.clone(), axis, first, side);
        let rest = B::float_add_scalar(B::float_mul_scalar(part.clone(), (-1.0).into()), 1.0.into());
        B::float_add(B::float_mul(from(0), rest), B::float_mul(from(1), part))
    });
    B::float_reshape(mixed, Shape::new([n, count, side * side, channels]))
}

fn along<B: Backend>(places: &FloatTensor<B>, axis: usize, length: usize, windows: Windows) -> Along<B> {
    let Windows { radius, outside } = windows;
    let steps = windows.side() + 1;
    let clamped = |x, least: f64, most: f64| B::float_clamp(x, least.into(), most.into());
    let place = narrow::<B>(places.clone(), 1, axis, 1);
    // What is far outside is outside.
    let place = clamped(place, -(steps as f64), (length + steps) as f64);
    let whole = B::float_floor(place.clone());
    let part = B::float_sub(place, whole.clone());
    let steps: Vec<f32> = (0..steps).map(|step| step as f32 - radius as f32).collect();
    let shape = [1, steps.len()];
    let pixels = B::float_add(whole, B::float_from_data(TensorData::new(steps, shape), &places.device()));
    let inside = (outside == Outside::Zeros).then(|| {
        let behind_start = clamped(B::float_add_scalar(pixels.clone(), 1.0.into()), 0.0, 1.0);
        let from_end = B::float_add_scalar(B::float_mul_scalar(pixels.clone(), (-1.0).into()), (length as f64).into());
        B::float_mul(behind_start, clamped(from_end, 0.0, 1.0))
    });
    Along { pixels: clamped(pixels, 0.0, (length - 1) as f64), inside, part }
}

fn narrow<B: Backend>(x: FloatTensor<B>, axis: usize, first: usize, length: usize) -> FloatTensor<B> {
    let shape = x.shape();
    let ranges = (0..shape.num_dims()).map(|it| if it == axis { first..first + length } else { 0..shape[it] });
    let ranges: Vec<Slice> = ranges.map(Slice::from).collect();
    B::float_slice(x, &ranges)
}
