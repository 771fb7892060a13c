//! How good clips look, into the rows of a manifest: a cheap network looks at all of them, a large one at what is left.
//!
//! What a network needs of this file is [`Judge`]. [`ScorePlan`] says what a run costs before it begins. Clips are decoded on threads
//! of their own while the network looks at those before.

mod dover;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use hummingbird_base::message::{self, Message};
use hummingbird_base::progress::{Progress, ProgressSink, StageName, Unit};
use hummingbird_base::{CancelToken, Cancelled};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

pub use self::dover::DoverJudge;
use crate::clip::{ClipError, ClipSource};
use crate::clips::Clips;
use crate::manifest::{self, ManifestError, Row};
use crate::objects::Places;

/// The column of the network that gave the scores.
pub const MODEL_COLUMN: &str = "vqa_model";
/// The column of the cheap network's overall score.
pub const SIEVE_COLUMN: &str = "vqa_sieve";
/// Why clips are dropped that the cheap network puts at the low end.
pub const SIEVE_REASON: &str = "vqa_sieve";
/// The cheap network's look.
pub const SIEVE: StageName = StageName("vqa sieve");
/// The large network's.
pub const SCORE: StageName = StageName("vqa");
/// Time between two writes of what is known so far.
const SAVE: Duration = Duration::from_secs(60);
/// Threads that decode ahead.
const DECODERS: usize = 2;

/// Scores of a clip, 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VqaScores {
    /// Of what makes it pleasing.
    pub aesthetic: f64,
    /// Of what makes it hard to see.
    pub technical: f64,
    /// Of both.
    pub overall: f64,
}

/// A network that looks at clips.
pub trait Judge: Sync {
    /// What it sees of a clip: small, whatever the clip is.
    type Views: Send;

    /// Its name, for [`MODEL_COLUMN`].
    fn name(&self) -> &str;

    /// What a clip costs, in GFLOP.
    fn gflop(&self) -> f64;

    /// Takes what it needs of a clip, frame by frame. Several are taken at once.
    ///
    /// # Errors
    /// Why the clip cannot be looked at, in words; `None` after a cancel.
    fn views(&self, clip: &ClipSource, cancel: &CancelToken) -> Result<Self::Views, Option<String>>;

    /// Its scores.
    ///
    /// # Errors
    /// [`Cancelled`] when `cancel` was asked for.
    fn scores(&self, views: Self::Views, cancel: &CancelToken) -> Result<VqaScores, Cancelled>;
}

/// How clips are scored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreOptions {
    /// The share of clips that the cheap network lets through, above 0 and up to 1.
    pub sieve_share: f64,
    /// Whether clips are scored too that other stages have reasons to drop.
    pub all: bool,
}

impl Default for ScoreOptions {
    fn default() -> Self {
        Self { sieve_share: 0.8, all: false }
    }
}

/// Why clips could not be scored.
#[derive(Debug, Error, Message)]
#[message("score")]
#[non_exhaustive]
pub enum ScoreError {
    /// The owner stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A manifest cannot be read or written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The store of the clips cannot be asked.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// A share that is none.
    #[error("the cheap network cannot let {share} of the clips through: choose a share above 0 and up to 1")]
    Share {
        /// What was asked for.
        share: f64,
    },
}

/// What a run will do, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScorePlan {
    /// Clips of the manifest.
    pub clips: u64,
    /// Clips that the cheap network looks at.
    pub sieve_clips: u64,
    /// Clips that the large one looks at, at most.
    pub judge_clips: u64,
    /// Work of both, in TFLOP.
    pub tflop: f64,
}

impl ScorePlan {
    /// Of a manifest's rows, for the networks that there are.
    pub fn of(rows: &[Row], options: ScoreOptions, sieve: Option<Network<'_>>, judge: Option<Network<'_>>) -> Self {
        let eligible = || rows.iter().filter(|row| is_eligible(row, options));
        let count = |is_counted: &dyn Fn(&Row) -> bool| eligible().filter(|row| is_counted(row)).count();
        let judged = |row: &Row| judge.is_some_and(|judge| model_of(row) == Some(judge.name));
        let sieve_clips = sieve.map_or(0, |_| count(&|row| sieve_score(row).is_none() && !judged(row)));
        let judge_clips = match (sieve, judge) {
            (_, None) => 0,
            (None, Some(_)) => count(&|row| !judged(row)),
            (Some(_), Some(_)) => {
                let sieved = count(&|row| sieve_score(row).is_some()) + sieve_clips;
                let done = count(&|row| sieve_score(row).is_some() && judged(row));
                passing(sieved, options.sieve_share).saturating_sub(done)
            }
        };
        let work =
            |clips: usize, network: Option<Network<'_>>| clips as f64 * network.map_or(0.0, |it| it.gflop) / 1000.0;
        Self {
            clips: rows.len() as u64,
            sieve_clips: sieve_clips as u64,
            judge_clips: judge_clips as u64,
            tflop: work(sieve_clips, sieve) + work(judge_clips, judge),
        }
    }

    /// Seconds on a device of so many TFLOP a second.
    pub fn secs(&self, tflop_per_sec: f64) -> f64 {
        self.tflop / tflop_per_sec
    }
}

/// A network, for a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Network<'a> {
    /// Its name.
    pub name: &'a str,
    /// What a clip costs, in GFLOP.
    pub gflop: f64,
}

impl<'a> Network<'a> {
    /// That of a judge.
    pub fn of(judge: &'a impl Judge) -> Self {
        Self { name: judge.name(), gflop: judge.gflop() }
    }
}

/// Clips of so many that pass the cheap network.
fn passing(clips: usize, share: f64) -> usize {
    ((clips as f64 * share).ceil() as usize).min(clips)
}

/// Whether a clip is scored here: it can be read, nothing speaks against it, and its scores are not from elsewhere.
fn is_eligible(row: &Row, options: ScoreOptions) -> bool {
    let is_left = options.all || row.reasons.iter().all(|reason| reason == SIEVE_REASON);
    let is_ours = row.vqa_overall.is_none() || model_of(row).is_some();
    row.error.is_none() && row.keep != Some(false) && is_left && is_ours
}

fn model_of(row: &Row) -> Option<&str> {
    row.extra.get(MODEL_COLUMN)?.as_str()
}

fn sieve_score(row: &Row) -> Option<f64> {
    row.extra.get(SIEVE_COLUMN)?.as_f64().filter(|score| score.is_finite())
}

/// Scores the rows of a manifest: by `sieve` all of them, by `judge` those that it lets through; those at its low end get a
/// reason. Rows that are scored already stay, so that a run goes on where another ended. `save` is handed the rows now and then.
///
/// # Errors
/// [`ScoreError`]; what is done by then is in the rows.
pub fn fill_scores<S: Judge, J: Judge>(
    rows: &mut [Row],
    clips: &Clips<'_>,
    (sieve, judge): (Option<&S>, Option<&J>),
    options: ScoreOptions,
    watch: &mut Watch<'_>,
) -> Result<(), ScoreError> {
    let share = options.sieve_share;
    if !(share > 0.0 && share <= 1.0) {
        return Err(ScoreError::Share { share });
    }
    let judge_name = judge.map(|judge| judge.name().to_owned());
    let is_judged = |row: &Row| judge_name.is_some() && model_of(row) == judge_name.as_deref();
    if let Some(sieve) = sieve {
        let open = |row: &Row| is_eligible(row, options) && sieve_score(row).is_none() && !is_judged(row);
        let put = |row: &mut Row, scores: VqaScores| {
            row.extra.insert(SIEVE_COLUMN.to_owned(), Value::from(scores.overall));
            put(row, scores, sieve.name());
        };
        pass(rows, clips, sieve, SIEVE, open, put, watch)?;
        let mut order: Vec<(usize, f64)> = (0..rows.len())
            .filter(|at| is_eligible(&rows[*at], options))
            .filter_map(|at| Some((at, sieve_score(&rows[at])?)))
            .collect();
        // The better first; of equals the one that comes first in the manifest.
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let passed = passing(order.len(), share);
        for (place, (at, _)) in order.into_iter().enumerate() {
            let reasons = &mut rows[at].reasons;
            reasons.retain(|reason| reason != SIEVE_REASON);
            if place >= passed {
                reasons.push(SIEVE_REASON.to_owned());
            }
        }
    }
    if let Some(judge) = judge {
        let is_through = |row: &Row| sieve.is_none() || !row.reasons.iter().any(|reason| reason == SIEVE_REASON);
        let open = |row: &Row| is_eligible(row, options) && is_through(row) && !is_judged(row);
        pass(rows, clips, judge, SCORE, open, |row, scores| put(row, scores, judge.name()), watch)?;
    }
    Ok(())
}

/// Who watches a run.
pub struct Watch<'a> {
    /// Asks it to stop.
    pub cancel: &'a CancelToken,
    /// Is told how far it is, in clips of each stage.
    pub sink: &'a mut dyn ProgressSink,
    /// Keeps what is known so far.
    pub save: &'a mut dyn FnMut(&[Row]) -> Result<(), ManifestError>,
    /// Is handed each row with its number when a network has looked at its clip.
    pub done: &'a mut dyn FnMut(usize, &Row),
}

fn put(row: &mut Row, scores: VqaScores, model: &str) {
    let VqaScores { aesthetic, technical, overall } = scores;
    (row.vqa_aesthetic, row.vqa_technical, row.vqa_overall) = (Some(aesthetic), Some(technical), Some(overall));
    row.extra.insert(MODEL_COLUMN.to_owned(), Value::from(model));
}

/// Why a network sees nothing of a clip.
enum NoViews {
    Said(String),
    Store(ClipError),
    Cancelled,
}

/// One network over the rows that are open to it. Some threads take views; the network looks at them on this one.
fn pass<J: Judge>(
    rows: &mut [Row],
    clips: &Clips<'_>,
    judge: &J,
    stage: StageName,
    is_open: impl Fn(&Row) -> bool,
    put: impl Fn(&mut Row, VqaScores),
    watch: &mut Watch<'_>,
) -> Result<(), ScoreError> {
    // Rows are written here while the threads read paths.
    let stretch = |row: &Row| {
        let Row { path, start_frame, frames, .. } = row;
        Row { path: path.clone(), start_frame: *start_frame, frames: *frames, ..Row::default() }
    };
    let open: Vec<(usize, Row)> =
        rows.iter().enumerate().filter(|(_, row)| is_open(row)).map(|(at, row)| (at, stretch(row))).collect();
    let total = Some(open.len() as u64);
    watch.sink.progress(Progress::new(stage, Unit::Clips, 0, total));
    let (next, part) = (AtomicUsize::new(0), watch.cancel.part());
    let look = |row: &Row| {
        let clip = clips.open(row, &part).map_err(|error| match error {
            error if error.is_about_all() => NoViews::Store(error),
            error => NoViews::Said(error.to_string()),
        })?;
        judge.views(&clip, &part).map_err(|said| said.map_or(NoViews::Cancelled, NoViews::Said))
    };
    thread::scope(|scope| {
        let (sender, views) = sync_channel(DECODERS);
        for _ in 0..DECODERS.min(open.len()) {
            let (sender, open, next, look, part) = (sender.clone(), &open, &next, &look, &part);
            scope.spawn(move || {
                while let Some((at, row)) =
                    open.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !part.is_cancelled())
                {
                    if sender.send((*at, look(row))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut saved = Instant::now();
        let ended: Result<(), ScoreError> = (1..).zip(views).try_for_each(|(done, (at, views))| {
            watch.cancel.check()?;
            match views {
                Ok(views) => put(&mut rows[at], judge.scores(views, watch.cancel)?),
                Err(NoViews::Said(why)) => rows[at].error = Some(why),
                Err(NoViews::Store(error)) => return Err(error.into()),
                Err(NoViews::Cancelled) => return Err(Cancelled.into()),
            }
            (watch.done)(at, &rows[at]);
            watch.sink.progress(Progress::new(stage, Unit::Clips, done, total));
            if saved.elapsed() >= SAVE {
                (watch.save)(rows)?;
                saved = Instant::now();
            }
            Ok(())
        });
        // Nobody takes further views.
        if ended.is_err() {
            part.cancel();
        }
        ended
    })?;
    watch.cancel.check()?;
    Ok(())
}

/// Scores the manifest at `from` into `out`, which is written now and then, at the end and at a cancel: a run that was killed goes on
/// from it.
///
/// # Errors
/// [`ScoreError`].
pub fn score_manifest<S: Judge, J: Judge>(
    from: &Path,
    out: &Path,
    judges: (Option<&S>, Option<&J>),
    options: ScoreOptions,
    places: &Places,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<Vec<Row>, ScoreError> {
    let _lock = manifest::Lock::take(out)?;
    let mut rows = resumed(from, out)?;
    // Paths are those of the output from here on.
    let [folder, target] = [from, out].map(manifest::folder_of);
    manifest::rebase(&mut rows, &folder, &target);
    let mut save = |rows: &[Row]| manifest::write(out, rows);
    let mut watch = Watch { cancel, sink, save: &mut save, done: &mut |_, _| () };
    let ended = fill_scores(&mut rows, &Clips::of(&target, places), judges, options, &mut watch);
    manifest::write(out, &rows)?;
    ended.map(|()| rows)
}

/// The rows of a manifest with the scores that an earlier run wrote to `out`.
///
/// # Errors
/// Manifests that cannot be read.
pub fn resumed(from: &Path, out: &Path) -> Result<Vec<Row>, ManifestError> {
    let mut rows = manifest::read(from)?;
    if !out.exists() || from == out {
        return Ok(rows);
    }
    let key = |row: &Row| (row.id.clone(), row.start_frame, row.frames);
    let before = manifest::read(out)?.into_iter().filter(|row| !row.id.is_empty() && model_of(row).is_some());
    let before: HashMap<_, Row> = before.map(|row| (key(&row), row)).collect();
    for row in rows.iter_mut().filter(|row| row.vqa_overall.is_none()) {
        let Some(scored) = before.get(&key(row)) else { continue };
        (row.vqa_aesthetic, row.vqa_technical) = (scored.vqa_aesthetic, scored.vqa_technical);
        row.vqa_overall = scored.vqa_overall;
        for column in [MODEL_COLUMN, SIEVE_COLUMN] {
            if let Some(value) = scored.extra.get(column) {
                row.extra.insert(column.to_owned(), value.clone());
            }
        }
    }
    Ok(rows)
}

#[cfg(test)]
pub(crate) mod tests;
