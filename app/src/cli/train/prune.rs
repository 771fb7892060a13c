//! `hummingbird train prune`: cuts a student out of a teacher.

use std::path::PathBuf;

use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::pipeline::video_out::Existing;
use hummingbird_engine::progress::{Progress, RateMeter};
use hummingbird_engine::training::recipes::prune::{PruneRecipe, PruneReport, TOML};
use serde::Serialize;

use super::super::interrupt::Interrupt;
use super::super::progress::Display;
use super::super::{output, print};
use super::args::RecipeArgs;

/// What `--json` prints.
#[derive(Serialize)]
struct Pruned<'a> {
    path: Option<JsonPath<'a>>,
    #[serde(flatten)]
    report: PruneReport,
}

pub(super) fn run(args: &RecipeArgs) -> anyhow::Result<()> {
    if args.print_recipe {
        return print::line(TOML.trim_end());
    }
    let recipe: PruneRecipe = super::recipe::read(args)?;
    let path: PathBuf = recipe.output.clone();
    output::check_file(&path, Existing::Replace)?;
    let cut = recipe.cut()?;
    let report = cut.report()?;
    let mut display = Display::new(args.report.quiet);
    let PruneReport { teacher, student, .. } = report;
    display.note(&format!("{student} of the {teacher} parameters of the U-Net stay"));
    if !args.dry_run {
        let interrupt = Interrupt::listen()?;
        let mut meter = RateMeter::default();
        let mut sink = |progress: Progress| {
            let rate = meter.rate(&progress);
            let total = progress.total.unwrap_or(0);
            display.show_bytes("writing", progress.done, total, rate.per_sec, rate.eta_secs);
        };
        cut.write(&path, &interrupt.token, &mut sink)?;
        display.finish();
    }
    if args.report.json {
        return print::json(&Pruned { path: (!args.dry_run).then_some(JsonPath(&path)), report });
    }
    if args.dry_run {
        return print::line(&format!(
            "{} bytes would be written to {}",
            report.file_bytes,
            print::value(&path.to_string_lossy())
        ));
    }
    print::path(&path)
}
