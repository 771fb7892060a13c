//! Attention.

use burn::tensor::{Device, Tensor};
use hummingbird_shaders::attention::{Sizes, attention};

use super::support::{Tol, cpu_devices, devices, dot, finite_difference, noise, tensor, values};
use crate::attention::attention_on;
use crate::{AttentionOptions, KernelPath, Mask};

const PATHS: [KernelPath; 2] = [KernelPath::Fused, KernelPath::Unfused];

/// One token, one key, more queries than keys and fewer, widths of a head that fill no vector, the text transformer's
/// 77 causal tokens, more queries than one tile of the backward pass.
const SIZES: [(Sizes, Mask); 9] = [
    (sizes(1, 1, 1, 1, 1), Mask::None),
    (sizes(2, 5, 1, 3, 4), Mask::None),
    (sizes(2, 33, 7, 2, 5), Mask::None),
    (sizes(1, 9, 77, 4, 16), Mask::None),
    (sizes(3, 16, 16, 1, 48), Mask::None),
    (sizes(2, 96, 96, 3, 16), Mask::None),
    (sizes(1, 77, 77, 4, 16), Mask::Causal),
    (sizes(2, 17, 17, 2, 20), Mask::Causal),
    (sizes(1, 300, 300, 1, 64), Mask::None),
];

const fn sizes(batch: usize, tokens_q: usize, tokens_k: usize, heads: usize, head_channels: usize) -> Sizes {
    Sizes { batch, tokens_q, tokens_k, heads, head_channels }
}

/// Inputs of one case, of a size that makes the softmax uneven.
struct Case {
    sizes: Sizes,
    mask: Mask,
    inputs: [Vec<f32>; 3],
}

impl Case {
    fn new(sizes: Sizes, mask: Mask) -> Self {
        let width = sizes.heads * sizes.head_channels;
        let lengths = [sizes.tokens_q, sizes.tokens_k, sizes.tokens_k].map(|tokens| sizes.batch * tokens * width);
        let input = |i: usize| noise(lengths[i], i as u32 + 1).into_iter().map(|v| 2.0 * v).collect();
        Self { sizes, mask, inputs: [input(0), input(1), input(2)] }
    }

    fn shape(&self, input: usize) -> [usize; 3] {
        let tokens = if input == 0 { self.sizes.tokens_q } else { self.sizes.tokens_k };
        [self.sizes.batch, tokens, self.sizes.heads * self.sizes.head_channels]
    }

    fn options(&self) -> AttentionOptions {
        AttentionOptions { mask: self.mask, ..AttentionOptions::new(self.sizes.heads) }
    }

    fn reference(&self, inputs: [&[f32]; 3]) -> Vec<f32> {
        let [q, k, v] = inputs;
        match self.mask {
            Mask::None => attention(q, k, v, self.sizes, |_, keys| keys),
            Mask::Causal => attention(q, k, v, self.sizes, |query, keys| keys.min(query + 1)),
        }
    }

    fn run(&self, path: KernelPath, device: &Device) -> Vec<f32> {
        let [q, k, v] = [0, 1, 2].map(|i| tensor(&self.inputs[i], self.shape(i), device));
        values(attention_on(path, q, k, v, self.options()))
    }

    /// `dq`, `dk`, `dv` of `sum(out * weights)`.
    fn gradients(&self, path: KernelPath, device: &Device, weights: &[f32]) -> [Vec<f32>; 3] {
        let device = device.clone().autodiff();
        let inputs = [0, 1, 2].map(|i| tensor(&self.inputs[i], self.shape(i), &device).require_grad());
        let [q, k, v] = inputs.clone();
        let out = attention_on(path, q, k, v, self.options());
        let grads = (out * tensor(weights, self.shape(0), &device)).sum().backward();
        inputs.map(|input| values(input.grad(&grads).expect("every input requires a gradient")))
    }
}

#[test]
fn attention_agrees_with_its_reference_on_every_device() {
    let tol = Tol { rtol: 1e-5, atol: 5e-6, why: "scores up to 20 carry 2e-6, which the exponential makes relative" };
    for (name, device) in devices() {
        for path in PATHS {
            for (sizes, mask) in SIZES {
                let case = Case::new(sizes, mask);
                let [q, k, v] = &case.inputs;
                tol.check(
                    &format!("{name} {path:?} {sizes:?} {mask:?}"),
                    &case.run(path, &device),
                    &case.reference([q, k, v]),
                );
            }
        }
    }
}

#[test]
fn attention_gradients_are_those_of_the_composed_form() {
    let tol = Tol { rtol: 1e-4, atol: 3e-5, why: "sums of up to 300 products of weights that carry 1e-5" };
    for (name, device) in devices() {
        for (sizes, mask) in SIZES {
            let case = Case::new(sizes, mask);
            let weights = noise(case.inputs[0].len(), 4);
            let expected = case.gradients(KernelPath::Unfused, &Device::flex(), &weights);
            let actual = case.gradients(KernelPath::Fused, &device, &weights);
            for (i, what) in ["dq", "dk", "dv"].into_iter().enumerate() {
                tol.check(&format!("{name} {sizes:?} {mask:?} {what}"), &actual[i], &expected[i]);
            }
        }
    }
}

#[test]
fn attention_gradients_agree_with_finite_differences() {
    for (name, device) in cpu_devices() {
        for (sizes, mask) in [(sizes(2, 5, 9, 2, 4), Mask::None), (sizes(1, 11, 11, 2, 4), Mask::Causal)] {
            let case = Case::new(sizes, mask);
            let weights = noise(case.inputs[0].len(), 4);
            let gradients = case.gradients(KernelPath::Fused, &device, &weights);
            for i in 0..3 {
                let direction = noise(case.inputs[i].len(), 5);
                let numeric = finite_difference(&case.inputs[i], &direction, &weights, |moved| {
                    let mut inputs = [0, 1, 2].map(|j| case.inputs[j].as_slice());
                    inputs[i] = moved;
                    case.reference(inputs)
                });
                let analytic = dot(&gradients[i], &direction);
                let error = (analytic - numeric).abs();
                assert!(error < 2e-3 * (1.0 + numeric.abs()), "{name} {mask:?} input {i}: {analytic}, not {numeric}");
            }
        }
    }
}

/// The frames of each pixel lie apart; what attends is the same as when they are moved together first.
#[test]
fn interleaved_sequences_attend_as_sequences_of_their_own() {
    let tol = Tol { rtol: 1e-4, atol: 3e-5, why: "as for sequences of their own" };
    let (batch, pixels, heads, d) = (2, 21, 3, 5);
    let width = heads * d;
    for (name, device) in devices() {
        let device = device.autodiff();
        for (tokens_q, tokens_k, mask) in [(16, 16, Mask::None), (1, 7, Mask::None), (9, 9, Mask::Causal)] {
            let options = AttentionOptions { mask, pixels, ..AttentionOptions::new(heads) };
            let shape = |tokens: usize| [batch, tokens * pixels, width];
            let salts = [(tokens_q, 1), (tokens_k, 2), (tokens_k, 3)];
            let values_of = salts.map(|(tokens, salt)| noise(batch * tokens * pixels * width, salt));
            let weights = noise(batch * tokens_q * pixels * width, 4);
            let run = |path: KernelPath, moved: bool| {
                let inputs = [0, 1, 2].map(|i| tensor(&values_of[i], shape(salts[i].0), &device).require_grad());
                let apart = |x: Tensor<3>, tokens: usize| {
                    x.reshape([batch, tokens, pixels, width]).swap_dims(1, 2).reshape([batch * pixels, tokens, width])
                };
                let [q, k, v] = inputs.clone();
                let out = if moved {
                    let options = AttentionOptions { pixels: 1, ..options };
                    let out = attention_on(path, apart(q, tokens_q), apart(k, tokens_k), apart(v, tokens_k), options);
                    out.reshape([batch, pixels, tokens_q, width]).swap_dims(1, 2).reshape(shape(tokens_q))
                } else {
                    attention_on(path, q, k, v, options)
                };
                let grads = (out.clone() * tensor(&weights, shape(tokens_q), &device)).sum().backward();
                let grads = inputs.map(|input| values(input.grad(&grads).expect("every input requires a gradient")));
                [vec![values(out)], grads.to_vec()].concat()
            };
            let expected = run(KernelPath::Unfused, true);
            for path in PATHS {
                for (i, actual) in run(path, false).into_iter().enumerate() {
                    tol.check(&format!("{name} {path:?} {mask:?} {tokens_q} {i}"), &actual, &expected[i]);
                }
            }
        }
    }
}

#[test]
fn attention_passes_nan_on_and_keeps_it_in_its_sequence() {
    for (name, device) in devices() {
        let mut case = Case::new(sizes(2, 3, 5, 2, 4), Mask::None);
        // Sequence 0, key 1, head 0.
        case.inputs[1][8] = f32::NAN;
        let out = case.run(KernelPath::Fused, &device);
        for (i, value) in out.iter().enumerate() {
            let reached = i < 3 * 8 && i % 8 < 4;
            assert_eq!(value.is_nan(), reached, "{name}: value {i} is {value}");
        }
    }
}

#[test]
fn attention_survives_scores_that_overflow_an_exponential() {
    for (name, device) in devices() {
        let mut case = Case::new(sizes(1, 4, 6, 1, 8), Mask::None);
        case.inputs[..2].iter_mut().flatten().for_each(|value| *value *= 20.0);
        let [q, k, v] = &case.inputs;
        let tol =
            Tol { rtol: 1e-3, atol: 1e-3, why: "scores near 3000 carry 2e-4, which the exponential makes relative" };
        tol.check(name, &case.run(KernelPath::Fused, &device), &case.reference([q, k, v]));
    }
}
