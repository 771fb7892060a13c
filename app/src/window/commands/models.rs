//! The model page's side of the state: what is here and can be got, what is being done with it, and what dropped files are.
//!
//! Here: the rows, the undo of removals, and what reports of [`crate::window::tasks::models`] change. Not here: files and the network.

use std::path::{Path, PathBuf};

use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::LoraChoice;
use hummingbird_engine::weights::store::{Licence, Presence, StoreProgress};

use crate::window::commands::apply::Effect;
use crate::window::commands::command::{Action, ModelCommand};
use crate::window::state::{DialogKind, Level, MAX_UNDO, OpenPurpose, Remedy, State};

/// Endings of files that may hold weights.
pub const WEIGHT_ENDINGS: [&str; 5] = ["safetensors", "pt", "pth", "ckpt", "bin"];

/// What a file of weights is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A whole model.
    Model,
    /// Changes to a model.
    Lora,
    /// The tiny autoencoder of previews.
    Previews,
    /// Some networks of a model, not all.
    Part,
    /// Nothing that is known.
    Unknown,
}

/// A model that is here or can be got.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRow {
    /// How the store knows it: id of the catalogue, or name of the file.
    pub key: String,
    /// Its name for people.
    pub title: String,
    /// What it is good for.
    pub purpose: String,
    /// Where it comes from; `None` for the user's own files.
    pub repository: Option<String>,
    /// Licence of the weights, if the catalogue knows it.
    pub licence: Option<Licence>,
    /// Whether that licence was accepted before.
    pub is_accepted: bool,
    /// Bytes of all its files; about, while they are not here.
    pub bytes: Option<u64>,
    /// Bytes that are here.
    pub bytes_here: u64,
    /// Memory that its weights take, about.
    pub memory_bytes: Option<u64>,
    /// Whether it is here.
    pub presence: Presence,
    /// Its first file, once it is here.
    pub path: Option<PathBuf>,
    /// Names of the files that are here as a whole.
    pub whole: Vec<String>,
    /// What its first file is, once it is here; or why it cannot be read.
    pub kind: Option<Result<FileKind, String>>,
}

/// All models, as the store lists them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The models folder.
    pub folder: PathBuf,
    /// The address that files are got from.
    pub endpoint: String,
    /// The models.
    pub rows: Vec<ModelRow>,
    /// Why something of the user's is left out.
    pub problem: Option<String>,
}

/// What is being done with a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It is being downloaded.
    Get,
    /// It is being compared with what was released.
    Check,
    /// It is being taken away or brought back.
    Move,
}

/// Work on one model.
#[derive(Clone, Debug, PartialEq)]
pub struct ShelfTask {
    /// The model.
    pub key: String,
    /// What is done with it.
    pub doing: Doing,
    /// How far it is.
    pub progress: Option<StoreProgress>,
    /// It was asked to stop.
    pub cancelling: bool,
}

/// The model page.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// The models, once they were listed.
    pub listing: Option<Listing>,
    /// Why they could not be listed.
    pub problem: Option<String>,
    /// Work that is under way; at most one for each model.
    pub tasks: Vec<ShelfTask>,
    /// Models and LoRAs that can be brought back, the last removal last.
    pub removed: Vec<Removed>,
    /// Whether removed files wait for an undo.
    pub keeps_removed_files: bool,
}

impl Shelf {
    /// The model with this key.
    pub fn row(&self, key: &str) -> Option<&ModelRow> {
        self.listing.as_ref()?.rows.iter().find(|row| row.key == key)
    }

    /// The work on this model.
    pub fn task(&self, key: &str) -> Option<&ShelfTask> {
        self.tasks.iter().find(|task| task.key == key)
    }

    fn title(&self, key: &str) -> String {
        self.row(key).map_or_else(|| key.to_owned(), |row| row.title.clone())
    }
}

/// Something that can be brought back.
#[derive(Clone, Debug, PartialEq)]
pub enum Removed {
    /// Files of a model.
    Model {
        /// The model.
        key: String,
        /// The files.
        names: Vec<String>,
    },
    /// An entry of the LoRA list.
    Lora {
        /// Its place.
        index: usize,
        /// The entry.
        choice: LoraChoice,
    },
}

/// Work for the store, in the background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShelfOrder {
    /// List what is here and can be got.
    List,
    /// Download.
    Get {
        /// The model.
        key: String,
        /// The user accepts its licence.
        is_accepted: bool,
    },
    /// Compare with what was released.
    Check {
        /// The model.
        key: String,
    },
    /// Stop the work on a model.
    Cancel {
        /// The model.
        key: String,
    },
    /// Take away.
    Remove {
        /// The model.
        key: String,
        /// Its files that can be brought back.
        names: Vec<String>,
    },
    /// Bring back.
    Restore {
        /// The model.
        key: String,
        /// The files.
        names: Vec<String>,
    },
    /// Find out what a file is.
    Inspect {
        /// The file.
        path: PathBuf,
        /// Only a LoRA is wanted.
        only_lora: bool,
        /// The model that a LoRA should fit.
        model: ModelSource,
    },
    /// Find out which LoRAs do not fit a model.
    FitLoras {
        /// The model.
        model: ModelSource,
        /// Their files.
        paths: Vec<PathBuf>,
    },
}

/// How work on a model ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShelfEnd {
    /// It is here.
    Got,
    /// It is right; what was found.
    Checked(String),
    /// It was taken away; these files can be brought back.
    Removed(Vec<String>),
    /// It is back.
    Restored,
    /// It was stopped.
    Cancelled,
}

/// What work for the store has to say.
#[derive(Clone, Debug)]
pub enum ShelfReport {
    /// The models were listed, or not.
    Listed(Result<Listing, String>),
    /// Work got on.
    Progress {
        /// The model.
        key: String,
        /// How far it is.
        progress: StoreProgress,
    },
    /// Work ended.
    Ended {
        /// The model.
        key: String,
        /// How.
        ended: Result<ShelfEnd, String>,
    },
    /// A file was looked into.
    Inspected {
        /// The file.
        path: PathBuf,
        /// Only a LoRA is wanted.
        only_lora: bool,
        /// What it is, or why it cannot be read.
        kind: Result<FileKind, String>,
        /// Why it does not fit the model as a LoRA.
        unfit: Option<String>,
    },
    /// It is known which LoRAs do not fit a model.
    Fitted {
        /// The model.
        model: ModelSource,
        /// Their files, and why each does not.
        unfit: Vec<(PathBuf, String)>,
    },
    /// A folder or address was opened outside.
    Opened,
    /// A folder or address could not be opened outside.
    NotOpened(String),
}

impl State {
    /// Opens the model page, with what is here now.
    pub fn show_models(&mut self, effects: &mut Vec<Effect>) {
        self.dialog = Some(DialogKind::Models);
        effects.push(Effect::Shelf(ShelfOrder::List));
    }

    /// Carries out a command of the model page.
    pub fn on_model_command(&mut self, command: ModelCommand, effects: &mut Vec<Effect>) {
        match command {
            ModelCommand::Get(key) => match self.shelf.row(&key) {
                // Whoever has read the licence and started the download need not read it again to go on.
                Some(row) if row.is_accepted && row.presence == Presence::Partial => self.get(key, false, effects),
                Some(_) => self.dialog = Some(DialogKind::Licence(key)),
                None => {}
            },
            ModelCommand::Use(path) => {
                self.dialog = None;
                self.open_model(ModelSource::File(path), effects);
            }
            ModelCommand::Check(key) => {
                if self.begin(&key, Doing::Check) {
                    effects.push(Effect::Shelf(ShelfOrder::Check { key }));
                }
            }
            ModelCommand::Remove(key) => match self.shelf.row(&key) {
                Some(row) if self.why_not_remove(row).is_some() => {}
                // What has arrived of a download cannot be brought back, and may have taken hours.
                Some(row) if row.presence == Presence::Partial => self.dialog = Some(DialogKind::Discard(key)),
                Some(_) => self.remove(key, effects),
                None => {}
            },
            ModelCommand::Cancel(key) => {
                self.shelf.tasks.iter_mut().filter(|task| task.key == key).for_each(|task| task.cancelling = true);
                effects.push(Effect::Shelf(ShelfOrder::Cancel { key }));
            }
        }
    }

    /// The licence was accepted or the download goes on.
    pub fn get(&mut self, key: String, is_accepted: bool, effects: &mut Vec<Effect>) {
        if self.begin(&key, Doing::Get) {
            effects.push(Effect::Shelf(ShelfOrder::Get { key, is_accepted }));
        }
    }

    /// Takes a model's files away.
    pub fn remove(&mut self, key: String, effects: &mut Vec<Effect>) {
        let names = self.shelf.row(&key).map(|row| row.whole.clone()).unwrap_or_default();
        if self.begin(&key, Doing::Move) {
            effects.push(Effect::Shelf(ShelfOrder::Remove { key, names }));
        }
    }

    /// Why a model cannot be taken away now.
    pub fn why_not_remove(&self, row: &ModelRow) -> Option<&'static str> {
        if self.uses(row) {
            return Some("this model is in use: use another one first");
        }
        let in_list = row.path.as_ref().is_some_and(|path| self.controls.loras.iter().any(|it| it.path == *path));
        in_list.then_some("this LoRA is in the list of the settings: take it out there first")
    }

    /// Whether this is the model in use.
    pub fn uses(&self, row: &ModelRow) -> bool {
        matches!((&self.source, &row.path), (ModelSource::File(used), Some(path)) if used == path)
    }

    /// Brings back what was removed last.
    pub fn undo_remove(&mut self, effects: &mut Vec<Effect>) {
        match self.shelf.removed.pop() {
            Some(Removed::Model { key, names }) => {
                if self.begin(&key, Doing::Move) {
                    effects.push(Effect::Shelf(ShelfOrder::Restore { key, names }));
                } else {
                    self.shelf.removed.push(Removed::Model { key, names });
                }
            }
            Some(Removed::Lora { index, choice }) => self.restore_lora(index, choice),
            None => {}
        }
    }

    /// What the store reports.
    pub fn on_shelf(&mut self, report: ShelfReport, effects: &mut Vec<Effect>) {
        match report {
            ShelfReport::Listed(Ok(listing)) => (self.shelf.listing, self.shelf.problem) = (Some(listing), None),
            ShelfReport::Listed(Err(error)) => self.shelf.problem = Some(error),
            ShelfReport::Progress { key, progress } => {
                let tasks = self.shelf.tasks.iter_mut().filter(|task| task.key == key);
                tasks.for_each(|task| task.progress = Some(progress.clone()));
            }
            ShelfReport::Ended { key, ended } => {
                self.on_shelf_end(&key, ended);
                effects.push(Effect::Shelf(ShelfOrder::List));
            }
            ShelfReport::Inspected { path, only_lora, kind, unfit } => {
                self.on_inspected(path, only_lora, kind, unfit, effects);
            }
            ShelfReport::Fitted { model, unfit } => self.on_fitted(&model, unfit),
            ShelfReport::Opened => {}
            ShelfReport::NotOpened(error) => self.notify(Level::Warning, error),
        }
    }

    fn on_shelf_end(&mut self, key: &str, ended: Result<ShelfEnd, String>) {
        self.shelf.tasks.retain(|task| task.key != key);
        let title = self.shelf.title(key);
        match ended {
            Ok(ShelfEnd::Got) => {
                let remedy = (self.dialog != Some(DialogKind::Models)).then_some(Remedy::Run(Action::ShowModels));
                self.notify_with(Level::Info, format!("{title} is here"), remedy);
            }
            Ok(ShelfEnd::Checked(found)) => self.notify(Level::Info, format!("{title}: {found}")),
            Ok(ShelfEnd::Removed(names)) if names.is_empty() => {
                self.notify(Level::Info, format!("what had arrived of {title} was deleted"));
            }
            Ok(ShelfEnd::Removed(names)) => {
                self.can_undo(Removed::Model { key: key.to_owned(), names });
                self.shelf.keeps_removed_files = true;
                let text = format!("{title} was removed; its room on the disk is free once Hummingbird closes");
                self.notify_with(Level::Info, text, Some(Remedy::Run(Action::UndoRemove)));
            }
            Ok(ShelfEnd::Restored) => self.notify(Level::Info, format!("{title} is back")),
            Ok(ShelfEnd::Cancelled) => {
                self.notify(Level::Info, format!("{title}: stopped; what has arrived is kept"));
            }
            Err(error) => self.notify(Level::Error, format!("{title}: {error}")),
        }
    }

    /// Asks what a file is, and whether it fits the open model if it is a LoRA.
    pub fn inspect(&self, path: PathBuf, only_lora: bool, effects: &mut Vec<Effect>) {
        effects.push(Effect::Shelf(ShelfOrder::Inspect { path, only_lora, model: self.source.clone() }));
    }

    fn on_inspected(
        &mut self,
        path: PathBuf,
        only_lora: bool,
        kind: Result<FileKind, String>,
        unfit: Option<String>,
        effects: &mut Vec<Effect>,
    ) {
        let name = file_name(&path);
        match kind {
            Ok(FileKind::Lora) => self.on_lora(path, unfit),
            Ok(FileKind::Model) if only_lora => self.notify_with(
                Level::Warning,
                format!("{name} is a whole model, not a LoRA: open it as the model instead"),
                Some(Remedy::OpenModel(path)),
            ),
            Ok(FileKind::Model) => self.open_model(ModelSource::File(path), effects),
            Ok(FileKind::Previews) => self.notify(
                Level::Warning,
                format!(
                    "{name} is a light decoder (TAESD), for previews and fast decodes: it makes no clips by itself, put it into the models folder"
                ),
            ),
            Ok(FileKind::Part) => self.notify_with(
                Level::Warning,
                format!(
                    "{name} holds only some networks of a model: put it together with a whole one, `hummingbird models convert \
                     FILE --base MODEL --output NEW.safetensors`"
                ),
                Some(Remedy::Run(Action::ShowModels)),
            ),
            Ok(FileKind::Unknown) => self.notify_with(
                Level::Warning,
                format!("{name} is neither a text-to-video model nor a LoRA that is known here"),
                Some(Remedy::Run(Action::ShowModels)),
            ),
            // The sheet comes back with the reason, so that another path is one step away.
            Err(error) if only_lora && self.dialog.is_none() => {
                let path = path.display().to_string();
                self.dialog = Some(DialogKind::Open { purpose: OpenPurpose::Lora, path, problem: Some(error) });
            }
            Err(error) => self.notify(Level::Error, error),
        }
    }

    /// Notes the work on a model; false while there is some already.
    fn begin(&mut self, key: &str, doing: Doing) -> bool {
        let is_free = self.shelf.task(key).is_none();
        if is_free {
            self.shelf.tasks.push(ShelfTask { key: key.to_owned(), doing, progress: None, cancelling: false });
        }
        is_free
    }

    /// Remembers a removal, the last one at the end.
    pub fn can_undo(&mut self, removed: Removed) {
        self.shelf.removed.push(removed);
        if self.shelf.removed.len() > MAX_UNDO {
            self.shelf.removed.remove(0);
        }
    }
}

/// The name of a file without its folders.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
