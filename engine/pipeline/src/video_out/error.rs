//! Why an export failed, and what the user can do about it.

use std::io;
use std::path::{Path, PathBuf};

use hummingbird_base::Action;
use hummingbird_base::message::{self, Detail, Message};
use thiserror::Error;

use super::{ClipFault, Format, Quality};

/// Why a clip could not be written or a file's settings not be read. Each message says what to do, path last.
#[derive(Debug, Error, Message)]
#[message("export")]
#[non_exhaustive]
pub enum ExportError {
    /// The clip has no frames.
    #[error("the clip has no frames to write: generate one first")]
    NoFrames,
    /// The name's ending does not choose a format.
    #[error("choose a name that ends in {}, not {path:?}", known_endings())]
    UnknownEnding {
        /// The name.
        path: PathBuf,
    },
    /// Frame rate out of range.
    #[error("{fps} frames a second cannot be written: choose 1 to {max}")]
    Fps {
        /// Frame rate asked for.
        fps: u32,
        /// Largest frame rate.
        max: u32,
    },
    /// Quality out of range.
    #[error("quality {crf} is out of range: choose 0 (best) to {} (smallest file)", Quality::WORST)]
    Quality {
        /// Quality asked for.
        crf: u8,
    },
    /// A range of frames that the clip has not.
    #[error("frames {first} to {last} are not in this clip: it has frames 1 to {frames}")]
    Trim {
        /// First frame asked for, from 1.
        first: usize,
        /// Last frame asked for, from 1.
        last: usize,
        /// Frames of the clip.
        frames: usize,
    },
    /// A part of the picture that does not lie in it.
    #[error("the part to cut out does not lie in frames of {width}x{height}: choose another")]
    Crop {
        /// Width of the frames in pixels.
        width: usize,
        /// Height of the frames in pixels.
        height: usize,
    },
    /// A size that nothing should be scaled to.
    #[error("{width}x{height} is no size to scale to: choose sides from 1 to {max} pixels, and less for a long clip")]
    Scale {
        /// Width asked for, in pixels.
        width: usize,
        /// Height asked for, in pixels.
        height: usize,
        /// Largest side in pixels.
        max: u32,
    },
    /// A number of plays out of range.
    #[error("a clip cannot play {plays} times: choose 1 to {max}")]
    Plays {
        /// Plays asked for.
        plays: u32,
        /// Most plays.
        max: u32,
    },
    /// Colours of a GIF out of range.
    #[error("a GIF cannot have {colours} colours: choose {least} to {most}")]
    Colours {
        /// Colours asked for.
        colours: u16,
        /// Fewest colours.
        least: u16,
        /// Most colours.
        most: u16,
    },
    /// No settings give a file that is small enough.
    #[error("the smallest {} file of this clip has {smallest} bytes, more than {limit}: trim it, or choose another format", format.label())]
    CannotFit {
        /// The format.
        format: Format,
        /// Bytes of the smallest file that was tried.
        smallest: u64,
        /// Bytes asked for.
        limit: u64,
    },
    /// The format does not hold frames of that size.
    #[error(
        "{} cannot hold {width}x{height} frames (sides from {smallest} up to {largest_long}x{largest_short} pixels): \
         choose another format, .png takes every size",
        format.label()
    )]
    Size {
        /// The format.
        format: Format,
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// Smallest side in pixels.
        smallest: usize,
        /// Largest long side in pixels.
        largest_long: usize,
        /// Largest short side in pixels.
        largest_short: usize,
    },
    /// A file of that name exists and may not be replaced.
    #[error("a file of that name exists: choose another name, or allow it to be replaced: {path:?}")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The path names a folder.
    #[error("this is a folder: add a file name: {path:?}")]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A name that is longer than the file system takes.
    #[error("the file system takes no name of that length or kind: choose a shorter and simpler one: {path:?}")]
    NameTooLong {
        /// The path with that name.
        path: PathBuf,
    },
    /// A name that Windows keeps for a device, or has no letters for.
    #[error("Windows cannot write a file of that name: choose another one: {path:?}")]
    NameForeign {
        /// The path with that name.
        path: PathBuf,
    },
    /// The folder does not exist.
    #[error("the folder does not exist: create it or choose another: {folder:?}")]
    FolderMissing {
        /// The folder.
        folder: PathBuf,
    },
    /// A part of the path that should be a folder is a file.
    #[error("this is a file, not a folder, so nothing can be saved in it: choose another folder: {folder:?}")]
    NotAFolder {
        /// The file.
        folder: PathBuf,
    },
    /// The folder exists, but may not be written to.
    #[error("no permission to write here: choose a folder of your own, or change its permissions: {path:?}")]
    NoPermission {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk or the user's share of it is full.
    #[error("the disk is full: free some space or choose another disk, then export again: {path:?}")]
    DiskFull {
        /// The file that did not fit.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another failure of the file system.
    #[error("cannot {action} ({source}): check the disk and the name, or choose another folder: {path:?}")]
    Io {
        /// What was tried.
        action: Action,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The encoder refused the clip.
    #[error("the {} encoder failed ({detail}): choose another format: {path:?}", format.label())]
    Encoder {
        /// The format.
        format: Format,
        /// What the encoder said.
        detail: Detail,
        /// The file.
        path: PathBuf,
    },
    /// The owner stopped the export; no file was left.
    #[error("the export was cancelled")]
    Cancelled,
    /// A file of a kind that is never exported.
    #[error("not a clip: settings can be read from {} files: {path:?}", known_endings())]
    NotAClip {
        /// The file.
        path: PathBuf,
    },
    /// A file that is cut off or damaged.
    #[error("the file is damaged ({detail}): use another copy of it: {path:?}")]
    Damaged {
        /// What is wrong.
        detail: ClipFault,
        /// The file.
        path: PathBuf,
    },
}

impl ExportError {
    /// The error for a failure of the file system, by what the user can do about it.
    pub(super) fn from_io(action: Action, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::DiskFull { path, source }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::NoPermission { path, source },
            io::ErrorKind::InvalidFilename => Self::NameTooLong { path },
            io::ErrorKind::IsADirectory => Self::IsFolder { path },
            io::ErrorKind::NotADirectory => Self::NotAFolder { folder: path },
            _ => Self::Io { action, path, source },
        }
    }
}

/// Why a writer stopped; [`super::staging`] adds the path.
#[derive(Debug)]
pub(super) enum WriteError {
    /// The file did not take the bytes.
    Io(io::Error),
    /// The encoder refused the frames.
    Encoder(Detail),
    /// The owner stopped the export.
    Cancelled,
}

impl From<io::Error> for WriteError {
    fn from(source: io::Error) -> Self {
        Self::Io(source)
    }
}

impl WriteError {
    pub(super) fn at(self, format: Format, path: &Path) -> ExportError {
        match self {
            Self::Io(source) => ExportError::from_io(Action::WriteFile, path, source),
            Self::Encoder(detail) => ExportError::Encoder { format, detail, path: path.to_owned() },
            Self::Cancelled => ExportError::Cancelled,
        }
    }
}

fn known_endings() -> String {
    let [first @ .., last] = Format::ALL.map(|format| format!(".{}", format.ending()));
    format!("{} or {last}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_the_disk_say_what_to_do() {
        let cases = [
            (io::ErrorKind::StorageFull, "the disk is full"),
            (io::ErrorKind::QuotaExceeded, "the disk is full"),
            (io::ErrorKind::PermissionDenied, "choose a folder of your own"),
            (io::ErrorKind::ReadOnlyFilesystem, "choose a folder of your own"),
            (io::ErrorKind::IsADirectory, "add a file name"),
            (io::ErrorKind::NotADirectory, "choose another folder"),
            (io::ErrorKind::InvalidFilename, "choose a shorter and simpler one"),
            (io::ErrorKind::Other, "cannot write the file"),
        ];
        for (kind, advice) in cases {
            let message = WriteError::Io(kind.into()).at(Format::Gif, Path::new("clip.gif")).to_string();
            assert!(message.contains(advice) && message.ends_with("\"clip.gif\""), "{kind:?}: {message}");
        }
    }
}
