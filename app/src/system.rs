//! What the program asks of the system while it computes: to stay awake, and to tell the user. Each happens on a thread of its own
//! and is nothing that a job could fail by.

use std::thread;

use crossbeam_channel::{Sender, bounded};

/// The computer does not sleep by itself while this is there, as far as its system knows such a wish.
pub struct Awake {
    #[expect(dead_code, reason = "it is held: the thread waits for its end")]
    until: Sender<()>,
}

impl Awake {
    /// Asks for it from now on.
    pub fn start() -> Self {
        let (until, ended) = bounded::<()>(0);
        let hold = move || {
            let mut asked = keepawake::Builder::default();
            asked.idle(true).reason("A clip is being made").app_name("Hummingbird");
            match asked.app_reverse_domain("io.github.hummingbird_video").create() {
                Ok(awake) => {
                    // Nothing is ever sent: this waits until the other end is dropped.
                    ended.recv().ok();
                    drop(awake);
                }
                Err(error) => log::info!("this system may sleep while a clip is being made: {error}"),
            }
        };
        if let Err(error) = thread::Builder::new().name("awake".to_owned()).spawn(hold) {
            log::info!("this system may sleep while a clip is being made: {error}");
        }
        Self { until }
    }
}

/// Shows a notification to a user who looks at another window.
#[cfg(feature = "window")]
pub fn notify(text: String) {
    let show = move || {
        let mut notification = notify_rust::Notification::new();
        notification.appname("Hummingbird").summary("Hummingbird").body(&text).icon("hummingbird");
        if let Err(error) = notification.show() {
            log::info!("this system shows no notifications: {error}");
        }
    };
    if let Err(error) = thread::Builder::new().name("notification".to_owned()).spawn(show) {
        log::info!("no notification was shown: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_such_services_is_no_failure() {
        // With or without a session bus: neither waits and neither fails.
        drop(Awake::start());
        #[cfg(feature = "window")]
        notify("a test".to_owned());
    }
}
