//! `hummingbird models get`: the one command that talks to the network.

use crate::sentences::detail_in_words;
use hummingbird_engine::error::StoreError;
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::progress::{Note, Progress, Rate, RateMeter, Rated};
use hummingbird_engine::weights::store::{CHECKING, Entry, FileState, Got, Store};
use serde::Serialize;

use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::{Display, Step, duration};
use super::super::question;
use super::args::GetArgs;

/// What `models get --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    model: &'a str,
    licence: &'a str,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    path: JsonPath<'a>,
    bytes: u64,
    sha256: &'a str,
    was_here: bool,
}

pub(super) fn run(args: &GetArgs) -> anyhow::Result<()> {
    let store = Store::of(&crate::folders()?).with_endpoint(args.endpoint.clone());
    let entry = store.entry(&args.id)?;
    let endpoint = store.endpoint()?;
    let mut display = Display::new(args.report.quiet);
    let mut is_accepted = args.accept_licence;
    let asks = !is_accepted && !store.has_accepted(&entry) && question::can_be_asked();
    let offer = offer(&store, &entry, &endpoint);
    if asks {
        // Even a quiet command shows what it asks about.
        print::note(&offer);
        is_accepted = question::ask("Do you accept this licence and want to download the model?")?;
    } else {
        offer.lines().for_each(|line| display.note(line));
    }
    let interrupt = Interrupt::listen()?;
    let mut meter = RateMeter::default();
    let mut report = |progress: Progress| show(&mut display, &meter.rated(progress));
    let got = store.get(&entry.id, is_accepted, &mut report, &interrupt.token);
    display.finish();
    let got = got.map_err(|error| match error {
        StoreError::Cancelled(cancelled) => anyhow::Error::from(cancelled).context(kept(&store, &entry)),
        error => error.into(),
    })?;
    if args.report.json {
        return print::json(&Report {
            model: &entry.id,
            licence: &entry.licence.name,
            files: got.iter().map(file).collect(),
        });
    }
    for got in &got {
        print::path(&got.path)?;
    }
    Ok(())
}

/// What will be downloaded, how much it is, from where to where, and under which licence.
fn offer(store: &Store, entry: &Entry, endpoint: &str) -> String {
    let size = entry
        .about_bytes()
        .map_or_else(|| "an unknown size".to_owned(), |size| format!("about {}", print::bytes(size)));
    let Entry { title, purpose, licence, .. } = entry;
    let gap = if purpose.is_empty() { "" } else { ": " };
    let files: Vec<&str> = entry.files.iter().map(|file| file.name()).collect();
    let lines = [
        format!("{title}{gap}{purpose}"),
        format!("  {}, {size}", files.join(", ")),
        format!("  from {}", entry.source(endpoint)),
        format!("  to {}", store.folder().display()),
        format!("  The weights are under {} and belong to their owners: {}", licence.name, licence.url),
    ];
    // Each stays one line, whatever the catalogue says.
    lines.map(|line| print::value(&line).into_owned()).join("\n")
}

fn show(display: &mut Display, rated: &Rated) {
    let Rated { progress, rate: Rate { per_sec, eta_secs } } = rated;
    let file = progress.about();
    if let Some(Note::Waiting { reason, secs, .. }) = &progress.note {
        let reason = detail_in_words(reason);
        let stage = format!("{file}: {reason}; trying again in {}", duration(*secs));
        return display.show(&Step { stage: &stage, done: 0, total: 0, eta_secs: None, detail: "" });
    }
    let stage = if progress.stage == CHECKING { format!("checking {file}") } else { format!("downloading {file}") };
    display.show_bytes(&stage, progress.done, progress.total.unwrap_or(0), *per_sec, *eta_secs);
}

/// What a stopped download leaves.
fn kept(store: &Store, entry: &Entry) -> String {
    let files = store.files(&entry.id).unwrap_or_default();
    let bytes = files.iter().map(|file| match file.state {
        FileState::Partial { bytes } | FileState::Present { bytes, .. } => bytes,
        FileState::Missing => 0,
    });
    format!("stopped; {} are kept, and the same command resumes from there", print::bytes(bytes.sum()))
}

fn file(got: &Got) -> File<'_> {
    let Got { name, path, sha256, bytes, was_here } = got;
    File { name, path: JsonPath(path), bytes: *bytes, sha256, was_here: *was_here }
}
