//! `hummingbird eval nano`: how often clips show what their prompts say.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, ensure};
use hummingbird_engine::eval::{EvalOptions, evaluate, suite_files, write_suite};
use hummingbird_engine::files;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::pipeline::video_out::Existing;
use hummingbird_engine::progress::{Progress, Rate, RateMeter, StageName};
use hummingbird_engine::training::{device, sample_grid};
use hummingbird_engine::weights::ModelFile;

use super::args::EvalNanoArgs;
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::{Display, Step};
use crate::cli::{models, output, print};

pub(super) fn run(args: &EvalNanoArgs) -> anyhow::Result<()> {
    let model = ModelFile::open(&models::source(&args.model))?.in_store(models::store());
    if let Some(path) = &args.sample_grid {
        check_sample_grid(path)?;
    }
    let results = args.results.as_deref().map(suite_place).transpose()?;
    let opened = device::open(args.device, crate::speeds().as_ref())?;
    let precision = args.precision;
    let cannot = || format!("{} does not multiply in {precision}: choose exact", opened.name);
    precision.on(&opened.device).with_context(cannot)?;
    let interrupt = Interrupt::listen()?;
    let options = EvalOptions {
        prompts: args.prompts,
        steps: args.steps,
        guidance: args.guidance,
        seed: args.seed,
        reuse: args.reuse,
        precision: args.precision,
        merge_tokens: args.merge_tokens,
        autoencoder: args.autoencoder,
    };
    let mut display = Display::new(args.report.quiet);
    display.note(&format!("computing on {}", opened.name));
    let mut meter = RateMeter::default();
    let outcome =
        evaluate(&model, &opened.device, &opened.name, options, &interrupt.token, &mut |progress: Progress| {
            let Rate { eta_secs, .. } = meter.rate(&progress);
            let Progress { stage: StageName(stage), done, total, .. } = progress;
            display.show(&Step { stage, done, total: total.unwrap_or(0), eta_secs, detail: "" });
        })?;
    display.finish();
    if args.report.json {
        print::json(&outcome.report)?;
    } else {
        print::line(&outcome.report.to_string())?;
    }
    if let Some((folder, name)) = results {
        for path in write_suite(&outcome.judged, args.seed, folder, name)? {
            display.note(&format!("written: {}", path.display()));
        }
    }
    if let Some(path) = &args.sample_grid {
        let (prompts, clips): (Vec<String>, Vec<Frames>) = outcome.clips.into_iter().unzip();
        sample_grid::clips(path, &clips)?;
        display.note(&format!("sample grid written: {}; its rows are:", path.display()));
        for prompt in prompts {
            display.note(&format!("  {prompt}"));
        }
    }
    Ok(())
}

/// Folder and name of the two files of results. Found before the evaluation, not after it.
fn suite_place(path: &Path) -> anyhow::Result<(&Path, &str)> {
    let name = path.file_name().and_then(OsStr::to_str).filter(|_| !path.is_dir());
    let name = name.with_context(|| format!("--results takes the beginning of a file's name, not {path:?}"))?;
    let folder = files::folder_of(path);
    for file in suite_files(folder, name) {
        output::check_file(&file, Existing::Replace)?;
    }
    Ok((folder, name))
}

/// Found before the evaluation, not after it.
fn check_sample_grid(path: &Path) -> anyhow::Result<()> {
    let is_png = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    ensure!(is_png, "the sample grid is a PNG: choose a name that ends in .png, not {path:?}");
    output::check_file(path, Existing::Replace)
}
