//! How each dimension looks at the frames of a clip as they come, one after the other.

use std::sync::Arc;

use hummingbird_base::Cancelled;
use hummingbird_base::message::{self, Message};
use hummingbird_data::clip::ClipShape;
use hummingbird_data::motion::Smoothness;
use hummingbird_judges::measures;
use hummingbird_judges::pictures::middle_frames;
use hummingbird_judges::{FramesUnfit, MotionError};
use hummingbird_video::Picture;
use thiserror::Error;

use super::arithmetic::{
    DYNAMIC_SHARE, STATIC_SHARE, asked_action, cannot_stand_still, dynamic_interval, mean_of_longest, moves,
    shows_action, stands_still,
};
use super::dimensions::Dimension;
use super::judges::{FlowLengths, Judges, PictureFeatures, PictureScores, StyleScores};
use super::results::{ClipResult, ClipValue};

#[cfg(test)]
mod tests;

/// Pictures that go through a network together.
const BATCH: usize = 8;
/// Frames that ViCLIP looks at.
const VICLIP_FRAMES: usize = 8;
/// Frames that UMT looks at.
const UMT_FRAMES: usize = 16;

/// Why a clip has no value in one dimension.
#[derive(Debug, Error, Message)]
#[message("vbench-clip")]
pub enum LookError {
    /// Its frames are none that the network takes.
    #[error(transparent)]
    Frames(#[from] FramesUnfit),
    /// Its frames are none that a network of motion takes.
    #[error(transparent)]
    Motion(#[from] MotionError),
    /// The owner stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Too little to look at.
    #[error("it has {frames} frames, and {least} are needed")]
    Short {
        /// Frames of the clip.
        frames: u64,
        /// The fewest that have a value.
        least: u64,
    },
}

/// What is looked for in a clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The value of a dimension; of what it asks for, where it does: a prompt, a style, an action.
    Value(Dimension, String),
    /// Whether the clip stands still, for VBench's choice of clips that are looked at for flicker.
    Still,
}

impl Ask {
    /// What a dimension asks of a clip, by its prompt, the style that the suite names, or its file name.
    pub fn of(dimension: Dimension, prompt: &str, style: &str, file_name: &str) -> Self {
        let about = match dimension {
            Dimension::TemporalStyle | Dimension::OverallConsistency => prompt.to_owned(),
            Dimension::AppearanceStyle => style.to_owned(),
            Dimension::HumanAction => asked_action(file_name),
            _ => String::new(),
        };
        Self::Value(dimension, about)
    }

    /// Under which the answer is kept beside the clip's hash.
    pub fn key(&self, judges: &Judges) -> String {
        let (what, judge, about) = match self {
            Self::Value(dimension, about) => (dimension.key(), judges.name_of(*dimension), &**about),
            Self::Still => ("stands_still", judges.name_of(Dimension::DynamicDegree), ""),
        };
        format!("{what}|{}|{about}", judge.unwrap_or_default())
    }

    /// Begins to look at a clip; `None` where the network is missing.
    pub fn begin<'a>(&self, judges: &'a Judges, facts: &ClipShape) -> Option<Box<dyn Look + 'a>> {
        use Dimension as D;
        let Self::Value(dimension, about) = self else {
            let network = &*judges.flow.as_ref()?.network;
            return Some(Box::new(Flow { only_still: true, ..Flow::new(network, 1, facts.frames) }));
        };
        Some(match dimension {
            D::TemporalFlickering => Box::new(Flicker::default()),
            D::SubjectConsistency => Box::new(Consistency::new(&*judges.subject.as_ref()?.network)),
            D::BackgroundConsistency => Box::new(Consistency::new(&*judges.background.as_ref()?.network)),
            D::MotionSmoothness => {
                let placed = &*judges.middle.as_ref()?.network;
                let meter = Smoothness::new(&placed.network, &placed.device, &placed.cancel);
                Box::new(Smooth { meter: Some(meter), frames: 0 })
            }
            D::DynamicDegree => {
                let network = &*judges.flow.as_ref()?.network;
                Box::new(Flow::new(network, dynamic_interval(facts.fps), facts.frames))
            }
            D::AestheticQuality => Box::new(Scores::of(Scorer::Pictures(&*judges.aesthetic.as_ref()?.network))),
            D::ImagingQuality => Box::new(Scores::of(Scorer::Pictures(&*judges.imaging.as_ref()?.network))),
            D::AppearanceStyle => Box::new(Scores::of(Scorer::Style(&*judges.style.as_ref()?.network, about.clone()))),
            D::HumanAction => {
                let (network, asked) = (&*judges.action.as_ref()?.network, about.clone());
                Box::new(Sampled::new(chosen(facts.frames, UMT_FRAMES), move |frames| {
                    Ok(ClipValue::Truth(shows_action(&network.logits(frames)?, &judges.actions, &asked)))
                }))
            }
            D::TemporalStyle | D::OverallConsistency => {
                let (network, prompt) = (&*judges.clip_text.as_ref()?.network, about.clone());
                Box::new(Sampled::new(chosen(facts.frames, VICLIP_FRAMES), move |frames| {
                    Ok(ClipValue::Number(network.similarity(frames, &prompt)?))
                }))
            }
            D::ObjectClass | D::MultipleObjects | D::Color | D::SpatialRelationship | D::Scene => return None,
        })
    }
}

/// Looks at the frames of one clip.
pub trait Look {
    /// The next frame.
    ///
    /// # Errors
    /// When a network fails.
    fn see(&mut self, picture: &Arc<Picture>) -> Result<(), LookError>;
    /// After the last frame.
    ///
    /// # Errors
    /// When a network fails, or there were too few frames.
    fn end(&mut self) -> Result<ClipResult, LookError>;
}

/// Numbers of the frames that a network looks at.
fn chosen(frames: u64, wanted: usize) -> Vec<u64> {
    middle_frames(usize::try_from(frames).unwrap_or(usize::MAX), wanted).into_iter().map(|it| it as u64).collect()
}

/// How little neighbouring frames differ.
#[derive(Default)]
struct Flicker {
    measure: measures::Flicker,
    frames: u64,
}

impl Look for Flicker {
    fn see(&mut self, picture: &Arc<Picture>) -> Result<(), LookError> {
        self.measure.add(&picture.rgb);
        self.frames += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<ClipResult, LookError> {
        let value = self.measure.value().ok_or(LookError::Short { frames: self.frames, least: 2 })?;
        Ok(ClipResult::of(ClipValue::Number(value)))
    }
}

/// How alike the features of frames are to those of the frame before and of the first.
struct Consistency<'a> {
    network: &'a dyn PictureFeatures,
    batch: Vec<Arc<Picture>>,
    measure: measures::Consistency,
    frames: u64,
}

impl<'a> Consistency<'a> {
    fn new(network: &'a dyn PictureFeatures) -> Self {
        Self { network, batch: Vec::new(), measure: measures::Consistency::default(), frames: 0 }
    }

    fn flush(&mut self) -> Result<(), LookError> {
        let pictures: Vec<&Picture> = self.batch.iter().map(|it| &**it).collect();
        let features = if pictures.is_empty() { Vec::new() } else { self.network.features(&pictures)? };
        self.frames += features.len() as u64;
        self.batch.clear();
        for feature in &features {
            self.measure.add(feature);
        }
        Ok(())
    }
}

impl Look for Consistency<'_> {
    fn see(&mut self, picture: &Arc<Picture>) -> Result<(), LookError> {
        self.batch.push(Arc::clone(picture));
        if self.batch.len() == BATCH { self.flush() } else { Ok(()) }
    }

    fn end(&mut self) -> Result<ClipResult, LookError> {
        self.flush()?;
        let measures::Sum { total, count } = self.measure.pairs;
        let value = self.measure.pairs.mean().ok_or(LookError::Short { frames: self.frames, least: 2 })?;
        let value = ClipValue::Number(value);
        Ok(ClipResult { video_sim: Some(total), cnt_per_video: Some(count as u64), ..ClipResult::of(value) })
    }
}

/// How well every second frame follows from its neighbours. A last one without a neighbour behind it does not count.
struct Smooth<'a> {
    meter: Option<Smoothness<'a>>,
    frames: u64,
}

impl Look for Smooth<'_> {
    fn see(&mut self, picture: &Arc<Picture>) -> Result<(), LookError> {
        self.frames += 1;
        match &mut self.meter {
            Some(meter) => Ok(meter.add(picture.rgb.clone(), [picture.height, picture.width])?),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<ClipResult, LookError> {
        let value = self.meter.take().map(Smoothness::finish).transpose()?.flatten();
        let value = value.ok_or(LookError::Short { frames: self.frames, least: 3 })?;
        Ok(ClipResult::of(ClipValue::Number(value)))
    }
}

/// Whether things move, or stand still.
struct Flow<'a> {
    network: &'a dyn FlowLengths,
    /// Frames from one that is looked at to the next.
    interval: u64,
    only_still: bool,
    /// Frames that will be looked at, at most.
    most: usize,
    /// What the pairs so far say whatever comes: no further pair is measured.
    decided: Option<bool>,
    seen: u64,
    first: Option<Arc<Picture>>,
    previous: Option<Arc<Picture>>,
    scores: Vec<f64>,
    looked_at: usize,
}

impl<'a> Flow<'a> {
    fn new(network: &'a dyn FlowLengths, interval: u64, frames: u64) -> Self {
        let most = usize::try_from(frames.div_ceil(interval)).unwrap_or(usize::MAX);
        let (first, previous, decided) = (None, None, None);
        let (scores, only_still) = (Vec::new(), false);
        Self { network, interval, only_still, most, decided, seen: 0, first, previous, scores, looked_at: 0 }
    }

    fn score(&self, a: &Picture, b: &Picture) -> Result<f64, LookError> {
        let share = if self.only_still { STATIC_SHARE } else { DYNAMIC_SHARE };
        Ok(mean_of_longest(&mut self.network.lengths(a, b)?, share))
    }
}

impl Look for Flow<'_> {
    fn see(&mut self, picture: &Arc<Picture>) -> Result<(), LookError> {
        let is_left_out = !self.seen.is_multiple_of(self.interval);
        self.seen += 1;
        if is_left_out {
            return Ok(());
        }
        self.looked_at += 1;
        self.first.get_or_insert_with(|| Arc::clone(picture));
        let previous = self.previous.replace(Arc::clone(picture));
        if let Some(previous) = previous.filter(|_| self.decided.is_none()) {
            self.scores.push(self.score(&previous, picture)?);
            let shorter_side = picture.width.min(picture.height);
            self.decided = match self.only_still {
                true => cannot_stand_still(&self.scores, self.most, shorter_side).then_some(false),
                false => moves(&self.scores, self.most, shorter_side).then_some(true),
            };
        }
        Ok(())
    }

    fn end(&mut self) -> Result<ClipResult, LookError> {
        let short = LookError::Short { frames: self.seen, least: self.interval + 1 };
        let (Some(first), Some(last), false) = (self.first.take(), self.previous.take(), self.scores.is_empty()) else {
            return Err(short);
        };
        let shorter_side = first.width.min(first.height);
        let answer = if let Some(answer) = self.decided.take() {
            answer
        } else if self.only_still {
            let ends = [self.score(&first, &last)?, self.score(&last, &first)?];
            self.scores.extend(ends);
            stands_still(&self.scores, self.looked_at, shorter_side)
        } else {
            moves(&self.scores, self.looked_at, shorter_side)
        };
        Ok(ClipResult::of(ClipValue::Truth(answer)))
    }
}

enum Scorer<'a> {
    Pictures(&'a dyn PictureScores),
    /// With the words for the style.
    Style(&'a dyn StyleScores, String),
}

/// Mean of the scores of all frames.
struct Scores<'a> {
    scorer: Scorer<'a>,
    batch: Vec<Arc<Picture>>,
    sum: f64,
    frames: u64,
    /// Those of frames, for dimensions that weigh by them.
    of_frames: Vec<f64>,
}

impl<'a> Scores<'a> {
    fn of(scorer: Scorer<'a>) -> Self {
        Self { scorer, batch: Vec::new(), sum: 0.0, frames: 0, of_frames: Vec::new() }
    }

    fn flush(&mut self) -> Result<(), LookError> {
        let pictures: Vec<&Picture> = self.batch.iter().map(|it| &**it).collect();
        if pictures.is_empty() {
            return Ok(());
        }
        let scores = match &self.scorer {
            Scorer::Pictures(network) => network.scores(&pictures)?,
            Scorer::Style(network, words) => {
                let scores = network.scores(&pictures, words)?;
                self.of_frames.extend(&scores);
                scores
            }
        };
        self.batch.clear();
        self.sum += scores.iter().sum::<f64>();
        self.frames += scores.len() as u64;
        Ok(())
    }
}

impl Look for Scores<'_> {
    fn see(&mut self, picture: &Arc<Picture>) -> Result<(), LookError> {
        self.batch.push(Arc::clone(picture));
        if self.batch.len() == BATCH { self.flush() } else { Ok(()) }
    }

    fn end(&mut self) -> Result<ClipResult, LookError> {
        self.flush()?;
        if self.frames == 0 {
            return Err(LookError::Short { frames: 0, least: 1 });
        }
        let frame_results = (!self.of_frames.is_empty()).then(|| std::mem::take(&mut self.of_frames));
        Ok(ClipResult { frame_results, ..ClipResult::of(ClipValue::Number(self.sum / self.frames as f64)) })
    }
}

/// Looks at some frames together.
struct Sampled<F> {
    /// Their numbers, ascending; one may be there several times.
    numbers: Vec<u64>,
    taken: Vec<Arc<Picture>>,
    seen: u64,
    judge: F,
}

impl<F: Fn(&[&Picture]) -> Result<ClipValue, LookError>> Sampled<F> {
    fn new(numbers: Vec<u64>, judge: F) -> Self {
        Self { numbers, taken: Vec::new(), seen: 0, judge }
    }
}

impl<F: Fn(&[&Picture]) -> Result<ClipValue, LookError>> Look for Sampled<F> {
    fn see(&mut self, picture: &Arc<Picture>) -> Result<(), LookError> {
        while self.numbers.get(self.taken.len()) == Some(&self.seen) {
            self.taken.push(Arc::clone(picture));
        }
        self.seen += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<ClipResult, LookError> {
        if self.taken.is_empty() || self.taken.len() < self.numbers.len() {
            let least = self.numbers.last().map_or(1, |last| last + 1);
            return Err(LookError::Short { frames: self.seen, least });
        }
        let frames: Vec<&Picture> = self.taken.iter().map(|it| &**it).collect();
        (self.judge)(&frames).map(ClipResult::of)
    }
}
