//! Training of LoRAs: folders of clips, captions, and runs on a thread of their own.
//!
//! A run lives in a folder of its own, in `training` beside the models folder: what the recipe writes (checkpoints, loss curve, sample grids), and
//! `run.json`, which says what it is made of and what became of it. So a run is found again whatever ended the window.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Sender, TrySendError, bounded};
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::kept::{self, Kept};
use hummingbird_engine::progress::{Progress, RateMeter, StageName, Unit};
use hummingbird_engine::training::TrainError;
use hummingbird_engine::training::datasets::folder::{FolderOptions, FrameRule, list, write_caption};
use hummingbird_engine::training::recipes::RecipeRun;
use hummingbird_engine::training::recipes::lora::{LoraRecipe, STAGE};
use hummingbird_engine::training::trainer::TrainPosition;
use hummingbird_engine::training::trainer::log::{TrainEvent, losses};
use hummingbird_engine::video::Clip;
use hummingbird_engine::worker::Wake;
use hummingbird_engine::{FileLock, Folders, NoFolders, files};
use image::imageops;

use super::opening::DeviceOpener;
use super::{Caption, Report, Tasks};
use crate::language::tr;
use crate::sentences::{detail_in_words, error_in_words, in_words};
use crate::window::state::latest::Ticket;
use crate::window::state::training::{ClipList, Measured, RunEnd, RunFile, TrainingClip, TrainingPlan, TrainingRun};
use crate::window::state::work::{TrainingEnd, TrainingOrder, TrainingReport};

/// Seconds between checkpoints: with the update that is under way then, no more than a minute is lost.
const CHECKPOINT_SECS: f64 = 45.0;
/// Updates that are made to measure time and memory; the first one is not timed.
const MEASURED_UPDATES: u64 = 4;
/// Clips whose first frame is shown.
const MOST_PICTURES: usize = 500;
/// Longest side of such a picture.
const PICTURE_PIXELS: u32 = 128;
/// Captions that may wait to be written.
const CAPTIONS: usize = 1024;
/// Runs of one name.
const MOST_NAMESAKES: u32 = 10_000;
/// What a run is made of, in its folder.
const RUN_FILE: &str = "run.json";
/// Who holds it trains in the folder.
const LOCK_FILE: &str = "lock";

impl Kept for RunFile {}

impl Tasks {
    /// Starts work on the training of LoRAs, or stops it.
    pub fn training(&mut self, order: TrainingOrder) {
        match order {
            TrainingOrder::Find => {
                let Some(folders) = self.folders.clone() else { return };
                let broken = |_| Report::Training(TrainingReport::Found(Vec::new()));
                self.spawn("hummingbird-runs", broken, move || {
                    Report::Training(TrainingReport::Found(open_runs(&folders)))
                });
            }
            TrainingOrder::Look { ticket, place, frames } => self.look(ticket, place, frames),
            TrainingOrder::KeepCaption { clip, caption } => self.keep_caption(clip, caption),
            TrainingOrder::Measure(plan) => {
                let cancel = self.training_token();
                let opener = self.opener();
                let broken = |reason| Report::Training(TrainingReport::Measured(Err(reason)));
                self.spawn("hummingbird-measure", broken, move || {
                    Report::Training(TrainingReport::Measured(measure(&plan, &opener, &cancel)))
                });
            }
            TrainingOrder::Start(plan) => self.train(move |folders| begin(folders, plan), false),
            TrainingOrder::Resume { folder, plan } => self.train(move |_| Ok((folder, plan)), false),
            TrainingOrder::Finish { folder, plan } => self.train(move |_| Ok((folder, plan)), true),
            TrainingOrder::Stop => {
                if let Some(token) = &self.training_cancel {
                    token.cancel();
                }
            }
            TrainingOrder::Mark { folder, plan, end } => {
                let broken = |reason| Report::Training(TrainingReport::NotMarked(reason));
                self.spawn("hummingbird-mark", broken, move || {
                    Report::Training(match mark(&folder, plan, end) {
                        Ok(()) => TrainingReport::Done,
                        Err(error) => TrainingReport::NotMarked(error),
                    })
                });
            }
        }
    }

    /// Gives a caption to the one thread that writes them, so that two edits of one caption never overtake each other.
    fn keep_caption(&mut self, clip: PathBuf, caption: String) {
        let order = match &self.captions {
            Some((orders, _)) => orders.try_send((clip, caption)).map_err(TrySendError::into_inner),
            None => {
                let (orders, receiver) = bounded::<Caption>(CAPTIONS);
                let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
                let writing = thread::Builder::new().name("hummingbird-captions".to_owned()).spawn(move || {
                    for (clip, caption) in receiver {
                        if let Err(error) = write_caption(&clip, Some(&caption)) {
                            let reason = format!("{}: {error}", clip.display());
                            // Never waits: the window may be waiting for this thread.
                            if sender.try_send(Report::Training(TrainingReport::NotKept { clip, reason })).is_ok() {
                                wake();
                            }
                        }
                    }
                });
                let order = orders.try_send((clip, caption)).map_err(TrySendError::into_inner);
                if let Ok(writing) = writing {
                    self.captions = Some((orders, writing));
                }
                order
            }
        };
        if let Err((clip, _)) = order {
            let reason = tr!("window-no-threads");
            self.stranded.push(Report::Training(TrainingReport::NotKept { clip, reason }));
            (self.wake)();
        }
    }

    /// Waits for the captions that were given to be written; called when the window closes.
    pub fn finish_captions(&mut self) {
        if let Some((orders, writing)) = self.captions.take() {
            drop(orders);
            if writing.join().is_err() {
                log::error!("captions may be lost: their thread has panicked");
            }
        }
    }

    fn training_token(&mut self) -> CancelToken {
        let token = CancelToken::default();
        self.training_cancel = Some(token.clone());
        token
    }

    fn look(&mut self, ticket: Ticket, place: PathBuf, frames: usize) {
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        let broken = move |reason| Report::Training(TrainingReport::Listed { ticket, clips: Err(reason) });
        self.spawn("hummingbird-clips", broken, move || {
            let (clips, list) = match look(&place, frames) {
                Ok(looked) => looked,
                Err(reason) => return Report::Training(TrainingReport::Listed { ticket, clips: Err(reason) }),
            };
            let tell = |report| {
                // A window that has gone wants no pictures.
                let is_there = sender.send(Report::Training(report)).is_ok();
                wake();
                is_there
            };
            if tell(TrainingReport::Listed { ticket, clips: Ok(list) }) {
                for (index, clip) in clips.iter().enumerate().take(MOST_PICTURES) {
                    let picture = first_frame(clip).map(|picture| TrainingReport::Picture { ticket, index, picture });
                    if picture.is_some_and(|report| !tell(report)) {
                        break;
                    }
                }
            }
            Report::Training(TrainingReport::Done)
        });
    }

    /// Runs a training in the folder that `place` says, or only writes the LoRA of its newest checkpoint.
    fn train(
        &mut self,
        place: impl FnOnce(&Folders) -> Result<(PathBuf, TrainingPlan), String> + Send + 'static,
        only_write: bool,
    ) {
        let cancel = self.training_token();
        let folders = self.folders.clone().ok_or_else(|| in_words(&NoFolders));
        let opener = self.opener();
        let teller = Teller { sender: self.sender.clone(), wake: Arc::clone(&self.wake), updates: Vec::new() };
        let broken = |reason| Report::Training(TrainingReport::Ended(Err(reason)));
        self.spawn("hummingbird-training", broken, move || {
            let ended = folders.and_then(|folders| {
                let (folder, plan) = place(&folders)?;
                train(&opener, &folder, &plan, only_write, &cancel, teller)
            });
            Report::Training(TrainingReport::Ended(ended))
        });
    }
}

/// Tells the window how a run goes. Nothing of it ever waits for the window, which may be hidden and look at nothing.
struct Teller {
    sender: Sender<Report>,
    wake: Wake,
    /// Losses that found no room yet.
    updates: Vec<(u64, f64)>,
}

impl Teller {
    fn tell(&self, report: TrainingReport) {
        if self.sender.try_send(Report::Training(report)).is_ok() {
            (self.wake)();
        }
    }

    fn update(&mut self, step: u64, loss: f64, meter: &mut RateMeter, total: u64) {
        self.updates.push((step, loss));
        let progress = meter.rated(Progress::new(StageName(STAGE), Unit::Steps, step, Some(total)));
        // Half of the room is for what comes but once.
        if self.sender.capacity().is_some_and(|room| self.sender.len() * 2 > room) {
            return;
        }
        let report = TrainingReport::Updates { losses: std::mem::take(&mut self.updates), progress };
        match self.sender.try_send(Report::Training(report)) {
            Ok(()) => (self.wake)(),
            Err(TrySendError::Full(Report::Training(TrainingReport::Updates { losses, .. }))) => self.updates = losses,
            Err(_) => {}
        }
    }
}

/// The recipe of a plan, in this folder.
fn recipe(plan: &TrainingPlan, folder: &Path) -> LoraRecipe {
    let mut recipe = LoraRecipe {
        model: plan.model.clone(),
        rank: plan.rank as usize,
        alpha: plan.rank as f32,
        drop_captions: plan.drop_captions,
        output: plan.output.clone(),
        ..LoraRecipe::default()
    };
    recipe.data.folder = Some(plan.clips.clone());
    recipe.data.trigger.clone_from(&plan.trigger);
    recipe.data.frames = plan.frames as usize;
    recipe.run.folder = folder.to_owned();
    recipe.run.updates = u64::from(plan.updates);
    recipe.run.checkpoint_secs = CHECKPOINT_SECS;
    recipe.run.grid_secs = plan.grid_secs;
    recipe
}

/// A name that neither a run nor a LoRA has: its folder, and the plan with the place of its LoRA.
fn begin(folders: &Folders, mut plan: TrainingPlan) -> Result<(PathBuf, TrainingPlan), String> {
    let runs = runs(folders);
    let cannot = |path: &Path, error: &(dyn std::error::Error + 'static)| {
        tr!("training-cannot-make", path = path.display().to_string(), error = error_in_words(error))
    };
    fs::create_dir_all(&runs).map_err(|error| cannot(&runs, &error))?;
    fs::create_dir_all(&folders.models).map_err(|error| cannot(&folders.models, &error))?;
    for number in 1..=MOST_NAMESAKES {
        let name = if number == 1 { plan.name.clone() } else { format!("{}-{number}", plan.name) };
        let output = folders.models.join(format!("{name}.safetensors"));
        if output.exists() {
            continue;
        }
        let folder = runs.join(&name);
        match fs::create_dir(&folder) {
            Ok(()) => {
                (plan.name, plan.output) = (name, output);
                return Ok((folder, plan));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot(&folder, &error)),
        }
    }
    Err(tr!("training-too-many", name = plan.name))
}

/// Where runs of the window are: beside the models. The folder of the command line's runs is the one that it is called in, and a window
/// is opened anywhere.
fn runs(folders: &Folders) -> PathBuf {
    files::folder_of(&folders.models).join("training")
}

fn train(
    opener: &DeviceOpener,
    folder: &Path,
    plan: &TrainingPlan,
    only_write: bool,
    cancel: &CancelToken,
    mut teller: Teller,
) -> Result<TrainingEnd, String> {
    let words = |error: TrainError| in_words(&error);
    let lock = FileLock::try_at(&folder.join(LOCK_FILE)).map_err(|error| format!("{}: {error}", folder.display()))?;
    // Held to the end of this function, so that nobody else trains here.
    let Some(lock) = lock else { return Err(tr!("training-another-window")) };
    let opened = recipe(plan, folder).open().map_err(words).and_then(|run| Ok((run, opener.open(plan.device)?)));
    let (run, opened) = match opened {
        Ok(opened) => opened,
        Err(reason) => {
            drop(lock);
            forget_new(folder);
            return Err(reason);
        }
    };
    mark(folder, plan.clone(), RunEnd::Open)?;
    let (plan_begun, device) = (Box::new(plan.clone()), opened.name.clone());
    let begun = TrainingReport::Begun { folder: folder.to_owned(), plan: plan_begun, device };
    // This one waits for room: without its folder a run cannot be gone on with. Where the window has gone, it is found again.
    if teller.sender.send(Report::Training(begun)).is_ok() {
        (teller.wake)();
    }
    if !only_write {
        let (mut meter, total) = (RateMeter::default(), u64::from(plan.updates));
        let mut watch = |event| match event {
            // The first word of a run: the curve is cut back to the checkpoint by now.
            TrainEvent::Progress(progress) if progress.note.is_none() => {
                teller.tell(TrainingReport::Before(losses(folder, STAGE)));
                meter.rated(Progress::new(StageName(STAGE), Unit::Steps, progress.done, Some(total)));
            }
            TrainEvent::Update { step, loss } => teller.update(step, loss, &mut meter, total),
            TrainEvent::Dataset { note } => teller.tell(TrainingReport::LeftOut(detail_in_words(&note))),
            TrainEvent::SampleGrid { path } => {
                if let Some(grid) = picture(&path) {
                    teller.tell(TrainingReport::Grid(grid));
                }
            }
            _ => {}
        };
        if !run.train(&opened.device, cancel, &mut watch).map_err(words)? {
            return Ok(TrainingEnd::Paused);
        }
    }
    teller.tell(TrainingReport::Writing);
    run.write(&opened.device, &mut |_| ()).map_err(words)?;
    mark(folder, plan.clone(), RunEnd::Finished)?;
    Ok(TrainingEnd::Finished)
}

/// Removes the folder of a run that could not begin: nothing is in it but the lock.
fn forget_new(folder: &Path) {
    if !folder.join(RUN_FILE).exists() {
        let removed = fs::remove_file(folder.join(LOCK_FILE)).and_then(|()| fs::remove_dir(folder));
        if let Err(error) = removed {
            log::warn!("{}: {error}", folder.display());
        }
    }
}

/// Makes a few updates in a folder that goes again.
fn measure(plan: &TrainingPlan, opener: &DeviceOpener, cancel: &CancelToken) -> Result<Option<Measured>, String> {
    let words = |error: TrainError| in_words(&error);
    let folder = tempfile::tempdir().map_err(|error| tr!("training-no-folder", error = error_in_words(&error)))?;
    let mut recipe = recipe(plan, folder.path());
    (recipe.run.updates, recipe.run.grid_secs) = (MEASURED_UPDATES, f64::from(u32::MAX));
    let opened = opener.open(plan.device)?;
    let run = recipe.open().map_err(words)?;
    // What the layers say, sample grids included, which the few updates here do not make.
    let estimate = run.dry_run(&opened.device, &mut |_| ()).map_err(words)?;
    let mut updates = Vec::new();
    let mut watch = |event| {
        if matches!(event, TrainEvent::Update { .. }) {
            updates.push(Instant::now());
        }
    };
    if !run.train(&opened.device, cancel, &mut watch).map_err(words)? {
        return Ok(None);
    }
    let peak_bytes = estimate.map(|estimate| estimate.peak_bytes as u64);
    let (Some(first), Some(last)) = (updates.first(), updates.last()) else { return Ok(None) };
    let update_secs = last.duration_since(*first).as_secs_f64() / (updates.len() - 1).max(1) as f64;
    Ok(Some(Measured { update_secs, peak_bytes }))
}

/// Notes what became of a run.
fn mark(folder: &Path, plan: TrainingPlan, end: RunEnd) -> Result<(), String> {
    let written = kept::write(&folder.join(RUN_FILE), &RunFile { plan, end });
    written.map(drop).map_err(|error| in_words(&error))
}

/// Runs that can go on and in which nobody trains, the newest first.
fn open_runs(folders: &Folders) -> Vec<TrainingRun> {
    let entries = fs::read_dir(runs(folders)).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries.filter_map(|entry| open_run(&entry.path())).collect();
    found.sort_by_key(|(changed, _)| std::cmp::Reverse(*changed));
    found.into_iter().map(|(_, run)| run).collect()
}

fn open_run(folder: &Path) -> Option<(std::time::SystemTime, TrainingRun)> {
    let path = folder.join(RUN_FILE);
    let changed = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok()?;
    let RunFile { plan, end } = match kept::read(&path) {
        Ok(read) => read.value,
        Err(error) => {
            log::warn!("a run cannot be read: {}", in_words(&error));
            return None;
        }
    };
    let is_free = || matches!(FileLock::try_at(&folder.join(LOCK_FILE)), Ok(Some(_)));
    if end != RunEnd::Open || plan.output.as_os_str().is_empty() || !is_free() {
        return None;
    }
    // A checkpoint that cannot be read is told about when the run goes on.
    let done = TrainPosition::newest(folder).ok().flatten().map_or(0, |position| position.step);
    let mut losses = losses(folder, STAGE);
    losses.retain(|(step, _)| *step <= done);
    let run = TrainingRun { folder: folder.to_owned(), plan, done, losses, grid: newest_grid(folder) };
    Some((changed, run))
}

/// The newest sample grid of a run.
fn newest_grid(folder: &Path) -> Option<Arc<Frames>> {
    let is_grid = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(STAGE) && name.ends_with(".png")
    };
    let paths = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).filter(is_grid);
    picture(&paths.max()?)
}

/// A picture that the recipe wrote.
fn picture(path: &Path) -> Option<Arc<Frames>> {
    let picture = image::open(path).inspect_err(|error| log::warn!("{}: {error}", path.display())).ok()?.into_rgb8();
    Some(Arc::new(Frames::new(picture.width() as usize, picture.height() as usize, picture.into_raw())))
}

/// The clips of a folder, or of the folder of a file.
fn look(place: &Path, frames: usize) -> Result<(Vec<Clip>, ClipList), String> {
    let folder = if place.is_file() { files::folder_of(place) } else { place };
    let rule = FrameRule { frames, max_stride: 1, leave_out: 0 };
    let listing = list(&FolderOptions::new(folder.to_owned(), 1, 1, rule)).map_err(|error| in_words(&error))?;
    let row = |clip: &Clip, caption: Option<String>| {
        let info = clip.info();
        let size = format!("{} × {}", info.width, info.height);
        let caption = caption.unwrap_or_default();
        TrainingClip {
            path: clip.path().to_owned(),
            what: if info.frames == 1 { size } else { tr!("training-clip", frames = info.frames, size = size) },
            saved: caption.clone(),
            caption,
            picture: None,
        }
    };
    let rows = listing.clips.iter().map(|it| row(&it.clip, it.caption.clone())).collect();
    let left_out = listing.notes.iter().map(|note| in_words(note)).collect();
    let clips = listing.clips.into_iter().map(|it| it.clip).collect();
    Ok((clips, ClipList { folder: folder.to_owned(), clips: rows, left_out }))
}

/// The first frame of a clip, made small.
fn first_frame(clip: &Clip) -> Option<Arc<Frames>> {
    let frame = clip.frames().ok()?.next()?.ok()?.picture;
    let (width, height) = (u32::try_from(frame.width).ok()?, u32::try_from(frame.height).ok()?);
    let full = image::RgbImage::from_raw(width, height, frame.rgb)?;
    let longest = width.max(height).max(PICTURE_PIXELS);
    let scaled = |side: u32| (u64::from(side) * u64::from(PICTURE_PIXELS) / u64::from(longest)).max(1) as u32;
    let small = imageops::thumbnail(&full, scaled(width), scaled(height));
    Some(Arc::new(Frames::new(small.width() as usize, small.height() as usize, small.into_raw())))
}
