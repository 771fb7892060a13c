//! `hummingbird queue run`: the clips of a queue file, one after the other, without a window.
//!
//! `args` says what can be typed, `run_state` keeps how far a run is, `events` is what `--json` prints. Not here: what a queue file says (the engine's
//! `queue_file`), and how one clip is computed and written (`generate`).

pub mod args;
mod events;
mod run_state;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use hummingbird_engine::error::EngineError;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::{CancelToken, Cancelled};
use hummingbird_engine::jobs::grid::{GridCell, compose};
use hummingbird_engine::jobs::queue_file::QueueFile;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::{Embed, Existing, Provenance, read_provenance};
use hummingbird_engine::request::GenerateRequest;
use hummingbird_engine::video::{Clip, OpenOptions};
use hummingbird_engine::worker::{EngineHandle, EngineOptions};

use self::args::{QueueArgs, QueueCommand, QueueRunArgs};
use self::events::{Event, Events, reason};
use self::run_state::{Plan, PlannedJob, RunFolder, fingerprint};
use super::folder_args::PartArgs;
use super::generate::{Made, compute};
use super::interrupt::Interrupt;
use super::output::{Target, Wishes, slug};
use super::progress::{Display, duration};
use super::{models, print};
use crate::cli::export_args::ExportArgs;
use crate::units::clock_text;

pub(super) fn run(args: &QueueArgs) -> anyhow::Result<()> {
    match &args.command {
        QueueCommand::Run(args) => run_file(args),
    }
}

fn run_file(args: &QueueRunArgs) -> anyhow::Result<()> {
    let file = QueueFile::read(&args.file)?;
    let bytes = fs::read(&args.file).with_context(|| format!("cannot read {:?}", args.file))?;
    let clips = match &args.output {
        Some(folder) => folder.clone(),
        None => args.file.file_stem().map(PathBuf::from).unwrap_or_default(),
    };
    let whole = std::path::absolute(&clips).unwrap_or_else(|_| clips.clone());
    let print = fingerprint(&[&bytes, args.model.as_bytes(), whole.as_os_str().as_encoded_bytes()]);
    let mut folder = RunFolder::open(&args.file)?;
    let mut engines = Engines { args, open: None };
    let mut plan = match folder.plan(&print)? {
        Some(plan) => plan,
        None => {
            let plan = Plan { fingerprint: print, jobs: planned(args, &file, &clips, &mut engines)? };
            folder.keep(&plan)?;
            plan
        }
    };
    let interrupt = Interrupt::listen()?;
    let mut run = Run {
        args,
        events: Events { is_on: args.json },
        display: Display::new(args.quiet),
        interrupt,
        started: Instant::now(),
        made: 0,
    };
    let awake = crate::system::Awake::start();
    let failed = run.jobs(&mut plan, &mut folder, &mut engines)?;
    run.grids(&plan, &clips)?;
    drop(awake);
    run.display.finish();
    let done = plan.jobs.iter().filter(|job| job.is_done).count();
    run.events.tell(&Event::Finished { done, failed })?;
    if failed > 0 {
        let clips = if failed == 1 { "1 clip has".to_owned() } else { format!("{failed} clips have") };
        bail!("{clips} failed and {done} are done: run the same command again to try the others once more");
    }
    folder.remove()
}

/// Decides everything about every job, and finds what would stop one of them before the first is made.
fn planned(
    args: &QueueRunArgs,
    file: &QueueFile,
    clips: &Path,
    engines: &mut Engines<'_>,
) -> anyhow::Result<Vec<PlannedJob>> {
    let wildcards = crate::folders().map(|folders| folders.wildcards).unwrap_or_default();
    let digits = file.jobs.len().to_string().len();
    let mut jobs = Vec::with_capacity(file.jobs.len());
    for (job, number) in file.jobs.iter().zip(1_usize..) {
        let of_job = || format!("job {number} of {:?}", args.file);
        let limits = engines.get(job.model.as_deref()).with_context(of_job)?.model().limits.clone();
        let chosen = job.request.clone().choosing_wildcards(&wildcards).with_context(of_job)?;
        let request = chosen.validate(&limits).with_context(of_job)?;
        let name = || format!("{number:0digits$}-{}.mp4", slug(&request.clip.prompt));
        let output = clips.join(job.output.clone().unwrap_or_else(|| PathBuf::from(name())));
        if let Some(folder) = output.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {folder:?}"))?;
        }
        target(args, &output, &request, existing(args)).with_context(of_job)?;
        let (name, model, cell) = (job.name.clone(), job.model.clone(), job.cell.clone());
        jobs.push(PlannedJob { name, model, request: Some(request), output, cell, is_done: false });
    }
    Ok(jobs)
}

fn existing(args: &QueueRunArgs) -> Existing {
    if args.force { Existing::Replace } else { Existing::Keep }
}

fn target(args: &QueueRunArgs, path: &Path, request: &GenerateRequest, existing: Existing) -> anyhow::Result<Target> {
    let embed = if args.no_metadata { Embed::Nothing } else { Embed::Provenance };
    Target::check(&Wishes { path: Some(path), existing, embed, export: &ExportArgs::default() }, request)
}

/// The engine of the model that is in use: one at a time, since each holds its networks.
struct Engines<'a> {
    args: &'a QueueRunArgs,
    open: Option<(ModelSource, EngineHandle)>,
}

impl Engines<'_> {
    fn source(&self, model: Option<&str>) -> ModelSource {
        let Some(model) = model else { return models::source(&self.args.model) };
        // A path is meant from where the file lies.
        let beside = self.args.file.parent().map(|folder| folder.join(model)).filter(|path| path.is_file());
        beside.map_or_else(|| models::source(model), ModelSource::File)
    }

    fn get(&mut self, model: Option<&str>) -> Result<&EngineHandle, EngineError> {
        let source = self.source(model);
        let open = match self.open.take().filter(|(open, _)| *open == source) {
            Some(open) => open,
            None => {
                let parts = models::parts(&source, &PartArgs::default());
                let options = EngineOptions { parts, ..EngineOptions::new(crate::folders().ok()) };
                let engine = EngineHandle::start(&source, options)?;
                engine.want_previews(false);
                engine.use_share(self.args.gpu_share);
                if let Some(limit) = self.args.memory_limit {
                    engine.limit_memory(limit.0);
                }
                (source, engine)
            }
        };
        Ok(&self.open.insert(open).1)
    }
}

/// One run.
struct Run<'a> {
    args: &'a QueueRunArgs,
    events: Events,
    display: Display,
    interrupt: Interrupt,
    started: Instant,
    /// Clips that this run has made.
    made: usize,
}

impl Run<'_> {
    /// Makes what is not there yet; how many failed.
    fn jobs(&mut self, plan: &mut Plan, folder: &mut RunFolder, engines: &mut Engines<'_>) -> anyhow::Result<usize> {
        let total = plan.jobs.len();
        let before = plan.jobs.iter().filter(|job| job.is_done).count();
        self.events.tell(&Event::Plan { jobs: total, done: before })?;
        let mut failed = 0;
        for index in 0..total {
            let job = plan.jobs[index].clone();
            let Some(request) = job.request.as_ref().filter(|_| !job.is_done) else { continue };
            if !is_there(&job.output, request) {
                match self.job((index + 1, total), &job, request, folder, engines) {
                    Ok(()) => {}
                    Err(error) if self.interrupt.token.is_cancelled() => {
                        folder.check()?;
                        self.display.note("run the same command again to go on");
                        return Err(error);
                    }
                    Err(error) => {
                        failed += 1;
                        let text = reason(&error);
                        self.display.warn(&format!("clip {} of {total} failed: {text}", index + 1));
                        self.events.tell(&Event::failed(index + 1, &error))?;
                        continue;
                    }
                }
            }
            plan.jobs[index].is_done = true;
            folder.keep(plan)?;
            let left = total - index - 1;
            if left > 0 && self.made > 0 {
                let secs = self.started.elapsed().as_secs_f32() / self.made as f32 * left as f32;
                let end = clock_text(secs)
                    .map_or_else(|| format!("in {}", duration(f64::from(secs))), |at| format!("at {at}"));
                self.display.note(&format!("{} of {total}, done {end}", index + 1));
            }
        }
        Ok(failed)
    }

    fn job(
        &mut self,
        (number, total): (usize, usize),
        job: &PlannedJob,
        request: &GenerateRequest,
        folder: &mut RunFolder,
        engines: &mut Engines<'_>,
    ) -> anyhow::Result<()> {
        let what = if job.name.is_empty() { &request.clip.prompt } else { &job.name };
        self.display.note(&format!("clip {number} of {total}: {what}"));
        self.events.tell(&Event::Started { job: number, name: &job.name, request })?;
        let mut target = target(self.args, &job.output, request, existing(self.args))?;
        let source = engines.source(job.model.as_deref());
        let keeper = folder.keeper(request, &source);
        let engine = engines.get(job.model.as_deref())?;
        let id = engine.submit_kept(request.clone(), keeper.clone())?;
        let events = &self.events;
        let mut on_progress = |progress: &_| {
            // A reader that has gone is told of at the next event that matters.
            events.tell(&Event::progress(number, progress)).ok();
        };
        let computed = compute(engine, id, &self.interrupt, &mut self.display, &mut on_progress)?;
        let made = Made::write(computed, &mut target, &self.interrupt, &mut self.display)?;
        self.display.finish();
        self.events.tell(&Event::Done { job: number, result: &made.result() })?;
        if let Some(error) = made.error {
            return Err(error.into());
        }
        if !self.events.is_on {
            made.report.paths.iter().try_for_each(|path| print::path(path))?;
        }
        folder.forget(&keeper);
        self.made += 1;
        Ok(())
    }

    /// Joins the clips of each grid that is complete into one.
    fn grids(&mut self, plan: &Plan, clips: &Path) -> anyhow::Result<()> {
        let mut grids: BTreeMap<u64, Vec<(&GridCell, &PlannedJob)>> = BTreeMap::new();
        for job in &plan.jobs {
            if let Some(cell) = &job.cell {
                grids.entry(cell.grid).or_default().push((cell, job));
            }
        }
        for (number, cells) in grids {
            if !cells.iter().all(|(_, job)| job.is_done) {
                continue;
            }
            let path = clips.join(format!("grid-{number}.mp4"));
            if let Err(error) = self.grid(&cells, &path) {
                if self.interrupt.token.is_cancelled() {
                    return Err(error);
                }
                let text = reason(&error);
                self.display.warn(&format!("grid {number} was not written: {text}"));
                continue;
            }
            self.events.tell(&Event::Grid { grid: number, path: hummingbird_engine::json_path::JsonPath(&path) })?;
            if !self.events.is_on {
                print::path(&path)?;
            }
        }
        Ok(())
    }

    fn grid(&mut self, cells: &[(&GridCell, &PlannedJob)], path: &Path) -> anyhow::Result<()> {
        let Some(((cell, _), request)) = cells.first().and_then(|first| Some((first, first.1.request.as_ref()?)))
        else {
            return Ok(());
        };
        let mut clips = BTreeMap::new();
        for (cell, job) in cells {
            if self.interrupt.token.is_cancelled() {
                return Err(Cancelled.into());
            }
            clips.insert((cell.row, cell.column), Arc::new(read_frames(&job.output)?));
        }
        let frames = compose(cell, &clips)?;
        let mut wanted = request.clone();
        (wanted.clip.width, wanted.clip.height) = (frames.width() as u32, frames.height() as u32);
        wanted.clip.frames = frames.count() as u32;
        // A grid that is there is of a run of before that was ended in this very place.
        let mut target = target(self.args, path, &wanted, Existing::Replace)?;
        target.settings.embed = Embed::Nothing;
        let token = CancelToken::default();
        target.write(&frames, &Provenance::default(), &token, &mut self.display)?;
        Ok(())
    }
}

/// Whether the clip of a job is in its file already: a run was ended between the file and the note of it.
fn is_there(path: &Path, request: &GenerateRequest) -> bool {
    let carried = path.is_file().then(|| read_provenance(path).ok().flatten()).flatten();
    carried.is_some_and(|carried| {
        carried.text("prompt") == request.clip.prompt && carried.whole("seed") == request.clip.seed
    })
}

/// The frames of a clip that was written before.
fn read_frames(path: &Path) -> anyhow::Result<Frames> {
    let clip = Clip::open(path, OpenOptions::default())?;
    let (width, height) = (clip.info().width, clip.info().height);
    let mut pixels = Vec::new();
    for frame in clip.frames()? {
        pixels.extend_from_slice(&frame?.picture.rgb);
    }
    anyhow::ensure!(
        !pixels.is_empty() && pixels.len() % (width * height * 3) == 0,
        "{path:?} has frames of several sizes"
    );
    Ok(Frames::new(width, height, pixels))
}
