//! One window for each user: a second start hands over what it was asked to open, and ends.
//!
//! The first process holds a lock in the user's cache and listens on a socket beside it. A lock goes with its process, however
//! that ends; a socket that was left behind is replaced. Where a system has no such sockets, each start opens a window of its
//! own, and two of them do no harm: each has a journal of its own, and files are written whole.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hummingbird_engine::{FileLock, Folders};

use super::{Report, Tasks};
use crate::window::state::work::Handover;

/// How long another window may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
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
    #[cfg(unix)]
    listener: Option<std::os::unix::net::UnixListener>,
}

/// Becomes the first window, or hands over to it.
pub fn claim(folders: &Folders, handover: &Handover) -> Claim {
    let end = Instant::now() + PATIENCE;
    loop {
        match FileLock::try_at(&folders.cache.join(LOCK)) {
            Ok(Some(lock)) => return Claim::First(Instance::new(lock, &folders.cache)),
            Ok(None) if socket::hand_over(&folders.cache, handover) => return Claim::HandedOver,
            // One that was started in the same moment may not listen yet, and one that was killed may not be gone yet.
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(50)),
            Ok(None) => return Claim::Alone,
            Err(error) => {
                log::warn!("whether a window is open is not known: {error}");
                return Claim::Alone;
            }
        }
    }
}

impl Instance {
    #[cfg(unix)]
    fn new(lock: FileLock, folder: &Path) -> Self {
        let listener = socket::listen(folder);
        let listener = listener.inspect_err(|error| log::warn!("later starts cannot be heard: {error}")).ok();
        Self { lock, listener }
    }

    #[cfg(not(unix))]
    fn new(lock: FileLock, _folder: &Path) -> Self {
        Self { lock }
    }
}

impl Tasks {
    /// Reports what later starts hand over, until the process ends.
    pub fn listen_for_starts(&mut self, instance: Instance) {
        self.first_window = Some(instance.lock);
        #[cfg(unix)]
        if let Some(listener) = instance.listener {
            let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
            let heard = std::thread::Builder::new().name("hummingbird-starts".to_owned()).spawn(move || {
                for stream in listener.incoming().filter_map(Result::ok) {
                    let Some(handover) = socket::receive(&stream) else { continue };
                    if sender.send(Report::HandedOver(handover)).is_err() {
                        return;
                    }
                    wake();
                    socket::acknowledge(&stream);
                }
            });
            if let Err(error) = heard {
                log::warn!("later starts cannot be heard: {error}");
            }
        }
    }
}

#[cfg(unix)]
mod socket {
    use std::fs;
    use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::Path;

    use super::{Handover, PATIENCE};

    const SOCKET: &str = "window.sock";
    /// No start hands over more.
    const MOST_BYTES: u64 = 1 << 20;
    const DONE: &[u8] = b"done\n";

    /// Listens. Whoever calls holds the lock, so a socket that is there is nobody's.
    pub fn listen(folder: &Path) -> io::Result<UnixListener> {
        let path = folder.join(SOCKET);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        UnixListener::bind(path)
    }

    /// Hands over to the window that is open; whether it has said that it has it.
    pub fn hand_over(folder: &Path, handover: &Handover) -> bool {
        let Ok(stream) = UnixStream::connect(folder.join(SOCKET)) else { return false };
        let told = || -> io::Result<bool> {
            let mut stream = stream;
            stream.set_read_timeout(Some(PATIENCE))?;
            // One line of JSON.
            let mut text = serde_json::to_vec(handover)?;
            text.push(b'\n');
            stream.write_all(&text)?;
            let mut answer = Vec::new();
            stream.take(DONE.len() as u64).read_to_end(&mut answer)?;
            Ok(answer == DONE)
        };
        told().inspect_err(|error| log::warn!("the window that is open does not answer: {error}")).unwrap_or(false)
    }

    /// What another start hands over; `None` for whatever else connects.
    pub fn receive(stream: &UnixStream) -> Option<Handover> {
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let mut text = Vec::new();
        BufReader::new(stream.take(MOST_BYTES)).read_until(b'\n', &mut text).ok()?;
        serde_json::from_slice(&text).inspect_err(|error| log::warn!("a start was not understood: {error}")).ok()
    }

    pub fn acknowledge(mut stream: &UnixStream) {
        stream.write_all(DONE).ok();
    }
}

#[cfg(not(unix))]
mod socket {
    use std::path::Path;

    use super::Handover;

    /// There is no way to.
    pub fn hand_over(_folder: &Path, _handover: &Handover) -> bool {
        false
    }
}

#[cfg(all(test, unix))]
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
