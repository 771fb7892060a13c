//! Scans of folders.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use hummingbird_base::CancelToken;
use hummingbird_base::progress::{Progress, Silent};
use hummingbird_pipeline::handoff::Frames;
use hummingbird_pipeline::settings::value::Value;
use hummingbird_pipeline::video_out::{Embed, ExportSettings, Format, Provenance, export};
use serde_json::json;

use super::*;
use crate::manifest::{self, Lock, Row};
use crate::objects::test_server::TestStore;
use crate::objects::{ObjectAddress, ObjectStore, Places, StoreOptions};
use crate::samples::{moving, tensors};

fn options(folder: &Path, output: &str) -> ScanOptions {
    ScanOptions {
        folders: vec![folder.to_owned()],
        output: folder.join(output),
        tables: Vec::new(),
        finds_near_duplicates: true,
    }
}

fn scanned(options: &ScanOptions) -> (ScanReport, Vec<Row>) {
    let report = scan(options, &CancelToken::default(), &mut Silent).expect("a manifest");
    (report, manifest::read(&options.output).expect("readable"))
}

fn row<'a>(rows: &'a [Row], path: &str) -> &'a Row {
    rows.iter().find(|row| row.path == path).unwrap_or_else(|| panic!("no row {path}: {rows:?}"))
}

fn clip(path: &Path, scene: u32) {
    tensors(path, [12, 40, 56, 3], r#"{"fps":"8"}"#, &moving(scene, 12, 40, 56));
}

fn encoded(path: &Path, scene: u32, height: usize, width: usize) {
    let frames = Frames::new(width, height, moving(scene, 12, height, width));
    let format = Format::from_path(path).expect("a format");
    let written =
        export(&frames, &ExportSettings::new(format, 8), &Default::default(), path, &mut |_| ControlFlow::Continue(()));
    written.expect("written");
}

#[test]
fn clips_their_captions_and_their_duplicates_are_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("b/videos/011_050")).expect("writable");
    clip(&at("a.safetensors"), 0);
    fs::copy(at("a.safetensors"), at("b/a copy.safetensors")).expect("writable");
    encoded(&at("b/small.mp4"), 0, 80, 112);
    encoded(&at("b/other.mp4"), 1, 64, 64);
    encoded(&at("b/anim.gif"), 2, 48, 48);
    clip(&at("b/videos/011_050/21.safetensors"), 3);
    fs::write(at("a.txt"), "\u{feff}a  pattern\nthat moves").expect("writable");
    fs::write(at("b/other.json"), r#"{"caption": "another", "n": 1}"#).expect("writable");
    fs::write(at("b/openvid.csv"), "video,caption,motion score\nanim.gif,an animation,3.5\ngone.mp4,gone,1\n")
        .expect("writable");
    fs::write(at("b/bad.jsonl"), "{\"path\": \"x\"}\n{").expect("writable");
    fs::write(at("notes.md"), "no clip").expect("writable");

    let options = options(folder.path(), "m.parquet");
    let (report, rows) = scanned(&options);
    let paths: Vec<&str> = rows.iter().map(|row| row.path.as_str()).collect();
    let expected = [
        "a.safetensors",
        "b/a copy.safetensors",
        "b/anim.gif",
        "b/other.mp4",
        "b/small.mp4",
        "b/videos/011_050/21.safetensors",
    ];
    assert_eq!(paths, expected);
    let errors: Vec<&Option<String>> = rows.iter().map(|row| &row.error).filter(|error| error.is_some()).collect();
    assert_eq!(errors.len(), 0, "{errors:?}");
    let first = row(&rows, "a.safetensors");
    let shape = (first.frames, first.fps, first.width, first.height, first.codec.as_str(), first.text.as_str());
    assert_eq!(shape, (12, 8.0, 56, 40, "raw", "a pattern that moves"));
    assert_eq!(first.id.len(), 64);
    let copy = row(&rows, "b/a copy.safetensors");
    assert_eq!((&copy.id, copy.reasons.as_slice()), (&first.id, &[DUPLICATE.to_owned()][..]));
    assert_eq!(copy.extra[DUPLICATE_OF], "a.safetensors");
    // The larger one is kept.
    assert_eq!(first.reasons, [NEAR_DUPLICATE]);
    assert_eq!(first.extra[DUPLICATE_OF], "b/small.mp4");
    assert_eq!(row(&rows, "b/small.mp4").codec, "h264");
    let animation = row(&rows, "b/anim.gif");
    assert_eq!((animation.text.as_str(), &animation.extra["motion score"]), ("an animation", &json!("3.5")));
    assert_eq!(row(&rows, "b/other.mp4").text, "another");
    for path in ["b/anim.gif", "b/other.mp4", "b/small.mp4", "b/videos/011_050/21.safetensors"] {
        assert_eq!(row(&rows, path).reasons, [""; 0], "{path}");
    }
    let counts = (report.rows, report.duplicates, report.near_duplicates, report.without_text, report.unused_captions);
    assert_eq!(counts, (6, 1, 1, 3, 1));
    assert!(report.notes.len() == 1 && report.notes[0].contains("bad.jsonl"), "{:?}", report.notes);

    // WebVid's table, named; its clips lie below it under another ending.
    fs::write(at("webvid.csv"), "videoid,page_dir,name\n21,011_050,a third\n").expect("writable");
    fs::rename(at("b/videos/011_050/21.safetensors"), at("b/videos/011_050/21.mp4")).expect("writable");
    encoded(&at("b/videos/011_050/22.mp4"), 3, 64, 64);
    fs::rename(at("b/videos/011_050/22.mp4"), at("b/videos/011_050/21.mp4")).expect("writable");
    let (report, rows) = scanned(&options);
    assert_eq!(row(&rows, "b/videos/011_050/21.mp4").text, "a third");
    assert_eq!(report.taken_over, 5);
    let plain = ScanOptions { finds_near_duplicates: false, ..options };
    let (report, rows) = scanned(&plain);
    assert_eq!((report.near_duplicates, report.taken_over), (0, 6));
    assert_eq!(row(&rows, "a.safetensors").reasons, [""; 0]);
}

#[test]
fn clips_of_a_store_are_listed_in_pages_and_brought_here_one_at_a_time() {
    let server = TestStore::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (scratch, at) = (tempfile::tempdir().expect("a temporary folder"), |name: &str| folder.path().join(name));
    let content = |name: &str, scene: u32| {
        clip(&at(name), scene);
        fs::read(at(name)).expect("readable")
    };
    let put = |key: &str, bytes: Vec<u8>| drop(server.held().objects.insert(key.to_owned(), bytes));
    for number in 0..7_u32 {
        put(&format!("clips/set/{number}.safetensors"), content("x.safetensors", number / 2 * 2));
    }
    put("clips/set/0.txt", b"a first".to_vec());
    put("clips/set/deep/captions.csv", b"path,text\n9.safetensors,from a table\n".to_vec());
    put("clips/set/deep/9.safetensors", content("x.safetensors", 9));
    put("clips/set/broken.mp4", b"no clip".to_vec());
    put("clips/set/.hidden.mp4", b"hidden".to_vec());
    put("clips/setting/1.safetensors", content("x.safetensors", 20));
    server.held().page = 3;
    let places = || Places::of_store_in(ObjectStore::new(server.settings(), StoreOptions::default()), scratch.path());
    let front = |text: &str| vec![ObjectAddress::parse(text).expect("an address")];
    let options = ScanOptions { output: at("m.parquet"), finds_near_duplicates: true, ..ScanOptions::default() };
    let scanned = |front: &[ObjectAddress]| {
        let report = scan_with(&options, front, &places(), &CancelToken::default(), &mut Silent, &mut |_| ());
        report.map(|report| (report, manifest::read(&options.output).expect("readable")))
    };
    let (report, rows) = scanned(&front("s3://clips/set")).expect("a manifest");
    assert_eq!((report.rows, report.errors, report.duplicates, report.taken_over), (9, 1, 3, 0), "{report}");
    assert_eq!(row(&rows, "s3://clips/set/0.safetensors").text, "a first");
    assert_eq!(row(&rows, "s3://clips/set/deep/9.safetensors").text, "from a table");
    let broken = row(&rows, "s3://clips/set/broken.mp4").error.clone().expect("it is broken");
    assert!(broken.contains("s3://clips/set/broken.mp4") && !broken.contains("hummingbird-scan"), "{broken}");
    assert_eq!(fs::read_dir(scratch.path()).expect("readable").count(), 0, "nothing stays here");
    let asked = |front: &str| server.held().asked.iter().filter(|it| it.starts_with(front)).count();
    assert_eq!(asked("GET /clips/?"), 5, "13 objects in pages of three");
    // Once more: what is as it was is not brought here again.
    server.held().objects.insert("clips/set/2.safetensors".to_owned(), content("x.safetensors", 11));
    server.held().asked.clear();
    let (report, _) = scanned(&front("s3://clips/set/")).expect("a manifest");
    assert_eq!((report.taken_over, report.duplicates), (7, 2));
    assert_eq!(asked("GET /clips/set/2.safetensors"), 1);
    assert_eq!(asked("GET /clips/set/3.safetensors"), 0);
    let error = scanned(&front("s3://clips/gone")).expect_err("nothing is there");
    assert!(error.to_string().contains("s3://clips/gone"), "{error}");
}

#[test]
fn what_is_broken_is_a_row_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    clip(&at("good.safetensors"), 0);
    encoded(&at("whole.mp4"), 1, 64, 64);
    let whole = fs::read(at("whole.mp4")).expect("readable");
    fs::write(at("empty.mp4"), b"").expect("writable");
    fs::write(at("cut.mp4"), &whole[..whole.len() / 2]).expect("writable");
    fs::write(at("text.mp4"), "this is no video").expect("writable");
    fs::write(at("old.avi"), "RIFF").expect("writable");
    fs::write(at("model.safetensors"), b"\x02\0\0\0\0\0\0\0{}").expect("writable");
    tensors(&at("one.safetensors"), [1, 4, 4, 3], "{}", &[7; 48]);
    tensors(&at("tiny\nname.safetensors"), [3, 4, 4, 3], "{}", &[200; 144]);
    for name in ["m.parquet", "m.csv", "m.jsonl"] {
        let (report, rows) = scanned(&options(folder.path(), name));
        let broken: Vec<&str> = rows.iter().filter(|row| row.error.is_some()).map(|row| row.path.as_str()).collect();
        assert_eq!(broken, ["cut.mp4", "empty.mp4", "model.safetensors", "old.avi", "text.mp4"], "{name}");
        assert_eq!((report.rows, report.errors), (9, 5), "{name}");
        assert!(rows.iter().filter(|row| row.error.is_some()).all(|row| row.frames == 0 && !row.id.is_empty()));
        let one = row(&rows, "one.safetensors");
        assert_eq!((one.frames, one.width, one.height), (1, 4, 4), "{name}");
        assert_eq!(row(&rows, "tiny\nname.safetensors").frames, 3, "{name}");
        // Twice the same bytes: nothing depends on the order in which threads end.
        let first = fs::read(at(name)).expect("readable");
        scanned(&options(folder.path(), name));
        assert_eq!(fs::read(at(name)).expect("readable"), first, "{name}");
    }
    let gone = ScanOptions { folders: vec![at("gone")], ..options(folder.path(), "n.csv") };
    let error = scan(&gone, &CancelToken::default(), &mut Silent).expect_err("no folder");
    assert!(matches!(error, ScanError::Folder { .. }), "{error}");
}

#[test]
fn numbered_pictures_are_a_clip_and_single_ones_are_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("fox")).expect("writable");
    encoded(&at("fox/f.png"), 0, 16, 16);
    let single = fs::read_dir(at("fox")).expect("readable").next().expect("a picture").expect("readable").path();
    fs::copy(single, at("poster.png")).expect("writable");
    fs::write(at("fox.txt"), "a fox").expect("writable");
    let (_, rows) = scanned(&options(folder.path(), "m.csv"));
    assert_eq!(rows.len(), 1, "{rows:?}");
    let found = (rows[0].path.as_str(), rows[0].frames, rows[0].codec.as_str(), rows[0].text.as_str());
    assert_eq!(found, ("fox", 12, "pictures", "a fox"));
}

#[test]
fn a_scan_goes_on_where_it_was_stopped_and_keeps_what_later_stages_wrote() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    for number in 0..70_u32 {
        tensors(&at(&format!("{number:02}.safetensors")), [2, 4, 4, 3], "{}", &[number as u8; 96]);
    }
    let options = options(folder.path(), "m.jsonl");
    let cancel = CancelToken::default();
    let stopped = scan(&options, &cancel, &mut |progress: Progress| {
        // The first report of clips comes after a part of them.
        if progress.done > 0 {
            cancel.cancel();
        }
    });
    assert!(matches!(stopped, Err(ScanError::Cancelled(_))), "{stopped:?}");
    let mut rows = manifest::read(&options.output).expect("what was done is there");
    assert!(!rows.is_empty() && rows.len() < 70, "{}", rows.len());
    rows[0].vqa_overall = Some(42.0);
    (rows[1].text, rows[1].text_original) = ("rewritten".into(), Some("before".into()));
    fs::write(at("01.txt"), "a sidecar").expect("writable");
    manifest::write(&options.output, &rows).expect("writable");
    let done = rows.len() as u64;
    let (report, rows) = scanned(&options);
    assert_eq!((report.rows, report.taken_over), (70, done));
    assert_eq!((rows[0].vqa_overall, rows[1].text.as_str()), (Some(42.0), "rewritten"));
    // What has changed is looked at anew.
    tensors(&at("00.safetensors"), [3, 4, 4, 3], "{}", &[9; 144]);
    let (report, rows) = scanned(&options);
    assert_eq!((report.taken_over, rows[0].frames, rows[0].vqa_overall), (69, 3, None));
    let _held = Lock::take(&options.output).expect("free");
    let taken = scan(&options, &CancelToken::default(), &mut Silent).expect_err("somebody works on it");
    assert!(taken.to_string().contains("another job is working on"), "{taken}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_locked_folders_are_rows() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("a/deep")).expect("writable");
    clip(&at("a/deep/x.safetensors"), 0);
    symlink(at("a"), at("a/deep/up")).expect("writable");
    symlink(at("a/deep"), at("b")).expect("writable");
    symlink(at("a/deep/x.safetensors"), at("link.safetensors")).expect("writable");
    symlink(at("nowhere"), at("lost.mp4")).expect("writable");
    fs::create_dir(at("locked")).expect("writable");
    fs::set_permissions(at("locked"), fs::Permissions::from_mode(0o000)).expect("ours");
    let is_root = fs::read_dir(at("locked")).is_ok();
    let (report, rows) = scanned(&options(folder.path(), "m.csv"));
    fs::set_permissions(at("locked"), fs::Permissions::from_mode(0o700)).expect("ours");
    let good: Vec<&str> = rows.iter().filter(|row| row.error.is_none()).map(|row| row.path.as_str()).collect();
    assert_eq!(good, ["link.safetensors"], "one of three ways to it");
    let bad: Vec<&str> = rows.iter().filter(|row| row.error.is_some()).map(|row| row.path.as_str()).collect();
    // Nothing is locked for the administrator.
    let expected: &[&str] = if is_root { &["lost.mp4"] } else { &["locked", "lost.mp4"] };
    assert_eq!((bad.as_slice(), report.duplicates), (expected, 0));
}

#[test]
fn rows_are_told_as_they_come_and_all_at_the_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    (0..70).for_each(|scene| clip(&folder.path().join(format!("{scene:02}.safetensors")), scene));
    fs::copy(folder.path().join("00.safetensors"), folder.path().join("copy.safetensors")).expect("writable");
    let (mut parts, mut all) = (Vec::new(), Vec::new());
    let options = options(folder.path(), "out.jsonl");
    let report = scan_watched(&options, &CancelToken::default(), &mut Silent, &mut |rows| match rows {
        ScanRows::New(rows) => parts.push(rows.to_vec()),
        ScanRows::All(rows) => all = rows.to_vec(),
    });
    assert_eq!(report.expect("a manifest").rows, 71);
    assert!(parts.len() > 1 && parts.iter().map(Vec::len).sum::<usize>() == 71, "{}", parts.len());
    assert!(row(&all, "copy.safetensors").reasons.contains(&DUPLICATE.to_owned()), "duplicates are known at the end");
    assert!(parts.concat().iter().all(|row| row.reasons.is_empty()));
    assert_eq!(all, manifest::read(&options.output).expect("readable"));
}

#[test]
fn prompts_inside_of_clips_are_captions_where_nothing_else_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let mut provenance = Provenance::default();
    provenance.settings.set("prompt", Value::Text("a (red:1.3) fox\n in the  snow".to_owned()));
    let frames = Frames::new(64, 48, moving(1, 12, 48, 64));
    fs::create_dir(at("frames")).expect("writable");
    for (name, embed) in [
        ("a.mp4", Embed::Provenance),
        ("b.gif", Embed::Provenance),
        ("c.webp", Embed::Provenance),
        ("d.apng", Embed::Provenance),
        ("e.webm", Embed::Provenance),
        ("frames/f.png", Embed::Provenance),
        ("beside.mp4", Embed::Provenance),
        ("table.gif", Embed::Provenance),
        ("bare.mp4", Embed::Nothing),
    ] {
        let format = Format::from_path(&at(name)).expect("a format");
        let settings = ExportSettings { embed, ..ExportSettings::new(format, 8) };
        export(&frames, &settings, &provenance, &at(name), &mut |_| ControlFlow::Continue(())).expect("written");
    }
    fs::write(at("beside.txt"), "a caption beside it").expect("writable");
    fs::write(at("captions.csv"), "path,text\ntable.gif,a caption of a table\n").expect("writable");
    let options = options(folder.path(), "m.parquet");
    let (report, rows) = scanned(&options);
    let check = |rows: &[Row]| {
        for name in ["a.mp4", "b.gif", "c.webp", "d.apng", "e.webm", "frames"] {
            let row = row(rows, name);
            let source = row.extra.get(CAPTION_SOURCE).and_then(|it| it.as_str());
            assert_eq!((row.text.as_str(), source), ("a red fox in the snow", Some(CAPTION_OF_CLIP)), "{name}");
        }
        let texts = [("beside.mp4", "a caption beside it"), ("table.gif", "a caption of a table"), ("bare.mp4", "")];
        for (name, text) in texts {
            let row = row(rows, name);
            assert_eq!((row.text.as_str(), row.extra.get(CAPTION_SOURCE)), (text, None), "{name}");
        }
    };
    check(&rows);
    assert_eq!((report.prompts_of_clips, report.without_text), (6, 1));
    assert!(report.to_string().contains("6 captions from prompts"), "{report}");
    // What is known already stays, and a caption that comes later counts more.
    let (report, rows) = scanned(&options);
    check(&rows);
    assert_eq!((report.taken_over, report.prompts_of_clips), (9, 6));
    fs::write(at("a.txt"), "written later").expect("writable");
    let (report, rows) = scanned(&options);
    assert_eq!((row(&rows, "a.mp4").text.as_str(), report.prompts_of_clips), ("written later", 5));
}
