//! Batches, grids and queue files: many jobs at once, into the queue and out of it.

use std::path::Path;

use hummingbird_engine::job::{JobId, Outcome};
use hummingbird_engine::jobs::grid::GridCell;
use hummingbird_engine::jobs::journal::JobNote;
use hummingbird_engine::jobs::queue_file::{FileJob, QueueFile, raw_of};
use hummingbird_engine::model::ModelSource;

use super::command::BatchCommand;
use super::effect::Effect;
use crate::language::tr;
use crate::sentences::in_words;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::batch::Jobs;
use crate::window::state::grids::Grid;
use crate::window::state::loras::file_name;
use crate::window::state::queue::JobPlan;
use crate::window::state::view::{DialogKind, Level, Remedy, SaveFile, SavedThing};
use crate::window::state::work::{OpenPurpose, ReadQueue};

impl State {
    /// Something that was typed in the dialog of a batch.
    pub fn on_batch_command(&mut self, command: BatchCommand) {
        let batch = &mut self.queue.batch;
        match command {
            BatchCommand::Prompts(text) => batch.prompts = text,
            BatchCommand::EveryChoice(on) => batch.every_choice = on,
            BatchCommand::Seeds(text) => batch.seeds = text,
            BatchCommand::Setting(side, setting) => batch.sides[side].setting = setting,
            BatchCommand::Values(side, text) => batch.sides[side].values = text,
        }
    }

    /// The jobs that the dialog of a batch asks for.
    ///
    /// # Errors
    /// What is wrong, for the user.
    pub fn batch_jobs(&self) -> Result<Jobs, String> {
        let limits = self.models.limits().ok_or_else(|| tr!("reasons-no-model"))?;
        let drawn = self.drawn_seed().unwrap_or(0);
        self.queue.batch.jobs(&self.form.controls, &self.form.styles, limits, &self.form.wildcards, drawn)
    }

    /// Queues the batch that the dialog asks for; the dialog stays where something is wrong with it.
    pub fn queue_batch(&mut self, effects: &mut Vec<Effect>) {
        match self.batch_jobs() {
            Ok(jobs) => {
                self.note_used_prompts();
                self.view.notify(Level::Info, tr!("notices-batch-queued", count = jobs.len()));
                effects.push(Effect::Enqueue(jobs));
            }
            // The dialog says it itself.
            Err(_) => self.view.dialog = Some(DialogKind::Batch),
        }
    }

    /// The jobs that are being made and that wait, as a file holds them.
    pub(super) fn queue_file(&self) -> QueueFile {
        let running = self.jobs.running.as_ref().and_then(|running| running.queued.as_deref());
        let sampled = running.into_iter().chain(&self.queue.jobs).filter(|job| job.latent.is_none());
        let jobs = sampled.map(|job| FileJob {
            name: job.note.name.clone(),
            model: match &job.model {
                ModelSource::Embedded => None,
                ModelSource::File(path) => Some(path.display().to_string()),
            },
            output: None,
            cell: job.note.cell.clone(),
            request: raw_of(&job.request),
        });
        QueueFile { jobs: jobs.collect() }
    }

    /// The queue was saved, or not.
    pub fn on_queue_saved(&mut self, path: &Path, saved: Result<usize, String>) {
        match saved {
            Ok(jobs) => {
                let shown = path.display().to_string();
                let text = tr!("notices-queue-saved", count = jobs, path = &shown);
                self.view.notify_with(Level::Info, text, Some(Remedy::CopyPath(shown)));
            }
            Err(error) => {
                let path = path.display().to_string();
                let (what, problem) = (SavedThing::Queue, Some(error));
                self.view.dialog = Some(DialogKind::SaveFile(SaveFile { what, path, replace: true, problem }));
            }
        }
    }

    /// A queue file was read, or not: its jobs go behind the others, those of other models wait for their models.
    pub fn on_queue_read(&mut self, path: &Path, read: Result<ReadQueue, String>, effects: &mut Vec<Effect>) {
        let ReadQueue { file, models } = match read {
            Ok(read) => read,
            Err(error) => {
                if !self.reopen_dialog(OpenPurpose::Queue, path, &error) {
                    self.view.notify(Level::Error, error);
                }
                return;
            }
        };
        let (mut jobs, mut others, mut wrong) = (Jobs::new(), 0_usize, None);
        for (job, number) in file.jobs.into_iter().zip(1_usize..) {
            let Some(named) = models.iter().find(|model| model.named == job.model) else { continue };
            let is_open = named.source == self.models.source;
            // What is open is known better than what lies on the disk by now.
            let limits =
                self.models.limits().filter(|_| is_open).map_or_else(|| named.limits.clone(), |it| Ok(it.clone()));
            let request = limits.and_then(|limits| {
                let chosen = job.request.choosing_wildcards(&self.form.wildcards).map_err(|error| in_words(&error))?;
                chosen.validate(&limits).map_err(|error| in_words(&error))
            });
            match request {
                Ok(request) => {
                    others += usize::from(!is_open);
                    let note = JobNote { name: job.name, place: None, cell: job.cell };
                    jobs.push((request, JobPlan { note, model: Some(named.source.clone()), ..JobPlan::default() }));
                }
                Err(error) => {
                    wrong.get_or_insert_with(|| tr!("notices-job-not-queued", number = number, reason = error));
                }
            }
        }
        if let Some(text) = wrong {
            self.view.notify(Level::Warning, text);
        }
        if others > 0 {
            self.view.notify(Level::Info, tr!("notices-jobs-wait-for-models", count = others));
        }
        if !jobs.is_empty() {
            self.view.notify(Level::Info, tr!("notices-queue-loaded", count = jobs.len(), name = file_name(path)));
            effects.push(Effect::Enqueue(jobs));
        }
    }

    /// A clip is finished: if it is of a grid, it takes its place there, and the grid is joined once it is complete. The cell.
    pub fn note_cell(&mut self, job: JobId, outcome: &Outcome) -> Option<GridCell> {
        let cell = self.jobs.queued_of(job).and_then(|job| job.note.cell.clone())?;
        if self.queue.grids.note(&cell, outcome) {
            self.view.notify(Level::Info, tr!("notices-grid-complete"));
        }
        Some(cell)
    }

    /// Joins the grid that is under way, with the clips that are there.
    pub fn join_grid(&mut self) {
        self.queue.grids.join();
    }

    /// The clips of a grid were joined into one, or could not be.
    pub fn on_grid(&mut self, grid: Grid, joined: Result<hummingbird_engine::handoff::Frames, String>) {
        match joined {
            Ok(frames) => {
                let outcome = Outcome { frames: std::sync::Arc::new(frames), latent_path: None, ..grid.outcome };
                let id = self.results.add(outcome);
                self.results.show(id);
                let remedy = Some(Remedy::Run(Action::ExportAs));
                self.view.notify_with(Level::Info, tr!("notices-grid-joined"), remedy);
            }
            Err(error) => self.view.notify(Level::Error, tr!("notices-grid-not-joined", error = error)),
        }
    }
}
