//! LoRAs beside the list in the controls: which ones the last clip was made with, and which do not fit the open model.

use std::path::{Path, PathBuf};

use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::request::LoraChoice;

use super::view::NoticeId;
use crate::language::tr;

/// What is known of LoRAs beside the list itself.
#[derive(Clone, Debug, Default)]
pub struct LoraNotes {
    /// LoRAs that the last clip was made with and that are not in the list: file names and strengths.
    wanted: Vec<(String, f32)>,
    /// Name of that clip.
    wanted_by: String,
    /// The message that asks for them.
    pub asked: Option<NoticeId>,
    /// The messages that LoRAs were removed, by their files.
    removed: Vec<(PathBuf, NoticeId)>,
    /// Files that do not fit the open model, and why.
    unfit: Vec<(PathBuf, String)>,
    /// Words that call up what LoRAs have learned, by their files.
    triggers: Vec<(PathBuf, String)>,
}

impl LoraNotes {
    /// Why a LoRA does not fit the open model; `None` where it does as far as is known.
    pub fn why_unfit(&self, path: &Path) -> Option<&str> {
        self.unfit.iter().find(|(other, _)| other == path).map(|(_, reason)| reason.as_str())
    }

    /// The word that calls up what a LoRA has learned, where it is known.
    pub fn trigger(&self, path: &Path) -> Option<&str> {
        self.triggers.iter().find(|(other, _)| other == path).map(|(_, word)| word.as_str())
    }

    /// A LoRA has this trigger word.
    pub fn set_trigger(&mut self, path: PathBuf, word: String) {
        self.triggers.retain(|(other, _)| *other != path);
        self.triggers.push((path, word));
    }

    /// This LoRA does not fit the open model.
    pub fn mark_unfit(&mut self, path: PathBuf, reason: String) {
        self.mark_fit(&path);
        self.unfit.push((path, reason));
    }

    /// What was known against this LoRA no longer holds.
    pub fn mark_fit(&mut self, path: &Path) {
        self.unfit.retain(|(other, _)| other != path);
    }

    /// Another model is open, and these do not fit it.
    pub fn set_unfit(&mut self, unfit: Vec<(PathBuf, String)>) {
        self.unfit = unfit;
    }

    /// Name of the clip that asked for LoRAs last.
    pub fn wanted_by(&self) -> &str {
        &self.wanted_by
    }

    /// Remembers which LoRAs of a clip are not in the list.
    pub fn want(&mut self, clip: &str, provenance: &Provenance, list: &[LoraChoice]) {
        let at_hand = |name: &str| list.iter().any(|lora| is_named(lora, name));
        self.wanted = provenance.loras.iter().filter(|(name, _)| !at_hand(name)).cloned().collect();
        clip.clone_into(&mut self.wanted_by);
    }

    /// The controls are no longer those of the last clip: it asks for nothing any more.
    pub fn want_nothing(&mut self) {
        self.wanted.clear();
    }

    /// The strength at which the last clip has asked for this LoRA, which it then asks for no longer.
    pub fn take_wanted(&mut self, path: &Path) -> Option<f32> {
        let name = file_name(path);
        let index = self.wanted.iter().position(|(wanted, _)| *wanted == name)?;
        Some(self.wanted.remove(index).1)
    }

    /// The words that ask for what is still missing; `None` where nothing is.
    pub fn wanted_words(&self) -> Option<String> {
        let names: Vec<&str> = self.wanted.iter().map(|(name, _)| name.as_str()).collect();
        let (clip, count) = (self.wanted_by.as_str(), names.len());
        (count > 0).then(|| tr!("state-loras-wanted", clip = clip, names = names.join(", "), count = count))
    }

    /// It was said that a LoRA was removed.
    pub fn said_removed(&mut self, path: PathBuf, said: NoticeId) {
        self.removed.push((path, said));
    }

    /// A LoRA is back: the messages that it was removed.
    pub fn take_removed(&mut self, path: &Path) -> Vec<NoticeId> {
        self.removed.extract_if(.., |(removed, _)| *removed == *path).map(|(_, said)| said).collect()
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

/// The name of a file without its folders.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
