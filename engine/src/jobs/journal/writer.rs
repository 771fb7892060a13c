//! The thread that writes a journal. Orders are carried out in turn; of the steps of a job only the last one is written.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use hummingbird_base::Action;
use hummingbird_base::kept::{self, KeptError, Read};

use super::folder::SessionFolder;
use super::{JobFile, JobKey, io};
use crate::jobs::error::{EngineError, WriteError};
use crate::jobs::latents::KeptLatent;
use crate::jobs::worker::Wake;

/// What the writer is to do.
pub(super) enum Order {
    /// Write the file of a job.
    Job(JobKey, Box<JobFile>),
    /// Note where the clip of a job is being written to.
    Clip(JobKey, Option<PathBuf>),
    /// A step of this job waits to be written.
    Steps(JobKey),
    /// Remove the steps of a job.
    DropSteps(JobKey),
    /// Remove a job.
    Forget(JobKey),
    /// Say when everything before this is done.
    Flush(Sender<()>),
}

/// Steps that wait to be written, the last one of each job.
type Waiting = Arc<Mutex<BTreeMap<JobKey, (u32, KeptLatent)>>>;

/// The sending end of the thread's orders. Dropped, it waits until all of them are done: from then on the folder can be taken over.
pub(super) struct Writer {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    steps: Waiting,
    folder: Arc<SessionFolder>,
    /// The first thing that went wrong and was not told yet.
    pub trouble: Arc<Mutex<Option<EngineError>>>,
}

impl Writer {
    pub fn start(folder: SessionFolder, wake: Wake) -> Result<Self, EngineError> {
        // Unbounded: orders are a few for each job, and steps wait in a map of their own.
        let (orders, inbox) = unbounded();
        let folder = Arc::new(folder);
        let (steps, trouble) = (Waiting::default(), Arc::default());
        let thread =
            Thread { folder: Arc::clone(&folder), steps: Arc::clone(&steps), trouble: Arc::clone(&trouble), wake };
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || thread.run(&inbox))
            .map_err(|_| EngineError::EngineStopped)?;
        Ok(Self { orders: Some(orders), thread: Some(thread), steps, folder, trouble })
    }

    pub fn send(&self, order: Order) {
        // Both live as long as this.
        self.orders.as_ref().and_then(|orders| orders.send(order).ok());
    }

    /// Waits until every order before this is done.
    pub fn flush(&self) {
        let (done, wait) = bounded(1);
        self.send(Order::Flush(done));
        // Without the thread there is nothing to wait for.
        wait.recv().ok();
    }

    pub fn keep(&self, key: JobKey, steps_done: u32, latent: KeptLatent) {
        if locked(&self.steps).insert(key, (steps_done, latent)).is_none() {
            self.send(Order::Steps(key));
        }
    }

    /// The last step of a job, whether it is on the disk yet or not.
    pub fn last(&self, key: JobKey) -> Option<(u32, KeptLatent)> {
        if let Some(waiting) = locked(&self.steps).get(&key) {
            return Some(waiting.clone());
        }
        // Between being taken out of the map and being on the disk: orders are done in turn.
        self.flush();
        let path = self.folder.steps(key);
        let is_there = path.exists();
        KeptLatent::read_step(&path)
            .inspect_err(|error| {
                if is_there {
                    log::warn!("{error}");
                }
            })
            .ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.orders = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the journal's thread ended with a panic");
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Thread {
    folder: Arc<SessionFolder>,
    steps: Waiting,
    trouble: Arc<Mutex<Option<EngineError>>>,
    wake: Wake,
}

impl Thread {
    fn run(&self, inbox: &Receiver<Order>) {
        for order in inbox {
            if let Err(error) = self.carry_out(order) {
                log::error!("the journal was not written: {error}");
                locked(&self.trouble).get_or_insert(error);
                (self.wake)();
            }
        }
    }

    fn carry_out(&self, order: Order) -> Result<(), EngineError> {
        let Self { folder, .. } = self;
        match order {
            Order::Job(key, file) => kept::write(&folder.job(key), &*file).map(drop).map_err(of_kept),
            Order::Clip(key, clip) => {
                let path = folder.job(key);
                // A job that was dropped in the meantime does not come back by this.
                if !path.exists() {
                    return Ok(());
                }
                let Read { value, .. } = kept::read::<JobFile>(&path).map_err(of_kept)?;
                kept::write(&path, &JobFile { clip, ..value }).map(drop).map_err(of_kept)
            }
            Order::Steps(key) => {
                let taken = locked(&self.steps).remove(&key);
                let Some((done, latent)) = taken else { return Ok(()) };
                latent.write(&folder.steps(key), Some(done))
            }
            Order::DropSteps(key) => {
                locked(&self.steps).remove(&key);
                remove(&folder.steps(key))
            }
            Order::Forget(key) => {
                locked(&self.steps).remove(&key);
                // Steps without a job are removed at the next start; a job without steps would begin anew.
                remove(&folder.job(key))?;
                remove(&folder.steps(key))
            }
            Order::Flush(done) => {
                done.send(()).ok();
                Ok(())
            }
        }
    }
}

fn remove(path: &Path) -> Result<(), EngineError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io(Action::Remove, path)(error)),
        _ => Ok(()),
    }
}

fn of_kept(error: KeptError) -> EngineError {
    match error {
        KeptError::Io { action, path, source } => WriteError::Io { action, path, source }.into(),
        // The folder is this process's own: nothing newer can be in it but what somebody put there.
        error => EngineError::Bug { detail: error.to_string() },
    }
}
