//! Exports: those under way, the format and options of the next, and the path that is suggested for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::pipeline::video_out::{ExportSettings, Format, Provenance};

use super::clips::{ResultClip, ResultId, file_stem};
use super::settings::ExportPreferences;

/// An export that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportStatus {
    /// Its number.
    pub id: u64,
    /// The clip; `None` for several.
    pub result: Option<ResultId>,
    /// Where it goes.
    pub path: PathBuf,
    /// Frames written.
    pub frames_done: usize,
    /// Frames in all.
    pub frames_total: usize,
    /// Whether it was asked to stop.
    pub cancelling: bool,
}

/// What several clips become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManyKind {
    /// A file each, in a folder.
    Folder,
    /// One file, one after the other.
    Reel,
}

/// A clip among several that are exported.
#[derive(Clone, Debug)]
pub struct ManyClip {
    /// What it is called in lists, and its file in a folder.
    pub name: String,
    /// Its frames and frames a second, or its file.
    pub source: ManySource,
    /// What its file will carry.
    pub provenance: Provenance,
}

impl PartialEq for ManyClip {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.provenance == other.provenance
    }
}

/// Where the frames of a clip are.
#[derive(Clone, Debug)]
pub enum ManySource {
    /// In memory, at so many frames a second.
    Frames(Arc<Frames>, u32),
    /// In a file of the library.
    File(PathBuf),
}

/// The dialog for several clips.
#[derive(Clone, Debug, PartialEq)]
pub struct ManyExport {
    /// What they become.
    pub kind: ManyKind,
    /// The clips, in their order.
    pub clips: Vec<ManyClip>,
    /// Folder or file as typed.
    pub path: String,
    /// Whether an existing file may be replaced.
    pub replace: bool,
    /// Why the path did not do.
    pub problem: Option<String>,
}

/// What a sample is of: another one needs another sample.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleKey {
    /// The clip.
    pub result: ResultId,
    /// How it is written.
    pub settings: ExportSettings,
    /// Most bytes.
    pub limit: Option<u64>,
}

/// What an export would be.
#[derive(Clone, Debug)]
pub struct Sample {
    /// How it would be written, with the quality and size that fit.
    pub settings: ExportSettings,
    /// Some of its frames, as a player shows them.
    pub frames: Arc<Frames>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Whether all frames were encoded: the size is known and not estimated.
    pub is_whole: bool,
    /// Frames, height and width of the file.
    pub clip: [usize; 3],
}

/// The sample that the export dialog shows.
#[derive(Clone, Debug, Default)]
pub struct Sampling {
    /// What is being made, with its number.
    pub under_way: Option<(u64, SampleKey)>,
    /// What was made last, and of what, or why it could not be.
    pub made: Option<(SampleKey, Result<Sample, String>)>,
}

impl Sampling {
    /// Notes that a sample of this number is being made.
    pub fn start(&mut self, id: u64, key: SampleKey) {
        self.under_way = Some((id, key));
    }

    /// Whether there is, or will be, a sample of this.
    pub fn has(&self, key: &SampleKey) -> bool {
        let made = self.made.as_ref().is_some_and(|(made, _)| made == key);
        made || self.under_way.as_ref().is_some_and(|(_, asked)| asked == key)
    }

    /// A sample was made.
    pub fn end(&mut self, id: u64, sample: Result<Sample, String>) {
        if let Some((_, key)) = self.under_way.take_if(|(asked, _)| *asked == id) {
            self.made = Some((key, sample));
        }
    }

    /// The sample that is shown.
    pub fn shown(&self) -> Option<&Sample> {
        self.made.as_ref().and_then(|(_, sample)| sample.as_ref().ok())
    }

    /// The frame of the sample that is shown at this time.
    pub fn frame(&self, now_secs: f64, stands_still: bool) -> Option<(&Arc<Frames>, usize)> {
        let sample = self.shown()?;
        let count = sample.frames.count().max(1);
        let at = if stands_still { 0.0 } else { now_secs * f64::from(sample.settings.fps) };
        Some((&sample.frames, (at as u64 % count as u64) as usize))
    }
}

/// All exports.
#[derive(Clone, Debug)]
pub struct Exports {
    /// Exports under way.
    pub running: Vec<ExportStatus>,
    /// Format and options of the next one.
    pub preferences: ExportPreferences,
    /// Whether only the range of the player is written.
    pub trims: bool,
    /// The name that is typed for a preset.
    pub preset_name: String,
    /// What the export would be.
    pub sampling: Sampling,
    ids: u64,
}

impl Exports {
    /// Without exports.
    pub fn new(preferences: ExportPreferences) -> Self {
        Self {
            running: Vec::new(),
            preferences,
            trims: true,
            preset_name: String::new(),
            sampling: Sampling::default(),
            ids: 0,
        }
    }

    /// Notes an export that starts now; its number.
    pub fn start(&mut self, result: Option<ResultId>, path: PathBuf, frames_total: usize) -> u64 {
        let id = self.next_id();
        self.running.push(ExportStatus { id, result, path, frames_done: 0, frames_total, cancelling: false });
        id
    }

    /// A number for an export or a sample.
    pub fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
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
