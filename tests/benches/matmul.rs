//! The CPU device's matmuls on the shapes of the networks: GFLOP/s of linear layers with f32 and f16 weights and with factors of
//! bf16 and of 8 bits, and of 3x3 convolutions, allocation of the output included, beside those of burn's own operations.
//!
//! `cargo bench --workspace --bench matmul`; `peers/matmul.py` measures the same with PyTorch.

use std::time::Instant;

use burn::tensor::{DType, Device, Tensor};
use hummingbird_engine::kernels::{
    ConvOptions, Epilogue, Factors, KernelPath, Q8Weight, StoredWeight, conv2d, matmul, set_kernel_path, weight_on,
    with_factors,
};
use hummingbird_engine::memory::Allocator;
use hummingbird_engine::nn::params::values_of;
use hummingbird_engine::weights::quantized::quantize;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Rows, inputs, outputs: of the 0.7B at 512x320 with 16 frames, of its text encoder, of Nano.
const LINEAR: [[usize; 3]; 7] = [
    [40960, 320, 320],
    [40960, 320, 2560],
    [2560, 1280, 1280],
    [640, 1280, 10240],
    [77, 1024, 4096],
    [3072, 64, 64],
    [3072, 64, 512],
];
/// Images, height, width, inputs, outputs: of the U-Net, of the decoder, of Nano.
const CONVOLUTION: [[usize; 5]; 6] = [
    [16, 40, 64, 320, 320],
    [16, 20, 32, 640, 640],
    [16, 5, 8, 1280, 1280],
    [1, 320, 512, 128, 128],
    [1, 160, 256, 256, 256],
    [16, 8, 12, 64, 64],
];

fn main() {
    say(
        "| matmul | f32 | f16 weights | bf16 factors | 8-bit weights and factors | burn's own, f32 |\n|---|---|---|---|---|---|",
    );
    let device = Device::flex();
    let noise = |shape: [usize; 2]| Tensor::<2>::random(shape, burn::tensor::Distribution::Default, &device);
    for [rows, inputs, outputs] in LINEAR {
        let (x, weight) = (noise([rows, inputs]), noise([outputs, inputs]));
        let flop = 2.0 * (rows * inputs * outputs) as f64;
        report(&format!("{rows}x{inputs}x{outputs}"), flop, &weight, |weight| {
            matmul(x.clone(), weight, Epilogue::default());
        });
    }
    for [images, height, width, inputs, outputs] in CONVOLUTION {
        let pixels = images * height * width;
        let x = noise([pixels, inputs]).reshape([images, height, width, inputs]);
        let flop = 18.0 * (pixels * inputs * outputs) as f64;
        let bias = Tensor::<1>::zeros([outputs], &device);
        let options = ConvOptions { upsample: false, stride: 1, padding: [1; 4] };
        report(
            &format!("3x3, {inputs} to {outputs}, [{images}, {height}, {width}]"),
            flop,
            &noise([outputs, inputs * 9]).reshape([outputs, inputs, 3, 3]),
            |weight| {
                conv2d(x.clone(), weight, options, Epilogue::bias(bias.clone()));
            },
        );
    }
}

/// Prints the line of one matmul or convolution.
fn report<const D: usize>(name: &str, flop: f64, weight: &Tensor<D>, run: impl Fn(Tensor<D>)) {
    let halves = weight.clone().cast(DType::F16);
    let speed = |weight: &Tensor<D>| {
        let best = (0..8)
            .map(|_| {
                let started = Instant::now();
                run(weight.clone());
                started.elapsed().as_secs_f64()
            })
            .fold(f64::INFINITY, f64::min);
        flop / best / 1e9
    };
    let (ours, ours_halves) = (speed(weight), speed(&halves));
    let rounded = |factors: Factors, weight: &Tensor<D>| match factors.is_supported() {
        true => format!("{:.0}", with_factors(factors, || speed(weight))),
        false => "none here".to_owned(),
    };
    let (in_bf16, in_int8) = (rounded(Factors::Bf16, weight), rounded(Factors::Int8, &in_8_bits(weight)));
    set_kernel_path(KernelPath::Unfused);
    let burns = speed(weight);
    set_kernel_path(KernelPath::Fused);
    say(&format!("| {name} | {ours:.0} | {ours_halves:.0} | {in_bf16} | {in_int8} | {burns:.0} |"));
}

/// The weight as a model file of 8 bits holds it.
fn in_8_bits<const D: usize>(weight: &Tensor<D>) -> Tensor<D> {
    let shape = weight.dims();
    let (codes, scales) = quantize(&values_of(weight.clone().into_data()), &shape);
    let codes: Vec<u8> = codes.into_iter().map(i8::cast_unsigned).collect();
    let scales: Vec<u8> = scales.into_iter().flat_map(|scale| scale.to_le_bytes()).collect();
    weight_on(StoredWeight::Q8(Q8Weight::new(&codes, &scales)), shape, &weight.device())
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn say(line: &str) {
    println!("{line}");
}
