//! What the system or a terminal says to a program that is to end.
//!
//! A signal that was ignored when the program started stays ignored: `nohup` does so with the hangup of a terminal, shells with
//! Ctrl-C for what runs in the background.

use std::io;

/// Calls `act` on a thread of its own whenever a signal asks the program to end (Ctrl-C, a shutdown, the end of its terminal). Called once.
///
/// # Errors
/// When the system does not let us listen.
#[cfg(unix)]
pub fn on_request_to_end(mut act: impl FnMut() + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let heard: Vec<i32> = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal)).collect();
    let mut signals = signal_hook::iterator::Signals::new(heard)?;
    std::thread::Builder::new().name("signals".into()).spawn(move || signals.forever().for_each(|_| act())).map(drop)
}

/// Whether whoever started the program wants it not to hear a signal.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    // SAFETY: zeros are a value of the plain struct `sigaction`; without a new action the call only writes the present one to it.
    unsafe {
        let mut present: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut present) == 0 && present.sa_sigaction == libc::SIG_IGN
    }
}

/// Calls `act` on a thread of its own whenever the user or the system asks the program to end. Called once.
///
/// # Errors
/// When the system does not let us listen.
#[cfg(not(unix))]
pub fn on_request_to_end(act: impl FnMut() + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(act).map_err(io::Error::other)
}
