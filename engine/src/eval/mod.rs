//! `hummingbird eval nano`: how often does a clip show what its prompt says?
//!
//! `clips` makes clips of held-out prompts (by a model, by its autoencoder alone, or by the renderer), `detect` says what a clip
//! shows and `subject` is a small classifier for what moves; `measures` is the table of what is judged, `report` holds the
//! result with its intervals, table and JSON, `suite` every verdict in VBench's form. Nothing here is used for training. Start reading at [`evaluate`].

mod clips;
pub mod detect;
pub mod measures;
mod report;
mod steadiness;
mod subject;
mod suite;
#[cfg(test)]
mod tests;
pub mod vbench;

use std::time::Instant;

use burn::tensor::Device;
use hummingbird_base::message::{self, Message};
use rayon::prelude::*;
use thiserror::Error;

use self::measures::{Evidence, Judgement, MEASURES};
use self::report::count;
use self::steadiness::Steady;
pub use clips::{AutoencodedClips, ClipSettings, ClipSource, ModelClips, RenderedClips};
pub use report::{ClassifierReport, Confusion, EvalReport, MeasureReport, Share, WordReport};
pub use steadiness::SteadinessReport;
pub use subject::SubjectClassifier;
pub use suite::{JudgedPrompt, suite_files, write_suite};

use crate::error::EngineError;
use crate::handoff::Frames;
use crate::job::{CancelToken, Cancelled};
use crate::request::{Precision, Reuse};
use crate::training::datasets::synthetic::{self, Canvas, Combination};
use crate::weights::ModelFile;
use hummingbird_base::progress::{Progress, ProgressSink, StageName, Unit};

/// Prompts of a whole evaluation.
pub const DEFAULT_PROMPTS: usize = 200;
/// Most sampling steps of an evaluation, unless it is asked for more.
pub const MOST_DEFAULT_STEPS: u32 = 20;
/// Measures are checked on at least this many rendered clips, however few prompts are evaluated.
const RENDERED_CLIPS: usize = 200;
/// Clips that are made together; part of what the seed means, since a batch draws its noise together.
const BATCH: usize = 8;
/// Clips that are kept for a sample grid.
const KEPT_CLIPS: usize = 8;
/// Seed of the classifier's training set and start: every evaluation uses the same classifier.
const CLASSIFIER_SEED: u64 = 0x5ab1;
/// Crops that the classifier learns from.
const CLASSIFIER_CROPS: usize = 6_000;
/// Seed of the details of rendered clips; no training run uses it, and the combinations are held out anyway.
const RENDERED_SEED: u64 = 0xce11_1495;
/// As [`RENDERED_SEED`], for the clips that go through the autoencoder.
const AUTOENCODED_SEED: u64 = 0xae0c_0de5;

/// What is evaluated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvalOptions {
    /// Held-out prompts, at most as many as there are held-out combinations.
    pub prompts: usize,
    /// Sampling steps; `None`: the model's default, at most 20.
    pub steps: Option<u32>,
    /// Guidance; `None`: the model's default.
    pub guidance: Option<f32>,
    /// Seed of the choice of prompts and of all noise.
    pub seed: u64,
    /// Features that later steps reuse from earlier ones; `None`: the model's default.
    pub reuse: Option<Reuse>,
    /// What factors are rounded to; the caller asked whether the device multiplies that.
    pub precision: Precision,
    /// Whether attention at full resolution uses 2x2-pooled keys and values.
    pub merge_tokens: bool,
    /// Judge rendered clips that went through the model's autoencoder, in place of clips that the whole model makes.
    pub autoencoder: bool,
}

impl Default for EvalOptions {
    fn default() -> Self {
        Self {
            prompts: DEFAULT_PROMPTS,
            steps: None,
            guidance: None,
            seed: 0,
            reuse: None,
            precision: Precision::Exact,
            merge_tokens: false,
            autoencoder: false,
        }
    }
}

/// The classifier of subjects is trained.
pub const CLASSIFIER: StageName = StageName("training the subject classifier");
/// The measures are checked on rendered clips.
pub const RENDERED: StageName = StageName("checking the measures");
/// The model makes and the measures look at clips.
pub const CLIPS: StageName = StageName("making clips");

/// Clips with their prompts.
pub type KeptClips = Vec<(String, Frames)>;

/// The result of an evaluation.
#[derive(Clone, Debug)]
pub struct EvalOutcome {
    /// All numbers.
    pub report: EvalReport,
    /// The first clips with their prompts, for a sample grid.
    pub clips: KeptClips,
    /// Every prompt, and what its clip was found to show.
    pub judged: Vec<JudgedPrompt>,
}

/// Why an evaluation gave no result.
#[derive(Debug, Error, Message)]
#[message("eval")]
#[non_exhaustive]
pub enum EvalError {
    /// The model or its device failed, or the owner stopped it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No prompts, or more than there are.
    #[error("{prompts} prompts cannot be evaluated: choose 1 to {most}, the number of held-out combinations")]
    Prompts {
        /// Prompts asked for.
        prompts: usize,
        /// Held-out combinations.
        most: usize,
    },
    /// Rendered clips are not read back rightly, so the numbers of the model would mean nothing.
    #[error(
        "the measure is wrong: it reads the {measure} rightly from {:.1}% of freshly rendered clips, and at least {:.0}% are \
         needed; this is a defect of the renderer or of the measure, not of the model: please report it",
        100.0 * share,
        100.0 * least
    )]
    Measure {
        /// Which one.
        measure: &'static str,
        /// Its share on rendered clips, 0 to 1.
        share: f64,
        /// The share that is needed.
        least: f64,
    },
}

impl From<Cancelled> for EvalError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Engine(cancelled.into())
    }
}

/// One prompt of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalPrompt {
    /// What the clip must show.
    pub combination: Combination,
    /// What the model is told.
    pub text: String,
}

/// Evaluates a model on prompts whose combinations were never trained on.
///
/// # Errors
/// [`EvalError`], also when the measures do not hold on rendered clips.
pub fn evaluate(
    model: &ModelFile,
    device: &Device,
    device_name: &str,
    options: EvalOptions,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<EvalOutcome, EvalError> {
    let limits = &model.description().limits;
    let settings = ClipSettings {
        steps: options.steps.unwrap_or(limits.default_steps.min(MOST_DEFAULT_STEPS)),
        guidance: options.guidance.unwrap_or(limits.default_guidance),
        seed: options.seed,
        reuse: options.reuse.unwrap_or(limits.default_reuse),
        precision: options.precision,
        merge_tokens: options.merge_tokens,
    };
    let mut clips: Box<dyn ClipSource> = if options.autoencoder {
        Box::new(AutoencodedClips::open(model, device, AUTOENCODED_SEED)?)
    } else {
        Box::new(ModelClips::open(model, device, settings)?)
    };
    let canvas = clips.canvas();
    let started = Instant::now();
    sink.progress(share_of(CLASSIFIER, 0.0));
    let classifier = SubjectClassifier::train(CLASSIFIER_CROPS, CLASSIFIER_SEED, canvas, cancel, &mut |share| {
        sink.progress(share_of(CLASSIFIER, share));
    })?;
    let (score, kept) = score(clips.as_mut(), &classifier, options, cancel, sink)?;
    let report = EvalReport {
        model: model.description().name.clone(),
        model_sha256: model.sha256().to_owned(),
        device: device_name.to_owned(),
        autoencoder: options.autoencoder,
        prompts: options.prompts,
        frames: clips.frames(),
        width: canvas.width,
        height: canvas.height,
        sampler: limits.sampler,
        steps: settings.steps,
        guidance: settings.guidance,
        reuse: settings.reuse,
        precision: settings.precision,
        merge_tokens: settings.merge_tokens,
        seed: options.seed,
        measures: score.measures,
        motion_confusion: score.motion_confusion,
        steadiness: score.steadiness,
        classifier: classifier.report().clone(),
        secs_per_clip: score.secs_per_clip,
        elapsed_secs: started.elapsed().as_secs_f64(),
    };
    Ok(EvalOutcome { report, clips: kept, judged: score.judged })
}

/// What [`score`] gives.
struct Score {
    measures: Vec<MeasureReport>,
    motion_confusion: Confusion,
    steadiness: SteadinessReport,
    secs_per_clip: f64,
    judged: Vec<JudgedPrompt>,
}

/// Makes clips of held-out prompts and of the renderer, and measures both.
fn score(
    source: &mut dyn ClipSource,
    classifier: &SubjectClassifier,
    options: EvalOptions,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<(Score, KeptClips), EvalError> {
    let prompts = prompts(options.prompts, options.seed)?;
    let mut rendered = RenderedClips { seed: RENDERED_SEED, canvas: source.canvas(), frames: source.frames() };
    let repeats = RENDERED_CLIPS.div_ceil(prompts.len());
    let again: Vec<EvalPrompt> = (0..repeats).flat_map(|_| prompts.iter().cloned()).collect();
    let Judged { clips: rendered, steady: rendered_steady, .. } =
        judge(&mut rendered, classifier, &again, RENDERED, cancel, sink)?;
    check_rendered(&count(&[], &rendered))?;

    let started = Instant::now();
    let Judged { clips: judged, steady, kept } = judge(source, classifier, &prompts, CLIPS, cancel, sink)?;
    let secs_per_clip = started.elapsed().as_secs_f64() / prompts.len() as f64;
    let (measures, motion_confusion) = (count(&judged, &rendered), Confusion::of("motion", &judged));
    let steadiness = SteadinessReport::of(&steady, &rendered_steady);
    let of = |(prompt, judgement)| JudgedPrompt { prompt, judgement };
    let judged = prompts.into_iter().zip(judged).map(of).collect();
    let score = Score { measures, motion_confusion, steadiness, secs_per_clip, judged };
    Ok((score, kept))
}

fn prompts(count: usize, seed: u64) -> Result<Vec<EvalPrompt>, EvalError> {
    let prompts = synthetic::held_out_prompts(count, seed);
    if count == 0 || prompts.len() < count {
        return Err(EvalError::Prompts { prompts: count, most: Combination::held_out(usize::MAX, 0).len() });
    }
    Ok(prompts.into_iter().map(|(combination, text)| EvalPrompt { combination, text }).collect())
}

/// Whether the measures hold on rendered clips.
fn check_rendered(reports: &[MeasureReport]) -> Result<(), EvalError> {
    for measure in MEASURES {
        let Some(least) = measure.least_rendered else { continue };
        let report = reports.iter().find(|it| it.measure == measure.name).expect("every measure has a report");
        let share = report.upper_bound.share;
        if share < least {
            return Err(EvalError::Measure { measure: measure.name, share, least });
        }
    }
    Ok(())
}

/// What [`judge`] gives, a row for each clip.
struct Judged {
    clips: Vec<Judgement>,
    steady: Vec<Steady>,
    kept: KeptClips,
}

/// Makes a clip of every prompt, batch by batch, and judges it.
fn judge(
    source: &mut dyn ClipSource,
    classifier: &SubjectClassifier,
    prompts: &[EvalPrompt],
    stage: StageName,
    cancel: &CancelToken,
    sink: &mut dyn ProgressSink,
) -> Result<Judged, EvalError> {
    sink.progress(share_of(stage, 0.0));
    let mut judged = Vec::with_capacity(prompts.len());
    let (mut steady, mut kept) = (Vec::with_capacity(prompts.len()), Vec::new());
    for batch in prompts.chunks(BATCH) {
        cancel.check()?;
        let first = judged.len();
        let mut on_share = |share: f64| {
            let done = (first as f64 + share * batch.len() as f64) / prompts.len() as f64;
            sink.progress(share_of(stage, done));
        };
        let clips = source.clips(batch, first, cancel, &mut on_share)?;
        let looked: Vec<_> = clips.par_iter().map(|clip| measured(clip, source_canvas(clip))).collect();
        for ((prompt, clip), (measured, regions, crops)) in batch.iter().zip(&clips).zip(looked) {
            steady.push(Steady::of(clip, &regions, &classifier.subjects(&crops)));
            let evidence = Evidence { measured, subject: classifier.subject(&crops) };
            judged.push(Judgement::of(&prompt.combination, &evidence));
        }
        for (prompt, clip) in batch.iter().zip(clips).take(KEPT_CLIPS - kept.len()) {
            kept.push((prompt.text.clone(), clip));
        }
    }
    sink.progress(share_of(stage, 1.0));
    Ok(Judged { clips: judged, steady, kept })
}

/// Everything but the subject, where it is, and the crops by which it is classified.
fn measured(clip: &Frames, canvas: Canvas) -> (detect::Measured, Vec<Option<detect::Region>>, Vec<subject::Crop>) {
    let measured = detect::measure(clip);
    let backdrop = detect::Backdrop::of(measured.scene, canvas);
    let crops = clip.iter().filter_map(|frame| detect::subject_crop(frame, &backdrop)).collect();
    let regions = detect::regions(clip, measured.scene);
    (measured, regions, crops)
}

fn source_canvas(clip: &Frames) -> Canvas {
    Canvas { width: clip.width(), height: clip.height() }
}

/// A share of a stage, 0 to 1.
fn share_of(stage: StageName, share: f64) -> Progress {
    Progress::new(stage, Unit::Percent, (100.0 * share) as u64, Some(100))
}
