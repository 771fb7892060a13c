//! Work that would make the window wait: file dialogs, exports, opening models, reading clips, saving settings.
//!
//! Each runs on a named thread of its own and sends [`Report`]s through a bounded channel. Tasks take and give the plain data
//! of `state::work`; what a report changes in the state is decided in `commands`. Files of models: [`models`], LoRAs that are
//! trained: [`training`], devices: [`devices`], the library: [`library`], the data page: [`data`], the prompt: [`prompting`], the queue: [`queue`], the engine: [`engine_link`], other starts: [`instance`], crashes: [`session_file`], newer versions: [`version`], the settings file: [`settings_file`], the system's dialogs: [`file_dialogs`], exports: [`exports`].

pub mod data;
mod data_pictures;
mod data_stages;
pub mod devices;
pub mod engine_link;
pub mod exports;
pub mod file_dialogs;
pub mod instance;
pub mod library;
mod look;
pub mod model_folders;
pub mod models;
mod opening;
mod power;
pub mod prompting;
pub mod queue;
pub mod session_file;
pub mod settings_file;
pub mod training;
mod version;

use crate::language::tr;
use crate::sentences::{error_in_words, in_words};
use std::any::Any;
use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use hummingbird_engine::device::{DeviceChoice, DeviceInfo, DeviceKind, DeviceShare};
use hummingbird_engine::error::EngineError;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::kept::Kept;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::{read_foreign, read_provenance};
use hummingbird_engine::weights::store::folders::ModelFolders;
use hummingbird_engine::weights::store::{Release, Store};
use hummingbird_engine::worker::{EngineOptions, Wake};
use hummingbird_engine::{FileLock, Folders};

use self::data::DataTasks;
use self::engine_link::{EngineLink, demo_sha256};
use self::library::LibraryThreads;
use self::model_folders::Looks;
use self::settings_file::{SettingsFile, SmallFile};
use crate::window::state::clips::ResultId;
use crate::window::state::data_work::DataReport;
use crate::window::state::devices::DeviceReport;
use crate::window::state::exports::Sample;
use crate::window::state::grids::Grid;
use crate::window::state::latest::Ticket;
use crate::window::state::library::LibraryReport;
use crate::window::state::prompting::PromptingReport;
use crate::window::state::settings::Settings;
use crate::window::state::view::SystemLook;
use crate::window::state::work::{
    Carried, CarriedSettings, ExportEnd, Handover, ModelReport, OpenPurpose, ReadQueue, TrainingReport,
};

/// Reports that may wait for a window that does not look.
const REPORTS: usize = 256;

/// What a task has to say.
pub enum Report {
    /// How the system wants windows to look.
    SystemLook(SystemLook),
    /// The newest version of the program, or why nobody knows.
    NewestVersion(Result<Release, String>),
    /// A model was opened, or not.
    Model {
        /// The ticket of the order.
        ticket: Ticket,
        /// The model.
        source: ModelSource,
        /// Its engine.
        opened: Result<Box<EngineLink>, EngineError>,
    },
    /// The dialog for a place to save to has closed.
    ExportPath {
        /// The result to save.
        result: ResultId,
        /// The path, if one was chosen.
        path: Option<PathBuf>,
        /// Whether a person can have seen the dialog.
        answered: bool,
    },
    /// The dialog for a place to save the queue or the styles to has closed.
    SavePath {
        /// The path, if one was chosen.
        path: Option<PathBuf>,
        /// Whether a person can have seen the dialog.
        answered: bool,
    },
    /// The dialog for a file to open has closed.
    OpenPath {
        /// What for.
        purpose: OpenPurpose,
        /// The path, if one was chosen.
        path: Option<PathBuf>,
        /// Whether a person can have seen the dialog.
        answered: bool,
    },
    /// An export made progress.
    ExportProgress {
        /// Its number.
        id: u64,
        /// Frames written.
        frames_done: usize,
    },
    /// An export ended.
    ExportDone {
        /// Its number.
        id: u64,
        /// How.
        ended: ExportEnd,
    },
    /// It is known what an export would be.
    Sampled {
        /// The number of the order.
        id: u64,
        /// What it would be, or why not.
        sample: Result<Sample, String>,
    },
    /// The devices of this machine were looked for.
    Devices {
        /// How to ask for each, and its name.
        devices: Vec<(DeviceChoice, String)>,
        /// What kind an automatic choice picks.
        best: DeviceKind,
    },
    /// The settings of a clip were read.
    Clip {
        /// The ticket of the order.
        ticket: Ticket,
        /// The file.
        path: PathBuf,
        /// What it carries.
        read: Result<Option<Box<Carried>>, String>,
    },
    /// The queue was saved, with so many jobs, or not.
    QueueSaved {
        /// The file.
        path: PathBuf,
        /// How many jobs it holds, or why it could not be written.
        saved: Result<usize, String>,
    },
    /// A queue file was read, or not.
    QueueRead {
        /// The file.
        path: PathBuf,
        /// Its jobs, or why it cannot be used.
        read: Result<ReadQueue, String>,
    },
    /// What was to happen when the queue is done has happened, or not.
    WhenDone(Result<(), String>),
    /// The clips of a grid were joined, or could not be.
    Grid {
        /// The grid.
        grid: Box<Grid>,
        /// The clip, or why there is none.
        joined: Result<Frames, String>,
    },
    /// Work on model files.
    Models(ModelReport),
    /// Work on devices.
    DeviceWork(DeviceReport),
    /// Training of LoRAs.
    Training(TrainingReport),
    /// A later start hands over what it was asked for.
    HandedOver(Handover),
    /// The library.
    Library(LibraryReport),
    /// Work for the data page.
    Data(DataReport),
    /// Work for the prompt.
    Prompting(PromptingReport),
    /// The settings were saved, or not.
    Saved(io::Result<()>),
}

/// A clip, and the caption that is to be written beside it.
type Caption = (PathBuf, String);

/// Starts tasks and collects their reports.
pub struct Tasks {
    pub(super) sender: Sender<Report>,
    receiver: Receiver<Report>,
    pub(super) wake: Wake,
    /// Called instead where the engine only got on.
    pub wake_for_progress: Option<Wake>,
    /// The models folder; `None` where the system names no folders.
    pub(super) store: Option<Store>,
    pub(super) folders: Option<Folders>,
    /// How much of a GPU's time tasks use.
    share: DeviceShare,
    pub(super) training_cancel: Option<CancelToken>,
    /// Stops the bench of a device.
    pub(super) bench_cancel: Option<CancelToken>,
    /// Whether the one that watches the power goes on.
    pub(super) power_watch: Option<Arc<AtomicBool>>,
    /// As long as it is there, the system says how windows are to look.
    pub(super) look: Option<mundy::Subscription>,
    /// The thread that writes captions, with its orders.
    pub(super) captions: Option<(Sender<Caption>, JoinHandle<()>)>,
    pub(super) library: Option<LibraryThreads>,
    /// What the data page has under way.
    pub(super) data: DataTasks,
    pub(super) model_cancels: HashMap<String, CancelToken>,
    /// Folders with models, and what completes models, as they were kept last.
    pub(super) model_folders: ModelFolders,
    /// Where other programs are looked for.
    pub(super) program_places: Vec<PathBuf>,
    /// What files were found to be.
    pub(super) looks: Looks,
    pub(super) exports: HashMap<u64, CancelToken>,
    /// Stops the question to the server.
    pub(super) asking: Option<CancelToken>,
    /// The thread that changes the file of used prompts.
    pub(super) keeping_prompts: Option<JoinHandle<()>>,
    pub(super) keeping_styles: Option<JoinHandle<()>>,
    /// The thread that writes the settings of the server.
    pub(super) saving_server: Option<JoinHandle<()>>,
    saving: Option<JoinHandle<()>>,
    /// The thread that keeps what jobs took.
    pub(super) keeping_times: Option<JoinHandle<()>>,
    saving_small: Option<JoinHandle<()>>,
    /// Held by the first window of a user.
    pub(super) first_window: Option<FileLock>,
    /// Reports of tasks that could not be started.
    stranded: Vec<Report>,
}

impl Tasks {
    /// Without tasks; `wake` is called after each report.
    pub fn new(folders: Option<Folders>, wake: Wake) -> Self {
        let (sender, receiver) = bounded(REPORTS);
        Self {
            sender,
            receiver,
            wake,
            wake_for_progress: None,
            store: folders.as_ref().map(Store::of),
            folders,
            share: DeviceShare::default(),
            training_cancel: None,
            bench_cancel: None,
            power_watch: None,
            look: None,
            captions: None,
            library: None,
            data: DataTasks::default(),
            model_cancels: HashMap::new(),
            model_folders: ModelFolders::default(),
            program_places: Vec::new(),
            looks: Looks::default(),
            exports: HashMap::new(),
            asking: None,
            keeping_prompts: None,
            keeping_styles: None,
            saving_server: None,
            saving: None,
            keeping_times: None,
            saving_small: None,
            first_window: None,
            stranded: Vec::new(),
        }
    }

    /// The reports that have come.
    pub fn reports(&mut self) -> Vec<Report> {
        // As many as were there at the start: a task that reports without end must not keep the window from drawing.
        let mut reports = std::mem::take(&mut self.stranded);
        reports.extend(self.receiver.try_iter().take(REPORTS));
        for report in &reports {
            match report {
                Report::ExportDone { id, .. } | Report::Sampled { id, .. } => drop(self.exports.remove(id)),
                Report::Models(ModelReport::Ended { key, .. }) => drop(self.model_cancels.remove(key)),
                _ => {}
            }
        }
        reports
    }

    /// Opens a model.
    pub fn open_model(&mut self, ticket: Ticket, source: ModelSource) {
        let parts = self.parts_of(&source);
        let options = EngineOptions {
            folders: self.folders.clone(),
            parts,
            wake: Arc::clone(&self.wake),
            wake_for_progress: self.wake_for_progress.clone(),
        };
        let asked_for = source.clone();
        let broken = move |detail| {
            let (source, opened) = (asked_for.clone(), Err(EngineError::Bug { detail }));
            Report::Model { ticket, source, opened }
        };
        self.spawn("hummingbird-model", broken, move || {
            let opened = EngineLink::open(&source, options).map(Box::new);
            Report::Model { ticket, source, opened }
        });
    }

    /// Looks for the devices of this machine.
    pub fn list_devices(&mut self) {
        self.spawn(
            "hummingbird-devices",
            |_| Report::Devices { devices: Vec::new(), best: DeviceKind::Cpu },
            || {
                let named = |info: DeviceInfo| {
                    let note = info.drawback.map(|drawback| format!(" ({})", in_words(&drawback))).unwrap_or_default();
                    info.choice.parse().ok().map(|choice: DeviceChoice| (choice, format!("{}{note}", info.name)))
                };
                let list = hummingbird_engine::device::list(None);
                let best = list.iter().find(|device| device.chosen_by_auto).map_or(DeviceKind::Cpu, |best| best.kind);
                Report::Devices { devices: list.into_iter().filter_map(named).collect(), best }
            },
        );
    }

    /// Asks an export to stop.
    pub fn cancel_export(&self, id: u64) {
        if let Some(token) = self.exports.get(&id) {
            token.cancel();
        }
    }

    /// Reads the settings of an exported clip.
    pub fn read_clip(&mut self, ticket: Ticket, path: PathBuf) {
        let chosen = path.clone();
        let broken = move |reason| Report::Clip { ticket, path: chosen.clone(), read: Err(reason) };
        self.spawn("hummingbird-read-clip", broken, move || {
            let read = match read_provenance(&path) {
                Ok(Some(provenance)) => {
                    let is_of_demo = provenance.model_sha256 == demo_sha256();
                    Ok(Some(Box::new(Carried::Ours(CarriedSettings { provenance, is_of_demo }))))
                }
                // What is damaged for us may still say how another program made it.
                silent => match (read_foreign(&path), silent) {
                    (Ok(Some(foreign)), _) => Ok(Some(Box::new(Carried::Foreign(foreign)))),
                    (_, Err(error)) => Err(in_words(&error)),
                    (_, Ok(_)) => Ok(None),
                },
            };
            Report::Clip { ticket, path, read }
        });
    }

    /// Saves the settings, unless the last save is still under way; whether it was started.
    pub fn save_settings(&mut self, settings: Settings) -> bool {
        if self.saving.as_ref().is_some_and(|saving| !saving.is_finished()) {
            return false;
        }
        let Some(file) = self.folders.as_ref().map(SettingsFile::of) else { return true };
        let broken = |reason| Report::Saved(Err(io::Error::other::<String>(reason)));
        let save = move || Report::Saved(file.save(&settings));
        self.saving = self.spawn("hummingbird-settings", broken, save);
        true
    }

    /// Saves a small file, after those that are being saved.
    pub fn save_small<T: Kept + Send + 'static>(&mut self, file: fn(&Folders) -> SmallFile<T>, value: T) {
        let Some(file) = self.folders.as_ref().map(file) else { return };
        let before = self.saving_small.take();
        let broken = |reason| Report::Saved(Err(io::Error::other::<String>(reason)));
        self.saving_small = self.spawn("hummingbird-small", broken, move || {
            // The last of several changes is the one that stays.
            joined(before);
            Report::Saved(file.save(&value))
        });
    }

    /// Waits until small files are written.
    pub fn finish_small(&mut self) {
        joined(self.saving_small.take());
    }

    /// Saves the settings before the application ends.
    pub fn save_settings_now(&mut self, settings: &Settings) {
        if let Some(saving) = self.saving.take()
            && saving.join().is_err()
        {
            log::warn!("saving the settings failed earlier");
        }
        let Some(file) = self.folders.as_ref().map(SettingsFile::of) else { return };
        if let Err(error) = file.save(settings) {
            log::error!("the settings were not saved: {error}");
        }
    }

    /// Runs `task` on a thread of its own. Where it cannot run or panics, `broken` turns the reason into its report, so that
    /// nothing waits for ever.
    pub(super) fn spawn(
        &mut self,
        name: &str,
        broken: impl Fn(String) -> Report + Clone + Send + 'static,
        task: impl FnOnce() -> Report + Send + 'static,
    ) -> Option<JoinHandle<()>> {
        let (sender, wake, no_thread) = (self.sender.clone(), Arc::clone(&self.wake), broken.clone());
        let running = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let report = catch_unwind(AssertUnwindSafe(task))
                .unwrap_or_else(|panic| broken(tr!("window-internal-error", detail = panic_text(&*panic))));
            // Without a receiver the window has gone, and nobody waits for the report.
            if sender.send(report).is_ok() {
                wake();
            }
        });
        match running {
            Ok(handle) => Some(handle),
            Err(error) => {
                // Not through the channel: this is the thread that empties it.
                let reason = tr!("window-no-threads-because", error = error_in_words(&error));
                self.stranded.push(no_thread(reason));
                (self.wake)();
                None
            }
        }
    }
}

pub(super) fn joined(saving: Option<JoinHandle<()>>) {
    if saving.is_some_and(|saving| saving.join().is_err()) {
        log::warn!("saving a file failed earlier");
    }
}

/// What a panic says.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| tr!("window-no-reason"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::window::state::latest::Latest;

    fn wait(tasks: &mut Tasks) -> Report {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            if let Some(report) = tasks.reports().pop() {
                return report;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("no report came");
    }

    #[test]
    fn a_task_that_panics_still_reports() {
        let mut tasks = Tasks::new(None, Arc::new(|| ()));
        let broken = |reason| Report::ExportDone { id: 7, ended: Err(reason) };
        tasks.spawn("test", broken, || panic!("out of luck"));
        let Report::ExportDone { id: 7, ended: Err(reason) } = wait(&mut tasks) else { panic!("another report") };
        assert!(reason.contains("out of luck") && reason.contains("report it"), "{reason}");
    }

    #[test]
    fn a_clip_that_is_not_there_is_told() {
        let mut tasks = Tasks::new(None, Arc::new(|| ()));
        tasks.read_clip(Latest::default().ask(), PathBuf::from("no/such/clip.mp4"));
        let Report::Clip { read: Err(error), .. } = wait(&mut tasks) else { panic!("another report") };
        assert!(error.contains("clip.mp4"), "{error}");
    }
}
