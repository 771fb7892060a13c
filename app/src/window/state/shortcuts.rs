//! Shortcuts that the user changed, the page on which that is done, and the command palette. What keys mean: `commands::keymap`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::action::Action;

/// Shortcuts that differ from the table's. Names of actions and keys are kept as texts, so that those of another version stay in
/// the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shortcuts {
    /// For each changed action its keys, for example `"Generate": ["Ctrl+Enter"]`; an empty list is no key.
    pub keys: BTreeMap<String, Vec<String>>,
}

impl Shortcuts {
    /// The name of an action in the file.
    pub fn name(action: Action) -> String {
        format!("{action:?}")
    }

    /// What was set for an action; `None` where it has the table's keys.
    pub fn of(&self, action: Action) -> Option<&[String]> {
        self.keys.get(&Self::name(action)).map(Vec::as_slice)
    }

    /// Sets the keys of an action; `None` goes back to the table's.
    pub fn set(&mut self, action: Action, keys: Option<Vec<String>>) {
        match keys {
            Some(keys) => self.keys.insert(Self::name(action), keys),
            None => self.keys.remove(&Self::name(action)),
        };
    }
}

/// The page on which shortcuts are changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShortcutsPage {
    /// Words that are looked for.
    pub search: String,
    /// The action whose next key is being waited for.
    pub recording: Option<Action>,
    /// Keys that were pressed and belong to another action: who wants them, the keys, whose they are.
    pub conflict: Option<(Action, String, Action)>,
    /// Why the last keys did not do.
    pub problem: Option<String>,
}

/// The command palette.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Palette {
    /// Words that are looked for.
    pub text: String,
    /// The row that Enter runs.
    pub at: usize,
}
