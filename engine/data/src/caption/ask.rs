//! The questions of a manifest, and several workers that ask them.

use std::collections::HashMap;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use hummingbird_base::CancelToken;
use hummingbird_chat::{ChatClient, ChatError, ServerSettings};

use super::desk::{Desk, Done};
use super::journal::Outcome;
use super::pictures::{self, NoPictures};
use super::question::{Hash, Look, estimated_tokens, hash, request};
use super::{CaptionError, CaptionOptions, MOST_FRAMES, MOST_PARALLEL, REQUEST_COLUMN, accepted};
use crate::clips::Clips;
use crate::manifest::Row;

/// Bounds of a picture's longer side, in pixels.
const SIDES: [u32; 2] = [32, 4096];

/// A question about a caption, and the rows that have it.
#[derive(Debug)]
pub(super) struct Question {
    pub hash: Hash,
    /// One at least.
    pub rows: Vec<usize>,
}

impl Question {
    /// The caption that is rewritten: the first that there was.
    pub fn before<'a>(&self, row: &'a Row) -> &'a str {
        before(row)
    }
}

fn before(row: &Row) -> &str {
    match &row.text_original {
        Some(original) => original,
        // Written from frames alone: manifests know no original that is empty.
        None if was_rewritten(row) => "",
        None => &row.text,
    }
}

fn was_rewritten(row: &Row) -> bool {
    row.text_original.is_some() || row.extra.get(REQUEST_COLUMN).is_some_and(|request| !request.is_null())
}

/// What came of a question.
#[derive(Debug)]
pub(super) struct Answered {
    /// The question's number.
    pub index: usize,
    pub outcome: Outcome,
    /// What it took.
    pub tokens: u64,
    /// Whether the server did not say so.
    pub is_estimated: bool,
}

/// A manifest and what is to be asked about it.
#[derive(Debug)]
pub(super) struct Job<'a> {
    pub rows: Vec<Row>,
    pub questions: Vec<Question>,
    /// Rows that were rewritten before and stay.
    pub kept: u64,
    /// Rows without anything to rewrite.
    pub without: u64,
    clips: &'a Clips<'a>,
    client: ChatClient,
    look: Look,
    parallel: usize,
}

impl<'a> Job<'a> {
    /// Finds what is to be asked about the rows of a manifest; the server is asked for its model where none was named.
    pub fn begin(
        rows: Vec<Row>,
        clips: &'a Clips<'a>,
        options: &CaptionOptions,
        cancel: &CancelToken,
    ) -> Result<Self, CaptionError> {
        let CaptionOptions { server, chat, parallel, frames, picture_side: side, again, .. } = options;
        let (parallel, look) = (*parallel, Look { frames: *frames, side: *side });
        if !(1..=MOST_PARALLEL).contains(&parallel) {
            return Err(CaptionError::Parallel { questions: parallel, most: MOST_PARALLEL });
        }
        if look.frames > MOST_FRAMES {
            return Err(CaptionError::Frames { frames: look.frames, most: MOST_FRAMES });
        }
        let [least, most] = SIDES;
        if !(least..=most).contains(&look.side) {
            return Err(CaptionError::Side { side: look.side, least, most });
        }
        let client = ChatClient::new(server, chat.clone())?;
        let model = client.model(cancel)?;
        let client = ChatClient::new(&ServerSettings { model: model.clone(), ..server.clone() }, chat.clone())?;
        let (mut questions, mut numbers) = (Vec::<Question>::new(), HashMap::new());
        let (mut kept, mut without) = (0, 0);
        for (at, row) in rows.iter().enumerate() {
            cancel.check()?;
            let nothing = look.frames == 0 && before(row).trim().is_empty();
            // Before filtering a reason is as good as a drop.
            let is_kept = row.keep.unwrap_or(row.reasons.is_empty());
            if !is_kept || row.error.is_some() || nothing {
                without += 1;
            } else if was_rewritten(row) && !again {
                kept += 1;
            } else {
                let hash = hash(&model, before(row), row, look);
                let number = *numbers.entry(hash).or_insert(questions.len());
                if number == questions.len() {
                    questions.push(Question { hash, rows: Vec::new() });
                }
                questions[number].rows.push(at);
            }
        }
        Ok(Self { rows, questions, kept, without, clips, client, look, parallel })
    }

    /// Asks the chosen questions; `settle` has each answer on the caller's thread, as it comes. The first error of `settle` ends it.
    pub fn ask(
        &self,
        chosen: &[usize],
        desk: &Desk,
        cancel: &CancelToken,
        mut settle: impl FnMut(Answered) -> Result<(), CaptionError>,
    ) -> Result<(), CaptionError> {
        let part = cancel.part();
        thread::scope(|scope| {
            let (sender, answers) = sync_channel(self.parallel);
            let mut started = Ok(());
            for worker in 0..self.parallel.min(chosen.len()) {
                let (sender, part) = (sender.clone(), &part);
                let thread = thread::Builder::new().name(format!("hummingbird-caption-{worker}"));
                let spawned = thread.spawn_scoped(scope, move || self.work(chosen, desk, &sender, part));
                if let Err(error) = spawned {
                    // The others do its share.
                    let detail = error.to_string();
                    started = if worker == 0 { Err(CaptionError::Thread { detail }) } else { Ok(()) };
                    break;
                }
            }
            drop(sender);
            let settled = answers.into_iter().try_for_each(&mut settle);
            // Nobody takes further answers.
            if settled.is_err() {
                part.cancel();
            }
            started.and(settled)
        })
    }

    fn work(&self, chosen: &[usize], desk: &Desk, answers: &SyncSender<Answered>, cancel: &CancelToken) {
        let estimate = |at: usize| {
            let row = &self.rows[self.questions[chosen[at]].rows[0]];
            self.look.estimated_tokens(before(row))
        };
        while let Some(at) = desk.next(estimate, cancel) {
            let Some((answered, done)) = self.ask_one(chosen[at], cancel) else {
                desk.done(0, Done::NotAsked);
                return;
            };
            desk.done(answered.tokens, done);
            if answers.send(answered).is_err() {
                return;
            }
        }
    }

    /// Asks one; `None` after a cancel.
    fn ask_one(&self, index: usize, cancel: &CancelToken) -> Option<(Answered, Done)> {
        let row = &self.rows[self.questions[index].rows[0]];
        let answered = |outcome, tokens, is_estimated| Answered { index, outcome, tokens, is_estimated };
        let pictures = match pictures::of_row(row, self.clips, self.look, cancel) {
            Ok(pictures) => pictures,
            Err(NoPictures::Cancelled(_)) => return None,
            Err(NoPictures::Why(why)) => return Some((answered(Outcome::Failed(why), 0, false), Done::NotAsked)),
        };
        let before = before(row);
        let request = request(before, pictures);
        let estimate = |answer: &str| estimated_tokens(&request, answer);
        match self.client.ask(&request, cancel) {
            Ok(answer) => {
                let tokens = answer.usage.map(|usage| usage.question_tokens + usage.answer_tokens);
                let outcome = match accepted(before, &answer.text) {
                    Ok(text) => Outcome::Rewritten { text, model: answer.model },
                    Err(fault) => Outcome::Refused(fault.to_string()),
                };
                let is_estimated = tokens.is_none();
                Some((
                    answered(outcome, tokens.unwrap_or_else(|| estimate(&answer.text)), is_estimated),
                    Done::Answered,
                ))
            }
            Err(ChatError::Cancelled(_)) => None,
            // The model says too much here; it answers all the same.
            Err(error @ ChatError::CutOff { most_tokens }) => {
                let tokens = estimate("") + u64::from(most_tokens);
                Some((answered(Outcome::Refused(error.to_string()), tokens, true), Done::Answered))
            }
            Err(error) => {
                // Whoever is slow may well work on it, and count it.
                let is_taken = matches!(error, ChatError::TooSlow { .. } | ChatError::TooLarge { .. });
                let tokens = if is_taken { estimate("") } else { 0 };
                Some((answered(Outcome::Failed(error.to_string()), tokens, is_taken), Done::Failed(error)))
            }
        }
    }
}
