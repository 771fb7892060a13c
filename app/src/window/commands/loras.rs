//! The list of LoRAs: what goes in and out of it, what the last clip wants of it, and what does not fit the open model.
//!
//! Not here: looking into files (`tasks::models`), the list in the window (`panels::loras`).

use std::path::{Path, PathBuf};

use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::request::LoraChoice;

use super::effect::Effect;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::controls::Place;
use crate::window::state::loras::file_name;
use crate::window::state::models::Removed;
use crate::window::state::view::{Level, Remedy};
use crate::window::state::work::ModelOrder;

impl State {
    /// Puts a LoRA into the list, at the strength of the clip that asked for it.
    pub fn add_lora(&mut self, path: PathBuf) {
        let name = file_name(&path);
        if self.form.lists_lora(&path) {
            self.view.notify(Level::Info, tr!("notices-lora-there", name = name));
            return;
        }
        let text = match self.list_lora(path) {
            Some(strength) => {
                let clip = self.form.loras.wanted_by();
                tr!("notices-lora-added-as-in", name = name, strength = strength.to_string(), clip = clip)
            }
            None => tr!("notices-lora-added", name = name),
        };
        self.view.notify(Level::Info, text);
    }

    /// Appends a LoRA to the list; its strength where the last clip has asked for it.
    fn list_lora(&mut self, path: PathBuf) -> Option<f32> {
        let wanted = self.take_wanted(&path);
        self.form.controls.asked.loras.push(LoraChoice { path, strength: wanted.unwrap_or(1.0) });
        self.edited(Place::Loras);
        wanted
    }

    fn take_wanted(&mut self, path: &Path) -> Option<f32> {
        let wanted = self.form.loras.take_wanted(path);
        if wanted.is_some() {
            self.ask_for_loras();
        }
        wanted
    }

    /// A file turned out to be a LoRA.
    pub fn on_lora(&mut self, path: PathBuf, unfit: Option<String>) {
        self.form.loras.mark_fit(&path);
        self.withdraw_unfit_of(&path);
        match unfit {
            None => self.add_lora(path),
            Some(reason) => {
                // In the list all the same: the model that it was made for may be opened next.
                if !self.form.lists_lora(&path) {
                    self.list_lora(path.clone());
                }
                self.on_unfit_lora(path, reason);
            }
        }
        self.check_controls();
    }

    /// A LoRA does not fit the open model: says so, with the way out.
    pub fn on_unfit_lora(&mut self, path: PathBuf, reason: String) {
        let (name, model) = (file_name(&path), self.models.name_in_text());
        let text = tr!("notices-lora-unfit", name = name, model = model, reason = &reason);
        self.form.loras.mark_unfit(path.clone(), reason);
        self.check_controls();
        let is_on = self.form.uses_lora(&path);
        self.view.notify_with(Level::Warning, text, is_on.then_some(Remedy::SwitchLoraOff(path)));
    }

    /// Asks which LoRAs of the list fit the model that was opened.
    pub fn check_loras(&mut self, effects: &mut Vec<Effect>) {
        let paths: Vec<PathBuf> = self.form.controls.asked.loras.iter().map(|lora| lora.path.clone()).collect();
        if paths.is_empty() {
            self.on_fitted(&self.models.source.clone(), Vec::new());
        } else {
            effects.push(Effect::Models(ModelOrder::FitLoras { model: self.models.source.clone(), paths }));
        }
    }

    /// It is known which LoRAs do not fit a model.
    pub fn on_fitted(&mut self, model: &ModelSource, unfit: Vec<(PathBuf, String)>) {
        // Another model may have been opened meanwhile; its own answer is on its way.
        if *model != self.models.source {
            return;
        }
        self.withdraw_unfit();
        let (on, off): (Vec<_>, Vec<_>) = unfit.into_iter().partition(|(path, _)| self.form.uses_lora(path));
        self.form.loras.set_unfit(off);
        on.into_iter().for_each(|(path, reason)| self.on_unfit_lora(path, reason));
        self.check_controls();
    }

    /// Takes away what was said about LoRAs that do not fit.
    pub fn withdraw_unfit(&mut self) {
        self.view.notices.retain(|notice| !matches!(notice.remedy, Some(Remedy::SwitchLoraOff(_))));
    }

    fn withdraw_unfit_of(&mut self, path: &Path) {
        self.view.notices.retain(|it| !matches!(&it.remedy, Some(Remedy::SwitchLoraOff(other)) if other == path));
    }

    /// Sets the strength of the LoRA in this file to 0.
    pub fn switch_lora_off(&mut self, path: &Path) {
        self.withdraw_unfit_of(path);
        if let Some(index) = self.form.controls.asked.loras.iter().position(|lora| lora.path == path) {
            self.set_lora_strength(index, 0.0);
        }
    }

    /// Sets the strength of a LoRA.
    pub fn set_lora_strength(&mut self, index: usize, strength: f32) {
        if let Some(lora) = self.form.controls.asked.loras.get_mut(index) {
            lora.strength = strength;
            let path = lora.path.clone();
            if strength == 0.0 {
                self.withdraw_unfit_of(&path);
            }
            self.edited(Place::Loras);
        }
    }

    /// Takes a LoRA out of the list.
    pub fn remove_lora(&mut self, index: usize) {
        if index >= self.form.controls.asked.loras.len() {
            return;
        }
        let choice = self.form.controls.asked.loras.remove(index);
        let (path, text) = (choice.path.clone(), tr!("notices-lora-removed", name = file_name(&choice.path)));
        self.withdraw_unfit_of(&path);
        self.edited(Place::Loras);
        self.models.can_undo(Removed::Lora { index, choice });
        let said = self.view.post(Level::Info, text, Some(Remedy::Run(Action::UndoRemove)));
        self.form.loras.said_removed(path, said);
    }

    /// Puts a LoRA back that was taken out.
    pub fn restore_lora(&mut self, index: usize, mut choice: LoraChoice) {
        for said in self.form.loras.take_removed(&choice.path) {
            self.view.withdraw(said);
        }
        if let Some(strength) = self.take_wanted(&choice.path) {
            choice.strength = strength;
        }
        let loras = &mut self.form.controls.asked.loras;
        loras.insert(index.min(loras.len()), choice);
        self.edited(Place::Loras);
    }

    /// Remembers which LoRAs of a clip are not in the list, and asks for them.
    pub fn want_loras(&mut self, clip: &str, provenance: &Provenance) {
        self.form.loras.want(clip, provenance, &self.form.controls.asked.loras);
        self.ask_for_loras();
    }

    /// The controls are no longer those of the last clip: what it was made with is not asked for any more.
    pub fn forget_wanted_loras(&mut self) {
        self.form.loras.want_nothing();
        self.ask_for_loras();
    }

    fn ask_for_loras(&mut self) {
        if let Some(said) = self.form.loras.asked.take() {
            self.view.withdraw(said);
        }
        if let Some(text) = self.form.loras.wanted_words() {
            self.form.loras.asked = Some(self.view.post(Level::Warning, text, None));
        }
    }
}
