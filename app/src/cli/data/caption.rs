//! `hummingbird data caption`: a language model rewrites the captions of a manifest.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use hummingbird_engine::chat::{ChatError, ServerSettings};
use hummingbird_engine::data::caption::{self, CaptionError, CaptionOptions, CaptionReport, Ended, Sample};
use hummingbird_engine::job::Cancelled;
use hummingbird_engine::progress::{Progress, Rate, RateMeter, StageName};
use serde::Serialize;

use super::super::args::ReportArgs;
use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::{Display, Step};
use super::super::server_args::{ServerArgs, kept_server};
use super::ScratchArgs;

/// `hummingbird data caption`.
#[derive(Args, Debug)]
pub struct CaptionArgs {
    /// The manifest whose captions are rewritten. Those of dropped and broken clips are left out.
    #[arg(value_name = "MANIFEST")]
    pub input: PathBuf,
    /// Where to write the new manifest (.parquet, .csv or .jsonl). Answers are noted beside it as they come, and the same command
    /// goes on from them.
    #[arg(short, long, value_name = "MANIFEST", required_unless_present = "dry_run")]
    pub output: Option<PathBuf>,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Language model of the server; without it the first that it lists.
    #[arg(long, alias = "server-model", value_name = "NAME")]
    pub model: Option<String>,
    /// Attempts after the first where the server is busy or fails.
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    pub retries: u32,
    /// Questions that are asked at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    pub parallel: usize,
    /// Frames of each clip that are sent with its caption, for a model that sees.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub frames: usize,
    /// Most pixels of a frame's longer side.
    #[arg(long, value_name = "PIXELS", default_value_t = 512)]
    pub frame_size: u32,
    /// Most tokens of questions and answers, those of earlier runs for the same output included.
    #[arg(long, value_name = "TOKENS")]
    pub budget: Option<u64>,
    /// Rewrite also what was rewritten before, from the original captions.
    #[arg(long)]
    pub again: bool,
    /// Ask again where an answer was refused.
    #[arg(long)]
    pub refused_again: bool,
    /// Show ten captions before and after, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Where clips of stores lie.
    #[command(flatten)]
    pub scratch: ScratchArgs,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

impl CaptionArgs {
    fn options(&self, kept: ServerSettings) -> CaptionOptions {
        let mut chat = self.server.options();
        chat.retries = self.retries;
        CaptionOptions {
            server: self.server.settings(self.model.as_ref(), kept),
            chat,
            parallel: self.parallel,
            frames: self.frames,
            picture_side: self.frame_size,
            budget_tokens: self.budget,
            again: self.again,
            refused_again: self.refused_again,
        }
    }
}

pub(super) fn run(args: &CaptionArgs) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    let options = args.options(kept_server(&display)?);
    let places = args.scratch.places();
    let output = match &args.output {
        Some(output) if !args.dry_run => output,
        _ => {
            display.show(&Step { stage: "asking about ten captions", done: 0, total: 0, eta_secs: None, detail: "" });
            let samples = caption::preview(&args.input, &options, &places, &interrupt.token)?;
            display.finish();
            return show_samples(&samples, args.report.json);
        }
    };
    let mut meter = RateMeter::default();
    let mut progress = |progress: Progress| {
        let Rate { eta_secs, .. } = meter.rate(&progress);
        let tokens = progress.measured("tokens").unwrap_or_default();
        let Progress { stage: StageName(stage), done, total, .. } = progress;
        let detail = format!("{tokens} tokens");
        display.show(&Step { stage, done, total: total.unwrap_or(0), eta_secs, detail: &detail });
    };
    let report = match caption::caption(&args.input, output, &options, &places, &interrupt.token, &mut progress) {
        Err(CaptionError::Cancelled(_)) => {
            let journal = caption::journal_path(output);
            let words =
                format!("stopped; answers are in {}, and the same command goes on from them", journal.display());
            return Err(anyhow::Error::from(Cancelled).context(words));
        }
        other => other?,
    };
    display.finish();
    match args.report.json {
        true => print::json(&JsonReport::of(&report))?,
        false => print::line(&in_words(&report))?,
    }
    match report.ended {
        Ended::Failing(error) => Err(CaptionError::from(error))
            .context("the captions that are left stay as they are, and the same command goes on with them"),
        Ended::Done | Ended::Budget => Ok(()),
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct JsonReport<'a> {
    #[serde(flatten)]
    report: &'a CaptionReport,
    /// `done`, `budget` or `failing`.
    ended: &'static str,
    error: Option<String>,
}

impl<'a> JsonReport<'a> {
    fn of(report: &'a CaptionReport) -> Self {
        let (ended, error) = match &report.ended {
            Ended::Done => ("done", None),
            Ended::Budget => ("budget", None),
            Ended::Failing(error) => ("failing", Some(ChatError::to_string(error))),
        };
        Self { report, ended, error }
    }
}

fn in_words(report: &CaptionReport) -> String {
    let CaptionReport { clips, rewritten, refused, failed, kept, without, left, from_journal, .. } = report;
    let mut lines = vec![format!("{rewritten} of {clips} captions rewritten")];
    let mut say = |number: u64, words: &str| {
        if number > 0 {
            lines.push(format!("{number} {words}"));
        }
    };
    say(*from_journal, "of the answers came in an earlier run");
    say(*kept, "were rewritten before and stay (--again rewrites them)");
    say(*without, "have nothing to rewrite: dropped, broken or without a caption");
    say(*refused, "stay, since their answers were refused (--refused-again asks again):");
    lines.extend(report.refusals.iter().map(|(why, clips)| format!("  {clips}: {}", print::value(why))));
    if *failed > 0 {
        lines.push(format!("{failed} stay, since no answer came:"));
    }
    lines.extend(report.failures.iter().map(|(why, clips)| format!("  {clips}: {}", print::value(why))));
    if *left > 0 {
        let why = if report.ended == Ended::Budget { ", since the budget has no room for them" } else { "" };
        lines.push(format!("{left} are left{why}; the same command goes on with them"));
    }
    let about = if report.is_estimated { "about " } else { "" };
    let before = match report.tokens_before {
        0 => String::new(),
        before => format!(", and {before} before"),
    };
    lines.push(format!("{about}{} tokens{before}", report.tokens));
    lines.join("\n")
}

fn show_samples(samples: &[Sample], json: bool) -> anyhow::Result<()> {
    if json {
        return print::json(&samples);
    }
    if samples.is_empty() {
        return print::line("there is nothing to rewrite");
    }
    for Sample { path, before, after, why, .. } in samples {
        let after = match (after, why) {
            (Some(after), _) => print::value(after).into_owned(),
            (None, why) => format!("stays ({})", print::value(why.as_deref().unwrap_or_default())),
        };
        print::line(&format!("{}\n  before: {}\n  after:  {after}", print::value(path), print::value(before)))?;
    }
    let tokens: u64 = samples.iter().map(|sample| sample.tokens).sum();
    print::line(&format!("{tokens} tokens for {} captions; nothing was written", samples.len()))
}
