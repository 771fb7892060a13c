//! One run of FFmpeg, of which the output is read piece by piece.
//!
//! A thread reads the output and waits with the next piece until the one before it was taken, another one reads what is said
//! and keeps the beginning: neither a stalled run nor one that complains without end holds anyone up. Dropping it kills it.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use hummingbird_base::CancelToken;

/// How often who waits looks whether it is cancelled.
const LOOK: Duration = Duration::from_millis(20);
/// How long is waited for the words of a run that has ended.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How much of what is said is kept, in bytes.
const WORDS: usize = 1 << 11;

/// In which pieces output comes.
#[derive(Clone, Copy)]
pub(super) enum Pieces {
    /// As it is written.
    AsTheyCome,
    /// Of so many bytes, but for the last one.
    Of(usize),
}

/// Why there is no next piece.
pub(super) enum Stop {
    Cancelled,
    /// Nothing came for too long.
    Stalled,
    Io(io::Error),
}

/// A run.
pub(super) struct Running {
    child: Child,
    output: Receiver<io::Result<Vec<u8>>>,
    words: Receiver<Vec<u8>>,
}

impl Running {
    pub(super) fn start(mut command: Command, pieces: Pieces) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let (Some(mut stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (give, output) = sync_channel(1);
        let (say, words) = sync_channel(1);
        // From here on the process ends with this, also where a thread cannot be made. Threads end with the pipes.
        let running = Self { child, output, words };
        thread::Builder::new().name("ffmpeg frames".to_owned()).spawn(move || {
            loop {
                let piece = read(&mut stdout, pieces);
                let is_last = !matches!(&piece, Ok(piece) if !piece.is_empty());
                if matches!(&piece, Ok(piece) if piece.is_empty()) || give.send(piece).is_err() || is_last {
                    break;
                }
            }
        })?;
        thread::Builder::new().name("ffmpeg words".to_owned()).spawn(move || {
            let mut kept = Vec::new();
            let mut buffer = [0; 1024];
            while let Ok(bytes @ 1..) = stderr.read(&mut buffer) {
                let room = WORDS.saturating_sub(kept.len());
                kept.extend_from_slice(&buffer[..bytes.min(room)]);
            }
            // Who has gone needs no words.
            say.send(kept).ok();
        })?;
        Ok(running)
    }

    /// The next piece; `None` where the output ends.
    pub(super) fn next(&mut self, cancel: &CancelToken, patience: Duration) -> Result<Option<Vec<u8>>, Stop> {
        let begun = Instant::now();
        loop {
            if cancel.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            match self.output.recv_timeout(LOOK) {
                Ok(piece) => return piece.map(Some).map_err(Stop::Io),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) if begun.elapsed() > patience => return Err(Stop::Stalled),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// What it said, if it has ended and failed; nothing where it was content.
    pub(super) fn failure(mut self) -> Option<String> {
        let words = self.words.recv_timeout(LAST_WORDS).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        let said: Vec<&str> = words.split(char::is_control).map(str::trim).filter(|line| !line.is_empty()).collect();
        let status = self.status();
        if said.is_empty() && status.is_none_or(|status| status.success()) {
            return None;
        }
        let said = if said.is_empty() {
            status.map_or_else(String::new, |status| status.to_string())
        } else {
            said.join("; ")
        };
        Some(said.chars().take(300).collect())
    }
}

impl Running {
    /// How it ended; its output ends a moment before it does.
    fn status(&mut self) -> Option<ExitStatus> {
        let begun = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(None) if begun.elapsed() < LAST_WORDS => thread::sleep(LOOK),
                status => return status.ok().flatten(),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It fails where the process has ended; without the wait that would stay in the system's table.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A piece; an empty one at the end.
fn read(output: &mut impl Read, pieces: Pieces) -> io::Result<Vec<u8>> {
    let (bytes, is_whole) = match pieces {
        Pieces::AsTheyCome => (1 << 16, false),
        Pieces::Of(bytes) => (bytes, true),
    };
    let mut piece = vec![0; bytes];
    let mut filled = 0;
    while filled < bytes {
        match output.read(&mut piece[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if !is_whole {
            break;
        }
    }
    piece.truncate(filled);
    Ok(piece)
}
