//! `hummingbird models folders`: folders with models beside the models folder.

use std::path::{Path, PathBuf};

use anyhow::bail;
use hummingbird_engine::kept;
use hummingbird_engine::weights::store::folders::{ModelFolders, find_programs};

use super::super::folder_args::FoldersArgs;
use super::super::print;
use crate::sentences::detail_in_words;

pub(super) fn run(args: &FoldersArgs) -> anyhow::Result<()> {
    let folders = crate::folders()?;
    let (mut known, damage) = ModelFolders::load(&folders);
    if let Some(damage) = damage {
        print::note(&format!("warning: the list of folders: {}", print::value(&detail_in_words(&damage))));
    }
    let before = known.clone();
    for folder in &args.remove {
        if !known.remove(folder) && !known.remove(&whole(folder)) {
            bail!("{folder:?} is not on the list: `hummingbird models folders` shows it");
        }
    }
    for folder in args.add.iter().map(|folder| whole(folder)) {
        if !folder.is_dir() {
            bail!("{folder:?} is no folder that is there: name one with models in it");
        }
        if !known.folders.contains(&folder) && !known.add(folder.clone()) {
            bail!("{folder:?} cannot be remembered: its name is no UTF-8, or the list is full");
        }
    }
    if known != before {
        kept::write(&ModelFolders::file(&folders), &known)?;
    }
    for folder in &known.folders {
        print::path(folder)?;
    }
    for found in known.offers(find_programs(&crate::program_places())) {
        let root = found.root.to_string_lossy();
        let root = print::value(&root);
        print::note(&format!(
            "Found {}'s models in {root}: `hummingbird models folders --add {root}` uses them",
            found.program.name()
        ));
    }
    Ok(())
}

/// A folder from wherever the next command is run.
fn whole(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}
