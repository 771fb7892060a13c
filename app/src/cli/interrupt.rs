//! Ctrl-C (and the system's request to end): the first asks the command to stop, the second ends the program.

use anyhow::Context;
use crossbeam_channel::{Receiver, bounded};
use hummingbird_engine::job::CancelToken;

use super::print;
use crate::signals::on_request_to_end;

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
        on_request_to_end(move || {
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
