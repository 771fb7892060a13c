//! From a clip in a folder to VBench's values of it: the whole way through files, frames, networks and sums, against the reference.

use std::path::Path;

use burn::tensor::Device;
use hummingbird_engine::CancelToken;
use hummingbird_engine::eval::vbench::{self, Dimension, Judge, Judges, Placed, StyleJudge, Suite, VbenchJob};
use hummingbird_engine::forward::{JudgeConfig, JudgeNetwork, JudgeStage};
use hummingbird_engine::judges::{ClipPictures, ClipTexts, Dino};
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::progress::Silent;
use hummingbird_engine::weights::Checkpoint;
use hummingbird_tests::devices::cpu;
use hummingbird_tests::rule::RuleWeights;
use serde_json::{Value, json};

use super::towers::{frames, golden_path};

/// The networks of the case, by the rule of all goldens.
fn judges(device: &Device) -> Judges {
    let config =
        |stage| JudgeConfig::read(stage, &golden_path("eval_towers_tiny", "json")).expect("it is there").network;
    let loader = ParamLoader::new(&RuleWeights, device);
    let root = loader.path("");
    fn judge<N: ?Sized>(network: Box<N>) -> Option<Judge<N>> {
        Some(Judge { name: "by the rule".to_owned(), network })
    }
    fn placed<N>(network: N, device: &Device) -> Placed<N> {
        Placed { network, device: device.clone(), cancel: CancelToken::default() }
    }
    let (JudgeNetwork::Dino(dino), JudgeNetwork::ClipImage(clip)) =
        (config(JudgeStage::Dino), config(JudgeStage::ClipImage))
    else {
        panic!("stages have their own networks")
    };
    let tower = || placed(ClipPictures::init(&clip, &root).expect("the rule has all tensors"), device);
    let dino = placed(Dino::init(&dino, &root).expect("the rule has all tensors"), device);
    let texts = ClipTexts::init(&clip, &root).expect("the rule has all tensors");
    Judges {
        subject: judge(Box::new(dino)),
        background: judge(Box::new(tower())),
        style: judge(Box::new(StyleJudge::new(tower(), texts))),
        ..Judges::default()
    }
}

/// The clip of the case as a file of tensors.
fn write_clip(path: &Path, golden: &Checkpoint) {
    let frames = frames(golden);
    let bytes: Vec<u8> = frames.values.iter().map(|&value| value as u8).collect();
    let (shape, end) = (&frames.shape, bytes.len());
    let header = json!({
        "__metadata__": {"fps": "8"},
        "frames": {"dtype": "U8", "shape": shape, "data_offsets": [0, end]},
    })
    .to_string();
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes].concat();
    std::fs::write(path, file).expect("the folder is writable");
}

#[test]
fn a_clip_has_the_values_of_the_reference() {
    let golden = Checkpoint::open(&golden_path("eval_towers_tiny", "safetensors")).expect("the golden is there");
    let text = std::fs::read(golden_path("eval_towers_tiny", "json")).expect("the golden is there");
    let expected: Value = serde_json::from_slice(&text).expect("JSON");
    let [clips, output] = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder can be made"));
    write_clip(&clips.path().join("a field-0.safetensors"), &golden);
    let suite = json!([{
        "prompt_en": "a field",
        "dimension": ["subject_consistency", "background_consistency", "temporal_flickering", "appearance_style"],
        "auxiliary_info": {"appearance_style": {"appearance_style": expected["text"]}},
    }]);
    let suite_path = clips.path().join("suite.json");
    std::fs::write(&suite_path, suite.to_string()).expect("the folder is writable");
    let suite = Suite::read(&suite_path).expect("a suite");
    let (device, dimensions) = (cpu(), suite.prompts[0].dimensions.clone());
    let judges = judges(&device);
    let job = VbenchJob {
        clips: clips.path(),
        suite: Some(&suite),
        dimensions: &dimensions,
        judges: &judges,
        detections: &[],
        only_still: false,
        output: output.path(),
    };
    let outcome = vbench::run(&job, &CancelToken::default(), &mut Silent).expect("the clip is whole");
    let limits = [
        (Dimension::SubjectConsistency, 1e-6),
        (Dimension::BackgroundConsistency, 1e-6),
        (Dimension::TemporalFlickering, 1e-9),
        (Dimension::AppearanceStyle, 1e-6),
    ];
    for (dimension, limit) in limits {
        let value = outcome.results.dimensions[&dimension].value.expect("it was judged");
        let wanted = expected[dimension.key()].as_f64().expect("the golden has it");
        let apart = (value - wanted).abs();
        eprintln!("{dimension} is off by {apart:.1e}, limit {limit:.0e}"); // Shown by `--nocapture`.
        assert!(apart <= limit, "{dimension} is {value}, not {wanted}");
    }
    let again = vbench::run(&job, &CancelToken::default(), &mut Silent).expect("all is known");
    assert_eq!((again.known_clips, again.results), (1, outcome.results));
}
