//! Looking through folders beside the models folder, what files are, and what is known of the machine.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use hummingbird_engine::model::{ModelParts, ModelSource, PartsOf, foreign_model};
use hummingbird_engine::request::RequestLimits;
use hummingbird_engine::weights::layout::{Layout, recognise};
use hummingbird_engine::weights::store::folders::{FoundFile, ModelFolders, Searched, find_programs, search};
use hummingbird_engine::weights::store::{Presence, Store};
use hummingbird_engine::weights::{Checkpoint, ModelFile};

use super::settings_file::SmallFile;
use super::{Report, Tasks};
use crate::sentences::in_words;
use crate::window::state::latest::Ticket;
use crate::window::state::model_folders::{FolderRow, FoundModels};
use crate::window::state::models::{FileKind, ModelRow};
use crate::window::state::work::ModelReport;

/// Files whose kind is remembered.
const MOST_LOOKS: usize = 8192;

/// What a file is.
#[derive(Clone, Debug)]
pub struct Look {
    /// Its kind, or why it cannot be read.
    pub kind: Result<FileKind, String>,
    /// Which networks it holds.
    pub parts: PartsOf,
    /// What the model in it takes.
    pub limits: Option<RequestLimits>,
}

/// What files were found to be, as long as they are unchanged: a folder of another program may hold hundreds.
#[derive(Clone, Debug, Default)]
pub struct Looks(Arc<Mutex<HashMap<PathBuf, (Stamp, Look)>>>);

type Stamp = (u64, Option<SystemTime>);

impl Looks {
    /// What a file is; looked into only where it has changed.
    pub fn at(&self, path: &Path) -> Look {
        // Of a folder the time says nothing about the files in the folders of its networks.
        let stamp = fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|it| (it.len(), it.modified().ok()));
        let known = |stamp: &Stamp| {
            let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            looks.get(path).filter(|(at, _)| at == stamp).map(|(_, look)| look.clone())
        };
        if let Some(look) = stamp.as_ref().and_then(known) {
            return look;
        }
        let look = Look::at(path);
        if let Some(stamp) = stamp {
            let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if looks.len() >= MOST_LOOKS {
                looks.clear();
            }
            looks.insert(path.to_owned(), (stamp, look.clone()));
        }
        look
    }
}

impl Look {
    /// Looks into a file.
    pub fn at(path: &Path) -> Self {
        let file = match Checkpoint::open(path) {
            Ok(file) => file,
            Err(error) => return Self { kind: Err(in_words(&error)), parts: PartsOf::default(), limits: None },
        };
        let (kind, parts) = (kind_of(&file), PartsOf::of(&file));
        let model = (kind == FileKind::Model).then(|| ModelFile::of(file));
        match model {
            Some(Ok(model)) => Self { kind: Ok(kind), parts, limits: Some(model.description().limits.clone()) },
            Some(Err(error)) => Self { kind: Err(in_words(&error)), parts, limits: None },
            None => Self { kind: Ok(kind), parts, limits: None },
        }
    }
}

/// What a file of weights is good for.
fn kind_of(file: &Checkpoint) -> FileKind {
    let foreign = || foreign_model(file).map(FileKind::Foreign);
    match recognise(file) {
        Layout::Networks(it) if it.unet.is_some() && it.vae.is_some() && it.text.is_some() => FileKind::Model,
        Layout::Networks(it) => foreign().filter(|_| it.unet.is_none()).unwrap_or(FileKind::Part),
        Layout::Lora { .. } => FileKind::Lora,
        Layout::Tiny { .. } => FileKind::Previews,
        Layout::Unknown => foreign().unwrap_or(FileKind::Unknown),
    }
}

impl Tasks {
    /// Keeps the list of folders, and what completes models from now on.
    pub fn keep_model_folders(&mut self, folders: ModelFolders) {
        self.model_folders = folders.clone();
        self.save_small(SmallFile::model_folders, folders);
    }

    /// The files that complete a model.
    pub(super) fn parts_of(&self, model: &ModelSource) -> ModelParts {
        match model {
            ModelSource::Embedded => ModelParts::default(),
            ModelSource::File(path) => {
                let parts = self.model_folders.parts(path);
                ModelParts { text_encoder: parts.text_encoder, autoencoder: parts.autoencoder }
            }
        }
    }

    /// Searches folders for models, and looks for other programs.
    pub(super) fn search_folders(&mut self, ticket: Ticket, folders: ModelFolders) {
        let (looks, store, places) = (self.looks.clone(), self.store.clone(), self.program_places.clone());
        let broken = move |reason| Report::Models(ModelReport::Searched { ticket, found: Err(reason) });
        self.spawn("hummingbird-folders", broken, move || {
            let found = found(&folders, &places, &looks, store.as_ref());
            Report::Models(ModelReport::Searched { ticket, found: Ok(found) })
        });
    }
}

fn found(folders: &ModelFolders, places: &[PathBuf], looks: &Looks, store: Option<&Store>) -> FoundModels {
    let mut found = FoundModels { offers: folders.offers(find_programs(places)), ..FoundModels::default() };
    let all = folders.clone().with_environment();
    for folder in &all.folders {
        let Searched { folder, program, state, files, is_cut } = search(folder);
        let rows: Vec<ModelRow> = files.iter().filter_map(|file| row(&folder, file, looks, store)).collect();
        let (models, others) = (rows.len(), files.len() - rows.len());
        found.folders.push(FolderRow { path: folder, program, state, models, others, is_cut });
        found.rows.extend(rows);
    }
    found
}

/// The row of a file, where this program can use it.
fn row(folder: &Path, file: &FoundFile, looks: &Looks, store: Option<&Store>) -> Option<ModelRow> {
    let Look { kind, parts, limits } = looks.at(&file.path);
    // What cannot be read or is for other programs is counted only: such folders hold many of them.
    let is_of_use = matches!(kind, Ok(FileKind::Model | FileKind::Lora | FileKind::Previews | FileKind::Part));
    is_of_use.then(|| ModelRow {
        key: file.path.display().to_string(),
        title: file.name.clone(),
        purpose: String::new(),
        source: None,
        is_judge: false,
        licence: None,
        is_accepted: false,
        bytes: Some(file.bytes),
        bytes_here: file.bytes,
        memory_bytes: None,
        presence: Presence::Unchecked,
        path: Some(file.path.clone()),
        whole: Vec::new(),
        kind: Some(kind),
        parts,
        sha256: store.and_then(|store| store.known_hash(&file.path)),
        limits,
        folder: Some(folder.to_owned()),
    })
}
