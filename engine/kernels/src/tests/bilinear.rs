//! Pictures read between their pixels.

use super::support::{Tol, devices, noise, tensor, values};
use crate::KernelPath;
use crate::bilinear::{Outside, Windows, bilinear_on};

const FORWARD: Tol = Tol { rtol: 1e-5, atol: 1e-5, why: "means of four f32 values, in another order" };

/// The definition, in f64, with no place beyond the reach of an `isize`.
fn reference(pictures: &[f32], [n, height, width, channels]: [usize; 4], places: &[f32], windows: Windows) -> Vec<f32> {
    let pixel = |picture: usize, x: f64, y: f64, channel: usize| {
        let (last_x, last_y) = ((width - 1) as f64, (height - 1) as f64);
        let is_inside = (0.0..=last_x).contains(&x) && (0.0..=last_y).contains(&y);
        if windows.outside == Outside::Zeros && !is_inside {
            return 0.0;
        }
        let (x, y) = (x.clamp(0.0, last_x) as usize, y.clamp(0.0, last_y) as usize);
        f64::from(pictures[((picture * height + y) * width + x) * channels + channel])
    };
    let radius = windows.radius as i32;
    let count = places.len() / 2 / n;
    let mut result = Vec::new();
    for (point, place) in places.as_chunks::<2>().0.iter().enumerate() {
        for (dx, dy) in (-radius..=radius).flat_map(|dx| (-radius..=radius).map(move |dy| (dx, dy))) {
            let [x, y] = [f64::from(place[0]) + f64::from(dx), f64::from(place[1]) + f64::from(dy)];
            let (left, top) = (x.floor(), y.floor());
            for channel in 0..channels {
                let at = |right: f64, below: f64| pixel(point / count, left + right, top + below, channel);
                let line = |below: f64| at(0.0, below) * (1.0 - (x - left)) + at(1.0, below) * (x - left);
                result.push((line(0.0) * (1.0 - (y - top)) + line(1.0) * (y - top)) as f32);
            }
        }
    }
    result
}

#[test]
fn results_agree_with_the_definition() {
    // One pixel, one channel, several pictures, more channels than a vector, more values than a task.
    for (shape @ [n, height, width, _], count, radius) in [
        ([1, 1, 1, 1], 3, 0),
        ([3, 5, 4, 1], 2, 4),
        ([2, 6, 9, 33], 7, 1),
        ([1, 20, 30, 12], 600, 0),
        ([90, 8, 7, 1], 1, 3),
    ] {
        let pictures = noise(shape.iter().product(), 1);
        // In the picture, between, beyond each border and far away.
        let spread = [1.4 * width as f32, 1.4 * height as f32];
        let mut places = noise(n * count * 2, 2);
        for (index, place) in places.iter_mut().enumerate() {
            *place = *place * spread[index % 2] + spread[index % 2] / 2.8;
        }
        places[..2].copy_from_slice(&[-1e6, (height - 1) as f32]);
        for outside in [Outside::Zeros, Outside::Border] {
            let windows = Windows { radius, outside };
            let expected = reference(&pictures, shape, &places, windows);
            for (device_name, device) in devices() {
                for path in [KernelPath::Fused, KernelPath::Unfused] {
                    let places = tensor(&places, [n, count, 2], &device);
                    let y = bilinear_on(path, tensor(&pictures, shape, &device), places, windows);
                    assert_eq!(y.dims(), [n, count, windows.side().pow(2), shape[3]]);
                    let name = format!("{count} of {shape:?}, {windows:?}, {path:?} on {device_name}");
                    FORWARD.check(&name, &values(y), &expected);
                }
            }
        }
    }
}
