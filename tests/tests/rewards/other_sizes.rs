//! Other sizes than those of the goldens: the gradient is that of the loss by finite differences, results have their shapes, and
//! parts of a batch are what they are alone.

use hummingbird_engine::CancelToken;
use hummingbird_engine::forward::{RewardStage, RewardVae, reward};
use hummingbird_engine::nn::config::VaeConfig;
use hummingbird_engine::nn::params::NamedTensor;
use hummingbird_tests::devices::cpu;
use hummingbird_tests::rule::RuleWeights;
use serde_json::Value;
use std::collections::BTreeMap;

use super::{by_name, noise, read, small_hpsv2, small_internvideo2, small_viclip, tensor, whole, written};

fn run(stage: RewardStage, config: &Value, inputs: &[NamedTensor]) -> BTreeMap<String, NamedTensor> {
    let vae = VaeConfig { ch: 32, ch_mult: vec![1, 2], num_res_blocks: 1, z_channels: 3, norm_groups: 16 };
    let vae = RewardVae { config: &vae, weights: &RuleWeights };
    let (config, inputs) = (read(config), written(inputs));
    let outputs = reward(stage, &config, &RuleWeights, Some(vae), &inputs, &cpu(), &CancelToken::default());
    by_name(outputs.expect("the inputs fit"))
}

/// The slope of the loss along its gradient is the gradient's length, by central differences.
fn check_gradient(stage: RewardStage, config: &Value, inputs: &[NamedTensor], of: &str) {
    let gradient = run(stage, config, inputs).remove(&format!("grad_{of}")).expect("there is a gradient").values;
    let length = gradient.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    assert!(length > 1e-3, "{config}: nothing can be said of a gradient of {length}");
    // The loss moves by a thousandth: much more than its rounding, and little enough that it is still straight.
    let step = 5e-4 / length;
    let loss_at = |sign: f64| {
        let moved: Vec<NamedTensor> = inputs
            .iter()
            .map(|input| {
                if input.name != of {
                    return input.clone();
                }
                let values = input.values.iter().zip(&gradient);
                let values = values.map(|(x, g)| (f64::from(*x) + sign * step * f64::from(*g) / length) as f32);
                NamedTensor { values: values.collect(), ..input.clone() }
            })
            .collect();
        f64::from(run(stage, config, &moved)["loss"].values[0])
    };
    let slope = (loss_at(1.0) - loss_at(-1.0)) / (2.0 * step);
    assert!((slope - length).abs() < 0.01 * length, "{config}: slope {slope}, gradient {length}");
}

fn shape_of<'a>(outputs: &'a BTreeMap<String, NamedTensor>, name: &str) -> &'a [usize] {
    &outputs.get(name).unwrap_or_else(|| panic!("there is no {name}")).shape
}

fn close(a: &[f32], b: &[f32], limit: f32) {
    assert_eq!(a.len(), b.len());
    let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < limit, "they are {apart} apart");
}

/// Ids of texts whose largest is the end.
fn texts(count: usize, length: usize, end: u32) -> NamedTensor {
    let row = |text: u32| {
        let mut ids: Vec<u32> = (0..length as u32).map(|place| (place * 7 + text * 5) % end).collect();
        ids[length - 2] = end;
        ids
    };
    whole("tokens", &[count, length], &(0..count as u32).flat_map(row).collect::<Vec<_>>())
}

fn frames(count: usize, [height, width]: [usize; 2], salt: u32) -> NamedTensor {
    tensor("frames", &[count, 3, height, width], noise(count * 3 * height * width, salt))
}

#[test]
fn pictures_high_wide_small_and_square() {
    for size in [[48, 30], [20, 41], [13, 9], [32, 32], [70, 70], [16, 32]] {
        let inputs = [frames(2, size, 1), texts(1, 9, 49)];
        let outputs = run(RewardStage::Image, &small_hpsv2(), &inputs);
        assert_eq!(shape_of(&outputs, "pixels"), [2, 3, 32, 32], "{size:?}");
        assert_eq!(shape_of(&outputs, "grad_frames"), [2, 3, size[0], size[1]]);
        check_gradient(RewardStage::Image, &small_hpsv2(), &inputs, "frames");
    }
}

#[test]
fn each_text_goes_with_its_pictures() {
    let both = [frames(4, [20, 41], 1), texts(2, 9, 49)];
    let outputs = run(RewardStage::Image, &small_hpsv2(), &both);
    assert_eq!((shape_of(&outputs, "scores"), shape_of(&outputs, "text_features")), (&[4][..], &[2, 14][..]));
    for text in 0..2 {
        let (per_text, per_pictures) = (9, 2 * 3 * 20 * 41);
        let part = |of: &NamedTensor, count: usize, shape: &[usize]| {
            tensor(&of.name, shape, of.values[text * count..][..count].to_vec())
        };
        let alone = [part(&both[0], per_pictures, &[2, 3, 20, 41]), part(&both[1], per_text, &[1, 9])];
        let alone = run(RewardStage::Image, &small_hpsv2(), &alone);
        close(&alone["scores"].values, &outputs["scores"].values[2 * text..][..2], 1e-6);
        // The loss is the mean over twice as many scores.
        let gradient: Vec<f32> = alone["grad_frames"].values.iter().map(|value| value / 2.0).collect();
        close(&gradient, &outputs["grad_frames"].values[text * per_pictures..][..per_pictures], 1e-7);
    }
}

/// Two clips of latents through another autoencoder, one frame of three not chosen.
#[test]
fn latents_of_two_clips() {
    let latents = tensor("latents", &[2, 3, 3, 6, 10], noise(2 * 3 * 3 * 6 * 10, 2).iter().map(|x| 0.2 * x).collect());
    let inputs = [latents, whole("frame_index", &[4], &[2, 0, 2, 2]), texts(2, 9, 49)];
    let outputs = run(RewardStage::Image, &small_hpsv2(), &inputs);
    assert_eq!(shape_of(&outputs, "decoded"), [8, 3, 12, 20]);
    let gradient = &outputs["grad_latents"];
    assert_eq!(gradient.shape, [2, 3, 3, 6, 10]);
    let of_frame = |frame: usize| {
        let places = (0..gradient.values.len()).filter(move |place| place / 60 % 3 == frame);
        places.map(|place| gradient.values[place].abs()).fold(0.0, f32::max)
    };
    assert!(of_frame(0) > 0.0 && of_frame(2) > 0.0);
    assert_eq!(of_frame(1), 0.0);
    check_gradient(RewardStage::Image, &small_hpsv2(), &inputs, "latents");
}

#[test]
fn clips_by_internvideo2_with_other_frames_and_heads() {
    for (size, crop) in [([60, 40], [5, 0]), ([28, 28], [0, 0]), ([17, 33], [0, 20])] {
        // What is masked lies anywhere.
        let mask = whole("attention_mask", &[2, 7], &[1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1]);
        let inputs = [frames(8, size, 3), texts(2, 7, 39), mask, whole("crop", &[2], &crop)];
        let outputs = run(RewardStage::Video, &small_internvideo2(), &inputs);
        assert_eq!(shape_of(&outputs, "pixels"), [2, 4, 3, 28, 28]);
        assert_eq!(shape_of(&outputs, "text_hidden"), [2, 7, 24]);
        assert_eq!((shape_of(&outputs, "pooled"), shape_of(&outputs, "scores")), (&[2, 20][..], &[2][..]));
        check_gradient(RewardStage::Video, &small_internvideo2(), &inputs, "frames");
    }
}

/// Ids that are masked change nothing of those that are seen.
#[test]
fn masked_ids_are_not_seen() {
    let mask = whole("attention_mask", &[1, 4], &[1, 1, 0, 1]);
    let run = |third: u32| {
        let tokens = whole("tokens", &[1, 4], &[2, 8, third, 9]);
        run(RewardStage::Video, &small_internvideo2(), &[frames(4, [28, 28], 3), tokens, mask.clone()])
    };
    let (one, other) = (run(5), run(33));
    assert_eq!(one["text_features"].values, other["text_features"].values);
    assert_ne!(one["text_hidden"].values, other["text_hidden"].values);
}

/// Positions of the file for two frames, clips of four or one.
#[test]
fn clips_by_internvideo2_with_interpolated_positions() {
    for (frames_of_clip, clips) in [(4, 1), (1, 2)] {
        let mut config = small_internvideo2();
        config["model"]["vision"]["orig_num_frames"] = 2.into();
        config["model"]["vision"]["num_frames"] = frames_of_clip.into();
        config["model"]["vision"]["gelu"] = "erf".into();
        let inputs = [frames(frames_of_clip * clips, [40, 60], 4), texts(1, 16, 39)];
        let outputs = run(RewardStage::Video, &config, &inputs);
        assert_eq!(shape_of(&outputs, "video_features"), [clips, 10]);
        check_gradient(RewardStage::Video, &config, &inputs, "frames");
    }
}

#[test]
fn clips_by_viclip_with_other_frames() {
    for (size, crop) in [([50, 34], [9, 0]), ([32, 32], [0, 0]), ([16, 24], [0, 16])] {
        let inputs = [frames(6, size, 5), texts(2, 5, 29), whole("crop", &[2], &crop)];
        let outputs = run(RewardStage::Video, &small_viclip(), &inputs);
        assert_eq!(shape_of(&outputs, "video_features"), [2, 12]);
        check_gradient(RewardStage::Video, &small_viclip(), &inputs, "frames");
    }
}
