//! What the system says of contrast and motion, now and whenever it changes.

use std::sync::Arc;

use mundy::{Contrast, Interest, Preferences, ReducedMotion};

use super::{Report, Tasks};
use crate::window::state::view::SystemLook;

impl Tasks {
    /// Tells from now on how the system wants windows to look. A system that says nothing of it wants nothing. macOS answers on the
    /// main thread alone, which is where this is called.
    pub fn watch_look(&mut self) {
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        let tell = move |preferences: Preferences| {
            // Without a receiver the window has gone.
            if sender.send(Report::SystemLook(look_of(preferences))).is_ok() {
                wake();
            }
        };
        self.look = Some(Preferences::subscribe(Interest::Contrast | Interest::ReducedMotion, tell));
    }
}

fn look_of(preferences: Preferences) -> SystemLook {
    SystemLook {
        more_contrast: preferences.contrast == Contrast::More,
        reduced_motion: preferences.reduced_motion == ReducedMotion::Reduce,
    }
}
