//! `hummingbird train`: its recipes.

pub mod args;
mod estimate;
mod nano;
mod places;
mod prune;
mod recipe;
mod serve;
mod show;

use std::path::Path;

use hummingbird_engine::job::Cancelled;
use hummingbird_engine::training::recipes::distil::{self, DistilRecipe};
use hummingbird_engine::training::recipes::lora::{self, LoraRecipe};
use hummingbird_engine::training::recipes::scorer::{self, ScorerRecipe};
use hummingbird_engine::training::recipes::tiny_decoder::{self, TinyDecoderRecipe};
use hummingbird_engine::training::recipes::turbo::{self, TurboRecipe};
use hummingbird_engine::training::recipes::vae::{self, VaeRecipe};

use self::args::{TrainArgs, TrainCommand};

pub(super) fn run(args: &TrainArgs) -> anyhow::Result<()> {
    match &args.command {
        TrainCommand::Nano(args) => nano::run(args),
        TrainCommand::Prune(args) => prune::run(args),
        TrainCommand::Distil(args) => recipe::run(args, distil::TOML, DistilRecipe::open),
        TrainCommand::Turbo(args) => recipe::run(args, turbo::TOML, TurboRecipe::open),
        TrainCommand::Vae(args) => recipe::run(args, vae::TOML, VaeRecipe::open),
        TrainCommand::TinyDecoder(args) => recipe::run(args, tiny_decoder::TOML, TinyDecoderRecipe::open),
        TrainCommand::Scorer(args) => recipe::run(args, scorer::TOML, ScorerRecipe::open),
        TrainCommand::Lora(args) => recipe::run(args, lora::TOML, LoraRecipe::open),
        TrainCommand::Serve(args) => serve::run(args),
    }
}

fn stopped(folder: &Path) -> anyhow::Error {
    let place = folder.display();
    anyhow::Error::from(Cancelled)
        .context(format!("stopped; the checkpoint is in {place}, and the same command goes on from it"))
}
