//! `hummingbird data cut`: shots of a clip, and of every row of a manifest.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use hummingbird_engine::data::clip::ClipSource;
use hummingbird_engine::data::cut::{self, CutOptions};
use hummingbird_engine::data::manifest;

use super::super::args::ReportArgs;
use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::Display;
use super::ScratchArgs;

/// `hummingbird data cut`.
#[derive(Args, Debug)]
pub struct CutArgs {
    /// A clip, whose cuts are printed as the numbers of the frames with which shots begin, or a manifest, whose rows are split
    /// there.
    #[arg(value_name = "CLIP|MANIFEST")]
    pub input: PathBuf,
    /// For a manifest: where to write the new one (.parquet, .csv or .jsonl).
    #[arg(short, long, value_name = "MANIFEST")]
    pub output: Option<PathBuf>,
    /// Change between two frames from which on it is a cut: mean of the changes in hue, saturation and value.
    #[arg(long, default_value_t = 27.0)]
    pub threshold: f64,
    /// Least frames between two cuts; cuts that follow each other faster are taken together, as PySceneDetect does.
    #[arg(long, alias = "min-scene-len", default_value_t = 15)]
    pub min_frames: u64,
    /// Where clips of stores lie.
    #[command(flatten)]
    pub scratch: ScratchArgs,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

pub(super) fn run(args: &CutArgs) -> anyhow::Result<()> {
    let options = CutOptions::new(args.threshold, args.min_frames)?;
    let is_manifest = manifest::is_manifest(&args.input);
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    match &args.output {
        Some(output) if is_manifest => {
            let mut progress = super::shown(&mut display);
            let report = cut::cut_manifest(
                &args.input,
                output,
                options,
                &args.scratch.places(),
                &interrupt.token,
                &mut progress,
            )?;
            drop(progress);
            display.finish();
            match args.report.json {
                true => print::json(&report),
                false => print::line(&report.to_string()),
            }
        }
        None if is_manifest => bail!("say where to write the new manifest: add -o MANIFEST"),
        Some(_) => {
            bail!("the cuts of one clip are printed: leave out -o, or name a manifest (.parquet, .csv or .jsonl)")
        }
        None => {
            let clip = ClipSource::open(&args.input)?;
            let mut progress = super::shown(&mut display);
            let cuts = cut::find(&clip, options, &interrupt.token, &mut progress)?.positions;
            drop(progress);
            display.finish();
            match args.report.json {
                true => print::json(&cuts),
                false => cuts.iter().try_for_each(|cut| print::line(&cut.to_string())),
            }
        }
    }
}
