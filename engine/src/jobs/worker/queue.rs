//! The jobs of one engine: those that wait, the one that runs, and how each is asked to stop.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::jobs::error::EngineError;
use crate::jobs::events::{CancelToken, JobId};

/// Jobs that may wait.
pub(super) const MOST_WAITING: usize = 8;

/// A job with its identity and the token that stops it.
pub(super) struct Queued<W> {
    pub id: JobId,
    pub work: W,
    pub cancel: CancelToken,
}

/// What a cancel met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CancelOutcome {
    /// The job waited and is gone, with its place.
    Removed,
    /// The job runs and was asked to stop.
    Asked,
    /// There is no such job any more.
    Unknown,
}

struct State<W> {
    next: u64,
    waiting: VecDeque<Queued<W>>,
    running: Option<(JobId, CancelToken)>,
    is_closed: bool,
}

/// A bounded queue whose jobs can be taken out again while they wait: a job that was cancelled gives its place back at once.
pub(super) struct Queue<W>(Arc<(Mutex<State<W>>, Condvar)>);

impl<W> Clone for Queue<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W> Default for Queue<W> {
    fn default() -> Self {
        let state = State { next: 0, waiting: VecDeque::new(), running: None, is_closed: false };
        Self(Arc::new((Mutex::new(state), Condvar::new())))
    }
}

impl<W> Queue<W> {
    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job at the end.
    ///
    /// # Errors
    /// `QueueFull`, or `EngineStopped` once the queue was closed.
    pub fn push(&self, work: W) -> Result<JobId, EngineError> {
        let mut state = self.state();
        if state.is_closed {
            return Err(EngineError::EngineStopped);
        }
        if state.waiting.len() >= MOST_WAITING {
            return Err(EngineError::QueueFull { waiting: state.waiting.len() });
        }
        state.next += 1;
        let id = JobId(state.next);
        state.waiting.push_back(Queued { id, work, cancel: CancelToken::default() });
        self.0.1.notify_one();
        Ok(id)
    }

    /// Waits for the next job, which runs from now on; `None` once the queue was closed.
    pub fn next(&self) -> Option<Queued<W>> {
        let mut state = self.state();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(job) = state.waiting.pop_front() {
                state.running = Some((job.id, job.cancel.clone()));
                return Some(job);
            }
            state = self.0.1.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether no job waits.
    pub fn is_empty(&self) -> bool {
        self.state().waiting.is_empty()
    }

    /// The running job has ended, and can no longer be asked to stop.
    pub fn finish(&self) {
        self.state().running = None;
    }

    /// Takes a waiting job out, or asks the running one to stop.
    pub fn cancel(&self, id: JobId) -> CancelOutcome {
        let mut state = self.state();
        if let Some(index) = state.waiting.iter().position(|job| job.id == id) {
            state.waiting.remove(index);
            return CancelOutcome::Removed;
        }
        match &state.running {
            Some((running, token)) if *running == id => {
                token.cancel();
                CancelOutcome::Asked
            }
            _ => CancelOutcome::Unknown,
        }
    }

    /// Drops what waits, asks what runs to stop, and ends [`Queue::next`].
    pub fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.waiting.clear();
        if let Some((_, token)) = &state.running {
            token.cancel();
        }
        self.0.1.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelled_jobs_give_their_places_back() {
        let queue = Queue::default();
        let ids: Vec<JobId> = (0..MOST_WAITING).map(|work| queue.push(work).expect("there is room")).collect();
        assert!(matches!(queue.push(8), Err(EngineError::QueueFull { waiting: MOST_WAITING })));
        for &id in &ids[..7] {
            assert_eq!(queue.cancel(id), CancelOutcome::Removed);
            assert_eq!(queue.cancel(id), CancelOutcome::Unknown);
        }
        for work in 10..17 {
            queue.push(work).expect("seven places are free again");
        }
        assert!(queue.push(17).is_err());
        let order: Vec<usize> = (0..MOST_WAITING).map(|_| queue.next().expect("it is open").work).collect();
        assert_eq!(order, [7, 10, 11, 12, 13, 14, 15, 16]);
    }

    #[test]
    fn the_running_job_is_asked_and_a_finished_one_is_not() {
        let queue = Queue::default();
        let id = queue.push(()).expect("there is room");
        let job = queue.next().expect("it waits");
        assert_eq!((queue.cancel(id), job.cancel.is_cancelled()), (CancelOutcome::Asked, true));
        queue.finish();
        assert_eq!(queue.cancel(id), CancelOutcome::Unknown);
    }

    #[test]
    fn a_closed_queue_gives_and_takes_nothing() {
        let queue = Queue::default();
        queue.push(1).expect("there is room");
        let running = queue.next().expect("it waits");
        queue.push(2).expect("there is room");
        let waiter = std::thread::spawn({
            let queue = queue.clone();
            move || {
                queue.close();
                queue.next().is_none()
            }
        });
        assert!(waiter.join().expect("it does not panic"));
        assert!(running.cancel.is_cancelled() && queue.is_empty());
        assert!(matches!(queue.push(3), Err(EngineError::EngineStopped)));
    }
}
