//! `hummingbird train nano`: makes the embedded model.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use hummingbird_engine::files;
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::training::TrainError;
use hummingbird_engine::training::recipes::estimate::Estimate;
use hummingbird_engine::training::recipes::nano::{NanoRecipe, NanoRun, NanoStage, TOML};
use hummingbird_engine::weights::tiny_decoder_path;
use serde::Serialize;

use super::super::interrupt::Interrupt;
use super::super::print::bytes;
use super::super::progress::{Display, duration};
use super::super::{output, print};
use super::args::{RecipeArgs, TrainNanoArgs, TrainStage};
use super::estimate::lines;
use super::places::OpenPlaces;
use super::recipe::read;
use super::show::Shown;
use super::stopped;

/// What `--json` prints.
#[derive(Serialize)]
struct Trained<'a> {
    folder: JsonPath<'a>,
    model: Option<JsonPath<'a>>,
    #[serde(rename = "light_decoder")]
    tiny_decoder: Option<JsonPath<'a>>,
    device: &'a str,
    elapsed_secs: f64,
}

pub(super) fn run(args: &TrainNanoArgs) -> anyhow::Result<()> {
    if args.recipe.print_recipe {
        return print::line(TOML.trim_end());
    }
    let started = Instant::now();
    let mut recipe: NanoRecipe = read(&args.recipe)?;
    if recipe.folder.is_none() {
        recipe.folder = crate::folders().ok().map(|folders| folders.runs.join("nano"));
    }
    let run = recipe.open()?;
    let folder = run.recipe().folder();
    let model = run.recipe().model_file();
    let stages = stages(args.stage);
    let (writes_model, writes_decoder) = (stages.contains(&NanoStage::Turbo), stages.contains(&NanoStage::TinyDecoder));
    if args.recipe.device.len() != 1 {
        return Err(TrainError::OneDevice.into());
    }
    if args.recipe.dry_run {
        return say(&run, &stages, &args.recipe);
    }
    if args.from_scratch {
        move_aside(&folder)?;
    }
    if run.recipe().output.is_some() {
        check_model_out(&model, &folder)?;
    }
    let opened = OpenPlaces::open(&args.recipe.device)?;
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.recipe.report.quiet);
    display.note(&format!("training in {} on {}", folder.display(), opened.name));
    let mut shown = Shown::default();
    let mut watch = |event| shown.show(&mut display, event);
    if !run.train(&stages, args.budget, &opened.places.first.device, &interrupt.token, &mut watch)? {
        return Err(stopped(&folder));
    }
    display.finish();
    let elapsed_secs = started.elapsed().as_secs_f64();
    let tiny = tiny_decoder_path(&model);
    let model = writes_model.then_some(model.as_path());
    let tiny = writes_decoder.then_some(tiny.as_path());
    if args.recipe.report.json {
        return print::json(&Trained {
            folder: JsonPath(&folder),
            model: model.map(JsonPath),
            tiny_decoder: tiny.map(JsonPath),
            device: &opened.name,
            elapsed_secs,
        });
    }
    display.note(&format!("done in {}", duration(elapsed_secs)));
    model.into_iter().chain(tiny).try_for_each(print::path)
}

/// What `--dry-run` prints with `--json`.
#[derive(Serialize)]
struct Said<'a> {
    folder: JsonPath<'a>,
    device: &'a str,
    /// Of each stage.
    stages: Vec<SaidStage>,
    /// The stage that holds most.
    largest: Option<&'static str>,
}

#[derive(Serialize)]
struct SaidStage {
    stage: &'static str,
    estimate: Estimate,
}

/// Says what each stage will hold, and which of them most.
fn say(run: &NanoRun, stages: &[NanoStage], args: &RecipeArgs) -> anyhow::Result<()> {
    let opened = OpenPlaces::open(&args.device)?;
    let estimates = run.dry_run(stages, &opened.places.first.device)?;
    let largest = estimates.iter().max_by_key(|(_, estimate)| estimate.peak_bytes);
    if args.report.json {
        let folder = run.recipe().folder();
        return print::json(&Said {
            folder: JsonPath(&folder),
            device: &opened.name,
            largest: largest.map(|(stage, _)| stage.name()),
            stages: (estimates.iter()).map(|&(stage, estimate)| SaidStage { stage: stage.name(), estimate }).collect(),
        });
    }
    for (stage, estimate) in &estimates {
        print::line(&format!("{}: {}\n", stage.name(), lines(estimate, None)))?;
    }
    if let Some((stage, estimate)) = largest {
        print::line(&format!("the stage {} holds most: {}", stage.name(), bytes(estimate.peak_bytes as u64)))?;
    }
    print::line("the recipe can be run")
}

/// The stages that were asked for.
fn stages(stage: TrainStage) -> Vec<NanoStage> {
    match stage {
        TrainStage::All => NanoStage::ALL.to_vec(),
        TrainStage::Autoencoder => vec![NanoStage::Autoencoder],
        TrainStage::Decoder => vec![NanoStage::Decoder],
        TrainStage::Teacher => vec![NanoStage::Teacher],
        TrainStage::Student => vec![NanoStage::Student],
        TrainStage::ImageScorer => vec![NanoStage::ImageScorer],
        TrainStage::VideoScorer => vec![NanoStage::VideoScorer],
        TrainStage::Turbo => vec![NanoStage::Turbo],
        TrainStage::TinyDecoder => vec![NanoStage::TinyDecoder],
    }
}

/// Gives an earlier run's folder another name: `nano` becomes `nano.1`, or the first number that is free.
fn move_aside(folder: &Path) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let name = folder.file_name().context("the recipe's folder has no name: choose another")?.to_os_string();
    let other = |number: u32| {
        let mut name = name.clone();
        name.push(format!(".{number}"));
        folder.with_file_name(name)
    };
    let free: PathBuf =
        (1..10_000).map(other).find(|path| !path.exists()).context("too many earlier runs: remove some")?;
    files::rename(folder, &free).with_context(|| format!("cannot move the earlier run to {}", free.display()))
}

/// Found before the training, not after it.
fn check_model_out(path: &Path, folder: &Path) -> anyhow::Result<()> {
    for path in [path, &tiny_decoder_path(path)] {
        output::check_of_run(path, folder).context("the model cannot be written: choose another output")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_earlier_run_is_moved_aside_and_nothing_is_lost() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let folder = parent.path().join("nano");
        move_aside(&folder).expect("there is none");
        for number in 1..=3 {
            fs::create_dir(&folder).expect("writable");
            fs::write(folder.join("run"), number.to_string()).expect("writable");
            move_aside(&folder).expect("movable");
            assert!(!folder.exists());
            let moved = parent.path().join(format!("nano.{number}")).join("run");
            assert_eq!(fs::read_to_string(moved).expect("it was moved"), number.to_string());
        }
    }

    #[test]
    fn a_place_for_the_model_is_checked_before_the_training() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let check_model_out = |path: &Path| check_model_out(path, &folder.path().join("run"));
        for path in ["nano.safetensors", "run/nano.safetensors"] {
            assert!(check_model_out(&folder.path().join(path)).is_ok(), "{path}");
        }
        let long = format!("{}.safetensors", "x".repeat(240));
        for path in [folder.path().to_owned(), folder.path().join("none/nano.safetensors"), folder.path().join(long)] {
            assert!(check_model_out(&path).is_err(), "{path:?}");
        }
    }
}
