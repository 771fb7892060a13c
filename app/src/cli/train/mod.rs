//! `hummingbird train`: one file a recipe.

mod distil;
mod nano;
mod prune;
mod show;

use std::path::Path;

use hummingbird_engine::job::Cancelled;
use hummingbird_engine::training::recipe;
use serde::de::DeserializeOwned;

use super::args::{RecipeArgs, TrainArgs, TrainCommand};

pub(super) fn run(args: &TrainArgs) -> anyhow::Result<()> {
    match &args.command {
        TrainCommand::Nano(args) => nano::run(args),
        TrainCommand::Prune(args) => prune::run(args),
        TrainCommand::Distil(args) => distil::run(args),
    }
}

/// The recipe that was asked for.
fn recipe<R: DeserializeOwned>(args: &RecipeArgs) -> anyhow::Result<R> {
    Ok(recipe::read(args.recipe.as_deref(), &args.set)?)
}

fn stopped(folder: &Path) -> anyhow::Error {
    let place = folder.display();
    anyhow::Error::from(Cancelled)
        .context(format!("stopped; the checkpoint is in {place}, and the same command goes on from it"))
}
