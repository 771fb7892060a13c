//! The networks of VBench agree with what their authors' programs gave in f32 on a CPU. Features are compared: scores hide most
//! mistakes. Limits are those of the goldens' notes.

mod goldens;
mod published;

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_engine::judges::config::{ClipTextConfig, ViClipConfig, ViClipVisionConfig};
use hummingbird_engine::judges::measures::{Consistency, Flicker, Sum, appearance_style};
use hummingbird_engine::judges::pictures::{
    Picture, Rgb, batch, for_clip, for_clip_style, for_dino, for_musiq, for_viclip, middle_frames,
};
use hummingbird_engine::judges::{
    Aesthetics, ClipPictures, ClipTexts, Dino, DinoConfig, Musiq, MusiqConfig, OpenAiClipConfig, Umt, UmtConfig,
    ViClip, sinusoid,
};
use hummingbird_engine::nn::hook::NoHook;
use hummingbird_engine::nn::params::{ParamLoader, values_of};

use self::goldens::{Case, Clip};
use hummingbird_tests::rule::{RuleWeights, uniform};

/// Of features, with another order of sums than torch's.
const FEATURES: f64 = 2e-5;
/// Of resized pictures, whose places torch rounds otherwise.
const PICTURES: f64 = 1e-5;

fn device() -> Device {
    Device::flex()
}

fn frame<'a>(clip: &'a Clip, bytes: &'a [u8]) -> Rgb<'a> {
    Rgb::new(bytes, clip.size).expect("it is a frame")
}

fn pictures(clip: &Clip, picture: impl Fn(Rgb<'_>) -> Picture) -> Vec<Picture> {
    clip.frames.iter().map(|bytes| picture(frame(clip, bytes))).collect()
}

/// Rows of features.
fn rows(features: Tensor<2>) -> Vec<Vec<f32>> {
    let [_, channels] = features.dims();
    values_of(features.into_data()).chunks_exact(channels).map(<[f32]>::to_vec).collect()
}

fn close(what: &str, found: &[f32], expected: &[f64], most: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let differences = found.iter().zip(expected).map(|(found, expected)| (f64::from(*found) - expected).abs());
    let largest = differences.fold(0.0, |largest: f64, it| if it.is_nan() { f64::INFINITY } else { largest.max(it) });
    eprintln!("{what}: off by {largest:.1e}");
    assert!(largest <= most, "{what} is off by {largest:e}, more than {most:e}");
}

fn near(what: &str, found: Option<f64>, expected: f64, most: f64) {
    let found = found.unwrap_or(f64::NAN);
    assert!((found - expected).abs() <= most, "{what}: {found} instead of {expected}");
}

/// DINO: its picture, features of all frames, and how much they are alike.
#[test]
fn subjects_stay_as_the_reference_says() {
    let case = Case::read("eval_towers_tiny");
    let clip = case.clip();
    let config: DinoConfig = case.config("dino");
    config.check().expect("the sizes are possible");
    let loader = ParamLoader::new(&RuleWeights, &device());
    let dino = Dino::init(&config, &loader.path("")).expect("the rule has every name");
    let pictures = pictures(&clip, |frame| for_dino(frame, dino.picture()));
    close("dino_input_0", pictures[0].values(), case.tensor("dino_input_0"), PICTURES);
    let features = rows(dino.forward(batch(&pictures, &device()), &NoHook).expect("nothing cancels it"));
    close("dino_features", &features.concat(), case.tensor("dino_features"), FEATURES);
    let mut consistency = Consistency::default();
    let pairs: Vec<[f64; 2]> = features.iter().filter_map(|feature| consistency.add(feature)).collect();
    let found: Vec<f32> = pairs.as_flattened().iter().map(|&value| value as f32).collect();
    close("subject_pairs", &found, &case.numbers("subject_pairs"), 1e-6);
    near("subject_consistency", consistency.pairs.mean(), case.number("subject_consistency"), 1e-6);
}

/// CLIP's pictures: both ways of resizing, features, backgrounds and aesthetics.
#[test]
fn backgrounds_and_beauty_are_those_of_the_reference() {
    let case = Case::read("eval_towers_tiny");
    let clip = case.clip();
    let config: OpenAiClipConfig = case.config("clip");
    config.check().expect("the sizes are possible");
    let loader = ParamLoader::new(&RuleWeights, &device());
    let root = loader.path("");
    let tower = ClipPictures::init(&config, &root).expect("the rule has every name");
    let pictures_of_clip = pictures(&clip, |frame| for_clip(frame, tower.picture()));
    close("clip_input_0", pictures_of_clip[0].values(), case.tensor("clip_input_0"), PICTURES);
    let features = tower.forward(batch(&pictures_of_clip, &device()), &NoHook).expect("nothing cancels it");
    close("clip_features", &rows(features.clone()).concat(), case.tensor("clip_features"), FEATURES);
    let aesthetics = Aesthetics::init(config.embed, &root).expect("the rule has every name");
    let marks = aesthetics.marks(features.clone());
    close("aesthetic_frames", &marks, case.tensor("aesthetic_frames"), 1e-6);
    let mean: Sum = marks.into_iter().map(f64::from).collect();
    near("aesthetic_quality", mean.mean(), case.number("aesthetic_quality"), 1e-6);
    let mut consistency = Consistency::default();
    rows(features).iter().for_each(|feature| {
        consistency.add(feature);
    });
    near("background_consistency", consistency.pairs.mean(), case.number("background_consistency"), 1e-6);

    let styled = pictures(&clip, |frame| for_clip_style(frame, tower.picture()));
    close("clip_input_pil_0", styled[0].values(), case.tensor("clip_input_pil_0"), 1e-6);
    let texts = ClipTexts::init(&config, &root).expect("the rule has every name");
    let style = texts.forward(&[case.tokens()]);
    close("text_features", &rows(style.clone()).concat(), case.tensor("text_features"), FEATURES);
    let style = rows(style).concat();
    let features = rows(tower.forward(batch(&styled, &device()), &NoHook).expect("nothing cancels it"));
    let scores: Vec<f64> = features.iter().map(|feature| appearance_style(feature, &style, texts.scale())).collect();
    let found: Vec<f32> = scores.iter().map(|&score| score as f32).collect();
    close("appearance_frames", &found, &case.numbers("appearance_frames"), 1e-7);
    let mean: Sum = scores.into_iter().collect();
    near("appearance_style", mean.mean(), case.number("appearance_style"), 1e-7);
}

#[test]
fn flickering_is_that_of_the_reference() {
    let case = Case::read("eval_towers_tiny");
    let mut flicker = Flicker::default();
    let found: Vec<f32> =
        case.clip().frames.iter().filter_map(|frame| flicker.add(frame)).map(|it| it as f32).collect();
    close("mean_abs_diffs", &found, &case.numbers("mean_abs_diffs"), 0.0);
    near("temporal_flickering", flicker.value(), case.number("temporal_flickering"), 1e-9);
}

/// MUSIQ: patches of three scales with their places, and the score.
#[test]
fn quality_is_that_of_the_reference() {
    let case = Case::read("eval_musiq_tiny");
    let config: MusiqConfig = case.config("config");
    config.check().expect("the sizes are possible");
    let loader = ParamLoader::new(&RuleWeights, &device());
    let musiq = Musiq::init(&config, &loader.path("")).expect("the rule has every name");
    let bytes = case.bytes("picture");
    let picture = for_musiq(Rgb::new(&bytes, case.size()).expect("it is a frame"));
    let patches = musiq.patches(&picture);
    // The reference has masked patches too, with which it fills its scales up.
    let masks = case.tensor("positions").chunks_exact(3);
    let seen: Vec<usize> = masks.enumerate().filter(|(_, place)| place[2] == 1.0).map(|(index, _)| index).collect();
    let places: Vec<f32> =
        patches.places.iter().flat_map(|place| [place.position as f32, place.scale as f32]).collect();
    let of_reference = |index: &usize| case.tensor("positions")[3 * index..3 * index + 2].to_vec();
    close("positions", &places, &seen.iter().flat_map(of_reference).collect::<Vec<_>>(), 0.0);
    let means: Vec<f32> = patches.means().into_iter().map(|mean| mean as f32).collect();
    let expected: Vec<f64> = seen.iter().map(|&index| case.tensor("patch_means")[index]).collect();
    close("patch_means", &means, &expected, 1e-6);
    let score = rows(musiq.forward(&patches, &NoHook).expect("nothing cancels it")).concat();
    close("score", &score, case.tensor("score"), 1e-5);
}

/// ViCLIP as VBench uses it: which frames, pictures that were bytes, features and their cosine.
#[test]
fn clips_and_prompts_are_those_of_the_reference() {
    let case = Case::read("eval_viclip_tiny");
    let size = |name: &str| case.json["config"][name].as_u64().expect("it is a number") as usize;
    let config = ViClipConfig {
        embed_dim: size("embed"),
        vision: ViClipVisionConfig {
            input_resolution: size("picture"),
            patch_size: size("patch"),
            width: size("vision_width"),
            layers: size("vision_layers"),
            heads: size("vision_heads"),
            num_frames: size("frames"),
        },
        text: ClipTextConfig {
            context_length: size("context"),
            vocab_size: 49_408,
            width: size("text_width"),
            heads: size("text_heads"),
            layers: size("text_layers"),
        },
    };
    let clip = case.clip();
    let (side, wanted) = (config.vision.input_resolution, config.vision.num_frames);
    let chosen = middle_frames(clip.frames.len(), wanted);
    close("indices", &chosen.iter().map(|&it| it as f32).collect::<Vec<_>>(), case.tensor("indices"), 0.0);
    let pictures: Vec<Picture> =
        chosen.iter().map(|&number| for_viclip(frame(&clip, &clip.frames[number]), side)).collect();
    close("input_0", pictures[0].values(), case.tensor("input_0"), 1e-6);
    let loader = ParamLoader::new(&RuleWeights, &device());
    let network = ViClip::init(&config, &loader.path("")).expect("the rule has every name");
    let clips = batch(&pictures, &device()).reshape([1, wanted, 3, side, side]);
    let video = rows(network.video_features(clips, &NoHook).expect("nothing cancels it")).concat();
    let text = rows(network.text_features(&[case.tokens()])).concat();
    close("video_features", &video, case.tensor("video_features"), FEATURES);
    close("text_features", &text, case.tensor("text_features"), FEATURES);
    near("score", Some(hummingbird_engine::judges::measures::cosine(&video, &text)), case.number("score"), 1e-6);
}

/// UMT: logits, and the positions of files that have none.
#[test]
fn actions_are_those_of_the_reference() {
    let case = Case::read("eval_umt_tiny");
    let config: UmtConfig = case.config("config");
    config.check().expect("the sizes are possible");
    let loader = ParamLoader::new(&RuleWeights, &device());
    let network = Umt::init(&config, &loader.path("")).expect("the rule has every name");
    let shape = [1, 3, network.frames(), network.picture(), network.picture()];
    let video: Vec<f32> = uniform("umt.input.a").take(shape.iter().product()).map(|u| 2.0 * u).collect();
    let video = Tensor::<5>::from_data(TensorData::new(video, shape), &device());
    let logits = rows(network.forward(video.swap_dims(1, 2), &NoHook).expect("nothing cancels it")).concat();
    close("logits", &logits, case.tensor("logits"), 1e-5);

    let table = sinusoid(config.frames, config.picture / config.patch, config.embed);
    let row = |number: &f64| table[*number as usize * config.embed..][..config.embed].to_vec();
    let found: Vec<f32> = case.tensor("sinusoid_row_numbers").iter().flat_map(row).collect();
    close("sinusoid_rows", &found, case.tensor("sinusoid_rows"), 2e-6);
}
