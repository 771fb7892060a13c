//! The built program scores pictures and latents.

use std::fs;

use hummingbird_engine::judges::ImageScorer;
use hummingbird_engine::judges::config::ClipConfig;
use hummingbird_engine::judges::preprocess::Normalisation;
use hummingbird_engine::nn::params::{Init, NamedTensor, NoZeros, ParamLoader, ParamSource};
use hummingbird_engine::weights::{Checkpoint, WeightPrecision, write_tensors};

use super::program::{Program, tiny_model};

const CONFIG: &str = r#"{
    "kind": "hpsv2", "reward_scale": 2, "note": "keys that say nothing of the scorer may be there",
    "clip_config": {
        "embed_dim": 6,
        "vision_cfg": { "image_size": 16, "layers": 1, "width": 8, "head_width": 4, "patch_size": 8 },
        "text_cfg": { "context_length": 4, "vocab_size": 9, "width": 8, "heads": 2, "layers": 1 }
    }
}"#;

fn write(program: &Program, name: &str, tensors: &[NamedTensor]) {
    write_tensors(&program.path(name), &[], tensors, WeightPrecision::F32).expect("writable");
}

fn tensor(name: &str, shape: &[usize], value: impl Fn(usize) -> f32) -> NamedTensor {
    let count = shape.iter().product();
    NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values: (0..count).map(value).collect() }
}

/// A program with a scorer, its configuration, frames and latents.
fn program() -> Program {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    fs::write(program.path("reward.json"), CONFIG).expect("writable");
    let json: serde_json::Value = serde_json::from_str(CONFIG).expect("it is JSON");
    let config: ClipConfig = serde_json::from_value(json["clip_config"].clone()).expect("it is complete");
    let loader = ParamLoader::names_only();
    ImageScorer::init(&config, Normalisation::CLIP, &loader.path("")).expect("nothing is loaded");
    let registry = loader.into_registry();
    let weights = registry.params().into_iter().map(|param| NamedTensor {
        name: param.name.clone(),
        shape: param.shape.clone(),
        values: NoZeros.values(&param.name, &param.shape, Init::Zeros).expect("it has every name"),
    });
    write(&program, "scorer.safetensors", &weights.collect::<Vec<_>>());
    let noise = |index: usize| ((index * 37 % 101) as f32 - 50.0) / 60.0;
    let tokens = tensor("tokens", &[1, 4], |place| [1.0, 3.0, 8.0, 0.0][place]);
    write(&program, "frames.safetensors", &[tensor("frames", &[2, 3, 20, 12], noise), tokens.clone()]);
    let index = tensor("frame_index", &[2], |place| place as f32);
    write(&program, "latents.safetensors", &[tensor("latents", &[1, 8, 2, 3, 4], noise), index, tokens]);
    program
}

#[test]
fn pictures_and_latents_are_scored() {
    let program = program();
    let run = |inputs: &str, more: &[&str]| {
        let mut args = vec!["forward", "reward-image", "--checkpoint", "scorer.safetensors", "--inputs", inputs];
        args.extend(["-o", "out.safetensors", "--device", "cpu"]);
        program.run(&[&args[..], more].concat())
    };
    let config = ["--config", "reward.json"];
    for (inputs, more, scored, graded) in [
        ("frames.safetensors", &[][..], "pixels", "grad_frames"),
        ("latents.safetensors", &["--vae", "tiny.safetensors"], "decoded", "grad_latents"),
    ] {
        let out = run(inputs, &[&config[..], more].concat());
        out.check(inputs, 0, "");
        let file = Checkpoint::open(&program.path("out.safetensors")).expect("it was written");
        for name in [scored, graded, "scores", "logits", "loss", "image_features", "text_features"] {
            assert!(file.tensor(name).is_some() && out.stdout.contains(name), "{inputs}: {name} in\n{}", out.stdout);
        }
        let numbers = |name: &str| file.numbers(file.tensor(name).expect("it is there")).expect("it can be read");
        let scores = numbers("scores");
        assert_eq!(scores.len(), 2);
        assert!((numbers("loss")[0] + scores.iter().sum::<f64>()).abs() < 1e-6, "minus the mean, doubled");
        assert!(numbers(graded).iter().any(|value| *value != 0.0));
    }
    run("frames.safetensors", &[]).check("no configuration", 1, "--config");
    run("latents.safetensors", &config).check("no autoencoder", 1, "--vae");
    let of_clips = ["forward", "reward-video", "--checkpoint", "scorer.safetensors", "--inputs", "frames.safetensors"];
    let of_clips = program.run(&[&of_clips[..], &config, &["-o", "out.safetensors", "--device", "cpu"]].concat());
    of_clips.check("another stage", 1, "hpsv2 scores no clips");
    run("frames.safetensors", &["--config", "tiny.safetensors"]).check("no JSON", 1, "tiny.safetensors");
}
