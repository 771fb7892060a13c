//! `hummingbird models`: what models there are, what they are, and how they come and go (`models/`).

pub mod args;
mod folders;
mod get;
mod list;
mod manage;

use std::path::PathBuf;

use hummingbird_engine::model::{ModelParts, ModelSource};
use hummingbird_engine::weights::store::Store;
use hummingbird_engine::weights::store::folders::ModelFolders;

use self::args::{ModelsArgs, ModelsCommand};
use super::folder_args::PartArgs;
use super::{convert, info};

/// Name of the embedded model on the command line.
const EMBEDDED: &str = "nano";

pub(super) fn run(args: &ModelsArgs) -> anyhow::Result<()> {
    match &args.command {
        ModelsCommand::List(args) => list::run(args),
        ModelsCommand::Folders(args) => folders::run(args),
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

/// The folders beside it: those that are remembered, and those of the environment.
pub fn other_folders() -> ModelFolders {
    let kept = crate::folders().map(|folders| ModelFolders::load(&folders).0).unwrap_or_default();
    kept.with_environment()
}

/// The files that complete a model: those that are named, else those that the window remembers for it.
pub fn parts(model: &ModelSource, args: &PartArgs) -> ModelParts {
    let kept = match model {
        ModelSource::Embedded => Default::default(),
        ModelSource::File(path) => other_folders().parts(&std::path::absolute(path).unwrap_or_else(|_| path.clone())),
    };
    ModelParts {
        text_encoder: args.text_encoder.clone().or(kept.text_encoder),
        autoencoder: args.vae.clone().or(kept.autoencoder),
    }
}

/// The model that `-m` means: `nano`, a file, or a name from `models list` whose file is in the models folder or another one.
pub fn source(model: &str) -> ModelSource {
    if model == EMBEDDED {
        return ModelSource::Embedded;
    }
    let path = PathBuf::from(model);
    let is_name = path.components().count() == 1 && !path.exists();
    let found = is_name.then(|| store()?.find(model).or_else(|| other_folders().find(model))).flatten();
    ModelSource::File(found.unwrap_or(path))
}
