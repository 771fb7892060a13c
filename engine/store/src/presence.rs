//! Whether a model is here, whatever the number of its files.

use serde::Serialize;

use super::{FileState, StoredFile, Trust};

/// Whether a model is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It can be got.
    Missing,
    /// Some of it is here.
    Partial,
    /// Here; nobody compared its hash.
    Unchecked,
    /// Here, with the right hash.
    Checked,
    /// Here, and not what was released.
    Wrong,
}

impl Presence {
    /// That of a model: of its least complete file.
    pub fn of(files: &[StoredFile]) -> Self {
        let states: Vec<Self> = files.iter().map(Self::of_file).collect();
        let all = |wanted| states.iter().all(|state| *state == wanted);
        if states.contains(&Self::Wrong) {
            Self::Wrong
        } else if all(Self::Missing) {
            Self::Missing
        } else if states.iter().any(|state| matches!(state, Self::Missing | Self::Partial)) {
            Self::Partial
        } else if all(Self::Checked) {
            Self::Checked
        } else {
            Self::Unchecked
        }
    }

    fn of_file(file: &StoredFile) -> Self {
        match &file.state {
            FileState::Missing => Self::Missing,
            FileState::Partial { .. } => Self::Partial,
            FileState::Present { trust: Trust::Right, .. } => Self::Checked,
            FileState::Present { trust: Trust::Wrong, .. } => Self::Wrong,
            FileState::Present { trust: Trust::Unknown, .. } => Self::Unchecked,
        }
    }
}
