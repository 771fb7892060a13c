//! Work that would make the window wait: file dialogs, exports, opening models, reading clips, saving settings.
//!
//! Each runs on a named thread of its own and sends [`Report`]s through a bounded channel.

pub mod engine_link;
pub mod models;

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use hummingbird_engine::device::{DeviceChoice, DeviceInfo, DeviceKind};
use hummingbird_engine::error::EngineError;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::{ExportError, Format, Provenance, export, read_provenance};
use hummingbird_engine::weights::store::Store;
use hummingbird_engine::worker::Wake;

use crate::window::commands::apply::ExportOrder;
use crate::window::commands::models::{ShelfReport, WEIGHT_ENDINGS};
use crate::window::panic_text;
use crate::window::state::clips::ResultId;
use crate::window::state::settings::{self, Settings};
use crate::window::state::{ExportEnd, OpenPurpose, Saved};
use crate::window::tasks::engine_link::EngineLink;

/// A dialog that closes faster than this was never seen by anybody.
const HUMAN_SECS: f32 = 0.7;

/// What a task has to say.
pub enum Report {
    /// A model was opened, or not.
    Model {
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
    /// The dialog for a file to open has closed.
    OpenPath {
        /// What for.
        purpose: OpenPurpose,
        /// The path, if one was chosen.
        path: Option<PathBuf>,
        /// Whether a person can have seen the dialog.
        answered: bool,
    },
    /// An export got on.
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
    /// The devices of this machine were looked for.
    Devices {
        /// How to ask for each, and its name.
        devices: Vec<(DeviceChoice, String)>,
        /// What kind an automatic choice picks.
        best: DeviceKind,
    },
    /// The settings of a clip were read.
    Clip {
        /// The file.
        path: PathBuf,
        /// What it carries.
        read: Result<Option<Box<Provenance>>, String>,
    },
    /// Work on model files.
    Shelf(ShelfReport),
    /// The settings were saved, or not.
    Saved(io::Result<()>),
}

/// Starts tasks and collects their reports.
pub struct Tasks {
    pub(super) sender: Sender<Report>,
    receiver: Receiver<Report>,
    pub(super) wake: Wake,
    /// The model store; `None` is that of the user.
    pub(super) store: Option<Store>,
    pub(super) shelf_cancels: HashMap<String, CancelToken>,
    exports: HashMap<u64, CancelToken>,
    saving: Option<JoinHandle<()>>,
}

impl Tasks {
    /// Without tasks; `wake` is called after each report.
    pub fn new(wake: Wake) -> Self {
        let (sender, receiver) = bounded(256);
        Self {
            sender,
            receiver,
            wake,
            store: None,
            shelf_cancels: HashMap::new(),
            exports: HashMap::new(),
            saving: None,
        }
    }

    /// The reports that have come.
    pub fn reports(&mut self) -> Vec<Report> {
        let reports: Vec<Report> = self.receiver.try_iter().collect();
        for report in &reports {
            match report {
                Report::ExportDone { id, .. } => drop(self.exports.remove(id)),
                Report::Shelf(ShelfReport::Ended { key, .. }) => drop(self.shelf_cancels.remove(key)),
                _ => {}
            }
        }
        reports
    }

    /// Opens a model.
    pub fn open_model(&self, source: ModelSource) {
        let wake = Arc::clone(&self.wake);
        let asked_for = source.clone();
        let broken =
            move |detail| Report::Model { source: asked_for.clone(), opened: Err(EngineError::Bug { detail }) };
        self.spawn("hummingbird-model", broken, move || {
            let opened = EngineLink::open(&source, wake).map(Box::new);
            Report::Model { source, opened }
        });
    }

    /// Looks for the devices of this machine.
    pub fn list_devices(&self) {
        self.spawn(
            "hummingbird-devices",
            |_| Report::Devices { devices: Vec::new(), best: DeviceKind::Cpu },
            || {
                let named = |info: DeviceInfo| {
                    let note = if info.note.is_empty() { String::new() } else { format!(" ({})", info.note) };
                    info.choice.parse().ok().map(|choice: DeviceChoice| (choice, format!("{}{note}", info.name)))
                };
                let list = hummingbird_engine::device::list();
                let best = list.iter().find(|device| device.chosen_by_auto).map_or(DeviceKind::Cpu, |best| best.kind);
                Report::Devices { devices: list.into_iter().filter_map(named).collect(), best }
            },
        );
    }

    /// Asks the system where to save. `parent` is the window that the dialog belongs to.
    pub fn choose_export_path(&self, result: ResultId, suggested: &Path, formats: &[Format], parent: &eframe::Frame) {
        let mut dialog = rfd::AsyncFileDialog::new().set_title("Export clip").set_parent(parent);
        for format in formats {
            dialog = dialog.add_filter(format.label(), &[format.ending()]);
        }
        if let Some(folder) = suggested.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            dialog = dialog.set_directory(folder);
        }
        if let Some(name) = suggested.file_name() {
            dialog = dialog.set_file_name(name.to_string_lossy());
        }
        // Made here and awaited there: some systems want their dialogs made on the window's thread.
        let answer = dialog.save_file();
        let broken = move |_| Report::ExportPath { result, path: None, answered: false };
        self.spawn("hummingbird-save-dialog", broken, move || {
            let (path, answered) = asked(answer);
            Report::ExportPath { result, path, answered }
        });
    }

    /// Asks the system which file to open.
    pub fn choose_file(&self, purpose: OpenPurpose, parent: &eframe::Frame) {
        let dialog = rfd::AsyncFileDialog::new().set_parent(parent);
        let endings: Vec<&str> = Format::ALL.iter().map(|format| format.ending()).collect();
        let dialog = match purpose {
            OpenPurpose::Model => dialog.set_title("Open model").add_filter("Model", &WEIGHT_ENDINGS),
            OpenPurpose::Lora => dialog.set_title("Add LoRA").add_filter("LoRA", &WEIGHT_ENDINGS),
            OpenPurpose::Clip => dialog.set_title("Read settings from a clip").add_filter("Exported clip", &endings),
        };
        let answer = dialog.pick_file();
        let broken = move |_| Report::OpenPath { purpose, path: None, answered: false };
        self.spawn("hummingbird-open-dialog", broken, move || {
            let (path, answered) = asked(answer);
            Report::OpenPath { purpose, path, answered }
        });
    }

    /// Writes a clip.
    pub fn export(&mut self, order: ExportOrder) {
        let token = CancelToken::default();
        self.exports.insert(order.id, token.clone());
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        let id = order.id;
        let broken = move |reason| Report::ExportDone { id, ended: Err(reason) };
        self.spawn("hummingbird-export", broken, move || {
            let ExportOrder { id: _, frames, settings, provenance, path } = order;
            let mut on_progress = |progress: hummingbird_engine::pipeline::video_out::ExportProgress| {
                // A full channel loses nothing but one step of a progress bar.
                if sender.try_send(Report::ExportProgress { id, frames_done: progress.frames_done }).is_ok() {
                    wake();
                }
                if token.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let ended = match export(&frames, &settings, &provenance, &path, &mut on_progress) {
                Ok(report) => Ok(Some(Saved {
                    paths: report.paths,
                    notes: report.notes.iter().map(std::string::ToString::to_string).collect(),
                })),
                Err(ExportError::Cancelled) => Ok(None),
                Err(error) => Err(error.to_string()),
            };
            Report::ExportDone { id, ended }
        });
    }

    /// Asks an export to stop.
    pub fn cancel_export(&self, id: u64) {
        if let Some(token) = self.exports.get(&id) {
            token.cancel();
        }
    }

    /// Reads the settings of an exported clip.
    pub fn read_clip(&self, path: PathBuf) {
        let dropped = path.clone();
        let broken = move |reason| Report::Clip { path: dropped.clone(), read: Err(reason) };
        self.spawn("hummingbird-read-clip", broken, move || {
            let read = read_provenance(&path).map(|read| read.map(Box::new)).map_err(|error| error.to_string());
            // The window asks for it next, and must not wait for it.
            crate::window::tasks::engine_link::demo_sha256();
            Report::Clip { path, read }
        });
    }

    /// Saves the settings, unless the last save is still under way; whether it was started.
    pub fn save_settings(&mut self, settings: Settings) -> bool {
        if self.saving.as_ref().is_some_and(|saving| !saving.is_finished()) {
            return false;
        }
        let Some(path) = settings::file() else { return true };
        let broken = |reason| Report::Saved(Err(io::Error::other::<String>(reason)));
        let save = move || Report::Saved(settings::save_to(&path, &settings));
        self.saving = self.spawn("hummingbird-settings", broken, save);
        true
    }

    /// Saves the settings before the application ends.
    pub fn save_settings_now(&mut self, settings: &Settings) {
        if let Some(saving) = self.saving.take()
            && saving.join().is_err()
        {
            log::warn!("saving the settings failed earlier");
        }
        let Some(path) = settings::file() else { return };
        if let Err(error) = settings::save_to(&path, settings) {
            log::error!("the settings were not saved ({error}): {}", path.display());
        }
    }

    /// Runs `task` on a thread of its own. Where it cannot run or panics, `broken` turns the reason into its report, so that
    /// nothing waits for ever.
    pub(super) fn spawn(
        &self,
        name: &str,
        broken: impl Fn(String) -> Report + Clone + Send + 'static,
        task: impl FnOnce() -> Report + Send + 'static,
    ) -> Option<JoinHandle<()>> {
        let (sender, wake, no_thread) = (self.sender.clone(), Arc::clone(&self.wake), broken.clone());
        let running = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let report = catch_unwind(AssertUnwindSafe(task))
                .unwrap_or_else(|panic| broken(format!("internal error, please report it: {}", panic_text(&*panic))));
            // Without a receiver the window has gone, and nobody waits for the report.
            if sender.send(report).is_ok() {
                wake();
            }
        });
        match running {
            Ok(handle) => Some(handle),
            Err(error) => {
                let report = no_thread(format!("the system starts no more threads: close other programs ({error})"));
                if self.sender.try_send(report).is_ok() {
                    (self.wake)();
                }
                None
            }
        }
    }
}

/// Waits for a file dialog: the path, and whether anybody can have seen the dialog.
fn asked(answer: impl Future<Output = Option<rfd::FileHandle>>) -> (Option<PathBuf>, bool) {
    let asked = Instant::now();
    let path = block_on(answer).map(|file| file.path().to_owned());
    let answered = path.is_some() || asked.elapsed() > Duration::from_secs_f32(HUMAN_SECS);
    (path, answered)
}

/// Runs one future on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut tasks = Tasks::new(Arc::new(|| ()));
        let broken = |reason| Report::ExportDone { id: 7, ended: Err(reason) };
        tasks.spawn("test", broken, || panic!("out of luck"));
        let Report::ExportDone { id: 7, ended: Err(reason) } = wait(&mut tasks) else { panic!("another report") };
        assert!(reason.contains("out of luck") && reason.contains("report it"), "{reason}");
    }

    #[test]
    fn a_clip_that_is_not_there_is_told() {
        let mut tasks = Tasks::new(Arc::new(|| ()));
        tasks.read_clip(PathBuf::from("no/such/clip.mp4"));
        let Report::Clip { read: Err(error), .. } = wait(&mut tasks) else { panic!("another report") };
        assert!(error.contains("clip.mp4"), "{error}");
    }

    #[test]
    fn futures_that_are_woken_by_another_thread_are_finished() {
        let mut woken = false;
        let answer = std::future::poll_fn(|context| {
            if std::mem::replace(&mut woken, true) {
                return Poll::Ready(5);
            }
            let waker = context.waker().clone();
            thread::spawn(move || waker.wake());
            Poll::Pending
        });
        assert_eq!(block_on(answer), 5);
    }
}
