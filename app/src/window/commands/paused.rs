//! Jobs that stand still: how they come to, and how they go on.

use std::path::PathBuf;

use hummingbird_engine::job::{JobId, Stage};
use hummingbird_engine::jobs::journal::{JobKey, JournalEntry, Standing};
use hummingbird_engine::model::ModelSource;

use super::command::JobCommand;
use super::effect::Effect;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::short;
use crate::window::state::loras::file_name;
use crate::window::state::paused::{Halt, JournalOrder, PausedJob};
use crate::window::state::queue::{QueueId, QueuedJob};
use crate::window::state::view::{DialogKind, Level, Remedy};

/// How long what goes on next time stands in the window before it closes, in seconds.
const CLOSING_SECS: f64 = 1.5;

impl State {
    /// What the journal holds of processes that are gone.
    pub fn on_restored(&mut self, entries: Vec<JournalEntry>, set_aside: &[PathBuf]) {
        for JournalEntry { key, request, model, standing, note, steps_done } in entries {
            let halt = match standing {
                Standing::Queued => {
                    let (key, id) = (Some(key), QueueId(0));
                    let (is_held, latent, picture, secs) = (true, None, None, None);
                    let job = QueuedJob { id, key, request, model, note, steps_done, latent, is_held, picture, secs };
                    self.queue.put(job);
                    continue;
                }
                Standing::Cancelled => Halt::Cancelled,
                Standing::Failed(reason) => Halt::Failed(reason),
            };
            self.paused.restore(PausedJob { key, request, model, note, steps_done, halt });
        }
        if let Some(text) = self.held_words() {
            self.view.notify_with(Level::Warning, text, Some(Remedy::Run(Action::ResumeQueue)));
        }
        for path in set_aside {
            let text = tr!("notices-queue-file-damaged", path = path.display().to_string());
            self.view.notify(Level::Warning, text);
        }
    }

    /// What is said of the clips of the queue that stand still: "2 unfinished clips (the first at step 7 of 20) …".
    fn held_words(&self) -> Option<String> {
        let first = self.queue.held().next()?;
        let count = self.queue.held().count();
        Some(match first.progress_words() {
            None => tr!("notices-unfinished", count = count),
            Some(place) => tr!("notices-unfinished-at", count = count, place = place),
        })
    }

    /// A job of the engine stands still from now on; one that is in no journal is gone. Its key, where it has one.
    pub fn pause(&mut self, job: JobId, halt: Halt) -> Option<JobKey> {
        let (key, request) = (self.jobs.key_of(job)?, self.jobs.request_of(job)?.clone());
        let (steps_done, note) = (self.steps_kept(job), self.jobs.queued_of(job).map(|it| it.note.clone()));
        let (note, model) = (note.unwrap_or_default(), self.models.source.clone());
        self.paused.add(PausedJob { key, request, model, note, steps_done, halt });
        Some(key)
    }

    /// Steps of a job of the engine that are done and kept.
    pub fn steps_kept(&mut self, job: JobId) -> u32 {
        let Some(clip) = self.jobs.request_of(job).map(|request| request.clip.clone()) else { return 0 };
        let progress = self.jobs.running(job).and_then(|running| running.progress);
        let steps = progress.map_or(0, |progress| match progress.stage {
            Stage::Denoise => progress.done,
            Stage::Decode => clip.steps,
            _ => 0,
        });
        // With the feature cache a job goes on only at some of its steps.
        let kept = (1..=steps).rev().find(|&step| clip.reuse.can_go_on_at(step as usize));
        kept.unwrap_or(0).max(self.jobs.steps_before(job))
    }

    /// A button of a job that stands still.
    pub fn on_job_command(&mut self, command: JobCommand) {
        match command {
            JobCommand::Resume(key) => self.resume(key),
            JobCommand::StartAgain(key) => {
                if let Some(job) = self.paused.jobs.iter_mut().find(|job| job.key == key) {
                    job.steps_done = 0;
                    self.paused.orders.push(JournalOrder::StartAgain(key));
                }
                self.resume(key);
            }
            JobCommand::Drop(key) => self.paused.drop(key),
        }
    }

    /// Tries every job again that has failed.
    pub fn retry_failed(&mut self) {
        let failed = self.paused.jobs.iter().filter(|job| matches!(job.halt, Halt::Failed(_)));
        let keys: Vec<JobKey> = failed.map(|job| job.key).collect();
        // Each goes before the others: the first is the last to.
        keys.into_iter().rev().for_each(|key| self.resume(key));
    }

    /// Puts a job that stands still before the others of the queue.
    fn resume(&mut self, key: JobKey) {
        let Some(job) = self.paused.get(key) else { return };
        if self.models.card().is_none() || job.model != self.models.source {
            let (text, remedy) = other_model(&job.model);
            self.view.notify_with(Level::Warning, text, Some(remedy));
        } else if let Some(job) = self.paused.take(key) {
            let PausedJob { key, request, model, note, steps_done, .. } = job;
            let (id, key, is_held, latent, picture, secs) = (QueueId(0), Some(key), false, None, None, None);
            self.begin_queue();
            let job = QueuedJob { id, key, request, model, note, steps_done, latent, is_held, picture, secs };
            let id = self.queue.put_first(job);
            self.queued(id);
        }
    }

    /// The window is to close: nothing is lost by it, and it says what goes on next time. Whether it closes at once.
    pub fn begin_closing(&mut self) -> bool {
        let is_closing = matches!(self.view.dialog, Some(DialogKind::Closing { .. }));
        let says = !self.closing_words().is_empty();
        if is_closing || !says {
            return true;
        }
        self.view.dialog = Some(DialogKind::Closing { since_secs: self.view.now_secs });
        false
    }

    /// What stays for the next session, line by line.
    pub fn closing_words(&self) -> Vec<String> {
        let mut words = Vec::new();
        match self.jobs.count() + self.queue.jobs.len() {
            0 => {}
            count => words.push(tr!("notices-closing-jobs", count = count)),
        }
        if let Some(running) = &self.jobs.running
            && let Some(progress) = running.progress.filter(|progress| progress.stage == Stage::Denoise)
            && progress.done > 0
        {
            let prompt = short(&running.request.clip.prompt, 40);
            words.push(tr!("notices-closing-step", prompt = prompt, step = progress.done, steps = progress.total));
        }
        match self.exports.running.len() {
            0 => {}
            count => words.push(tr!("notices-closing-exports", count = count)),
        }
        words
    }

    /// Closes the window once everything that was said can have been read, and exports are done. When to look again, in seconds
    /// of the window's clock.
    pub fn tick_closing(&mut self, effects: &mut Vec<Effect>) -> Option<f64> {
        let Some(DialogKind::Closing { since_secs }) = self.view.dialog else { return None };
        let end = since_secs + CLOSING_SECS;
        if self.view.now_secs < end {
            return Some(end);
        }
        if self.close_loses() {
            // A clip was finished meanwhile.
            self.view.dialog = Some(DialogKind::Close);
        } else if self.exports.running.is_empty() {
            self.view.close_agreed = true;
            effects.push(Effect::Close);
        }
        None
    }
}

/// What is said of a job whose model is not open, and what helps.
pub fn other_model(model: &ModelSource) -> (String, Remedy) {
    match model {
        ModelSource::Embedded => (tr!("notices-begun-with-demo"), Remedy::Run(Action::UseDemoModel)),
        ModelSource::File(path) => {
            (tr!("notices-begun-with", model = file_name(path)), Remedy::OpenModel(path.clone()))
        }
    }
}
