//! What happens in one clip: a combination of words and the random details around it.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::captions::caption;
use super::vocabulary::{Combination, Motion};

/// Frames of a clip.
pub const CLIP_FRAMES: usize = 16;

/// Frames a second.
pub const CLIP_FPS: usize = 8;

/// Which combinations a clip may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Split {
    /// Only combinations that are not held out.
    Train,
    /// Only combinations that training never sees.
    HeldOut,
}

/// A clip before it is drawn. Lengths are fractions of the canvas, so one clip fits every canvas.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipSpec {
    /// What the clip shows.
    pub combination: Combination,
    /// Centre of the subject at the start (on the ground when it bounces): fraction of width and of height.
    pub start: [f32; 2],
    /// Way of the centre from the first to the last frame: fraction of width and of height.
    pub travel: [f32; 2],
    /// Diameter at the start, as a fraction of the canvas's height.
    pub diameter: f32,
    /// Diameter in the last frame over that in the first.
    pub growth: f32,
    /// Turns over the whole clip; negative is counter-clockwise.
    pub turns: f32,
    /// Hops over the whole clip, and their height as a fraction of the canvas's height.
    pub hops: f32,
    /// Height of a hop, as a fraction of the canvas's height.
    pub hop_height: f32,
    /// Where in a hop, or in the slight bob of a hovering subject, the clip begins: 0 to 1.
    pub phase: f32,
    /// Whether a subject with a front looks to the left.
    pub faces_left: bool,
    /// Seed of [`ClipSpec::caption`].
    pub caption_seed: u64,
}

/// Where the subject is at one moment. Lengths are fractions of the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Centre: fraction of width and of height.
    pub centre: [f32; 2],
    /// Diameter as a fraction of the canvas's height.
    pub diameter: f32,
    /// Clockwise angle in radians.
    pub angle: f32,
}

impl ClipSpec {
    /// Clip `index` of the endless dataset `seed`: a pure function of its arguments.
    pub fn sample(seed: u64, index: u64, split: Split) -> Self {
        let mut rng = keyed(seed, index);
        let combination = loop {
            let it = Combination::from_index(rng.random_range(0..Combination::COUNT));
            if it.is_held_out() == (split == Split::HeldOut) {
                break it;
            }
        };
        Self::details(combination, &mut rng)
    }

    /// A clip of the given combination with the random details of `(seed, index)`.
    pub fn for_combination(combination: Combination, seed: u64, index: u64) -> Self {
        Self::details(combination, &mut keyed(seed, index))
    }

    /// A sentence that describes the clip; the same clip always has the same one.
    pub fn caption(&self) -> String {
        caption(self.combination, &mut ChaCha8Rng::seed_from_u64(self.caption_seed))
    }

    /// The same clip with its subject drawn towards the middle of the picture, an average size and standing still: `spread` 1 changes
    /// nothing, at 0 all subjects are in one place. Where a subject may be anywhere, its shape hardly changes the mean of all that could
    /// be seen, so a network learns late what its word means; in one place the mean is the shape.
    pub fn gathered(self, spread: f32) -> Self {
        let towards = |value: f32| 0.5 + (value - 0.5) * spread;
        Self {
            start: self.start.map(towards),
            travel: self.travel.map(|way| way * spread),
            diameter: MIDDLE_DIAMETER * (self.diameter / MIDDLE_DIAMETER).powf(spread),
            growth: self.growth.powf(spread),
            turns: self.turns * spread,
            hop_height: self.hop_height * spread,
            ..self
        }
    }

    /// The subject at `time`, from 0 (first frame) to 1 (last frame of a whole clip).
    pub fn pose(&self, time: f32) -> Pose {
        let mut lift = 0.0;
        if self.hops > 0.0 {
            let hop = (self.hops * time + self.phase).fract();
            lift = self.hop_height * 4.0 * hop * (1.0 - hop);
        } else if self.combination.motion == Motion::Hovering {
            lift = BOB * (std::f32::consts::TAU * (time + self.phase)).sin();
        }
        Pose {
            centre: [self.start[0] + self.travel[0] * time, self.start[1] + self.travel[1] * time - lift],
            diameter: self.diameter * self.growth.powf(time),
            angle: std::f32::consts::TAU * self.turns * time,
        }
    }

    fn details(combination: Combination, rng: &mut ChaCha8Rng) -> Self {
        let mut clip = Self {
            combination,
            start: [rng.random_range(0.4..0.6), rng.random_range(0.45..0.55)],
            travel: [0.0; 2],
            diameter: rng.random_range(0.42..0.5),
            growth: 1.0,
            turns: 0.0,
            hops: 0.0,
            hop_height: 0.0,
            phase: rng.random_range(0.0..1.0),
            faces_left: rng.random_bool(0.5),
            caption_seed: rng.random(),
        };
        match combination.motion {
            Motion::MovingLeft => {
                clip.start[0] = rng.random_range(0.75..0.79);
                clip.travel[0] = -rng.random_range(0.5..0.56);
                clip.faces_left = true;
            }
            Motion::MovingRight => {
                clip.start[0] = rng.random_range(0.21..0.25);
                clip.travel[0] = rng.random_range(0.5..0.56);
                clip.faces_left = false;
            }
            // A smaller subject, or it could not go half the height and stay in the picture.
            Motion::Rising => {
                clip.diameter = rng.random_range(0.38..0.42);
                clip.start[1] = rng.random_range(0.75..0.79);
                clip.travel[1] = -rng.random_range(0.48..0.56);
            }
            Motion::Falling => {
                clip.diameter = rng.random_range(0.38..0.42);
                clip.start[1] = rng.random_range(0.21..0.25);
                clip.travel[1] = rng.random_range(0.48..0.56);
            }
            Motion::Bouncing => {
                clip.diameter = rng.random_range(0.38..0.42);
                clip.start[1] = rng.random_range(0.74..0.78);
                clip.hops = rng.random_range(2.0..2.5);
                clip.hop_height = rng.random_range(0.4..0.5);
                clip.phase *= 0.2;
            }
            // Not faster: five petals or points that turn by 72 degrees from frame to frame look still, and half the frames
            // of a clip must be enough to see the turn.
            Motion::Spinning => {
                let turns = rng.random_range(1.0..1.25);
                clip.turns = if rng.random_bool(0.5) { turns } else { -turns };
            }
            Motion::Growing => {
                clip.growth = rng.random_range(2.2..2.7);
                clip.diameter = rng.random_range(0.5..0.6) / clip.growth;
            }
            Motion::Shrinking => {
                clip.growth = 1.0 / rng.random_range(2.2..2.7);
                clip.diameter = rng.random_range(0.5..0.6);
            }
            Motion::Hovering => {}
        }
        clip
    }
}

/// Height to which a hovering subject bobs, as a fraction of the canvas's height: under one pixel of 64, up and down.
const BOB: f32 = 0.012;

/// Diameter of a subject that is like the average of all, as a fraction of the canvas's height.
const MIDDLE_DIAMETER: f32 = 0.44;

fn keyed(seed: u64, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index);
    rng
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::{Colour, Scene, Subject};
    use super::*;

    #[test]
    fn clips_are_pure_functions_of_seed_and_index() {
        for index in 0..50 {
            let clip = ClipSpec::sample(3, index, Split::Train);
            assert_eq!(clip, ClipSpec::sample(3, index, Split::Train));
            assert_ne!(clip, ClipSpec::sample(3, index + 1, Split::Train));
            assert_ne!(clip, ClipSpec::sample(4, index, Split::Train));
            assert_eq!(clip.caption(), ClipSpec::sample(3, index, Split::Train).caption());
        }
    }

    #[test]
    fn splits_never_mix() {
        for index in 0..2000 {
            assert!(!ClipSpec::sample(1, index, Split::Train).combination.is_held_out());
            assert!(ClipSpec::sample(1, index, Split::HeldOut).combination.is_held_out());
        }
    }

    #[test]
    fn gathered_subjects_stand_in_the_middle_and_a_whole_spread_changes_nothing() {
        for index in 0..200 {
            let clip = ClipSpec::sample(4, index, Split::Train);
            let [still, half, whole] = [0.0, 0.5, 1.0].map(|spread| clip.gathered(spread));
            assert_eq!([still.combination, half.combination], [clip.combination; 2]);
            for time in [0.0, 0.4, 1.0] {
                let ([still, half, whole], wanted) = ([still, half, whole].map(|it| it.pose(time)), clip.pose(time));
                // A hovering subject still bobs.
                assert!(still.centre.iter().all(|it| (it - 0.5).abs() <= BOB + 1e-6), "{still:?}");
                assert!((still.diameter - MIDDLE_DIAMETER).abs() < 1e-6 && still.angle == 0.0, "{still:?}");
                let between = |of: fn(Pose) -> f32| of(half) >= of(still).min(of(wanted)) - BOB - 1e-6;
                assert!(between(|it| it.diameter) && between(|it| it.centre[0]), "{half:?}");
                let same = |of: fn(Pose) -> f32| (of(whole) - of(wanted)).abs() < 1e-5;
                assert!(same(|it| it.centre[0]) && same(|it| it.centre[1]) && same(|it| it.diameter), "{whole:?}");
            }
        }
    }

    #[test]
    fn motions_are_as_large_as_promised_and_stay_in_the_picture() {
        for &motion in Motion::ALL {
            for index in 0..200 {
                let (subject, colour, scene) = (Subject::Ball, Colour::Red, Scene::Ocean);
                let clip = ClipSpec::for_combination(Combination { subject, colour, motion, scene }, 5, index);
                let (first, last) = (clip.pose(0.0), clip.pose(1.0));
                let moved = [last.centre[0] - first.centre[0], last.centre[1] - first.centre[1]];
                match motion {
                    Motion::MovingLeft => assert!(moved[0] <= -0.45),
                    Motion::MovingRight => assert!(moved[0] >= 0.45),
                    Motion::Rising => assert!(moved[1] <= -0.45),
                    Motion::Falling => assert!(moved[1] >= 0.45),
                    Motion::Bouncing => assert!(clip.hops >= 2.0 && moved[0] == 0.0),
                    Motion::Spinning => assert!((last.angle - first.angle).abs() >= std::f32::consts::TAU * 0.999),
                    Motion::Growing => assert!(last.diameter >= 2.0 * first.diameter),
                    Motion::Shrinking => assert!(first.diameter >= 2.0 * last.diameter),
                    Motion::Hovering => assert_eq!(moved[0], 0.0),
                }
                for step in 0..=30 {
                    let pose = clip.pose(step as f32 / 30.0);
                    let [x, y] = pose.centre;
                    let radius = pose.diameter / 2.0;
                    assert!(y - radius > -0.03 && y + radius < 1.03, "{motion} leaves the picture at {y}");
                    assert!((0.15..0.85).contains(&x), "{motion} leaves the picture at {x}");
                }
            }
        }
    }
}
