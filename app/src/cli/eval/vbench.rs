//! `hummingbird eval vbench` and `eval total`: VBench's numbers of a folder of clips, and their sums.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use chrono::Local;
use hummingbird_engine::eval::vbench::{
    self, ClipResult, Detections, Dimension, EvalResults, Judges, Missing, Suite, Totals, VbenchError, VbenchJob,
    VbenchOutcome,
};
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::progress::{Progress, RateMeter};
use hummingbird_engine::training::device;
use serde::Serialize;

use super::args::{EvalTotalArgs, EvalVbenchArgs};
use crate::cli::interrupt::Interrupt;
use crate::cli::print;
use crate::cli::progress::Display;
use crate::sentences::in_words;

/// What `--json` prints.
#[derive(Serialize)]
struct VbenchReport<'a> {
    results: JsonPath<'a>,
    dimensions: BTreeMap<Dimension, DimensionReport<'a>>,
    /// Dimensions that were not judged, and why.
    not_judged: BTreeMap<Dimension, String>,
    /// Clips that the suite asks for and that are not there.
    missing_clips: usize,
    totals: Totals,
}

#[derive(Serialize)]
struct DimensionReport<'a> {
    value: Option<f64>,
    clips: usize,
    failed: usize,
    /// Where the value is not VBench's own: whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    judged_by: Option<&'a str>,
}

impl<'a> DimensionReport<'a> {
    fn of(result: &'a vbench::DimensionResult) -> Self {
        let judged_by = result.clips.iter().find_map(|clip| clip.judged_by.as_deref());
        Self { value: result.value, clips: result.clips.len(), failed: result.failed(), judged_by }
    }
}

pub(super) fn run(args: &EvalVbenchArgs) -> anyhow::Result<()> {
    let suite = args.suite.as_deref().map(Suite::read).transpose()?;
    let detections = args.detections.iter().map(|path| Detections::read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut not_judged = BTreeMap::new();
    let wanted = wanted(args, suite.as_ref(), &detections, &mut not_judged)?;
    let folder = match &args.models {
        Some(folder) => folder.clone(),
        None => crate::folders().map(|folders| folders.models).unwrap_or_default(),
    };
    let mut display = Display::new(args.report.quiet);
    let needed: Vec<Dimension> = wanted.iter().copied().filter(|it| !it.is_detected()).chain(still(args)).collect();
    let interrupt = Interrupt::listen()?;
    let opened = if vbench::have_networks(&folder, &needed) {
        let opened = device::open(args.device, crate::speeds().as_ref())?;
        display.note(&format!("computing on {}", opened.name));
        Some(opened)
    } else {
        None
    };
    let (judges, missing) =
        Judges::load(&folder, &needed, opened.as_ref().map(|opened| &opened.device), &interrupt.token)?;
    let dimensions = present(args, wanted, missing, &mut not_judged)?;
    for (dimension, reason) in &not_judged {
        display.note(&format!("{dimension} is not judged: {reason}"));
    }
    if dimensions.is_empty() {
        return Err(VbenchError::NoDimensions.into());
    }
    vbench::make_output(&args.output)?;
    let job = VbenchJob {
        clips: &args.folder,
        suite: suite.as_ref(),
        dimensions: &dimensions,
        judges: &judges,
        detections: &detections,
        only_still: args.static_filter,
        output: &args.output,
    };
    let mut meter = RateMeter::default();
    let outcome = vbench::run(&job, &interrupt.token, &mut |progress: Progress| {
        super::show(&mut display, &mut meter, &progress);
    })?;
    display.finish();
    let name = format!("results_{}", Local::now().format("%Y-%m-%d-%H-%M-%S"));
    let path = outcome.write(&args.output, &name)?;
    report(args, &display, &outcome, &path, not_judged)
}

/// What the search for clips that stand still needs a network for.
fn still(args: &EvalVbenchArgs) -> Option<Dimension> {
    args.static_filter.then_some(Dimension::DynamicDegree)
}

/// What is to be judged, as far as suite and detections go. What was asked for by name and cannot be is an error.
fn wanted(
    args: &EvalVbenchArgs,
    suite: Option<&Suite>,
    detections: &[Detections],
    not_judged: &mut BTreeMap<Dimension, String>,
) -> anyhow::Result<Vec<Dimension>> {
    let is_named = !args.dimensions.is_empty();
    let mut dimensions = if is_named { args.dimensions.clone() } else { Dimension::ALL.to_vec() };
    dimensions.sort_unstable();
    dimensions.dedup();
    let mut wanted = Vec::new();
    for dimension in dimensions {
        let key = || dimension.key().to_owned();
        let trouble = match suite {
            None if !dimension.is_custom() => Some(VbenchError::NotCustom { dimension: key() }),
            // Nothing is asked, so nothing is missing.
            Some(suite) if !suite.prompts.iter().any(|it| it.dimensions.contains(&dimension)) => continue,
            _ if dimension.is_detected() && !detections.iter().any(|it| it.is_for(dimension)) => {
                Some(VbenchError::NoDetections { dimension: key() })
            }
            _ => None,
        };
        match trouble {
            None => wanted.push(dimension),
            Some(trouble) if is_named => return Err(trouble.into()),
            Some(trouble) => drop(not_judged.insert(dimension, in_words(&trouble))),
        }
    }
    Ok(wanted)
}

/// What is left of it with the networks that are there.
fn present(
    args: &EvalVbenchArgs,
    mut wanted: Vec<Dimension>,
    missing: Vec<Missing>,
    not_judged: &mut BTreeMap<Dimension, String>,
) -> anyhow::Result<Vec<Dimension>> {
    for Missing { dimension, reason } in missing {
        if !args.dimensions.is_empty() || still(args) == Some(dimension) {
            return Err(reason.into());
        }
        wanted.retain(|it| *it != dimension);
        not_judged.insert(dimension, in_words(&reason));
    }
    Ok(wanted)
}

fn report(
    args: &EvalVbenchArgs,
    display: &Display,
    outcome: &VbenchOutcome,
    path: &Path,
    not_judged: BTreeMap<Dimension, String>,
) -> anyhow::Result<()> {
    let results = &outcome.results;
    let all =
        || results.dimensions.iter().flat_map(|(dimension, result)| result.clips.iter().map(move |it| (dimension, it)));
    for (dimension, ClipResult { video_path, error, .. }) in all() {
        if let Some(error) = error {
            display.warn(&format!("{dimension} of {video_path}: {error}"));
        }
    }
    if outcome.missing_clips > 0 {
        display.warn(&format!("{} clips of the suite are not there", outcome.missing_clips));
    }
    if outcome.known_clips > 0 {
        display.note(&format!("{} clips were judged before", outcome.known_clips));
    }
    if args.report.json {
        print::json(&VbenchReport {
            results: JsonPath(path),
            dimensions: results
                .dimensions
                .iter()
                .map(|(dimension, it)| (*dimension, DimensionReport::of(it)))
                .collect(),
            not_judged,
            missing_clips: outcome.missing_clips,
            totals: Totals::of(&results.values()),
        })?;
    } else {
        print::line(&table(results))?;
        print::path(path)?;
    }
    if results.values().is_empty() {
        bail!("no clip could be judged: the warnings above say why");
    }
    Ok(())
}

/// Values, and their totals.
fn table(results: &EvalResults) -> String {
    let of_dimension = |(dimension, result): (&Dimension, &vbench::DimensionResult)| {
        let value = result.value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
        let clips = match result.failed() {
            0 => result.clips.len().to_string(),
            failed => format!("{}, {failed} failed", result.clips.len()),
        };
        let judged_by = result.clips.iter().find_map(|clip| clip.judged_by.clone()).unwrap_or_default();
        vec![dimension.key().to_owned(), value, clips, judged_by]
    };
    let mut rows: Vec<Vec<String>> = results.dimensions.iter().map(of_dimension).collect();
    let values = results.values();
    let Totals { quality, semantic, total } = Totals::of(&values);
    let missing = Dimension::ALL.len() - values.len();
    let note = if missing == 0 { String::new() } else { format!("{missing} dimensions are missing and count as 0") };
    for (name, value) in [("quality", quality), ("semantic", semantic), ("total", total)] {
        rows.push(vec![name.to_owned(), format!("{value:.4}"), String::new(), note.clone()]);
    }
    print::table(&["dimension", "value", "clips", ""], &rows)
}

/// What `eval total --json` prints.
#[derive(Serialize)]
struct TotalReport {
    #[serde(flatten)]
    totals: Totals,
    dimensions: BTreeMap<Dimension, f64>,
    missing: Vec<Dimension>,
}

pub(super) fn total(args: &EvalTotalArgs) -> anyhow::Result<()> {
    let mut results = EvalResults::default();
    for file in &args.files {
        results.dimensions.extend(EvalResults::read(file).with_context(|| format!("cannot add {file:?}"))?.dimensions);
    }
    if !args.json {
        return print::line(&table(&results));
    }
    let dimensions = results.values();
    let missing = Dimension::ALL.into_iter().filter(|it| !dimensions.contains_key(it)).collect();
    print::json(&TotalReport { totals: Totals::of(&dimensions), dimensions, missing })
}
