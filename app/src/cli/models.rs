//! `hummingbird models`: what models there are and what they are.

use std::fs;
use std::path::{Path, PathBuf};

use hummingbird_engine::model::ModelSource;
use hummingbird_engine::weights::ModelFile;
use serde::Serialize;

use super::args::{ModelsArgs, ModelsCommand};
use super::{convert, info, print};

/// Name of the embedded model on the command line.
const EMBEDDED: &str = "nano";
/// Ending of model files.
const ENDING: &str = "safetensors";

/// One line of `models list`.
#[derive(Serialize)]
struct Entry {
    /// What `-m` takes.
    model: String,
    name: Option<String>,
    licence: Option<String>,
    bytes: Option<u64>,
    sha256: Option<String>,
    path: Option<PathBuf>,
    error: Option<String>,
}

pub(super) fn run(args: &ModelsArgs) -> anyhow::Result<()> {
    match &args.command {
        ModelsCommand::List { json } => list(*json),
        ModelsCommand::Info { model, json } => info::run(model, *json),
        ModelsCommand::Convert(args) => convert::run(args),
    }
}

/// The model that `-m` means: `nano`, a file, or the name of a file in the models folder.
pub fn source(model: &str) -> ModelSource {
    if model == EMBEDDED {
        return ModelSource::Embedded;
    }
    let path = PathBuf::from(model);
    let is_name = path.components().count() == 1 && !path.exists();
    let in_folder = folder().map(|folder| folder.join(model).with_extension(ENDING));
    match in_folder {
        Some(found) if is_name && found.is_file() => ModelSource::File(found),
        _ => ModelSource::File(path),
    }
}

/// The folder in which models are looked for by name.
fn folder() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("", "", "Hummingbird")?.data_dir().join("models"))
}

fn list(json: bool) -> anyhow::Result<()> {
    let mut entries = vec![entry(EMBEDDED.to_owned(), &ModelSource::Embedded)];
    for path in folder().map(|folder| files(&folder)).unwrap_or_default() {
        let model = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        entries.push(entry(model, &ModelSource::File(path)));
    }
    if json {
        return print::json(&entries);
    }
    let rows: Vec<Vec<String>> = entries
        .into_iter()
        .map(|it| {
            let place = it.path.map_or_else(|| "embedded".to_owned(), |path| path.display().to_string());
            let size = it.bytes.map(print::bytes).unwrap_or_default();
            let name = it.name.or(it.error.map(|error| format!("cannot be used: {error}"))).unwrap_or_default();
            vec![it.model, name, it.licence.unwrap_or_default(), size, place]
        })
        .collect();
    print::line(&print::table(&["model", "name", "licence", "size", "where"], &rows))?;
    if let Some(folder) = folder() {
        print::line(&format!("\nModel files in {} are listed here and found by name.", folder.display()))?;
    }
    Ok(())
}

fn entry(model: String, source: &ModelSource) -> Entry {
    let path = match source {
        ModelSource::Embedded => None,
        ModelSource::File(path) => Some(path.clone()),
    };
    let bytes = path.as_ref().and_then(|path| Some(fs::metadata(path).ok()?.len()));
    let empty = Entry { model, name: None, licence: None, bytes, sha256: None, path, error: None };
    match ModelFile::open(source) {
        Ok(file) => Entry {
            name: Some(file.description().name.clone()),
            licence: Some(file.description().licence.clone()),
            sha256: Some(file.sha256().to_owned()),
            ..empty
        },
        Err(error) => Entry { error: Some(error.to_string()), ..empty },
    }
}

/// Model files of a folder, sorted; none where it cannot be read.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
        .collect();
    files.sort();
    files
}
