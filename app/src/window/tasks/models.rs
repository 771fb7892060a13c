//! Work on model files that would make the window wait: listing, downloads, checks, removals, and looking into files.

use crate::language::tr;
use crate::sentences::{detail_in_words, in_words};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use hummingbird_engine::NoFolders;
use hummingbird_engine::error::{ModelError, StoreError};
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::memory;
use hummingbird_engine::model::{ModelParts, ModelSource};
use hummingbird_engine::progress::{Progress, ProgressSink, RateMeter};
use hummingbird_engine::weights::store::{Against, FileState, Listed, Presence, Role, Store, StoredFile, Verified};
use hummingbird_engine::weights::{Checkpoint, Lora, ModelFile};

use super::model_folders::{Look, Looks};
use super::{Report, Tasks};
use crate::window::state::model_fit::Machine;
use crate::window::state::models::{FileKind, Listing, ModelRow};
use crate::window::state::work::{ModelEnd, ModelOrder, ModelReport};

impl Tasks {
    /// Starts work on model files, or stops it.
    pub fn models(&mut self, order: ModelOrder) {
        match order {
            ModelOrder::List(ticket) => {
                let (store, looks) = (self.store(), self.looks.clone());
                let broken = move |reason| Report::Models(ModelReport::Listed { ticket, listing: Err(reason) });
                self.spawn("hummingbird-models", broken, move || {
                    let listing = store.map(|store| list(&store, &looks));
                    Report::Models(ModelReport::Listed { ticket, listing })
                });
            }
            ModelOrder::Search { ticket, folders } => self.search_folders(ticket, folders),
            ModelOrder::Inspect { path, only_lora, model } => {
                let (asked, parts) = ((path.clone(), model.clone()), self.parts_of(&model));
                let broken = move |reason| {
                    let ((path, model), kind) = (asked.clone(), Err(reason));
                    Report::Models(ModelReport::Inspected { path, only_lora, model, kind, unfit: None })
                };
                self.spawn("hummingbird-inspect", broken, move || {
                    let kind = Look::at(&path).kind;
                    let is_lora = kind == Ok(FileKind::Lora);
                    let unfit = if is_lora { unfit(&model, &parts, vec![path.clone()]).pop() } else { None };
                    let unfit = unfit.map(|(_, reason)| reason);
                    Report::Models(ModelReport::Inspected { path, only_lora, model, kind, unfit })
                });
            }
            ModelOrder::FitLoras { model, paths } => {
                let (asked, parts) = (model.clone(), self.parts_of(&model));
                // Whether they fit is told again when a clip is made.
                let broken = move |_| {
                    let (unfit, triggers) = (Vec::new(), Vec::new());
                    Report::Models(ModelReport::Fitted { model: asked.clone(), unfit, triggers })
                };
                self.spawn("hummingbird-fit", broken, move || {
                    let triggers = paths.iter().filter_map(|path| trigger(path)).collect();
                    let unfit = unfit(&model, &parts, paths);
                    Report::Models(ModelReport::Fitted { model, unfit, triggers })
                });
            }
            ModelOrder::Get { key, is_accepted } => {
                let id = key.clone();
                self.work(key, "hummingbird-get", move |store, report, cancel| {
                    store.get(&id, is_accepted, report, cancel).map(|_| ModelEnd::Got)
                });
            }
            ModelOrder::Check { key } => {
                let name = key.clone();
                self.work(key, "hummingbird-check", move |store, report, cancel| {
                    let verified = store.verify(&name, report, cancel)?;
                    Ok(ModelEnd::Checked(found(&verified)))
                });
            }
            ModelOrder::Remove { key, names } => {
                let name = key.clone();
                self.work(key, "hummingbird-remove", move |store, _, _| {
                    store.remove(&name).map(|_| ModelEnd::Removed(names))
                });
            }
            ModelOrder::Restore { key, names } => {
                self.work(key, "hummingbird-restore", move |store, _, _| {
                    names.iter().try_for_each(|name| store.restore(name)).map(|()| ModelEnd::Restored)
                });
            }
            ModelOrder::Cancel { key } => {
                if let Some(token) = self.model_cancels.get(&key) {
                    token.cancel();
                }
            }
        }
    }

    /// Deletes for good what was removed; called when the window closes.
    pub fn empty_removed(&self) {
        if let Ok(store) = self.store()
            && let Err(error) = store.empty_removed()
        {
            log::error!("removed models still take room on the disk: {error}");
        }
    }

    /// Opens a folder or an address of the web in the system's own program for it.
    pub fn open_outside(&mut self, place: String) {
        let failed = |reason| Report::Models(ModelReport::NotOpened(reason));
        let program = match std::env::consts::OS {
            "macos" => "open",
            "windows" => "explorer",
            _ => "xdg-open",
        };
        let shown = place.clone();
        let broken = move |reason| failed(tr!("models-not-opened", place = shown.as_str(), reason = reason));
        self.spawn("hummingbird-open", broken, move || {
            let quiet = Process::new(program).arg(&place).stdin(Stdio::null()).stdout(Stdio::null()).status();
            match quiet {
                // The Windows explorer ends with 1 whatever it did.
                Ok(status) if status.success() || program == "explorer" => Report::Models(ModelReport::Opened),
                _ => failed(tr!("models-nothing-opens", place = place)),
            }
        });
    }

    fn store(&self) -> Result<Store, String> {
        self.store.clone().ok_or_else(|| in_words(&NoFolders))
    }

    /// Work on one model, with progress and a way to stop it.
    fn work(
        &mut self,
        key: String,
        name: &str,
        job: impl FnOnce(&Store, &mut dyn ProgressSink, &CancelToken) -> Result<ModelEnd, StoreError> + Send + 'static,
    ) {
        let token = CancelToken::default();
        self.model_cancels.insert(key.clone(), token.clone());
        let (sender, wake, store) = (self.sender.clone(), Arc::clone(&self.wake), self.store());
        let broken_key = key.clone();
        let broken = move |reason| Report::Models(ModelReport::Ended { key: broken_key.clone(), ended: Err(reason) });
        self.spawn(name, broken, move || {
            let mut meter = RateMeter::default();
            let mut report = |progress: Progress| {
                // A full channel loses nothing but one step of a progress bar.
                let report =
                    Report::Models(ModelReport::Progress { key: key.clone(), progress: meter.rated(progress) });
                if sender.try_send(report).is_ok() {
                    wake();
                }
            };
            let ended = store.and_then(|store| match job(&store, &mut report, &token) {
                Err(StoreError::Cancelled(_)) => Ok(ModelEnd::Cancelled),
                ended => ended.map_err(|error| in_words(&error)),
            });
            Report::Models(ModelReport::Ended { key, ended })
        });
    }
}

/// What a check found, in words.
fn found(verified: &[Verified]) -> String {
    let all = |against| verified.iter().all(|it| it.against == against);
    if all(Against::Catalogue) {
        tr!("models-checked-release")
    } else if verified.iter().any(|it| it.against == Against::Nothing) {
        tr!("models-checked-nothing")
    } else {
        tr!("models-checked-unchanged")
    }
}

/// The trigger word that a LoRA names in the key that programs have agreed on.
fn trigger(path: &Path) -> Option<(PathBuf, String)> {
    let file = Checkpoint::open(path).ok()?;
    let word = file.metadata("modelspec.trigger_phrase").map(str::trim).filter(|word| !word.is_empty())?;
    Some((path.to_owned(), word.to_owned()))
}

/// The LoRAs that do not fit a model, and why. Files that cannot be read are told about elsewhere.
fn unfit(model: &ModelSource, parts: &ModelParts, paths: Vec<PathBuf>) -> Vec<(PathBuf, String)> {
    let Ok(model) = ModelFile::open_with(model, parts) else { return Vec::new() };
    let unfit = |path: PathBuf| match Lora::open(&path, model.checkpoint()) {
        Err(ModelError::LoraUnfit { path, detail }) => Some((path, detail_in_words(&detail))),
        _ => None,
    };
    paths.into_iter().filter_map(unfit).collect()
}

fn list(store: &Store, looks: &Looks) -> Listing {
    let (endpoint, wrong) = match store.endpoint() {
        Ok(endpoint) => (endpoint, None),
        Err(error) => (String::new(), Some(in_words(&error))),
    };
    let problem = store.problems().first().map(|problem| in_words(problem)).or(wrong);
    let machine = Machine { memory_bytes: memory::of_computer().map(|it| it.total), free_bytes: store.free_bytes() };
    let rows = store.list().into_iter().map(|listed| row(store, &endpoint, listed, looks)).collect();
    Listing { folder: store.folder().to_owned(), rows, machine, problem }
}

fn row(store: &Store, endpoint: &str, Listed { entry, files }: Listed, looks: &Looks) -> ModelRow {
    let bytes_of = |file: &StoredFile| match file.state {
        FileState::Present { bytes, .. } | FileState::Partial { bytes } => bytes,
        FileState::Missing => 0,
    };
    let bytes_here = files.iter().map(bytes_of).sum();
    let whole = files.iter().filter(|file| matches!(file.state, FileState::Present { .. }));
    let whole: Vec<String> = whole.map(|file| file.name.clone()).collect();
    let is_here = whole.len() == files.len();
    let path = files.first().filter(|_| is_here).map(|file| file.path.clone());
    let look = path.as_deref().map(|path| looks.at(path));
    let sha256 = match files.as_slice() {
        [StoredFile { state: FileState::Present { sha256, .. }, .. }] => sha256.clone(),
        _ => None,
    };
    let presence = Presence::of(&files);
    let name = files.first().map(|file| file.name.clone()).unwrap_or_default();
    let is_accepted = entry.as_ref().is_some_and(|entry| store.has_accepted(entry));
    let row = ModelRow {
        key: name.clone(),
        title: name,
        purpose: String::new(),
        source: None,
        is_judge: false,
        licence: None,
        is_accepted,
        bytes: Some(bytes_here),
        bytes_here,
        memory_bytes: None,
        presence,
        path,
        whole,
        parts: look.as_ref().map(|look| look.parts).unwrap_or_default(),
        limits: look.as_ref().and_then(|look| look.limits.clone()),
        kind: look.map(|look| look.kind),
        sha256,
        folder: None,
    };
    match entry {
        None => ModelRow { purpose: tr!("models-own-file"), ..row },
        Some(entry) => ModelRow {
            bytes: if is_here { row.bytes } else { entry.about_bytes() },
            source: Some(entry.source(endpoint)),
            key: entry.id,
            title: entry.title,
            purpose: entry.purpose,
            is_judge: entry.role == Role::Judge,
            licence: Some(entry.licence),
            memory_bytes: entry.about_memory_bytes,
            ..row
        },
    }
}
