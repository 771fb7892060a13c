use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use hummingbird_base::CancelToken;
use hummingbird_base::progress::Silent;
use hummingbird_pipeline::handoff::Frames;
use hummingbird_pipeline::video_out::{self, Existing, ExportSettings, Format, Provenance};
use serde_json::Value;

use super::clip::{ClipFile, Wanted};
use super::*;
use crate::clip::ClipSource;
use crate::manifest::{self, Row};
use crate::objects::{Place, Places};
use crate::samples;
use crate::work::{self, Plan, Step, WorkError};

/// A clip of 64x48 in which a square moves.
pub(crate) fn test_clip(path: &Path, frames: usize) {
    let (width, height) = (64, 48);
    let mut pixels = vec![90; frames * width * height * 3];
    for (frame, picture) in pixels.chunks_exact_mut(width * height * 3).enumerate() {
        for (at, pixel) in picture.chunks_exact_mut(3).enumerate() {
            if (frame..frame + 20).contains(&(at % width)) && (10..30).contains(&(at / width)) {
                pixel.copy_from_slice(&[220, 40, 30]);
            }
        }
    }
    let settings = ExportSettings::new(Format::from_path(path).expect("a format"), 8);
    // The same clip is made for several runs of a test.
    let settings = ExportSettings { existing: Existing::Replace, ..settings };
    let mut go_on = |_| std::ops::ControlFlow::Continue(());
    video_out::export(&Frames::new(width, height, pixels), &settings, &Provenance::default(), path, &mut go_on)
        .expect("written");
}

/// A manifest's rows: a whole MP4, a stretch of another, a GIF, one that is dropped, one that is gone.
fn rows(folder: &Path) -> Vec<Row> {
    test_clip(&folder.join("a.mp4"), 12);
    test_clip(&folder.join("b.mp4"), 24);
    test_clip(&folder.join("c.gif"), 8);
    let row = |id: &str, path: &str, start_frame, frames, text: &str| Row {
        id: id.to_owned(),
        path: path.to_owned(),
        start_frame,
        frames,
        fps: 8.0,
        text: text.to_owned(),
        keep: Some(true),
        ..Row::default()
    };
    let mut rows = vec![
        row("1", "a.mp4", 0, 12, "a red square, \"moving\""),
        row("2", "b.mp4", 8, 10, "the same, ä"),
        row("3", "c.gif", 0, 8, "an animation"),
        row("4", "b.mp4", 0, 8, "dropped"),
        row("5", "gone.mp4", 0, 8, "gone"),
    ];
    rows[3].keep = Some(false);
    rows[3].reasons = vec!["static".to_owned()];
    rows
}

fn exported(folder: &Path, out: &Path) -> work::ShardReport {
    let mut rows = rows(folder);
    work::divide(&mut rows, 1).expect("one shard");
    let plan = Plan::of_rows(rows, &Place::File(folder.join("plan.parquet"))).expect("a plan");
    let mut steps: Vec<Box<dyn Step>> = vec![Box::new(WebDataset)];
    let (out, places) = (Place::File(out.to_owned()), Places::default());
    work::run(&plan, 0, &mut steps, &out, &places, &CancelToken::default(), &mut Silent).expect("a shard")
}

fn tar_of(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(fs::File::open(path).expect("it is there"));
    let entries = archive.entries().expect("an archive");
    entries
        .map(|entry| {
            let mut entry = entry.expect("readable");
            assert_eq!((entry.header().mtime().expect("a time"), entry.header().uid().expect("a user")), (0, 0));
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("readable");
            (entry.path().expect("a name").to_string_lossy().into_owned(), content)
        })
        .collect()
}

#[test]
fn shards_are_as_video2dataset_writes_them() {
    let (folder, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let report = exported(folder.path(), out.path());
    assert_eq!((report.counts.count, report.counts.successes, report.counts.failed), (5, 3, 1));
    let files = tar_of(&out.path().join("00000.tar"));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let expected: Vec<String> = ["000000000", "000000001", "000000002"]
        .iter()
        .flat_map(|key| ["json", "mp4", "txt"].map(|ending| format!("{key}.{ending}")))
        .collect();
    assert_eq!(names, expected);
    assert_eq!(files["000000001.txt"], "the same, ä".as_bytes());
    assert_eq!(files["000000000.mp4"], fs::read(folder.path().join("a.mp4")).expect("it is there"), "byte by byte");
    let json: Value = serde_json::from_slice(&files["000000000.json"]).expect("JSON");
    for (name, value) in [("key", "000000000"), ("status", "success"), ("url", "a.mp4"), ("id", "1")] {
        assert_eq!(json[name], value, "{name}");
    }
    assert_eq!((&json["caption"], &json["error_message"]), (&"a red square, \"moving\"".into(), &Value::Null));
    // A stretch and an animation are MP4 of their own.
    for (key, frames) in [("000000001", 10), ("000000002", 8)] {
        let path = folder.path().join("again.mp4");
        fs::write(&path, &files[&format!("{key}.mp4")]).expect("writable");
        let shape = ClipSource::open(&path).expect("a clip").shape().clone();
        assert_eq!((shape.width, shape.height, shape.frames, shape.fps), (64, 48, frames, 8.0), "{key}");
    }
    let table = manifest::read(&out.path().join("00000.parquet")).expect("a table");
    let status: Vec<&str> = table.iter().map(|row| row.extra["status"].as_str().expect("text")).collect();
    assert_eq!(status, ["success", "success", "success", "dropped", "failed"]);
    assert!(table[4].error.as_ref().is_some_and(|error| error.contains("gone.mp4")), "{:?}", table[4].error);
    assert_eq!(table[0].file(out.path()), folder.path().join("a.mp4"), "paths hold from the new place");
}

#[test]
fn the_same_bytes_twice() {
    let (folder, outs) =
        (tempfile::tempdir().expect("a folder"), [(); 2].map(|()| tempfile::tempdir().expect("a folder")));
    let bytes = outs.each_ref().map(|out| {
        exported(folder.path(), out.path());
        ["00000.tar", "00000.parquet", "00000_stats.json"].map(|name| fs::read(out.path().join(name)).expect("there"))
    });
    assert!(bytes[0] == bytes[1]);
}

fn training_of(folder: &Path, out: &Path, rows: &[Row], placing: Placing) -> Result<TrainingExport, WorkError> {
    let folder = Place::File(folder.to_owned());
    training(rows, &folder, out, placing, &Places::default(), &CancelToken::default(), &mut Silent)
}

#[test]
fn a_folder_for_training_has_each_kept_clip_with_its_caption() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = rows(folder.path());
    for placing in [Placing::Link, Placing::Copy] {
        let out = tempfile::tempdir().expect("a folder");
        let export = training_of(folder.path(), out.path(), &rows, placing).expect("written");
        assert_eq!((export.clips, export.whole, export.cut, export.failed.len()), (3, 2, 1, 1));
        let mut table = csv::Reader::from_path(out.path().join("captions.csv")).expect("a table");
        assert_eq!(table.headers().expect("a header"), vec!["file_name", "text"]);
        let mut found: Vec<(u64, String)> = table
            .records()
            .map(|record| {
                let record = record.expect("a row");
                let clip = ClipSource::open(&out.path().join(&record[0])).expect("a clip");
                (clip.shape().frames, record[1].to_owned())
            })
            .collect();
        found.sort();
        let expected = [(8, "an animation"), (10, "the same, ä"), (12, "a red square, \"moving\"")];
        assert_eq!(found, expected.map(|(frames, text)| (frames, text.to_owned())));
        // A second export with other choices leaves what is still wanted, and nothing else.
        let again = training_of(folder.path(), out.path(), &rows[1..2], placing).expect("written");
        assert_eq!((again.clips, again.whole, again.cut), (1, 0, 0), "it is there already");
        assert_eq!(fs::read_dir(out.path().join("clips")).expect("readable").count(), 1);
        assert!(folder.path().join("a.mp4").exists(), "the user's own files stay");
    }
}

#[test]
fn folders_of_others_are_not_trained_on_and_no_clip_is_no_export() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = rows(folder.path());
    let error = training_of(folder.path(), folder.path(), &rows, Placing::Link).expect_err("it holds the originals");
    assert!(matches!(error, WorkError::Occupied { .. }), "{error}");
    let out = tempfile::tempdir().expect("a folder");
    let error = training_of(folder.path(), out.path(), &rows[3..4], Placing::Link).expect_err("nothing is kept");
    assert!(matches!(error, WorkError::NothingKept), "{error}");
}

#[test]
fn clips_that_are_encoded_anew_come_frame_by_frame_and_have_the_bytes_of_whole_ones() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let (frames, height, width) = (30, 46, 62);
    let pixels = samples::moving(1, frames, height, width);
    samples::tensors(&at("a.safetensors"), [frames, height, width, 3], r#"{"fps":"12"}"#, &pixels);
    let row = Row { path: "a.safetensors".into(), start_frame: 5, frames: 20, ..Row::default() };
    let cancel = CancelToken::default();
    let file = |from: &str, to: &str| clip::file_of(&row, &at(from), Wanted::Video, &at(to), &cancel);
    assert!(matches!(file("a.safetensors", "made.mp4"), Ok(ClipFile::Made(_))));
    let each = height * width * 3;
    let mut settings = ExportSettings::new(Format::Mp4, 12);
    settings.embed = video_out::Embed::Nothing;
    let whole = Frames::new(width, height, pixels[5 * each..25 * each].to_vec());
    let mut go_on = |_| std::ops::ControlFlow::Continue(());
    video_out::export(&whole, &settings, &Provenance::default(), &at("whole.mp4"), &mut go_on).expect("written");
    assert!(fs::read(at("made.mp4")).expect("made") == fs::read(at("whole.mp4")).expect("written"));
    // It ends in the middle: nothing is left of it, and what was there stays.
    let bytes = fs::read(at("a.safetensors")).expect("readable");
    let short = fs::File::options().write(true).open(at("a.safetensors")).expect("writable");
    let source = ClipSource::open(&at("a.safetensors")).expect("still whole").stretch(5, 20).expect("inside");
    short.set_len(bytes.len() as u64 - 10 * each as u64).expect("writable");
    let said = clip::encode(&source, &at("made.mp4"), &cancel).expect_err("it breaks off").to_string();
    assert!(said.contains("a.safetensors"), "{said}");
    assert!(fs::read(at("made.mp4")).expect("it stays") == fs::read(at("whole.mp4")).expect("written"));
    let parts = fs::read_dir(folder.path()).expect("readable").count();
    assert_eq!(parts, 3, "the clip and two files");
}
