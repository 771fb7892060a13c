//! `hummingbird train`: its recipes.

mod nano;
mod places;
mod prune;
mod recipe;
mod show;

use std::path::Path;

use hummingbird_engine::job::Cancelled;
use hummingbird_engine::training::recipes::distil::{self, DistilRecipe};
use hummingbird_engine::training::recipes::turbo::{self, TurboRecipe};

use super::args::{TrainArgs, TrainCommand};

pub(super) fn run(args: &TrainArgs) -> anyhow::Result<()> {
    match &args.command {
        TrainCommand::Nano(args) => nano::run(args),
        TrainCommand::Prune(args) => prune::run(args),
        TrainCommand::Distil(args) => recipe::run(args, distil::TOML, DistilRecipe::open),
        TrainCommand::Turbo(args) => recipe::run(args, turbo::TOML, TurboRecipe::open),
    }
}

fn stopped(folder: &Path) -> anyhow::Error {
    let place = folder.display();
    anyhow::Error::from(Cancelled)
        .context(format!("stopped; the checkpoint is in {place}, and the same command goes on from it"))
}
