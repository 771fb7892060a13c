//! `hummingbird eval sample`: the clips of a suite, made by a model.

use anyhow::bail;
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::eval::vbench::{self, SampleJob, SamplePlan, Suite};
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::progress::{Progress, RateMeter};
use hummingbird_engine::worker::{EngineHandle, EngineOptions};
use serde::Serialize;

use super::args::EvalSampleArgs;
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::Display;
use crate::cli::{models, print};
use crate::sentences::in_words;

/// What `--json` prints.
#[derive(Serialize)]
struct SampleReport<'a> {
    folder: JsonPath<'a>,
    made: usize,
    there: usize,
    /// Clips that could not be made, and why.
    failed: Vec<(String, String)>,
}

pub(super) fn run(args: &EvalSampleArgs) -> anyhow::Result<()> {
    let suite = Suite::read(&args.suite)?;
    let plan = SamplePlan::of(&suite, args.per_prompt, args.per_still_prompt, args.seed)?;
    let source = models::source(&args.model);
    let parts = models::parts(&source, &args.parts);
    let engine = |device: &DeviceChoice| -> anyhow::Result<(EngineHandle, DeviceChoice)> {
        let options = EngineOptions { parts: parts.clone(), ..EngineOptions::new(crate::folders().ok()) };
        let engine = EngineHandle::start(&source, options)?;
        engine.want_previews(false);
        Ok((engine, *device))
    };
    let engines = args.device.iter().map(engine).collect::<anyhow::Result<Vec<_>>>()?;
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    let mut meter = RateMeter::default();
    let job = SampleJob { plan: &plan, folder: &args.output, settings: &args.settings.0, engines: &engines };
    let awake = crate::system::Awake::start();
    let sampled = vbench::sample(&job, &interrupt.token, &mut |progress: Progress| {
        super::show(&mut display, &mut meter, &progress);
    });
    drop(awake);
    display.finish();
    let vbench::Sampled { made, there, failed } = match sampled {
        Err(error) if interrupt.token.is_cancelled() => {
            display.note("run the same command again to go on");
            return Err(error.into());
        }
        sampled => sampled?,
    };
    let failed: Vec<(String, String)> = failed.into_iter().map(|(name, error)| (name, in_words(&error))).collect();
    for (name, reason) in &failed {
        display.warn(&format!("{name}: {reason}"));
    }
    let count = failed.len();
    if args.report.json {
        print::json(&SampleReport { folder: JsonPath(&args.output), made, there, failed })?;
    } else {
        print::line(&format!("{made} clips made, {there} were there"))?;
    }
    if count > 0 {
        bail!("{count} clips could not be made: run the same command again to try them once more");
    }
    Ok(())
}
