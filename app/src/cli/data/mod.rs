//! `hummingbird data`: from folders of clips to a training set. One file a command, with its options and what it prints; what it
//! computes is in the engine's `data`.

mod caption;
mod cut;
mod export;
mod filter;
mod motion;
mod scan;
mod score;
mod work;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hummingbird_engine::data::objects::Places;
use hummingbird_engine::progress::{Progress, Rate, RateMeter, StageName};

use super::progress::{Display, Step};

/// `hummingbird data`.
#[derive(Args, Debug)]
pub struct DataArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: DataCommand,
}

/// Where clips of stores lie while they are looked at.
#[derive(Args, Debug)]
pub struct ScratchArgs {
    /// Folder for copies of clips whose rows name s3://bucket/key; a few at a time are there.
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
}

impl ScratchArgs {
    fn places(&self) -> Places {
        Places::with_scratch(self.scratch.clone())
    }
}

/// The commands of `hummingbird data`, in the order in which clips go through them.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Find the clips of folders, with their captions and duplicates, and write a manifest of them.
    Scan(scan::ScanArgs),
    /// Find the cuts of clips, and split the rows of a manifest there.
    Cut(cut::CutArgs),
    /// Score how good clips look: a cheap network looks at all of them, a large one at what is left.
    Score(score::ScoreArgs),
    /// Measure how clips move, and find those that stand still, shake, or have a dolly zoom.
    Motion(motion::MotionArgs),
    /// Have a language model rewrite the captions of a manifest as plain sentences.
    Caption(caption::CaptionArgs),
    /// Choose clips by limits, absolute or by share; dropped ones stay in the manifest with their reasons.
    Filter(filter::FilterArgs),
    /// Write kept clips as training reads them.
    Export(export::ExportArgs),
    /// Divide a manifest into shards for many machines.
    Plan(work::PlanArgs),
    /// Make one shard of a plan.
    Work(work::WorkArgs),
}

pub(super) fn run(args: &DataArgs) -> anyhow::Result<()> {
    match &args.command {
        DataCommand::Scan(args) => scan::run(args),
        DataCommand::Cut(args) => cut::run(args),
        DataCommand::Score(args) => score::run(args),
        DataCommand::Motion(args) => motion::run(args),
        DataCommand::Caption(args) => caption::run(args),
        DataCommand::Filter(args) => filter::run(args),
        DataCommand::Export(args) => export::run(args),
        DataCommand::Plan(args) => work::plan(args),
        DataCommand::Work(args) => work::work(args),
    }
}

/// Shows the progress of a stage.
fn shown(display: &mut Display) -> impl FnMut(Progress) {
    let mut meter = RateMeter::default();
    move |progress: Progress| {
        let Rate { eta_secs, .. } = meter.rate(&progress);
        let detail = progress.about().to_owned();
        let Progress { stage: StageName(stage), done, total, .. } = progress;
        display.show(&Step { stage, done, total: total.unwrap_or(0), eta_secs, detail: &detail });
    }
}
