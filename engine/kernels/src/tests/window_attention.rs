//! Attention in windows with a bias for each pair of positions.

use burn::tensor::Device;

use super::support::{Tol, devices, noise, tensor, values};
use crate::KernelPath;
use crate::window_attention::{APART, WindowBias, window_attention_on};

const FORWARD: Tol = Tol { rtol: 1e-5, atol: 2e-5, why: "sums over up to 392 f32 weights, in another order" };

/// Windows, positions, heads and channels of a head.
const CASES: [[usize; 4]; 5] = [[2, 392, 3, 32], [3, 8, 2, 4], [1, 1, 1, 1], [2, 65, 1, 33], [5, 49, 4, 7]];

/// Rows and columns of fragments, and two regions.
fn places([windows, positions, ..]: [usize; 4]) -> Vec<f32> {
    let of_window = |window: usize| {
        let number = move |index: usize, position: usize| match index {
            0 => (position + window) / 3 % 4,
            1 => (position * 5 + window) % 3,
            // The first window is one region.
            _ => usize::from(window > 0 && position % 4 == 3),
        };
        (0..3).flat_map(move |index| (0..positions).map(move |position| number(index, position) as f32))
    };
    (0..windows).flat_map(of_window).collect()
}

/// The definition, in f64.
fn reference([windows, positions, heads, d]: [usize; 4], [q, k, v]: [&[f32]; 3], bias: [&[f32]; 3]) -> Vec<f32> {
    let [within, more, places] = bias;
    let mut out = vec![0.0; q.len()];
    for (window, head) in (0..windows).flat_map(|window| (0..heads).map(move |head| (window, head))) {
        let place = |position: usize| ((window * positions + position) * heads + head) * d;
        let number = |index: usize, position: usize| f64::from(places[(window * 3 + index) * positions + position]);
        for from in 0..positions {
            let score = |to: usize| {
                let products = (0..d).map(|c| f64::from(q[place(from) + c]) * f64::from(k[place(to) + c]));
                let apart = |index: usize| (number(index, from) - number(index, to)).abs();
                let pair = (head * positions + from) * positions + to;
                let mask = if apart(2) > 0.0 { f64::from(APART) } else { 0.0 };
                let bias = f64::from(within[pair]) + f64::from(more[pair]) * (apart(0) + apart(1)) + mask;
                products.sum::<f64>() / (d as f64).sqrt() + bias
            };
            let scores: Vec<f64> = (0..positions).map(score).collect();
            let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
            let total: f64 = weights.iter().sum();
            for c in 0..d {
                let sum: f64 =
                    weights.iter().enumerate().map(|(to, weight)| weight * f64::from(v[place(to) + c])).sum();
                out[place(from) + c] = (sum / total) as f32;
            }
        }
    }
    out
}

#[test]
fn results_agree_with_the_definition() {
    for case @ [windows, positions, heads, d] in CASES {
        let shape = [windows, positions, heads * d];
        let pairs = [heads, positions, positions];
        let [q, k, v] = [1, 2, 3].map(|seed| noise(shape.iter().product(), seed));
        let [within, more] = [4, 5].map(|seed| noise(pairs.iter().product(), seed));
        let places = places(case);
        let expected = reference(case, [&q, &k, &v], [&within, &more, &places]);
        let run = |path: KernelPath, device: &Device| {
            let bias = WindowBias {
                within: tensor(&within, pairs, device),
                more: tensor(&more, pairs, device),
                places: tensor(&places, [windows, 3, positions], device),
            };
            let [q, k, v] = [&q, &k, &v].map(|values| tensor(values, shape, device));
            let y = window_attention_on(path, q, k, v, bias);
            assert_eq!(y.dims(), shape);
            values(y)
        };
        for (device_name, device) in devices() {
            for path in [KernelPath::Fused, KernelPath::Unfused] {
                FORWARD.check(&format!("{case:?}, {path:?} on {device_name}"), &run(path, &device), &expected);
            }
        }
    }
}
