//! `hummingbird train distil`: stage 1 of the paper.

use std::time::Instant;

use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::pipeline::video_out::Existing;
use hummingbird_engine::training::device;
use hummingbird_engine::training::recipes::distil::{DistilRecipe, TOML};
use serde::Serialize;

use super::super::args::RecipeArgs;
use super::super::interrupt::Interrupt;
use super::super::progress::{Display, duration};
use super::super::{output, print};
use super::show::Shown;
use super::stopped;

/// What `--json` prints.
#[derive(Serialize)]
struct Distilled<'a> {
    folder: JsonPath<'a>,
    model: Option<JsonPath<'a>>,
    device: &'a str,
    elapsed_secs: f64,
}

pub(super) fn run(args: &RecipeArgs) -> anyhow::Result<()> {
    if args.print_recipe {
        return print::line(TOML.trim_end());
    }
    let started = Instant::now();
    let run = super::recipe::<DistilRecipe>(args)?.open()?;
    let (folder, path) = (run.recipe().run.folder.clone(), run.recipe().output.clone());
    output::check_file(&path, Existing::Replace)?;
    let opened = device::open(args.device, crate::speeds().as_ref())?;
    let mut display = Display::new(args.report.quiet);
    if !args.dry_run {
        display.note(&format!("training in {} on {}", folder.display(), opened.name));
        let interrupt = Interrupt::listen()?;
        let mut shown = Shown::default();
        if !run.train(&opened.device, &interrupt.token, &mut |event| shown.show(&mut display, event))? {
            return Err(stopped(&folder));
        }
        run.write(&opened.device, &path, &mut |event| shown.show(&mut display, event))?;
        display.finish();
    }
    let elapsed_secs = started.elapsed().as_secs_f64();
    if args.report.json {
        let model = (!args.dry_run).then_some(JsonPath(&path));
        return print::json(&Distilled { folder: JsonPath(&folder), model, device: &opened.name, elapsed_secs });
    }
    if args.dry_run {
        return print::line("the recipe can be run");
    }
    display.note(&format!("done in {}", duration(elapsed_secs)));
    print::path(&path)
}
