//! One window for each user: a second start hands over what it was asked to open, and ends.
//!
//! The first process holds a lock in the user's cache and listens: on a socket beside the lock, on Windows on a named pipe. A lock goes
//! with its process, however that ends; a socket that was left behind is replaced. Two windows that were opened on purpose do no harm:
//! each has a journal of its own, and files are written whole.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hummingbird_engine::{FileLock, Folders};
use interprocess::local_socket::Listener;
use interprocess::local_socket::prelude::*;

use super::{Report, Tasks};
use crate::window::state::work::Handover;

/// How long another window may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Time between two attempts.
const BETWEEN: Duration = Duration::from_millis(50);
/// Name of the lock in the cache.
const LOCK: &str = "window.lock";

/// What became of a start.
pub enum Claim {
    /// This is the first window.
    First(Instance),
    /// The window that is open has taken over what was to be opened.
    HandedOver,
    /// There is another window, and it does not answer.
    Alone,
}

/// The rights of the first window.
pub struct Instance {
    lock: FileLock,
    listener: Option<Listener>,
}

/// Becomes the first window, or hands over to it.
pub fn claim(folders: &Folders, handover: &Handover) -> Claim {
    let end = Instant::now() + PATIENCE;
    loop {
        match FileLock::try_at(&folders.cache.join(LOCK)) {
            Ok(Some(lock)) => return Claim::First(Instance::new(lock, &folders.cache)),
            Ok(None) if socket::hand_over(&folders.cache, handover) => return Claim::HandedOver,
            // One that was started in the same moment may not listen yet, and one that was killed may not be gone yet.
            Ok(None) if Instant::now() < end => std::thread::sleep(BETWEEN),
            Ok(None) => return Claim::Alone,
            Err(error) => {
                log::warn!("whether a window is open is not known: {error}");
                return Claim::Alone;
            }
        }
    }
}

impl Instance {
    fn new(lock: FileLock, folder: &Path) -> Self {
        let listener = socket::listen(folder);
        let listener = listener.inspect_err(|error| log::warn!("later starts cannot be heard: {error}")).ok();
        Self { lock, listener }
    }
}

impl Tasks {
    /// Reports what later starts hand over, until the process ends.
    pub fn listen_for_starts(&mut self, instance: Instance) {
        self.first_window = Some(instance.lock);
        let Some(listener) = instance.listener else { return };
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        let heard = std::thread::Builder::new().name("hummingbird-starts".to_owned()).spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else {
                    std::thread::sleep(BETWEEN);
                    continue;
                };
                let (sender, wake) = (sender.clone(), Arc::clone(&wake));
                // Each on its own: one that says nothing must not keep the next one waiting.
                let answer = move || {
                    let Some(handover) = socket::receive(&stream) else { return };
                    if sender.send(Report::HandedOver(handover)).is_ok() {
                        wake();
                        socket::acknowledge(&stream);
                    }
                };
                let answering = std::thread::Builder::new().name("hummingbird-start".to_owned()).spawn(answer);
                if let Err(error) = answering {
                    log::warn!("a later start was not heard: {error}");
                }
            }
        });
        if let Err(error) = heard {
            log::warn!("later starts cannot be heard: {error}");
        }
    }
}

mod socket {
    use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
    use std::path::Path;

    use crossbeam_channel::bounded;
    use interprocess::local_socket::prelude::*;
    use interprocess::local_socket::{Listener, ListenerOptions, Name, Stream};

    use super::{Handover, PATIENCE};

    /// No start hands over more.
    const MOST_BYTES: u64 = 1 << 20;
    const DONE: &[u8] = b"done\n";

    #[cfg(not(windows))]
    fn name(folder: &Path) -> io::Result<Name<'static>> {
        folder.join("window.sock").to_fs_name::<interprocess::local_socket::GenericFilePath>()
    }

    /// Pipes are in a folder of their own, for all users: the name of the cache's folder tells them apart.
    #[cfg(windows)]
    fn name(folder: &Path) -> io::Result<Name<'static>> {
        /// Characters of the folder's name, from its end; a pipe's name has at most 256.
        const MOST_CHARS: usize = 200;
        let folder = folder.to_string_lossy().replace('\\', "/");
        let first = folder.char_indices().rev().nth(MOST_CHARS).map_or(0, |(index, _)| index);
        format!("hummingbird{}", &folder[first..]).to_ns_name::<interprocess::local_socket::GenericNamespaced>()
    }

    /// Listens. Whoever calls holds the lock, so a socket that is there is nobody's.
    pub fn listen(folder: &Path) -> io::Result<Listener> {
        ListenerOptions::new().name(name(folder)?).try_overwrite(true).create_sync()
    }

    /// Hands over to the window that is open; whether it has said that it has it.
    pub fn hand_over(folder: &Path, handover: &Handover) -> bool {
        let Ok(stream) = name(folder).and_then(Stream::connect) else { return false };
        let told = |stream: Stream, text: &[u8]| -> io::Result<bool> {
            (&stream).write_all(text)?;
            let mut answer = Vec::new();
            stream.take(DONE.len() as u64).read_to_end(&mut answer)?;
            Ok(answer == DONE)
        };
        // One line of JSON.
        let Ok(mut text) = serde_json::to_vec(handover) else { return false };
        text.push(b'\n');
        // A pipe has no time limit: where nobody answers, the thread is left behind and ends with the process.
        let (sender, answer) = bounded(1);
        let asking = std::thread::Builder::new().name("hummingbird-hand-over".to_owned());
        let asked = asking.spawn(move || sender.send(told(stream, &text)).ok());
        let answer = asked.and_then(|_| answer.recv_timeout(PATIENCE).map_err(io::Error::other)?);
        answer.inspect_err(|error| log::warn!("the window that is open does not answer: {error}")).unwrap_or(false)
    }

    /// What another start hands over; `None` for whatever else connects.
    pub fn receive(stream: &Stream) -> Option<Handover> {
        // Where the system has such a limit.
        stream.set_recv_timeout(Some(PATIENCE)).ok();
        let mut text = Vec::new();
        BufReader::new(stream.take(MOST_BYTES)).read_until(b'\n', &mut text).ok()?;
        serde_json::from_slice(&text).inspect_err(|error| log::warn!("a start was not understood: {error}")).ok()
    }

    pub fn acknowledge(mut stream: &Stream) {
        stream.write_all(DONE).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::window::state::work::HandedModel;

    fn handover() -> Handover {
        Handover {
            files: vec![PathBuf::from("/clips/a \"b\".mp4")],
            model: Some(HandedModel::File(PathBuf::from("/models/big.safetensors"))),
            device: None,
        }
    }

    #[test]
    fn a_second_start_hands_over_and_the_next_one_after_the_first_has_gone_is_first() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folders = Folders::at(folder.path());
        let Claim::First(first) = claim(&folders, &Handover::default()) else { panic!("nobody else is there") };
        let mut tasks = Tasks::new(None, Arc::new(|| ()));
        tasks.listen_for_starts(first);
        assert!(matches!(claim(&folders, &handover()), Claim::HandedOver));
        let end = Instant::now() + Duration::from_secs(10);
        let report = loop {
            if let Some(report) = tasks.reports().pop() {
                break report;
            }
            assert!(Instant::now() < end, "nothing was handed over");
            std::thread::sleep(Duration::from_millis(5));
        };
        assert!(matches!(report, Report::HandedOver(got) if got == handover()));
        // The lock goes with the window; its socket may stay.
        drop(tasks);
        assert!(matches!(claim(&folders, &handover()), Claim::First(_)));
    }

    #[cfg(unix)]
    #[test]
    fn nonsense_is_no_handover_and_a_silent_window_is_not_waited_for() {
        use std::io::Write as _;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folders = Folders::at(folder.path());
        let Claim::First(first) = claim(&folders, &Handover::default()) else { panic!("nobody else is there") };
        let mut tasks = Tasks::new(None, Arc::new(|| ()));
        tasks.listen_for_starts(first);
        let mut stream =
            std::os::unix::net::UnixStream::connect(folders.cache.join("window.sock")).expect("it listens");
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("it reads");
        drop(stream);
        assert!(matches!(claim(&folders, &handover()), Claim::HandedOver), "it listens on");
        std::fs::remove_file(folders.cache.join("window.sock")).expect("it is there");
        assert!(matches!(claim(&folders, &handover()), Claim::Alone), "and nobody can be told");
        // One that is on its way out is waited for.
        let leaving = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            drop(tasks);
        });
        assert!(matches!(claim(&folders, &handover()), Claim::First(_)));
        leaving.join().expect("it does not panic");
    }
}
