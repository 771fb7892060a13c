//! Products with weight matrices.

use burn::tensor::{DType, Device, TensorData};
use half::f16;

use super::support::{Tol, cpu_devices, devices, dot, finite_difference, noise, tensor, values};
use crate::kernels::KernelPath;
use crate::kernels::linear::linear_on;

const PATHS: [KernelPath; 2] = [KernelPath::Fused, KernelPath::Unfused];
const FORWARD: Tol = Tol { rtol: 2e-5, atol: 2e-5, why: "sums over up to 700 f32 products, in another order" };
const GRADIENT: Tol = Tol { rtol: 1e-4, atol: 1e-3, why: "sums over up to 700 f32 products, in another order" };

/// Rows, inputs and outputs: one of each, fewer than a tile, more than a run of the inner dimension, odd throughout.
const SIZES: [[usize; 3]; 5] = [[1, 1, 1], [5, 3, 2], [13, 700, 19], [101, 40, 131], [6, 16, 64]];

/// The definition, in f64.
fn twin(x: &[f32], weight: &[f32], bias: Option<&[f32]>, [_, inputs, outputs]: [usize; 3]) -> Vec<f32> {
    let of_row = |row: &[f32]| -> Vec<f32> {
        let weights = weight.chunks_exact(inputs).enumerate();
        weights
            .map(|(index, weights)| (bias.map_or(0.0, |bias| f64::from(bias[index])) + dot(row, weights)) as f32)
            .collect()
    };
    let y: Vec<f32> = x.chunks_exact(inputs).flat_map(of_row).collect();
    assert_eq!(y.len(), x.len() / inputs * outputs);
    y
}

#[test]
fn forward_agrees_with_the_definition() {
    for (device_name, device) in devices() {
        for sizes @ [rows, inputs, outputs] in SIZES {
            let (x, weight, bias) = (noise(rows * inputs, 1), noise(outputs * inputs, 2), noise(outputs, 3));
            for (path, bias) in PATHS.into_iter().flat_map(|path| [(path, None), (path, Some(&bias))]) {
                let of_layer = bias.map(|bias| tensor(bias, [outputs], &device));
                let weight_tensor = tensor(&weight, [outputs, inputs], &device);
                let y = linear_on(path, tensor::<3>(&x, [1, rows, inputs], &device), weight_tensor, of_layer);
                assert_eq!(y.dims(), [1, rows, outputs]);
                let name = format!("{sizes:?}, bias: {}, {path:?} on {device_name}", bias.is_some());
                FORWARD.check(&name, &values(y), &twin(&x, &weight, bias.map(Vec::as_slice), sizes));
            }
        }
    }
}

#[test]
fn halves_count_as_the_numbers_that_they_are() {
    let device = Device::flex();
    for sizes @ [rows, inputs, outputs] in SIZES {
        let x = noise(rows * inputs, 1);
        let halves: Vec<f16> = noise(outputs * inputs, 2).into_iter().map(f16::from_f32).collect();
        let wide: Vec<f32> = halves.iter().map(|half| half.to_f32()).collect();
        for path in PATHS {
            let data = TensorData::new(halves.clone(), [outputs, inputs]);
            let weight = burn::tensor::Tensor::<2>::from_data(data, (&device, DType::F16));
            assert_eq!(weight.dtype(), DType::F16);
            let y = linear_on(path, tensor::<2>(&x, [rows, inputs], &device), weight, None);
            FORWARD.check(&format!("{sizes:?}, {path:?}"), &values(y), &twin(&x, &wide, None, sizes));
        }
    }
}

#[test]
fn backward_agrees_with_finite_differences() {
    for (device_name, device) in cpu_devices() {
        let device = device.autodiff();
        for sizes @ [rows, inputs, outputs] in SIZES {
            let (x, weight) = (noise(rows * inputs, 1), noise(outputs * inputs, 2));
            let x_tensor = tensor::<2>(&x, [rows, inputs], &device).require_grad();
            let weight_tensor = tensor(&weight, [outputs, inputs], &device).require_grad();
            let weights = noise(rows * outputs, 4);
            let y = linear_on(KernelPath::Fused, x_tensor.clone(), weight_tensor.clone(), None);
            let grads = (y * tensor(&weights, [rows, outputs], &device)).sum().backward();
            let present = "every input requires a gradient";
            let dx = values(x_tensor.grad(&grads).expect(present));
            let dweight = values(weight_tensor.grad(&grads).expect(present));
            for (what, start, gradient) in [("x", &x, dx), ("weight", &weight, dweight)] {
                let direction = noise(start.len(), 5);
                let forward = |at: &[f32]| {
                    if what == "x" { twin(at, &weight, None, sizes) } else { twin(&x, at, None, sizes) }
                };
                let slope = finite_difference(start, &direction, &weights, forward);
                let name = format!("{what} of {sizes:?} on {device_name}");
                GRADIENT.check(&name, &[dot(&gradient, &direction) as f32], &[slope as f32]);
            }
        }
    }
}
