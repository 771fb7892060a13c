//! `hummingbird data`: from folders of clips to a training set. One file a command, with its options and what it prints; what it
//! computes is in the engine's `data`.

mod cut;
mod scan;

use clap::{Args, Subcommand};
use hummingbird_engine::progress::{Progress, Rate, RateMeter, StageName};

use super::progress::{Display, Step};

/// `hummingbird data`.
#[derive(Args, Debug)]
pub struct DataArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: DataCommand,
}

/// The commands of `hummingbird data`, in the order in which clips go through them.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Find the clips of folders, with their captions and duplicates, and write a manifest of them.
    Scan(scan::ScanArgs),
    /// Find the cuts of clips, and split the rows of a manifest there.
    Cut(cut::CutArgs),
}

pub(super) fn run(args: &DataArgs) -> anyhow::Result<()> {
    match &args.command {
        DataCommand::Scan(args) => scan::run(args),
        DataCommand::Cut(args) => cut::run(args),
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
