//! Exports: those under way, the format and options of the next, and the path that is suggested for it.

use std::path::{Path, PathBuf};

use hummingbird_engine::pipeline::video_out::Format;

use super::clips::{ResultClip, ResultId, file_stem};
use super::settings::ExportPreferences;

/// An export that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportStatus {
    /// Its number.
    pub id: u64,
    /// The clip.
    pub result: ResultId,
    /// Where it goes.
    pub path: PathBuf,
    /// Frames written.
    pub frames_done: usize,
    /// Frames in all.
    pub frames_total: usize,
    /// Whether it was asked to stop.
    pub cancelling: bool,
}

/// All exports.
#[derive(Clone, Debug)]
pub struct Exports {
    /// Exports under way.
    pub running: Vec<ExportStatus>,
    /// Format and options of the next one.
    pub preferences: ExportPreferences,
    ids: u64,
}

impl Exports {
    /// Without exports.
    pub fn new(preferences: ExportPreferences) -> Self {
        Self { running: Vec::new(), preferences, ids: 0 }
    }

    /// Notes an export that starts now; its number.
    pub fn start(&mut self, result: ResultId, path: PathBuf, frames_total: usize) -> u64 {
        self.ids += 1;
        let id = self.ids;
        self.running.push(ExportStatus { id, result, path, frames_done: 0, frames_total, cancelling: false });
        id
    }

    /// Frames were written.
    pub fn progress(&mut self, id: u64, frames_done: usize) {
        self.running.iter_mut().filter(|it| it.id == id).for_each(|it| it.frames_done = frames_done);
    }

    /// An export was asked to stop.
    pub fn cancel(&mut self, id: u64) {
        self.running.iter_mut().filter(|it| it.id == id).for_each(|it| it.cancelling = true);
    }

    /// Takes an ended export out.
    pub fn end(&mut self, id: u64) -> Option<ExportStatus> {
        let index = self.running.iter().position(|export| export.id == id)?;
        Some(self.running.remove(index))
    }

    /// The path that an export of `result` suggests.
    pub fn suggested_path(&self, result: &ResultClip) -> PathBuf {
        let request = &result.outcome.request;
        let name = file_stem(&request.clip.prompt, request.clip.seed);
        let folder = self.preferences.folder.clone().or_else(videos_folder).unwrap_or_default();
        with_ending(&folder.join(name), self.preferences.format)
    }
}

/// Where videos go when the user has not chosen a folder yet.
pub fn videos_folder() -> Option<PathBuf> {
    let folders = directories::UserDirs::new()?;
    let existing = |folder: Option<&Path>| folder.filter(|folder| folder.is_dir()).map(Path::to_owned);
    existing(folders.video_dir()).or_else(|| existing(Some(folders.home_dir())))
}

/// A path with the ending of a format: another known ending is replaced, anything else stays part of the name.
pub fn with_ending(path: &Path, format: Format) -> PathBuf {
    match Format::from_path(path) {
        Ok(known) if known == format => path.to_owned(),
        Ok(_) => path.with_extension(format.ending()),
        Err(_) => {
            let mut name = path.as_os_str().to_owned();
            name.push(".");
            name.push(format.ending());
            PathBuf::from(name)
        }
    }
}
