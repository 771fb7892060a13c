//! `hummingbird train distil` and `turbo`: recipes that train one model in a folder and write it at the end.

use std::iter;
use std::time::Instant;

use anyhow::Context;
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::pipeline::video_out::Existing;
use hummingbird_engine::training::recipes::RecipeRun;
use hummingbird_engine::training::device::{OpenTrainDevice, TrainDevice};
use hummingbird_engine::training::trainer::{TrainPlace, TrainPlaces};
use hummingbird_engine::training::{TrainError, device, recipe};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::args::RecipeArgs;
use super::super::interrupt::Interrupt;
use super::super::progress::{Display, duration};
use super::super::{output, print};
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

/// The devices of a run.
struct Opened {
    first: OpenTrainDevice,
    others: Vec<OpenTrainDevice>,
}

impl Opened {
    fn open(choices: &[TrainDevice]) -> anyhow::Result<Self> {
        let speeds = crate::speeds();
        let mut all = choices.iter().map(|&choice| device::open(choice, speeds.as_ref()));
        let first = all.next().context("--device names no device")??;
        Ok(Self { first, others: all.collect::<Result<_, _>>()? })
    }

    fn names(&self) -> String {
        let others = self.others.iter().map(|opened| opened.name.as_str());
        iter::once(self.first.name.as_str()).chain(others).collect::<Vec<_>>().join(", ")
    }

    /// The same for a trainer, under the names on the command line.
    fn places(&self, choices: &[TrainDevice]) -> TrainPlaces {
        let place = |(opened, choice): (&OpenTrainDevice, &TrainDevice)| TrainPlace {
            device: opened.device.clone(),
            name: choice.to_string(),
        };
        TrainPlaces {
            first: place((&self.first, &choices[0])),
            others: self.others.iter().zip(&choices[1..]).map(place).collect(),
        }
    }
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
    let opened = Opened::open(&args.device)?;
    let mut display = Display::new(args.report.quiet);
    if !args.dry_run {
        display.note(&format!("training in {} on {}", run.folder().display(), opened.names()));
        let interrupt = Interrupt::listen()?;
        let mut shown = Shown::default();
        let mut watch = |event| shown.show(&mut display, event);
        if !run.train(&opened.places(&args.device), &interrupt.token, &mut watch)? {
            return Err(stopped(run.folder()));
        }
        run.write(&opened.first.device, &mut watch)?;
        display.finish();
    }
    let elapsed_secs = started.elapsed().as_secs_f64();
    if args.report.json {
        let model = (!args.dry_run).then(|| JsonPath(run.output()));
        let device = &opened.names();
        return print::json(&Trained { folder: JsonPath(run.folder()), model, device, elapsed_secs });
    }
    if args.dry_run {
        return print::line("the recipe can be run");
    }
    display.note(&format!("done in {}", duration(elapsed_secs)));
    print::path(run.output())
}
