//! `hummingbird train distil` and `turbo`: recipes that train one model in a folder and write it at the end.

use std::time::Instant;

use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::pipeline::video_out::Existing;
use hummingbird_engine::training::recipes::RecipeRun;
use hummingbird_engine::training::{TrainError, recipe};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::args::RecipeArgs;
use super::super::interrupt::Interrupt;
use super::super::progress::{Display, duration};
use super::super::{output, print};
use super::places::OpenPlaces;
use super::show::Shown;
use super::stopped;

/// What `--json` prints.
#[derive(Serialize)]
struct Trained<'a> {
    folder: JsonPath<'a>,
    model: Option<JsonPath<'a>>,
    device: &'a str,
    elapsed_secs: f64,
}

/// The recipe that was asked for.
pub(super) fn read<R: DeserializeOwned>(args: &RecipeArgs) -> anyhow::Result<R> {
    Ok(recipe::read(args.recipe.as_deref(), &args.set)?)
}

/// Runs a recipe whose documented form is `toml`, which `open` checks.
pub(super) fn run<R: DeserializeOwned, O: RecipeRun>(
    args: &RecipeArgs,
    toml: &str,
    open: impl FnOnce(R) -> Result<O, TrainError>,
) -> anyhow::Result<()> {
    if args.print_recipe {
        return print::line(toml.trim_end());
    }
    let started = Instant::now();
    let run = open(read::<R>(args)?)?;
    output::check_file(run.output(), Existing::Replace)?;
    let opened = OpenPlaces::open(&args.device)?;
    let mut display = Display::new(args.report.quiet);
    if !args.dry_run {
        display.note(&format!("training in {} on {}", run.folder().display(), opened.name));
        let interrupt = Interrupt::listen()?;
        let mut shown = Shown::default();
        let mut watch = |event| shown.show(&mut display, event);
        if !run.train_on(&opened.places, &interrupt.token, &mut watch)? {
            return Err(stopped(run.folder()));
        }
        run.write(&opened.places.first.device, &mut watch)?;
        display.finish();
    }
    let elapsed_secs = started.elapsed().as_secs_f64();
    if args.report.json {
        let model = (!args.dry_run).then(|| JsonPath(run.output()));
        let device = opened.name.as_str();
        return print::json(&Trained { folder: JsonPath(run.folder()), model, device, elapsed_secs });
    }
    if args.dry_run {
        return print::line("the recipe can be run");
    }
    display.note(&format!("done in {}", duration(elapsed_secs)));
    print::path(run.output())
}
