//! Whether the last windows were closed: two that were not, one after the other, are offered a safe start.

use std::path::PathBuf;

use hummingbird_engine::Folders;
use hummingbird_engine::kept::{self, Kept, Read};
use serde::{Deserialize, Serialize};

use crate::sentences::in_words;

/// Windows in a row that ended without being closed, from which on a safe start is offered.
pub const CRASHES: u32 = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Session {
    /// A window is open, or was when its process ended.
    is_open: bool,
    /// Windows before it that ended without being closed.
    crashes: u32,
}

impl Kept for Session {}

/// The file in which that is kept. Only the first window of a user writes it.
#[derive(Clone, Debug)]
pub struct SessionFile(PathBuf);

impl SessionFile {
    /// That of a user.
    pub fn of(folders: &Folders) -> Self {
        Self(folders.settings.join("session.json"))
    }

    /// A window opens; how many before it ended without being closed, in a row.
    pub fn begin(&self) -> u32 {
        // What cannot be read says nothing about crashes.
        let before = kept::read::<Session>(&self.0).map(|Read { value, .. }| value).unwrap_or_default();
        let crashes = if before.is_open { before.crashes.saturating_add(1) } else { 0 };
        self.write(Session { is_open: true, crashes });
        crashes
    }

    /// The window was closed.
    pub fn end(&self) {
        self.write(Session::default());
    }

    fn write(&self, session: Session) {
        if let Err(error) = kept::write(&self.0, &session) {
            log::warn!("{}", in_words(&error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crashes_are_counted_until_a_window_is_closed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = SessionFile::of(&Folders::at(folder.path()));
        assert_eq!([file.begin(), file.begin(), file.begin()], [0, 1, CRASHES]);
        file.end();
        assert_eq!((file.begin(), file.begin()), (0, 1));
        std::fs::write(&file.0, "nonsense").expect("writable");
        assert_eq!(file.begin(), 0);
    }
}
