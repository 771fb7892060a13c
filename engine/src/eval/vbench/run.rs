//! Clips are judged: which clip is needed for what, one pass over the frames of each, and the results put together.
//!
//! A thread reads clips ahead; each frame goes to all dimensions that need its clip. A clip that cannot be read, or has no value in
//! one dimension, is an entry with an error, and the rest goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Receiver;
use hummingbird_base::CancelToken;
use hummingbird_base::files::Action;
use hummingbird_base::progress::{Note, Progress, ProgressSink, StageName, Unit};
use hummingbird_data::clip::ClipShape;
use serde_json::Value;

use super::bounded;
use super::clips::ClipFolder;
use super::detections::{Asked, Detections};
use super::dimensions::Dimension;
use super::error::{ClipTrouble, VbenchError};
use super::judges::Judges;
use super::kept::{Answers, KeptClips};
use super::looks::{Ask, Look};
use super::reading::{Read, read_clip};
use super::results::{ClipResult, ClipValue, DimensionResult, EvalResults, write_json};
use super::suite::{Suite, SuitePrompt};
use crate::eval::suite_files;

/// Clips are judged.
pub const JUDGING: StageName = StageName("judging clips");
/// Clips of a prompt.
pub const CLIPS_A_PROMPT: usize = 5;
/// Clips of a prompt among which five are looked for that stand still.
pub const CLIPS_A_STILL_PROMPT: usize = 25;
/// Frames that are read ahead.
const READ_AHEAD: usize = 4;

/// What is judged.
#[derive(Debug)]
pub struct VbenchJob<'a> {
    /// The folder of the clips.
    pub clips: &'a Path,
    /// Prompts and what is asked of each; `None`: any clips, by their names.
    pub suite: Option<&'a Suite>,
    /// What is judged.
    pub dimensions: &'a [Dimension],
    /// The networks.
    pub judges: &'a Judges,
    /// What other programs saw.
    pub detections: &'a [Detections],
    /// Look for flicker only in clips that stand still: up to 25 of each prompt, the first five of which count.
    pub only_still: bool,
    /// The folder of the results.
    pub output: &'a Path,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VbenchOutcome {
    /// The results.
    pub results: EvalResults,
    /// The suite with its clips.
    pub full_info: Value,
    /// Clips that the suite asks for and that are not there.
    pub missing_clips: usize,
    /// Clips of which everything was known already.
    pub known_clips: usize,
}

impl VbenchOutcome {
    /// Writes `<name>_full_info.json` and `<name>_eval_results.json`; the second path is given.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, folder: &Path, name: &str) -> Result<PathBuf, VbenchError> {
        let [full_info, results] = suite_files(folder, name);
        write_json(&full_info, &self.full_info)?;
        self.results.write(&results)?;
        Ok(results)
    }
}

/// A clip that a dimension needs.
#[derive(Clone, Debug)]
struct Wanted<'a> {
    dimension: Dimension,
    prompt: &'a SuitePrompt,
    path: PathBuf,
}

impl Wanted<'_> {
    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// What is asked of the networks.
    fn ask(&self) -> Ask {
        let style = self.prompt.auxiliary(self.dimension);
        let style = style.and_then(|it| it.get("appearance_style").unwrap_or(it).as_str()).unwrap_or_default();
        Ask::of(self.dimension, &self.prompt.prompt, style, &self.name())
    }
}

/// Judges clips.
///
/// # Errors
/// [`VbenchError`]: the folders cannot be read or written, no clip fits the suite, or the owner stopped it.
pub fn run(
    job: &VbenchJob<'_>,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<VbenchOutcome, VbenchError> {
    let folder = ClipFolder::open(job.clips)?;
    let of_clips;
    let suite = match job.suite {
        Some(suite) => suite,
        None => {
            of_clips = suite_of_clips(&folder, job.dimensions);
            &of_clips
        }
    };
    let (wanted, missing_clips) = wanted(job, suite, &folder);
    if wanted.is_empty() {
        let example = suite.prompts.first().map_or_else(String::new, |it| format!("{}-0.mp4", it.prompt));
        return Err(VbenchError::NoClips { folder: job.clips.to_owned(), example });
    }
    let mut asks: BTreeMap<&Path, Vec<Ask>> = BTreeMap::new();
    for it in wanted.iter().filter(|it| !it.dimension.is_detected()) {
        let of_clip = asks.entry(&it.path).or_default();
        let mut needed = vec![it.ask()];
        if job.only_still && it.dimension == Dimension::TemporalFlickering {
            needed.push(Ask::Still);
        }
        needed.retain(|ask| !of_clip.contains(ask));
        of_clip.extend(needed);
    }
    let asks: Vec<(&Path, Vec<Ask>)> = asks.into_iter().collect();
    let kept = KeptClips::in_folder(job.output)?;
    let (answers, known_clips) = judge_all(job.judges, &asks, &kept, cancel, sink)?;
    let wanted = if job.only_still { still_ones(wanted, &answers, job.judges) } else { wanted };
    Ok(put_together(job, suite, &wanted, &answers, missing_clips, known_clips))
}

/// A suite of the clips that are there: every one is judged in everything.
fn suite_of_clips(folder: &ClipFolder, dimensions: &[Dimension]) -> Suite {
    let mut prompts: Vec<SuitePrompt> = Vec::new();
    for (prompt, _) in folder.all() {
        if prompts.last().is_none_or(|last| last.prompt != prompt) {
            prompts.push(SuitePrompt::plain(prompt, dimensions.to_vec()));
        }
    }
    Suite { prompts }
}

/// Clips that are there, and how many are not.
fn wanted<'a>(job: &VbenchJob<'_>, suite: &'a Suite, folder: &ClipFolder) -> (Vec<Wanted<'a>>, usize) {
    let (mut wanted, mut missing) = (Vec::new(), std::collections::BTreeSet::new());
    if job.suite.is_none() {
        for (prompt, path) in folder.all() {
            let Some(prompt) = suite.prompts.iter().find(|it| it.prompt == prompt) else { continue };
            let of_dimension = |&dimension| Wanted { dimension, prompt, path: path.to_owned() };
            wanted.extend(job.dimensions.iter().map(of_dimension));
        }
        return (wanted, 0);
    }
    for prompt in &suite.prompts {
        for &dimension in prompt.dimensions.iter().filter(|it| job.dimensions.contains(it)) {
            let is_chosen_from = job.only_still && dimension == Dimension::TemporalFlickering;
            for number in 0..if is_chosen_from { CLIPS_A_STILL_PROMPT } else { CLIPS_A_PROMPT } {
                match folder.of_prompt(&prompt.prompt, number) {
                    Some(path) => wanted.push(Wanted { dimension, prompt, path: path.to_owned() }),
                    None if number < CLIPS_A_PROMPT => drop(missing.insert((&*prompt.prompt, number))),
                    None => {}
                }
            }
        }
    }
    (wanted, missing.len())
}

/// What is known of each clip: an answer or an error to everything that was asked.
type Known = BTreeMap<PathBuf, BTreeMap<String, Answer>>;

/// One answer, or why there is none.
type Answer = Result<ClipResult, Arc<ClipTrouble>>;

fn judge_all(
    judges: &Judges,
    asks: &[(&Path, Vec<Ask>)],
    kept: &KeptClips,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<(Known, usize), VbenchError> {
    let (mut known, mut known_clips) = (Known::new(), 0);
    let about = |index: usize| {
        let name = asks.get(index).and_then(|(path, _)| path.file_name()).unwrap_or_default();
        let progress = Progress::new(JUDGING, Unit::Clips, index as u64, Some(asks.len() as u64));
        progress.noting(Note::About(name.to_string_lossy().into_owned()))
    };
    std::thread::scope(|scope| {
        let (sender, receiver) = crossbeam_channel::bounded(READ_AHEAD);
        let keys = |ask: &Ask| ask.key(judges);
        let work: Vec<(&Path, Vec<(String, &Ask)>)> =
            asks.iter().map(|(path, asks)| (*path, asks.iter().map(|ask| (keys(ask), ask)).collect())).collect();
        scope.spawn(move || {
            // Nobody listens any more once the owner has stopped it.
            for (index, (path, asks)) in work.iter().enumerate() {
                if read_clip(index, path, asks, kept, &sender).is_err() {
                    return;
                }
            }
        });
        while let Ok(read) = receiver.recv() {
            cancel.check()?;
            let Read::Clip { index, hash, answers, open, facts } = read else { continue };
            sink.progress(about(index));
            known_clips += usize::from(open.is_empty() && !hash.is_empty());
            let clip = OpenedClip { judges, hash, answers, open, facts };
            let of_clip = clip.judge(&receiver, kept, cancel)?;
            known.insert(asks[index].0.to_owned(), of_clip);
        }
        sink.progress(Progress::new(JUDGING, Unit::Clips, asks.len() as u64, Some(asks.len() as u64)));
        Ok(())
    })
    .map(|()| (known, known_clips))
}

/// A clip whose frames come.
struct OpenedClip<'a> {
    judges: &'a Judges,
    hash: String,
    answers: Answers,
    open: Vec<Ask>,
    facts: Option<ClipShape>,
}

/// One that looks, until it fails.
type Looking<'a> = Result<Box<dyn Look + 'a>, Arc<ClipTrouble>>;

impl OpenedClip<'_> {
    /// Looks at the frames, keeps what was found, and gives all that is known.
    fn judge(
        self,
        frames: &Receiver<Read>,
        kept: &KeptClips,
        cancel: &CancelToken,
    ) -> Result<BTreeMap<String, Answer>, VbenchError> {
        let Self { judges, hash, mut answers, open, facts } = self;
        let begin = |ask: &Ask| {
            // Without facts no frame comes; the end says why.
            let look = facts.as_ref().and_then(|facts| ask.begin(judges, facts));
            look.ok_or_else(|| Arc::new(ClipTrouble::NoNetwork))
        };
        let mut looks: Vec<(String, Looking<'_>)> = open.iter().map(|ask| (ask.key(judges), begin(ask))).collect();
        let ended = loop {
            match frames.recv() {
                Ok(Read::Frame(picture)) => {
                    for (_, looking) in &mut looks {
                        cancel.check()?;
                        if let Ok(look) = looking
                            && let Err(error) = look.see(&picture)
                        {
                            cancel.check()?;
                            *looking = Err(Arc::new(error.into()));
                        }
                    }
                }
                Ok(Read::End(ended)) => break ended.map_err(Arc::new),
                Ok(Read::Clip { .. }) | Err(_) => break Err(Arc::new(ClipTrouble::BrokeOff)),
            }
        };
        let mut failed = BTreeMap::new();
        cancel.check()?;
        let is_new = !looks.is_empty();
        for (key, looking) in looks {
            let answer = match &ended {
                Err(trouble) => Err(Arc::clone(trouble)),
                Ok(()) => looking.and_then(|mut look| look.end().map_err(|error| Arc::new(error.into()))),
            };
            // What a network was kept from is no fault of the clip.
            cancel.check()?;
            match answer {
                Ok(answer) => drop(answers.insert(key, answer)),
                Err(error) => drop(failed.insert(key, error)),
            }
        }
        // What failed is tried again by the next run.
        if is_new && !hash.is_empty() && !answers.is_empty() {
            kept.write(&hash, &answers)?;
            // As a later run reads it: numbers may lose their last digit on their way through a file.
            answers = kept.read(&hash);
        }
        let answered = answers.into_iter().map(|(key, answer)| (key, Ok(answer)));
        Ok(answered.chain(failed.into_iter().map(|(key, error)| (key, Err(error)))).collect())
    }
}

/// The first five clips of each prompt that stand still, of those that are looked at for flicker; all others as they are.
fn still_ones<'a>(wanted: Vec<Wanted<'a>>, known: &Known, judges: &Judges) -> Vec<Wanted<'a>> {
    let still = Ask::Still.key(judges);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut is_kept = |it: &Wanted<'_>| {
        if it.dimension != Dimension::TemporalFlickering {
            return true;
        }
        let count = counts.entry(it.prompt.prompt.clone()).or_default();
        // A clip that could not be looked at stays, so that its error is seen.
        let stays = match known.get(&it.path).and_then(|answers| answers.get(&still)) {
            Some(Ok(answer)) => answer.video_results == Some(ClipValue::Truth(true)) && *count < CLIPS_A_PROMPT,
            Some(Err(_)) | None => return true,
        };
        *count += usize::from(stays);
        stays
    };
    wanted.into_iter().filter(|it| is_kept(it)).collect()
}

fn put_together(
    job: &VbenchJob<'_>,
    suite: &Suite,
    wanted: &[Wanted<'_>],
    known: &Known,
    missing_clips: usize,
    known_clips: usize,
) -> VbenchOutcome {
    let mut clips: BTreeMap<Dimension, Vec<ClipResult>> = BTreeMap::new();
    let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for it in wanted {
        let video_path = it.path.to_string_lossy().into_owned();
        let list = lists.entry(&it.prompt.prompt).or_default();
        if !list.contains(&video_path) {
            list.push(video_path.clone());
        }
        let answer = if it.dimension.is_detected() {
            match detected(job.detections, it) {
                Some(answer) => answer,
                None => continue,
            }
        } else {
            let answers = known.get(&it.path);
            let answer = answers.and_then(|answers| answers.get(&it.ask().key(job.judges))).cloned();
            answer.unwrap_or_else(|| Err(Arc::new(ClipTrouble::BrokeOff)))
        };
        let error = |error: Arc<ClipTrouble>| ClipResult { error: Some(error.to_string()), ..ClipResult::default() };
        clips.entry(it.dimension).or_default().push(ClipResult { video_path, ..answer.unwrap_or_else(error) });
    }
    let of_dimension = |(dimension, clips)| (dimension, DimensionResult::of(dimension, clips));
    let dimensions = clips.into_iter().map(of_dimension).collect();
    let entries = suite.prompts.iter().map(|prompt| match lists.get(&*prompt.prompt) {
        Some(list) if prompt.dimensions.iter().any(|it| job.dimensions.contains(it)) => prompt.with_clips(list),
        _ => prompt.entry.clone().into(),
    });
    let full_info = entries.collect::<Vec<Value>>().into();
    VbenchOutcome { results: EvalResults { dimensions }, full_info, missing_clips, known_clips }
}

/// The score of a clip by what other programs saw; `None` where VBench leaves it out.
fn detected(detections: &[Detections], it: &Wanted<'_>) -> Option<Answer> {
    let name = it.name();
    let files = || detections.iter().filter(|file| file.is_for(it.dimension));
    let Some((file, seen)) = files().find_map(|file| Some((file, file.videos.get(&name)?))) else {
        return Some(Err(Arc::new(ClipTrouble::NotDetected)));
    };
    let auxiliary = it.prompt.auxiliary(it.dimension).unwrap_or(&Value::Null);
    let Some(asked) = Asked::of(it.dimension, &it.prompt.prompt, auxiliary) else {
        return Some(Err(Arc::new(ClipTrouble::NothingAsked)));
    };
    if seen.frames.is_empty() {
        return Some(Err(Arc::new(ClipTrouble::NoFramesDetected)));
    }
    asked.score(&seen.frames).map(|result| Ok(ClipResult { judged_by: Some(file.judged_by()), ..result }))
}

/// Makes the folder of the results.
///
/// # Errors
/// What the system says.
pub fn make_output(folder: &Path) -> Result<(), VbenchError> {
    std::fs::create_dir_all(folder).map_err(|error| bounded::io_error(Action::MakeFolder, folder, error))
}
