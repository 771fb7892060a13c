//! `hummingbird data plan` and `hummingbird data work`: the pipeline in shards, on one machine or many.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hummingbird_engine::data::export::WebDataset;
use hummingbird_engine::data::motion::{MotionLimits, fill_motion};
use hummingbird_engine::data::objects::{Place, Places};
use hummingbird_engine::data::work::{self, Plan, RowsStep, Step, WorkError, read_manifests, write_manifest};
use serde::Serialize;

use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::Display;
use crate::sentences::in_words;

/// `hummingbird data plan`.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// Manifests; several are read one after the other.
    #[arg(value_name = "MANIFEST", required = true)]
    pub manifests: Vec<OsString>,
    /// Number of shards.
    #[arg(long, value_name = "N")]
    pub shards: u64,
    /// Where to write the plan: the manifest with a column `shard` (.parquet, .csv or .jsonl, also s3://bucket/key).
    #[arg(short, long, value_name = "MANIFEST")]
    pub output: OsString,
}

/// `hummingbird data work`.
#[derive(Args, Debug)]
pub struct WorkArgs {
    /// The plan.
    #[arg(long, value_name = "MANIFEST")]
    pub plan: OsString,
    /// Which shard, from 0.
    #[arg(long, value_name = "N")]
    pub shard: u64,
    /// Folder for the finished shards, also s3://bucket/key.
    #[arg(long, value_name = "DIR")]
    pub out: OsString,
    /// What to do with the clips, in this order.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "export")]
    pub steps: Vec<StepName>,
    /// Folder for copies of objects.
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    /// Do not show progress.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Steps of `data work`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StepName {
    /// Measure the movement of clips.
    Motion,
    /// Write kept clips as WebDataset.
    Export,
}

impl StepName {
    fn step(self) -> Box<dyn Step> {
        match self {
            Self::Motion => {
                let limits = MotionLimits::default();
                Box::new(RowsStep::new("motion", format!("{limits:?}"), move |rows, folder, cancel, progress| {
                    Ok(fill_motion(rows, folder, limits, progress, cancel)?)
                }))
            }
            Self::Export => Box::new(WebDataset),
        }
    }
}

pub(super) fn plan(args: &PlanArgs) -> anyhow::Result<()> {
    let manifests = args.manifests.iter().map(|it| Place::parse(it)).collect::<Result<Vec<_>, _>>()?;
    let output = Place::parse(&args.output)?;
    let (interrupt, places) = (Interrupt::listen()?, Places::default());
    let mut rows = read_manifests(&manifests, &output.folder(), &places, &interrupt.token)?;
    work::divide(&mut rows, args.shards)?;
    write_manifest(&output, &rows, &places, &interrupt.token)?;
    print::line(&format!("{} clips in {} shards", rows.len(), args.shards))
}

/// What is said of a shard that failed.
#[derive(Serialize)]
struct Failed {
    shard: u64,
    status: &'static str,
    error: String,
}

pub(super) fn work(args: &WorkArgs) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.quiet);
    let mut done = || -> Result<_, WorkError> {
        let (plan, out) = (Place::parse(&args.plan)?, Place::parse(&args.out)?);
        let places = Places::with_scratch(args.scratch.clone());
        let plan = Plan::read(&plan, &places, &interrupt.token)?;
        let mut steps: Vec<Box<dyn Step>> = args.steps.iter().map(|step| step.step()).collect();
        let mut progress = super::shown(&mut display);
        work::run(&plan, args.shard, &mut steps, &out, &places, &interrupt.token, &mut progress)
    };
    let done = done();
    display.finish();
    match done {
        Ok(report) => print::json_line(&report),
        Err(error) => {
            let status = match error {
                WorkError::Cancelled(_) => "cancelled",
                WorkError::Busy { .. } => "busy",
                _ => "failed",
            };
            print::json_line(&Failed { shard: args.shard, status, error: in_words(&error) })?;
            Err(error.into())
        }
    }
}
