//! The built program with folders beside the models folder, and with models whose networks lie in files of their own.

use std::fs;

use hummingbird_engine::jobs::models::params;
use hummingbird_engine::model::{DiffusionConfig, ModelConfig};
use hummingbird_engine::nn::config::{TextConfig, UNetConfig, VaeConfig};
use hummingbird_engine::nn::params::NamedTensor;
use hummingbird_engine::weights::{WeightPrecision, write_tensors};
use serde_json::Value;

use super::program::{Program, tiny_model};

#[test]
fn models_of_other_folders_are_listed_found_by_name_and_left_alone() {
    let program = Program::new();
    let comfy = program.path("ComfyUI");
    for folder in ["models/checkpoints", "models/vae"] {
        fs::create_dir_all(comfy.join(folder)).expect("writable");
    }
    let model = comfy.join("models/checkpoints/comfy-tiny.safetensors");
    tiny_model(&model);
    fs::write(comfy.join("models/vae/other.safetensors"), "no weights").expect("writable");
    let listed = |program: &Program, more: &[&str]| {
        let list = program.run(&[&["models", "list", "--json"], more].concat());
        list.check("models list", 0, "");
        let lines: Value = serde_json::from_str(&list.stdout).expect("JSON");
        let lines = lines.as_array().expect("a list").clone();
        lines.into_iter().find(|line| line["path"] == model.to_str().expect("UTF-8"))
    };
    assert!(listed(&program, &[]).is_none(), "nothing is searched that nobody named");
    let line = listed(&program, &["--folder", "ComfyUI"]).expect("it was named for this once");
    assert_eq!((line["name"].as_str(), line["state"].as_str()), (Some("Tiny"), Some("unchecked")));
    let named = Program::new().with_variable("HUMMINGBIRD_MODEL_FOLDERS", comfy.display().to_string());
    assert!(listed(&named, &[]).is_some(), "the environment names it");

    program.run(&["models", "folders", "--add", "none"]).check("no folder", 1, "is no folder that is there");
    program.run(&["models", "folders", "--add", "ComfyUI"]).check("add", 0, "");
    assert!(listed(&program, &[]).is_some(), "it is remembered");
    let list = program.run(&["models", "list"]);
    assert!(list.stdout.contains("(ComfyUI), 1 listed, 1 for other programs"), "{}", list.stdout);
    program.run(&["models", "info", "comfy-tiny"]).check("found by its name", 0, "");
    program.run(&["models", "remove", "comfy-tiny", "--yes"]).check("never deleted", 1, "");
    fs::rename(&comfy, program.path("away")).expect("it is ours");
    program.run(&["models", "list"]).check("a folder that is gone", 0, "is not there now");
    fs::rename(program.path("away"), &comfy).expect("it is ours");
    assert!(listed(&program, &[]).is_some(), "nothing was forgotten");
    program.run(&["models", "folders", "--remove", "ComfyUI"]).check("remove", 0, "");
    assert!(listed(&program, &[]).is_none() && model.is_file(), "the list is shorter, the file is there");
    program.run(&["models", "folders", "--remove", "ComfyUI"]).check("remove again", 1, "is not on the list");
}

/// VideoCrafter's layout at toy width.
fn tensors() -> Vec<NamedTensor> {
    let config = ModelConfig {
        text: TextConfig { width: 64, heads: 1, layers: 2, token_ids: None, vocab_size: 49_408 },
        unet: UNetConfig {
            model_channels: 32,
            channel_mult: vec![1, 1],
            attention_resolutions: vec![1],
            num_head_channels: 16,
            context_dim: 64,
            ..UNetConfig::hummingbird_07b()
        },
        vae: VaeConfig { ch: 32, ch_mult: vec![1, 1], num_res_blocks: 1, ..VaeConfig::kl_f8() },
        diffusion: DiffusionConfig::default(),
    };
    let fill = |name: &str, shape: &[usize]| {
        let fan_in: usize = shape.iter().skip(1).product();
        let scale = 1.0 / (fan_in.max(1) as f32).sqrt();
        let start = name.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
        let value = |index: u32| {
            let mixed = start.wrapping_add(index).wrapping_mul(2_654_435_761);
            scale * ((mixed >> 16) as f32 / 32_768.0 - 1.0)
        };
        (0..shape.iter().product::<usize>() as u32).map(value).collect()
    };
    let of = |name: String, shape: Vec<usize>| NamedTensor { values: fill(&name, &shape), name, shape };
    params(&config).expect("names need no file").into_iter().map(|param| of(param.name, param.shape)).collect()
}

#[test]
fn a_unet_alone_is_completed_by_two_options() {
    let program = Program::new();
    let all = tensors();
    let write = |name: &str, tensors: &[NamedTensor]| {
        write_tensors(&program.path(name), &[], tensors, WeightPrecision::F16).expect("writable");
    };
    write("whole.safetensors", &all);
    for (name, prefix) in
        [("unet", "model.diffusion_model."), ("text", "cond_stage_model.model."), ("vae", "first_stage_model.")]
    {
        let of_network = all.iter().filter(|tensor| tensor.name.starts_with(prefix));
        let alone: Vec<NamedTensor> = of_network
            .map(|tensor| NamedTensor { name: tensor.name[prefix.len()..].to_owned(), ..tensor.clone() })
            .collect();
        write(&format!("{name}.safetensors"), &alone);
    }
    let generate = |model: &str, more: &[&str], output: &str| {
        let small =
            ["--steps", "1", "--frames", "1", "--size", "32x32", "--device", "cpu", "--seed", "3", "--no-metadata"];
        program.run(&[&["generate", "a ball", "-m", model, "-o", output], &small[..], more].concat())
    };
    generate("whole.safetensors", &[], "whole.gif").check("the whole model", 0, "");
    let parts = ["--text-encoder", "text.safetensors", "--vae", "vae.safetensors"];
    generate("unet.safetensors", &parts, "parts.gif").check("in parts", 0, "");
    let read = |name: &str| fs::read(program.path(name)).expect("it was written");
    assert!(read("whole.gif") == read("parts.gif"), "the parts make another clip than the whole");
    generate("unet.safetensors", &[], "none.gif").check("nothing named", 1, "--text-encoder FILE and --vae FILE");
    generate("unet.safetensors", &parts[..2], "none.gif").check("one named", 1, "without the autoencoder");
    let wrong = ["--text-encoder", "vae.safetensors", "--vae", "vae.safetensors"];
    generate("unet.safetensors", &wrong, "none.gif").check("another network", 1, "it does not hold the text encoder");
}
