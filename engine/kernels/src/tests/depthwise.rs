//! Depthwise convolution of channels-last clips.

use burn::tensor::Device;

use super::support::{Tol, devices, noise, tensor, values};
use crate::KernelPath;
use crate::depthwise::depthwise_conv3d_on;

const FORWARD: Tol = Tol { rtol: 1e-5, atol: 1e-5, why: "sums over up to 147 f32 products, in another order" };

/// Sizes of a clip and of a kernel.
type Case = ([usize; 5], [usize; 3]);

/// Kernels of the networks, odd sizes, kernels that reach beyond all edges, one pixel, more channels than a vector, several clips.
const CASES: [Case; 6] = [
    ([1, 3, 9, 11, 5], [1, 7, 7]),
    ([2, 4, 8, 6, 33], [3, 7, 7]),
    ([1, 1, 1, 1, 1], [3, 7, 7]),
    ([1, 2, 2, 3, 16], [5, 5, 5]),
    ([1, 5, 4, 13, 20], [3, 1, 3]),
    ([3, 1, 7, 7, 48], [1, 1, 1]),
];

/// The definition, in f64.
fn reference(
    ([clips, frames, height, width, channels], kernel): Case,
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
) -> Vec<f32> {
    let [depth, rows, columns] = kernel;
    let inside = |place: usize, tap: usize, side: usize, length: usize| {
        (place + tap).checked_sub(side / 2).filter(|&place| place < length)
    };
    let mut result = Vec::new();
    for clip in 0..clips {
        for (t, y) in (0..frames).flat_map(|t| (0..height).map(move |y| (t, y))) {
            for (x_place, c) in (0..width).flat_map(|x| (0..channels).map(move |c| (x, c))) {
                let mut sum = f64::from(bias[c]);
                for tap in 0..depth * rows * columns {
                    let (dt, dy, dx) = (tap / (rows * columns), tap / columns % rows, tap % columns);
                    let places = (
                        inside(t, dt, depth, frames),
                        inside(y, dy, rows, height),
                        inside(x_place, dx, columns, width),
                    );
                    if let (Some(t), Some(y), Some(x_place)) = places {
                        let value = x[(((clip * frames + t) * height + y) * width + x_place) * channels + c];
                        sum += f64::from(value) * f64::from(weight[c * depth * rows * columns + tap]);
                    }
                }
                result.push(sum as f32);
            }
        }
    }
    result
}

#[test]
fn results_agree_with_the_definition() {
    for case @ (clip, kernel) in CASES {
        let channels = clip[4];
        let shape = [channels, 1, kernel[0], kernel[1], kernel[2]];
        let (x, weight) = (noise(clip.iter().product(), 1), noise(shape.iter().product(), 2));
        let bias = noise(channels, 3);
        let expected = reference(case, &x, &weight, &bias);
        let run = |path: KernelPath, device: &Device| {
            let y = depthwise_conv3d_on(
                path,
                tensor(&x, clip, device),
                tensor(&weight, shape, device),
                tensor(&bias, [channels], device),
            );
            assert_eq!(y.dims(), clip);
            values(y)
        };
        for (device_name, device) in devices() {
            for path in [KernelPath::Fused, KernelPath::Unfused] {
                FORWARD.check(&format!("{case:?}, {path:?} on {device_name}"), &run(path, &device), &expected);
            }
        }
    }
}
