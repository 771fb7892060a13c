//! The stage with judges of a few lines: what clips they are shown, in which order, and what becomes of their verdicts.

use std::path::Path;
use std::sync::Mutex;

use hummingbird_base::progress::Silent;

use super::*;

/// Says how bright a clip is. Real clips, real frames.
pub(crate) struct Brightness {
    name: &'static str,
    seen: Mutex<usize>,
}

impl Brightness {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, seen: Mutex::default() }
    }

    fn seen(&self) -> usize {
        *self.seen.lock().expect("no panic")
    }
}

impl Judge for Brightness {
    type Views = f64;

    fn name(&self) -> &str {
        self.name
    }

    fn gflop(&self) -> f64 {
        if self.name == "small" { 105.0 } else { 672.0 }
    }

    fn views(&self, clip: &ClipSource, _: &CancelToken) -> Result<f64, Option<String>> {
        let frames = clip.at(&[0]).map_err(|error| Some(error.to_string()))?;
        Ok(f64::from(frames[0].rgb[0]))
    }

    fn scores(&self, views: f64, cancel: &CancelToken) -> Result<VqaScores, Cancelled> {
        cancel.check()?;
        *self.seen.lock().expect("no panic") += 1;
        Ok(VqaScores { aesthetic: views / 2.0, technical: views, overall: views })
    }
}

fn clip(folder: &Path, name: &str, value: u8) -> Row {
    let path = folder.join(name);
    std::fs::create_dir_all(&path).expect("writable");
    let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([value; 3]));
    for frame in 0..2 {
        picture.save(path.join(format!("{frame}.png"))).expect("writable");
    }
    Row { id: name.to_owned(), path: name.to_owned(), frames: 2, ..Row::default() }
}

#[test]
fn the_large_network_sees_only_what_the_cheap_one_lets_through() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [from, out] = ["in.jsonl", "out.jsonl"].map(|name| folder.path().join(name));
    let mut rows: Vec<Row> =
        [10, 90, 50, 70, 30].iter().map(|value| clip(folder.path(), &format!("c{value}"), *value)).collect();
    rows.push(Row { reasons: vec!["static".to_owned()], ..clip(folder.path(), "still", 99) });
    rows.push(Row { id: "gone".to_owned(), path: "gone".to_owned(), ..Row::default() });
    rows.push(Row { vqa_overall: Some(1.0), ..clip(folder.path(), "known", 99) });
    manifest::write(&from, &rows).expect("writable");
    let (small, large) = (Brightness::new("small"), Brightness::new("large"));
    let options = ScoreOptions { sieve_share: 0.5, all: false };
    let networks = (Some(Network::of(&small)), Some(Network::of(&large)));
    let plan = ScorePlan::of(&rows, options, networks.0, networks.1);
    assert_eq!((plan.clips, plan.sieve_clips, plan.judge_clips), (8, 6, 3), "the broken one is not known yet");
    assert!((plan.tflop - (6.0 * 0.105 + 3.0 * 0.672)).abs() < 1e-9);
    let whole = ScorePlan::of(&rows, options, None, networks.1);
    assert_eq!((whole.sieve_clips, whole.judge_clips), (0, 6));

    let places = Places::default();
    let judges = (Some(&small), Some(&large));
    let run = |cancel: &CancelToken| score_manifest(&from, &out, judges, options, &places, cancel, &mut Silent);
    let scored = run(&CancelToken::default()).expect("it works");
    assert_eq!(scored, manifest::read(&out).expect("it was written"));
    assert_eq!((small.seen(), large.seen()), (5, 3));
    let models: Vec<Option<&str>> = scored.iter().map(model_of).collect();
    let [small_name, large_name] = [Some("small"), Some("large")];
    assert_eq!(models, [small_name, large_name, large_name, large_name, small_name, None, None, None]);
    let dropped: Vec<bool> = scored.iter().map(|row| row.reasons.iter().any(|it| it == SIEVE_REASON)).collect();
    assert_eq!(dropped, [true, false, false, false, true, false, false, false]);
    assert_eq!((scored[1].vqa_overall, scored[1].vqa_aesthetic), (Some(90.0), Some(45.0)));
    assert!(scored[6].error.is_some() && scored[7].vqa_overall == Some(1.0));

    // Again from the start: nothing is looked at twice, and a plan knows.
    let again = run(&CancelToken::default()).expect("it works");
    assert_eq!((small.seen(), large.seen()), (5, 3));
    assert_eq!(again, scored);
    let rest = ScorePlan::of(&again, options, networks.0, networks.1);
    assert_eq!((rest.sieve_clips, rest.judge_clips), (0, 0));
}

#[test]
fn a_cancelled_run_keeps_what_it_has_and_shares_are_checked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut rows: Vec<Row> = (0..6).map(|at| clip(folder.path(), &at.to_string(), at)).collect();
    let judge = Brightness::new("large");
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    let mut sink = move |progress: Progress| {
        if progress.done == 2 {
            stop.cancel();
        }
    };
    let mut save = |_: &[Row]| Ok(());
    let none: Option<&Brightness> = None;
    let options = ScoreOptions::default();
    let mut told = Vec::new();
    let mut done = |at: usize, row: &Row| told.push((at, row.vqa_overall));
    let mut watch = Watch { cancel: &cancel, sink: &mut sink, save: &mut save, done: &mut done };
    let places = Places::default();
    let clips = Clips::of(folder.path(), &places);
    let ended = fill_scores(&mut rows, &clips, (none, Some(&judge)), options, &mut watch);
    assert!(matches!(ended, Err(ScoreError::Cancelled(_))));
    assert_eq!(rows.iter().filter(|row| row.vqa_overall.is_some()).count(), 2);
    for share in [0.0, -1.0, 1.5, f64::NAN] {
        let options = ScoreOptions { sieve_share: share, ..options };
        let ended = fill_scores(&mut rows, &clips, (none, Some(&judge)), options, &mut watch);
        assert!(matches!(ended, Err(ScoreError::Share { .. })), "{share}");
    }
    told.sort_by_key(|(at, _)| *at);
    let known: Vec<_> = rows.iter().map(|row| row.vqa_overall).enumerate().filter(|(_, it)| it.is_some()).collect();
    assert_eq!(told, known, "each is told as it comes");
}
