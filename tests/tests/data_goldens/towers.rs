//! The stages `dino`, `clip-image`, `clip-text`, `musiq`, `viclip` and `umt` of `hummingbird forward` against the reference in f32, on
//! each device; weights follow the rule of all goldens. What lies between is compared in the crate of the networks.
//!
//! Limits are those of the goldens' notes for another order of sums.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use hummingbird_engine::CancelToken;
use hummingbird_engine::forward::{JudgeConfig, JudgeStage, judge};
use hummingbird_engine::nn::params::{NamedTensor, name_hash};
use hummingbird_engine::weights::{Checkpoint, WeightPrecision, write_tensors};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::rule::RuleWeights;

/// Largest difference of a feature.
const LIMIT: f64 = 2e-5;

/// A stage, its case, the tensors that it makes.
const CASES: [(JudgeStage, &str, &[&str]); 6] = [
    (JudgeStage::Dino, "eval_towers_tiny", &["dino_features"]),
    (JudgeStage::ClipImage, "eval_towers_tiny", &["clip_features"]),
    (JudgeStage::ClipText, "eval_towers_tiny", &["text_features"]),
    (JudgeStage::Musiq, "eval_musiq_tiny", &["score"]),
    (JudgeStage::ViClip, "eval_viclip_tiny", &["video_features", "text_features"]),
    (JudgeStage::Umt, "eval_umt_tiny", &["logits"]),
];

pub fn golden_path(name: &str, ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/golden/data/{name}.{ending}"))
}

fn numbers(file: &Checkpoint, name: &str) -> Vec<f64> {
    let tensor = file.tensor(name).unwrap_or_else(|| panic!("there is no {name}"));
    file.numbers(tensor).expect("it is whole")
}

/// The frames of a case: its tile, shifted round its edges and made lighter.
pub fn frames(golden: &Checkpoint) -> NamedTensor {
    let tile = golden.tensor("tile").expect("there is a tile");
    let &[height, width, colours] = tile.shape() else { panic!("the tile is no picture") };
    let (tile, shifts) = (numbers(golden, "tile"), numbers(golden, "shifts"));
    let add = if golden.tensor("add").is_some() { numbers(golden, "add") } else { vec![0.0; shifts.len() / 2] };
    let from = |at: usize, by: f64, length: usize| (at as i64 - by as i64).rem_euclid(length as i64) as usize;
    let mut values = Vec::new();
    for (shift, add) in shifts.chunks_exact(2).zip(&add) {
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let at = from(y, shift[0], height) * width + from(x, shift[1], width);
            values.extend(tile[colours * at..][..colours].iter().map(|value| (value + add).clamp(0.0, 255.0) as f32));
        }
    }
    NamedTensor { name: "frames".to_owned(), shape: vec![shifts.len() / 2, height, width, colours], values }
}

/// The clip of UMT's case, which is not stored: numbers of the rule, twice as large.
fn video() -> NamedTensor {
    let shape = vec![1, 3, 16, 224, 224];
    let mut state = name_hash("umt.input.a");
    let mut uniform = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    let values = (0..shape.iter().product()).map(|_| 2.0 * uniform()).collect();
    NamedTensor { name: "video".to_owned(), shape, values }
}

/// What a case hands to its stage.
fn inputs(golden: &Checkpoint, folder: &Path) -> Checkpoint {
    let as_stored = |name: &str| {
        let tensor = golden.tensor(name)?;
        let values = numbers(golden, name).into_iter().map(|value| value as f32).collect();
        Some(NamedTensor { name: name.to_owned(), shape: tensor.shape().to_vec(), values })
    };
    let mut tensors: Vec<NamedTensor> = ["tokens", "picture"].into_iter().filter_map(as_stored).collect();
    if golden.tensor("tile").is_some() {
        tensors.push(frames(golden));
    }
    if tensors.is_empty() {
        tensors.push(video());
    }
    let path = folder.join("inputs.safetensors");
    write_tensors(&path, &[], &tensors, WeightPrecision::F32).expect("the folder is writable");
    Checkpoint::open(&path).expect("it was just written")
}

fn check(device: &Device) {
    for (stage, case, outputs) in CASES {
        let golden = Checkpoint::open(&golden_path(case, "safetensors")).expect("the golden is there");
        let config = JudgeConfig::read(stage, &golden_path(case, "json")).expect("the golden has a configuration");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let inputs = inputs(&golden, folder.path());
        let found = judge(&config, &RuleWeights, &inputs, device, &CancelToken::default())
            .unwrap_or_else(|error| panic!("{stage:?}: {error}"));
        let names: Vec<&str> = found.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names, outputs, "{stage:?}");
        for NamedTensor { name, shape, values } in &found {
            let expected = golden.tensor(name).unwrap_or_else(|| panic!("{case} has no {name}"));
            assert_eq!(shape, expected.shape(), "{stage:?}: shape of {name}");
            let apart = |(a, b): (&f32, f64)| {
                let apart = (f64::from(*a) - b).abs();
                if apart.is_finite() { apart } else { f64::INFINITY }
            };
            let worst = values.iter().zip(numbers(&golden, name)).map(apart).fold(0.0, f64::max);
            eprintln!("{stage:?} {name}: off by {worst:.1e}, limit {LIMIT:.0e}"); // Shown by `--nocapture`.
            assert!(worst <= LIMIT, "{stage:?}: {name} is off by {worst:.1e}, limit {LIMIT:.0e}");
        }
    }
}

#[test]
fn features_on_the_cpu() {
    check(&cpu());
}

#[test]
fn features_on_the_gpu() {
    if let Some(gpu) = gpu("towers::features_on_the_gpu") {
        check(&gpu);
    }
}

/// Frames that are no frames, sizes that cannot be and tokens of another length say so.
#[test]
fn what_does_not_fit_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let golden = Checkpoint::open(&golden_path("eval_towers_tiny", "safetensors")).expect("the golden is there");
    let config = JudgeConfig::read(JudgeStage::Dino, &golden_path("eval_towers_tiny", "json")).expect("it is there");
    let refusal = |tensor: NamedTensor| {
        let path = folder.path().join("inputs.safetensors");
        write_tensors(&path, &[], &[tensor], WeightPrecision::F32).expect("the folder is writable");
        let inputs = Checkpoint::open(&path).expect("it was just written");
        let found = judge(&config, &RuleWeights, &inputs, &cpu(), &CancelToken::default());
        found.expect_err("it does not fit").to_string()
    };
    let good = frames(&golden);
    let with = |change: &dyn Fn(&mut NamedTensor)| {
        let mut tensor = good.clone();
        change(&mut tensor);
        refusal(tensor)
    };
    assert!(with(&|it| it.name = "pictures".to_owned()).contains("lacks the tensor \"frames\""));
    assert!(with(&|it| it.values[7] = 255.5).contains("255.5"));
    assert!(with(&|it| it.shape = vec![6, 40, 33, 6]).contains("height, width, 3"));
    assert!(with(&|it| it.shape = vec![6, 1, 2640, 3]).contains("32 times"));

    let path = folder.path().join("config.json");
    for (text, wanted) in [
        ("{\"patch\": 16, \"embed\": 48, \"depth\": 3, \"heads\": 5, \"picture\": 64}", "heads"),
        ("{\"dino\": {\"patch\": 65, \"embed\": 48, \"depth\": 3, \"heads\": 3, \"picture\": 64}}", "65"),
        ("{}", "patch"),
        ("[", "EOF"),
    ] {
        std::fs::write(&path, text).expect("the folder is writable");
        let error = JudgeConfig::read(JudgeStage::Dino, &path).expect_err("it does not fit").to_string();
        assert!(error.contains(wanted), "{error}");
    }
}
