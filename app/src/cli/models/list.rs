//! `hummingbird models list`: what is here and what can be downloaded.

use crate::sentences::{details, in_words};
use serde_json::Value;
use std::path::{Path, PathBuf};

use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::weights::ModelFile;
use hummingbird_engine::weights::store::{Entry, FileState, Listed, Presence, Store, StoredFile};
use serde::{Serialize, Serializer};

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

pub(super) fn run(json: bool) -> anyhow::Result<()> {
    let mut lines = vec![own(EMBEDDED.to_owned(), &ModelSource::Embedded, State::Embedded)];
    let store = crate::folders().map(|folders| Store::of(&folders));
    if let Ok(store) = &store {
        for problem in store.problems() {
            print::note(&format!("warning: {}", print::value(&in_words(&problem))));
        }
        lines.extend(store.list().into_iter().map(line));
    }
    if json {
        return print::json(&lines);
    }
    let rows: Vec<Vec<String>> = lines.into_iter().map(row).collect();
    print::line(&print::table(&["model", "name", "licence", "size", "state"], &rows))?;
    if let Ok(store) = store {
        let folder = store.folder().to_string_lossy();
        print::line(&format!("\nModel files in {} are listed here and found by name.", print::value(&folder)))?;
        print::line("`hummingbird models get MODEL` downloads one that is not here.")?;
    }
    Ok(())
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
