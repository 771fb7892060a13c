//! Matmuls and convolutions of the GPU (or of the software driver in its place): our kernels against burn's own on the shapes of Nano's U-Net,
//! and whole calls of that U-Net and of a small 0.7B, the first in the process and later ones.
//!
//! `cargo bench --workspace --bench gpu_matmul [-- [gpu:N] [CALLS]]`; ours and burn's alternate in each line, best of all.

use std::error::Error;
use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};
use hummingbird_engine::device::{self, DeviceChoice};
use hummingbird_engine::jobs::models::Models;
use hummingbird_engine::kernels::{
    ConvOptions, Epilogue, KernelPath, StoredWeight, conv2d, matmul, set_kernel_path, weight_on,
};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::nn::config::UNetConfig;
use hummingbird_engine::nn::hook::NoHook;
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use hummingbird_engine::weights::ModelFile;
use hummingbird_tests::rule::RuleWeights;
use hummingbird_tests::unet_input::unet_input;

/// Rows, inputs, outputs: transformers at 12x8 and 6x4, feed-forwards, keys of the text, an embedding.
const LINEAR: [[usize; 3]; 8] = [
    [1536, 48, 48],
    [1536, 48, 384],
    [1536, 192, 48],
    [384, 96, 96],
    [384, 96, 768],
    [384, 384, 96],
    [77, 64, 96],
    [1, 192, 96],
];
/// Images, height, width, inputs, outputs, height and width of the kernel, stride.
const CONVOLUTION: [[usize; 8]; 6] = [
    [16, 8, 12, 48, 48, 3, 3, 1],
    [16, 8, 12, 144, 48, 3, 3, 1],
    [16, 4, 6, 96, 96, 3, 3, 1],
    [16, 8, 12, 48, 48, 3, 3, 2],
    [1, 16, 96, 48, 48, 3, 1, 1],
    [16, 8, 12, 48, 8, 3, 3, 1],
];
const FRAMES: usize = 16;
const LATENT: [usize; 2] = [8, 12];

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo hands `--bench` to every bench.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let choice = words.iter().find_map(|word| word.parse().ok()).unwrap_or(DeviceChoice::Gpu(None));
    let calls = words.iter().find_map(|word| word.parse().ok()).unwrap_or(5);
    let open = device::open(choice, None)?;
    say(&format!("{}: {calls} times each", open.name));

    let models = Models::load(&ModelFile::open(&ModelSource::Embedded)?, &[], &open.device)?;
    // The 0.7B with a tenth of its channels, as in the golden tests.
    let config =
        UNetConfig { model_channels: 32, num_head_channels: 16, context_dim: 64, ..UNetConfig::hummingbird_07b() };
    let loader = ParamLoader::new(&RuleWeights, &open.device);
    let tiny = UNet::init(&config, &loader.path(UNET_PREFIX))?;
    say("| U-Net call | ours, s | burn's, s | ours to burn's |\n|---|---|---|---|");
    calls_of("Nano", &models.networks.unet, &models.networks.config.unet, &open.device, calls)?;
    calls_of("0.7B with a tenth of its channels", &tiny, &config, &open.device, calls)?;

    say("| matmul | ours, ms | GFLOP/s | burn's, ms | ours to burn's |\n|---|---|---|---|---|");
    let device = &open.device;
    for [rows, inputs, outputs] in LINEAR {
        let (x, weight) = (noise([rows, inputs], device), noise([outputs, inputs], device));
        let bias = noise([outputs], device);
        let gflop = 2e-9 * (rows * inputs * outputs) as f64;
        report(&format!("{rows}x{inputs}x{outputs}"), gflop, calls, device, || {
            matmul(x.clone(), weight.clone(), Epilogue::bias(bias.clone()));
        });
    }
    for [images, height, width, inputs, outputs, kernel_height, kernel_width, stride] in CONVOLUTION {
        let x = noise([images, height, width, inputs], device);
        let shape = [outputs, inputs, kernel_height, kernel_width];
        let weight = weight_on(StoredWeight::Floats(noise(shape, &Device::flex()).into_data()), shape, device);
        let bias = noise([outputs], device);
        let around = [kernel_height, kernel_width].map(|size| size / 2);
        let padding = [around[0], around[0], around[1], around[1]];
        let options = ConvOptions { upsample: false, stride, padding };
        let pixels = images * height * width / stride / stride;
        let gflop = 2e-9 * (pixels * inputs * outputs * kernel_height * kernel_width) as f64;
        let name = format!(
            "{kernel_height}x{kernel_width}, {inputs} to {outputs}, [{images}, {height}, {width}], stride {stride}"
        );
        report(&name, gflop, calls, device, || {
            conv2d(x.clone(), weight.clone(), options, Epilogue::bias(bias.clone()));
        });
    }
    Ok(())
}

fn noise<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Default, device)
}

/// Prints the lines of a U-Net: the first call of the process, and later ones.
fn calls_of(name: &str, unet: &UNet, config: &UNetConfig, device: &Device, calls: usize) -> Result<(), Box<dyn Error>> {
    let call = |path| unet_call(unet, config, device, path);
    let first = [call(KernelPath::Fused)?, call(KernelPath::Unfused)?];
    let mut best = [f64::INFINITY; 2];
    for _ in 0..calls {
        best[0] = best[0].min(call(KernelPath::Fused)?);
        best[1] = best[1].min(call(KernelPath::Unfused)?);
    }
    let [[first_ours, first_burns], [ours, burns]] = [first, best];
    say(&format!("| {name}, first | {first_ours:.2} | {first_burns:.2} | {:.2} |", first_ours / first_burns));
    say(&format!("| {name}, later | {ours:.3} | {burns:.3} | {:.2} |", ours / burns));
    say(&format!("| {name}, first to later | {:.1} | {:.1} | |", first_ours / ours, first_burns / burns));
    Ok(())
}

/// Seconds of one U-Net call of one clip.
fn unet_call(unet: &UNet, config: &UNetConfig, device: &Device, path: KernelPath) -> Result<f64, Box<dyn Error>> {
    let [height, width] = LATENT.map(|side| side.next_multiple_of(config.latent_multiple()));
    let input = unet_input(config, 1, [FRAMES, height, width], device);
    set_kernel_path(path);
    device.sync()?;
    let started = Instant::now();
    unet.forward(input, &NoHook)?.into_data();
    let seconds = started.elapsed().as_secs_f64();
    set_kernel_path(KernelPath::Fused);
    Ok(seconds)
}

/// Prints the line of one matmul or convolution.
fn report(name: &str, gflop: f64, calls: usize, device: &Device, run: impl Fn()) {
    // Several at a time, so that handing over one weighs little.
    const AT_A_TIME: usize = 8;
    let seconds = |path| {
        set_kernel_path(path);
        let started = Instant::now();
        (0..AT_A_TIME).for_each(|_| run());
        device.sync().expect("the device is there");
        set_kernel_path(KernelPath::Fused);
        started.elapsed().as_secs_f64() / AT_A_TIME as f64
    };
    let paths = [KernelPath::Fused, KernelPath::Unfused];
    for path in paths {
        seconds(path);
    }
    let mut best = [f64::INFINITY; 2];
    for _ in 0..calls {
        best.iter_mut().zip(paths).for_each(|(best, path)| *best = best.min(seconds(path)));
    }
    let [ours, burns] = best;
    let speed = gflop / ours;
    say(&format!("| {name} | {:.2} | {speed:.1} | {:.2} | {:.2} |", ours * 1e3, burns * 1e3, ours / burns));
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn say(line: &str) {
    println!("{line}");
}
