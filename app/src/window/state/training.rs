//! Training of a LoRA: what is typed on its page, the clips with their captions, the run under way, and those that wait to go on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::progress::Rated;
use serde::{Deserialize, Serialize};

use super::latest::{Latest, Ticket};
use super::loras::file_name;

/// Ranks that the page offers.
pub const RANKS: std::ops::RangeInclusive<u32> = 1..=128;
/// Updates that the page offers.
pub const UPDATES: std::ops::RangeInclusive<u32> = 1..=100_000;
/// Most frames of a clip; 0 means as many as the model's clips have.
pub const MOST_FRAMES: u32 = 64;
/// Edits of captions that can be undone.
const MAX_UNDO: usize = 64;
/// Losses that are drawn at most; of more, neighbours are put together.
const MOST_POINTS: usize = 400;
/// Seconds between sample grids of the demo model, and of others, whose clips take minutes.
const GRID_SECS: [f64; 2] = [120.0, 1800.0];

/// What is typed on the page.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingForm {
    /// Folder of the clips, as typed.
    pub folder: String,
    /// Name of the LoRA, as typed; empty: that of the folder.
    pub name: String,
    /// Word that stands before every caption.
    pub trigger: String,
    /// Rank of the LoRA.
    pub rank: u32,
    /// Updates.
    pub updates: u32,
    /// Frames of each clip; 0 for as many as the model's clips have.
    pub frames: u32,
    /// Device to train on.
    pub device: DeviceChoice,
}

impl Default for TrainingForm {
    fn default() -> Self {
        Self {
            folder: String::new(),
            name: String::new(),
            trigger: String::new(),
            rank: 16,
            updates: 1000,
            frames: 0,
            device: DeviceChoice::Cpu,
        }
    }
}

impl TrainingForm {
    /// The name of the LoRA as a file can have it; `None` where nothing says one.
    pub fn file_stem(&self) -> Option<String> {
        let folder = || Path::new(self.folder.trim()).file_name().map(|name| name.to_string_lossy().into_owned());
        let name = Some(self.name.trim().to_owned()).filter(|name| !name.is_empty()).or_else(folder)?;
        let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | ' ');
        let name: String = name.chars().take(80).map(|letter| if fits(letter) { letter } else { '-' }).collect();
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    }
}

/// A clip or picture of the folder.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingClip {
    /// Its file or folder.
    pub path: PathBuf,
    /// What it is: "16 frames, 96 × 64".
    pub what: String,
    /// Its caption, as typed.
    pub caption: String,
    /// The caption that is on the disk.
    pub saved: String,
    /// Its first frame, once it was read.
    pub picture: Option<Arc<Frames>>,
}

/// The clips of a folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClipList {
    /// The folder.
    pub folder: PathBuf,
    /// The clips, by name.
    pub clips: Vec<TrainingClip>,
    /// What is left out, and why.
    pub left_out: Vec<String>,
}

impl ClipList {
    /// Clips without a caption.
    pub fn without_caption(&self) -> usize {
        self.clips.iter().filter(|clip| clip.caption.trim().is_empty()).count()
    }
}

/// All that a run is made of. It is kept in the run's folder, so that a run goes on as it began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingPlan {
    /// Name of the LoRA.
    pub name: String,
    /// The model's file; `None` is the embedded model.
    pub model: Option<PathBuf>,
    /// Folder of the clips.
    pub clips: PathBuf,
    /// Word that stands before every caption.
    pub trigger: Option<String>,
    /// Rank.
    pub rank: u32,
    /// Updates.
    pub updates: u32,
    /// Frames of each clip; 0 for as many as the model's clips have.
    pub frames: u32,
    /// Share of the clips whose caption is left out.
    pub drop_captions: f32,
    /// Seconds between sample grids.
    pub grid_secs: f64,
    /// Device to train on.
    pub device: DeviceChoice,
    /// Where the LoRA will be written; set when the run begins.
    pub output: PathBuf,
}

impl TrainingPlan {
    /// Seconds between sample grids of the embedded model or another one.
    pub fn grid_secs_of(is_embedded: bool) -> f64 {
        GRID_SECS[usize::from(!is_embedded)]
    }
}

/// What became of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunEnd {
    /// It can go on.
    #[default]
    Open,
    /// Its LoRA was written.
    Finished,
    /// It was set aside by its owner.
    Dismissed,
}

/// What is kept in the folder of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunFile {
    /// What it is made of.
    pub plan: TrainingPlan,
    /// What became of it.
    pub end: RunEnd,
}

/// A run, with what there is to see of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingRun {
    /// Its folder; empty before it has one.
    pub folder: PathBuf,
    /// What it is made of.
    pub plan: TrainingPlan,
    /// Updates that were made.
    pub done: u64,
    /// Losses by their updates, in order.
    pub losses: Vec<(u64, f64)>,
    /// The newest sample grid, a clip of one frame.
    pub grid: Option<Arc<Frames>>,
}

impl TrainingRun {
    /// More losses have come; those of updates that are made again take the place of the old ones.
    pub fn add_losses(&mut self, losses: &[(u64, f64)]) {
        let Some((first, _)) = losses.first() else { return };
        let keep = self.losses.partition_point(|(step, _)| step < first);
        self.losses.truncate(keep);
        self.losses.extend(losses);
        self.done = self.losses.last().map_or(self.done, |(step, _)| *step);
    }

    /// The curve as it is drawn: means of neighbours where there are many.
    pub fn curve(&self) -> Vec<[f64; 2]> {
        let group = self.losses.len().div_ceil(MOST_POINTS).max(1);
        let mean = |part: &[(u64, f64)]| {
            let count = part.len() as f64;
            let sum = part.iter().fold([0.0, 0.0], |sum, (step, loss)| [sum[0] + *step as f64, sum[1] + loss]);
            sum.map(|it| it / count)
        };
        self.losses.chunks(group).map(mean).collect()
    }
}

/// What the owner wants of the run under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To go on.
    Train,
    /// To stop with a checkpoint.
    Pause,
    /// To stop and have the LoRA as it is.
    Finish,
}

/// The run under way.
#[derive(Clone, Debug, PartialEq)]
pub struct RunningTraining {
    /// The run.
    pub run: TrainingRun,
    /// Name of the device, once it is open.
    pub device: Option<String>,
    /// How far it is.
    pub progress: Option<Rated>,
    /// What its owner wants.
    pub wish: Wish,
    /// The LoRA is being written.
    pub writing: bool,
}

/// A run that has ended well.
#[derive(Clone, Debug, PartialEq)]
pub struct FinishedTraining {
    /// The run.
    pub run: TrainingRun,
    /// The LoRA.
    pub path: PathBuf,
}

/// What a dry run says, and what a few updates that were thrown away have shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Seconds of an update.
    pub update_secs: f64,
    /// What the whole run will hold at most; `None` where that is not known.
    pub peak_bytes: Option<u64>,
}

/// What is known of time and memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Estimate {
    /// Nothing.
    #[default]
    Unknown,
    /// It is being measured.
    Measuring,
    /// It was measured.
    Known(Measured),
    /// It could not be measured, and why.
    Failed(String),
}

/// An edit that can be undone: the clip, and its caption before.
type Edit = (PathBuf, String);

/// Training in the window.
#[derive(Default)]
pub struct Training {
    /// What is typed.
    pub form: TrainingForm,
    /// The clips of the folder, or why there are none; `None` before one was chosen.
    pub clips: Option<Result<ClipList, String>>,
    /// Whether a folder is being looked through.
    pub looking: bool,
    lookings: Latest,
    /// Edits of captions that can be undone, the last one last.
    pub edits: Vec<Edit>,
    /// What is known of time and memory of a run with the form as it is.
    pub estimate: Estimate,
    /// The run under way.
    pub running: Option<RunningTraining>,
    /// Runs that can go on, the newest first.
    pub paused: Vec<TrainingRun>,
    /// The run that has ended last.
    pub finished: Option<FinishedTraining>,
    /// Why the last run stopped.
    pub problem: Option<String>,
    /// The window is to close once the run has ended.
    pub closing: bool,
}

impl Training {
    /// The clips, where the folder can be used.
    pub fn list(&self) -> Option<&ClipList> {
        self.clips.as_ref()?.as_ref().ok()
    }

    fn list_mut(&mut self) -> Option<&mut ClipList> {
        self.clips.as_mut()?.as_mut().ok()
    }

    /// The ticket of a new look at the folder.
    pub fn ask_for_clips(&mut self) -> Ticket {
        self.looking = true;
        self.lookings.ask()
    }

    /// The folder was looked through. An older look that took longer than a newer one is passed over.
    pub fn set_clips(&mut self, ticket: Ticket, clips: Result<ClipList, String>) {
        if self.lookings.is_last(ticket) {
            (self.looking, self.clips) = (false, Some(clips));
            self.edits.clear();
        }
    }

    /// The first frame of a clip was read.
    pub fn set_picture(&mut self, ticket: Ticket, index: usize, picture: Arc<Frames>) {
        if self.lookings.is_last(ticket)
            && let Some(clip) = self.list_mut().and_then(|list| list.clips.get_mut(index))
        {
            clip.picture = Some(picture);
        }
    }

    /// A caption was typed.
    pub fn edit(&mut self, index: usize, caption: String) {
        if let Some(clip) = self.list_mut().and_then(|list| list.clips.get_mut(index)) {
            clip.caption = caption;
        }
    }

    /// Captions that are typed and not on the disk, with their clips; from now on they count as being there.
    pub fn take_unsaved(&mut self) -> Vec<(PathBuf, String)> {
        let Some(list) = self.list_mut() else { return Vec::new() };
        let mut unsaved = Vec::new();
        let mut before = Vec::new();
        for clip in list.clips.iter_mut().filter(|clip| clip.caption.trim() != clip.saved.trim()) {
            before.push((clip.path.clone(), std::mem::replace(&mut clip.saved, clip.caption.clone())));
            unsaved.push((clip.path.clone(), clip.caption.clone()));
        }
        self.edits.extend(before);
        let many = self.edits.len().saturating_sub(MAX_UNDO);
        self.edits.drain(..many);
        unsaved
    }

    /// Takes the last edit back: the clip, and its caption from now on.
    pub fn undo_edit(&mut self) -> Option<(PathBuf, String)> {
        let (path, before) = self.edits.pop()?;
        if let Some(clip) = self.list_mut().and_then(|list| list.clips.iter_mut().find(|clip| clip.path == path)) {
            (clip.caption, clip.saved) = (before.clone(), before.clone());
        }
        Some((path, before))
    }

    /// A caption could not be written: it counts as unsaved again.
    pub fn not_saved(&mut self, path: &Path) {
        if let Some(clip) = self.list_mut().and_then(|list| list.clips.iter_mut().find(|clip| clip.path == path)) {
            clip.saved.clear();
        }
    }

    /// Something was changed that time and memory depend on.
    pub fn forget_estimate(&mut self) {
        if !matches!(self.estimate, Estimate::Measuring) {
            self.estimate = Estimate::Unknown;
        }
    }

    /// The run whose curve and samples are shown: the one under way, or the one that has ended last.
    pub fn shown(&self) -> Option<&TrainingRun> {
        let running = self.running.as_ref().map(|running| &running.run);
        running.or(self.finished.as_ref().map(|finished| &finished.run)).or(self.paused.first())
    }

    /// Takes a run out of those that can go on.
    pub fn take_paused(&mut self, folder: &Path) -> Option<TrainingRun> {
        let index = self.paused.iter().position(|run| run.folder == folder)?;
        Some(self.paused.remove(index))
    }

    /// The name of a clip below its folder.
    pub fn clip_name(list: &ClipList, clip: &TrainingClip) -> String {
        let below = clip.path.strip_prefix(&list.folder).ok().map(|path| path.display().to_string());
        below.unwrap_or_else(|| file_name(&clip.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_loras_are_names_of_files() {
        let stem = |name: &str, folder: &str| {
            let form = TrainingForm { name: name.to_owned(), folder: folder.to_owned(), ..TrainingForm::default() };
            form.file_stem()
        };
        assert_eq!(stem(" my/style: é ", "").as_deref(), Some("my-style- é"));
        assert_eq!(stem("", "/clips/Old films/").as_deref(), Some("Old films"));
        assert_eq!(stem("  ", ""), None);
        assert_eq!(stem("..", "").as_deref(), Some("--"));
    }

    #[test]
    fn a_run_that_goes_on_repeats_the_updates_after_its_checkpoint() {
        let mut run = TrainingRun::default();
        run.add_losses(&[(1, 3.0), (2, 2.0), (3, 1.0)]);
        run.add_losses(&[(2, 5.0)]);
        assert_eq!((run.losses.as_slice(), run.done), (&[(1, 3.0), (2, 5.0)][..], 2));
        run.add_losses(&[]);
        assert_eq!(run.curve(), [[1.0, 3.0], [2.0, 5.0]]);
        run.add_losses(&(3..=1000).map(|step| (step, 1.0)).collect::<Vec<_>>());
        let curve = run.curve();
        assert!(curve.len() <= MOST_POINTS && curve[0] == [2.0, 3.0] && curve.is_sorted_by(|a, b| a[0] < b[0]));
    }
}
