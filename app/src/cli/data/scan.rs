//! `hummingbird data scan`: a manifest of the clips of folders.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use hummingbird_engine::data::objects::{Place, Places};
use hummingbird_engine::data::scan::{self, ScanOptions};

use super::super::args::ReportArgs;
use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::Display;

/// `hummingbird data scan`.
#[derive(Args, Debug)]
pub struct ScanArgs {
    /// Folders with clips, and single clips; also s3://bucket/folder. Sub folders are searched too.
    #[arg(required = true, value_name = "FOLDER")]
    pub folders: Vec<OsString>,
    /// Where to write the manifest (.parquet, .csv or .jsonl). One that is there is brought up to date: clips whose files are as
    /// they were keep their rows.
    #[arg(short, long, value_name = "MANIFEST")]
    pub output: PathBuf,
    /// Table with captions and scores (CSV, JSON lines, Parquet; WebVid's and OpenVid's too). Tables in the folders are found
    /// without it. Repeat it for several.
    #[arg(long = "table", value_name = "FILE")]
    pub tables: Vec<PathBuf>,
    /// Do not look for clips that look the same but are other files.
    #[arg(long)]
    pub no_near_duplicates: bool,
    /// Folder for clips of stores while they are looked at, one at a time.
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

pub(super) fn run(args: &ScanArgs) -> anyhow::Result<()> {
    let (mut folders, mut objects) = (Vec::new(), Vec::new());
    for folder in &args.folders {
        match Place::parse(folder)? {
            Place::File(path) => folders.push(path),
            Place::Object(address) => objects.push(address),
        }
    }
    let places = Places::with_scratch(args.scratch.clone());
    let options = ScanOptions {
        folders,
        output: args.output.clone(),
        tables: args.tables.clone(),
        finds_near_duplicates: !args.no_near_duplicates,
    };
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    let mut progress = super::shown(&mut display);
    let report = scan::scan_with(&options, &objects, &places, &interrupt.token, &mut progress, &mut |_| ())?;
    drop(progress);
    display.finish();
    for note in &report.notes {
        print::note(&format!("warning: {}", print::value(note)));
    }
    match args.report.json {
        true => print::json(&report),
        false => print::line(&report.to_string()),
    }
}
