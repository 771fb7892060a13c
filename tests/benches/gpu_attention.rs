//! Attention and norms on the GPU (or its software driver): our kernels beside the same operations from burn's own, in
//! turn, on the shapes of Nano and on small ones of the full-size models.
//!
//! `cargo bench --workspace --bench gpu_attention`; a number behind it says how often each is run (default 9).

use std::time::Instant;

use burn::tensor::{Device, DeviceKind, Distribution, Tensor};
use hummingbird_engine::kernels::{
    AttentionOptions, GroupNormOptions, KernelPath, Mask, NormActivation, attention, group_norm, layer_norm,
    set_kernel_path,
};

/// What it is, sequences, queries, keys, heads, channels of a head, mask.
const ATTENTION: [(&str, [usize; 5], Mask); 9] = [
    ("Nano, spatial, 12x8", [16, 96, 96, 3, 16], Mask::None),
    ("Nano, spatial, 6x4", [16, 24, 24, 6, 16], Mask::None),
    ("Nano, text", [1, 1536, 77, 3, 16], Mask::None),
    ("Nano, temporal, first", [96, 16, 16, 8, 16], Mask::None),
    ("Nano, temporal", [96, 16, 16, 3, 16], Mask::None),
    ("Nano, text encoder", [1, 77, 77, 4, 16], Mask::Causal),
    ("0.7B, spatial, 8x5", [16, 40, 40, 20, 64], Mask::None),
    ("0.7B, text, one frame of 64x40", [1, 2560, 77, 5, 64], Mask::None),
    ("0.7B, temporal, 8x5", [40, 16, 16, 20, 64], Mask::None),
];
/// What it is, samples, positions, channels, groups.
const GROUP_NORM: [(&str, [usize; 4]); 5] = [
    ("Nano, frames of 12x8", [16, 96, 48, 8]),
    ("Nano, a clip of 12x8", [1, 1536, 48, 8]),
    ("Nano, frames of 6x4", [16, 24, 96, 8]),
    ("0.7B, frames of 16x10", [16, 160, 1280, 32]),
    ("0.7B, one frame of 64x40", [1, 2560, 320, 32]),
];
/// What it is, tokens, channels.
const LAYER_NORM: [(&str, [usize; 2]); 3] =
    [("Nano, 12x8", [1536, 48]), ("0.7B, one frame of 64x40", [2560, 320]), ("0.7B, 8x5", [640, 1280])];

fn main() {
    let repeats = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(9);
    let device = Device::wgpu(DeviceKind::DefaultDevice);
    let noise = |shape: [usize; 3]| Tensor::<3>::random(shape, Distribution::Uniform(-1.0, 1.0), &device);
    let ones = |channels: usize| Tensor::<1>::ones([channels], &device);
    say("| operation | ours, ms | burn's, ms | ours / burn's |\n|---|---|---|---|");
    for (name, [batch, queries, keys, heads, d], mask) in ATTENTION {
        let q = noise([batch, queries, heads * d]);
        let [k, v] = [(); 2].map(|()| noise([batch, keys, heads * d]));
        let options = AttentionOptions { mask, ..AttentionOptions::new(heads) };
        report(&format!("attention: {name}"), repeats, &device, || {
            attention(q.clone(), k.clone(), v.clone(), options);
        });
    }
    for (name, [n, positions, channels, groups]) in GROUP_NORM {
        let x = noise([n, positions, channels]);
        let (gamma, beta) = (ones(channels), ones(channels));
        let options = GroupNormOptions { groups, eps: 1e-5, activation: NormActivation::Silu };
        report(&format!("group norm and SiLU: {name}"), repeats, &device, || {
            group_norm(x.clone(), gamma.clone(), beta.clone(), options);
        });
    }
    for (name, [tokens, channels]) in LAYER_NORM {
        let x = noise([1, tokens, channels]);
        let (gamma, beta) = (ones(channels), ones(channels));
        report(&format!("layer norm: {name}"), repeats, &device, || {
            layer_norm(x.clone(), gamma.clone(), beta.clone(), 1e-5);
        });
    }
}

/// Prints the line of one operation: the best time of each path, run in turn.
fn report(name: &str, repeats: usize, device: &Device, operation: impl Fn()) {
    let mut best = [f64::INFINITY; 2];
    // The first turn compiles the kernels.
    for turn in 0..=repeats {
        for (path, best) in [KernelPath::Fused, KernelPath::Unfused].into_iter().zip(&mut best) {
            set_kernel_path(path);
            device.sync().expect("the device is there");
            let started = Instant::now();
            operation();
            device.sync().expect("the device is there");
            if turn > 0 {
                *best = best.min(started.elapsed().as_secs_f64());
            }
        }
    }
    let [ours, burns] = best.map(|seconds| 1e3 * seconds);
    say(&format!("| {name} | {ours:.2} | {burns:.2} | {:.2} |", ours / burns));
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn say(line: &str) {
    println!("{line}");
}
