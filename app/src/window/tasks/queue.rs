//! What the queue keeps beside the journal: the history of what jobs took on this machine, queue files, and grids.

use std::path::PathBuf;

use hummingbird_engine::jobs::grid::compose;
use hummingbird_engine::jobs::history::StepTimes;
use hummingbird_engine::jobs::queue_file::QueueFile;
use hummingbird_engine::kept;

use super::{Report, Tasks};
use crate::sentences::in_words;
use crate::when_done::WhenDone;
use crate::window::state::grids::Grid;

impl Tasks {
    /// What jobs took in earlier sessions. A history that cannot be read costs nothing but estimates.
    pub fn times(&self) -> StepTimes {
        self.folders.as_ref().map(StepTimes::read).unwrap_or_default()
    }

    /// Keeps what jobs took, unless that is being done just now: the next job comes soon.
    pub fn keep_times(&mut self, times: StepTimes) {
        if self.keeping_times.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let Some(path) = self.folders.as_ref().map(StepTimes::path) else { return };
        let thread = std::thread::Builder::new().name("hummingbird-times".to_owned()).spawn(move || {
            if let Err(error) = kept::write(&path, &times) {
                log::warn!("{error}");
            }
        });
        self.keeping_times = thread.inspect_err(|error| log::warn!("what jobs took is not kept: {error}")).ok();
    }

    /// Writes a queue file.
    pub fn save_queue(&mut self, path: PathBuf, queue: QueueFile) {
        let chosen = path.clone();
        let broken = move |reason| Report::QueueSaved { path: chosen.clone(), saved: Err(reason) };
        self.spawn("hummingbird-save-queue", broken, move || {
            let saved = queue.write(&path).map(|()| queue.jobs.len()).map_err(|error| in_words(&error));
            Report::QueueSaved { path, saved }
        });
    }

    /// Reads a queue file.
    pub fn read_queue(&mut self, path: PathBuf) {
        let chosen = path.clone();
        let broken = move |reason| Report::QueueRead { path: chosen.clone(), read: Err(reason) };
        self.spawn("hummingbird-read-queue", broken, move || {
            let read = QueueFile::read(&path).map_err(|error| in_words(&error));
            Report::QueueRead { path, read }
        });
    }

    /// Joins the clips of a grid.
    pub fn join_grid(&mut self, grid: Grid) {
        let lost = grid.clone();
        let broken = move |reason| Report::Grid { grid: Box::new(lost.clone()), joined: Err(reason) };
        self.spawn("hummingbird-grid", broken, move || {
            let joined = compose(&grid.cell, &grid.clips).map_err(|error| in_words(&error));
            Report::Grid { grid: Box::new(grid), joined }
        });
    }

    /// Does what is to happen when the queue is done.
    pub fn act_when_done(&mut self, what: WhenDone, command: String) {
        self.spawn(
            "hummingbird-when-done",
            |reason| Report::WhenDone(Err(reason)),
            move || Report::WhenDone(what.act(&command)),
        );
    }
}
