//! The system's file dialogs, waited for on threads of their own.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use hummingbird_engine::jobs::queue_file;
use hummingbird_engine::pipeline::video_out::Format;

use super::{Report, Tasks};
use crate::language::tr;
use crate::sentences::in_words;
use crate::window::state::clips::ResultId;
use crate::window::state::models::WEIGHT_ENDINGS;
use crate::window::state::view::SavedThing;
use crate::window::state::work::OpenPurpose;

/// Endings of manifests.
const MANIFEST_ENDINGS: [&str; 7] = ["parquet", "pq", "csv", "tsv", "jsonl", "ndjson", "json"];
/// A dialog that closes faster than this was never seen by anybody.
const HUMAN_SECS: f32 = 0.7;

impl Tasks {
    /// Asks the system where to save. `parent` is the window that the dialog belongs to.
    pub fn choose_export_path(
        &mut self,
        result: ResultId,
        suggested: &Path,
        formats: &[Format],
        parent: &eframe::Frame,
    ) {
        let mut dialog = rfd::AsyncFileDialog::new().set_title(tr!("window-dialog-export")).set_parent(parent);
        for format in formats {
            dialog = dialog.add_filter(in_words(format), &[format.ending()]);
        }
        // Made here and awaited there: some systems want their dialogs made on the window's thread.
        let answer = placed(dialog, suggested).save_file();
        let broken = move |_| Report::ExportPath { result, path: None, answered: false };
        self.spawn("hummingbird-save-dialog", broken, move || {
            let (path, answered) = asked(answer);
            Report::ExportPath { result, path, answered }
        });
    }

    /// Asks the system where to save the queue or the styles.
    pub fn choose_save_path(&mut self, what: SavedThing, suggested: &Path, parent: &eframe::Frame) {
        let (title, filter) = match what {
            SavedThing::Queue => (tr!("settings-save-queue-title"), tr!("window-dialog-queue.files")),
            SavedThing::Styles => (tr!("prompting-export-styles"), tr!("prompting-styles")),
            SavedThing::DataPage => (tr!("data-save-page"), "HTML".to_owned()),
            SavedThing::DataManifest => (tr!("data-save-manifest"), tr!("data-manifests")),
        };
        let dialog = rfd::AsyncFileDialog::new().set_title(title).set_parent(parent);
        let answer = placed(dialog.add_filter(filter, &[what.ending()]), suggested).save_file();
        let broken = move |_| Report::SavePath { path: None, answered: false };
        self.spawn("hummingbird-save-dialog", broken, move || {
            let (path, answered) = asked(answer);
            Report::SavePath { path, answered }
        });
    }

    /// Asks the system which file to open.
    pub fn choose_file(&mut self, purpose: OpenPurpose, parent: &eframe::Frame) {
        let dialog = rfd::AsyncFileDialog::new().set_parent(parent);
        let endings: Vec<&str> = Format::ALL.iter().map(|format| format.ending()).collect();
        let dialog = match purpose {
            OpenPurpose::Model => dialog
                .set_title(tr!("window-dialog-model"))
                .add_filter(tr!("window-dialog-model.files"), &WEIGHT_ENDINGS),
            OpenPurpose::Lora => dialog.set_title(tr!("window-dialog-lora")).add_filter("LoRA", &WEIGHT_ENDINGS),
            OpenPurpose::TrainingClips => dialog.set_title(tr!("window-dialog-training")),
            OpenPurpose::DataFolder => dialog.set_title(tr!("data-open-folder")),
            OpenPurpose::DataManifest => {
                dialog.set_title(tr!("data-open-manifest")).add_filter(tr!("data-manifests"), &MANIFEST_ENDINGS)
            }
            OpenPurpose::DataNetwork(network) => dialog
                .set_title(tr!("data-open-network", name = network.title()))
                .add_filter(network.title(), &WEIGHT_ENDINGS),
            OpenPurpose::DataTrain => dialog.set_title(tr!("data-open-train")),
            OpenPurpose::DataShards => dialog.set_title(tr!("data-open-shards")),
            OpenPurpose::ModelFolder => dialog.set_title(tr!("models-add-folder-title")),
            OpenPurpose::Queue => {
                let filter = tr!("window-dialog-queue.files");
                dialog.set_title(tr!("window-dialog-queue")).add_filter(filter, &[queue_file::ENDING])
            }
            OpenPurpose::Styles => {
                dialog.set_title(tr!("prompting-import-styles")).add_filter(tr!("prompting-styles"), &["json", "csv"])
            }
            OpenPurpose::Clip => {
                dialog.set_title(tr!("window-dialog-clip")).add_filter(tr!("window-dialog-clip.files"), &endings)
            }
        };
        let answer: Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>> = match purpose {
            purpose if purpose.wants_folder() => Box::pin(dialog.pick_folder()),
            _ => Box::pin(dialog.pick_file()),
        };
        let broken = move |_| Report::OpenPath { purpose, path: None, answered: false };
        self.spawn("hummingbird-open-dialog", broken, move || {
            let (path, answered) = asked(answer);
            Report::OpenPath { purpose, path, answered }
        });
    }
}

/// A dialog that begins with this path.
fn placed(mut dialog: rfd::AsyncFileDialog, suggested: &Path) -> rfd::AsyncFileDialog {
    if let Some(folder) = suggested.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        dialog = dialog.set_directory(folder);
    }
    match suggested.file_name() {
        Some(name) => dialog.set_file_name(name.to_string_lossy()),
        None => dialog,
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
