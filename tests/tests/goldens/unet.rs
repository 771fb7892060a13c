//! The U-Net in all its forms.

use burn::tensor::Device;
use hummingbird_engine::handoff::TextEmbedding;
use hummingbird_engine::nn::config::UNetConfig;
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::pipeline::denoise::unet::{Conditions, UNET_PREFIX, UNet, UNetInput};
use hummingbird_tests::compare::{Comparison, Order};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::golden::GoldenFile;
use hummingbird_tests::rule::RuleWeights;

use super::TOL;

/// The 0.7B with a tenth of its channels.
pub fn tiny_07b() -> UNetConfig {
    UNetConfig { model_channels: 32, num_head_channels: 16, context_dim: 64, ..UNetConfig::hummingbird_07b() }
}

/// The 0.9B with a tenth of its channels.
pub fn tiny_09b() -> UNetConfig {
    UNetConfig { middle_block: true, ..tiny_07b() }
}

/// Two levels, the smallest of all.
pub fn nano() -> UNetConfig {
    UNetConfig { channel_mult: vec![1, 2], attention_resolutions: vec![1], context_dim: 32, ..tiny_07b() }
}

/// VideoCrafter2 with a tenth of its channels.
pub fn tiny_vc2() -> UNetConfig {
    UNetConfig { num_res_blocks: 2, time_cond_proj_dim: None, ..tiny_09b() }
}

/// Runs the case `name` and compares every block and the result.
fn check(name: &str, config: &UNetConfig, device: &Device) {
    let golden = GoldenFile::read(name);
    let loader = ParamLoader::new(&RuleWeights, device);
    let unet = UNet::init(config, &loader.path(UNET_PREFIX)).expect("the rule has weights for every name");
    let condition = |name: &str| golden.has(name).then(|| golden.tensor(name, device));
    let input = UNetInput {
        latent: golden.tensor("x", device),
        conditions: Conditions {
            timestep: golden.tensor("t_emb", device),
            fps: condition("fps_emb"),
            guidance: condition("w_embedding"),
            motion: None,
        },
        text: TextEmbedding { tensor: golden.tensor("context", device) },
    };
    let comparison = Comparison::new(format!("{name} on {device:?}"), &golden, TOL);
    let out = unet.forward(input, &comparison).expect("a comparison ends no pass");
    comparison.add("out", out, Order::Reference);
    comparison.finish(&["out", "time_cond_proj", "time_embed", "fps_embedding"]);
}

#[test]
fn nano_on_the_cpu() {
    check("unet_nano", &nano(), &cpu());
}

#[test]
fn nano_with_a_middle_block_on_the_cpu() {
    check("unet_nano09", &UNetConfig { middle_block: true, ..nano() }, &cpu());
}

#[test]
fn tiny_07b_on_the_cpu() {
    check("unet_07b", &tiny_07b(), &cpu());
}

#[test]
fn tiny_07b_with_one_frame_on_the_cpu() {
    check("unet_07b_1f", &tiny_07b(), &cpu());
}

#[test]
fn tiny_07b_with_26_frames_on_the_cpu() {
    check("unet_07b_26f", &tiny_07b(), &cpu());
}

#[test]
fn tiny_07b_with_two_clips_of_other_conditions_on_the_cpu() {
    check("unet_07b_b2", &tiny_07b(), &cpu());
}

#[test]
fn tiny_07b_without_guidance_embedding_on_the_cpu() {
    check("unet_07b_plain", &UNetConfig { time_cond_proj_dim: None, ..tiny_07b() }, &cpu());
}

#[test]
fn tiny_07b_without_frame_rate_on_the_cpu() {
    check("unet_07b_nofps", &UNetConfig { fps_cond: false, ..tiny_07b() }, &cpu());
}

#[test]
fn tiny_09b_on_the_cpu() {
    check("unet_09b", &tiny_09b(), &cpu());
}

#[test]
fn tiny_videocrafter2_on_the_cpu() {
    check("unet_vc2", &tiny_vc2(), &cpu());
}

#[test]
fn all_forms_on_the_gpu() {
    if let Some(gpu) = gpu("unet::all_forms_on_the_gpu") {
        check("unet_nano", &nano(), &gpu);
        check("unet_07b", &tiny_07b(), &gpu);
        check("unet_07b_b2", &tiny_07b(), &gpu);
        check("unet_07b_plain", &UNetConfig { time_cond_proj_dim: None, ..tiny_07b() }, &gpu);
        check("unet_09b", &tiny_09b(), &gpu);
        check("unet_vc2", &tiny_vc2(), &gpu);
    }
}
