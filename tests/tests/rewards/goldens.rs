//! Results and gradients agree with the reference's.
//!
//! The goldens are what the reference's own classes gave in f32 on a CPU; weights follow the rule of all goldens. Limits are those
//! of the goldens' notes: ten to twenty times the difference that the reference has to itself in f64.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_engine::CancelToken;
use hummingbird_engine::forward::{RewardConfig, RewardStage, RewardVae, reward};
use hummingbird_engine::nn::config::VaeConfig;
use hummingbird_engine::nn::params::{NamedTensor, ParamSource};
use hummingbird_engine::pipeline::clip_tokens::Tokenizer;
use hummingbird_engine::weights::Checkpoint;
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::golden::GoldenFile;
use hummingbird_tests::rule::RuleWeights;

/// The autoencoder of the goldens.
fn tiny_vae() -> VaeConfig {
    VaeConfig { ch: 32, ..VaeConfig::kl_f8() }
}

fn golden_path(name: &str, ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/golden/training/{name}.{ending}"))
}

fn stage(name: &str) -> RewardStage {
    if name.starts_with("reward_video") { RewardStage::Video } else { RewardStage::Image }
}

fn run(name: &str, weights: &dyn ParamSource, device: &Device) -> Vec<NamedTensor> {
    let fail = |error: &dyn std::fmt::Display| -> ! { panic!("{name}: {error}") };
    let inputs = Checkpoint::open(&golden_path(name, "safetensors")).unwrap_or_else(|error| fail(&error));
    let config = RewardConfig::read(&golden_path(name, "json")).unwrap_or_else(|error| fail(&error));
    let vae = tiny_vae();
    let vae = (name == "reward_latent").then_some(RewardVae { config: &vae, weights });
    reward(stage(name), &config, weights, vae, &inputs, device, &CancelToken::default())
        .unwrap_or_else(|error| fail(&error))
}

/// The names of a case's results.
fn outputs(name: &str) -> Vec<String> {
    let json = std::fs::read_to_string(golden_path(name, "json")).expect("the golden has a configuration");
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    serde_json::from_value(json["outputs"].clone()).expect("they are names")
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
fn check(case: &str, leeway: f32, device: &Device) {
    let golden = GoldenFile::read(&format!("training/{case}"));
    let found = run(case, &RuleWeights, device);
    for name in outputs(case) {
        let wanted = golden.get(&name);
        let result = found.iter().find(|tensor| tensor.name == name);
        let result = result.unwrap_or_else(|| panic!("{case}: there is no {name}"));
        assert_eq!(result.shape, wanted.sampling.shape, "{case}: shape of {name}");
        let values = result.values.iter().step_by(wanted.sampling.stride);
        assert_eq!(values.len(), wanted.values.len(), "{case}: values of {name}");
        let magnitude = wanted.values.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        let apart = |(a, b): (&f32, &f32)| if (a - b).is_finite() { (a - b).abs() } else { f32::INFINITY };
        let difference = values.zip(&wanted.values).map(apart).fold(0.0, f32::max);
        let limit = leeway * limit(&name, magnitude);
        eprintln!("{case} {name}: off by {difference:.1e}, limit {limit:.1e}"); // Shown by `--nocapture`.
        assert!(difference <= limit, "{case}: {name} is off by {difference:.1e}, limit {limit:.1e}");
    }
}

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
    check("reward_image", 1.0, &cpu());
}

#[test]
fn latents_on_the_cpu() {
    check("reward_latent", 1.0, &cpu());
}

#[test]
fn clips_by_internvideo2_on_the_cpu() {
    check("reward_video", 1.0, &cpu());
}

#[test]
fn clips_by_viclip_on_the_cpu() {
    check("reward_video_viclip", 1.0, &cpu());
}

#[test]
fn all_cases_on_the_gpu() {
    if let Some(gpu) = gpu("goldens::all_cases_on_the_gpu") {
        for case in ["reward_image", "reward_latent", "reward_video", "reward_video_viclip"] {
            check(case, 1.0, &gpu);
        }
    }
}
