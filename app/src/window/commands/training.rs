//! The training page's commands, and what its work reports: folders, captions, runs that begin, pause, go on and end.
//!
//! Not here: files and the training itself (`tasks::training`).

use std::path::Path;

use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::SamplerKind;

use super::command::TrainingCommand;
use super::effect::Effect;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::training::{
    Estimate, FinishedTraining, MOST_FRAMES, RANKS, RunEnd, RunningTraining, TrainingPlan, TrainingRun, UPDATES, Wish,
};
use crate::window::state::view::{DialogKind, Level, Remedy};
use crate::window::state::work::{OpenPurpose, TrainingEnd, TrainingOrder, TrainingReport};

/// Share of the clips whose caption is left out, where the model knows an empty prompt.
const DROP_CAPTIONS: f32 = 0.1;

impl State {
    /// Opens the training page.
    pub fn show_training(&mut self) {
        self.view.dialog = Some(DialogKind::Training);
        // What led here has done its work.
        self.view.notices.retain(|notice| notice.remedy != Some(Remedy::Run(Action::ShowTraining)));
    }

    /// Carries out a command of the training page.
    pub fn on_training_command(&mut self, command: TrainingCommand, effects: &mut Vec<Effect>) {
        let form = &mut self.training.form;
        match command {
            TrainingCommand::SetFolder(folder) => form.folder = folder,
            TrainingCommand::Look => {
                let folder = form.folder.trim().to_owned();
                if !folder.is_empty() {
                    self.look_at_clips(&super::dialogs::expand_home(&folder), effects);
                }
            }
            TrainingCommand::Browse => {
                if !self.view.choosing_file {
                    self.choose_file(OpenPurpose::TrainingClips, effects);
                }
            }
            TrainingCommand::SetName(name) => form.name = name,
            TrainingCommand::SetTrigger(word) => form.trigger = word,
            TrainingCommand::SetRank(rank) => {
                form.rank = rank.clamp(*RANKS.start(), *RANKS.end());
                self.training.forget_estimate();
            }
            TrainingCommand::SetUpdates(updates) => form.updates = updates.clamp(*UPDATES.start(), *UPDATES.end()),
            TrainingCommand::SetFrames(frames) => {
                form.frames = frames.min(MOST_FRAMES);
                self.training.forget_estimate();
                // Which clips are long enough depends on it.
                if let Some(folder) = self.training.list().map(|list| list.folder.clone()) {
                    self.look_at_clips(&folder, effects);
                }
            }
            TrainingCommand::SetDevice(device) => {
                form.device = device;
                self.training.forget_estimate();
            }
            TrainingCommand::SetCaption(index, caption) => self.training.edit(index, caption),
            TrainingCommand::KeepCaptions => self.keep_captions(effects),
            TrainingCommand::Measure => self.measure_training(effects),
            TrainingCommand::Start => self.start_training(effects),
            TrainingCommand::Pause => self.stop_training(Wish::Pause, effects),
            TrainingCommand::Finish => self.stop_training(Wish::Finish, effects),
            TrainingCommand::Resume(folder) => self.go_on(&folder, false, effects),
            TrainingCommand::FinishPaused(folder) => self.go_on(&folder, true, effects),
            TrainingCommand::Dismiss(folder) => {
                if let Some(run) = self.training.take_paused(&folder) {
                    let folder = folder.display().to_string();
                    let text = tr!("notices-run-dismissed", name = run.plan.name.as_str(), folder = folder);
                    self.view.notify(Level::Info, text);
                    effects.push(mark(run, RunEnd::Dismissed));
                }
            }
            TrainingCommand::CloseAfter => {
                self.view.dialog = None;
                self.training.closing = true;
                self.view.notify(Level::Info, tr!("notices-closes-after-training"));
            }
        }
    }

    /// Looks through a folder of clips, or the folder of a file.
    pub fn look_at_clips(&mut self, place: &Path, effects: &mut Vec<Effect>) {
        self.keep_captions(effects);
        self.view.dialog = Some(DialogKind::Training);
        self.training.form.folder = place.display().to_string();
        self.training.forget_estimate();
        let ticket = self.training.ask_for_clips();
        let own = self.models.limits().map_or(1, |limits| limits.default_frames);
        let frames = if self.training.form.frames == 0 { own } else { self.training.form.frames };
        let order = TrainingOrder::Look { ticket, place: place.to_owned(), frames: frames.max(1) as usize };
        effects.push(Effect::Training(order));
    }

    /// Writes the captions that were typed.
    pub fn keep_captions(&mut self, effects: &mut Vec<Effect>) {
        for (clip, caption) in self.training.take_unsaved() {
            effects.push(Effect::Training(TrainingOrder::KeepCaption { clip, caption }));
        }
    }

    /// Brings back the caption that was changed last.
    pub fn undo_caption(&mut self, effects: &mut Vec<Effect>) {
        // What is being typed is an edit too.
        self.keep_captions(effects);
        if let Some((clip, caption)) = self.training.undo_edit() {
            effects.push(Effect::Training(TrainingOrder::KeepCaption { clip, caption }));
        }
    }

    /// Why no training can begin now; `None` when one can.
    pub fn why_not_train(&self) -> Option<String> {
        let training = &self.training;
        let without_caption = |list: &crate::window::state::training::ClipList| {
            training.form.trigger.trim().is_empty() && list.without_caption() == list.clips.len()
        };
        if self.models.card().is_none() {
            Some(tr!("reasons-no-model"))
        } else if training.running.is_some() {
            Some(tr!("reasons-training"))
        } else if training.estimate == Estimate::Measuring {
            Some(tr!("reasons-measuring"))
        } else if training.looking {
            Some(tr!("reasons-reading-folder"))
        } else {
            match training.list() {
                None => Some(tr!("reasons-no-training-folder")),
                Some(list) if list.clips.is_empty() => Some(tr!("reasons-no-training-clip")),
                Some(list) if without_caption(list) => Some(tr!("reasons-no-caption")),
                Some(_) => training.form.file_stem().is_none().then(|| tr!("reasons-no-lora-name")),
            }
        }
    }

    /// Why time and memory cannot be measured now.
    pub fn why_not_measure(&self) -> Option<String> {
        let busy = self.jobs.busy().then(|| tr!("reasons-clip-would-be-measured"));
        self.why_not_train().or(busy)
    }

    /// What a run with the form as it stands is made of.
    fn training_plan(&self) -> Option<TrainingPlan> {
        let (form, limits) = (&self.training.form, self.models.limits()?);
        let model = match &self.models.source {
            ModelSource::Embedded => None,
            ModelSource::File(path) => Some(path.clone()),
        };
        Some(TrainingPlan {
            name: form.file_stem()?,
            clips: self.training.list()?.folder.clone(),
            trigger: Some(form.trigger.trim().to_owned()).filter(|word| !word.is_empty()),
            rank: form.rank,
            updates: form.updates,
            frames: form.frames,
            // Few-step models know no empty prompt.
            drop_captions: if limits.sampler == SamplerKind::Turbo { 0.0 } else { DROP_CAPTIONS },
            grid_secs: TrainingPlan::grid_secs_of(model.is_none()),
            device: form.device,
            model,
            output: Default::default(),
        })
    }

    fn measure_training(&mut self, effects: &mut Vec<Effect>) {
        self.keep_captions(effects);
        if self.why_not_measure().is_none()
            && let Some(plan) = self.training_plan()
        {
            self.training.estimate = Estimate::Measuring;
            effects.push(Effect::Training(TrainingOrder::Measure(plan)));
        }
    }

    /// Begins a run.
    pub fn start_training(&mut self, effects: &mut Vec<Effect>) {
        if self.why_not_train().is_some() {
            return;
        }
        self.keep_captions(effects);
        if let Some(plan) = self.training_plan() {
            self.run_training(TrainingRun { plan: plan.clone(), ..TrainingRun::default() });
            effects.push(Effect::Training(TrainingOrder::Start(plan)));
        }
    }

    fn run_training(&mut self, run: TrainingRun) {
        (self.training.problem, self.training.finished, self.training.closing) = (None, None, false);
        self.training.running =
            Some(RunningTraining { run, device: None, progress: None, wish: Wish::Train, writing: false });
    }

    /// Goes on with a run that was stopped, or has its LoRA written as it is.
    pub(super) fn go_on(&mut self, folder: &Path, only_write: bool, effects: &mut Vec<Effect>) {
        if self.training.running.is_some() || self.training.estimate == Estimate::Measuring {
            return;
        }
        let Some(run) = self.training.take_paused(folder) else { return };
        let (folder, plan) = (folder.to_owned(), run.plan.clone());
        if self.training.clips.is_none() && !self.training.looking {
            // A run of an earlier session: its clips are shown beside it.
            let form = &mut self.training.form;
            (form.rank, form.updates, form.frames, form.device) = (plan.rank, plan.updates, plan.frames, plan.device);
            form.trigger = plan.trigger.clone().unwrap_or_default();
            self.look_at_clips(&plan.clips, effects);
        }
        self.run_training(run);
        let order =
            if only_write { TrainingOrder::Finish { folder, plan } } else { TrainingOrder::Resume { folder, plan } };
        effects.push(Effect::Training(order));
    }

    pub(super) fn stop_training(&mut self, wish: Wish, effects: &mut Vec<Effect>) {
        if self.training.estimate == Estimate::Measuring {
            effects.push(Effect::Training(TrainingOrder::Stop));
        } else if let Some(running) = self.training.running.as_mut().filter(|running| !running.writing) {
            running.wish = wish;
            effects.push(Effect::Training(TrainingOrder::Stop));
        }
    }

    /// The window is to close: a run under way is stopped first, and closes it when its checkpoint is written. Whether there is one.
    pub fn close_after_training(&mut self, effects: &mut Vec<Effect>) -> bool {
        if self.training.running.is_none() {
            return false;
        }
        self.stop_training(Wish::Pause, effects);
        self.training.closing = true;
        self.view.notify(Level::Info, tr!("notices-closes-after-checkpoint"));
        true
    }

    /// What work on the training page reports.
    pub fn on_training(&mut self, report: TrainingReport, effects: &mut Vec<Effect>) {
        let training = &mut self.training;
        match report {
            TrainingReport::Found(runs) => self.on_runs_found(runs),
            TrainingReport::Listed { ticket, clips } => training.set_clips(ticket, clips),
            TrainingReport::Picture { ticket, index, picture } => training.set_picture(ticket, index, picture),
            TrainingReport::NotKept { clip, reason } => {
                training.not_saved(&clip);
                self.view.notify(Level::Error, tr!("notices-caption-not-saved", reason = reason));
            }
            TrainingReport::Measured(measured) => {
                training.estimate = match measured {
                    Ok(Some(measured)) => Estimate::Known(measured),
                    Ok(None) => Estimate::Unknown,
                    Err(error) => Estimate::Failed(error),
                };
            }
            TrainingReport::Begun { folder, plan, device } => {
                if let Some(running) = &mut training.running {
                    (running.run.folder, running.run.plan, running.device) = (folder, *plan, Some(device));
                }
            }
            TrainingReport::Before(losses) => {
                if let Some(running) = &mut training.running {
                    running.run.losses = Vec::new();
                    running.run.add_losses(&losses);
                }
            }
            TrainingReport::Updates { losses, progress } => {
                if let Some(running) = &mut training.running {
                    running.run.add_losses(&losses);
                    running.run.done = progress.progress.done;
                    running.progress = Some(progress);
                }
            }
            TrainingReport::LeftOut(reason) => self.view.notify(Level::Warning, reason),
            TrainingReport::Grid(grid) => {
                if let Some(running) = &mut training.running {
                    running.run.grid = Some(grid);
                }
            }
            TrainingReport::Writing => {
                if let Some(running) = &mut training.running {
                    running.writing = true;
                }
            }
            TrainingReport::Ended(ended) => self.on_training_end(ended, effects),
            TrainingReport::Done => {}
            TrainingReport::NotMarked(error) => self.view.notify(Level::Warning, error),
        }
    }

    fn on_runs_found(&mut self, runs: Vec<TrainingRun>) {
        if let [run, more @ ..] = &runs[..] {
            let name = run.plan.name.as_str();
            let text = match more.len() {
                0 => tr!("notices-training-interrupted", name = name),
                more => tr!("notices-trainings-interrupted", name = name, more = more),
            };
            self.view.notify_with(Level::Warning, text, Some(Remedy::Run(Action::ShowTraining)));
        }
        self.training.paused.extend(runs);
    }

    fn on_training_end(&mut self, ended: Result<TrainingEnd, String>, effects: &mut Vec<Effect>) {
        let Some(RunningTraining { run, wish, .. }) = self.training.running.take() else { return };
        let name = run.plan.name.clone();
        let is_open = self.view.dialog == Some(DialogKind::Training);
        let remedy = (!is_open).then_some(Remedy::Run(Action::ShowTraining));
        let mut closing = std::mem::take(&mut self.training.closing);
        match ended {
            Ok(TrainingEnd::Finished) => {
                let path = run.plan.output.clone();
                self.on_trained(&run.plan, effects);
                self.training.finished = Some(FinishedTraining { run, path });
            }
            Ok(TrainingEnd::Paused) if wish == Wish::Finish => {
                let folder = run.folder.clone();
                self.training.paused.insert(0, run);
                self.go_on(&folder, true, effects);
                self.training.closing = closing;
                closing = false;
            }
            Ok(TrainingEnd::Paused) => {
                self.training.paused.insert(0, run);
                self.view.notify_with(Level::Info, tr!("notices-training-paused", name = name), remedy);
                if !closing {
                    self.training_goes_on(effects);
                }
            }
            Err(error) => {
                let text = tr!("notices-training-stopped", name = name, error = error);
                // Nothing was begun without a folder.
                if !run.folder.as_os_str().is_empty() {
                    self.training.paused.insert(0, run);
                }
                self.training.problem = Some(text.clone());
                if !is_open {
                    self.view.notify_with(Level::Error, text, remedy);
                }
                // Whoever stopped it to close need not stay for the reason, whoever waits for the end must.
                closing &= wish == Wish::Pause;
            }
        }
        if closing {
            self.view.close_agreed = true;
            effects.push(Effect::Close);
        }
    }

    /// A LoRA was trained: it goes into the list, and its trigger word is told.
    fn on_trained(&mut self, plan: &TrainingPlan, effects: &mut Vec<Effect>) {
        let path = plan.output.clone();
        let is_of_model = match (&plan.model, &self.models.source) {
            (None, ModelSource::Embedded) => true,
            (Some(trained), ModelSource::File(used)) => trained == used,
            _ => false,
        };
        if is_of_model {
            self.on_lora(path, None);
        } else {
            // Whether it fits the model that is open now must be looked at.
            self.inspect(path, true, effects);
        }
        if let Some(word) = &plan.trigger {
            self.form.loras.set_trigger(plan.output.clone(), word.clone());
            let text = tr!("notices-lora-trained", name = plan.name.as_str(), word = word.as_str());
            self.view.notify(Level::Info, text);
        }
    }
}

fn mark(run: TrainingRun, end: RunEnd) -> Effect {
    Effect::Training(TrainingOrder::Mark { folder: run.folder, plan: run.plan, end })
}
