//! What the answer to "is there a newer version?" says.

use hummingbird_engine::weights::store::Release;

use crate::language::tr;
use crate::window::state::State;
use crate::window::state::view::{Level, Remedy};

/// The version of this program.
const CURRENT: &str = env!("CARGO_PKG_VERSION");

impl State {
    /// Takes the answer, whatever it is: the user asked for it.
    pub fn on_newest_version(&mut self, asked: Result<Release, String>) {
        self.view.asking_for_version = false;
        match asked {
            Ok(release) if release.is_newer_than(CURRENT) => {
                let text = tr!("notices-newer-version", version = release.version.to_string(), current = CURRENT);
                // It stays until it is read.
                self.view.notify_with(Level::Warning, text, Some(Remedy::OpenPage(release.page)));
            }
            Ok(_) => self.view.notify(Level::Info, tr!("notices-newest-version", current = CURRENT)),
            Err(reason) => self.view.notify(Level::Error, reason),
        }
    }
}
