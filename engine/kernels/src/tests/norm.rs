//! Group norm and layer norm.

use burn::tensor::Device;
use hummingbird_shaders::group_norm_silu::{Params, group_norm_silu};

use super::support::{Tol, cpu_devices, devices, dot, finite_difference, noise, tensor, values};
use crate::norm::{group_norm_on, layer_norm_on};
use crate::{GroupNormOptions, KernelPath, NormActivation};

const PATHS: [KernelPath; 2] = [KernelPath::Fused, KernelPath::Unfused];
const FORWARD: Tol = Tol { rtol: 2e-6, atol: 4e-6, why: "f32 rounding of values near 3; sums are good to 1e-7" };
const GRADIENT: Tol = Tol { rtol: 2e-5, atol: 2e-5, why: "sums over up to 6000 f32 products, in another order" };

/// One sample, one position, one channel a group, one group, odd sizes, more positions than one piece holds.
const SHAPES: [([usize; 3], usize); 9] = [
    ([1, 33, 12], 4),
    ([3, 1, 8], 2),
    ([2, 7, 6], 6),
    ([2, 5, 6], 1),
    ([5, 33, 48], 8),
    ([1, 1, 4], 1),
    ([1, 1, 64], 32),
    ([2, 3000, 20], 4),
    ([1, 33_000, 4], 1),
];

/// Inputs of one case.
struct Case {
    shape: [usize; 3],
    options: GroupNormOptions,
    x: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

fn case(shape: [usize; 3], groups: usize, activation: NormActivation) -> Case {
    let [n, positions, channels] = shape;
    Case {
        shape,
        options: GroupNormOptions { groups, eps: 1e-5, activation },
        x: noise(n * positions * channels, 1).into_iter().map(|v| 2.0 * v + 0.3).collect(),
        gamma: noise(channels, 2).into_iter().map(|v| 1.0 + 0.5 * v).collect(),
        beta: noise(channels, 3),
    }
}

/// The reference implementation of group norm.
fn reference(x: &[f32], gamma: &[f32], beta: &[f32], shape: [usize; 3], options: GroupNormOptions) -> Vec<f32> {
    let activation = match options.activation {
        NormActivation::None => Params::NO_ACTIVATION,
        NormActivation::Silu => Params::SILU,
    };
    let shape = shape.map(|size| size as u32);
    let params = Params::new(shape, options.groups as u32, options.eps as f32, activation);
    group_norm_silu(x, gamma, beta, &params)
}

impl Case {
    fn reference(&self) -> Vec<f32> {
        reference(&self.x, &self.gamma, &self.beta, self.shape, self.options)
    }

    fn run(&self, path: KernelPath, device: &Device) -> Vec<f32> {
        let [_, _, channels] = self.shape;
        let x = tensor(&self.x, self.shape, device);
        let (gamma, beta) = (tensor(&self.gamma, [channels], device), tensor(&self.beta, [channels], device));
        values(group_norm_on(path, x, gamma, beta, self.options))
    }

    /// `dx`, `dgamma`, `dbeta` of `sum(y * weights)`.
    fn gradients(&self, path: KernelPath, device: &Device, weights: &[f32]) -> [Vec<f32>; 3] {
        let [_, _, channels] = self.shape;
        let device = device.clone().autodiff();
        let x = tensor(&self.x, self.shape, &device).require_grad();
        let gamma = tensor(&self.gamma, [channels], &device).require_grad();
        let beta = tensor(&self.beta, [channels], &device).require_grad();
        let y = group_norm_on(path, x.clone(), gamma.clone(), beta.clone(), self.options);
        let grads = (y * tensor(weights, self.shape, &device)).sum().backward();
        let present = "every input requires a gradient";
        [
            values(x.grad(&grads).expect(present)),
            values(gamma.grad(&grads).expect(present)),
            values(beta.grad(&grads).expect(present)),
        ]
    }
}

#[test]
fn group_norm_agrees_with_its_reference_on_every_device() {
    for (name, device) in devices() {
        for path in PATHS {
            for (shape, groups) in SHAPES {
                for activation in [NormActivation::None, NormActivation::Silu] {
                    let case = case(shape, groups, activation);
                    let label = format!("{name} {path:?} {shape:?} groups {groups} {activation:?}");
                    FORWARD.check(&label, &case.run(path, &device), &case.reference());
                }
            }
        }
    }
}

#[test]
fn group_norm_of_strided_input_reads_the_right_values() {
    let (shape, options) = ([2, 9, 12], GroupNormOptions { groups: 3, eps: 1e-6, activation: NormActivation::Silu });
    let (x, gamma, beta) = (noise(2 * 12 * 9, 1), noise(12, 2), noise(12, 3));
    for (name, device) in devices() {
        // [2, 12, 9] seen as [2, 9, 12].
        let view = tensor(&x, [2, 12, 9], &device).swap_dims(1, 2);
        let (g, b) = (tensor(&gamma, [12], &device), tensor(&beta, [12], &device));
        let straight = values(view.clone());
        let y = values(group_norm_on(KernelPath::Fused, view, g, b, options));
        FORWARD.check(name, &y, &reference(&straight, &gamma, &beta, shape, options));
    }
}

#[test]
fn group_norm_keeps_its_digits_far_from_zero() {
    let tol = Tol {
        rtol: 0.0,
        atol: 2e-3,
        why: "values near 1000 carry 3e-5 each in f32, the mean too, before the division by a std of 0.58",
    };
    for (name, device) in devices() {
        let mut case = case([2, 65, 12], 4, NormActivation::None);
        case.x = noise(case.x.len(), 1).into_iter().map(|v| v + 1000.0).collect();
        tol.check(name, &case.run(KernelPath::Fused, &device), &case.reference());
    }
}

#[test]
fn group_norm_of_a_constant_is_beta() {
    for (name, device) in devices() {
        let mut case = case([2, 17, 8], 2, NormActivation::None);
        case.x.fill(0.75);
        let expected = case.beta.repeat(2 * 17);
        FORWARD.check(name, &case.run(KernelPath::Fused, &device), &expected);
    }
}

#[test]
fn group_norm_spreads_nan_and_infinity_over_their_group_only() {
    for (name, device) in devices() {
        for bad in [f32::NAN, f32::INFINITY] {
            let mut case = case([2, 5, 6], 2, NormActivation::Silu);
            // Sample 0, position 2, channel 4: group 1.
            case.x[2 * 6 + 4] = bad;
            let y = case.run(KernelPath::Fused, &device);
            for (i, value) in y.iter().enumerate() {
                let in_group = i < 5 * 6 && i % 6 >= 3;
                assert_eq!(value.is_nan(), in_group, "{name}, {bad}: value {i} is {value}");
            }
        }
    }
}

#[test]
fn group_norm_gradients_are_those_of_the_composed_form() {
    for (name, device) in devices() {
        for (shape, groups) in SHAPES {
            for activation in [NormActivation::None, NormActivation::Silu] {
                let case = case(shape, groups, activation);
                let weights = noise(case.x.len(), 4);
                // The composed form on the CPU, so that a GPU's own sums are checked as well.
                let expected = case.gradients(KernelPath::Unfused, &Device::flex(), &weights);
                let actual = case.gradients(KernelPath::Fused, &device, &weights);
                for (what, actual, expected) in
                    ["dx", "dgamma", "dbeta"].into_iter().zip(actual).zip(expected).map(|((w, a), e)| (w, a, e))
                {
                    let label = format!("{name} {shape:?} groups {groups} {activation:?} {what}");
                    GRADIENT.check(&label, &actual, &expected);
                }
            }
        }
    }
}

#[test]
fn group_norm_gradients_agree_with_finite_differences() {
    for (name, device) in cpu_devices() {
        for activation in [NormActivation::None, NormActivation::Silu] {
            let case = case([2, 11, 6], 3, activation);
            let weights = noise(case.x.len(), 4);
            let [dx, dgamma, dbeta] = case.gradients(KernelPath::Fused, &device, &weights);
            let Case { shape, options, x, gamma, beta } = &case;
            let along = |what: &str, gradient: &[f32], at: &[f32], forward: &dyn Fn(&[f32]) -> Vec<f32>| {
                let direction = noise(at.len(), 5);
                let expected = finite_difference(at, &direction, &weights, forward);
                let actual = dot(gradient, &direction);
                let error = (actual - expected).abs();
                assert!(
                    error < 2e-3 * (1.0 + expected.abs()),
                    "{name} {activation:?} {what}: {actual}, not {expected}"
                );
            };
            along("dx", &dx, x, &|x| reference(x, gamma, beta, *shape, *options));
            along("dgamma", &dgamma, gamma, &|gamma| reference(x, gamma, beta, *shape, *options));
            along("dbeta", &dbeta, beta, &|beta| reference(x, gamma, beta, *shape, *options));
        }
    }
}

#[test]
fn a_gradient_is_not_asked_of_constants() {
    for (name, device) in cpu_devices() {
        let ad = device.autodiff();
        let x = tensor(&noise(24, 1), [1, 4, 6], &ad);
        let gamma = tensor(&noise(6, 2), [6], &ad).require_grad();
        let beta = tensor(&noise(6, 3), [6], &ad);
        let options = GroupNormOptions { groups: 2, eps: 1e-5, activation: NormActivation::Silu };
        let y = group_norm_on(KernelPath::Fused, x.clone(), gamma.clone(), beta.clone(), options);
        let grads = y.sum().backward();
        assert!(gamma.grad(&grads).is_some(), "{name}");
        assert!(x.grad(&grads).is_none() && beta.grad(&grads).is_none(), "{name}");
    }
}

/// Layer norm's reference: one group over single positions.
fn reference_layer_norm(x: &[f32], gamma: &[f32], beta: &[f32]) -> Vec<f32> {
    let options = GroupNormOptions { groups: 1, eps: 1e-5, activation: NormActivation::None };
    reference(x, gamma, beta, [x.len() / gamma.len(), 1, gamma.len()], options)
}

const LAYER_SHAPES: [[usize; 3]; 6] = [[1, 1, 1], [2, 3, 7], [1, 77, 64], [3, 5, 33], [2, 9, 320], [64, 96, 48]];

#[test]
fn layer_norm_agrees_with_its_reference_on_every_device() {
    for (name, device) in devices() {
        for shape @ [n, tokens, channels] in LAYER_SHAPES {
            let (x, gamma, beta) = (noise(n * tokens * channels, 1), noise(channels, 2), noise(channels, 3));
            for path in PATHS {
                let (g, b) = (tensor(&gamma, [channels], &device), tensor(&beta, [channels], &device));
                let y = values(layer_norm_on(path, tensor(&x, shape, &device), g, b, 1e-5));
                FORWARD.check(&format!("{name} {path:?} {shape:?}"), &y, &reference_layer_norm(&x, &gamma, &beta));
            }
        }
    }
}

#[test]
fn layer_norm_gradients_are_those_of_the_composed_form_and_of_finite_differences() {
    for (name, device) in devices() {
        for shape @ [n, tokens, channels] in LAYER_SHAPES {
            let (x, gamma, beta) = (noise(n * tokens * channels, 1), noise(channels, 2), noise(channels, 3));
            let weights = noise(x.len(), 4);
            let gradients = |path, device: &Device| {
                let device = device.clone().autodiff();
                let inputs = [tensor(&gamma, [channels], &device), tensor(&beta, [channels], &device)];
                let [gamma, beta] = inputs.map(|tensor| tensor.require_grad());
                let x = tensor(&x, shape, &device).require_grad();
                let y = layer_norm_on(path, x.clone(), gamma.clone(), beta.clone(), 1e-5);
                let grads = (y * tensor(&weights, shape, &device)).sum().backward();
                let present = "every input requires a gradient";
                let parameters = [gamma, beta].map(|tensor| values(tensor.grad(&grads).expect(present)));
                (values(x.grad(&grads).expect(present)), parameters)
            };
            let (dx, [dgamma, dbeta]) = gradients(KernelPath::Fused, &device);
            let (expected_dx, _) = gradients(KernelPath::Unfused, &Device::flex());
            GRADIENT.check(&format!("{name} {shape:?} dx"), &dx, &expected_dx);

            // Sums over all rows: in f64, because the composed form's own f32 sums of 6144 rows are the worse ones.
            let x_hat = reference_layer_norm(&x, &vec![1.0; channels], &vec![0.0; channels]);
            let column =
                |values: &[f32], c: usize| values.iter().skip(c).step_by(channels).copied().collect::<Vec<_>>();
            let expected_dgamma = (0..channels).map(|c| dot(&column(&x_hat, c), &column(&weights, c)) as f32);
            let expected_dbeta =
                (0..channels).map(|c| column(&weights, c).into_iter().map(f64::from).sum::<f64>() as f32);
            let rows = (n * tokens) as f32;
            let tol = Tol { atol: 2e-5 + 3e-8 * rows, why: "LibTorch adds up the rows in f32", ..GRADIENT };
            tol.check(&format!("{name} {shape:?} dgamma"), &dgamma, &expected_dgamma.collect::<Vec<_>>());
            tol.check(&format!("{name} {shape:?} dbeta"), &dbeta, &expected_dbeta.collect::<Vec<_>>());

            let direction = noise(x.len(), 5);
            // A step of 1e-2 is small only beside rows that vary.
            if channels >= 7 {
                let numeric = finite_difference(&x, &direction, &weights, |x| reference_layer_norm(x, &gamma, &beta));
                let analytic = dot(&dx, &direction);
                let error = (analytic - numeric).abs();
                assert!(error < 5e-3 * (1.0 + numeric.abs()), "{name} {shape:?}: {analytic}, not {numeric}");
            }
        }
    }
}
