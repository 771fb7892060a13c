use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hummingbird_base::progress::{ProgressSink, Silent};
use hummingbird_base::{CancelToken, FileLock};

use super::*;
use crate::clips::Clips;
use crate::cut::CutOptions;
use crate::export::{WebDataset, test_clip};
use crate::manifest::{self, Row};
use crate::motion::MotionLimits;
use crate::objects::test_server::{TestStore, Trouble};
use crate::objects::{ObjectStore, Place, Places, StoreOptions};
use crate::samples;
use crate::score::ScoreOptions;
use crate::score::tests::Brightness;

fn row(path: &str, frames: u64) -> Row {
    Row { id: path.to_owned(), path: path.to_owned(), frames, fps: 8.0, ..Row::default() }
}

fn shards(rows: &[Row]) -> Vec<u64> {
    rows.iter().map(|row| row.extra["shard"].as_u64().expect("a number")).collect()
}

#[test]
fn shards_are_about_equally_long_and_keep_files_together() {
    let mut rows: Vec<Row> = (0..1000).map(|it| row(&format!("{it:04}.mp4"), 10 + it % 7)).collect();
    divide(&mut rows, 8).expect("eight shards");
    let found = shards(&rows);
    assert!(found.is_sorted() && found[0] == 0 && found[999] == 7);
    for shard in 0..8 {
        let frames: u64 = rows.iter().zip(&found).filter(|(_, it)| **it == shard).map(|(row, _)| row.frames).sum();
        assert!((1600..1650).contains(&frames), "{shard}: {frames}");
    }
    let mut rows = vec![row("a", 5), row("b", 5), row("b", 50), row("b", 5), row("c", 0)];
    divide(&mut rows, 100).expect("more shards than clips");
    let found = shards(&rows);
    assert!(found[1] == found[2] && found[2] == found[3], "{found:?}");
    for wrong in [0, MAX_SHARDS + 1] {
        assert!(matches!(divide(&mut rows, wrong), Err(WorkError::Shards { .. })));
    }
    divide(&mut [], 3).expect("no rows are no fault");
}

#[test]
fn plans_of_every_form_are_read_and_others_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut rows = vec![row("a.mp4", 5), row("b.mp4", 5), row("c.mp4", 5)];
    divide(&mut rows, 2).expect("two shards");
    let read =
        |name: &str| Plan::read(&Place::File(folder.path().join(name)), &Places::default(), &CancelToken::default());
    for name in ["plan.parquet", "plan.csv", "plan.jsonl"] {
        manifest::write(&folder.path().join(name), &rows).expect("writable");
        let plan = read(name).expect(name);
        assert_eq!(plan.shards, 2, "{name}");
        let all: Vec<String> = (0..2).flat_map(|it| plan.rows(it).expect("a shard")).map(|row| row.path).collect();
        assert_eq!(all, ["a.mp4", "b.mp4", "c.mp4"]);
        assert!(matches!(plan.rows(2), Err(WorkError::NoShard { shard: 2, last: 1 })));
    }
    divide(&mut rows, 100).expect("more shards than clips");
    manifest::write(&folder.path().join("wide.parquet"), &rows).expect("writable");
    let wide = read("wide.parquet").expect("a plan");
    assert!(wide.rows(99).expect("a shard without clips").is_empty());
    manifest::write(&folder.path().join("no.parquet"), &[row("a.mp4", 5)]).expect("writable");
    assert!(matches!(read("no.parquet"), Err(WorkError::NoPlan { .. })));
}

/// A step that counts how often it runs.
struct Counting(Arc<AtomicU32>, &'static str);

impl Step for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn settings(&self) -> String {
        self.1.to_owned()
    }

    fn run(&mut self, shard: &mut Shard<'_>) -> Result<(), WorkError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        for row in &mut shard.rows {
            row.vqa_overall = Some(50.0);
        }
        Ok(())
    }
}

fn plan(folder: &Path, clips: usize) -> Plan {
    let mut rows: Vec<Row> = (0..clips).map(|it| row(&format!("{it}.mp4"), 8)).collect();
    for row in &rows {
        test_clip(&folder.join(&row.path), 8);
    }
    divide(&mut rows, 2).expect("two shards");
    Plan::of_rows(rows, &Place::File(folder.join("plan.parquet"))).expect("a plan")
}

fn work(plan: &Plan, out: &Path, mut steps: Vec<Box<dyn Step>>) -> Result<ShardReport, WorkError> {
    let out = Place::File(out.to_owned());
    run(plan, 1, &mut steps, &out, &Places::default(), &CancelToken::default(), &mut Silent)
}

/// Names and contents in a folder, without locks.
fn held(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .expect("readable")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(path).expect("readable"))
        })
        .collect();
    all.sort();
    all
}

#[test]
fn a_finished_shard_is_skipped_and_one_of_other_work_is_refused() {
    let (folder, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let plan = plan(folder.path(), 3);
    let count = Arc::new(AtomicU32::new(0));
    let steps = |settings| -> Vec<Box<dyn Step>> { vec![Box::new(Counting(Arc::clone(&count), settings))] };
    let first = work(&plan, out.path(), steps("a")).expect("made");
    let bytes = held(out.path());
    let second = work(&plan, out.path(), steps("a")).expect("there");
    assert_eq!((first.status, second.status), (Outcome::Done, Outcome::Skipped));
    assert_eq!((first.counts, count.load(Ordering::Relaxed)), (second.counts, 1));
    assert!(matches!(work(&plan, out.path(), steps("b")), Err(WorkError::OtherWork { .. })));
    // A file that is gone, and a mark that is damaged, are made again, and are the same.
    fs::remove_file(out.path().join("00001.parquet")).expect("it is there");
    assert_eq!(work(&plan, out.path(), steps("a")).expect("made").status, Outcome::Done);
    fs::write(out.path().join("00001_stats.json"), b"{").expect("writable");
    assert_eq!(work(&plan, out.path(), steps("a")).expect("made").status, Outcome::Done);
    assert!(held(out.path()) == bytes);
}

#[test]
fn two_jobs_on_one_shard_are_told() {
    let (folder, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let plan = plan(folder.path(), 2);
    let lock = FileLock::try_at(&out.path().join(".hummingbird-locks/00001")).expect("writable").expect("free");
    let busy = work(&plan, out.path(), Vec::new());
    assert!(matches!(busy, Err(WorkError::Busy { shard: 1, .. })));
    drop(lock);
    work(&plan, out.path(), Vec::new()).expect("nobody has it now");
}

#[test]
fn a_cancel_and_a_failure_leave_nothing() {
    struct Failing;
    impl Step for Failing {
        fn name(&self) -> &'static str {
            "failing"
        }
        fn run(&mut self, shard: &mut Shard<'_>) -> Result<(), WorkError> {
            fs::write(shard.file("tar"), b"half").expect("writable");
            shard.cancel.cancel();
            Ok(())
        }
    }
    let (folder, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let plan = plan(folder.path(), 2);
    assert!(matches!(work(&plan, out.path(), vec![Box::new(Failing)]), Err(WorkError::Cancelled(_))));
    assert!(held(out.path()).is_empty());
    let left = fs::read_dir(out.path()).expect("readable").count();
    assert_eq!(left, 1, "the folder of locks alone");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = plan(folder.path(), 2);
    // A file where the folder should be: root may write into every folder, so rights cannot be tested everywhere.
    let taken = folder.path().join("taken");
    fs::write(&taken, b"").expect("writable");
    let error = work(&plan, &taken, Vec::new()).expect_err("it is a file");
    assert!(error.to_string().contains("taken"), "{error}");
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    let error = WorkError::io(hummingbird_base::Action::Write, &taken)(full);
    assert!(matches!(error, WorkError::NoRoom { .. }) && error.to_string().contains("make room"), "{error}");
}

/// Set for the process that is killed: where the clips are and where the shard goes.
const KILLED: &str = "HUMMINGBIRD_TEST_KILLED_WORK";

/// A step that says when it is in the middle of its work, and then waits for ever.
struct Waiting;

impl Step for Waiting {
    fn name(&self) -> &'static str {
        "waiting"
    }

    fn run(&mut self, shard: &mut Shard<'_>) -> Result<(), WorkError> {
        if std::env::var_os(KILLED).is_some() {
            fs::write(shard.file("tar"), b"half of a tar").expect("writable");
            writeln!(std::io::stdout(), "in the middle").expect("somebody reads");
            loop {
                std::thread::park();
            }
        }
        Ok(())
    }
}

fn steps_that_wait() -> Vec<Box<dyn Step>> {
    vec![Box::new(Waiting), Box::new(WebDataset)]
}

#[test]
fn a_process_that_is_killed_harms_nothing() {
    if let Some(folder) = std::env::var_os(KILLED) {
        let folder = Path::new(&folder);
        drop(work(&plan(folder, 2), &folder.join("out"), steps_that_wait()));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let name = "work::tests::a_process_that_is_killed_harms_nothing";
    let mut child = Command::new(std::env::current_exe().expect("a program"))
        .args([name, "--exact", "--nocapture"])
        .env(KILLED, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let said = std::io::BufReader::new(child.stdout.take().expect("it is piped"));
    let is_there = std::io::BufRead::lines(said).map_while(Result::ok).any(|line| line.contains("in the middle"));
    assert!(is_there, "it got there");
    child.kill().expect("it runs");
    child.wait().expect("it is gone");
    let out = folder.path().join("out");
    assert!(held(&out).is_empty(), "nothing counts yet");
    assert!(out.join(".hummingbird-00001.work").exists(), "it was killed in the middle");
    let report = work(&plan(folder.path(), 2), &out, steps_that_wait()).expect("the next one goes on");
    assert_eq!((report.status, report.counts.successes), (Outcome::Done, 1));
    assert!(!out.join(".hummingbird-00001.work").exists(), "what was left is gone");
    let other = tempfile::tempdir().expect("a folder");
    work(&plan(folder.path(), 2), other.path(), steps_that_wait()).expect("made");
    assert_eq!(held(&out).len(), 3);
    let names = |all: Vec<(String, Vec<u8>)>| all.into_iter().filter(|it| it.0.ends_with("tar")).collect::<Vec<_>>();
    assert!(names(held(&out)) == names(held(other.path())), "as if nothing had happened");
}

/// Two shots of `HALF` frames each, of two brightnesses.
fn two_shots(path: &Path, brightness: u8) {
    const HALF: usize = 20;
    let [height, width] = [32, 32];
    let frame = |level: u8| vec![level; height * width * 3];
    let bytes: Vec<u8> =
        (0..2 * HALF).flat_map(|at| frame(if at < HALF { brightness } else { 255 - brightness / 4 })).collect();
    samples::tensors(path, [2 * HALF, height, width, 3], r#"{"fps":"8"}"#, &bytes);
}

#[test]
fn stages_are_steps_and_their_shards_have_the_same_bytes_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut divided: Vec<Row> = (0..6_u8)
        .map(|at| {
            let path = format!("{at}.safetensors");
            two_shots(&folder.path().join(&path), 10 + 20 * at);
            Row { text: format!("clip {at}"), ..row(&path, 40) }
        })
        .collect();
    divide(&mut divided, 2).expect("two shards");
    let plan = Plan::of_rows(divided, &Place::File(folder.path().join("plan.parquet"))).expect("a plan");
    let steps = |weights: &str| -> Vec<Box<dyn Step>> {
        let judges = (Some(Brightness::new("small")), Some(Brightness::new("large")));
        let options = ScoreOptions { sieve_share: 0.5, all: true };
        vec![
            cut_step(CutOptions::default()),
            motion_step(MotionLimits::default()),
            score_step(judges, options, weights),
            Box::new(WebDataset),
        ]
    };
    let outs = ["one", "two"].map(|name| folder.path().join(name));
    for out in &outs {
        let report = work(&plan, out, steps("abc")).expect("made");
        assert_eq!((report.counts.count, report.counts.failed), (6, 0), "three clips became six stretches");
    }
    assert!(held(&outs[0]) == held(&outs[1]), "the same bytes twice");
    let table = manifest::read(&outs[0].join("00001.parquet")).expect("a table");
    let scored = |model: &str| table.iter().filter(|row| row.extra["vqa_model"] == model).count();
    assert_eq!((scored("small"), scored("large")), (3, 3), "half of the shard passes the sieve");
    assert!(table.iter().all(|row| row.motion_px == Some(0.0) && row.reasons.contains(&"static".to_owned())));
    assert_eq!(table.iter().map(|row| row.start_frame).collect::<Vec<_>>(), [0, 20, 0, 20, 0, 20]);
    let other = work(&plan, &outs[0], steps("other weights"));
    assert!(matches!(other, Err(WorkError::OtherWork { .. })), "{other:?}");
}

#[test]
fn clips_and_shards_in_a_store() {
    let server = TestStore::start();
    let folder = tempfile::tempdir().expect("a folder");
    let options = StoreOptions {
        part_bytes: 4000,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(4),
        ..StoreOptions::default()
    };
    let places = Places::of_store(ObjectStore::new(server.settings(), options));
    let clip = folder.path().join("clip.mp4");
    test_clip(&clip, 8);
    let clip = fs::read(clip).expect("it is there");
    for name in ["clips/a/0.mp4", "clips/a/1.mp4"] {
        server.held().objects.insert(name.to_owned(), clip.clone());
    }
    let mut rows = vec![row("0.mp4", 8), row("s3://clips/a/1.mp4", 8), row("gone.mp4", 8)];
    divide(&mut rows, 1).expect("one shard");
    let plan = Plan::of_rows(rows, &Place::parse("s3://clips/a/plan.parquet".as_ref()).expect("an address"));
    let plan = plan.expect("a plan");
    let out = Place::parse("s3://results/shards".as_ref()).expect("an address");
    let cancel = CancelToken::default();
    let make = || {
        let mut steps: Vec<Box<dyn Step>> = vec![Box::new(WebDataset)];
        run(&plan, 0, &mut steps, &out, &places, &cancel, &mut Silent)
    };
    server.held().troubles = [Trouble::Status(503), Trouble::None, Trouble::BreakOff].into();
    let report = make().expect("made");
    assert_eq!((report.counts.successes, report.counts.failed), (2, 1));
    let names: Vec<String> = server.held().objects.keys().filter(|it| it.starts_with("results")).cloned().collect();
    let expected = ["00000.parquet", "00000.tar", "00000_stats.json"].map(|it| format!("results/shards/{it}"));
    assert_eq!(names, expected);
    assert_eq!(make().expect("there").status, Outcome::Skipped);
    // A file of the shard that is gone is made again with the same bytes.
    let before = server.held().objects.clone();
    server.held().objects.remove("results/shards/00000.tar");
    assert_eq!(make().expect("made").status, Outcome::Done);
    assert!(server.held().objects == before);
    // A stage reads clips of the store, each fetched once however many rows it has, and rows keep their addresses.
    let scored = Place::parse("s3://results/scored".as_ref()).expect("an address");
    let stage = |rows: &mut Vec<Row>, clips: &Clips<'_>, cancel: &CancelToken, _: &mut (dyn ProgressSink + Send)| {
        for row in rows.iter_mut().filter(|row| row.error.is_none()) {
            match clips.open(row, cancel) {
                Ok(clip) => row.vqa_overall = Some(fs::metadata(clip.path()).expect("it is here").len() as f64),
                Err(error) => row.error = Some(error.to_string()),
            }
        }
        rows.truncate(2);
        Ok(())
    };
    let mut steps: Vec<Box<dyn Step>> = vec![Box::new(RowsStep::new("measure", String::new(), stage))];
    run(&plan, 0, &mut steps, &scored, &places, &cancel, &mut Silent).expect("made");
    let table = places.local(&scored.join("00000.parquet").expect("a name"), &cancel).expect("it is there");
    let table: Vec<(String, Option<f64>)> =
        manifest::read(&table).expect("a table").into_iter().map(|row| (row.path, row.vqa_overall)).collect();
    let measured = Some(clip.len() as f64);
    let expected = ["s3://clips/a/0.mp4", "s3://clips/a/1.mp4"].map(|path| (path.to_owned(), measured));
    assert_eq!(table, expected);
    let table = places.local(&out.join("00000.parquet").expect("a name"), &cancel).expect("it is there");
    let table = manifest::read(&table).expect("a table");
    assert_eq!(table[0].path, "s3://clips/a/0.mp4");
    assert!(table[2].error.is_some());
}
