//! `hummingbird data filter`, `export`, `plan` and `work` as a person or a scheduler runs them.

use std::fs;
use std::path::Path;

use hummingbird_engine::data::manifest::{self, Row};
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::pipeline::video_out::{self, ExportSettings, Format, Provenance};
use serde_json::Value;

use crate::program::Program;

fn clip(path: &Path) {
    let settings = ExportSettings::new(Format::Mp4, 8);
    let frames = Frames::new(32, 32, vec![120; 8 * 32 * 32 * 3]);
    let mut go_on = |_| std::ops::ControlFlow::Continue(());
    video_out::export(&frames, &settings, &Provenance::default(), path, &mut go_on).expect("written");
}

/// Ten clips whose overall quality is 0, 10, .. 90; the last one is static.
fn manifest_of(program: &Program) {
    let mut rows = Vec::new();
    for number in 0..10_u32 {
        let path = format!("{number}.mp4");
        clip(&program.path(&path));
        let quality = Some(f64::from(number) * 10.0);
        let text = format!("clip {number}");
        let (frames, fps) = (8, 8.0);
        rows.push(Row { id: path.clone(), path, text, frames, fps, vqa_overall: quality, ..Row::default() });
    }
    rows[9].reasons = vec!["static".to_owned()];
    manifest::write(&program.path("scored.csv"), &rows).expect("written");
}

#[test]
fn clips_are_chosen_shown_and_handed_to_training() {
    let program = Program::new();
    manifest_of(&program);
    let filter =
        ["data", "filter", "scored.csv", "-o", "kept.parquet", "--min", "vqa_overall=30", "--page", "kept.html"];
    let run = program.run(&[&filter[..], &["--quiet", "--json"]].concat());
    run.check("filter", 0, "");
    let summary: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((&summary["kept"], &summary["dropped"]), (&6.into(), &4.into()));
    let html = fs::read_to_string(program.path("kept.html")).expect("a page");
    assert!(html.contains("6 of 10 clips are kept") && html.matches("<img").count() == 10, "{html}");
    let export = ["data", "export", "kept.parquet", "--to", "training", "-o", "set", "--quiet"];
    let run = program.run(&export);
    run.check("export", 0, "");
    assert!(run.stdout.starts_with("6 clips for training"), "{}", run.stdout);
    let table = fs::read_to_string(program.path("set/captions.csv")).expect("a table");
    assert!(table.contains(",clip 3") && !table.contains(",clip 9") && !table.contains(",clip 2"), "{table}");

    for (options, words) in [
        (&["--min", "quality=3"][..], "has no column of numbers \"quality\""),
        (&["--keep-best", "2"], "a share is above 0"),
        (&["--max", "jerk"], "has no ="),
    ] {
        let run = program.run(&[&["data", "filter", "scored.csv", "-o", "x.csv"], options].concat());
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    let run = program.run(&["data", "filter", "scored.csv", "-o", "none.csv", "--min", "vqa_overall=101", "--quiet"]);
    run.check("a limit that nothing meets", 0, "");
    let run = program.run(&["data", "export", "none.csv", "--to", "webdataset", "-o", "shards"]);
    run.check("nothing is kept", 1, "no clip is kept");
}

#[test]
fn shards_are_made_once_and_speak_json() {
    let program = Program::new();
    manifest_of(&program);
    program.run(&["data", "plan", "scored.csv", "--shards", "3", "-o", "plan.parquet"]).check("plan", 0, "");
    let work = |shard: &str| {
        let run =
            program.run(&["data", "work", "--plan", "plan.parquet", "--shard", shard, "--out", "shards", "--quiet"]);
        let line: Value = serde_json::from_str(run.stdout.trim()).expect("one line of JSON");
        (run, line)
    };
    for expected in ["done", "skipped"] {
        let mut count = 0;
        for shard in ["0", "1", "2"] {
            let (run, line) = work(shard);
            run.check(shard, 0, "");
            assert_eq!(line["status"], expected, "{line}");
            count += line["count"].as_u64().expect("a number");
        }
        assert_eq!(count, 10);
    }
    let (run, line) = work("3");
    run.check("a shard that is not in the plan", 2, "the plan has no shard 3");
    assert_eq!(line["status"], "failed");
    let run =
        program.run(&["data", "filter", "shards/00000.parquet", "shards/00002.parquet", "-o", "again.csv", "--quiet"]);
    run.check("shards are manifests", 0, "");
    let again = manifest::read(&program.path("again.csv")).expect("a manifest");
    assert!(again.iter().all(|row| row.file(program.path("again.csv").parent().expect("a folder")).exists()));
    let run = program.run(&["data", "work", "--plan", "s3://", "--shard", "0", "--out", "shards", "--quiet"]);
    run.check("an address that is none", 2, "s3://bucket/folder/clip.mp4");
}

#[test]
fn stages_are_steps_of_a_shard_and_say_what_they_lack() {
    let program = Program::new();
    manifest_of(&program);
    program.run(&["data", "plan", "scored.csv", "--shards", "2", "-o", "plan.parquet"]).check("plan", 0, "");
    let work = |out: &str, more: &[&str]| {
        let args = ["data", "work", "--plan", "plan.parquet", "--shard", "0", "--out", out, "--quiet", "--steps"];
        let run = program.run(&[&args[..], more].concat());
        let line: Value = serde_json::from_str(run.stdout.trim()).expect("one line of JSON");
        (run, line)
    };
    for out in ["one", "two"] {
        let (run, line) = work(out, &["cut,motion,export"]);
        run.check("stages", 0, "");
        assert_eq!((&line["status"], &line["failed"]), (&"done".into(), &0.into()), "{line}");
    }
    for name in ["00000.tar", "00000.parquet"] {
        let [one, two] = ["one", "two"].map(|out| fs::read(program.path(out).join(name)).expect("made"));
        assert!(one == two, "{name} has the same bytes twice");
    }
    let rows = manifest::read(&program.path("one/00000.parquet")).expect("a manifest");
    assert!(rows.iter().all(|row| row.motion_px.is_some() && row.reasons == ["static"]), "{rows:?}");
    for (more, words) in [
        (&["score"][..], "hummingbird models get dover"),
        (&["score", "--weights", "gone.pth", "--device", "cpu"], "gone.pth"),
        (&["caption"], "--server ADDRESS"),
        (&["cut", "--threshold", "300"], "300"),
    ] {
        let (run, line) = work("three", more);
        assert!(matches!(run.code, Some(1 | 2)) && run.stderr.contains(words), "{}", run.stderr);
        assert!(line["status"] == "failed" && line["error"].as_str().is_some_and(|it| it.contains(words)), "{line}");
        assert!(!program.path("three/00000.parquet").exists());
    }
    // Nobody listens there.
    let server = ["--server", "http://127.0.0.1:9", "--server-model", "m", "--retries", "0"];
    let (run, _) = work("three", &[&["caption"][..], &server].concat());
    run.check("no server", 1, "127.0.0.1:9");
}

#[test]
fn an_address_that_is_none_is_not_scanned() {
    let program = Program::new();
    let run = program.run(&["data", "scan", "s3://", "-o", "m.csv", "--quiet"]);
    run.check("no address", 2, "s3://bucket");
    assert!(!program.path("m.csv").exists());
}
