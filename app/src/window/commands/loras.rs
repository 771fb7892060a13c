//! The list of LoRAs: what goes in and out of it, what the last clip wants of it, and what does not fit the open model.
//!
//! Here: the state's side. Not here: looking into files ([`crate::window::tasks::models`]), the list in the window (`panels::loras`).

use std::path::{Path, PathBuf};

use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::request::LoraChoice;

use crate::window::commands::apply::Effect;
use crate::window::commands::command::Action;
use crate::window::commands::models::{Removed, ShelfOrder, file_name};
use crate::window::state::controls::Place;
use crate::window::state::{Level, Remedy, State};

/// What is known of LoRAs beside the list itself.
#[derive(Clone, Debug, Default)]
pub struct LoraNotes {
    /// LoRAs that the last clip was made with and that are not in the list: file names and strengths.
    wanted: Vec<(String, f32)>,
    /// Name of that clip.
    wanted_by: String,
    /// The message that asks for them.
    asked: String,
    /// Files of the list that do not fit the open model, and why.
    unfit: Vec<(PathBuf, String)>,
}

impl State {
    /// Puts a LoRA into the list, at the strength of the clip that asked for it.
    pub fn add_lora(&mut self, path: PathBuf) {
        let name = file_name(&path);
        if self.controls.loras.iter().any(|lora| lora.path == path) {
            self.notify(Level::Info, format!("{name} is in the list of LoRAs already"));
            return;
        }
        let text = match self.list_lora(path) {
            Some(strength) => {
                format!("{name} is in the list, at the strength {strength} of {}", self.lora_notes.wanted_by)
            }
            None => format!("{name} is a LoRA: it changes the model from the next clip on, see Settings"),
        };
        self.notify(Level::Info, text);
    }

    /// Appends a LoRA to the list; its strength where the last clip has asked for it.
    fn list_lora(&mut self, path: PathBuf) -> Option<f32> {
        let wanted = self.take_wanted(&path);
        self.controls.loras.push(LoraChoice { path, strength: wanted.unwrap_or(1.0) });
        self.edited(Place::Loras);
        wanted
    }

    /// The strength at which the last clip has asked for this LoRA, which it then asks for no longer.
    fn take_wanted(&mut self, path: &Path) -> Option<f32> {
        let name = file_name(path);
        let index = self.lora_notes.wanted.iter().position(|(wanted, _)| *wanted == name)?;
        let (_, strength) = self.lora_notes.wanted.remove(index);
        self.ask_for_loras();
        Some(strength)
    }

    /// A file turned out to be a LoRA.
    pub fn on_lora(&mut self, path: PathBuf, unfit: Option<String>) {
        self.lora_notes.unfit.retain(|(other, _)| *other != path);
        self.withdraw_unfit_of(&path);
        match unfit {
            None => self.add_lora(path),
            Some(reason) => {
                // In the list all the same: the model that it was made for may be opened next.
                if self.controls.loras.iter().all(|lora| lora.path != path) {
                    self.list_lora(path.clone());
                }
                self.on_unfit_lora(path, reason);
            }
        }
        self.check_controls();
    }

    /// A LoRA does not fit the open model: says so, with the way out.
    pub fn on_unfit_lora(&mut self, path: PathBuf, reason: String) {
        let text = format!("the LoRA {} does not fit {}: {reason}", file_name(&path), self.model_name());
        self.lora_notes.unfit.retain(|(other, _)| *other != path);
        self.lora_notes.unfit.push((path.clone(), reason));
        self.check_controls();
        let is_on = self.controls.loras.iter().any(|lora| lora.path == path && lora.strength != 0.0);
        self.notify_with(Level::Warning, text, is_on.then_some(Remedy::SwitchLoraOff(path)));
    }

    /// Asks which LoRAs of the list fit the model that was opened.
    pub fn check_loras(&mut self, effects: &mut Vec<Effect>) {
        let paths: Vec<PathBuf> = self.controls.loras.iter().map(|lora| lora.path.clone()).collect();
        if paths.is_empty() {
            self.on_fitted(&self.source.clone(), Vec::new());
        } else {
            effects.push(Effect::Shelf(ShelfOrder::FitLoras { model: self.source.clone(), paths }));
        }
    }

    /// It is known which LoRAs do not fit a model.
    pub fn on_fitted(&mut self, model: &ModelSource, unfit: Vec<(PathBuf, String)>) {
        // Another model may have been opened meanwhile; its own answer is on its way.
        if *model != self.source {
            return;
        }
        self.lora_notes.unfit.clear();
        self.withdraw_unfit();
        let is_on = |path: &Path| self.controls.loras.iter().any(|lora| lora.path == path && lora.strength != 0.0);
        let (on, off): (Vec<_>, Vec<_>) = unfit.into_iter().partition(|(path, _)| is_on(path));
        self.lora_notes.unfit = off;
        on.into_iter().for_each(|(path, reason)| self.on_unfit_lora(path, reason));
        self.check_controls();
    }

    /// Why a LoRA of the list does not fit the open model; `None` where it does as far as is known.
    pub fn why_unfit(&self, path: &Path) -> Option<&str> {
        self.lora_notes.unfit.iter().find(|(other, _)| other == path).map(|(_, reason)| reason.as_str())
    }

    /// What is wrong with the list: LoRAs that are on and do not fit.
    pub fn unfit_loras(&self) -> Vec<(Place, String)> {
        let on = self.controls.loras.iter().filter(|lora| lora.strength != 0.0 && self.why_unfit(&lora.path).is_some());
        let text = |lora: &LoraChoice| {
            format!(
                "{} does not fit {}: set its strength to 0, remove it, or open the model that it was made for",
                file_name(&lora.path),
                self.model_name()
            )
        };
        on.map(|lora| (Place::Loras, text(lora))).collect()
    }

    /// Takes away what was said about LoRAs that do not fit.
    pub fn withdraw_unfit(&mut self) {
        self.notices.retain(|notice| !matches!(notice.remedy, Some(Remedy::SwitchLoraOff(_))));
    }

    fn withdraw_unfit_of(&mut self, path: &Path) {
        self.notices.retain(|it| !matches!(&it.remedy, Some(Remedy::SwitchLoraOff(other)) if other == path));
    }

    fn model_name(&self) -> String {
        self.card().map_or_else(|| "the model".to_owned(), |card| format!("the model \"{}\"", card.name))
    }

    /// Sets the strength of the LoRA in this file to 0.
    pub fn switch_lora_off(&mut self, path: &Path) {
        self.withdraw_unfit_of(path);
        if let Some(index) = self.controls.loras.iter().position(|lora| lora.path == path) {
            self.set_lora_strength(index, 0.0);
        }
    }

    /// Sets the strength of a LoRA.
    pub fn set_lora_strength(&mut self, index: usize, strength: f32) {
        if let Some(lora) = self.controls.loras.get_mut(index) {
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
        if index >= self.controls.loras.len() {
            return;
        }
        let choice = self.controls.loras.remove(index);
        let text = removal_of(&choice);
        self.withdraw_unfit_of(&choice.path);
        self.edited(Place::Loras);
        self.can_undo(Removed::Lora { index, choice });
        self.notify_with(Level::Info, text, Some(Remedy::Run(Action::UndoRemove)));
    }

    /// Puts a LoRA back that was taken out.
    pub fn restore_lora(&mut self, index: usize, mut choice: LoraChoice) {
        self.withdraw(&removal_of(&choice));
        if let Some(strength) = self.take_wanted(&choice.path) {
            choice.strength = strength;
        }
        let loras = &mut self.controls.loras;
        loras.insert(index.min(loras.len()), choice);
        self.edited(Place::Loras);
    }

    /// Remembers which LoRAs of a clip are not in the list, and asks for them.
    pub fn want_loras(&mut self, clip: &str, provenance: &Provenance) {
        let at_hand = |name: &str| self.controls.loras.iter().any(|lora| is_named(lora, name));
        self.lora_notes.wanted = provenance.loras.iter().filter(|(name, _)| !at_hand(name)).cloned().collect();
        clip.clone_into(&mut self.lora_notes.wanted_by);
        self.ask_for_loras();
    }

    /// The controls are no longer those of the last clip: what it was made with is not asked for any more.
    pub fn forget_wanted_loras(&mut self) {
        self.lora_notes.wanted.clear();
        self.ask_for_loras();
    }

    fn ask_for_loras(&mut self) {
        let before = std::mem::take(&mut self.lora_notes.asked);
        if !before.is_empty() {
            self.withdraw(&before);
        }
        let wanted: Vec<&str> = self.lora_notes.wanted.iter().map(|(name, _)| name.as_str()).collect();
        let ask = match &wanted[..] {
            [] => return,
            [_] => "drop that file on the window",
            _ => "drop these files on the window",
        };
        let text = format!(
            "{} was made with the LoRA {}: {ask} to get the same clip",
            self.lora_notes.wanted_by,
            wanted.join(", ")
        );
        self.lora_notes.asked.clone_from(&text);
        self.notify(Level::Warning, text);
    }
}

/// LoRAs of a file by their names, as far as they are at hand: a file does not say where they were.
pub fn loras_of(provenance: &Provenance, at_hand: &[LoraChoice]) -> Vec<LoraChoice> {
    let choice = |(name, strength): &(String, f32)| {
        let known = at_hand.iter().find(|lora| is_named(lora, name))?;
        Some(LoraChoice { path: known.path.clone(), strength: *strength })
    };
    provenance.loras.iter().filter_map(choice).collect()
}

fn is_named(lora: &LoraChoice, name: &str) -> bool {
    file_name(&lora.path) == name
}

fn removal_of(choice: &LoraChoice) -> String {
    format!("{} is out of the list", file_name(&choice.path))
}
