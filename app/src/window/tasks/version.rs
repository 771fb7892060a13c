//! Whether there is a newer version of the program: asked only when the user wants to know.

use hummingbird_engine::job::CancelToken;
use hummingbird_engine::weights::store::newest_release;

use super::{Report, Tasks};
use crate::sentences::in_words;

impl Tasks {
    /// Asks where releases are described. The answer is waited for by nobody: a window may close meanwhile.
    pub fn ask_for_newer_version(&mut self) {
        self.spawn(
            "hummingbird-version",
            |reason| Report::NewestVersion(Err(reason)),
            || Report::NewestVersion(newest_release(&CancelToken::default()).map_err(|error| in_words(&error))),
        );
    }
}
