//! A folder that `hummingbird train distil`, `turbo` and `lora` read: clips below `clips/` and `captions.csv` with the columns `file_name`
//! and `text`.

use hummingbird_base::message::Detail;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use hummingbird_base::files::{self, Taken, WholeFile};
use hummingbird_base::progress::{Progress, ProgressSink, StageName, Unit};
use hummingbird_base::{Action, CancelToken};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::clip::{self, ClipFile, Wanted};
use crate::manifest::Row;
use crate::objects::{LocalCopy, Place, Places};
use crate::work::{WorkError, hex};

/// The table that training looks for.
const TABLE: &str = "captions.csv";
/// The folder with the clips.
const CLIPS: &str = "clips";
/// Digits of a file's name, of a hash.
const NAME_DIGITS: usize = 20;

/// How whole files come into the folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placing {
    /// As second names of the same files where the disk allows it, else as copies.
    #[default]
    Link,
    /// As copies.
    Copy,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TrainingExport {
    /// Clips in the table.
    pub clips: u64,
    /// Clips that are the user's own files.
    pub whole: u64,
    /// Clips that were written anew, stretches of longer ones.
    pub cut: u64,
    /// Kept clips without a caption: training leaves them out unless it is given a trigger word.
    pub without_caption: u64,
    /// Clips that could not be read, with the reason.
    pub failed: Vec<(String, String)>,
}

/// Writes the kept rows of a manifest in `folder` to `out`. What is there from an earlier export of the same clips stays as it is, and
/// what is no longer kept goes out of the table and the folder.
///
/// # Errors
/// [`WorkError`]; the table comes last.
pub fn training(
    rows: &[Row],
    folder: &Place,
    out: &Path,
    placing: Placing,
    places: &Places,
    cancel: &CancelToken,
    progress: &mut (dyn ProgressSink + Send),
) -> Result<TrainingExport, WorkError> {
    let clips = out.join(CLIPS);
    claim(out)?;
    fs::create_dir_all(&clips).map_err(WorkError::io(Action::MakeFolder, &clips))?;
    let kept: Vec<&Row> = rows.iter().filter(|row| row.error.is_none() && row.keep != Some(false)).collect();
    if kept.is_empty() {
        return Err(WorkError::NothingKept);
    }
    let there = names_in(&clips)?;
    let by_stem: BTreeMap<&str, &String> =
        there.iter().map(|name| (name.split('.').next().unwrap_or(name), name)).collect();
    let mut export = TrainingExport::default();
    let mut table: BTreeMap<String, &str> = BTreeMap::new();
    for (index, row) in kept.iter().enumerate() {
        cancel.check()?;
        let place = folder.of_row(row)?;
        let stem = stem(row, &place);
        let named = match by_stem.get(stem.as_str()) {
            Some(name) => Ok(String::clone(name)),
            None => write(row, &place, &clips, &stem, placing, places, cancel)?
                .inspect(|(_, is_whole)| {
                    export.whole += u64::from(*is_whole);
                    export.cut += u64::from(!is_whole);
                })
                .map(|(name, _)| name),
        };
        match named {
            Ok(name) => {
                export.without_caption += u64::from(row.text.trim().is_empty());
                table.insert(name, &row.text);
            }
            Err(said) => {
                cancel.check()?;
                export.failed.push((row.path.clone(), said.to_string()));
            }
        }
        let done = Progress::new(StageName("export"), Unit::Clips, index as u64 + 1, Some(kept.len() as u64));
        progress.progress(done);
    }
    export.clips = table.len() as u64;
    // The table first, so that at no moment it names what is gone.
    write_table(out, &table)?;
    for name in there.iter().filter(|name| !table.contains_key(*name)) {
        let path = clips.join(name);
        fs::remove_file(&path).map_err(WorkError::io(Action::Remove, &path))?;
    }
    files::sync_folder(&clips).map_err(WorkError::io(Action::Write, &clips))?;
    Ok(export)
}

/// A folder that is empty or of an earlier export; what else lies in it would be trained on.
fn claim(out: &Path) -> Result<(), WorkError> {
    fs::create_dir_all(out).map_err(WorkError::io(Action::MakeFolder, out))?;
    for entry in fs::read_dir(out).map_err(WorkError::io(Action::OpenFolder, out))? {
        let name = entry.map_err(WorkError::io(Action::OpenFolder, out))?.file_name();
        let is_ours = name == TABLE || name == CLIPS || files::is_temporary(&name);
        if !is_ours && !name.as_encoded_bytes().starts_with(b".") {
            return Err(WorkError::Occupied { path: out.to_owned() });
        }
    }
    Ok(())
}

/// Files of earlier exports: names that are ours, so that nothing of the user's is ever taken for one.
fn names_in(clips: &Path) -> Result<BTreeSet<String>, WorkError> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(clips).map_err(WorkError::io(Action::OpenFolder, clips))? {
        let name = entry.map_err(WorkError::io(Action::OpenFolder, clips))?.file_name();
        if let Some(name) = name.to_str()
            && name
                .split('.')
                .next()
                .is_some_and(|it| it.len() == NAME_DIGITS && it.bytes().all(|it| it.is_ascii_hexdigit()))
        {
            names.insert(name.to_owned());
        } else if !files::is_temporary(&name) {
            return Err(WorkError::Occupied { path: clips.to_owned() });
        }
    }
    Ok(names)
}

/// A name that follows from the content and the stretch; where nobody hashed the content, from the place.
fn stem(row: &Row, place: &Place) -> String {
    let mut hash = Sha256::new();
    let content = if row.id.is_empty() { place.to_string() } else { row.id.clone() };
    hash.update(content);
    hash.update(row.start_frame.to_le_bytes());
    hash.update(row.frames.to_le_bytes());
    let mut name = hex(&hash.finalize());
    name.truncate(NAME_DIGITS);
    name
}

/// Brings a clip into the folder; its name, and whether it is the whole file. What is wrong with it alone is given back as words.
fn write(
    row: &Row,
    place: &Place,
    clips: &Path,
    stem: &str,
    placing: Placing,
    places: &Places,
    cancel: &CancelToken,
) -> Result<Result<(String, bool), Detail>, WorkError> {
    let copy = match places.local(place, cancel).map_err(WorkError::from) {
        Ok(copy) => copy,
        Err(error) if error.is_about_one() => return Ok(Err(error.to_string().into())),
        Err(error) => return Err(error),
    };
    let made = clips.join(format!("{stem}.mp4"));
    let clip = match clip::file_of(row, &copy, Wanted::Video, &made, cancel) {
        Ok(clip) => clip,
        Err(said) => return Ok(Err(said)),
    };
    let ClipFile::Whole(path) = clip else { return Ok(Ok((format!("{stem}.mp4"), false))) };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("mp4").to_ascii_lowercase();
    let name = format!("{stem}.{ending}");
    let target = clips.join(&name);
    // Links are followed: a second name of a link would be another link.
    let path = fs::canonicalize(&path).map_err(WorkError::io(Action::Find, &path))?;
    // A copy of an object goes away, and a second name of it stays.
    let may_link = placing == Placing::Link || matches!(copy, LocalCopy::Copy(_));
    if !(may_link && fs::hard_link(&path, &target).is_ok()) {
        copied(&path, &target).map_err(WorkError::io(Action::Write, &target))?;
    }
    Ok(Ok((name, true)))
}

fn copied(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = File::open(from)?;
    let mut file = WholeFile::begin(to)?;
    io::copy(&mut from, &mut file)?;
    match file.finish(Taken::Refuse) {
        // Another row of the same content was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        finished => finished.map(drop),
    }
}

fn write_table(out: &Path, table: &BTreeMap<String, &str>) -> Result<(), WorkError> {
    let path = out.join(TABLE);
    let write = || {
        let mut file = WholeFile::begin(&path)?;
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(["file_name", "text"])?;
        for (name, text) in table {
            csv.write_record([&format!("{CLIPS}/{name}"), *text])?;
        }
        file.write_all(&csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?)?;
        file.finish(Taken::Replace)
    };
    write().map(drop).map_err(WorkError::io(Action::Write, &path))
}
