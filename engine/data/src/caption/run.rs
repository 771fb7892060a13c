//! From one manifest to another, and a preview of it.

use std::collections::BTreeMap;
use std::path::Path;

use hummingbird_base::CancelToken;
use hummingbird_base::progress::{Note, Progress, ProgressSink, StageName, Unit};
use serde_json::Value;

use super::ask::{Answered, Job};
use super::desk::{Desk, Stop};
use super::journal::{Entry, Journal, Outcome, path_of};
use super::question::written;
use super::{
    CaptionError, CaptionOptions, CaptionReport, Ended, MODEL_COLUMN, PREVIEW_CLIPS, REFUSED_COLUMN, REQUEST_COLUMN,
    Sample,
};
use crate::clips::Clips;
use crate::manifest;
use crate::objects::Places;

/// The stage of progress.
const STAGE: StageName = StageName("caption");

/// Rewrites the captions of the manifest at `from` and writes the result to `out`, also where the budget or the server ended the run:
/// what has no new caption keeps its own. After a cancel nothing is written but the journal, with which the next run goes on.
/// Progress counts clips, and its `tokens` are those so far.
///
/// # Errors
/// [`CaptionError`].
pub fn caption(
    from: &Path,
    out: &Path,
    options: &CaptionOptions,
    places: &Places,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<CaptionReport, CaptionError> {
    // Nothing is spent on what could not be written.
    if !manifest::is_manifest(out) {
        return Err(manifest::ManifestError::Form { path: out.to_owned() }.into());
    }
    let _lock = manifest::Lock::take(out)?;
    let (rows, folder) = (manifest::read(from)?, manifest::folder_of(from));
    let clips = Clips::of(&folder, places);
    let (rows, report) = caption_rows(rows, &clips, &path_of(out), options, cancel, sink)?;
    manifest::write(out, &rows)?;
    Ok(report)
}

/// Rewrites the captions of rows of a manifest, with the journal at `path`.
///
/// # Errors
/// [`CaptionError`]; the journal has what was answered by then.
pub fn caption_rows(
    rows: Vec<manifest::Row>,
    clips: &Clips<'_>,
    path: &Path,
    options: &CaptionOptions,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<(Vec<manifest::Row>, CaptionReport), CaptionError> {
    let job = Job::begin(rows, clips, options, cancel)?;
    let journal_error = |source| CaptionError::Journal { path: path.to_owned(), source };
    let mut journal = Journal::open(path).map_err(journal_error)?;
    let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(job.questions.len());
    for question in &job.questions {
        let known = journal.answers.get(&question.hash).cloned();
        outcomes.push(known.filter(|it| !options.refused_again || matches!(it, Outcome::Rewritten { .. })));
    }
    journal.answers.clear();
    let clips = |index: usize| job.questions[index].rows.len() as u64;
    let (known, open): (Vec<usize>, Vec<usize>) = (0..outcomes.len()).partition(|at| outcomes[*at].is_some());
    let from_journal: u64 = known.into_iter().map(clips).sum();
    let total: u64 = (0..outcomes.len()).map(clips).sum();

    let tokens_before = journal.tokens;
    let (mut done, mut tokens, mut is_estimated) = (from_journal, 0, false);
    let progress = |done: u64, tokens: u64| {
        let note = Note::Measured(vec![("tokens", (tokens_before + tokens) as f64)]);
        Progress::new(STAGE, Unit::Clips, done, Some(total)).noting(note)
    };
    sink.progress(progress(done, tokens));
    let desk = Desk::new(open.len(), options.budget_tokens, tokens_before, journal.most_tokens);
    let asked = job.ask(&open, &desk, cancel, |answered| {
        let Answered { index, outcome, tokens: taken, is_estimated: guessed } = answered;
        let question = &job.questions[index];
        let row = &job.rows[question.rows[0]];
        let before = question.before(row);
        journal
            .note(Entry {
                hash: &question.hash,
                id: &row.id,
                path: &row.path,
                before,
                outcome: &outcome,
                tokens: taken,
            })
            .map_err(journal_error)?;
        outcomes[index] = Some(outcome);
        (done, tokens, is_estimated) = (done + clips(index), tokens + taken, is_estimated | guessed);
        sink.progress(progress(done, tokens));
        Ok(())
    });
    journal.sync().map_err(journal_error)?;
    asked?;
    cancel.check()?;

    let mut report = CaptionReport {
        clips: job.rows.len() as u64,
        rewritten: 0,
        refused: 0,
        failed: 0,
        kept: job.kept,
        without: job.without,
        left: 0,
        from_journal,
        tokens,
        tokens_before,
        is_estimated,
        refusals: BTreeMap::new(),
        failures: BTreeMap::new(),
        ended: match desk.stop() {
            None => Ended::Done,
            Some(Stop::Budget) => Ended::Budget,
            Some(Stop::Failing(error)) => Ended::Failing(error),
        },
    };
    let rows = job.with_outcomes(outcomes, &mut report);
    Ok((rows, report))
}

impl Job<'_> {
    /// The rows with what came of their questions.
    fn with_outcomes(self, outcomes: Vec<Option<Outcome>>, report: &mut CaptionReport) -> Vec<manifest::Row> {
        let Self { mut rows, questions, .. } = self;
        for (question, outcome) in questions.into_iter().zip(outcomes) {
            let clips = question.rows.len() as u64;
            match &outcome {
                None => report.left += clips,
                Some(Outcome::Rewritten { .. }) => report.rewritten += clips,
                Some(Outcome::Refused(why)) => {
                    report.refused += clips;
                    *report.refusals.entry(why.clone()).or_default() += clips;
                }
                Some(Outcome::Failed(why)) => {
                    report.failed += clips;
                    *report.failures.entry(why.clone()).or_default() += clips;
                }
            }
            for &at in &question.rows {
                let row = &mut rows[at];
                match &outcome {
                    Some(Outcome::Rewritten { text, model }) => {
                        let before = std::mem::replace(&mut row.text, text.clone());
                        row.text_original.get_or_insert(before);
                        row.extra.insert(MODEL_COLUMN.to_owned(), Value::from(model.as_str()));
                        row.extra.insert(REQUEST_COLUMN.to_owned(), Value::from(written(&question.hash)));
                        row.extra.remove(REFUSED_COLUMN);
                    }
                    Some(Outcome::Refused(why)) => {
                        row.extra.insert(REFUSED_COLUMN.to_owned(), Value::from(why.as_str()));
                    }
                    Some(Outcome::Failed(_)) | None => {}
                }
            }
        }
        rows
    }
}

/// Asks about [`PREVIEW_CLIPS`] captions, evenly over the manifest, and writes nothing.
///
/// # Errors
/// [`CaptionError`], and what the server fails with.
pub fn preview(
    from: &Path,
    options: &CaptionOptions,
    places: &Places,
    cancel: &CancelToken,
) -> Result<Vec<Sample>, CaptionError> {
    let clips = Clips::of(&manifest::folder_of(from), places);
    let job = Job::begin(manifest::read(from)?, &clips, options, cancel)?;
    let all = job.questions.len();
    let count = all.min(PREVIEW_CLIPS);
    let chosen: Vec<usize> = (0..count).map(|at| at * all / count).collect();
    let desk = Desk::new(count, options.budget_tokens, 0, 0);
    let mut answers: BTreeMap<usize, Answered> = BTreeMap::new();
    job.ask(&chosen, &desk, cancel, |answered| {
        answers.insert(answered.index, answered);
        Ok(())
    })?;
    cancel.check()?;
    if let Some(Stop::Failing(error)) = desk.stop() {
        return Err(error.into());
    }
    let sample = |answered: Answered| {
        let question = &job.questions[answered.index];
        let row = &job.rows[question.rows[0]];
        let (after, why) = match answered.outcome {
            Outcome::Rewritten { text, .. } => (Some(text), None),
            Outcome::Refused(why) | Outcome::Failed(why) => (None, Some(why)),
        };
        let before = question.before(row).to_owned();
        Sample { path: row.path.clone(), before, after, why, tokens: answered.tokens }
    };
    Ok(answers.into_values().map(sample).collect())
}
