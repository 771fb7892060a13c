//! What the engine reports, written into the state: jobs, previews, the model that was opened.

use std::path::Path;

use hummingbird_engine::device::{DeviceChoice, DeviceKind};
use hummingbird_engine::error::{EngineError, ModelError};
use hummingbird_engine::job::{Event, JobId, Preview, Warning};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::GenerateRequest;
use hummingbird_engine::settings::table;

use super::effect::Effect;
use crate::language::tr;
use crate::sentences::{detail_in_words, in_words};
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::{Shown, short};
use crate::window::state::controls::Place;
use crate::window::state::jobs::Return;
use crate::window::state::latest::Ticket;
use crate::window::state::library::LibraryStatus;
use crate::window::state::models::{ModelStatus, OpenedModel};
use crate::window::state::paused::{Halt, JournalOrder};
use crate::window::state::view::{Level, Remedy};
use crate::window::state::work::OpenPurpose;

impl State {
    /// The engine took a job.
    pub fn on_submitted(&mut self, id: JobId, request: GenerateRequest) {
        // A new job is what its owner wants to watch, unless another one is being watched.
        if !self.jobs.busy() {
            self.results.shown = Shown::Live;
        }
        self.jobs.queue(id, request);
    }

    /// The engine refused a job.
    pub fn on_refused(&mut self, error: &EngineError) {
        match error {
            EngineError::Request(error) => self.form.remark(Place::from(error), Level::Error, in_words(error)),
            _ => self.view.notify(Level::Error, in_words(error)),
        }
    }

    /// A job made progress.
    pub fn on_event(&mut self, event: Event) {
        match event {
            Event::Started { job, device, reason } => {
                let device = format!("{device}: {}", detail_in_words(&reason));
                self.jobs.start(job, device, self.view.now_secs);
            }
            Event::Progress { job, progress } => self.jobs.progress(job, progress, self.view.now_secs),
            Event::Prepared { job } => {
                self.jobs.preparing.take_if(|preparing| preparing.id == job);
            }
            // The slot is looked into after every drain; what a job needs stands by the settings.
            Event::PreviewReady { .. } | Event::Planned { .. } => {}
            Event::LatentKept { job, path } => {
                if let Some(running) = self.jobs.running(job) {
                    running.latent = Some(path);
                }
            }
            Event::Warning { job, warning } => self.on_warning(job, &warning),
            Event::Done { job, outcome } => {
                let key = self.jobs.key_of(job);
                self.note_times(job, &outcome);
                let cell = self.note_cell(job, &outcome);
                let watching = self.ends(job);
                self.withdraw_unfit();
                let prompt = short(&outcome.request.clip.prompt, 40);
                let id = self.results.add(*outcome);
                self.queue.grids.awaits_file(id, cell);
                match key {
                    // Until it is a file, the journal has all that makes it.
                    Some(key) if self.library.status == LibraryStatus::Open => self.paused.finished(id, key),
                    Some(key) => self.paused.orders.push(JournalOrder::Forget(key)),
                    None => {}
                }
                if watching {
                    // The clip goes on from the frame that the preview was at.
                    self.results.shown = Shown::Result(id);
                } else {
                    self.view.notify(Level::Info, tr!("notices-clip-finished", prompt = prompt));
                }
            }
            Event::Failed { job, error } => self.on_failed(job, error),
            Event::Cancelled { job } if self.jobs.returning.contains_key(&job) => {
                if let Some(to) = self.jobs.returning.remove(&job) {
                    self.requeue(job, to);
                }
                self.ends(job);
            }
            Event::Cancelled { job } => {
                let prompt = self.prompt_of(job);
                // Whoever stops the last clip is there and needs no word of the end.
                self.queue.worked = false;
                let remedy = self.pause(job, Halt::Cancelled).map(Remedy::Resume);
                self.ends(job);
                self.view.notify_with(Level::Info, tr!("notices-clip-cancelled", prompt = prompt), remedy);
            }
        }
    }

    fn on_failed(&mut self, job: JobId, error: EngineError) {
        let prompt = self.prompt_of(job);
        // What was sampled before the failure needs only to be decoded.
        let sampled = self.jobs.running(job).and_then(|running| {
            Some(Remedy::Decode { latent: running.latent.clone()?, request: running.request.clone() })
        });
        let kept = self.pause(job, Halt::Failed(in_words(&error))).map(Remedy::Resume);
        self.ends(job);
        match error {
            EngineError::Cancelled(_) => self.view.notify(Level::Info, tr!("notices-clip-cancelled", prompt = prompt)),
            EngineError::Request(error) => {
                self.form.remark(Place::from(&error), Level::Error, in_words(&error));
            }
            EngineError::Model(ModelError::LoraUnfit { path, detail }) => {
                self.on_unfit_lora(path, detail_in_words(&detail));
            }
            error => {
                let text = tr!("notices-clip-failed", prompt = prompt, error = in_words(&error));
                self.view.notify_with(Level::Error, text, sampled.or(kept));
            }
        }
    }

    /// A preview came.
    pub fn on_preview(&mut self, preview: Preview) {
        let is_first = preview.step <= 1 && preview.decoded_frames == 0;
        if !self.jobs.preview(preview) {
            return;
        }
        if self.results.shown == Shown::Nothing {
            self.results.shown = Shown::Live;
        }
        // The running clip moves even if the last one was paused.
        if self.results.shown == Shown::Live && is_first {
            self.results.playback.playing = true;
        }
    }

    /// A model was opened, or not; whether it is the model in use now. Of two models that are being opened the one that was
    /// chosen last is used, whichever comes first.
    pub fn on_model(
        &mut self,
        ticket: Ticket,
        source: ModelSource,
        opened: Result<OpenedModel, EngineError>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let is_last = self.models.end_opening(ticket);
        match opened {
            // One that was overtaken is better than none, until the other comes.
            Ok(model) if is_last || self.models.card().is_none() => {
                self.on_engine_replaced();
                if source != ModelSource::Embedded {
                    self.view.notify(Level::Info, tr!("notices-model-open", name = model.card.name.as_str()));
                }
                self.models.source = source;
                self.models.planners = model.planners;
                self.models.status = ModelStatus::Ready(Box::new(model.card));
                self.check_controls();
                self.check_loras(effects);
                self.estimate(None);
                true
            }
            Ok(_) => false,
            Err(error) if is_last => {
                let text = in_words(&error);
                let path = match &source {
                    ModelSource::File(path) => path.as_path(),
                    ModelSource::Embedded => Path::new(""),
                };
                if self.models.card().is_some() {
                    // The model that was in use stays.
                    if !self.reopen_dialog(OpenPurpose::Model, path, &text) {
                        self.view.notify(Level::Error, text);
                    }
                } else {
                    self.models.source = source;
                    self.models.status = ModelStatus::Failed;
                    let is_demo = self.models.source == ModelSource::Embedded;
                    let way_out = (!is_demo).then_some(Remedy::Run(Action::UseDemoModel));
                    self.view.notify_with(Level::Error, text, way_out);
                }
                self.check_controls();
                false
            }
            Err(error) => {
                log::info!("a model that nobody wants any more could not be opened: {error}");
                false
            }
        }
    }

    /// The devices of this machine are known.
    pub fn on_devices(&mut self, devices: Vec<(DeviceChoice, String)>, best: DeviceKind) {
        (self.form.devices, self.form.best_device) = (devices, best);
        self.check_controls();
    }

    /// A tiny decoder for the model is here, or not.
    pub fn on_tiny_decoder(&mut self, is_here: bool) {
        if let ModelStatus::Ready(card) = &mut self.models.status
            && std::mem::replace(&mut card.limits.tiny_decoder, is_here) != is_here
        {
            self.check_controls();
        }
    }

    /// The jobs of the engine that was replaced are gone.
    fn on_engine_replaced(&mut self) {
        if self.jobs.busy() {
            for job in self.jobs.in_order_of_cancelling() {
                self.requeue(job, Return::Front);
            }
            self.view.notify(Level::Warning, tr!("notices-jobs-of-previous-model"));
        }
        self.jobs.clear();
        self.results.leave_live();
    }

    fn on_warning(&mut self, job: JobId, warning: &Warning) {
        let text = in_words(warning);
        let place = match warning {
            Warning::PromptTruncated { .. } | Warning::UnknownWords { .. } => Some(Place::of(&table::PROMPT)),
            Warning::StepsChanged { .. } => Some(Place::of(&table::STEPS)),
            _ => None,
        };
        // At the field only while the field still says what the job was given.
        let same = |request: &GenerateRequest| {
            if place == Some(Place::of(&table::PROMPT)) {
                return request.clip.prompt == self.form.styled().prompt.trim();
            }
            let steps = self.form.controls.text(&table::STEPS).trim();
            steps.is_empty() || steps == request.clip.steps.to_string()
        };
        let current = self.jobs.request_of(job).is_some_and(same);
        match place.filter(|_| current) {
            Some(place) => self.form.remark(place, Level::Warning, text),
            None => self.view.notify(Level::Warning, text),
        }
    }

    fn prompt_of(&self, job: JobId) -> String {
        self.jobs.request_of(job).map(|request| short(&request.clip.prompt, 40)).unwrap_or_default()
    }

    /// Takes an ended job out; whether its preview was being watched.
    fn ends(&mut self, job: JobId) -> bool {
        let watching = self.jobs.end(job) && self.results.shown == Shown::Live;
        self.queue_went_on();
        if !self.jobs.busy() {
            self.results.leave_live();
        }
        watching
    }
}
