//! `hummingbird models verify` and `remove`.

use crate::sentences::{details, in_words};
use anyhow::bail;
use hummingbird_engine::error::StoreError;
use hummingbird_engine::progress::{Progress, Rate, RateMeter};
use hummingbird_engine::weights::store::{Against, FileState, Store, Verified};
use serde::Serialize;
use serde_json::Value;

use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::Display;
use super::super::question::{self, Unanswered};
use super::args::{RemoveArgs, VerifyArgs};

/// One line of `models verify`.
#[derive(Serialize)]
struct Checked {
    name: String,
    is_right: bool,
    sha256: Option<String>,
    detail: String,
    /// Code and parameters of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<Value>,
}

pub(super) fn verify(args: &VerifyArgs) -> anyhow::Result<()> {
    let store = Store::of(&crate::folders()?);
    let names = if args.names.is_empty() { all(&store) } else { args.names.clone() };
    let files: Vec<Vec<_>> = names.iter().map(|name| store.files(name)).collect::<Result<_, _>>()?;
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    let mut lines = Vec::new();
    for file in files.iter().flatten() {
        let mut meter = RateMeter::default();
        let mut report = |progress: Progress| {
            let Rate { per_sec, eta_secs } = meter.rate(&progress);
            let stage = format!("checking {}", progress.about());
            display.show_bytes(&stage, progress.done, progress.total.unwrap_or(0), per_sec, eta_secs);
        };
        lines.push(match (&file.state, store.verify(&file.name, &mut report, &interrupt.token)) {
            (_, Err(error @ StoreError::Cancelled(_))) => return Err(error.into()),
            (FileState::Partial { .. }, _) => wrong(
                file.name.clone(),
                "not all of it is here: `hummingbird models get` resumes the download".to_owned(),
            ),
            (_, Ok(verified)) => right(verified.into_iter().next().expect("one name gives one file")),
            (_, Err(error)) => {
                Checked { error_details: Some(details(&error)), ..wrong(file.name.clone(), in_words(&error)) }
            }
        });
    }
    display.finish();
    if args.report.json {
        print::json(&lines)?;
    } else if lines.is_empty() {
        let folder = store.folder().to_string_lossy();
        print::line(&format!("There are no models in {}.", print::value(&folder)))?;
    } else {
        let cells = |line: &Checked| vec![line.name.clone(), line.detail.clone()];
        print::line(&print::table(&["file", "state"], &lines.iter().map(cells).collect::<Vec<_>>()))?;
    }
    match lines.iter().filter(|line| !line.is_right).count() {
        0 => Ok(()),
        wrong => bail!("{wrong} of {} files cannot be used as they are", lines.len()),
    }
}

/// Names of all files that are here.
fn all(store: &Store) -> Vec<String> {
    let files = store.list().into_iter().flat_map(|listed| listed.files);
    files.filter(|file| file.state != FileState::Missing).map(|file| file.name).collect()
}

fn right(verified: Verified) -> Checked {
    let detail = match verified.against {
        Against::Catalogue => "as it was released".to_owned(),
        Against::FirstGet => "as it was when it was downloaded".to_owned(),
        Against::Nothing => format!("nothing to compare it with; its SHA-256 is {}", verified.sha256),
    };
    Checked { name: verified.name, is_right: true, sha256: Some(verified.sha256), detail, error_details: None }
}

fn wrong(name: String, detail: String) -> Checked {
    Checked { name, is_right: false, sha256: None, detail, error_details: None }
}

pub(super) fn remove(args: &RemoveArgs) -> anyhow::Result<()> {
    let store = Store::of(&crate::folders()?);
    let files = store.files(&args.name)?;
    let doing = files
        .iter()
        .map(|file| match file.state {
            FileState::Present { bytes, .. } => format!("delete {} ({})", file.name, print::bytes(bytes)),
            FileState::Partial { bytes } => format!("delete the part of {} ({})", file.name, print::bytes(bytes)),
            FileState::Missing => format!("delete {}", file.name),
        })
        .collect::<Vec<_>>()
        .join(", ");
    if !args.yes {
        if !question::can_be_asked() {
            return Err(Unanswered { doing, flag: "--yes" }.into());
        }
        let question = format!("{doing} for good from {}?", store.folder().display());
        if !question::ask(&question)? {
            bail!("nothing was deleted");
        }
    }
    for name in store.delete(&args.name)? {
        print::line(&print::value(&name))?;
    }
    Ok(())
}
