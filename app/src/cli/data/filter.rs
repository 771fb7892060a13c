//! `hummingbird data filter`: which clips are kept.

use std::ffi::OsString;

use clap::Args;
use hummingbird_engine::data::filter::{FilterOptions, Limit, filter};
use hummingbird_engine::data::objects::{Place, Places};
use hummingbird_engine::data::report::{ReportOptions, report, write_page};
use hummingbird_engine::data::work::{read_manifests, write_manifest};

use super::super::args::ReportArgs;
use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::Display;

/// `hummingbird data filter`.
#[derive(Args, Debug)]
pub struct FilterArgs {
    /// Manifests; several are read one after the other.
    #[arg(value_name = "MANIFEST", required = true)]
    pub manifests: Vec<OsString>,
    /// Where to write the manifest with `keep` and all reasons (.parquet, .csv or .jsonl, also s3://bucket/key).
    #[arg(short, long, value_name = "MANIFEST")]
    pub output: OsString,
    /// Keep clips with at least this, for example vqa_overall=40.
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = Limit::min, allow_hyphen_values = true)]
    pub min: Vec<Limit>,
    /// Keep clips with at most this, for example jerk=1.2.
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = Limit::max, allow_hyphen_values = true)]
    pub max: Vec<Limit>,
    /// Keep the best share by a column, for example vqa_technical=0.8; 0.8 alone is by vqa_overall.
    #[arg(long, value_name = "[COLUMN=]SHARE", value_parser = Limit::best)]
    pub keep_best: Vec<Limit>,
    /// Let a reason of an earlier stage drop nothing, for example static, duplicate or error.
    #[arg(long, value_name = "REASON")]
    pub ignore: Vec<String>,
    /// Keep clips for which a limited column has no value.
    #[arg(long)]
    pub keep_unknown: bool,
    /// Write a page that shows what is kept, and what is dropped and why.
    #[arg(long, value_name = "FILE.html")]
    pub page: Option<OsString>,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

pub(super) fn run(args: &FilterArgs) -> anyhow::Result<()> {
    let FilterArgs { manifests, output, min, max, keep_best, ignore, keep_unknown, page, report: how } = args;
    let manifests = manifests.iter().map(|it| Place::parse(it)).collect::<Result<Vec<_>, _>>()?;
    let output = Place::parse(output)?;
    let page = page.as_ref().map(|it| Place::parse(it)).transpose()?;
    let (interrupt, places) = (Interrupt::listen()?, Places::default());
    let cancel = &interrupt.token;
    let folder = output.folder();
    let mut rows = read_manifests(&manifests, &folder, &places, cancel)?;
    let limits = [min, max, keep_best].into_iter().flatten().copied().collect();
    let options = FilterOptions { limits, ignored: ignore.clone(), keep_unknown: *keep_unknown };
    let summary = filter(&mut rows, &options);
    write_manifest(&output, &rows, &places, cancel)?;
    if let Some(page) = &page {
        let mut display = Display::new(how.quiet);
        let mut progress = super::shown(&mut display);
        let options = ReportOptions::default();
        let html = report(&rows, &summary, &folder, options, &places, cancel, &mut progress)?;
        drop(progress);
        display.finish();
        write_page(page, &html, &places, cancel)?;
    }
    match how.json {
        true => print::json(&summary),
        false => print::line(&summary.to_string()),
    }
}
