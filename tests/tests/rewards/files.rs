//! Published files: what wraps their tensors, what else they hold, and weights in 16 bits.

use std::path::PathBuf;

use burn::tensor::{Device, TensorData};
use half::f16;
use hummingbird_engine::CancelToken;
use hummingbird_engine::error::{EngineError, FileError, ModelError};
use hummingbird_engine::forward::{RewardStage, ScorerConfig, reward};
use hummingbird_engine::judges::{ImageScorer, VideoScorer, scores};
use hummingbird_engine::nn::params::{Init, NamedTensor, ParamLoader, ParamRegistry, ParamSource, values_of};
use hummingbird_engine::nn::recompute::Tape;
use hummingbird_engine::weights::{Checkpoint, WeightPrecision, write_tensors};
use hummingbird_tests::checkpoint_writer::{dict, pickle, tensor as torch_tensor, torch_zip};
use hummingbird_tests::devices::cpu;
use hummingbird_tests::rule::RuleWeights;
use serde_json::Value;

use super::{by_name, noise, read, small_hpsv2, small_internvideo2, small_viclip, tensor, whole, written};

/// The tensors that a scorer asks for.
fn registry(config: &Value) -> ParamRegistry {
    let config = read(config);
    let loader = ParamLoader::names_only();
    let root = loader.path("");
    let normalisation = config.normalisation;
    let built = match &config.scorer {
        ScorerConfig::HpsV2(sizes) => ImageScorer::init(sizes, normalisation, &root).map(|_| ()),
        ScorerConfig::InternVideo2(sizes) => VideoScorer::internvideo2(sizes, normalisation, &root).map(|_| ()),
        ScorerConfig::ViClip(sizes) => VideoScorer::viclip(sizes, normalisation, &root).map(|_| ()),
    };
    built.expect("nothing is loaded");
    loader.into_registry()
}

fn tensors(config: &Value) -> Vec<NamedTensor> {
    let registry = registry(config);
    let values = |name: &str, shape: &[usize]| RuleWeights.values(name, shape, Init::Zeros).expect("the rule has all");
    registry.params().iter().map(|it| tensor(&it.name, &it.shape, values(&it.name, &it.shape))).collect()
}

/// Inputs of one clip (or one picture) and one text.
fn inputs(config: &Value) -> (RewardStage, Checkpoint) {
    let (stage, frames, tokens) = match config["kind"].as_str() {
        Some("hpsv2") => (RewardStage::Image, 1, 9),
        Some("internvideo2") => (RewardStage::Video, 4, 7),
        _ => (RewardStage::Video, 3, 5),
    };
    let ids: Vec<u32> = (0..tokens).map(|place| place as u32 % 5 + 1).collect();
    let pictures = tensor("frames", &[frames, 3, 40, 36], noise(frames * 3 * 40 * 36, 6));
    (stage, written(&[pictures, whole("tokens", &[1, tokens], &ids)]))
}

fn run(config: &Value, weights: &dyn ParamSource) -> Result<Vec<NamedTensor>, EngineError> {
    let (stage, inputs) = inputs(config);
    reward(stage, &read(config), weights, None, &inputs, &cpu(), &CancelToken::default())
}

/// What a published file holds beside what is used.
const UNUSED: [&str; 6] = [
    "temp",
    "clip_decoder.0.head.weight",
    "vision_encoder.clip_pos_embed",
    "vision_encoder.img_pos_embed",
    "itm_head.weight",
    "text_encoder.cls.predictions.bias",
];

/// A file as PyTorch writes it: a dict with the tensors under one key.
fn torch_file(path: &PathBuf, key: &str, tensors: &[NamedTensor]) {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|it| it.values.iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
    let keys: Vec<String> = (0..tensors.len()).map(|index| index.to_string()).collect();
    let entries = tensors.iter().zip(&keys);
    let entries = entries.map(|(it, key)| (it.name.as_str(), torch_tensor("FloatStorage", key, &it.shape))).collect();
    let object = pickle(&dict(vec![(key, dict(entries))]));
    let storages: Vec<(&str, &[u8])> = keys.iter().map(String::as_str).zip(bytes.iter().map(Vec::as_slice)).collect();
    std::fs::write(path, torch_zip(&object, &storages)).expect("the folder is writable");
}

#[test]
fn wrapped_files_are_read_by_their_own_names() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (config, key) in [(small_hpsv2(), "state_dict"), (small_internvideo2(), "module"), (small_viclip(), "model")] {
        let by_rule = by_name(run(&config, &RuleWeights).expect("the rule has all"));
        let mut tensors = tensors(&config);
        tensors.extend(UNUSED.map(|name| tensor(name, &[2, 3], vec![0.5; 6])));
        let torch = folder.path().join(format!("{key}.pt"));
        torch_file(&torch, key, &tensors);
        let plain = folder.path().join(format!("{key}.safetensors"));
        write_tensors(&plain, &[], &tensors, WeightPrecision::F32).expect("the folder is writable");
        for path in [torch, plain] {
            let file = Checkpoint::open(&path).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(by_name(run(&config, &file).unwrap_or_else(|error| panic!("{error}"))), by_rule);
        }
    }
}

#[test]
fn a_missing_tensor_and_a_wrong_shape_are_named() {
    for (config, name) in [
        (small_hpsv2(), "visual.transformer.resblocks.1.mlp.c_fc.bias"),
        (small_internvideo2(), "vision_encoder.clip_projector.cross_attn.q_bias"),
        (small_viclip(), "vision_encoder.temporal_positional_embedding"),
    ] {
        let mut tensors = tensors(&config);
        let place = tensors.iter().position(|tensor| tensor.name == name).expect("the scorer has it");
        tensors[place] = tensor(name, &[1], vec![0.0]);
        match run(&config, &written(&tensors)) {
            Err(EngineError::Model(ModelError::File(FileError::TensorShape { name: found, .. }))) => {
                assert_eq!(found, name);
            }
            other => panic!("{name} has another shape: {other:?}"),
        }
        tensors.remove(place);
        match run(&config, &written(&tensors)) {
            Err(EngineError::Model(ModelError::File(FileError::TensorMissing { name: found, .. }))) => {
                assert_eq!(found, name);
            }
            other => panic!("{name} is missing: {other:?}"),
        }
    }
}

/// Weights that are kept in 16 bits, or the same numbers in 32.
struct Rounded {
    wide: bool,
}

impl ParamSource for Rounded {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        let values = RuleWeights.values(name, shape, init)?;
        Ok(values.into_iter().map(|value| f16::from_f32(value).to_f32()).collect())
    }

    fn stored(&self, name: &str, shape: &[usize], init: Init) -> Result<TensorData, FileError> {
        let values = self.values(name, shape, init)?;
        if self.wide {
            return Ok(TensorData::new(values, shape.to_vec()));
        }
        let halves: Vec<f16> = values.into_iter().map(f16::from_f32).collect();
        Ok(TensorData::new(halves, shape.to_vec()))
    }
}

/// Layers compute with halves as they are, forward and backward.
#[test]
fn weights_in_16_bits_count_as_the_numbers_that_they_are() {
    for config in [small_hpsv2(), small_internvideo2(), small_viclip()] {
        let [wide, halves] =
            [true, false].map(|wide| by_name(run(&config, &Rounded { wide }).expect("the rule has all")));
        for (name, wide) in &wide {
            let magnitude = wide.values.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            let pairs = wide.values.iter().zip(&halves[name].values);
            let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart <= 2e-5 * magnitude, "{name} of {} is {apart} apart", config["kind"]);
        }
    }
}

/// Blocks that are computed again in the backward pass give the same gradient; weights are never part of it.
#[test]
fn activation_checkpointing_gives_the_same_gradient() {
    let ScorerConfig::HpsV2(sizes) = read(&small_hpsv2()).scorer else { panic!("it is an HPSv2") };
    let loader = ParamLoader::new(&RuleWeights, &cpu());
    let normalisation = read(&small_hpsv2()).normalisation;
    let scorer = ImageScorer::init(&sizes, normalisation, &loader.path("")).expect("the rule has all");
    let device: Device = cpu().autodiff();
    let values = TensorData::new(noise(2 * 3 * 40 * 36, 7), [2, 3, 40, 36]);
    let frames = burn::tensor::Tensor::<4>::from_data(values, &device).require_grad();
    let text = scorer.text_features(&[vec![1, 2, 3, 4, 49, 0, 0, 0, 0]]);
    assert!(!text.device().is_autodiff(), "texts have no gradient");
    let loss = |hook: &dyn hummingbird_engine::nn::hook::ForwardHook| {
        let pixels = scorer.pixels(frames.clone()).expect("the frames are wide enough");
        let features = scorer.image_features(pixels, hook).expect("nothing ends the pass");
        scores(features, text.clone()).mean()
    };
    let plain = frames.grad(&loss(&hummingbird_engine::nn::hook::NoHook).backward()).expect("it requires a gradient");
    let tape = Tape::default();
    let taped = loss(&tape);
    let mut gradient = None;
    tape.backward(&taped, &mut |grads| {
        if let Some(found) = frames.grad_remove(grads) {
            assert!(gradient.replace(found).is_none(), "frames are in one graph only");
        }
    });
    let [taped, plain] = [gradient.expect("it requires a gradient"), plain].map(|it| values_of(it.into_data()));
    let magnitude = plain.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    let apart = taped.iter().zip(&plain).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(magnitude > 0.0 && apart <= 1e-5 * magnitude, "{apart} apart, largest {magnitude}");
}
