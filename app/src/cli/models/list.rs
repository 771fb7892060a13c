//! `hummingbird models list`: what is here and what can be downloaded.

use crate::sentences::{details, in_words};
use serde_json::Value;
use std::path::{Path, PathBuf};

use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::model::{ModelSource, PartsOf, foreign_model};
use hummingbird_engine::weights::layout::{Layout, recognise};
use hummingbird_engine::weights::store::folders::{FolderState, FoundFile, Searched, search};
use hummingbird_engine::weights::store::{Entry, FileState, Listed, Presence, Store, StoredFile};
use hummingbird_engine::weights::{Checkpoint, ModelFile, summarise};
use serde::{Serialize, Serializer};

use super::super::folder_args::ListArgs;
use super::super::print;
use super::EMBEDDED;

/// Ending of this program's own model files.
const ENDING: &str = "safetensors";

/// One line of `models list`.
#[derive(Serialize)]
struct Line {
    /// What `-m` and `models get` take.
    model: String,
    name: Option<String>,
    purpose: Option<String>,
    licence: Option<String>,
    licence_url: Option<String>,
    /// Its size; about, while it is not here.
    bytes: Option<u64>,
    sha256: Option<String>,
    #[serde(serialize_with = "path_in_json")]
    path: Option<PathBuf>,
    state: State,
    error: Option<String>,
    /// Code and parameters of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<Value>,
}

/// Whether a model is here.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// In every build.
    Embedded,
    /// In the store, or not.
    #[serde(untagged)]
    Stored(Presence),
}

fn path_in_json<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_deref().map(JsonPath).serialize(serializer)
}

pub(super) fn run(args: &ListArgs) -> anyhow::Result<()> {
    let mut lines = vec![own(EMBEDDED.to_owned(), &ModelSource::Embedded, State::Embedded)];
    let store = crate::folders().map(|folders| Store::of(&folders));
    if let Ok(store) = &store {
        for problem in store.problems() {
            print::note(&format!("warning: {}", print::value(&in_words(&problem))));
        }
        lines.extend(store.list().into_iter().map(line));
    }
    let searched = searched(args);
    for folder in searched.iter().filter(|it| it.state != FolderState::Here) {
        print::note(&format!("warning: {}", missing(folder)));
    }
    let mut others = Vec::new();
    for folder in &searched {
        let found: Vec<Line> = folder.files.iter().filter_map(of_folder).collect();
        others.push(found.len());
        lines.extend(found);
    }
    if args.json {
        return print::json(&lines);
    }
    let rows: Vec<Vec<String>> = lines.into_iter().map(row).collect();
    print::line(&print::table(&["model", "name", "licence", "size", "state"], &rows))?;
    if let Ok(store) = store {
        let folder = store.folder().to_string_lossy();
        print::line(&format!("\nModel files in {} are listed here and found by name.", print::value(&folder)))?;
        print::line("`hummingbird models get MODEL` downloads one that is not here.")?;
    }
    for (folder, count) in searched.iter().zip(others).filter(|(folder, _)| folder.state == FolderState::Here) {
        let program = folder.program.map_or(String::new(), |program| format!(" ({})", program.name()));
        let cut = if folder.is_cut { "; not all of it was searched" } else { "" };
        let (path, rest) = (folder.folder.to_string_lossy(), folder.files.len() - count);
        let path = print::value(&path);
        print::line(&format!("Also searched: {path}{program}, {count} listed, {rest} for other programs{cut}"))?;
    }
    Ok(())
}

/// The folders beside the models folder, each once.
fn searched(args: &ListArgs) -> Vec<Searched> {
    let mut folders = super::other_folders();
    for folder in &args.folders {
        folders.add(std::path::absolute(folder).unwrap_or_else(|_| folder.clone()));
    }
    folders.folders.iter().map(|folder| search(folder)).collect()
}

fn missing(folder: &Searched) -> String {
    let path = folder.folder.to_string_lossy();
    let path = print::value(&path);
    match &folder.state {
        FolderState::Unreadable(reason) => format!("the folder {path} cannot be read: {}", print::value(reason)),
        FolderState::Here | FolderState::Gone => {
            format!("the folder {path} is not there now: its models are not listed")
        }
    }
}

/// A file of another folder, if this program can use it. Its hash is not computed: that would read all of it.
fn of_folder(file: &FoundFile) -> Option<Line> {
    let checkpoint = Checkpoint::open(&file.path).ok()?;
    let is_of_use = match recognise(&checkpoint) {
        Layout::Networks(it) => it.unet.is_some() || foreign_model(&checkpoint).is_none(),
        Layout::Lora { .. } | Layout::Tiny { .. } => true,
        Layout::Unknown => false,
    };
    if !is_of_use {
        return None;
    }
    let sha256 = super::store().and_then(|store| store.known_hash(&file.path));
    let is_whole = PartsOf::of(&checkpoint).is_whole();
    let line = Line {
        bytes: Some(file.bytes),
        path: Some(file.path.clone()),
        sha256,
        ..empty(file.path.to_string_lossy().into_owned(), State::Stored(Presence::Unchecked))
    };
    let layout = summarise(&checkpoint).layout;
    match is_whole.then(|| ModelFile::of(checkpoint)) {
        Some(Ok(model)) => {
            let description = model.description();
            Some(Line { name: Some(description.name.clone()), licence: Some(description.licence.clone()), ..line })
        }
        Some(Err(error)) => Some(Line { error: Some(in_words(&error)), error_details: Some(details(&error)), ..line }),
        None => Some(Line { name: Some(layout), ..line }),
    }
}

fn row(line: Line) -> Vec<String> {
    let size = line.bytes.map(print::bytes).unwrap_or_default();
    let state = match line.state {
        State::Embedded => "embedded".to_owned(),
        State::Stored(Presence::Checked) => "here, checked".to_owned(),
        State::Stored(Presence::Unchecked) => "here".to_owned(),
        State::Stored(Presence::Wrong) => "here, but differs from the release: see `models verify`".to_owned(),
        State::Stored(Presence::Partial) => "partly here: `models get` resumes it".to_owned(),
        State::Stored(Presence::Missing) => "can be downloaded".to_owned(),
    };
    let state = line.error.map_or(state, |error| format!("cannot be used: {error}"));
    vec![line.model, line.name.unwrap_or_default(), line.licence.unwrap_or_default(), size, state]
}

fn line(listed: Listed) -> Line {
    let Listed { entry, files } = listed;
    match (entry, files.as_slice()) {
        (Some(entry), files) => of_catalogue(entry, files),
        (None, [file, ..]) => of_user(file),
        (None, []) => unreachable!("the store lists no model without a file"),
    }
}

fn of_catalogue(entry: Entry, files: &[StoredFile]) -> Line {
    let sizes = files.iter().map(|file| match file.state {
        FileState::Present { bytes, .. } => Some(bytes),
        _ => None,
    });
    let here: Option<u64> = sizes.sum();
    let sha256 = match files {
        [StoredFile { state: FileState::Present { sha256, .. }, .. }] => sha256.clone(),
        _ => None,
    };
    let path = files.first().filter(|_| here.is_some()).map(|file| file.path.clone());
    Line {
        bytes: here.or(entry.about_bytes()),
        model: entry.id,
        name: Some(entry.title),
        purpose: Some(entry.purpose),
        licence: Some(entry.licence.name),
        licence_url: Some(entry.licence.url),
        sha256,
        path,
        state: State::Stored(Presence::of(files)),
        error: None,
        error_details: None,
    }
}

fn of_user(file: &StoredFile) -> Line {
    if Path::new(&file.name).extension().is_some_and(|ending| ending == ENDING) {
        let stem = Path::new(&file.name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        return own(
            stem,
            &ModelSource::File(file.path.clone()),
            State::Stored(Presence::of(std::slice::from_ref(file))),
        );
    }
    let (bytes, sha256) = match &file.state {
        FileState::Present { bytes, sha256, .. } => (Some(*bytes), sha256.clone()),
        _ => (None, None),
    };
    Line {
        bytes,
        sha256,
        path: Some(file.path.clone()),
        ..empty(file.name.clone(), State::Stored(Presence::of(std::slice::from_ref(file))))
    }
}

/// A model file of this program's own kind, which says itself what it is.
fn own(model: String, source: &ModelSource, state: State) -> Line {
    let path = match source {
        ModelSource::Embedded => None,
        ModelSource::File(path) => Some(path.clone()),
    };
    let bytes = path.as_ref().and_then(|path| Some(path.metadata().ok()?.len()));
    let line = Line { path, bytes, ..empty(model, state) };
    match ModelFile::open(source).map(|file| file.in_store(super::store())) {
        Ok(file) => Line {
            name: Some(file.description().name.clone()),
            licence: Some(file.description().licence.clone()),
            sha256: Some(file.sha256().to_owned()),
            ..line
        },
        Err(error) => Line { error: Some(in_words(&error)), error_details: Some(details(&error)), ..line },
    }
}

fn empty(model: String, state: State) -> Line {
    Line {
        model,
        name: None,
        purpose: None,
        licence: None,
        licence_url: None,
        bytes: None,
        sha256: None,
        path: None,
        state,
        error: None,
        error_details: None,
    }
}
