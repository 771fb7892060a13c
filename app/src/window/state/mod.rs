//! All that the window knows, as plain data in twelve parts; [`State`] is their sum.
//!
//! Each part is a struct in a file of its own with the methods that need no other part: what is typed and set ([`form`]), what
//! helps with the prompt ([`prompting`]), what the engine has in hand ([`jobs`]), what waits for it ([`queue`]), jobs that stand still ([`paused`]), finished clips and their playback ([`results`]), models ([`models`]), the training of
//! LoRAs ([`training`]), exports ([`exports`]), the library's page ([`library`]), clips on their way to a training set ([`data`]), and the window itself ([`view`]). Here: what needs several parts. Not here: who changes the state (only
//! `commands`), who reads it (`panels`), who works for it (`tasks`, through the plain data of [`work`]).

pub mod action;
pub mod batch;
pub mod beyond;
pub mod broken;
pub mod clips;
pub mod compare;
pub mod controls;
pub mod data;
pub mod data_networks;
pub mod data_pictures;
pub mod data_rows;
pub mod data_view;
pub mod data_work;
pub mod devices;
pub mod difference;
pub mod exports;
pub mod form;
pub mod grids;
pub mod jobs;
pub mod latest;
pub mod layout;
pub mod library;
pub mod loras;
pub mod model_fit;
pub mod model_folders;
pub mod models;
pub mod paused;
pub mod playback;
pub mod prompt_history;
pub mod prompt_reading;
pub mod prompting;
pub mod queue;
pub mod results;
pub mod settings;
pub mod shortcuts;
pub mod style_page;
pub mod training;
pub mod view;
pub mod words;
pub mod work;

use std::sync::Arc;

use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::GenerateRequest;

use clips::{ClipKey, ResultClip, ResultId, Shown, ShownClip};
use controls::Place;
use data::DataPage;
use devices::Devices;
use exports::Exports;
use form::Form;
use jobs::Jobs;
use library::{KeptClip, LibraryPage};
use models::{ModelRow, ModelStatus, Models};
use paused::PausedJobs;
use prompting::Prompting;
use queue::JobQueue;
use results::Results;
use settings::Settings;
use training::Training;
use view::View;

use crate::language::tr;

/// The whole state of the window.
pub struct State {
    /// What is typed and set.
    pub form: Form,
    /// What helps with the prompt.
    pub prompting: Prompting,
    /// What the engine has in hand.
    pub jobs: Jobs,
    /// Jobs that wait.
    pub queue: JobQueue,
    /// Jobs that stand still and can go on.
    pub paused: PausedJobs,
    /// Finished clips and their playback.
    pub results: Results,
    /// The model in use and the model manager.
    pub models: Models,
    /// The devices of this machine.
    pub devices: Devices,
    /// Training of LoRAs.
    pub training: Training,
    /// Exports under way and the options of the next.
    pub exports: Exports,
    /// The library's page.
    pub library: LibraryPage,
    /// The data page.
    pub data: DataPage,
    /// Dialogs, messages, look and keyboard.
    pub view: View,
}

/// A row of the history.
#[derive(Clone, Copy, Debug)]
pub enum HistoryRow<'a> {
    /// A clip whose frames are in memory.
    Result(&'a ResultClip),
    /// A clip of the library.
    Kept(&'a Arc<KeptClip>),
}

impl State {
    /// The state with which the window opens.
    pub fn new(settings: Settings) -> Self {
        let view = View::new(&settings);
        let mut results = Results::new(settings.looping);
        results.playback.ping_pong = settings.ping_pong;
        Self {
            form: Form::new(settings.controls),
            prompting: Prompting::default(),
            jobs: Jobs::default(),
            queue: JobQueue::new(settings.when_done, settings.done_command),
            paused: PausedJobs::default(),
            results,
            models: Models::new(settings.model.map_or(ModelSource::Embedded, ModelSource::File)),
            devices: Devices::new(settings.waits_on_battery),
            training: Training::default(),
            exports: Exports::new(settings.export),
            library: LibraryPage::new(settings.library_tile),
            data: DataPage::default(),
            view,
        }
    }

    /// What is kept for the next session.
    pub fn settings(&self) -> Settings {
        Settings {
            window_size: self.view.window_size,
            theme: self.view.theme,
            scaling: self.view.scaling,
            looping: self.results.playback.looping,
            ping_pong: self.results.playback.ping_pong,
            controls: self.form.controls.clone(),
            // A model that cannot be opened must not greet the user again at every start.
            model: match (&self.models.source, &self.models.status) {
                (ModelSource::File(path), ModelStatus::Ready(_) | ModelStatus::Opening) => Some(path.clone()),
                _ => None,
            },
            export: self.exports.preferences.clone(),
            library_tile: Some(self.library.tile_width),
            language: self.view.language,
            reduced_motion: self.view.reduced_motion,
            when_done: self.queue.when_done,
            done_command: self.queue.done_command.clone(),
            layout: self.view.layout.clone(),
            scale_percent: self.view.scale_percent,
            gpu_share: self.view.gpu_share,
            waits_on_battery: self.devices.power.waits_on_battery,
            full_screen: self.view.full_screen,
            advanced: self.view.advanced,
            first_steps_seen: self.view.first_steps_seen,
        }
    }

    /// The clip that is shown.
    pub fn shown(&self) -> Option<ShownClip<'_>> {
        match self.results.shown {
            Shown::Nothing => None,
            Shown::Live => {
                let (live, running) = (self.jobs.live.as_ref()?, self.jobs.running.as_ref()?);
                let key = ClipKey::Live(live.job, live.revision);
                Some(ShownClip { key, frames: &live.frames, fps: running.request.clip.fps })
            }
            Shown::Result(id) => {
                let outcome = &self.results.get(id)?.outcome;
                Some(ShownClip { key: ClipKey::Result(id), frames: &outcome.frames, fps: outcome.request.clip.fps })
            }
        }
    }

    /// The history, newest first: clips in memory, and those of the library that are not.
    pub fn history(&self) -> Vec<HistoryRow<'_>> {
        let kept = self.library.recent.iter().filter(|id| self.results.kept(**id).is_none());
        let mut kept = kept.filter_map(|id| self.library.clip(*id)).peekable();
        let mut rows = Vec::new();
        for result in &self.results.clips {
            let made = result.made.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis();
            while let Some(newer) = kept.next_if(|clip| i128::from(clip.entry.created_ms) > made.cast_signed()) {
                rows.push(HistoryRow::Kept(newer));
            }
            rows.push(HistoryRow::Result(result));
        }
        rows.extend(kept.map(HistoryRow::Kept));
        rows
    }

    /// Frames of the clip that is shown; 0 without one.
    pub fn shown_frames(&self) -> usize {
        self.shown().map_or(0, |clip| clip.frames.count())
    }

    /// Whether closing now would lose something, or break off a training. Jobs stand in the journal, and exports are finished
    /// first.
    pub fn close_loses(&self) -> bool {
        self.results.unsaved() > 0 || self.training.running.is_some()
    }

    /// Checks the controls again, after one of them or the model has changed.
    pub fn check_controls(&mut self) {
        self.form.check(&self.models, &self.queue.times);
    }

    /// A field was edited: what was said about its old text goes.
    pub fn edited(&mut self, place: Place) {
        self.form.remarks.retain(|(at, ..)| *at != place);
        self.check_controls();
    }

    /// A request with the settings as they stand, to prepare the engine for.
    pub fn usual_request(&self) -> Option<GenerateRequest> {
        self.form.usual_request(self.models.limits()?)
    }

    /// A new seed for the noise that is chosen.
    pub fn drawn_seed(&self) -> Option<u64> {
        self.form.drawn_seed(self.models.limits()?)
    }

    /// Why a model cannot be taken away now.
    pub fn why_not_remove(&self, row: &ModelRow) -> Option<String> {
        let path = row.path.as_deref()?;
        if self.models.uses(row) || self.models.is_chosen(&ModelSource::File(path.to_owned())) {
            return Some(tr!("reasons-model-in-use"));
        }
        self.form.lists_lora(path).then(|| tr!("reasons-lora-in-list"))
    }

    /// Seconds until the export dialog's picture changes, where it moves.
    pub fn next_sample_secs(&self) -> Option<f64> {
        let is_open = matches!(self.view.dialog, Some(view::DialogKind::Export { .. }));
        let sample = self.exports.sampling.shown().filter(|sample| is_open && sample.frames.count() > 1)?;
        let period_secs = 1.0 / f64::from(sample.settings.fps.max(1));
        (!self.view.is_still()).then(|| period_secs - self.view.now_secs.rem_euclid(period_secs))
    }

    /// The path that an export of a finished clip suggests.
    pub fn suggested_path(&self, id: ResultId) -> Option<std::path::PathBuf> {
        self.results.get(id).map(|clip| self.exports.suggested_path(clip))
    }
}
