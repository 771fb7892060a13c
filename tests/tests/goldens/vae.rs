//! The image autoencoder.

use burn::tensor::{Device, Tensor};
use hummingbird_engine::nn::config::VaeConfig;
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::pipeline::vae::{VAE_PREFIX, Vae};
use hummingbird_tests::compare::{Comparison, Order};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::golden::GoldenFile;
use hummingbird_tests::rule::RuleWeights;

use super::TOL;

/// The reference divides latents by this before decoding.
const SCALE_FACTOR: f32 = 0.18215;

/// The full autoencoder with a quarter of its channels.
pub fn tiny() -> VaeConfig {
    VaeConfig { ch: 32, ..VaeConfig::kl_f8() }
}

fn vae(device: &Device) -> Vae {
    let loader = ParamLoader::new(&RuleWeights, device);
    Vae::init(&tiny(), &loader.path(VAE_PREFIX)).expect("the rule has weights for every name")
}

fn check_encode(device: &Device) {
    let golden = GoldenFile::read("vae_encode");
    let comparison = Comparison::new(format!("vae_encode on {device:?}"), &golden, TOL);
    // [n, c, h, w] -> [n, h, w, c]
    let images = golden.tensor::<4>("image", device).permute([0, 2, 3, 1]);
    let posterior = vae(device).encode(images, &comparison).expect("a comparison ends no pass");
    let noise = golden.tensor::<4>("noise", device).permute([0, 2, 3, 1]);
    comparison.add("sample", posterior.sample(noise), Order::ChannelsLast);
    comparison.add("mean", posterior.mean, Order::ChannelsLast);
    comparison.add("logvar", posterior.logvar, Order::ChannelsLast);
    comparison.finish(&["encoder.norm_out"]); // One operation with its SiLU here; see `epsilons`.
}

fn check_decode(name: &str, device: &Device) {
    let golden = GoldenFile::read(name);
    let latent: Tensor<5> = golden.tensor("z", device);
    let [batch, channels, frames, height, width] = latent.dims();
    // [b, c, f, h, w] -> [b*f, h, w, c]
    let latents = latent.permute([0, 2, 3, 4, 1]).reshape([batch * frames, height, width, channels]);
    let comparison = Comparison::new(format!("{name} on {device:?}"), &golden, TOL);
    let images = vae(device).decode(latents / SCALE_FACTOR, &comparison).expect("a comparison ends no pass");
    comparison.add("decoded", images, Order::ChannelsLast);
    comparison.finish(&["decoder.norm_out"]);
}

#[test]
fn encoder_on_the_cpu() {
    check_encode(&cpu());
}

#[test]
fn decoder_on_the_cpu() {
    check_decode("vae_decode_detail", &cpu());
}

#[test]
fn decoder_of_five_frames_on_the_cpu() {
    check_decode("vae_decode_5f", &cpu());
}

#[test]
fn encoder_and_decoder_on_the_gpu() {
    if let Some(gpu) = gpu("vae::encoder_and_decoder_on_the_gpu") {
        check_encode(&gpu);
        check_decode("vae_decode_detail", &gpu);
    }
}
