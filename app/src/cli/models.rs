//! `hummingbird models`: what models there are, what they are, and how they come and go (`models/`).

mod get;
mod list;
mod manage;

use std::path::PathBuf;

use hummingbird_engine::model::ModelSource;
use hummingbird_engine::weights::store::Store;

use super::args::{ModelsArgs, ModelsCommand};
use super::{convert, info};

/// Name of the embedded model on the command line.
const EMBEDDED: &str = "nano";

pub(super) fn run(args: &ModelsArgs) -> anyhow::Result<()> {
    match &args.command {
        ModelsCommand::List { json } => list::run(*json),
        ModelsCommand::Info { model, json } => info::run(model, *json),
        ModelsCommand::Convert(args) => convert::run(args),
        ModelsCommand::Get(args) => get::run(args),
        ModelsCommand::Verify(args) => manage::verify(args),
        ModelsCommand::Remove(args) => manage::remove(args),
    }
}

/// The user's models folder, where the system names one.
pub fn store() -> Option<Store> {
    crate::folders().ok().map(|folders| Store::of(&folders))
}

/// The model that `-m` means: `nano`, a file, or a name from `models list` whose file is in the models folder.
pub fn source(model: &str) -> ModelSource {
    if model == EMBEDDED {
        return ModelSource::Embedded;
    }
    let path = PathBuf::from(model);
    let is_name = path.components().count() == 1 && !path.exists();
    let found = is_name.then(|| store()?.find(model)).flatten();
    ModelSource::File(found.unwrap_or(path))
}
