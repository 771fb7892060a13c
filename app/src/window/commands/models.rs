//! The model manager's commands and reports: opening, downloads, checks, removals with their undo, and what dropped files are.
//!
//! Not here: files and the network (`tasks::models`).

use std::path::PathBuf;
use std::slice;

use hummingbird_engine::model::ModelSource;
use hummingbird_engine::weights::store::Presence;

use super::command::ModelCommand;
use super::effect::Effect;
use crate::language::tr;
use crate::sentences::in_words;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::loras::file_name;
use crate::window::state::models::{Doing, FileKind, Removed, has_weight_ending};
use crate::window::state::view::{DialogKind, Level, Remedy};
use crate::window::state::work::{ModelEnd, ModelOrder, ModelReport, OpenPurpose};

impl State {
    /// Opens a model, after a question if jobs would be lost.
    pub fn open_model(&mut self, source: ModelSource, effects: &mut Vec<Effect>) {
        if self.jobs.busy() {
            self.view.dialog = Some(DialogKind::SwitchModel(source));
        } else {
            self.open_model_now(source, effects);
        }
    }

    /// Opens a model without a question.
    pub fn open_model_now(&mut self, source: ModelSource, effects: &mut Vec<Effect>) {
        let ticket = self.models.choose(source.clone());
        effects.push(Effect::OpenModel { source, ticket });
    }

    /// Opens the model manager, with what is here now.
    pub fn show_models(&mut self, effects: &mut Vec<Effect>) {
        self.view.dialog = Some(DialogKind::Models);
        self.list_models(effects);
        self.search_folders(effects);
    }

    /// Lists what is in the models folder.
    pub fn list_models(&mut self, effects: &mut Vec<Effect>) {
        effects.push(Effect::Models(ModelOrder::List(self.models.ask_for_listing())));
    }

    /// Carries out a command of the model manager.
    pub fn on_model_command(&mut self, command: ModelCommand, effects: &mut Vec<Effect>) {
        match command {
            ModelCommand::Get(key) => match self.models.row(&key) {
                // Whoever has read the licence and started the download need not read it again to go on.
                Some(row) if row.is_accepted && row.presence == Presence::Partial => self.get(key, false, effects),
                Some(_) => self.view.dialog = Some(DialogKind::Licence(key)),
                None => {}
            },
            ModelCommand::Use(path) => {
                self.view.dialog = None;
                self.open_model(ModelSource::File(path), effects);
            }
            ModelCommand::Check(key) => {
                if self.models.begin(&key, Doing::Check) {
                    effects.push(Effect::Models(ModelOrder::Check { key }));
                }
            }
            ModelCommand::Remove(key) => match self.models.row(&key) {
                Some(row) if self.why_not_remove(row).is_some() => {}
                // What has arrived of a download cannot be brought back, and may have taken hours.
                Some(row) if row.presence == Presence::Partial => self.view.dialog = Some(DialogKind::Discard(key)),
                Some(_) => self.remove(key, effects),
                None => {}
            },
            ModelCommand::Cancel(key) => {
                self.models.cancel(&key);
                effects.push(Effect::Models(ModelOrder::Cancel { key }));
            }
        }
    }

    /// The licence was accepted or the download goes on.
    pub fn get(&mut self, key: String, is_accepted: bool, effects: &mut Vec<Effect>) {
        if self.models.begin(&key, Doing::Get) {
            effects.push(Effect::Models(ModelOrder::Get { key, is_accepted }));
        }
    }

    /// Takes a model's files away.
    pub fn remove(&mut self, key: String, effects: &mut Vec<Effect>) {
        let names = self.models.row(&key).map(|row| row.whole.clone()).unwrap_or_default();
        if self.models.begin(&key, Doing::Move) {
            effects.push(Effect::Models(ModelOrder::Remove { key, names }));
        }
    }

    /// Brings back what was removed last.
    pub fn undo_remove(&mut self, effects: &mut Vec<Effect>) {
        match self.models.removed.pop() {
            Some(Removed::Model { key, names }) => {
                if self.models.begin(&key, Doing::Move) {
                    effects.push(Effect::Models(ModelOrder::Restore { key, names }));
                } else {
                    self.models.removed.push(Removed::Model { key, names });
                }
            }
            Some(Removed::Lora { index, choice }) => self.restore_lora(index, choice),
            None => {}
        }
    }

    /// What the store reports.
    pub fn on_models(&mut self, report: ModelReport, effects: &mut Vec<Effect>) {
        match report {
            ModelReport::Listed { ticket, listing } => self.models.set_listing(ticket, listing),
            ModelReport::Searched { ticket, found } => self.models.others.set_found(ticket, found),
            ModelReport::Progress { key, progress } => self.models.progress(&key, &progress),
            ModelReport::Ended { key, ended } => {
                self.on_model_end(&key, ended);
                self.list_models(effects);
            }
            ModelReport::Inspected { path, only_lora, model, kind, unfit } => {
                if kind == Ok(FileKind::Lora) && model != self.models.source {
                    // Another model was opened meanwhile: whether the LoRA fits that one is not known yet.
                    self.inspect(path, only_lora, effects);
                } else {
                    self.on_inspected(path, only_lora, kind, unfit, effects);
                }
            }
            ModelReport::Fitted { model, unfit, triggers } => {
                triggers.into_iter().for_each(|(path, word)| self.form.loras.set_trigger(path, word));
                self.on_fitted(&model, unfit);
            }
            ModelReport::Opened => {}
            ModelReport::NotOpened(error) => self.view.notify(Level::Warning, error),
        }
    }

    fn on_model_end(&mut self, key: &str, ended: Result<ModelEnd, String>) {
        self.models.end(key);
        let title = self.models.title(key);
        match ended {
            Ok(ModelEnd::Got) => {
                let remedy = (self.view.dialog != Some(DialogKind::Models)).then_some(Remedy::Run(Action::ShowModels));
                self.view.notify_with(Level::Info, tr!("models-got", model = title), remedy);
            }
            Ok(ModelEnd::Checked(found)) => {
                self.view.notify(Level::Info, tr!("models-checked", model = title, found = found));
            }
            Ok(ModelEnd::Removed(names)) if names.is_empty() => {
                self.view.notify(Level::Info, tr!("models-part-deleted", model = title));
            }
            Ok(ModelEnd::Removed(names)) => {
                self.models.can_undo(Removed::Model { key: key.to_owned(), names });
                self.models.keeps_removed_files = true;
                let text = tr!("models-removed", model = title);
                self.view.notify_with(Level::Info, text, Some(Remedy::Run(Action::UndoRemove)));
            }
            Ok(ModelEnd::Restored) => self.view.notify(Level::Info, tr!("models-restored", model = title)),
            Ok(ModelEnd::Cancelled) => {
                self.view.notify(Level::Info, tr!("models-stopped", model = title));
            }
            Err(error) => self.view.notify(Level::Error, tr!("models-failed", model = title, reason = error)),
        }
    }

    /// Asks what a file is, and whether it fits the open model if it is a LoRA.
    pub fn inspect(&self, path: PathBuf, only_lora: bool, effects: &mut Vec<Effect>) {
        effects.push(Effect::Models(ModelOrder::Inspect { path, only_lora, model: self.models.source.clone() }));
    }

    fn on_inspected(
        &mut self,
        path: PathBuf,
        only_lora: bool,
        kind: Result<FileKind, String>,
        unfit: Option<String>,
        effects: &mut Vec<Effect>,
    ) {
        let name = file_name(&path);
        match kind {
            Ok(FileKind::Lora) => self.on_lora(path, unfit),
            Ok(FileKind::Model) if only_lora => self.view.notify_with(
                Level::Warning,
                tr!("models-dropped-model", file = name),
                Some(Remedy::OpenModel(path)),
            ),
            Ok(FileKind::Model) => self.open_model(ModelSource::File(path), effects),
            Ok(FileKind::Previews) => self.view.notify(Level::Warning, tr!("models-dropped-previews", file = name)),
            Ok(FileKind::Part) => self.view.notify_with(
                Level::Warning,
                tr!("models-part-dropped", file = name),
                Some(Remedy::CompleteModel(path)),
            ),
            Ok(FileKind::Foreign(kind)) => {
                let what = in_words(&kind);
                self.view.notify_with(
                    Level::Warning,
                    tr!("models-dropped-foreign", file = name, kind = what),
                    Some(Remedy::Run(Action::ShowModels)),
                );
            }
            Ok(FileKind::Unknown) => self.view.notify_with(
                Level::Warning,
                tr!("models-dropped-unknown", file = name),
                Some(Remedy::Run(Action::ShowModels)),
            ),
            // The dialog comes back with the reason, so that another path is one step away.
            Err(error) if only_lora && self.view.dialog.is_none() => {
                let path = path.display().to_string();
                self.view.dialog = Some(DialogKind::Open { purpose: OpenPurpose::Lora, path, problem: Some(error) });
            }
            Err(error) if has_weight_ending(&path) => self.view.notify(Level::Error, error),
            Err(_) => {
                if !self.drop_on_data(slice::from_ref(&path), effects) {
                    self.view.notify(Level::Warning, tr!("notices-file-unknown", name = name));
                }
            }
        }
    }
}
