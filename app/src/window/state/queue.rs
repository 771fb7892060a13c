//! The queue: jobs that wait in the window, in the order in which they will run. The engine is handed one at a time, so that
//! order, settings and number of the others are the window's alone.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::jobs::history::StepTimes;
use hummingbird_engine::jobs::journal::{JobKey, JobNote};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::GenerateRequest;

use super::batch::Batch;
use super::clips::short;
use super::grids::Grids;
use crate::language::tr;
use crate::when_done::WhenDone;

/// Removals that can be brought back.
const MAX_UNDO: usize = 16;

/// Identity of a job in the queue of this window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueId(pub u64);

/// A job before it is in the queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobPlan {
    /// What is noted of it.
    pub note: JobNote,
    /// The latent that it decodes; `None` for a job that samples.
    pub latent: Option<PathBuf>,
    /// The job that it stands behind; `None` is the end.
    pub after: Option<QueueId>,
    /// The model that makes it; `None` is the open one.
    pub model: Option<ModelSource>,
}

/// A job that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct QueuedJob {
    /// Its identity.
    pub id: QueueId,
    /// Its identity in the journal; `None` for a job that is kept in none.
    pub key: Option<JobKey>,
    /// What it makes.
    pub request: GenerateRequest,
    /// The model that makes it.
    pub model: ModelSource,
    /// What is noted of it.
    pub note: JobNote,
    /// Steps that are done and kept.
    pub steps_done: u32,
    /// The latent that it decodes; `None` for a job that samples.
    pub latent: Option<PathBuf>,
    /// Whether it waits until the queue is continued: a job of the last session.
    pub is_held: bool,
    /// What its last preview showed.
    pub picture: Option<Arc<Frames>>,
    /// Seconds that it will take, as far as the history tells.
    pub secs: Option<f32>,
}

impl QueuedJob {
    /// Its name: the one that it was given, or the beginning of its prompt.
    pub fn title(&self) -> String {
        title(&self.note, &self.request)
    }

    /// Its place among others.
    pub fn place(&self) -> u64 {
        self.note.place.or(self.key.map(JobKey::place)).unwrap_or(u64::MAX)
    }

    /// Where it stands, in words: "at step 7 of 20"; `None` before its first step.
    pub fn progress_words(&self) -> Option<String> {
        let steps = self.request.clip.steps;
        (self.steps_done > 0).then(|| tr!("state-at-step", step = self.steps_done, steps = steps))
    }
}

/// The name of a job.
pub fn title(note: &JobNote, request: &GenerateRequest) -> String {
    if note.name.is_empty() { short(&request.clip.prompt, 60) } else { short(&note.name, 60) }
}

/// All jobs that wait, and how the queue goes on.
#[derive(Clone, Debug, Default)]
pub struct JobQueue {
    /// The jobs, in order.
    pub jobs: Vec<QueuedJob>,
    /// Whether no job is handed to the engine.
    pub is_paused: bool,
    /// Whether the queue pauses after the clip that is being made.
    pub stops_after: bool,
    /// The job that keys mean.
    pub selected: Option<QueueId>,
    /// The job whose settings are in the form: Generate replaces it.
    pub editing: Option<QueueId>,
    /// Jobs that were removed, the last removal last.
    pub removed: Vec<Vec<QueuedJob>>,
    /// What happens when the queue is done.
    pub when_done: WhenDone,
    /// The command that is run then, if it is one.
    pub done_command: String,
    /// When it happens, in seconds of the window's clock; infinity until all clips are kept.
    pub acts_at_secs: Option<f64>,
    /// What is typed for a batch.
    pub batch: Batch,
    /// Grids that are under way.
    pub grids: Grids,
    /// What jobs took on this machine.
    pub times: StepTimes,
    /// Whether `times` is to be kept.
    pub times_changed: bool,
    /// Whether the engine is to give its memory back.
    pub gives_back: bool,
    /// Jobs that ended since the queue began.
    pub done: usize,
    /// Whether the queue has done anything that its end is told of.
    pub worked: bool,
    ids: u64,
}

impl JobQueue {
    /// An empty queue, with what is done at its end.
    pub fn new(when_done: WhenDone, done_command: String) -> Self {
        Self { when_done, done_command, ..Self::default() }
    }

    /// Puts a job in. Its identity.
    pub fn add(&mut self, request: GenerateRequest, model: ModelSource, key: Option<JobKey>, plan: JobPlan) -> QueueId {
        let JobPlan { mut note, latent, after, .. } = plan;
        if key.is_none() && note.place.is_none() {
            // As a key would have it.
            let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let last = self.jobs.last().map_or(0, QueuedJob::place);
            note.place = Some(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(last.saturating_add(1)));
        }
        let job = QueuedJob {
            id: QueueId(0),
            key,
            request,
            model,
            note,
            steps_done: 0,
            latent,
            is_held: false,
            picture: None,
            secs: None,
        };
        let id = self.put(job);
        if let Some(index) = after.and_then(|after| self.index(after)) {
            self.shift(id, index + 1);
        }
        id
    }

    /// Puts a job in at its place. Its identity, which is a new one.
    pub fn put(&mut self, mut job: QueuedJob) -> QueueId {
        self.ids += 1;
        job.id = QueueId(self.ids);
        let index = self.jobs.partition_point(|other| other.place() <= job.place());
        self.jobs.insert(index, job);
        QueueId(self.ids)
    }

    /// Puts a job before all others. Its identity, which is a new one.
    pub fn put_first(&mut self, mut job: QueuedJob) -> QueueId {
        if let Some(first) = self.jobs.first().map(QueuedJob::place).filter(|first| *first <= job.place()) {
            job.note.place = Some(first.saturating_sub(1));
        }
        self.ids += 1;
        job.id = QueueId(self.ids);
        self.jobs.insert(0, job);
        QueueId(self.ids)
    }

    /// Where a job stands.
    pub fn index(&self, id: QueueId) -> Option<usize> {
        self.jobs.iter().position(|job| job.id == id)
    }

    /// A job.
    pub fn get(&self, id: QueueId) -> Option<&QueuedJob> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// A job.
    pub fn get_mut(&mut self, id: QueueId) -> Option<&mut QueuedJob> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    /// The job that keys mean.
    pub fn selected(&self) -> Option<&QueuedJob> {
        self.get(self.selected?)
    }

    /// Moves a job to this place of the list as it is without the job. The jobs whose places are others now.
    pub fn shift(&mut self, id: QueueId, to: usize) -> Vec<QueuedJob> {
        let Some(from) = self.index(id) else { return Vec::new() };
        let to = to.min(self.jobs.len() - 1);
        if from == to {
            return Vec::new();
        }
        // The same places in another order: no place has to be found between two others.
        let places: Vec<u64> = self.jobs.iter().map(QueuedJob::place).collect();
        let job = self.jobs.remove(from);
        self.jobs.insert(to, job);
        let range = from.min(to)..=from.max(to);
        let mut changed = Vec::new();
        for (job, place) in self.jobs[range.clone()].iter_mut().zip(&places[range]) {
            job.note.place = Some(*place);
            changed.push(job.clone());
        }
        changed
    }

    /// Takes a job out for good.
    pub fn take(&mut self, id: QueueId) -> Option<QueuedJob> {
        let index = self.index(id)?;
        if self.selected == Some(id) {
            let next = self.jobs.get(index + 1).or(index.checked_sub(1).and_then(|before| self.jobs.get(before)));
            self.selected = next.map(|job| job.id);
        }
        if self.editing == Some(id) {
            self.editing = None;
        }
        Some(self.jobs.remove(index))
    }

    /// Takes jobs out so that they can be brought back. The removal that can no longer be undone by this.
    pub fn remove(&mut self, ids: &[QueueId]) -> Vec<QueuedJob> {
        let ids: BTreeSet<QueueId> = ids.iter().copied().collect();
        if self.editing.is_some_and(|id| ids.contains(&id)) {
            self.editing = None;
        }
        if let Some(index) = self.selected.filter(|id| ids.contains(id)).and_then(|id| self.index(id)) {
            let after = self.jobs[index..].iter().find(|job| !ids.contains(&job.id));
            let next = after.or_else(|| self.jobs[..index].iter().rfind(|job| !ids.contains(&job.id)));
            self.selected = next.map(|job| job.id);
        }
        let group: Vec<QueuedJob> = self.jobs.extract_if(.., |job| ids.contains(&job.id)).collect();
        if !group.is_empty() {
            self.removed.push(group);
        }
        if self.removed.len() > MAX_UNDO { self.removed.remove(0) } else { Vec::new() }
    }

    /// Brings back what was removed last.
    pub fn undo(&mut self) -> Vec<QueuedJob> {
        let group = self.removed.pop().unwrap_or_default();
        self.selected = group.first().map(|job| job.id).or(self.selected);
        self.jobs.extend(group.iter().cloned());
        self.jobs.sort_by_key(QueuedJob::place);
        group
    }

    /// Jobs of the last session that wait for the queue to be continued.
    pub fn held(&self) -> impl Iterator<Item = &QueuedJob> {
        self.jobs.iter().filter(|job| job.is_held)
    }

    /// The job that is handed to the engine next.
    pub fn next(&self, model: &ModelSource) -> Option<&QueuedJob> {
        self.jobs.iter().find(|job| !self.is_paused && !job.is_held && job.model == *model)
    }
}

#[cfg(test)]
mod tests {
    use hummingbird_engine::device::DeviceChoice;

    use super::*;

    fn queue(seeds: &[u64]) -> JobQueue {
        let mut queue = JobQueue::default();
        for &seed in seeds {
            let clip = hummingbird_engine::request::ClipSettings { seed, ..Default::default() };
            let request = GenerateRequest { clip, loras: Vec::new(), device: DeviceChoice::Auto };
            queue.add(request, ModelSource::Embedded, None, JobPlan::default());
        }
        queue
    }

    fn seeds(queue: &JobQueue) -> Vec<u64> {
        assert!(queue.jobs.is_sorted_by_key(QueuedJob::place), "places follow the order");
        queue.jobs.iter().map(|job| job.request.clip.seed).collect()
    }

    #[test]
    fn jobs_move_and_their_places_with_them() {
        let mut queue = queue(&[1, 2, 3, 4, 5]);
        let id = |queue: &JobQueue, seed| {
            queue.jobs.iter().find(|job| job.request.clip.seed == seed).expect("it is there").id
        };
        for (seed, to, expected, changed) in [
            (2, 3, [1, 3, 4, 2, 5], 3),
            (5, 0, [5, 1, 3, 4, 2], 5),
            (5, 99, [1, 3, 4, 2, 5], 5),
            (3, 1, [1, 3, 4, 2, 5], 0),
        ] {
            let moved = id(&queue, seed);
            assert_eq!(queue.shift(moved, to).len(), changed);
            assert_eq!(seeds(&queue), expected);
        }
        let first = queue.jobs[2].clone();
        queue.take(first.id);
        queue.put_first(first);
        assert_eq!(seeds(&queue), [4, 1, 3, 2, 5]);
        let after = Some(id(&queue, 3));
        let request = queue.jobs[0].request.clone();
        queue.add(request, ModelSource::Embedded, None, JobPlan { after, ..JobPlan::default() });
        assert_eq!(seeds(&queue), [4, 1, 3, 4, 2, 5]);
    }

    #[test]
    fn removals_are_undone_in_their_order() {
        let mut queue = queue(&[1, 2, 3, 4]);
        let ids: Vec<QueueId> = queue.jobs.iter().map(|job| job.id).collect();
        queue.selected = Some(ids[1]);
        assert!(queue.remove(&ids[1..2]).is_empty());
        assert_eq!(queue.selected, Some(ids[2]), "keys mean its neighbour now");
        queue.remove(&[ids[0], ids[2], ids[3]]);
        assert_eq!((seeds(&queue), queue.selected), (vec![], None));
        assert_eq!(queue.undo().len(), 3);
        assert_eq!(seeds(&queue), [1, 3, 4]);
        queue.undo();
        assert_eq!(seeds(&queue), [1, 2, 3, 4]);
        assert!(queue.undo().is_empty());
        let mut gone = Vec::new();
        for _ in 0..=MAX_UNDO {
            let first = queue.jobs[0].clone();
            gone.extend(queue.remove(&[first.id]));
            queue.put(first);
        }
        assert_eq!(gone.len(), 1, "the oldest is gone for good");
    }

    #[test]
    fn what_is_held_or_of_another_model_is_passed_by() {
        let mut queue = queue(&[1, 2, 3]);
        queue.jobs[0].is_held = true;
        queue.jobs[1].model = ModelSource::File("/models/big".into());
        let next = |queue: &JobQueue| queue.next(&ModelSource::Embedded).map(|job| job.request.clip.seed);
        assert_eq!(next(&queue), Some(3));
        queue.is_paused = true;
        assert_eq!(next(&queue), None);
    }
}
