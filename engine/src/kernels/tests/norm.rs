//! Group norm and layer norm.

use burn::tensor::{Device, Tensor};
use hummingbird_shaders::group_norm_silu::{Params, group_norm_silu};

use super::super::group_norm::group_norm_on;
use super::super::layer_norm::layer_norm_on;
use super::super::{Activation, GroupNormOptions, KernelPath};
use super::support::{Tol, devices, noise, tensor, values};

const PATHS: [KernelPath; 2] = [KernelPath::Fused, KernelPath::Unfused];

/// Inputs of one case; `offset` is added to every value of x.
struct Case {
    shape: [usize; 3],
    options: GroupNormOptions,
    x: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

fn case(shape: [usize; 3], groups: usize, activation: Activation, offset: f32) -> Case {
    let [n, positions, channels] = shape;
    Case {
        shape,
        options: GroupNormOptions { groups, eps: 1e-5, activation },
        x: noise(n * positions * channels, 1).into_iter().map(|v| 2.0 * v + offset).collect(),
        gamma: noise(channels, 2).into_iter().map(|v| 1.0 + 0.5 * v).collect(),
        beta: noise(channels, 3),
    }
}

impl Case {
    fn twin(&self) -> Vec<f32> {
        let [n, positions, channels] = self.shape.map(|size| size as u32);
        let GroupNormOptions { groups, eps, activation } = self.options;
        let activation = if activation == Activation::Silu { Params::SILU } else { Params::NO_ACTIVATION };
        let params = Params {
            n,
            positions,
            channels,
            groups: groups as u32,
            chunks: 1,
            chunk_positions: positions,
            eps: eps as f32,
            activation,
        };
        group_norm_silu(&self.x, &self.gamma, &self.beta, &params)
    }

    fn run(&self, path: KernelPath, device: &Device) -> Vec<f32> {
        let [_, _, channels] = self.shape;
        let x = tensor(&self.x, self.shape, device);
        let (gamma, beta) = (tensor(&self.gamma, [channels], device), tensor(&self.beta, [channels], device));
        values(group_norm_on(path, x, gamma, beta, self.options))
    }

    /// `dx`, `dgamma`, `dbeta` of `sum(y * weights)`.
    fn gradients(&self, path: KernelPath, device: &Device) -> [Vec<f32>; 3] {
        let [_, _, channels] = self.shape;
        let device = device.clone().autodiff();
        let x = tensor(&self.x, self.shape, &device).require_grad();
        let gamma = tensor(&self.gamma, [channels], &device).require_grad();
        let beta = tensor(&self.beta, [channels], &device).require_grad();
        let y = group_norm_on(path, x.clone(), gamma.clone(), beta.clone(), self.options);
        let grads = (y * tensor(&noise(self.x.len(), 4), self.shape, &device)).sum().backward();
        let present = "every input requires a gradient";
        [
            values(x.grad(&grads).expect(present)),
            values(gamma.grad(&grads).expect(present)),
            values(beta.grad(&grads).expect(present)),
        ]
    }
}

/// One sample, one position, one channel a group, odd and large sizes.
const SHAPES: [([usize; 3], usize); 8] = [
    ([1, 33, 12], 4),
    ([3, 1, 8], 2),
    ([2, 7, 6], 6),
    ([2, 5, 6], 1),
    ([5, 33, 48], 8),
    ([1, 1, 4], 1),
    ([1, 1, 64], 32),
    ([2, 3000, 20], 4),
];

#[test]
fn group_norm_meets_its_twin_on_every_device() {
    let tol = Tol { rtol: 2e-6, atol: 4e-6, why: "f32 rounding of values near 3; sums are exact to 1e-7" };
    for (name, device) in devices() {
        for path in PATHS {
            for (shape, groups) in SHAPES {
                for activation in [Activation::None, Activation::Silu] {
                    let case = case(shape, groups, activation, 0.3);
                    let label = format!("{name} {path:?} {shape:?} groups {groups} {activation:?}");
                    tol.check(&label, &case.run(path, &device), &case.twin());
                }
            }
        }
    }
}
