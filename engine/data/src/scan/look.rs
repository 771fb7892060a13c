//! What a file is: its content's hash, its shape and its fingerprint.

use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_video::{VideoError, VideoFault, is_picture_name};
use sha2::{Digest as _, Sha256};

use super::captions;
use super::fingerprint::{FRAMES, Fingerprint};
use super::{CAPTION_OF_CLIP, CAPTION_SOURCE, DUPLICATE, NEAR_DUPLICATE};
use crate::clip::{ClipError, ClipSource};
use crate::manifest::Row;

/// Columns by which an unchanged file is known again: its size, and when it was changed in milliseconds.
const BYTES: &str = "file_bytes";
const CHANGED: &str = "file_changed_ms";
/// Column with the fingerprint.
const FINGERPRINT: &str = "fingerprint";

/// Whether a reason is one that the scan gives.
pub(super) fn is_of_scan(reason: &str) -> bool {
    [DUPLICATE, NEAR_DUPLICATE].contains(&reason)
}

/// The fingerprint of a row.
pub(super) fn fingerprint_of(row: &Row) -> Option<Fingerprint> {
    Fingerprint::read(row.extra.get(FINGERPRINT)?.as_str()?)
}

/// Size and time of a file, or of all pictures of a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    changed_ms: u64,
}

impl Stamp {
    fn of(files: &[PathBuf]) -> io::Result<Self> {
        let mut stamp = Self::default();
        for file in files {
            let metadata = std::fs::metadata(file)?;
            // Times before 1970 are as good as that.
            let age = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
            stamp.bytes = stamp.bytes.saturating_add(metadata.len());
            stamp.changed_ms = stamp.changed_ms.max(u64::try_from(age.as_millis()).unwrap_or(0));
        }
        Ok(stamp)
    }

    fn is_of(self, row: &Row) -> bool {
        // Of a table of text they come back as text.
        let number = |name: &str| {
            let value = row.extra.get(name)?;
            value.as_u64().or_else(|| value.as_str()?.parse().ok())
        };
        number(BYTES) == Some(self.bytes) && number(CHANGED) == Some(self.changed_ms)
    }
}

/// Why a file makes no row with a shape.
pub(super) enum Trouble {
    Cancelled(Cancelled),
    /// It is a picture, and no clip.
    Picture,
    /// The words for its row.
    Words(String),
}

impl From<Cancelled> for Trouble {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Words(format!("cannot be read: {error}"))
    }
}

impl From<ClipError> for Trouble {
    fn from(error: ClipError) -> Self {
        Self::Words(error.to_string())
    }
}

/// The row of a clip, without its path and with no other caption than the prompt inside of it; whether it is `earlier`, reused because the file is as it was.
pub(super) fn look(path: &Path, earlier: Option<&Row>, cancel: &CancelToken) -> Result<(Row, bool), Trouble> {
    let files = files_of(path)?;
    let stamp = Stamp::of(&files)?;
    if let Some(row) = earlier.filter(|row| row.error.is_none() && !row.id.is_empty() && stamp.is_of(row)) {
        return Ok((row.clone(), true));
    }
    let id = hash(&files, cancel)?;
    // Decoders and readers of containers are the work of others: one that panics fails a file, not the scan.
    let shown = catch_unwind(AssertUnwindSafe(|| show(path, cancel)));
    // One that is cancelled in the middle is no broken one.
    cancel.check()?;
    let mut row = match shown {
        Ok(Ok(row)) => row,
        Ok(Err(Trouble::Words(words))) => Row { error: Some(words), ..Row::default() },
        Ok(Err(other)) => return Err(other),
        Err(_) => Row { error: Some("its reader failed".to_owned()), ..Row::default() },
    };
    if let Some(prompt) = files.first().filter(|_| row.error.is_none()).and_then(|file| captions::inside(file)) {
        row.text = prompt;
        row.extra.insert(CAPTION_SOURCE.to_owned(), CAPTION_OF_CLIP.into());
    }
    row.id = id;
    row.extra.insert(BYTES.to_owned(), stamp.bytes.into());
    row.extra.insert(CHANGED.to_owned(), stamp.changed_ms.into());
    Ok((row, false))
}

/// The file itself, or the pictures of a folder by name.
fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.as_ref().map_or(true, |path| is_picture_name(path))).collect::<io::Result<_>>()?;
    files.sort();
    Ok(files)
}

/// SHA-256 of the content in hexadecimal; of several files that of their names and content.
fn hash(files: &[PathBuf], cancel: &CancelToken) -> Result<String, Trouble> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    for path in files {
        if files.len() > 1 {
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name);
            hasher.update(std::fs::metadata(path)?.len().to_le_bytes());
        }
        let mut file = File::open(path)?;
        loop {
            cancel.check()?;
            match file.read(&mut buffer)? {
                0 => break,
                bytes => hasher.update(&buffer[..bytes]),
            }
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Shape and fingerprint, for which some frames are decoded, the last one too: a clip that breaks off is found.
fn show(path: &Path, cancel: &CancelToken) -> Result<Row, Trouble> {
    let clip = ClipSource::open_until(path, cancel)?;
    let shape = clip.shape();
    let is_still = shape.codec == "picture" && is_picture_name(path);
    if is_still {
        return Err(Trouble::Picture);
    }
    if shape.is_cut_off {
        let path = path.to_owned();
        return Err(ClipError::from(VideoError::Damaged { path, fault: VideoFault::CutOff }).into());
    }
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let mut row = Row {
        frames: shape.frames,
        fps: shape.fps,
        width: side(shape.width),
        height: side(shape.height),
        codec: shape.codec.to_owned(),
        ..Row::default()
    };
    let last = shape.frames.saturating_sub(1);
    let middles = (0..FRAMES as u64).map(|part| (shape.frames * (2 * part + 1) / (2 * FRAMES as u64)).min(last));
    let numbers: Vec<u64> = middles.chain([last]).collect();
    let mut pictures = clip.at(&numbers)?;
    if pictures.len() < numbers.len() {
        let path = path.to_owned();
        return Err(ClipError::from(VideoError::Damaged { path, fault: VideoFault::CutOff }).into());
    }
    pictures.truncate(FRAMES);
    if let Some(print) = Fingerprint::of(&pictures) {
        row.extra.insert(FINGERPRINT.to_owned(), print.text().into());
    }
    Ok(row)
}
