//! `hummingbird eval`: how well models do. `args` says what can be typed, and one file runs each command.

pub mod args;
mod compare;
mod nano;
mod sample;
mod vbench;

use hummingbird_engine::progress::{Progress, Rate, RateMeter, StageName};

use self::args::{EvalArgs, EvalCommand};
use super::progress::{Display, Step};

pub(super) fn run(args: &EvalArgs) -> anyhow::Result<()> {
    match &args.command {
        EvalCommand::Nano(args) => nano::run(args),
        EvalCommand::Sample(args) => sample::run(args),
        EvalCommand::Vbench(args) => vbench::run(args),
        EvalCommand::Total(args) => vbench::total(args),
        EvalCommand::Compare(args) => compare::run(args),
    }
}

/// Shows how far work on many clips is.
fn show(display: &mut Display, meter: &mut RateMeter, progress: &Progress) {
    // The rate is that of the stage: what each clip is called does not begin anew.
    let of_stage = Progress { note: None, ..progress.clone() };
    let Rate { eta_secs, .. } = meter.rate(&of_stage);
    let Progress { stage: StageName(stage), done, total, .. } = progress;
    display.show(&Step { stage, done: *done, total: total.unwrap_or(0), eta_secs, detail: progress.about() });
}
