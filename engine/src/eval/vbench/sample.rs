//! Clips of a suite, made by a model: named as VBench wants them, each with a seed that follows from its prompt and number.
//!
//! What is there already stays, so that the same command goes on where it was stopped. Several engines, one for each device, take the
//! clips in turn; a seed does not depend on who makes its clip.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use hummingbird_base::files::Action;
use hummingbird_base::progress::{Note, Progress, ProgressSink, StageName, Unit};
use hummingbird_base::{CancelToken, Cancelled};
use sha2::{Digest as _, Sha256};

use super::bounded;
use super::dimensions::Dimension;
use super::error::VbenchError;
use super::suite::Suite;
use crate::device::DeviceChoice;
use crate::error::EngineError;
use crate::jobs::events::{Event, JobId, Outcome};
use crate::jobs::provenance::provenance_of;
use crate::jobs::request::{GenerateRequest, RawRequest};
use crate::jobs::worker::EngineHandle;
use crate::pipeline::video_out::{ExportError, ExportSettings, Format, export, read_provenance};

/// Clips are made.
pub const SAMPLING: StageName = StageName("making clips of the suite");
/// Longest name of a file that every usual file system takes, in bytes.
const MOST_NAME_BYTES: usize = 255;
/// How often a wish to stop is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// A clip that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampledClip {
    /// What it is made of.
    pub prompt: String,
    /// Its number among those of the prompt.
    pub number: usize,
    /// Seed of its noise.
    pub seed: u64,
}

impl SampledClip {
    /// `<prompt>-<number>.mp4`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.mp4", self.prompt, self.number)
    }
}

/// All clips of a suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SamplePlan {
    /// In the order of the suite.
    pub clips: Vec<SampledClip>,
}

impl SamplePlan {
    /// `per_prompt` clips of each prompt, and `per_still_prompt` of those that are looked at for flicker, where these are more.
    ///
    /// # Errors
    /// [`VbenchError::PromptName`] for prompts that no file can be named after.
    pub fn of(suite: &Suite, per_prompt: usize, per_still_prompt: usize, seed: u64) -> Result<Self, VbenchError> {
        let mut clips = Vec::new();
        for (prompt, dimensions) in suite.distinct() {
            let is_still = dimensions.contains(&Dimension::TemporalFlickering);
            let count = if is_still { per_prompt.max(per_still_prompt) } else { per_prompt };
            for number in 0..count {
                let clip = SampledClip { prompt: prompt.to_owned(), number, seed: seed_of(seed, prompt, number) };
                let name = clip.file_name();
                if name.len() > MOST_NAME_BYTES || name.contains(['/', '\\']) || name.starts_with('.') {
                    return Err(VbenchError::PromptName { prompt: prompt.to_owned() });
                }
                clips.push(clip);
            }
        }
        Ok(Self { clips })
    }
}

/// The seed of a clip: 32 bits, which every kind of noise takes whole.
fn seed_of(seed: u64, prompt: &str, number: usize) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_le_bytes());
    hasher.update((number as u64).to_le_bytes());
    hasher.update(prompt);
    hasher.finalize().iter().take(4).fold(0, |seed, &byte| seed << 8 | u64::from(byte))
}

/// What is made, and by whom.
pub struct SampleJob<'a> {
    /// The clips.
    pub plan: &'a SamplePlan,
    /// Where they go.
    pub folder: &'a Path,
    /// Everything but prompt, seed and device.
    pub settings: &'a RawRequest,
    /// Engines of one model, each with its device.
    pub engines: &'a [(EngineHandle, DeviceChoice)],
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Sampled {
    /// Clips that were made now.
    pub made: usize,
    /// Clips that were there.
    pub there: usize,
    /// Clips that could not be made: their names, and why.
    pub failed: Vec<(String, VbenchError)>,
}

/// Makes the clips of a suite that are not there yet.
///
/// # Errors
/// [`VbenchError`]: the settings do not fit the model, the folder cannot be made, or the owner stopped it. A clip that fails is
/// told of in what is given back.
pub fn sample(
    job: &SampleJob<'_>,
    cancel: &CancelToken,
    sink: &mut (dyn ProgressSink + Send),
) -> Result<Sampled, VbenchError> {
    std::fs::create_dir_all(job.folder).map_err(|error| bounded::io_error(Action::MakeFolder, job.folder, error))?;
    let total = job.plan.clips.len();
    // Every request is checked before the first clip is made.
    for (engine, device) in job.engines {
        let limits = &engine.model().limits;
        for clip in &job.plan.clips {
            request(job, clip, *device).validate(limits).map_err(EngineError::from)?;
        }
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new((Sampled::default(), sink)));
    let note = |came: Came, name: String| {
        let mut guard = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (sampled, sink) = &mut *guard;
        match came {
            Came::Made => sampled.made += 1,
            Came::There => sampled.there += 1,
            Came::Failed(error) => sampled.failed.push((name.clone(), error)),
        }
        let count = sampled.made + sampled.there + sampled.failed.len();
        let progress = Progress::new(SAMPLING, Unit::Clips, count as u64, Some(total as u64));
        sink.progress(progress.noting(Note::About(name)));
    };
    let work = |engine: &EngineHandle, device: DeviceChoice| -> Result<(), VbenchError> {
        loop {
            cancel.check()?;
            let Some(clip) = job.plan.clips.get(next.fetch_add(1, Ordering::Relaxed)) else { return Ok(()) };
            let name = clip.file_name();
            let path = job.folder.join(&name);
            match already(&path, clip, &engine.model().sha256) {
                Already::There => note(Came::There, name),
                Already::Other => note(Came::Failed(VbenchError::Taken { path }), name),
                Already::Not => {
                    let wanted = request(job, clip, device).validate(&engine.model().limits);
                    match wanted.map_err(EngineError::from).and_then(|it| make(engine, it, &path, cancel)) {
                        Ok(()) => note(Came::Made, name),
                        Err(EngineError::Cancelled(cancelled)) => return Err(cancelled.into()),
                        Err(error) => note(Came::Failed(error.into()), name),
                    }
                }
            }
        }
    };
    let ended: Vec<Result<(), VbenchError>> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            job.engines.iter().map(|(engine, device)| scope.spawn(|| work(engine, *device))).collect();
        let stopped = |_| Err(EngineError::EngineStopped.into());
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(stopped)).collect()
    });
    ended.into_iter().collect::<Result<(), _>>()?;
    let (mut sampled, _) = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    sampled.failed.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(sampled)
}

fn request(job: &SampleJob<'_>, clip: &SampledClip, device: DeviceChoice) -> RawRequest {
    RawRequest { prompt: clip.prompt.clone(), seed: Some(clip.seed), device, ..job.settings.clone() }
}

/// What became of a clip.
enum Came {
    Made,
    There,
    Failed(VbenchError),
}

enum Already {
    There,
    Other,
    Not,
}

/// Whether a clip is there: files appear whole, so one that carries prompt, seed and model is done.
fn already(path: &Path, clip: &SampledClip, model_sha256: &str) -> Already {
    if !path.exists() {
        return Already::Not;
    }
    let carried = read_provenance(path).ok().flatten();
    let is_it = carried.is_some_and(|it| {
        it.text("prompt") == clip.prompt && it.whole("seed") == clip.seed && it.model_sha256 == model_sha256
    });
    if is_it { Already::There } else { Already::Other }
}

/// Makes one clip and writes it.
fn make(engine: &EngineHandle, request: GenerateRequest, path: &Path, cancel: &CancelToken) -> Result<(), EngineError> {
    let job = engine.submit(request)?;
    let outcome = finished(engine, job, cancel)?;
    let settings = ExportSettings::new(Format::Mp4, outcome.request.clip.fps);
    let mut go_on = |_| if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    match export(&outcome.frames, &settings, &provenance_of(&outcome), path, &mut go_on) {
        Ok(_) => Ok(()),
        Err(ExportError::Cancelled) => Err(Cancelled.into()),
        Err(error) => Err(unwritten(path, &error)),
    }
}

fn unwritten(path: &Path, error: &ExportError) -> EngineError {
    let source = std::io::Error::other(error.to_string());
    EngineError::Write(crate::error::WriteError::Io { action: Action::Write, path: PathBuf::from(path), source })
}

/// Waits for a job, and cancels it once the owner wants to stop.
fn finished(engine: &EngineHandle, job: JobId, cancel: &CancelToken) -> Result<Box<Outcome>, EngineError> {
    let mut is_asked = false;
    loop {
        match engine.events().recv_timeout(LOOK) {
            Ok(event) if event.job() != job => {}
            Ok(Event::Done { outcome, .. }) => return Ok(outcome),
            Ok(Event::Failed { error, .. }) => return Err(error),
            Ok(Event::Cancelled { .. }) => return Err(Cancelled.into()),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(EngineError::EngineStopped),
        }
        if cancel.is_cancelled() && !is_asked {
            is_asked = true;
            engine.cancel(job);
        }
    }
}

#[cfg(test)]
mod tests {
    use hummingbird_base::progress::Silent;

    use super::super::suite::SuitePrompt;
    use super::*;
    use crate::jobs::worker::EngineOptions;
    use crate::model::ModelSource;

    fn suite(prompts: &[(&str, Dimension)]) -> Suite {
        let prompts = prompts.iter().map(|(prompt, dimension)| SuitePrompt::plain(prompt, vec![*dimension])).collect();
        Suite { prompts }
    }

    #[test]
    fn seeds_follow_from_prompt_and_number_alone() {
        let small = suite(&[("a boat", Dimension::Scene), ("a lake", Dimension::TemporalFlickering)]);
        let large = suite(&[("a lake", Dimension::Scene), ("a car", Dimension::Scene), ("a boat", Dimension::Scene)]);
        let plan = SamplePlan::of(&small, 2, 3, 0).expect("plain names");
        let names: Vec<String> = plan.clips.iter().map(SampledClip::file_name).collect();
        assert_eq!(names, ["a boat-0.mp4", "a boat-1.mp4", "a lake-0.mp4", "a lake-1.mp4", "a lake-2.mp4"]);
        let other = SamplePlan::of(&large, 5, 5, 0).expect("plain names").clips;
        for clip in &plan.clips {
            let same = other.iter().find(|it| it.file_name() == clip.file_name()).expect("it is in both");
            assert_eq!(same.seed, clip.seed);
        }
        let mut seeds: Vec<u64> = other.iter().map(|it| it.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), other.len());
        assert_ne!(SamplePlan::of(&small, 1, 1, 1).expect("plain names").clips[0].seed, plan.clips[0].seed);
        // As they were when they were first drawn: clips of old results can be made again.
        assert_eq!(seed_of(0, "a boat", 0), plan.clips[0].seed);
    }

    #[test]
    fn prompts_that_name_no_file_are_refused() {
        for prompt in ["a/b", "a\\b", ".hidden", &"x".repeat(260)] {
            let refused = SamplePlan::of(&suite(&[(prompt, Dimension::Scene)]), 1, 1, 0);
            assert!(matches!(refused, Err(VbenchError::PromptName { .. })), "{prompt}");
        }
    }

    #[test]
    fn clips_are_made_once_by_several_engines() {
        let [home, folder] = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
        let engine = || {
            let engine = EngineHandle::start(&ModelSource::Embedded, EngineOptions::at(home.path()));
            let engine = engine.expect("the model is embedded");
            engine.want_previews(false);
            (engine, DeviceChoice::Cpu)
        };
        let suite = suite(&[("a red ball over the ocean", Dimension::Scene), ("a blue cube", Dimension::Scene)]);
        let plan = SamplePlan::of(&suite, 2, 0, 0).expect("plain names");
        let settings = RawRequest { steps: Some(2), frames: Some(2), ..RawRequest::default() };
        let engines = [engine(), engine()];
        let job = SampleJob { plan: &plan, folder: folder.path(), settings: &settings, engines: &engines };
        let run = || {
            let sampled = sample(&job, &CancelToken::default(), &mut Silent).expect("the settings fit");
            (sampled.made, sampled.there, sampled.failed)
        };
        let (made, there, failed) = run();
        assert_eq!((made, there, failed.len()), (4, 0, 0), "{failed:?}");
        let [gone, other] = ["a blue cube-0.mp4", "a blue cube-1.mp4"].map(|name| folder.path().join(name));
        let before = std::fs::read(&gone).expect("it was made");
        std::fs::remove_file(&gone).expect("it was made");
        std::fs::write(&other, "of another program").expect("writable");
        let (made, there, failed) = run();
        assert_eq!((made, there), (1, 2));
        assert!(
            matches!(&failed[..], [(name, VbenchError::Taken { .. })] if name == "a blue cube-1.mp4"),
            "{failed:?}"
        );
        assert_eq!(std::fs::read(&gone).expect("made again"), before, "a seed makes the same clip again");
        assert_eq!(std::fs::read(&other).expect("it stays"), b"of another program");
        let cancel = CancelToken::default();
        cancel.cancel();
        assert!(matches!(sample(&job, &cancel, &mut Silent), Err(VbenchError::Cancelled(_))));
    }
}
