//! Ctrl-C (and the system's request to end): the first asks the command to stop, the second ends the program.
//!
//! A signal that was ignored when the program started stays ignored: `nohup` does so with the hangup of a terminal, shells with
//! Ctrl-C for what runs in the background.

use anyhow::Context;
use crossbeam_channel::{Receiver, bounded};
use hummingbird_engine::job::CancelToken;

use super::print;

/// The user's wish to stop.
pub struct Interrupt {
    /// Set by the first Ctrl-C.
    pub token: CancelToken,
    /// Receives once, at the first Ctrl-C: for loops that wait for several things.
    pub channel: Receiver<()>,
}

impl Interrupt {
    /// Listens from now on. Called once, by the one command that runs.
    ///
    /// # Errors
    /// When the system does not let us listen.
    pub fn listen() -> anyhow::Result<Self> {
        let token = CancelToken::default();
        let (sender, channel) = bounded(1);
        let of_handler = token.clone();
        on_signal(move || {
            if of_handler.is_cancelled() {
                print::note("stopped at once");
                std::process::exit(130);
            }
            of_handler.cancel();
            // A full channel says the same already.
            if sender.try_send(()).is_ok() {
                print::note("\nstopping (Ctrl-C again to stop at once)");
            }
        })
        .context("Ctrl-C cannot be listened to on this system")?;
        Ok(Self { token, channel })
    }
}

/// Calls `act` on a thread of its own whenever a signal asks the program to end.
#[cfg(unix)]
fn on_signal(mut act: impl FnMut() + Send + 'static) -> std::io::Result<()> {
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

/// Calls `act` on a thread of its own whenever the user or the system asks the program to end.
#[cfg(not(unix))]
fn on_signal(act: impl FnMut() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(act)
}
