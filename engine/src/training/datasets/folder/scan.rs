//! Finds clips and pictures in a folder, and the caption of each.
//!
//! Sub folders are walked into; hidden files and links to folders are not. A text file beside a clip goes before the table.
//! Pictures are single examples, but for two cases that a caption tells: a sub folder of pictures that has a caption itself
//! (`fox/` and `fox.txt`, or a row of the table), and numbered pictures with a caption of the name that they have in common
//! (`fox_0001.png`, `fox_0002.png`, `fox.txt`), which is how clips are exported here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use hummingbird_video::{Clip, ClipKind, OpenOptions, is_picture_name, numbered};
use sha2::{Digest, Sha256};

use super::captions::{self, Table};
use super::fault::{DatasetError, DatasetNote};

/// Endings of clips. The last ones are not read, but whoever has such a file wants to hear of it.
const CLIPS: [&str; 18] = [
    "mp4", "m4v", "mov", "3gp", "webm", "mkv", "gif", "webp", "png", "apng", "jpg", "jpeg", "avi", "mpg", "mpeg",
    "wmv", "flv", "ogv",
];
/// Most files of a folder.
const MAX_FILES: usize = 1_000_000;
/// Deepest sub folder.
const MAX_DEPTH: usize = 16;

/// A clip with its caption, as the folder has it.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Path below the folder, with `/` between its parts: by it clips are told apart.
    pub name: Vec<u8>,
    pub clip: Clip,
    pub caption: Option<String>,
}

/// A clip that was found and not opened yet.
struct Found {
    /// A file, a folder, or the name that pictures have in common.
    path: PathBuf,
    /// Pictures that follow each other; empty where `path` is opened itself.
    pictures: Vec<PathBuf>,
    caption: Option<String>,
}

/// The clips of a folder by name, without what cannot be read and what is there twice.
pub(super) fn scan(
    folder: &Path,
    options: OpenOptions,
    notes: &mut Vec<DatasetNote>,
) -> Result<(Vec<Item>, usize), DatasetError> {
    let mut table = Table::of(folder, notes)?;
    let mut found = Vec::new();
    let mut files = 0;
    walk(folder, folder, 0, &mut table, &mut found, &mut files)?;
    notes.extend(table.missing());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let count = found.len();
    let twice = duplicates(&found);
    let mut items = Vec::with_capacity(count);
    for (index, Found { path, pictures, caption }) in found.iter().enumerate() {
        if let Some(&first) = twice.get(&index) {
            notes.push(DatasetNote::Duplicate { path: path.clone(), first: found[first].path.clone() });
            continue;
        }
        let opened = match pictures.is_empty() {
            true => Clip::open(path, options),
            false => Clip::of_pictures(path, pictures.clone(), options),
        };
        match opened {
            Ok(clip) => items.push(Item { name: name(folder, path), clip, caption: caption.clone() }),
            Err(problem) => notes.push(DatasetNote::Unreadable { problem }),
        }
    }
    Ok((items, count))
}

/// Path below the folder, byte by byte what it is: names need not be text.
fn name(folder: &Path, path: &Path) -> Vec<u8> {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<&[u8]> = below.iter().map(OsStr::as_encoded_bytes).collect();
    parts.join(&b'/')
}

/// The same as a table has it.
fn table_name(folder: &Path, path: &Path) -> String {
    String::from_utf8_lossy(&name(folder, path)).into_owned()
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|ending| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

fn walk(
    root: &Path,
    folder: &Path,
    depth: usize,
    table: &mut Table,
    found: &mut Vec<Found>,
    files: &mut usize,
) -> Result<(), DatasetError> {
    let fault = |source| DatasetError::Read { path: folder.to_owned(), source };
    let mut folders = Vec::new();
    let mut clips = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        *files += 1;
        if *files > MAX_FILES {
            return Err(DatasetError::TooMany { path: root.to_owned(), max: MAX_FILES });
        }
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.file_type().map_err(fault)?;
        if kind.is_dir() {
            folders.push(path);
        } else if has_ending(&path, &CLIPS) && !captions::is_caption_file(&path) && path.is_file() {
            clips.push(path);
        }
    }
    let sequences = sequences(root, &clips, table)?;
    let inside: BTreeSet<&PathBuf> = sequences.iter().flat_map(|sequence| &sequence.pictures).collect();
    for path in clips.iter().filter(|path| !inside.contains(path)) {
        let beside = captions::beside(&path.with_extension(""))?;
        let of_table = table.take(&table_name(root, path));
        found.push(Found { path: path.clone(), pictures: Vec::new(), caption: beside.or(of_table) });
    }
    found.extend(sequences);
    for path in folders {
        let of_table =
            table.take(&table_name(root, &path)).or_else(|| table.take(&format!("{}/", table_name(root, &path))));
        let caption = captions::beside(&path)?.or(of_table);
        if caption.is_some() && holds_pictures_alone(&path).map_err(fault)? {
            found.push(Found { path, pictures: Vec::new(), caption });
        } else if depth < MAX_DEPTH {
            walk(root, &path, depth + 1, table, found, files)?;
        }
    }
    Ok(())
}

/// Whether a folder is a clip in pictures.
fn holds_pictures_alone(folder: &Path) -> std::io::Result<bool> {
    let mut any = false;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() || has_ending(&path, &CLIPS) && !is_picture_name(&path) {
            return Ok(false);
        }
        any |= is_picture_name(&path);
    }
    Ok(any)
}

/// Numbered pictures of a folder whose caption is that of what their names have in common.
fn sequences(root: &Path, clips: &[PathBuf], table: &mut Table) -> Result<Vec<Found>, DatasetError> {
    let mut groups: BTreeMap<String, Vec<(u64, &PathBuf)>> = BTreeMap::new();
    for path in clips.iter().filter(|path| is_picture_name(path)) {
        if let Some((front, number)) = numbered(path).filter(|(front, _)| !front.is_empty()) {
            groups.entry(front).or_default().push((number, path));
        }
    }
    let mut sequences = Vec::new();
    for (front, mut pictures) in groups {
        let path = pictures[0].1.with_file_name(&front);
        let mut captioned = false;
        for (_, picture) in &pictures {
            captioned |= table.names(&table_name(root, picture));
            captioned |= captions::beside(&picture.with_extension(""))?.is_some();
        }
        if captioned {
            continue;
        }
        let beside = captions::beside(&path)?;
        if let Some(caption) = beside.or_else(|| table.take(&table_name(root, &path))) {
            pictures.sort_unstable();
            let pictures = pictures.into_iter().map(|(_, path)| path.clone()).collect();
            sequences.push(Found { path, pictures, caption: Some(caption) });
        }
    }
    Ok(sequences)
}

/// Files with the content of an earlier one, and which that is.
fn duplicates(found: &[Found]) -> HashMap<usize, usize> {
    let mut by_size: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, found) in found.iter().enumerate().filter(|(_, found)| found.pictures.is_empty()) {
        if let Ok(metadata) = std::fs::metadata(&found.path)
            && metadata.is_file()
        {
            by_size.entry(metadata.len()).or_default().push(index);
        }
    }
    let mut twice = HashMap::new();
    for group in by_size.into_values().filter(|group| group.len() > 1) {
        let mut first = HashMap::new();
        for index in group {
            // What cannot be read is found out when it is opened.
            if let Ok(hash) = hash(&found[index].path) {
                let earlier = *first.entry(hash).or_insert(index);
                if earlier != index {
                    twice.insert(index, earlier);
                }
            }
        }
    }
    twice
}

fn hash(path: &Path) -> std::io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().into()),
            bytes => hasher.update(&buffer[..bytes]),
        }
    }
}

/// Whether a clip is one picture that has no time.
pub(super) fn is_still(clip: &Clip) -> bool {
    clip.info().kind == ClipKind::Picture
}
