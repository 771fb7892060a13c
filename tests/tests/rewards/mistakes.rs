//! What is wrong is said by name.

use hummingbird_engine::CancelToken;
use hummingbird_engine::error::EngineError;
use hummingbird_engine::forward::{RewardConfig, RewardStage, reward};
use hummingbird_engine::nn::params::NamedTensor;
use hummingbird_tests::devices::cpu;
use hummingbird_tests::rule::RuleWeights;
use serde_json::{Value, json};

use super::{noise, read, small_hpsv2, small_internvideo2, small_viclip, tensor, whole, written};

fn error_of(stage: RewardStage, config: &Value, inputs: &[NamedTensor]) -> EngineError {
    let (config, inputs) = (read(config), written(inputs));
    let outputs = reward(stage, &config, &RuleWeights, None, &inputs, &cpu(), &CancelToken::default());
    outputs.map(|_| ()).expect_err("something is wrong")
}

fn frames(shape: &[usize]) -> NamedTensor {
    tensor("frames", shape, noise(shape.iter().product(), 1))
}

#[test]
fn inputs_that_do_not_fit() {
    let [image, video] = [RewardStage::Image, RewardStage::Video];
    let tokens = |shape: [usize; 2]| whole("tokens", &shape, &vec![1; shape[0] * shape[1]]);
    let mask = |values: &[u32]| whole("attention_mask", &[1, values.len()], values);
    let crop = |values: &[u32]| whole("crop", &[values.len()], values);
    let cases: Vec<(RewardStage, Value, Vec<NamedTensor>, &str)> = vec![
        (image, small_hpsv2(), vec![tokens([1, 9])], "add --vae"),
        (image, small_hpsv2(), vec![frames(&[1, 3, 8, 8])], "\"tokens\""),
        (image, small_hpsv2(), vec![frames(&[1, 4, 8, 8]), tokens([1, 9])], "[1, 4, 8, 8]"),
        (image, small_hpsv2(), vec![frames(&[3, 8, 8]), tokens([1, 9])], "4 sides"),
        (image, small_hpsv2(), vec![frames(&[1, 3, 8, 8]), tokens([1, 8])], "9 ids"),
        (image, small_hpsv2(), vec![frames(&[1, 3, 8, 8]), whole("tokens", &[1, 9], &[50; 9])], "50"),
        (image, small_hpsv2(), vec![frames(&[3, 3, 8, 8]), tokens([2, 9])], "\"tokens\" has 2"),
        (image, small_hpsv2(), vec![frames(&[1, 3, 1, 80]), tokens([1, 9])], "80x1"),
        (video, small_hpsv2(), vec![frames(&[1, 3, 8, 8]), tokens([1, 9])], "hpsv2 scores no clips"),
        (image, small_viclip(), vec![frames(&[3, 3, 8, 8]), tokens([1, 5])], "viclip scores no pictures"),
        (video, small_viclip(), vec![frames(&[4, 3, 8, 8]), tokens([1, 5])], "\"frames\" has 4"),
        (video, small_viclip(), vec![frames(&[3, 3, 8, 9]), tokens([1, 5]), crop(&[0, 5])], "column 5"),
        (video, small_viclip(), vec![frames(&[3, 3, 8, 9]), tokens([1, 5]), crop(&[0])], "a row and a column"),
        (video, small_internvideo2(), vec![frames(&[4, 3, 8, 8]), tokens([1, 17])], "at most 16"),
        (video, small_internvideo2(), vec![frames(&[4, 3, 8, 8]), tokens([1, 3]), mask(&[0; 3])], "no token"),
        (video, small_internvideo2(), vec![frames(&[4, 3, 8, 8]), tokens([1, 3]), mask(&[1; 4])], "[1, 3]"),
    ];
    for (stage, config, inputs, wanted) in cases {
        let error = error_of(stage, &config, &inputs).to_string();
        assert!(error.contains(wanted), "{error:?} does not say {wanted:?}");
    }
}

#[test]
fn configurations_that_do_not_fit() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("reward.json");
    let error = |text: &str| {
        std::fs::write(&path, text).expect("the folder is writable");
        RewardConfig::read(&path).map(|_| ()).expect_err("something is wrong").to_string()
    };
    let changed = |change: fn(&mut Value)| {
        let mut config = small_hpsv2();
        change(&mut config);
        error(&config.to_string())
    };
    assert!(RewardConfig::read(&folder.path().join("none.json")).is_err());
    assert!(error("{").contains("reward.json"));
    assert!(changed(|it| it["kind"] = json!("pickscore")).contains("pickscore"));
    assert!(changed(|it| it["clip_config"] = Value::Null).contains("it lacks clip_config"));
    assert!(changed(|it| it["clip_config"]["vision_cfg"]["depth"] = json!(3)).contains("depth"));
    assert!(changed(|it| it["clip_config"]["text_cfg"]["heads"] = json!(5)).contains("text_cfg.heads"));
    assert!(changed(|it| it["std"] = json!([0.2, 0.0, 0.2])).contains("std"));
    assert!(changed(|it| it["reward_scale"] = json!(0)).contains("reward_scale"));
    assert!(changed(|it| it["kind"] = json!("viclip")).contains("it lacks model"));
    assert!(error(&format!("{{\"x\":\"{}\"}}", "x".repeat(1 << 20))).contains("1048576"));
}
