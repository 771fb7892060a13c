//! Cuts of golden clips and of manifests.

use std::fs::File;
use std::path::{Path, PathBuf};

use hummingbird_base::progress::Silent;
use hummingbird_formats::safetensors_file;

use super::*;
use crate::manifest::{self, Row};
use crate::objects::Places;
use crate::samples;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/golden/data").join(name)
}

/// The frames `[t, 48, 64, 3]` of `cuts_a`, which are tiles that are moved, and their changes as PySceneDetect measures them.
fn cuts_a() -> (Vec<u8>, Vec<f32>) {
    let mut file = File::open(golden("cuts_a.safetensors")).expect("the golden is there");
    let (contents, _) = safetensors_file::read(&mut file).expect("a whole file");
    let mut tensor = |name: &str| {
        let tensor = contents.tensors.iter().find(|tensor| tensor.name() == name).expect(name);
        tensor.read(&mut file).expect("readable")
    };
    let (tiles, source, values) = (tensor("tiles"), tensor("source"), tensor("content_value"));
    let source: Vec<i64> = source.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect();
    let values = values.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let (height, width) = (48_usize, 64_usize);
    let mut frames = Vec::new();
    for &[tile, dy, dx] in source.as_chunks().0 {
        for y in 0..height as i64 {
            for x in 0..width as i64 {
                let (y, x) = ((y - dy).rem_euclid(height as i64) as usize, (x - dx).rem_euclid(width as i64) as usize);
                let at = ((tile as usize * height + y) * width + x) * 3;
                frames.extend_from_slice(&tiles[at..at + 3]);
            }
        }
    }
    (frames, values)
}

#[test]
fn changes_are_those_of_the_reference() {
    let (frames, values) = cuts_a();
    let mut changes = Changes::default();
    for (number, (frame, expected)) in frames.chunks(48 * 64 * 3).zip(values).enumerate() {
        let change = changes.next(frame, 64, 48);
        // Another implementation of HSV rounds otherwise.
        assert!((change - f64::from(expected)).abs() <= 0.5, "frame {number}: {change} and not {expected}");
    }
}

#[test]
fn cuts_are_those_of_the_reference() {
    let expected: serde_json::Value =
        serde_json::from_reader(File::open(golden("cuts_a.json")).expect("the golden is there")).expect("JSON");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.safetensors");
    let (frames, _) = cuts_a();
    samples::tensors(&path, [68, 48, 64, 3], r#"{"fps":"8"}"#, &frames);
    let clip = ClipSource::open(&path).expect("a clip");
    for (min_frames, name) in [(1, "cuts_min_1"), (15, "cuts_min_15")] {
        let options = CutOptions::new(27.0, min_frames).expect("sane");
        let cuts = find(&clip, options, &CancelToken::default(), &mut Silent).expect("readable");
        assert_eq!((serde_json::json!(cuts.positions), cuts.frames), (expected[name].clone(), 68), "{name}");
    }
}

#[test]
fn rows_are_split_and_the_rest_is_passed_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (frames, _) = cuts_a();
    samples::tensors(&folder.path().join("a.safetensors"), [68, 48, 64, 3], "{}", &frames);
    let whole = Row {
        id: "a".into(),
        path: "a.safetensors".into(),
        frames: 68,
        text: "tiles".into(),
        vqa_overall: Some(3.0),
        ..Row::default()
    };
    let part = Row { id: "p".into(), start_frame: 30, frames: 38, ..whole.clone() };
    let short = Row { id: "s".into(), start_frame: 20, frames: 10, ..whole.clone() };
    let duplicate = Row { reasons: vec!["duplicate".into()], ..whole.clone() };
    let gone = Row { path: "gone.mp4".into(), ..whole.clone() };
    let input = folder.path().join("in.jsonl");
    manifest::write(&input, &[whole, part, short, duplicate.clone(), gone]).expect("writable");
    std::fs::create_dir(folder.path().join("sub")).expect("writable");
    let output = folder.path().join("sub/out.parquet");
    let (options, cancel) = (CutOptions::default(), CancelToken::default());
    let report =
        cut_manifest(&input, &output, options, &Places::default(), &cancel, &mut Silent).expect("two are split");
    assert_eq!(report, CutReport { rows: 5, split: 1, stretches: 7, passed: 1, failed: 1 });
    let rows = manifest::read(&output).expect("readable");
    let places: Vec<(u64, u64)> = rows.iter().map(|row| (row.start_frame, row.frames)).collect();
    // In the second row the change at its frame 8 comes too soon to be a cut.
    assert_eq!(places, [(0, 20), (20, 18), (38, 30), (30, 38), (20, 10), (0, 68), (0, 68)]);
    assert_eq!((rows[0].id.as_str(), rows[0].text.as_str()), (stretch_id("a", 0, 20).as_str(), "tiles"));
    assert_eq!((rows[0].vqa_overall, rows[4].vqa_overall), (None, Some(3.0)), "what holds for the whole alone");
    assert_eq!(rows[0].extra["cut_of"], "a");
    let absolute = std::path::absolute(folder.path().join("a.safetensors")).expect("a path");
    assert_eq!(rows[0].file(&folder.path().join("sub")), absolute);
    assert_eq!(rows[5].reasons, duplicate.reasons);
    assert!(rows[6].error.as_deref().is_some_and(|error| error.contains("gone.mp4")), "{:?}", rows[6].error);
    let first = std::fs::read(&output).expect("readable");
    cut_manifest(&input, &output, options, &Places::default(), &cancel, &mut Silent).expect("again");
    assert_eq!(std::fs::read(&output).expect("readable"), first, "the same bytes twice");
}

#[test]
fn a_run_that_was_stopped_goes_on_at_the_clip() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (frames, _) = cuts_a();
    let rows: Vec<Row> = (0..6)
        .map(|at| {
            let path = format!("{at}.safetensors");
            samples::tensors(&folder.path().join(&path), [68, 48, 64, 3], "{}", &frames);
            Row { id: format!("id{at}"), path, frames: 68, ..Row::default() }
        })
        .collect();
    let [input, output, whole] = ["in.jsonl", "out.jsonl", "whole.jsonl"].map(|name| folder.path().join(name));
    manifest::write(&input, &rows).expect("writable");
    let (options, go_on) = (CutOptions::default(), CancelToken::default());
    cut_manifest(&input, &whole, options, &Places::default(), &go_on, &mut Silent).expect("readable");
    let cancel = CancelToken::default();
    let mut stop = |progress: Progress| {
        if progress.done == 2 {
            cancel.cancel();
        }
    };
    let stopped = cut_manifest(&input, &output, options, &Places::default(), &cancel, &mut stop);
    assert!(matches!(stopped, Err(CutError::Cancelled(_))) && !output.exists(), "{stopped:?}");
    let journal = output.with_added_extension("cuts.journal");
    let text = std::fs::read_to_string(&journal).expect("it stays");
    let known: Vec<&Row> = rows.iter().filter(|row| text.contains(&row.id)).collect();
    assert!((2..6).contains(&known.len()), "{text}");
    // What is known is not looked at again; what came of a line that was cut off, or of other options, is.
    std::fs::write(&journal, format!("{text}{{\"id\":\"id9\",\"sta")).expect("writable");
    let files = known.iter().map(|row| (folder.path().join(&row.path), folder.path().join(format!("{}.away", row.id))));
    let files: Vec<_> = files.collect();
    files.iter().for_each(|(from, to)| std::fs::rename(from, to).expect("writable"));
    let copy = folder.path().join("other.jsonl");
    std::fs::copy(&journal, copy.with_added_extension("cuts.journal")).expect("writable");
    let report = cut_manifest(&input, &output, options, &Places::default(), &go_on, &mut Silent).expect("it goes on");
    assert_eq!((report.failed, report.split), (0, 6));
    assert!(!journal.exists());
    assert_eq!(std::fs::read(&output).expect("readable"), std::fs::read(&whole).expect("readable"));
    let other = CutOptions::new(30.0, 15).expect("sane");
    let report =
        cut_manifest(&input, &copy, other, &Places::default(), &go_on, &mut Silent).expect("it is another question");
    assert_eq!(report.failed, known.len() as u64);
}

#[test]
fn a_stopped_cut_changes_nothing_and_two_do_not_meet() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let input = folder.path().join("in.csv");
    manifest::write(&input, &[Row { path: "a.mp4".into(), ..Row::default() }]).expect("writable");
    let output = folder.path().join("out.csv");
    let cancel = CancelToken::default();
    cancel.cancel();
    let options = CutOptions::default();
    let stopped = cut_manifest(&input, &output, options, &Places::default(), &cancel, &mut Silent);
    assert!(matches!(stopped, Err(CutError::Cancelled(_))), "{stopped:?}");
    assert!(!output.exists());
    let _held = manifest::Lock::take(&output).expect("free");
    let taken = cut_manifest(&input, &output, options, &Places::default(), &CancelToken::default(), &mut Silent);
    assert!(matches!(taken, Err(CutError::Manifest(ManifestError::Locked { .. }))), "{taken:?}");
    for (threshold, min_frames) in [(0.0, 1), (f64::NAN, 1), (256.0, 1), (27.0, 0)] {
        assert!(matches!(CutOptions::new(threshold, min_frames), Err(CutError::Options { .. })));
    }
}
