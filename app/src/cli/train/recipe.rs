//! `hummingbird train distil`, `turbo` and `lora`: recipes that train one model in a folder and write it at the end.

use std::time::Instant;

use hummingbird_engine::bench;
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::memory;
use hummingbird_engine::training::recipes::RecipeRun;
use hummingbird_engine::training::recipes::estimate::Estimate;
use hummingbird_engine::training::{TrainError, recipe};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::interrupt::Interrupt;
use super::super::progress::{Display, duration};
use super::super::{output, print};
use super::args::RecipeArgs;
use super::estimate::{least_secs, lines};
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
    /// Most bytes that the program held at a time.
    memory_peak_bytes: usize,
    /// Of a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<Estimate>,
    /// Seconds of an update if the device computed at its peak all the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    least_update_secs: Option<f64>,
}

/// The recipe that was asked for.
pub(super) fn read<R: Serialize + DeserializeOwned + Default>(args: &RecipeArgs) -> anyhow::Result<R> {
    Ok(recipe::read(args.recipe.as_deref(), &args.set)?)
}

/// Runs a recipe whose documented form is `toml`, which `open` checks.
pub(super) fn run<R: Serialize + DeserializeOwned + Default, O: RecipeRun>(
    args: &RecipeArgs,
    toml: &str,
    open: impl FnOnce(R) -> Result<O, TrainError>,
) -> anyhow::Result<()> {
    if args.print_recipe {
        return print::line(toml.trim_end());
    }
    let started = Instant::now();
    let run = open(read::<R>(args)?)?;
    output::check_of_run(run.output(), run.folder())?;
    let opened = OpenPlaces::open(&args.device)?;
    let mut display = Display::new(args.report.quiet);
    let mut estimate = None;
    if args.dry_run {
        let mut shown = Shown::default();
        estimate = run.dry_run(&opened.places.first.device, &mut |event| shown.show(&mut display, event))?;
    } else {
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
    let peak_gflops = estimate.map(|_| bench::peak_gflops(&opened.places.first.device)).transpose()?;
    if args.report.json {
        let model = (!args.dry_run).then(|| JsonPath(run.output()));
        let device = opened.name.as_str();
        let least_update_secs = estimate.as_ref().zip(peak_gflops).map(|(it, gflops)| least_secs(it, gflops));
        return print::json(&Trained {
            folder: JsonPath(run.folder()),
            model,
            device,
            elapsed_secs,
            memory_peak_bytes: memory::usage().peak,
            estimate,
            least_update_secs,
        });
    }
    if args.dry_run {
        if let Some(estimate) = &estimate {
            print::line(&lines(estimate, peak_gflops))?;
        }
        return print::line("the recipe can be run");
    }
    display.note(&format!("done in {}", duration(elapsed_secs)));
    print::path(run.output())
}
