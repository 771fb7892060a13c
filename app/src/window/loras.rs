//! The list of LoRAs: what goes in and out of it, what the last clip wants of it, and what does not fit the open model.
//!
//! Here: the state's side. Not here: looking into files ([`super::shelf_tasks`]), the list in the window (`panels::loras`).

use std::path::PathBuf;

use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::request::LoraChoice;

use super::command::Action;
use super::controls::Place;
use super::shelf::{Removed, file_name};
use super::state::{Level, Remedy, State};

/// What is known of LoRAs beside the list itself.
#[derive(Clone, Debug, Default)]
pub struct LoraNotes {
    /// LoRAs that the last clip was made with and that are not in the list: file names and strengths.
    wanted: Vec<(String, f32)>,
    /// Name of that clip.
    wanted_by: String,
    /// The message that asks for them.
    asked: String,
}

impl State {
    /// Puts a LoRA into the list, at the strength of the clip that asked for it.
    pub fn add_lora(&mut self, path: PathBuf) {
        let name = file_name(&path);
        if self.controls.loras.iter().any(|lora| lora.path == path) {
            self.notify(Level::Info, format!("{name} is in the list of LoRAs already"));
            return;
        }
        let wanted = self.lora_notes.wanted.iter().position(|(wanted, _)| *wanted == name);
        let wanted = wanted.map(|index| self.lora_notes.wanted.remove(index).1);
        self.controls.loras.push(LoraChoice { path, strength: wanted.unwrap_or(1.0) });
        self.edited(Place::Loras);
        let text = match wanted {
            Some(strength) => format!("{name} is in the list, at the strength {strength} of {}", self.lora_notes.wanted_by),
            None => format!("{name} is a LoRA: it changes the model from the next clip on, see Settings"),
        };
        self.notify(Level::Info, text);
        if wanted.is_some() {
            self.ask_for_loras();
        }
    }

    /// Sets the strength of a LoRA.
    pub fn set_lora_strength(&mut self, index: usize, strength: f32) {
        if let Some(lora) = self.controls.loras.get_mut(index) {
            lora.strength = strength;
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
        self.edited(Place::Loras);
        self.can_undo(Removed::Lora { index, choice });
        self.notify_with(Level::Info, text, Some(Remedy::Run(Action::UndoRemove)));
    }

    /// Puts a LoRA back that was taken out.
    pub fn restore_lora(&mut self, index: usize, choice: LoraChoice) {
        self.withdraw(&removal_of(&choice));
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
