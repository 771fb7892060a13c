//! `hummingbird data score`: how good clips look.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use hummingbird_engine::data::manifest::{self, TableForm};
use hummingbird_engine::data::score::{
    Judge as _, Network, ScoreError, ScoreOptions, ScorePlan, resumed, score_manifest,
};
use hummingbird_engine::device::{self, DeviceChoice};
use hummingbird_engine::forward::dover;
use hummingbird_engine::job::Cancelled;
use serde::Serialize;

use super::super::args::ReportArgs;
use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::Display;
use super::super::weights::weights;
use super::ScratchArgs;

/// `hummingbird data score`.
#[derive(Args, Debug)]
pub struct ScoreArgs {
    /// The manifest. Clips that cannot be read, that are dropped, or that another stage has a reason against are left out.
    #[arg(value_name = "MANIFEST")]
    pub input: PathBuf,
    /// Where to write the new manifest (.parquet, .csv or .jsonl). The same command goes on from it.
    #[arg(short, long, value_name = "MANIFEST", required_unless_present = "dry_run")]
    pub output: Option<PathBuf>,
    /// Which networks look.
    #[command(flatten)]
    pub judges: JudgeArgs,
    /// Score clips too that another stage has a reason against.
    #[arg(long)]
    pub all: bool,
    /// Write a table of this form beside the manifest: its name with `.FORM.csv`.
    #[arg(long, value_enum)]
    pub form: Option<ScoreForm>,
    /// Say how many clips are scored and what it costs, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Where clips of stores lie.
    #[command(flatten)]
    pub scratch: ScratchArgs,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Networks that score, of the command and of the step of `data work`.
#[derive(Args, Debug)]
pub struct JudgeArgs {
    /// The network that scores what the sieve lets through: a file, or the name of a network that was got (`dover`, which is the
    /// default without --sieve).
    #[arg(long, value_name = "FILE|NAME")]
    pub weights: Option<PathBuf>,
    /// A cheap network that scores all clips first: a file, or `dover-mobile`.
    #[arg(long, value_name = "FILE|NAME")]
    pub sieve: Option<PathBuf>,
    /// The share of clips that the sieve lets through; the others get the reason `vqa_sieve`.
    #[arg(long, value_name = "SHARE", default_value_t = ScoreOptions::default().sieve_share)]
    pub sieve_share: f64,
    /// Device to compute on: auto, cpu, gpu or gpu:N.
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
}

impl JudgeArgs {
    /// How many clips the networks look at, of all or of those that no other stage has a reason against.
    ///
    /// # Errors
    /// When the share is none.
    pub(super) fn options(&self, all: bool) -> Result<ScoreOptions, ScoreError> {
        let share = self.sieve_share;
        if share > 0.0 && share <= 1.0 {
            Ok(ScoreOptions { sieve_share: share, all })
        } else {
            Err(ScoreError::Share { share })
        }
    }

    /// The files of the sieve and of the network that looks at what it lets through; without either the latter is DOVER.
    pub(super) fn files(&self) -> anyhow::Result<(Option<PathBuf>, Option<PathBuf>)> {
        let judge = self.weights.clone().or_else(|| self.sieve.is_none().then(|| PathBuf::from("dover")));
        let [sieve, judge] = [self.sieve.clone(), judge].map(|named| named.map(|named| weights(&named)).transpose());
        Ok((sieve?, judge?))
    }
}

/// Tables of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScoreForm {
    /// DOVER's own: path, aesthetic score, technical score, overall/final score.
    Dover,
}

/// What `--json` prints.
#[derive(Serialize)]
struct ScoreResult {
    plan: ScorePlan,
    scored: usize,
    errors: usize,
}

pub(super) fn run(args: &ScoreArgs) -> anyhow::Result<()> {
    let options = args.judges.options(args.all)?;
    // Before a device is opened: what is missing is said at once.
    let (sieve, judge) = args.judges.files()?;
    let opened = device::open(args.judges.device, crate::speeds().as_ref())?;
    let network = |file: Option<PathBuf>| file.map(|file| dover(&file, &opened.device)).transpose();
    let (sieve, judge) = (network(sieve)?, network(judge)?);
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    let rows = match &args.output {
        Some(output) => resumed(&args.input, output)?,
        None => manifest::read(&args.input)?,
    };
    let plan = ScorePlan::of(&rows, options, sieve.as_ref().map(Network::of), judge.as_ref().map(Network::of));
    drop(rows);
    let words = in_words(&plan, sieve.as_ref().map(|it| it.name()), judge.as_ref().map(|it| it.name()));
    let output = match &args.output {
        Some(output) if !args.dry_run => output,
        _ => return if args.report.json { print::json(&plan) } else { print::line(&words) },
    };
    display.note(&format!("{words}, on {}", opened.name));
    let judges = (sieve.as_ref(), judge.as_ref());
    let mut progress = super::shown(&mut display);
    let places = args.scratch.places();
    let ended = score_manifest(&args.input, output, judges, options, &places, &interrupt.token, &mut progress);
    drop(progress);
    display.finish();
    let rows = match ended {
        Err(ScoreError::Cancelled(_)) => {
            let words =
                format!("stopped; scores so far are in {}, and the same command goes on from them", output.display());
            return Err(anyhow::Error::from(Cancelled).context(words));
        }
        other => other?,
    };
    if let Some(ScoreForm::Dover) = args.form {
        let table = output.with_added_extension("dover.csv");
        manifest::write_as(&table, &rows, TableForm::Dover).context("the table cannot be written; the manifest is")?;
    }
    let scored = rows.iter().filter(|row| row.vqa_overall.is_some()).count();
    let errors = rows.iter().filter(|row| row.error.is_some()).count();
    match args.report.json {
        true => print::json(&ScoreResult { plan, scored, errors }),
        false => print::line(&format!("{scored} of {} clips have scores, {errors} cannot be read", rows.len())),
    }
}

/// What will be done.
fn in_words(plan: &ScorePlan, sieve: Option<&str>, judge: Option<&str>) -> String {
    let mut parts = Vec::new();
    if let Some(sieve) = sieve {
        parts.push(format!("{sieve} looks at {} of {} clips", plan.sieve_clips, plan.clips));
    }
    if let Some(judge) = judge {
        parts.push(format!("{judge} looks at {} of {} clips", plan.judge_clips, plan.clips));
    }
    format!("{}: {:.1} TFLOP", parts.join(", then "), plan.tflop)
}
