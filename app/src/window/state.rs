//! All that the window knows, as plain data. `apply` and `events` write it; panels read it.

use std::path::{Path, PathBuf};

use hummingbird_engine::device::{DeviceChoice, DeviceKind};
use hummingbird_engine::jobs::plan::Planners;
use hummingbird_engine::model::{ModelCard, ModelSource};
use hummingbird_engine::pipeline::video_out::Format;
use hummingbird_engine::request::{GenerateRequest, RequestLimits};

use crate::cli::print::bytes;

use super::clips::{ClipKey, LiveClip, Preparing, ResultClip, ResultId, RunningJob, ShownClip, View, WaitingJob};
use super::command::Action;
use super::controls::{Controls, Place};
use super::loras::LoraNotes;
use super::playback::Playback;
use super::settings::{ExportPreferences, Scaling, Settings, ThemeChoice};
use super::shelf::Shelf;

/// Deleted clips that can be brought back.
pub const MAX_UNDO: usize = 16;

/// The model, as far as it is known.
#[derive(Clone, Debug)]
pub enum ModelStatus {
    /// It is being opened.
    Opening,
    /// It can be used.
    Ready(Box<ModelCard>),
    /// It cannot be used; a notice says why.
    Failed,
}

/// How grave a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Good news; goes away by itself.
    Info,
    /// Something survived that the user must know.
    Warning,
    /// Something failed.
    Error,
}

/// Identity of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeId(pub u64);

/// The button of a notice.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// Do this.
    Run(Action),
    /// Put the path of a saved file on the clipboard.
    CopyPath(String),
    /// Open this file as the model.
    OpenModel(PathBuf),
    /// Switch the LoRA in this file off.
    SwitchLoraOff(PathBuf),
    /// Decode a kept latent.
    Decode {
        /// The latent's file.
        latent: PathBuf,
        /// The request that made it.
        request: GenerateRequest,
    },
}

/// A message above the preview.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Identity.
    pub id: NoticeId,
    /// How grave it is.
    pub level: Level,
    /// What happened and what to do.
    pub text: String,
    /// What helps, as a button.
    pub remedy: Option<Remedy>,
    /// When it goes away by itself, in seconds of the window's clock.
    pub expires_secs: Option<f64>,
}

/// A sheet or question in front of the window.
#[derive(Clone, Debug, PartialEq)]
pub enum DialogKind {
    /// The help page.
    Help,
    /// The model page.
    Models,
    /// The licence of a model, before it is got.
    Licence(String),
    /// Whether to delete what has arrived of a model.
    Discard(String),
    /// Whether to close although something would be lost.
    Close,
    /// Whether to change the model although a job runs.
    SwitchModel(ModelSource),
    /// Where and how to export.
    Export {
        /// The clip.
        result: ResultId,
        /// Path as typed.
        path: String,
        /// Whether an existing file may be replaced.
        replace: bool,
        /// Why the path did not do.
        problem: Option<String>,
    },
    /// Which file to open.
    Open {
        /// What for.
        purpose: OpenPurpose,
        /// Path as typed.
        path: String,
        /// Why the sheet is there or why the path did not do.
        problem: Option<String>,
    },
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenPurpose {
    /// As the model.
    Model,
    /// As a LoRA.
    Lora,
    /// To read a clip's settings.
    Clip,
}

/// An export that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportStatus {
    /// Its number.
    pub id: u64,
    /// The clip.
    pub result: ResultId,
    /// Where it goes.
    pub path: PathBuf,
    /// Frames written.
    pub frames_done: usize,
    /// Frames in all.
    pub frames_total: usize,
    /// Whether it was asked to stop.
    pub cancelling: bool,
}

/// What an export wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The files, in the order of the frames.
    pub paths: Vec<PathBuf>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// How an export ended: with files, cancelled, or with an error for the user.
pub type ExportEnd = Result<Option<Saved>, String>;

/// A field that should get the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FocusTarget {
    /// The prompt.
    Prompt,
    /// The negative prompt.
    Negative,
}

/// The whole state of the window.
pub struct State {
    /// The controls.
    pub controls: Controls,
    /// What is wrong with the numbers as they stand.
    pub problems: Vec<(Place, String)>,
    /// What the last job or the last try to start one said about a field; goes when the field is edited.
    pub remarks: Vec<(Place, Level, String)>,
    /// Where the model comes from.
    pub source: ModelSource,
    /// The model.
    pub model: ModelStatus,
    /// What the engine does before any job.
    pub preparing: Option<Preparing>,
    /// Jobs that wait, in order.
    pub waiting: Vec<WaitingJob>,
    /// The job that runs.
    pub running: Option<RunningJob>,
    /// The newest preview of the running job.
    pub live: Option<LiveClip>,
    /// Results, newest first.
    pub results: Vec<ResultClip>,
    /// Deleted results with their places, the last deletion last.
    pub deleted: Vec<(usize, ResultClip)>,
    /// What is shown.
    pub view: View,
    /// Which frame of it.
    pub playback: Playback,
    /// Messages, oldest first.
    pub notices: Vec<Notice>,
    /// What stands in front of the window.
    pub dialog: Option<DialogKind>,
    /// What is known of LoRAs beside the list in the controls.
    pub lora_notes: LoraNotes,
    /// Models that are here or can be got, and work on them.
    pub shelf: Shelf,
    /// Exports under way.
    pub exports: Vec<ExportStatus>,
    /// A file dialog of the system is open.
    pub choosing_file: bool,
    /// Devices of this machine, once they were looked for: how to ask for each, and its name.
    pub devices: Vec<(DeviceChoice, String)>,
    /// What kind of device an automatic choice picks.
    pub best_device: DeviceKind,
    /// What jobs of the open model will need.
    pub planners: Option<Planners>,
    /// What the next job will hold in memory, in words.
    pub memory_need: Option<String>,
    /// Format and options of exports.
    pub export: ExportPreferences,
    /// Light or dark.
    pub theme: ThemeChoice,
    /// How small clips are enlarged.
    pub scaling: Scaling,
    /// Inner size of the window in points.
    pub window_size: Option<[f32; 2]>,
    /// The field that should get the keyboard.
    pub focus: Option<FocusTarget>,
    /// Files hover over the window.
    pub files_hover: bool,
    /// The user agreed to close.
    pub close_agreed: bool,
    /// The window's clock in seconds.
    pub now_secs: f64,
    /// Counts everything that needs a number.
    pub next_id: u64,
}

impl State {
    /// The state with which the window opens.
    pub fn new(settings: Settings) -> Self {
        let source = settings.model.map_or(ModelSource::Embedded, ModelSource::File);
        Self {
            controls: settings.controls,
            problems: Vec::new(),
            remarks: Vec::new(),
            source,
            model: ModelStatus::Opening,
            preparing: None,
            waiting: Vec::new(),
            running: None,
            live: None,
            results: Vec::new(),
            deleted: Vec::new(),
            view: View::Nothing,
            playback: Playback::new(settings.looping),
            notices: Vec::new(),
            dialog: None,
            lora_notes: LoraNotes::default(),
            shelf: Shelf::default(),
            exports: Vec::new(),
            choosing_file: false,
            devices: Vec::new(),
            best_device: DeviceKind::Cpu,
            planners: None,
            memory_need: None,
            export: settings.export,
            theme: settings.theme,
            scaling: settings.scaling,
            window_size: settings.window_size,
            focus: Some(FocusTarget::Prompt),
            files_hover: false,
            close_agreed: false,
            now_secs: 0.0,
            next_id: 1,
        }
    }

    /// What is kept for the next session.
    pub fn settings(&self) -> Settings {
        Settings {
            window_size: self.window_size,
            theme: self.theme,
            scaling: self.scaling,
            looping: self.playback.looping,
            controls: self.controls.clone(),
            // A model that cannot be opened must not greet the user again at every start.
            model: match (&self.source, &self.model) {
                (ModelSource::File(path), ModelStatus::Ready(_) | ModelStatus::Opening) => Some(path.clone()),
                _ => None,
            },
            export: self.export.clone(),
        }
    }

    /// The model's card, once it is open.
    pub fn card(&self) -> Option<&ModelCard> {
        match &self.model {
            ModelStatus::Ready(card) => Some(card),
            _ => None,
        }
    }

    /// What the model takes, once it is open.
    pub fn limits(&self) -> Option<&RequestLimits> {
        self.card().map(|card| &card.limits)
    }

    /// A result.
    pub fn result(&self, id: ResultId) -> Option<&ResultClip> {
        self.results.iter().find(|result| result.id == id)
    }

    /// The result that is shown.
    pub fn shown_result(&self) -> Option<&ResultClip> {
        match self.view {
            View::Result(id) => self.result(id),
            _ => None,
        }
    }

    /// The clip that is shown.
    pub fn shown(&self) -> Option<ShownClip<'_>> {
        match self.view {
            View::Nothing => None,
            View::Live => {
                let (live, running) = (self.live.as_ref()?, self.running.as_ref()?);
                let key = ClipKey::Live(live.job, live.revision);
                Some(ShownClip { key, frames: &live.frames, fps: running.request.clip.fps })
            }
            View::Result(id) => {
                let outcome = &self.result(id)?.outcome;
                Some(ShownClip { key: ClipKey::Result(id), frames: &outcome.frames, fps: outcome.request.clip.fps })
            }
        }
    }

    /// Frames of the clip that is shown; 0 without one.
    pub fn shown_frames(&self) -> usize {
        self.shown().map_or(0, |clip| clip.frames.count())
    }

    /// Whether a job runs or waits.
    pub fn busy(&self) -> bool {
        self.running.is_some() || !self.waiting.is_empty()
    }

    /// Results that were never exported.
    pub fn unsaved(&self) -> usize {
        self.results.iter().filter(|result| result.exported.is_none()).count()
    }

    /// Whether closing now would lose something.
    pub fn close_loses(&self) -> bool {
        self.busy() || self.unsaved() > 0 || !self.exports.is_empty()
    }

    /// Why an action cannot be done now; `None` when it can.
    pub fn why_not(&self, action: Action) -> Option<&'static str> {
        let no_clip = "no finished clip is shown";
        let no_frames = "nothing is shown yet";
        let when = |blocked: bool, reason: &'static str| blocked.then_some(reason);
        match action {
            Action::Generate => match &self.model {
                ModelStatus::Opening => Some("the model is being opened"),
                ModelStatus::Failed => Some("no model is open: choose File, Models"),
                ModelStatus::Ready(_) => when(!self.problems.is_empty(), "a setting needs to be corrected first"),
            },
            Action::Cancel | Action::CancelAll => when(!self.busy(), "nothing is being made"),
            Action::Export | Action::ExportAs => when(self.shown_result().is_none(), no_clip)
                .or(when(action == Action::Export && self.choosing_file, "a file dialog is open")),
            Action::ReuseSettings | Action::DeleteResult => when(self.shown_result().is_none(), no_clip),
            Action::DecodeAgain => match self.shown_result() {
                None => Some(no_clip),
                Some(result) => when(result.outcome.latent_path.is_none(), "this clip's latent could not be kept"),
            },
            Action::UndoDelete => when(self.deleted.is_empty(), "no clip was deleted"),
            Action::UseDemoModel => {
                let here = self.source == ModelSource::Embedded && !matches!(self.model, ModelStatus::Failed);
                when(here, "the demo model is in use")
            }
            Action::UndoRemove => when(self.shelf.removed.is_empty(), "no model and no LoRA was removed"),
            Action::OpenModel | Action::AddLora | Action::OpenClip => when(self.choosing_file, "a file dialog is open"),
            Action::Surprise => {
                let vocabulary = self.card().is_some_and(|card| card.vocabulary.is_some());
                when(!vocabulary, "only the demo model has a list of words")
            }
            Action::PlayPause | Action::PreviousFrame | Action::NextFrame | Action::FirstFrame | Action::LastFrame => {
                when(self.shown_frames() == 0, no_frames)
            }
            Action::ShowLive => when(self.live.is_none() || self.running.is_none(), "no preview is there yet"),
            Action::PreviousResult | Action::NextResult => when(self.results.is_empty(), "the history is empty"),
            Action::DismissNotices => when(self.notices.is_empty(), "there is no message"),
            Action::ShowModels
            | Action::Quit
            | Action::FocusPrompt
            | Action::FocusNegative
            | Action::ToggleSeedLock
            | Action::RollSeed
            | Action::ResetControls
            | Action::ToggleLoop
            | Action::ToggleScaling
            | Action::CycleTheme
            | Action::Help => None,
        }
    }

    /// Messages for one place of the window, problems first.
    pub fn messages(&self, place: Place) -> impl Iterator<Item = (Level, &str)> {
        let problems = self.problems.iter().filter(move |(at, _)| *at == place);
        let remarks = self.remarks.iter().filter(move |(at, ..)| *at == place);
        problems
            .map(|(_, text)| (Level::Error, text.as_str()))
            .chain(remarks.map(|(_, level, text)| (*level, text.as_str())))
    }

    /// Puts a message above the preview. The same message twice is shown once, at the end.
    pub fn notify(&mut self, level: Level, text: impl Into<String>) {
        self.notify_with(level, text, None);
    }

    /// Puts a message with a button that helps above the preview.
    pub fn notify_with(&mut self, level: Level, text: impl Into<String>, remedy: Option<Remedy>) {
        let text = text.into();
        self.notices.retain(|notice| notice.text != text);
        let expires_secs = (level == Level::Info).then_some(self.now_secs + 8.0);
        let id = NoticeId(self.fresh_id());
        self.notices.push(Notice { id, level, text, remedy, expires_secs });
    }

    /// Takes a message away because it no longer holds.
    pub fn withdraw(&mut self, text: &str) {
        self.notices.retain(|notice| notice.text != text);
    }

    /// Puts a remark at a field.
    pub fn remark(&mut self, place: Place, level: Level, text: String) {
        self.remarks.retain(|(at, _, old)| *at != place || *old != text);
        self.remarks.push((place, level, text));
    }

    /// A number that nothing else has.
    pub fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Shows a result from its first frame.
    pub fn show_result(&mut self, id: ResultId) {
        self.view = View::Result(id);
        self.playback.restart();
    }

    /// Checks the numbers again, after one of them or the model has changed.
    pub fn check_controls(&mut self) {
        self.problems = match self.limits() {
            Some(limits) => self.controls.problems(limits),
            None => Vec::new(),
        };
        self.problems.extend(self.unfit_loras());
        self.memory_need = self.need_in_words();
    }

    /// A request with these settings: whatever the prompt says, it takes the same work and the same memory.
    pub fn usual_request(&self) -> Option<GenerateRequest> {
        let mut raw = self.controls.to_raw().ok()?;
        raw.prompt = "a clip".to_owned();
        raw.validate(self.limits()?).ok()
    }

    /// What a clip with these settings will hold in memory.
    fn need_in_words(&self) -> Option<String> {
        let (planners, request) = (self.planners.as_ref()?, self.usual_request()?);
        let planner = planners.of(request.device, self.best_device);
        let need = planner.need(&request.clip, planner.fastest(&request.clip));
        let mapped = match need.mapped_bytes() as u64 {
            0 => String::new(),
            mapped => format!(" and {} of weights in their file", bytes(mapped)),
        };
        Some(format!("Takes about {} of memory{mapped}", bytes(need.held_bytes() as u64)))
    }

    /// The path that an export of `result` suggests.
    pub fn suggested_path(&self, result: &ResultClip) -> PathBuf {
        let request = &result.outcome.request;
        let name = super::clips::file_stem(&request.clip.prompt, request.clip.seed);
        let folder = self.export.folder.clone().or_else(super::settings::videos_folder).unwrap_or_default();
        with_ending(&folder.join(name), self.export.format)
    }
}

/// A path with the ending of a format: another known ending is replaced, anything else stays part of the name.
pub fn with_ending(path: &Path, format: Format) -> PathBuf {
    match Format::from_path(path) {
        Ok(known) if known == format => path.to_owned(),
        Ok(_) => path.with_extension(format.ending()),
        Err(_) => {
            let mut name = path.as_os_str().to_owned();
            name.push(".");
            name.push(format.ending());
            PathBuf::from(name)
        }
    }
}
