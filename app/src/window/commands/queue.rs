//! The queue: what its commands do, how it hands jobs to the engine, and how it takes them back.

use hummingbird_engine::job::{JobId, Outcome};
use hummingbird_engine::jobs::journal::JobKey;
use hummingbird_engine::request::GenerateRequest;

use super::command::QueueCommand;
use super::effect::Effect;
use super::paused::other_model;
use crate::language::tr;
use crate::when_done::{GRACE_SECS, WhenDone};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::{Keeping, ResultClip};
use crate::window::state::jobs::Return;
use crate::window::state::library::LibraryStatus;
use crate::window::state::models::ModelStatus;
use crate::window::state::paused::{Halt, JournalOrder};
use crate::window::state::queue::{JobPlan, QueueId, QueuedJob};
use crate::window::state::view::{DialogKind, Level, Remedy};

impl State {
    /// Something that was done in the queue's list.
    pub fn on_queue_command(&mut self, command: QueueCommand, effects: &mut Vec<Effect>) {
        match command {
            QueueCommand::Select(id) => self.queue.selected = Some(id),
            QueueCommand::Move(id, to) => self.move_job(id, to),
            QueueCommand::Do(id, action) => {
                self.queue.selected = Some(id);
                self.apply(super::command::Command::Run(action), effects);
            }
            QueueCommand::StopEditing => self.queue.editing = None,
        }
    }

    /// An action on the queue.
    pub fn run_in_queue(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let selected = self.queue.selected().map(|job| job.id);
        match (action, selected) {
            (Action::PauseQueue, _) => self.pause_queue(effects),
            (Action::ResumeQueue, _) => self.resume_queue(),
            (Action::StopAfter, _) => self.queue.stops_after = !self.queue.stops_after,
            (Action::SkipJob, _) => {
                if let Some(running) = &self.jobs.running {
                    self.take_back(running.id, Return::End, effects);
                }
            }
            (Action::RetryFailed, _) => self.retry_failed(),
            (Action::EditJob, Some(id)) => self.edit_job(id),
            (Action::DuplicateJob, Some(id)) => self.duplicate(id, effects),
            (Action::MoveJobUp | Action::MoveJobDown, Some(id)) => {
                if let Some(at) = self.queue.index(id) {
                    let to = if action == Action::MoveJobUp { at.saturating_sub(1) } else { at + 1 };
                    self.move_job(id, to);
                }
            }
            (Action::RemoveJob, Some(id)) => {
                let title = self.queue.get(id).map(QueuedJob::title).unwrap_or_default();
                self.remove_jobs(&[id], tr!("notices-job-removed", title = title));
            }
            (Action::UndoQueue, _) => {
                for job in self.queue.undo() {
                    self.paused.orders.push(JournalOrder::Queue(Box::new(job)));
                }
                let remedy = Some(Remedy::Run(Action::UndoQueue));
                self.view.notices.retain(|notice| notice.remedy != remedy);
            }
            _ => {}
        }
    }

    /// The queue is about to get a job: whether it begins anew decides what its counts are of.
    pub fn begin_queue(&mut self) {
        if !self.jobs.busy() && self.queue.jobs.is_empty() {
            (self.queue.done, self.queue.worked) = (0, false);
        }
    }

    /// Puts a job into the queue; `key` is that of the journal.
    pub fn enqueue(&mut self, request: GenerateRequest, key: Option<JobKey>, plan: JobPlan) {
        self.begin_queue();
        let moves = plan.after.is_some();
        let model = plan.model.clone().unwrap_or_else(|| self.models.source.clone());
        let id = self.queue.add(request, model, key, plan);
        self.estimate(Some(id));
        if moves && let Some(index) = self.queue.index(id) {
            for job in &self.queue.jobs[index..] {
                self.paused.orders.push(JournalOrder::Queue(Box::new(job.clone())));
            }
        }
        if self.queue.is_paused {
            self.say_paused();
        }
    }

    /// A job stands in the queue that was kept already.
    pub fn queued(&mut self, id: QueueId) {
        self.estimate(Some(id));
        if let Some(job) = self.queue.get(id).filter(|job| job.key.is_some()) {
            self.paused.orders.push(JournalOrder::Queue(Box::new(job.clone())));
        }
        if self.queue.is_paused {
            self.say_paused();
        }
    }

    pub(super) fn say_paused(&mut self) {
        let remedy = Some(Remedy::Run(Action::ResumeQueue));
        let text =
            if self.devices.power.queue_waits { tr!("notices-waits-for-power") } else { tr!("notices-queue-paused") };
        self.view.notify_with(Level::Info, text, remedy);
    }

    /// Works out again what jobs will take: one of them, or all.
    pub fn estimate(&mut self, id: Option<QueueId>) {
        let Some(sha256) = self.models.card().map(|card| card.sha256.clone()) else { return };
        let (times, source) = (&self.queue.times, &self.models.source);
        for job in self.queue.jobs.iter_mut().filter(|job| id.is_none_or(|id| id == job.id)) {
            let is_own = job.model == *source && job.latent.is_none();
            job.secs = if is_own { times.estimate(&job.request, &sha256, job.steps_done) } else { None };
        }
    }

    /// Seconds until the queue is done; `None` where nothing tells.
    pub fn queue_secs(&self) -> Option<f32> {
        let running = self.jobs.running.as_ref();
        let since_secs = running.map_or(0.0, |running| (self.view.now_secs - running.heard_secs).max(0.0) as f32);
        let left = running.and_then(|running| running.progress?.eta_secs).map(|secs| (secs - since_secs).max(1.0));
        let waiting = || self.queue.jobs.iter().filter(|job| !job.is_held);
        let (known, sum) =
            waiting().filter_map(|job| job.secs).fold((0, 0.0), |(count, sum), secs| (count + 1, sum + secs));
        let unknown = waiting().count() - known;
        let typical = if known > 0 { Some(sum / known as f32) } else { self.typical_secs() };
        let unknown_secs = if unknown > 0 { typical? * unknown as f32 } else { 0.0 };
        let left = if running.is_some() { left.or(typical)? } else { 0.0 };
        (running.is_some() || known + unknown > 0).then_some(left + sum + unknown_secs)
    }

    /// What the running job takes in all, for those of which nothing is known.
    fn typical_secs(&self) -> Option<f32> {
        let progress = self.jobs.running.as_ref()?.progress?;
        Some(progress.elapsed_secs + progress.eta_secs?)
    }

    /// The next job, once the engine has nothing in hand.
    pub fn feed_queue(&mut self, effects: &mut Vec<Effect>) {
        if self.jobs.busy() || !matches!(self.models.status, ModelStatus::Ready(_)) {
            return;
        }
        if let Some(id) = self.queue.next(&self.models.source).map(|job| job.id)
            && let Some(job) = self.queue.take(id)
        {
            self.queue.worked = true;
            effects.push(Effect::Hand(Box::new(job)));
        }
    }

    /// What happens when the queue is done is asked; what was about to happen does not.
    pub fn ask_when_done(&mut self) {
        self.queue.acts_at_secs = None;
        self.view.dialog = Some(DialogKind::WhenDone);
    }

    /// The queue may be done. What the user is told of it, once.
    pub fn queue_ends(&mut self) -> Option<String> {
        let goes_on = self.jobs.busy() || self.queue.is_paused || self.queue.next(&self.models.source).is_some();
        if goes_on || !std::mem::take(&mut self.queue.worked) {
            return None;
        }
        let done = self.queue.done;
        if done == 0 {
            return None;
        }
        let failed = self.paused.jobs.iter().filter(|job| matches!(job.halt, Halt::Failed(_))).count();
        if self.queue.when_done != WhenDone::Nothing {
            self.queue.acts_at_secs = Some(f64::INFINITY);
        }
        Some(match failed {
            0 => tr!("notices-queue-done", count = done),
            failed => tr!("notices-queue-done-failed", count = done, failed = failed),
        })
    }

    /// What is to be done now that the queue is done: not before every clip is a file, and the user has had time to say no. When
    /// to look again, in seconds of the window's clock.
    pub fn acts_when_done(&mut self) -> (Option<(WhenDone, String)>, Option<f64>) {
        let Some(at_secs) = self.queue.acts_at_secs else { return (None, None) };
        if self.jobs.busy() {
            self.queue.acts_at_secs = None;
            return (None, None);
        }
        let is_kept = |clip: &ResultClip| !matches!(clip.keeping, Keeping::Wanted | Keeping::UnderWay);
        let are_kept = self.library.status != LibraryStatus::Open || self.results.clips.iter().all(is_kept);
        let is_idle = are_kept && self.exports.running.is_empty() && self.training.running.is_none();
        if at_secs.is_infinite() {
            if is_idle {
                let at_secs =
                    self.view.now_secs + if self.queue.when_done == WhenDone::Sleep { GRACE_SECS } else { 0.0 };
                self.queue.acts_at_secs = Some(at_secs);
                if self.queue.when_done == WhenDone::Sleep {
                    let text = tr!("notices-computer-sleeps");
                    self.view.notify_with(Level::Warning, text, Some(Remedy::Run(Action::WhenDone)));
                }
                return (None, Some(at_secs));
            }
            return (None, None);
        }
        if self.view.now_secs < at_secs {
            return (None, Some(at_secs));
        }
        self.queue.acts_at_secs = None;
        self.view.notices.retain(|notice| notice.remedy != Some(Remedy::Run(Action::WhenDone)));
        (Some((self.queue.when_done, self.queue.done_command.clone())), None)
    }

    /// The engine took a job of the queue.
    pub fn on_handed(&mut self, id: JobId, job: QueuedJob) {
        let shown = self.results.shown;
        self.on_submitted(id, job.request.clone());
        if self.queue.done > 0 {
            // Within a queue the clip that is looked at stays.
            self.results.shown = shown;
        }
        self.jobs.set_queued(id, job);
    }

    /// The engine did not take a job of the queue: the others would not fare better.
    pub fn on_not_handed(&mut self, job: QueuedJob) {
        self.queue.put_first(job);
        self.queue.is_paused = true;
    }

    /// Stops the queue, inside of a clip too: what its last step left is kept, and memory is given back.
    pub(super) fn pause_queue(&mut self, effects: &mut Vec<Effect>) {
        (self.queue.is_paused, self.queue.stops_after) = (true, false);
        let jobs = self.jobs.in_order_of_cancelling();
        self.queue.gives_back = jobs.is_empty();
        for job in jobs {
            self.take_back(job, Return::Front, effects);
        }
    }

    /// Sets the queue going again, with the jobs of the last session.
    pub(super) fn resume_queue(&mut self) {
        self.devices.power.queue_waits = false;
        self.withdraw_paused();
        self.queue.is_paused = false;
        self.queue.gives_back = false;
        self.queue.jobs.iter_mut().for_each(|job| job.is_held = false);
        self.estimate(None);
        if let Some(other) = self.queue.jobs.iter().find(|job| job.model != self.models.source) {
            let (text, remedy) = other_model(&other.model);
            self.view.notify_with(Level::Warning, text, Some(remedy));
        }
    }

    /// Nothing says any longer that the queue is paused.
    pub(super) fn withdraw_paused(&mut self) {
        self.view.notices.retain(|notice| notice.remedy != Some(Remedy::Run(Action::ResumeQueue)));
    }

    fn take_back(&mut self, job: JobId, to: Return, effects: &mut Vec<Effect>) {
        self.jobs.returning.insert(job, to);
        if let Some(running) = self.jobs.running(job) {
            running.cancelling = true;
        }
        effects.push(Effect::Cancel(job));
    }

    /// A job of the engine goes back to the queue, with what its last step left.
    pub fn requeue(&mut self, id: JobId, to: Return) {
        let Some(request) = self.jobs.request_of(id).cloned() else { return };
        let steps_done = self.steps_kept(id);
        let picture = self.jobs.live.as_ref().filter(|live| live.job == id).map(|live| live.frames.clone());
        let before = self.jobs.queued_of(id).cloned();
        let key = before.as_ref().map_or_else(|| self.jobs.key_of(id), |job| job.key);
        let model = before.as_ref().map_or_else(|| self.models.source.clone(), |job| job.model.clone());
        let (note, latent) = before.map(|job| (job.note, job.latent)).unwrap_or_default();
        let (id, is_held) = (QueueId(0), false);
        let mut job = QueuedJob { id, key, request, model, note, steps_done, latent, is_held, picture, secs: None };
        let id = match to {
            Return::Front => self.queue.put_first(job),
            Return::End => {
                job.note.place = self.queue.jobs.last().map(|last| last.place().saturating_add(1)).or(job.note.place);
                self.queue.put(job)
            }
        };
        self.estimate(Some(id));
        if let Some(job) = self.queue.get(id).filter(|job| job.key.is_some()) {
            self.paused.orders.push(JournalOrder::Queue(Box::new(job.clone())));
        }
    }

    /// A job of the engine has ended, in whatever way.
    pub fn queue_went_on(&mut self) {
        if std::mem::take(&mut self.queue.stops_after) {
            self.queue.is_paused = true;
        }
        if self.queue.is_paused && !self.jobs.busy() {
            self.queue.gives_back = true;
        }
    }

    /// A clip is finished: what it took is noted.
    pub fn note_times(&mut self, job: JobId, outcome: &Outcome) {
        self.queue.done += 1;
        let Some((steps, secs)) = self.jobs.running(job).map(|running| running.sampling.took()) else { return };
        // A job that went on after a pause says nothing of whole ones.
        if self.jobs.steps_before(job) == 0 && steps > 0 {
            self.queue.times.note(outcome, steps, secs);
            self.queue.times_changed = true;
            self.estimate(None);
            self.form.look_ahead(&self.models, &self.queue.times);
        }
    }

    fn move_job(&mut self, id: QueueId, to: usize) {
        for job in self.queue.shift(id, to) {
            if job.key.is_some() {
                self.paused.orders.push(JournalOrder::Queue(Box::new(job)));
            }
        }
        self.queue.selected = Some(id);
    }

    /// Takes jobs out; it can be undone.
    pub fn remove_jobs(&mut self, ids: &[QueueId], said: String) {
        let before = self.queue.removed.len();
        for gone in self.queue.remove(ids) {
            self.paused.orders.extend(gone.key.map(JournalOrder::Forget));
        }
        if self.queue.removed.len() == before && ids.is_empty() {
            return;
        }
        for job in self.queue.removed.last().into_iter().flatten().filter(|job| job.key.is_some()) {
            self.paused.orders.push(JournalOrder::Remove(Box::new(job.clone())));
        }
        self.view.notify_with(Level::Info, said, Some(Remedy::Run(Action::UndoQueue)));
    }

    /// Removals can be undone no longer: the window closes.
    pub fn forget_removed(&mut self) {
        for job in std::mem::take(&mut self.queue.removed).into_iter().flatten() {
            self.paused.orders.extend(job.key.map(JournalOrder::Forget));
        }
    }

    fn duplicate(&mut self, id: QueueId, effects: &mut Vec<Effect>) {
        if let Some(job) = self.queue.get(id) {
            let note = hummingbird_engine::jobs::journal::JobNote { place: None, cell: None, ..job.note.clone() };
            let (latent, model) = (job.latent.clone(), Some(job.model.clone()));
            let plan = JobPlan { note, latent, after: Some(id), model };
            effects.push(Effect::Enqueue(vec![(job.request.clone(), plan)]));
        }
    }

    /// Puts the settings of a job into the form: the next Generate replaces the job.
    fn edit_job(&mut self, id: QueueId) {
        if let Some(request) = self.queue.get(id).map(|job| job.request.clone()) {
            self.form.controls.adopt(&request);
            self.settings_replaced();
            self.queue.editing = Some(id);
        }
    }

    /// Replaces the job that is being edited; false where there is none.
    pub fn replace_edited(&mut self, request: &GenerateRequest) -> bool {
        let Some(id) = self.queue.editing.take() else { return false };
        let Some(job) = self.queue.get_mut(id) else { return false };
        if job.request != *request {
            // What was sampled with other settings is worth nothing.
            (job.steps_done, job.picture, job.latent) = (0, None, None);
            job.request = request.clone();
            job.note.cell = None;
            self.paused.orders.extend(job.key.map(JournalOrder::StartAgain));
        }
        job.model = self.models.source.clone();
        let title = job.title();
        self.queued(id);
        self.view.notify(Level::Info, tr!("notices-job-changed", title = title));
        true
    }

    /// Why an action on the queue cannot be done now.
    pub fn why_not_in_queue(&self, action: Action) -> Option<String> {
        let not_made = || tr!("reasons-no-clip-being-made");
        let not_selected = || tr!("reasons-no-job-selected");
        let queue = &self.queue;
        let nothing = !self.jobs.busy() && queue.jobs.is_empty();
        let selected = || queue.selected().and_then(|job| queue.index(job.id));
        match action {
            Action::PauseQueue => {
                queue.is_paused.then(|| tr!("reasons-queue-paused")).or(nothing.then(|| tr!("reasons-queue-idle")))
            }
            Action::ResumeQueue => match &self.models.status {
                ModelStatus::Opening => Some(tr!("reasons-model-opening")),
                _ => (!queue.is_paused && queue.held().next().is_none()).then(|| tr!("reasons-queue-not-paused")),
            },
            Action::StopAfter => self.jobs.running.is_none().then(not_made),
            Action::SkipJob => self
                .jobs
                .running
                .is_none()
                .then(not_made)
                .or(queue.next(&self.models.source).is_none().then(|| tr!("reasons-no-other-waits"))),
            Action::RetryFailed => {
                let failed = self.paused.jobs.iter().any(|job| matches!(job.halt, Halt::Failed(_)));
                (!failed).then(|| tr!("reasons-none-failed"))
            }
            Action::JoinGrid => (!queue.grids.is_under_way()).then(|| tr!("reasons-no-grid")),
            Action::SaveQueue => nothing.then(|| tr!("reasons-queue-empty")),
            Action::UndoQueue => queue.removed.is_empty().then(|| tr!("reasons-nothing-removed-from-queue")),
            Action::MoveJobUp => match selected() {
                None => Some(not_selected()),
                Some(at) => (at == 0).then(|| tr!("reasons-first-of-queue")),
            },
            Action::MoveJobDown => match selected() {
                None => Some(not_selected()),
                Some(at) => (at + 1 == queue.jobs.len()).then(|| tr!("reasons-last-of-queue")),
            },
            _ => selected().is_none().then(not_selected),
        }
    }
}
