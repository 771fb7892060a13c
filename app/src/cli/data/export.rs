//! `hummingbird data export`: kept clips as training reads them.

use std::ffi::OsString;

use anyhow::bail;
use clap::{Args, ValueEnum};
use hummingbird_engine::data::export::{Placing, WebDataset, training};
use hummingbird_engine::data::manifest::Row;
use hummingbird_engine::data::objects::{Place, Places};
use hummingbird_engine::data::work::{self, Plan, Step, WorkError, read_manifests};

use super::super::args::ReportArgs;
use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::Display;

/// `hummingbird data export`.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// Manifests; several are read one after the other.
    #[arg(value_name = "MANIFEST", required = true)]
    pub manifests: Vec<OsString>,
    /// What to write.
    #[arg(long, value_enum)]
    pub to: To,
    /// Folder to write to; for webdataset also s3://bucket/key.
    #[arg(short, long, value_name = "DIR")]
    pub output: OsString,
    /// Clips of a shard.
    #[arg(long, value_name = "CLIPS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub per_shard: u64,
    /// For training: copy clips instead of giving their files a second name.
    #[arg(long)]
    pub copy: bool,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Forms of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum To {
    /// Tars with a Parquet file beside each, as video2dataset writes them.
    Webdataset,
    /// A folder with a table, for `hummingbird train distil`, `turbo` and `lora`.
    Training,
}

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let manifests = args.manifests.iter().map(|it| Place::parse(it)).collect::<Result<Vec<_>, _>>()?;
    let output = Place::parse(&args.output)?;
    let (interrupt, places) = (Interrupt::listen()?, Places::default());
    // Paths that hold from the first manifest: an export of the same manifest elsewhere is the same.
    let folder = manifests[0].folder();
    let rows = read_manifests(&manifests, &folder, &places, &interrupt.token)?;
    match args.to {
        To::Webdataset => webdataset(args, rows, &manifests[0], &output, &places, &interrupt),
        To::Training => {
            let Place::File(output) = &output else {
                bail!("training reads a folder of this machine: name one with -o, and not {output}")
            };
            let mut display = Display::new(args.report.quiet);
            let mut progress = super::shown(&mut display);
            let placing = if args.copy { Placing::Copy } else { Placing::Link };
            let done = training(&rows, &folder, output, placing, &places, &interrupt.token, &mut progress)?;
            drop(progress);
            display.finish();
            for (path, said) in &done.failed {
                print::note(&format!("{}: {}", print::value(path), print::value(said)));
            }
            if args.report.json {
                return print::json(&done);
            }
            print::line(&format!(
                "{} clips for training, {} of them cut from longer ones; {} without a caption, {} could not be read",
                done.clips,
                done.cut,
                done.without_caption,
                done.failed.len()
            ))
        }
    }
}

fn webdataset(
    args: &ExportArgs,
    mut rows: Vec<Row>,
    manifest: &Place,
    output: &Place,
    places: &Places,
    interrupt: &Interrupt,
) -> anyhow::Result<()> {
    // A manifest that was filtered has its dropped rows already; shards hold what is kept.
    rows.retain(|row| row.error.is_none() && row.keep != Some(false));
    if rows.is_empty() {
        return Err(WorkError::NothingKept.into());
    }
    for (number, row) in rows.iter_mut().enumerate() {
        row.extra.insert("shard".to_owned(), (number as u64 / args.per_shard).into());
    }
    let plan = Plan::of_rows(rows, manifest)?;
    let mut display = Display::new(args.report.quiet);
    let mut reports = Vec::new();
    for shard in 0..plan.shards {
        let mut steps: Vec<Box<dyn Step>> = vec![Box::new(WebDataset)];
        let mut progress = super::shown(&mut display);
        reports.push(work::run(&plan, shard, &mut steps, output, places, &interrupt.token, &mut progress)?);
    }
    display.finish();
    if args.report.json {
        return print::json(&reports);
    }
    let clips: u64 = reports.iter().map(|it| it.counts.successes).sum();
    let failed: u64 = reports.iter().map(|it| it.counts.failed).sum();
    print::line(&format!("{clips} clips in {} shards; {failed} could not be read", reports.len()))
}
