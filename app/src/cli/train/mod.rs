//! `hummingbird train`: one file a recipe.

mod nano;
mod prune;
mod show;

use hummingbird_engine::training::recipes::file;
use serde::de::DeserializeOwned;

use super::args::{RecipeArgs, TrainArgs, TrainCommand};

pub(super) fn run(args: &TrainArgs) -> anyhow::Result<()> {
    match &args.command {
        TrainCommand::Nano(args) => nano::run(args),
        TrainCommand::Prune(args) => prune::run(args),
    }
}

/// The recipe that was asked for.
fn recipe<R: DeserializeOwned>(args: &RecipeArgs) -> anyhow::Result<R> {
    Ok(file::read(args.recipe.as_deref(), &args.set)?)
}
