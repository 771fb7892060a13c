//! Whether a clip shows one thing all the time, and whether what does not move is still: what measures over a whole clip overlook.

use serde::{Deserialize, Serialize};

use super::detect::Region;
use super::report::Share;
use crate::handoff::Frames;

/// A clip shows one subject when this share of its frames is recognised as the same.
const SAME: f64 = 14.0 / 16.0;

/// One clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Steady {
    /// Whether enough frames show the same subject, whatever it is.
    pub one_subject: bool,
    /// Mean change of a pixel outside of the subject from frame to frame, in levels of 255.
    pub flicker: f64,
}

impl Steady {
    /// Of a clip with the region of its subject in each frame and the subjects that were recognised in those frames that have one.
    pub fn of(clip: &Frames, regions: &[Option<Region>], subjects: &[usize]) -> Self {
        let most = subjects.iter().map(|one| subjects.iter().filter(|other| *other == one).count()).max();
        Self { one_subject: most.unwrap_or(0) as f64 >= SAME * clip.count() as f64, flicker: flicker(clip, regions) }
    }
}

/// Mean change of the pixels that no region of a pair of neighbouring frames holds.
fn flicker(clip: &Frames, regions: &[Option<Region>]) -> f64 {
    let (mut sum, mut values) = (0_u64, 0_u64);
    for (index, pair) in regions.windows(2).enumerate() {
        let (before, after) = (clip.frame(index).as_chunks::<3>().0, clip.frame(index + 1).as_chunks::<3>().0);
        let is_moving = |pixel: usize| pair.iter().flatten().any(|region| region.weights[pixel] > 0.0);
        for (pixel, (before, after)) in before.iter().zip(after).enumerate() {
            if !is_moving(pixel) {
                sum += before.iter().zip(after).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
                values += 3;
            }
        }
    }
    sum as f64 / values.max(1) as f64
}

/// All clips of an evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SteadinessReport {
    /// Clips in which at least 14 of 16 frames are recognised as the same subject, whatever was asked for.
    pub one_subject: Share,
    /// The same of rendered clips.
    pub rendered_one_subject: Share,
    /// Mean change of a pixel outside of the subject from frame to frame, in levels of 255.
    pub flicker: f64,
    /// The same of rendered clips.
    pub rendered_flicker: f64,
}

impl SteadinessReport {
    pub(super) fn of(clips: &[Steady], rendered: &[Steady]) -> Self {
        let share = |clips: &[Steady]| Share::new(clips.iter().filter(|it| it.one_subject).count(), clips.len());
        let mean = |clips: &[Steady]| clips.iter().map(|it| it.flicker).sum::<f64>() / clips.len().max(1) as f64;
        Self {
            one_subject: share(clips),
            rendered_one_subject: share(rendered),
            flicker: mean(clips),
            rendered_flicker: mean(rendered),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fourteen_of_sixteen_frames_are_enough_and_thirteen_are_not() {
        let clip = Frames::new(2, 1, vec![0; 16 * 6]);
        let of = |same: usize, others: usize| {
            let subjects: Vec<usize> = [vec![3; same], (4..4 + others).collect()].concat();
            Steady::of(&clip, &vec![None; 16], &subjects).one_subject
        };
        assert!(of(14, 2) && of(14, 0) && of(16, 0));
        assert!(!of(13, 3) && !of(13, 0) && !of(0, 0));
    }

    #[test]
    fn only_pixels_outside_of_the_subject_flicker() {
        // Two pixels: the first goes from 0 to 30, the second from 0 to 90.
        let clip = Frames::new(2, 1, [[0; 6], [30, 30, 30, 90, 90, 90]].concat());
        let second = Region { weights: vec![0.0, 0.5], area: 0.5, centre: [1.5, 0.5], spread: 0.0 };
        assert_eq!(Steady::of(&clip, &[None, None], &[]).flicker, 60.0);
        assert_eq!(Steady::of(&clip, &[None, Some(second.clone())], &[]).flicker, 30.0);
        let all = Region { weights: vec![1.0, 1.0], ..second };
        assert_eq!(Steady::of(&clip, &[Some(all), None], &[]).flicker, 0.0);
    }
}
