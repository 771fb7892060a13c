//! Models: the one in use, the one that is being opened, and the model manager with its list, its work and its undo.

use std::path::{Path, PathBuf};

use hummingbird_engine::jobs::plan::Planners;
use hummingbird_engine::model::{ForeignModel, ModelCard, ModelSource, PartsOf};
use hummingbird_engine::progress::Rated;
use hummingbird_engine::request::{LoraChoice, RequestLimits};
use hummingbird_engine::weights::store::{Licence, Presence};

use super::latest::{Latest, Ticket};
use super::model_fit::Machine;
use super::model_folders::OtherFolders;

/// Removals that can be undone.
const MAX_UNDO: usize = 16;

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

/// A model that was opened.
pub struct OpenedModel {
    /// What it is and takes.
    pub card: ModelCard,
    /// What its jobs will need.
    pub planners: Option<Planners>,
}

/// Endings of files that may hold weights.
pub const WEIGHT_ENDINGS: [&str; 5] = ["safetensors", "pt", "pth", "ckpt", "bin"];

/// Whether a file may hold weights, by its ending.
pub fn has_weight_ending(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| WEIGHT_ENDINGS.contains(&ending.as_str()))
}

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
    /// A file for other programs.
    Foreign(ForeignModel),
    /// Nothing that is known.
    Unknown,
}

/// A model that is here or can be downloaded.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRow {
    /// How the store knows it: id of the catalogue, or name of the file.
    pub key: String,
    /// Its name for people.
    pub title: String,
    /// What it is good for.
    pub purpose: String,
    /// Where it comes from; `None` for the user's own files.
    pub source: Option<String>,
    /// Whether it looks at clips instead of making them.
    pub is_judge: bool,
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
    /// Which networks that file holds.
    pub parts: PartsOf,
    /// SHA-256 of the model, where it is known without reading it.
    pub sha256: Option<String>,
    /// What it takes, where that was read.
    pub limits: Option<RequestLimits>,
    /// The folder beside the models folder that it lies in; nothing there is changed.
    pub folder: Option<PathBuf>,
}

/// All models, as the store lists them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The models folder.
    pub folder: PathBuf,
    /// The models.
    pub rows: Vec<ModelRow>,
    /// What is known of the machine.
    pub machine: Machine,
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
pub struct ModelTask {
    /// The model.
    pub key: String,
    /// What is done with it.
    pub doing: Doing,
    /// How far it is.
    pub progress: Option<Rated>,
    /// It was asked to stop.
    pub cancelling: bool,
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

/// The models of the window.
pub struct Models {
    /// Where the model in use comes from; while none is in use, the one that is being opened or could not be.
    pub source: ModelSource,
    /// The model in use.
    pub status: ModelStatus,
    /// What jobs of the model in use will need.
    pub planners: Option<Planners>,
    /// The model that was chosen last, until it is open or was refused.
    pub chosen: Option<ModelSource>,
    openings: Latest,
    /// What the model manager lists, once it was asked for.
    pub listing: Option<Listing>,
    /// Why the models could not be listed.
    pub problem: Option<String>,
    listings: Latest,
    /// Folders beside the models folder.
    pub others: OtherFolders,
    /// Work that is under way; at most one for each model.
    pub tasks: Vec<ModelTask>,
    /// Models and LoRAs that can be brought back, the last removal last.
    pub removed: Vec<Removed>,
    /// Whether removed files wait for an undo.
    pub keeps_removed_files: bool,
}

impl Models {
    /// Before any model is open.
    pub fn new(source: ModelSource) -> Self {
        Self {
            source,
            status: ModelStatus::Opening,
            planners: None,
            chosen: None,
            openings: Latest::default(),
            listing: None,
            problem: None,
            listings: Latest::default(),
            others: OtherFolders::default(),
            tasks: Vec::new(),
            removed: Vec::new(),
            keeps_removed_files: false,
        }
    }

    /// The card of the model in use.
    pub fn card(&self) -> Option<&ModelCard> {
        match &self.status {
            ModelStatus::Ready(card) => Some(card),
            ModelStatus::Opening | ModelStatus::Failed => None,
        }
    }

    /// What the model in use takes.
    pub fn limits(&self) -> Option<&RequestLimits> {
        self.card().map(|card| &card.limits)
    }

    /// The model in use, inside a sentence: "the model \"Nano\"".
    pub fn name_in_text(&self) -> String {
        self.card().map_or_else(|| "the model".to_owned(), |card| format!("the model \"{}\"", card.name))
    }

    /// A model was chosen; the ticket of its opening. Models open in any order, and the one that was chosen last counts.
    pub fn choose(&mut self, source: ModelSource) -> Ticket {
        if self.card().is_none() {
            self.status = ModelStatus::Opening;
        }
        self.chosen = Some(source);
        self.openings.ask()
    }

    /// The opening with this ticket has ended; whether it is of the model that was chosen last.
    pub fn end_opening(&mut self, ticket: Ticket) -> bool {
        let is_last = self.openings.is_last(ticket);
        if is_last {
            self.chosen = None;
        }
        is_last
    }

    /// Whether this is the model that will be used: the one that was chosen last, or else the one in use.
    pub fn is_chosen(&self, source: &ModelSource) -> bool {
        match &self.chosen {
            Some(chosen) => chosen == source,
            None => self.source == *source && !matches!(self.status, ModelStatus::Failed),
        }
    }

    /// Whether this is the model in use.
    pub fn uses(&self, row: &ModelRow) -> bool {
        matches!((&self.source, &row.path), (ModelSource::File(used), Some(path)) if used == path)
    }

    /// Whether this is a whole model, or one whose missing networks were named.
    pub fn is_usable(&self, row: &ModelRow) -> bool {
        let is_completed = || row.path.as_ref().is_some_and(|path| !self.others.kept.parts(path).is_empty());
        row.kind == Some(Ok(FileKind::Model)) || row.parts.unet && is_completed()
    }

    /// The ticket of a new listing.
    pub fn ask_for_listing(&mut self) -> Ticket {
        self.listings.ask()
    }

    /// The models were listed, or not. An older listing that took longer than a newer one is passed over.
    pub fn set_listing(&mut self, ticket: Ticket, listing: Result<Listing, String>) {
        if !self.listings.is_last(ticket) {
            return;
        }
        match listing {
            Ok(listing) => (self.listing, self.problem) = (Some(listing), None),
            Err(error) => self.problem = Some(error),
        }
    }

    /// The model with this key.
    pub fn row(&self, key: &str) -> Option<&ModelRow> {
        self.listing.as_ref()?.rows.iter().find(|row| row.key == key)
    }

    /// The work on this model.
    pub fn task(&self, key: &str) -> Option<&ModelTask> {
        self.tasks.iter().find(|task| task.key == key)
    }

    /// The name of this model for people.
    pub fn title(&self, key: &str) -> String {
        self.row(key).map_or_else(|| key.to_owned(), |row| row.title.clone())
    }

    /// Notes the work on a model; false while there is some already.
    pub fn begin(&mut self, key: &str, doing: Doing) -> bool {
        let is_free = self.task(key).is_none();
        if is_free {
            self.tasks.push(ModelTask { key: key.to_owned(), doing, progress: None, cancelling: false });
        }
        is_free
    }

    /// The work on a model was asked to stop.
    pub fn cancel(&mut self, key: &str) {
        self.tasks.iter_mut().filter(|task| task.key == key).for_each(|task| task.cancelling = true);
    }

    /// The work on a model made progress.
    pub fn progress(&mut self, key: &str, progress: &Rated) {
        let tasks = self.tasks.iter_mut().filter(|task| task.key == key);
        tasks.for_each(|task| task.progress = Some(progress.clone()));
    }

    /// The work on a model has ended.
    pub fn end(&mut self, key: &str) {
        self.tasks.retain(|task| task.key != key);
    }

    /// Remembers a removal, the last one at the end.
    pub fn can_undo(&mut self, removed: Removed) {
        self.removed.push(removed);
        if self.removed.len() > MAX_UNDO {
            self.removed.remove(0);
        }
    }
}
