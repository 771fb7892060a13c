//! `hummingbird data plan` and `hummingbird data work`: the pipeline in shards, on one machine or many.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};
use hummingbird_engine::CancelToken;
use hummingbird_engine::data::caption::CaptionOptions;
use hummingbird_engine::data::cut::CutOptions;
use hummingbird_engine::data::export::WebDataset;
use hummingbird_engine::data::motion::MotionLimits;
use hummingbird_engine::data::objects::{Place, Places};
use hummingbird_engine::data::score::ScoreOptions;
use hummingbird_engine::data::work::{self, Plan, Step, WorkError, read_manifests, write_manifest};
use hummingbird_engine::device;
use hummingbird_engine::forward::dover;
use serde::Serialize;

use super::super::failure;
use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::Display;
use super::super::server_args::{NamedServerArgs, kept_server};
use super::score::JudgeArgs;
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
    /// For score: which networks look; the share is of the shard's clips.
    #[command(flatten)]
    pub judges: JudgeArgs,
    /// Options of steps.
    #[command(flatten)]
    pub stages: StageStepArgs,
    /// Who is asked by the step `caption`.
    #[command(flatten)]
    pub server: NamedServerArgs,
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
    /// Split clips at their cuts.
    Cut,
    /// Measure the movement of clips.
    Motion,
    /// Score how good clips look (--weights, --sieve).
    Score,
    /// Have a language model rewrite captions (--server).
    Caption,
    /// Write kept clips as WebDataset.
    Export,
}

/// What the steps `cut` and `caption` are asked for.
#[derive(Args, Debug)]
pub struct StageStepArgs {
    /// For cut: change between two frames from which on it is a cut.
    #[arg(long, default_value_t = 27.0)]
    pub threshold: f64,
    /// For cut: least frames between two cuts.
    #[arg(long, default_value_t = 15)]
    pub min_frames: u64,
    /// For caption: questions that are asked at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    pub parallel: usize,
    /// For caption: attempts after the first where the server is busy or fails.
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    pub retries: u32,
    /// For caption: frames of each clip that are sent with its caption, for a model that sees.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub frames: usize,
    /// For caption: most pixels of a frame's longer side.
    #[arg(long, value_name = "PIXELS", default_value_t = 512)]
    pub frame_size: u32,
}

impl WorkArgs {
    /// The steps with all that they need, before any clip is touched.
    fn steps(&self, display: &Display, cancel: &CancelToken) -> anyhow::Result<Vec<Box<dyn Step>>> {
        self.steps.iter().map(|step| self.step(*step, display, cancel)).collect()
    }

    fn step(&self, step: StepName, display: &Display, cancel: &CancelToken) -> anyhow::Result<Box<dyn Step>> {
        let StageStepArgs { threshold, min_frames, .. } = self.stages;
        Ok(match step {
            StepName::Cut => work::cut_step(CutOptions::new(threshold, min_frames)?),
            StepName::Motion => work::motion_step(MotionLimits::default()),
            StepName::Score => score_step(&self.judges, cancel)?,
            StepName::Caption => work::caption_step(self.caption(display)?),
            StepName::Export => Box::new(WebDataset),
        })
    }

    fn caption(&self, display: &Display) -> anyhow::Result<CaptionOptions> {
        let StageStepArgs { parallel, retries, frames, frame_size, .. } = self.stages;
        let mut chat = self.server.server.options();
        chat.retries = retries;
        let server = self.server.settings(kept_server(display)?);
        if server.address.trim().is_empty() {
            bail!("the step caption needs a server: add --server ADDRESS, or set one in the window");
        }
        Ok(CaptionOptions { server, chat, parallel, frames, picture_side: frame_size, ..CaptionOptions::default() })
    }
}

fn score_step(args: &JudgeArgs, cancel: &CancelToken) -> anyhow::Result<Box<dyn Step>> {
    let options = args.options(ScoreOptions::default().all)?;
    let (sieve, judge) = args.files()?;
    let opened = device::open(args.device, crate::speeds().as_ref())?;
    let network = |path: &Option<PathBuf>| path.as_ref().map(|path| dover(path, &opened.device)).transpose();
    let hash = |path: &Option<PathBuf>| path.as_ref().map(|path| work::file_hash(path, cancel)).transpose();
    let hashes = [hash(&sieve)?, hash(&judge)?].map(Option::unwrap_or_default).join(" ");
    Ok(work::score_step((network(&sieve)?, network(&judge)?), options, &hashes))
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
    // What is wrong with the options, or missing, is told before anything is made.
    let mut steps = match args.steps(&display, &interrupt.token) {
        Ok(steps) => steps,
        Err(error) => {
            let said = failure::message(&error);
            print::json_line(&Failed { shard: args.shard, status: "failed", error: said })?;
            return Err(error);
        }
    };
    let mut done = || -> Result<_, WorkError> {
        let (plan, out) = (Place::parse(&args.plan)?, Place::parse(&args.out)?);
        let places = Places::with_scratch(args.scratch.clone());
        let plan = Plan::read(&plan, &places, &interrupt.token)?;
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
