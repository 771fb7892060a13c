//! What happens when the queue of the window is done: nothing, sleep, or a command of the user's.

use std::process::{Command, ExitStatus};

use serde::{Deserialize, Serialize};

use crate::language::tr;
use crate::sentences::error_in_words;

/// Seconds between the end of a queue and the sleep of the computer.
pub const GRACE_SECS: f64 = 30.0;

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
            Some(code) => tr!("queue-command-code", code = code),
            None => tr!("queue-command-signal"),
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
