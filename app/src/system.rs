//! What the program asks of the system while it computes and when it is done: to stay awake, to tell the user, to sleep, to run a
//! command. Each happens on a thread of its own and is nothing that a job could fail by.

use std::process::{Command, ExitStatus};
use std::thread;

use crossbeam_channel::{Sender, bounded};
use serde::{Deserialize, Serialize};

use crate::sentences::error_in_words;

/// Seconds between the end of a queue and the sleep of the computer.
pub const GRACE_SECS: f64 = 30.0;

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

/// Tells the user something who looks at another window.
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

/// What happens when the queue is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenDone {
    /// Nothing.
    #[default]
    Nothing,
    /// The computer sleeps.
    Sleep,
    /// A command of the user's runs.
    Command,
}

impl WhenDone {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Sleep, Self::Command];

    /// Does it, and waits for its end; `command` is the user's.
    ///
    /// # Errors
    /// Why it could not be done.
    pub fn act(self, command: &str) -> Result<(), String> {
        let mut process = match self {
            Self::Nothing => return Ok(()),
            Self::Sleep => sleep(),
            Self::Command if command.trim().is_empty() => return Ok(()),
            Self::Command => shell(command),
        };
        let failed = |status: ExitStatus| match status.code() {
            Some(code) => format!("it ended with the code {code}"),
            None => "it was ended by a signal".to_owned(),
        };
        match process.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(failed(status)),
            Err(error) => Err(error_in_words(&error)),
        }
    }
}

#[cfg(target_os = "macos")]
fn sleep() -> Command {
    let mut command = Command::new("pmset");
    command.arg("sleepnow");
    command
}

#[cfg(target_os = "windows")]
fn sleep() -> Command {
    let mut command = Command::new("rundll32.exe");
    command.args(["powrprof.dll,SetSuspendState", "0,1,0"]);
    command
}

#[cfg(not(any(target_os = "macos", target_os = "windows")))]
fn sleep() -> Command {
    let mut command = Command::new("systemctl");
    command.arg("suspend");
    command
}

#[cfg(unix)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]);
    command
}

#[cfg(not(unix))]
fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    command.args(["/C", line]);
    command
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

    #[cfg(unix)]
    #[test]
    fn commands_run_and_their_failure_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("a b");
        WhenDone::Command.act(&format!("printf done > '{}'", file.display())).expect("it can be written");
        assert_eq!(std::fs::read_to_string(&file).expect("readable"), "done");
        assert_eq!(WhenDone::Command.act("exit 3"), Err("it ended with the code 3".to_owned()));
        assert_eq!((WhenDone::Command.act("  "), WhenDone::Nothing.act("exit 3")), (Ok(()), Ok(())));
    }
}
