//! `hummingbird version`: which version this is, and whether there is a newer one.

use hummingbird_engine::store::newest_release;
use serde_json::json;

use super::args::VersionArgs;
use super::interrupt::Interrupt;
use super::print;

const CURRENT: &str = env!("CARGO_PKG_VERSION");

pub(super) fn run(args: &VersionArgs) -> anyhow::Result<()> {
    let newest = if args.newest { Some(newest_release(&Interrupt::listen()?.token)?) } else { None };
    if args.json {
        let newest = newest.map(|release| {
            let is_newer = release.is_newer_than(CURRENT);
            json!({"version": release.version.to_string(), "page": release.page, "is_newer": is_newer})
        });
        return print::json(&json!({"version": CURRENT, "newest": newest}));
    }
    match newest {
        None => print::line(&format!("hummingbird {CURRENT}")),
        Some(release) if release.is_newer_than(CURRENT) => {
            let (version, page) = (&release.version, &release.page);
            print::line(&format!("version {version} is out; this is {CURRENT}: {page}"))
        }
        Some(_) => print::line(&format!("this is the newest version, {CURRENT}")),
    }
}
