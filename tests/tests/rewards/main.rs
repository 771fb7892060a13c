//! Scores of pictures and clips, and their gradients.

mod files;
mod goldens;
mod mistakes;
mod other_sizes;

use std::collections::BTreeMap;

use hummingbird_engine::forward::RewardConfig;
use hummingbird_engine::nn::params::NamedTensor;
use hummingbird_engine::weights::{Checkpoint, WeightPrecision, write_tensors};
use serde_json::{Value, json};

/// A configuration as the program reads it.
fn read(config: &Value) -> RewardConfig {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("reward.json");
    std::fs::write(&path, config.to_string()).expect("the folder is writable");
    RewardConfig::read(&path).unwrap_or_else(|error| panic!("{config}: {error}"))
}

/// A file of tensors.
fn written(tensors: &[NamedTensor]) -> Checkpoint {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("tensors.safetensors");
    write_tensors(&path, &[], tensors, WeightPrecision::F32).expect("the folder is writable");
    Checkpoint::open(&path).expect("it was just written")
}

fn tensor(name: &str, shape: &[usize], values: Vec<f32>) -> NamedTensor {
    NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values }
}

/// Whole numbers: files of inputs may hold them in any number format.
fn whole(name: &str, shape: &[usize], values: &[u32]) -> NamedTensor {
    tensor(name, shape, values.iter().map(|&value| value as f32).collect())
}

/// Numbers within +-0.9 that look random, as frames that nothing clamps.
fn noise(count: usize, salt: u32) -> Vec<f32> {
    let value = |index: u32| {
        let mixed = (index ^ salt.wrapping_mul(0x9E37_79B9)).wrapping_mul(0x85EB_CA6B);
        let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xC2B2_AE35);
        ((mixed ^ (mixed >> 16)) as f32 / u32::MAX as f32 - 0.5) * 1.8
    };
    (0..count as u32).map(value).collect()
}

/// Results by their names.
fn by_name(tensors: Vec<NamedTensor>) -> BTreeMap<String, NamedTensor> {
    tensors.into_iter().map(|tensor| (tensor.name.clone(), tensor)).collect()
}

/// A small HPSv2: no size is one of the goldens.
fn small_hpsv2() -> Value {
    json!({
        "kind": "hpsv2",
        "clip_config": {
            "embed_dim": 14,
            "vision_cfg": {
                "image_size": 32, "layers": 2, "width": 40, "head_width": 20, "patch_size": 12, "mlp_ratio": 2.5,
            },
            "text_cfg": { "context_length": 9, "vocab_size": 50, "width": 24, "heads": 3, "layers": 1 },
        },
        "mean": [0.4, 0.5, 0.6],
        "std": [0.2, 0.3, 0.25],
        "reward_scale": 1.5,
    })
}

/// A small InternVideo2, whose positions need no interpolation.
fn small_internvideo2() -> Value {
    json!({
        "kind": "internvideo2",
        "model": {
            "embed_dim": 10,
            "vision": {
                "img_size": 28, "patch_size": 14, "num_frames": 4, "orig_num_frames": 4, "embed_dim": 44, "depth": 2,
                "num_heads": 4, "mlp_ratio": 1.5, "attn_pool_num_heads": 2, "clip_embed_dim": 20, "gelu": "tanh",
            },
            "text": {
                "vocab_size": 40, "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 3,
                "intermediate_size": 30, "max_position_embeddings": 16, "fusion_layer": 3,
            },
        },
    })
}

/// A small ViCLIP of three frames.
fn small_viclip() -> Value {
    json!({
        "kind": "viclip",
        "model": {
            "embed_dim": 12,
            "vision": {
                "input_resolution": 32, "patch_size": 16, "width": 36, "layers": 2, "heads": 3, "num_frames": 3,
            },
            "text": { "context_length": 5, "vocab_size": 30, "width": 20, "heads": 2, "layers": 2 },
        },
        "reward_scale": 2.0,
    })
}
