//! The whole way from a folder of clips to files of results, and the reference's own numbers.

use std::collections::BTreeMap;
use std::path::Path;

use hummingbird_base::CancelToken;
use hummingbird_base::progress::Silent;
use serde_json::{Value, json};

use super::arithmetic::{moves, stands_still};
use super::*;

/// Numbers of the reference implementation.
fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/data/eval_arithmetic_a.json");
    serde_json::from_slice(&std::fs::read(path).expect("it is in the repository")).expect("JSON")
}

fn cases(golden: &Value, name: &str) -> Vec<Value> {
    let cases = golden[name].as_array().expect(name).clone();
    assert!(!cases.is_empty(), "{name}");
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|it| it.as_f64().expect("a number")).collect()
}

fn is_close(value: f64, wanted: &Value) -> bool {
    (value - wanted.as_f64().expect("a number")).abs() <= 1e-9
}

#[test]
fn motion_is_decided_as_by_the_reference() {
    let golden = golden();
    type Decide = fn(&[f64], usize, usize) -> bool;
    let rules: [(&str, &str, Decide); 2] =
        [("dynamic_degree", "moves", moves), ("static_filter", "static", stands_still)];
    for (name, answer, decide) in rules {
        for case in cases(&golden, name) {
            let whole = |key: &str| case[key].as_u64().expect(key) as usize;
            let decided = decide(&numbers(&case["scores"]), whole("frames"), whole("shorter_side"));
            assert_eq!(Some(decided), case[answer].as_bool(), "{name}: {case}");
        }
    }
}

#[test]
fn totals_are_those_of_the_reference() {
    for case in cases(&golden(), "totals") {
        let values: BTreeMap<Dimension, f64> = case["raw"]
            .as_object()
            .expect("raw")
            .iter()
            .map(|(key, value)| (Dimension::of_key(key).expect(key), value.as_f64().expect("a number")))
            .collect();
        assert_eq!(values.len(), 16);
        for (dimension, value) in &values {
            let wanted = &case["normalised_times_weight"][dimension.key().replace('_', " ")];
            assert!(is_close(scaled(*dimension, *value), wanted), "{dimension} of {}", case["name"]);
        }
        let sums =
            |totals: Totals| [("quality", totals.quality), ("semantic", totals.semantic), ("total", totals.total)];
        for (name, value) in sums(Totals::of(&values)) {
            assert!(is_close(value, &case[name]), "{name} of {}: {value}", case["name"]);
        }
        // What is missing is as good as 0.
        let some = values.into_iter().filter(|(_, value)| *value != 0.0).collect();
        for (name, value) in sums(Totals::of(&some)) {
            assert!(is_close(value, &case[name]), "{name} of {} without zeros: {value}", case["name"]);
        }
    }
}

fn object(label: &Value, place: Option<&Value>, caption: Option<&Value>) -> SeenObject {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    SeenObject {
        label: text(label),
        caption: caption.map(text).unwrap_or_default(),
        place: place.map(|place| numbers(place).try_into().expect("four sides")),
    }
}

fn frames(case: &Value, seen: fn(&Value) -> SeenObject) -> Vec<SeenFrame> {
    let of_frame = |frame: &Value| SeenFrame {
        objects: frame.as_array().expect("a frame").iter().map(seen).collect(),
        ..SeenFrame::default()
    };
    case["frames"].as_array().expect("frames").iter().map(of_frame).collect()
}

#[test]
fn detections_are_scored_as_by_the_reference() {
    let golden = golden();
    let value = |asked: Option<Asked>, frames: &[SeenFrame]| {
        let result = asked.expect("it is asked for").score(frames);
        result.map(|result| (result.video_results.expect("a value").number(), result.frame_results))
    };
    for case in cases(&golden, "spatial_relationship") {
        let frames = frames(&case, |it| object(&it[0], Some(&it[1]), None));
        let asked = Asked::of(Dimension::SpatialRelationship, "", &json!({"spatial_relationship": case["key"]}));
        let (value, scores) = value(asked, &frames).expect("frames");
        assert!(is_close(value, &case["video_result"]), "{value}: {case}");
        for (score, wanted) in scores.expect("scores of frames").iter().zip(numbers(&case["frame_scores"])) {
            assert!((score - wanted).abs() <= 1e-9, "{score}: {case}");
        }
    }
    for case in cases(&golden, "color") {
        let frames = frames(&case, |it| object(&it[1], None, Some(&it[0])));
        let [colour, thing] = ["colour", "object"].map(|key| case[key].as_str().expect(key));
        let counts = colour_frames(colour, thing, &frames);
        let wanted = ["colour_frames", "object_frames"].map(|key| case[key].as_u64().expect(key) as usize);
        assert_eq!(counts, wanted, "{case}");
        let asked = Asked::of(Dimension::Color, &format!("a {colour} {thing}"), &json!({"color": colour}));
        let (value, _) = value(asked, &frames).expect("it is described with colours");
        assert!(is_close(value, &case["video_result"]), "{value}: {case}");
    }
    for case in cases(&golden, "objects") {
        let frames = frames(&case, |it| object(it, None, None));
        for (dimension, key) in [(Dimension::ObjectClass, "object"), (Dimension::MultipleObjects, "pair")] {
            let (value, _) = value(Asked::of(dimension, "", &json!({"object": case[key]})), &frames).expect("frames");
            assert!(is_close(value, &case[dimension.key()]), "{dimension}: {value}: {case}");
        }
    }
}

/// A clip as a file of tensors.
fn write_tensor(path: &Path, [frames, height, width]: [usize; 3], fps: &str, pixels: &[u8]) {
    let end = pixels.len();
    let header = format!(
        r#"{{"__metadata__":{{"fps":"{fps}"}},"frames":{{"dtype":"U8","shape":[{frames},{height},{width},3],"data_offsets":[0,{end}]}}}}"#
    );
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), pixels].concat();
    std::fs::write(path, bytes).expect("writable");
}

/// Three clips of two prompts: one that is still, one that flickers, one that is broken.
fn clips(folder: &Path) {
    let flat = |values: &[u8]| values.iter().flat_map(|&value| [value; 24]).collect::<Vec<u8>>();
    write_tensor(&folder.join("a lake-0.safetensors"), [3, 2, 4], "8", &flat(&[9, 9, 9]));
    write_tensor(&folder.join("a lake-1.safetensors"), [3, 2, 4], "8", &flat(&[0, 51, 0]));
    std::fs::write(folder.join("a car-0.mp4"), "no video").expect("writable");
}

fn suite() -> Suite {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("suite.json");
    let suite = json!([
        {"prompt_en": "a lake", "dimension": ["temporal_flickering", "scene"], "auxiliary_info": {"scene": {"scene": {"scene": "lake"}}}},
        {"prompt_en": "a car", "dimension": ["temporal_flickering"], "number": 7},
        {"prompt_en": "a tree", "dimension": ["color"]}
    ]);
    std::fs::write(&path, suite.to_string()).expect("writable");
    Suite::read(&path).expect("a suite")
}

fn evaluate(
    clips: &Path,
    output: &Path,
    suite: Option<&Suite>,
    detections: &[Detections],
) -> Result<VbenchOutcome, VbenchError> {
    let judges = Judges::default();
    let both = [Dimension::TemporalFlickering, Dimension::Scene];
    let dimensions = if suite.is_some() { &both[..] } else { &both[..1] };
    let job = VbenchJob { clips, suite, dimensions, judges: &judges, detections, only_still: false, output };
    run(&job, &CancelToken::default(), &mut Silent)
}

#[test]
fn a_folder_becomes_results_and_a_broken_clip_is_an_entry() {
    let [clips_folder, output] = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
    clips(clips_folder.path());
    let seen: Detections = serde_json::from_value(json!({"detector": "me", "videos": {
        "a lake-0.safetensors": {"frames": [{"caption": "a lake"}, {"caption": "a pond"}]}
    }}))
    .expect("of the documented form");
    let suite = suite();
    let outcome = evaluate(clips_folder.path(), output.path(), Some(&suite), &[seen]).expect("two clips are whole");
    let flicker = &outcome.results.dimensions[&Dimension::TemporalFlickering];
    assert_eq!(flicker.value, Some(f64::midpoint(1.0, 0.8)));
    assert_eq!((flicker.clips.len(), flicker.failed()), (3, 1));
    assert!(flicker.clips[2].error.is_some() && flicker.clips[2].video_path.ends_with("a car-0.mp4"));
    let scene = &outcome.results.dimensions[&Dimension::Scene];
    assert_eq!((scene.value, scene.failed()), (Some(0.5), 1), "one clip was not looked at by the detector");
    assert_eq!(scene.clips[0].judged_by.as_deref(), Some("detections from a file, by me"));
    assert_eq!(outcome.missing_clips, 7, "3 of a lake, 4 of a car; a tree is not asked for");

    let path = outcome.write(output.path(), "results_now").expect("writable");
    assert_eq!(EvalResults::read(&path).expect("its own form"), outcome.results);
    let text: Value = serde_json::from_slice(&std::fs::read(&path).expect("written")).expect("JSON");
    // What VBench's script does with every key of every object.
    for value in text.as_object().expect("an object").values() {
        assert!(value[0].is_number(), "{value}");
    }
    let full_info = std::fs::read(output.path().join("results_now_full_info.json")).expect("written");
    let full_info: Value = serde_json::from_slice(&full_info).expect("JSON");
    assert_eq!(full_info[0]["video_list"].as_array().map(Vec::len), Some(2));
    assert_eq!((&full_info[1]["number"], full_info[2].get("video_list")), (&json!(7), None));
}

#[test]
fn what_was_judged_is_not_looked_at_again_until_it_changes() {
    let [clips_folder, output] = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
    clips(clips_folder.path());
    let suite = suite();
    let run = || evaluate(clips_folder.path(), output.path(), Some(&suite), &[]).expect("two clips are whole");
    let first = run();
    assert_eq!(first.known_clips, 0);
    let second = run();
    assert_eq!((second.known_clips, &second.results), (2, &first.results), "the broken one is tried again");
    // The content counts, not the name.
    let [from, to] = ["a lake-0.safetensors", "a lake-3.safetensors"].map(|name| clips_folder.path().join(name));
    std::fs::rename(&from, &to).expect("writable");
    assert_eq!(run().known_clips, 2);
    write_tensor(&to, [2, 1, 1], "8", &[0, 0, 0, 255, 255, 255]);
    let changed = run();
    assert_eq!(changed.known_clips, 1);
    let flicker = &changed.results.dimensions[&Dimension::TemporalFlickering];
    assert_eq!(flicker.value, Some(f64::midpoint(0.8, 0.0)));
    // A damaged file of what is known is as good as none.
    for entry in std::fs::read_dir(output.path().join(".clips")).expect("kept") {
        std::fs::write(entry.expect("readable").path(), "{").expect("writable");
    }
    assert_eq!((run().known_clips, run().known_clips), (0, 2));
}

#[test]
fn any_clips_are_judged_by_their_names() {
    let [clips_folder, output] = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
    clips(clips_folder.path());
    let outcome = evaluate(clips_folder.path(), output.path(), None, &[]).expect("clips are there");
    let flicker = &outcome.results.dimensions[&Dimension::TemporalFlickering];
    assert_eq!((flicker.clips.len(), outcome.missing_clips), (3, 0));
    assert_eq!(outcome.full_info[1]["prompt_en"], "a lake");
    assert_eq!(outcome.full_info[1]["video_list"].as_array().map(Vec::len), Some(2));
}

#[test]
fn folders_without_clips_and_wishes_to_stop() {
    let [empty, output] = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
    let error = evaluate(empty.path(), output.path(), Some(&suite()), &[]).expect_err("no clip").to_string();
    assert!(error.contains("a lake-0.mp4"), "{error}");
    assert!(evaluate(&empty.path().join("nowhere"), output.path(), None, &[]).is_err());
    clips(empty.path());
    let (cancel, judges, suite) = (CancelToken::default(), Judges::default(), suite());
    cancel.cancel();
    let dimensions = &[Dimension::TemporalFlickering];
    let job = VbenchJob {
        clips: empty.path(),
        suite: Some(&suite),
        dimensions,
        judges: &judges,
        detections: &[],
        only_still: false,
        output: output.path(),
    };
    assert!(matches!(run(&job, &cancel, &mut Silent), Err(VbenchError::Cancelled(_))));
}
