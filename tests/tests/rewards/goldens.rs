//! Results and gradients agree with the reference's.
//!
//! The goldens are what the reference's own classes gave in f32 on a CPU; weights follow the rule of all goldens. Limits are those
//! of the goldens' notes: ten to twenty times the difference that the reference has to itself in f64.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_engine::CancelToken;
use hummingbird_engine::forward::{RewardStage, RewardVae, reward};
use hummingbird_engine::nn::config::VaeConfig;
use hummingbird_engine::nn::params::{NamedTensor, ParamSource};
use hummingbird_engine::pipeline::clip_tokens::Tokenizer;
use hummingbird_engine::weights::Checkpoint;
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::golden::GoldenFile;
use hummingbird_tests::rule::RuleWeights;
use serde_json::{Value, json};

use super::read;

/// A case: its file, and what the reward is computed with.
struct Case {
    name: &'static str,
    stage: RewardStage,
    config: Value,
}

fn tiny_clip() -> Value {
    json!({
        "embed_dim": 40,
        "vision_cfg": { "image_size": 56, "layers": 3, "width": 64, "head_width": 16, "patch_size": 14 },
        "text_cfg": { "context_length": 77, "vocab_size": 49408, "width": 48, "heads": 4, "layers": 3 },
    })
}

fn image() -> Case {
    let config = json!({ "kind": "hpsv2", "clip_config": tiny_clip(), "reward_scale": 1.0 });
    Case { name: "reward_image", stage: RewardStage::Image, config }
}

fn latent() -> Case {
    Case { name: "reward_latent", ..image() }
}

fn internvideo2() -> Case {
    let config = json!({
        "kind": "internvideo2",
        "model": {
            "embed_dim": 24,
            "vision": {
                "img_size": 42, "patch_size": 14, "num_frames": 8, "orig_num_frames": 4, "embed_dim": 64, "depth": 3,
                "num_heads": 4, "mlp_ratio": 48.0 / 11.0, "attn_pool_num_heads": 8, "clip_embed_dim": 32,
            },
            "text": {
                "vocab_size": 30522, "hidden_size": 48, "num_hidden_layers": 4, "num_attention_heads": 4,
                "intermediate_size": 96, "max_position_embeddings": 64, "fusion_layer": 2,
            },
        },
        "reward_scale": 2.0,
    });
    Case { name: "reward_video", stage: RewardStage::Video, config }
}

fn viclip() -> Case {
    let config = json!({
        "kind": "viclip",
        "model": {
            "embed_dim": 24,
            "vision": {
                "input_resolution": 28, "patch_size": 14, "width": 48, "layers": 3, "heads": 3, "num_frames": 8,
            },
            "text": { "context_length": 32, "width": 32, "heads": 2, "layers": 2 },
        },
        "reward_scale": 2.0,
    });
    Case { name: "reward_video_viclip", stage: RewardStage::Video, config }
}

/// The autoencoder of the goldens.
fn tiny_vae() -> VaeConfig {
    VaeConfig { ch: 32, ..VaeConfig::kl_f8() }
}

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/golden/training/{name}.safetensors"))
}

fn run(case: &Case, weights: &dyn ParamSource, device: &Device) -> Vec<NamedTensor> {
    let inputs = Checkpoint::open(&golden_path(case.name)).expect("the golden is a file of tensors");
    let config = tiny_vae();
    let vae = (case.name == "reward_latent").then_some(RewardVae { config: &config, weights });
    reward(case.stage, &read(&case.config), weights, vae, &inputs, device, &CancelToken::default())
        .unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

/// The largest difference that may be, for a tensor whose largest magnitude is this.
fn limit(name: &str, magnitude: f32) -> f32 {
    match name {
        "scores" | "logits" => 1e-5,
        _ if name.starts_with("grad") => 1e-4 * magnitude,
        _ => 2e-5 * magnitude,
    }
}

/// Holds all results of a case against its golden; `leeway` is the factor that a device has on the limits.
fn check(case: &Case, outputs: &[&str], leeway: f32, device: &Device) {
    let golden = GoldenFile::read(&format!("training/{}", case.name));
    let found = run(case, &RuleWeights, device);
    for &name in outputs {
        let wanted = golden.get(name);
        let result = found.iter().find(|tensor| tensor.name == name);
        let result = result.unwrap_or_else(|| panic!("{}: there is no {name}", case.name));
        assert_eq!(result.shape, wanted.sampling.shape, "{}: shape of {name}", case.name);
        let values = result.values.iter().step_by(wanted.sampling.stride);
        assert_eq!(values.len(), wanted.values.len(), "{}: values of {name}", case.name);
        let largest = |values: &mut dyn Iterator<Item = f32>| values.fold(0.0_f32, |a, b| if b > a { b } else { a });
        let magnitude = largest(&mut wanted.values.iter().map(|value| value.abs()));
        let apart = |(a, b): (&f32, &f32)| if (a - b).is_finite() { (a - b).abs() } else { f32::INFINITY };
        let difference = largest(&mut values.zip(&wanted.values).map(apart));
        let limit = leeway * limit(name, magnitude);
        eprintln!("{} {name}: off by {difference:.1e}, limit {limit:.1e}", case.name); // Shown by `--nocapture`.
        assert!(difference <= limit, "{}: {name} is off by {difference:.1e}, limit {limit:.1e}", case.name);
    }
}

const IMAGE: [&str; 7] = ["pixels", "image_features", "text_features", "scores", "logits", "loss", "grad_frames"];
const LATENT: [&str; 4] = ["decoded", "scores", "loss", "grad_latents"];
const INTERNVIDEO2: [&str; 8] =
    ["pixels", "pooled", "video_features", "text_hidden", "text_features", "scores", "loss", "grad_frames"];
const VICLIP: [&str; 6] = ["pixels", "video_features", "text_features", "scores", "loss", "grad_frames"];

/// The prompt of all cases.
const PROMPT: &str = "A corgi playing in a park at sunset, pixel art.";

#[test]
fn tokens_are_those_of_the_prompt() {
    for (name, positions) in [("reward_image", 77), ("reward_latent", 77), ("reward_video_viclip", 32)] {
        let tokens = GoldenFile::read(&format!("training/{name}")).get("tokens").values.clone();
        let ids: Vec<f32> = Tokenizer::shared().ids(PROMPT, positions).into_iter().map(|id| id as f32).collect();
        assert_eq!(ids, tokens, "{name}");
    }
}

#[test]
fn pictures_on_the_cpu() {
    check(&image(), &IMAGE, 1.0, &cpu());
}

#[test]
fn latents_on_the_cpu() {
    check(&latent(), &LATENT, 1.0, &cpu());
}

#[test]
fn clips_by_internvideo2_on_the_cpu() {
    check(&internvideo2(), &INTERNVIDEO2, 1.0, &cpu());
}

#[test]
fn clips_by_viclip_on_the_cpu() {
    check(&viclip(), &VICLIP, 1.0, &cpu());
}

#[test]
fn pictures_and_clips_on_the_gpu() {
    if let Some(gpu) = gpu("rewards::pictures_and_clips_on_the_gpu") {
        check(&image(), &IMAGE, 1.0, &gpu);
        check(&latent(), &LATENT, 1.0, &gpu);
        check(&internvideo2(), &INTERNVIDEO2, 1.0, &gpu);
        check(&viclip(), &VICLIP, 1.0, &gpu);
    }
}
