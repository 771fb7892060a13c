//! From the subject's regions over time to the motion that a viewer would name.

use super::crops::{CROP_FEATURES, crop_of};
use super::region::Region;
use crate::handoff::Frames;
use crate::training::datasets::synthetic::vocabulary::Motion;

/// What the track of a subject shows. Lengths are fractions of the frame; "over the clip" is from first to last frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Track {
    /// Way to the right over the clip, as a fraction of the width (a straight line fitted to all frames).
    pub right: f32,
    /// Way down over the clip, as a fraction of the height.
    pub down: f32,
    /// Logarithm of the growth of the diameter over the clip.
    pub log_growth: f32,
    /// Root mean square distance of the height from that line, as a fraction of the frame's height.
    pub unevenness: f32,
    /// Change of the aligned picture of the subject over a few frames, relative to its area.
    pub turning: f32,
}

/// Least share of frames in which the subject must be found.
const LEAST_FRAMES: f32 = 0.6;

/// What rendered clips show on average, which makes the four kinds of evidence comparable.
const USUAL_RIGHT: f32 = 0.53;
const USUAL_DOWN: f32 = 0.52;
const USUAL_LOG_GROWTH: f32 = 0.89;
const USUAL_UNEVENNESS: f32 = 0.134;

/// Taken off the evidence for hops: a turning heart goes up and down a little, too, since it turns about another point than
/// its centre of mass.
const BOUNCE_DOUBT: f32 = 0.1;

/// Below this share of the usual way or growth the subject stays in place.
const LEAST_EVIDENCE: f32 = 0.4;

/// Above this a subject that stays in place turns.
const LEAST_TURNING: f32 = 0.2;

impl Track {
    /// Follows the regions (one entry a frame, none where no subject was found); none when too few frames have one.
    pub fn of(frames: &Frames, regions: &[Option<Region>]) -> Option<Self> {
        let found: Vec<(usize, &Region)> =
            regions.iter().enumerate().filter_map(|(index, it)| Some((index, it.as_ref()?))).collect();
        if found.len() < 2 || (found.len() as f32) < LEAST_FRAMES * regions.len() as f32 {
            return None;
        }
        let span = (regions.len() - 1) as f32;
        let line = |value: &dyn Fn(&Region) -> f32| {
            let points: Vec<(f32, f32)> = found.iter().map(|&(index, it)| (index as f32 / span, value(it))).collect();
            fitted_line(&points)
        };
        let (right, _) = line(&|it| it.centre[0] / frames.width() as f32);
        let (down, unevenness) = line(&|it| it.centre[1] / frames.height() as f32);
        let (log_growth, _) = line(&|it| it.spread.ln());
        Some(Self { right, down, log_growth, unevenness, turning: turning(frames, &found) })
    }

    /// The motion that fits best.
    pub fn motion(&self) -> Motion {
        let signed = |value: f32, negative, positive| if value < 0.0 { negative } else { positive };
        let evidence = [
            (self.right.abs() / USUAL_RIGHT, signed(self.right, Motion::MovingLeft, Motion::MovingRight)),
            (self.down.abs() / USUAL_DOWN, signed(self.down, Motion::Rising, Motion::Falling)),
            (self.log_growth.abs() / USUAL_LOG_GROWTH, signed(self.log_growth, Motion::Shrinking, Motion::Growing)),
            (self.unevenness / USUAL_UNEVENNESS - BOUNCE_DOUBT, Motion::Bouncing),
        ];
        let strongest = evidence.into_iter().max_by(|a, b| a.0.total_cmp(&b.0));
        match strongest {
            Some((strength, motion)) if strength > LEAST_EVIDENCE => motion,
            _ if self.turning > LEAST_TURNING => Motion::Spinning,
            _ => Motion::Hovering,
        }
    }
}

/// Slope of the least-squares line through `(time, value)`, and the root mean square distance from it.
fn fitted_line(points: &[(f32, f32)]) -> (f32, f32) {
    let count = points.len() as f32;
    let (mean_time, mean_value) =
        points.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0 / count, sum.1 + it.1 / count));
    let spread: f32 = points.iter().map(|it| (it.0 - mean_time).powi(2)).sum();
    let together: f32 = points.iter().map(|it| (it.0 - mean_time) * (it.1 - mean_value)).sum();
    let slope = together / spread.max(f32::EPSILON);
    let squares = points.iter().map(|it| (it.1 - mean_value - slope * (it.0 - mean_time)).powi(2)).sum::<f32>();
    (slope, (squares / count).sqrt())
}

/// Frames over which the turn is looked for. More than one, since a turn adds up over frames and flicker does not.
const LAGS: std::ops::RangeInclusive<usize> = 1..=3;

/// How much more a change of brightness counts than one of the outline: a ball's outline never shows a turn.
const BRIGHTNESS_WEIGHT: f32 = 2.0;

/// Mean absolute change of the aligned crops over one to three frames, relative to the subject's area.
fn turning(frames: &Frames, found: &[(usize, &Region)]) -> f32 {
    let crops: Vec<_> = found.iter().map(|&(index, it)| crop_of(frames.frame(index), it, frames.width())).collect();
    let (mut change, mut area) = (0.0, 0.0);
    for lag in LAGS {
        for (one, other) in crops.iter().zip(crops.iter().skip(lag)) {
            for (place, (a, b)) in one.iter().zip(other).enumerate() {
                let is_mask = place < CROP_FEATURES / 2;
                change += (a - b).abs() * if is_mask { 1.0 } else { BRIGHTNESS_WEIGHT };
                area += if is_mask { 0.5 * (a + b) } else { 0.0 };
            }
        }
    }
    change / area.max(f32::EPSILON)
}
