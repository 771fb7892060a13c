//! Matmuls with weights.

use burn::tensor::{DType, Device, TensorData};
use half::f16;
use hummingbird_shaders::matmul::{Patches, matmul};

use super::support::{Tol, cpu_devices, devices, dot, finite_difference, noise, tensor, values};
use crate::matmul::{activate, matmul_on};
use crate::{Activation, Epilogue, KernelPath};

const PATHS: [KernelPath; 2] = [KernelPath::Fused, KernelPath::Unfused];
const FORWARD: Tol = Tol { rtol: 2e-5, atol: 2e-5, why: "sums over up to 700 f32 products, in another order" };
const GRADIENT: Tol = Tol { rtol: 1e-4, atol: 1e-3, why: "sums over up to 700 f32 products, in another order" };

/// Rows, inputs and outputs: one of each, fewer than a tile, more than a run of the inner dimension, odd throughout.
const SIZES: [[usize; 3]; 5] = [[1, 1, 1], [5, 3, 2], [13, 700, 19], [101, 40, 131], [6, 16, 64]];

/// The definition, in f64.
fn reference(x: &[f32], weight: &[f32], bias: Option<&[f32]>, [rows, inputs, outputs]: [usize; 3]) -> Vec<f32> {
    let patches = Patches::rows(rows as u32, inputs as u32);
    let y = matmul(x, weight, &patches, Epilogue::bias(bias));
    assert_eq!(y.len(), rows * outputs);
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
                let y = matmul_on(
                    path,
                    tensor::<3>(&x, [1, rows, inputs], &device),
                    weight_tensor,
                    Epilogue::bias(of_layer),
                );
                assert_eq!(y.dims(), [1, rows, outputs]);
                let name = format!("{sizes:?}, bias: {}, {path:?} on {device_name}", bias.is_some());
                FORWARD.check(&name, &values(y), &reference(&x, &weight, bias.map(Vec::as_slice), sizes));
            }
        }
    }
}

#[test]
fn halves_count_as_the_numbers_that_they_are() {
    let gpu = devices().into_iter().filter(|(name, _)| *name == "wgpu");
    for (device_name, device) in gpu.chain([("flex", Device::flex())]) {
        for sizes @ [rows, inputs, outputs] in SIZES {
            let x = noise(rows * inputs, 1);
            let halves: Vec<f16> = noise(outputs * inputs, 2).into_iter().map(f16::from_f32).collect();
            let wide: Vec<f32> = halves.iter().map(|half| half.to_f32()).collect();
            for path in PATHS {
                let data = TensorData::new(halves.clone(), [outputs, inputs]);
                let weight = burn::tensor::Tensor::<2>::from_data(data, (&device, DType::F16));
                assert_eq!(weight.dtype(), DType::F16);
                let y = matmul_on(path, tensor::<2>(&x, [rows, inputs], &device), weight, Epilogue::default());
                let name = format!("{sizes:?}, {path:?} on {device_name}");
                FORWARD.check(&name, &values(y), &reference(&x, &wide, None, sizes));
            }
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
            let y = matmul_on(KernelPath::Fused, x_tensor.clone(), weight_tensor.clone(), Epilogue::default());
            let grads = (y * tensor(&weights, [rows, outputs], &device)).sum().backward();
            let present = "every input requires a gradient";
            let dx = values(x_tensor.grad(&grads).expect(present));
            let dweight = values(weight_tensor.grad(&grads).expect(present));
            for (what, start, gradient) in [("x", &x, dx), ("weight", &weight, dweight)] {
                let direction = noise(start.len(), 5);
                let forward = |at: &[f32]| {
                    if what == "x" { reference(at, &weight, None, sizes) } else { reference(&x, at, None, sizes) }
                };
                let slope = finite_difference(start, &direction, &weights, forward);
                let name = format!("{what} of {sizes:?} on {device_name}");
                GRADIENT.check(&name, &[dot(&gradient, &direction) as f32], &[slope as f32]);
            }
        }
    }
}

/// The gradient with respect to what a weight is multiplied with is the same whether the weight is trained or not; where it is
/// not, the weight may have 16 bits.
#[test]
fn weights_that_are_not_trained_let_the_same_gradient_through() {
    for (device_name, device) in devices() {
        let autodiff = device.clone().autodiff();
        for sizes @ [rows, inputs, outputs] in SIZES {
            let halves: Vec<f16> = noise(outputs * inputs, 2).into_iter().map(f16::from_f32).collect();
            let wide: Vec<f32> = halves.iter().map(|half| half.to_f32()).collect();
            let (x, bias) = (noise(rows * inputs, 1), tensor(&noise(outputs, 3), [outputs], &device));
            let weights = tensor(&noise(rows * outputs, 4), [rows, outputs], &autodiff);
            let gradient = |weight: burn::tensor::Tensor<2>| {
                let x = tensor::<2>(&x, [rows, inputs], &autodiff).require_grad();
                let y = matmul_on(KernelPath::Fused, x.clone(), weight, Epilogue::bias(bias.clone()));
                values(x.grad(&(y * weights.clone()).sum().backward()).expect("the input requires a gradient"))
            };
            let trained = gradient(tensor(&wide, [outputs, inputs], &autodiff).require_grad());
            let half_weight = burn::tensor::Tensor::from_data(
                TensorData::new(halves.clone(), [outputs, inputs]),
                (&device, DType::F16),
            );
            let frozen = [tensor(&wide, [outputs, inputs], &device), half_weight];
            for (weight, bits) in frozen.into_iter().zip([32, 16]) {
                let name = format!("{sizes:?} with {bits} bits on {device_name}");
                GRADIENT.check(&name, &gradient(weight.clone()), &trained);
                let trained_bias = tensor::<1>(&values(bias.clone()), [outputs], &autodiff).require_grad();
                let x = tensor::<2>(&x, [rows, inputs], &autodiff);
                let y = matmul_on(KernelPath::Fused, x, weight, Epilogue::bias(trained_bias.clone()));
                let grads = (y * weights.clone()).sum().backward();
                let found = values(trained_bias.grad(&grads).expect("the bias requires a gradient"));
                GRADIENT.check(&name, &found, &values(weights.clone().sum_dim(0).reshape([outputs])));
            }
        }
    }
}

/// The exact GELU by the series of the error function, in f64.
fn gelu(x: f64) -> f64 {
    // Each term is the one before times -z^2 (2n - 1) / (n (2n + 1)); for |z| < 3 a hundred of them are plenty.
    let z = x * std::f64::consts::FRAC_1_SQRT_2;
    let (mut term, mut sum) = (z, z);
    for n in 1..100 {
        let n = f64::from(n);
        term *= -z * z / n;
        sum += term / (2.0 * n + 1.0);
    }
    0.5 * x * (1.0 + sum * std::f64::consts::FRAC_2_SQRT_PI)
}

/// `value * gelu(gate)` of rows of `2 * outputs` values.
fn gated(projected: &[f32], outputs: usize) -> Vec<f32> {
    let rows = projected.chunks_exact(2 * outputs).map(|row| row.split_at(outputs));
    rows.flat_map(|(values, gates)| values.iter().zip(gates).map(|(v, g)| (f64::from(*v) * gelu(f64::from(*g))) as f32))
        .collect()
}

#[test]
fn a_residual_is_added() {
    for (device_name, device) in devices() {
        for sizes @ [rows, inputs, outputs] in SIZES {
            let (x, weight, bias) = (noise(rows * inputs, 1), noise(outputs * inputs, 2), noise(outputs, 3));
            let residual = noise(rows * outputs, 4);
            let mut expected = reference(&x, &weight, Some(&bias), sizes);
            expected.iter_mut().zip(&residual).for_each(|(y, r)| *y += r);
            for path in PATHS {
                let (x, weight) =
                    (tensor::<3>(&x, [rows, 1, inputs], &device), tensor(&weight, [outputs, inputs], &device));
                let residual = tensor(&residual, [rows, 1, outputs], &device);
                let y =
                    matmul_on(path, x, weight, Epilogue::bias(tensor(&bias, [outputs], &device)).residual(residual));
                assert_eq!(y.dims(), [rows, 1, outputs]);
                FORWARD.check(&format!("{sizes:?}, {path:?} on {device_name}"), &values(y), &expected);
            }
        }
    }
}

#[test]
fn results_go_through_gelu() {
    for (device_name, device) in devices() {
        for sizes @ [rows, inputs, outputs] in SIZES {
            let scale = 1.0 / (inputs as f32).sqrt();
            let (x, bias) = (noise(rows * inputs, 1), noise(outputs, 3));
            let weight: Vec<f32> = noise(outputs * inputs, 2).into_iter().map(|w| w * scale).collect();
            let projected = reference(&x, &weight, Some(&bias), sizes);
            let expected: Vec<f32> = projected.iter().map(|y| gelu(f64::from(*y)) as f32).collect();
            for path in PATHS {
                let weight = tensor(&weight, [outputs, inputs], &device);
                let x = tensor::<3>(&x, [rows, 1, inputs], &device);
                let y = matmul_on(
                    path,
                    x,
                    weight,
                    Epilogue::bias(tensor(&bias, [outputs], &device)).activation(Activation::Gelu),
                );
                assert_eq!(y.dims(), [rows, 1, outputs]);
                FORWARD.check(&format!("{sizes:?}, {path:?} on {device_name}"), &values(y), &expected);
            }
        }
    }
}

/// The slope of the tanh approximation is up to 5e-4 from that of the exact GELU, which these are held to: finite differences in f64.
#[test]
fn gradients_of_gelu_and_geglu_are_those_of_the_exact_one() {
    let tol = Tol { rtol: 1e-5, atol: 3e-6, why: "an exponential and an error function in f32" };
    let slope = |x: f64| (gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5;
    let x: Vec<f32> = (0..120).map(|index| (index as f32 - 60.0) / 20.0).collect();
    let slopes: Vec<f64> = x.iter().map(|&x| slope(f64::from(x))).collect();
    // Half of them values, half of them gates.
    let (values_of_gates, gates) = (&x[..60], &x[60..]);
    let by_value = gates.iter().map(|&gate| gelu(f64::from(gate)) as f32);
    let by_gate = values_of_gates.iter().zip(&slopes[60..]).map(|(&value, slope)| (f64::from(value) * slope) as f32);
    let gated: Vec<f32> = by_value.chain(by_gate).collect();
    let plain: Vec<f32> = slopes.iter().map(|&slope| slope as f32).collect();
    for (device_name, device) in devices() {
        for (activation, expected) in [(Activation::Gelu, &plain), (Activation::Geglu, &gated)] {
            let x = tensor::<2>(&x, [1, 120], &device.clone().autodiff()).require_grad();
            let grads = activate(x.clone(), activation).sum().backward();
            let found = values(x.grad(&grads).expect("the input requires a gradient"));
            tol.check(&format!("{activation:?} on {device_name}"), &found, expected);
        }
    }
}

#[test]
fn geglu_is_the_value_times_the_gelu_of_its_gate() {
    let tol = Tol { rtol: 1e-4, atol: 1e-4, why: "a product of two sums over up to a thousand f32 products" };
    for (device_name, device) in devices() {
        for [rows, inputs, outputs] in SIZES {
            // Weights small enough that gates stay where the series converges.
            let scale = 1.0 / (inputs as f32).sqrt();
            let (x, bias) = (noise(rows * inputs, 1), noise(2 * outputs, 3));
            let weight: Vec<f32> = noise(2 * outputs * inputs, 2).into_iter().map(|w| w * scale).collect();
            let expected = gated(&reference(&x, &weight, Some(&bias), [rows, inputs, 2 * outputs]), outputs);
            for path in PATHS {
                let weight = tensor(&weight, [2 * outputs, inputs], &device);
                let x = tensor::<2>(&x, [rows, inputs], &device);
                let epilogue = Epilogue::bias(tensor(&bias, [2 * outputs], &device)).activation(Activation::Geglu);
                let y = matmul_on(path, x, weight, epilogue);
                assert_eq!(y.dims(), [rows, outputs]);
                tol.check(&format!("{rows}x{inputs}x{outputs}, {path:?} on {device_name}"), &values(y), &expected);
            }
        }
    }
}

#[test]
fn gradients_are_those_of_the_composed_form() {
    for (device_name, device) in cpu_devices() {
        let device = device.autodiff();
        for [rows, inputs, outputs] in SIZES {
            let scale = 1.0 / (inputs as f32).sqrt();
            let weight: Vec<f32> = noise(2 * outputs * inputs, 2).into_iter().map(|w| w * scale).collect();
            let run = |path: KernelPath| {
                let x = tensor::<2>(&noise(rows * inputs, 1), [rows, inputs], &device).require_grad();
                let weight = tensor::<2>(&weight, [2 * outputs, inputs], &device).require_grad();
                let bias = tensor::<1>(&noise(2 * outputs, 3), [2 * outputs], &device).require_grad();
                let back = tensor::<2>(&noise(inputs * outputs, 5), [inputs, outputs], &device).require_grad();
                let back_bias = tensor::<1>(&noise(inputs, 6), [inputs], &device).require_grad();
                let hidden = matmul_on(
                    path,
                    x.clone(),
                    weight.clone(),
                    Epilogue::bias(bias.clone()).activation(Activation::Geglu),
                );
                let y = matmul_on(path, hidden, back.clone(), Epilogue::bias(back_bias.clone()).residual(x.clone()));
                let grads = (y * tensor(&noise(rows * inputs, 4), [rows, inputs], &device)).sum().backward();
                let present = "every input requires a gradient";
                [
                    values(x.grad(&grads).expect(present)),
                    values(weight.grad(&grads).expect(present)),
                    values(bias.grad(&grads).expect(present)),
                    values(back.grad(&grads).expect(present)),
                    values(back_bias.grad(&grads).expect(present)),
                ]
            };
            let (expected, actual) = (run(KernelPath::Unfused), run(KernelPath::Fused));
            for (index, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
                let name = format!("gradient {index} of {rows}x{inputs}x{outputs} on {device_name}");
                GRADIENT.check(&name, actual, expected);
            }
        }
    }
}

/// With and without a bias, a residual, slopes and each activation: whatever a layer asks for, kernel or not.
#[test]
fn every_epilogue_agrees_with_the_reference_on_every_device() {
    // Columns in whole quads and not, few rows and many.
    for [rows, inputs, outputs] in [[3, 7, 5], [40, 16, 8], [131, 36, 12]] {
        for (activation, case) in Activation::ALL.into_iter().flat_map(|it| (0..8).map(move |case| (it, case))) {
            if activation.is_gated() && case & 4 > 0 {
                continue;
            }
            let weight_rows = if activation.is_gated() { 2 * outputs } else { outputs };
            let scale = 1.0 / (inputs as f32).sqrt();
            let weight: Vec<f32> = noise(weight_rows * inputs, 2).into_iter().map(|w| w * scale).collect();
            let (x, bias, residual) = (noise(rows * inputs, 1), noise(weight_rows, 3), noise(rows * outputs, 4));
            let (bias, residual) = ((case & 1 > 0).then_some(&bias[..]), (case & 2 > 0).then_some(&residual[..]));
            let slopes = noise(outputs, 5);
            let slopes = (case & 4 > 0).then_some(&slopes[..]);
            let patches = Patches::rows(rows as u32, inputs as u32);
            let expected = matmul(&x, &weight, &patches, Epilogue { bias, residual, slopes, activation });
            for (device_name, device) in devices() {
                for path in PATHS {
                    let epilogue = Epilogue {
                        bias: bias.map(|bias| tensor(bias, [weight_rows], &device)),
                        residual: residual.map(|residual| tensor(residual, [rows, outputs], &device)),
                        slopes: slopes.map(|slopes| tensor(slopes, [outputs], &device)),
                        activation,
                    };
                    let weight = tensor(&weight, [weight_rows, inputs], &device);
                    let y = matmul_on(path, tensor::<2>(&x, [rows, inputs], &device), weight, epilogue);
                    let [bias, residual, slopes] = [bias, residual, slopes].map(|it| it.is_some());
                    let operands = format!("bias: {bias}, residual: {residual}, slopes: {slopes}");
                    let name = format!("{rows}x{inputs}x{outputs}, {operands}, {activation:?}");
                    FORWARD.check(&format!("{name}, {path:?} on {device_name}"), &values(y), &expected);
                }
            }
        }
    }
}
