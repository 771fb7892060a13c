//! Opens Hummingbird's window without a console beside it.
//!
//! A program of Windows has a console or has none. `hummingbird.exe` has one, for the command line; this small program has none, and starts
//! that one for the window, with what it was given. Where no window opens, it says why in a box.

#![cfg_attr(windows, windows_subsystem = "windows")]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

/// The program, beside this one.
const PROGRAM: &str = if cfg!(windows) { "hummingbird.exe" } else { "hummingbird" };

fn main() -> ExitCode {
    match open(std::env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            tell(&reason);
            ExitCode::FAILURE
        }
    }
}

/// Runs the program until its window is closed; what it said if it ended otherwise.
fn open(arguments: Vec<OsString>) -> Result<(), String> {
    let program = program().map_err(|error| format!("{PROGRAM} could not be found: {error}"))?;
    let mut command = Command::new(&program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    without_console(&mut command);
    let ended = command.output().map_err(|error| format!("{} does not start: {error}", program.display()))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
    Err(if said.is_empty() { format!("Hummingbird ended unexpectedly ({})", ended.status) } else { said })
}

fn program() -> std::io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(PROGRAM))
}

#[cfg(windows)]
fn without_console(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;

    /// CREATE_NO_WINDOW of the Windows API.
    const NO_CONSOLE: u32 = 0x0800_0000;
    command.creation_flags(NO_CONSOLE);
}

#[cfg(not(windows))]
fn without_console(_command: &mut Command) {}

#[cfg(windows)]
fn tell(reason: &str) {
    use std::iter::once;
    use std::os::windows::ffi::OsStrExt as _;

    #[link(name = "user32")]
    unsafe extern "system" {
        fn MessageBoxW(owner: *const std::ffi::c_void, text: *const u16, title: *const u16, kind: u32) -> i32;
    }
    /// MB_ICONERROR of the Windows API.
    const ERROR: u32 = 0x10;
    let wide = |text: &str| OsString::from(text).encode_wide().chain(once(0)).collect::<Vec<u16>>();
    let (text, title) = (wide(reason), wide("Hummingbird"));
    // SAFETY: both texts end in a zero and are there until the box is closed; a box may have no owner.
    unsafe { MessageBoxW(std::ptr::null(), text.as_ptr(), title.as_ptr(), ERROR) };
}

#[cfg(not(windows))]
fn tell(reason: &str) {
    eprintln!("{reason}");
}
