//! Which frames of a clip make an example, as the reference draws them; a pure function of a generator's numbers.

use rand::{Rng, RngExt};

/// How frames are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRule {
    /// Frames of an example.
    pub frames: usize,
    /// Largest distance from frame to frame; it is drawn from 1 on.
    pub max_stride: u64,
    /// Frames that are left out at the start of clips that have more than these to spare: stock clips fade in.
    pub leave_out: u64,
}

impl FrameRule {
    /// As the reference's first stage: 16 frames, the first one not before number 35 where there is room.
    pub fn distil() -> Self {
        Self { frames: 16, max_stride: 6, leave_out: 35 }
    }

    /// As the reference's second stage: 26 frames from anywhere.
    pub fn turbo() -> Self {
        Self { frames: 26, max_stride: 6, leave_out: 0 }
    }

    /// Draws from a clip of `total` frames at `fps`; `None` when it is too short.
    pub fn draw(&self, total: u64, fps: f64, rng: &mut impl Rng) -> Option<Drawn> {
        let frames = self.frames as u64;
        if frames == 0 || total < frames {
            return None;
        }
        let wanted = rng.random_range(1..=self.max_stride.max(1));
        let span = |stride: u64| (frames - 1) * stride + 1;
        // A clip that is too short for the stride takes the largest that it certainly has.
        let stride = if span(wanted) <= total { wanted } else { total / frames };
        let spare = total - span(stride);
        let earliest = if spare > self.leave_out { self.leave_out } else { 0 };
        let first = rng.random_range(earliest..=spare);
        // Rates such as 23.976 are rounded down; what is whole but for its last digits is not.
        let fps = ((fps / stride as f64 + 1e-3).floor() as u32).max(1);
        Some(Drawn { first, stride, fps })
    }
}

impl FrameRule {
    /// Whether a clip of `total` frames is always drawn in the same way.
    pub fn has_no_choice(&self, total: u64) -> bool {
        let has_one_stride = self.frames > 1 || self.max_stride <= 1;
        total == self.frames as u64 && has_one_stride
    }
}

/// Frames of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// Number of the first.
    pub first: u64,
    /// Distance from one to the next.
    pub stride: u64,
    /// Whole frames a second that this comes to, at least 1.
    pub fps: u32,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn draws(rule: FrameRule, total: u64, fps: f64) -> Vec<Drawn> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        (0..2000).filter_map(|_| rule.draw(total, fps, &mut rng)).collect()
    }

    #[test]
    fn frames_lie_inside_the_clip_and_all_strides_come() {
        for (rule, total) in [(FrameRule::distil(), 300), (FrameRule::turbo(), 200), (FrameRule::distil(), 95)] {
            let drawn = draws(rule, total, 24.0);
            assert!(drawn.iter().all(|it| it.first + it.stride * (rule.frames as u64 - 1) < total));
            let strides: BTreeSet<u64> = drawn.iter().map(|it| it.stride).collect();
            assert!(strides.iter().max() <= Some(&6) && strides.contains(&1), "{strides:?}");
            for it in drawn {
                assert_eq!(u64::from(it.fps), 24 / it.stride, "rounded down");
            }
        }
    }

    #[test]
    fn a_clip_without_a_choice_is_drawn_in_one_way_and_others_in_several() {
        for frames in [1, 2, 16] {
            for (total, max_stride) in [(frames as u64, 1), (frames as u64, 6), (17, 1), (40, 6)] {
                let rule = FrameRule { frames, max_stride, leave_out: 3 };
                let mut ways = draws(rule, total, 24.0);
                ways.dedup();
                assert_eq!(rule.has_no_choice(total), ways.len() == 1, "{frames} of {total}: {}", ways.len());
            }
        }
    }

    #[test]
    fn the_first_stage_leaves_out_the_start_where_there_is_room() {
        let drawn = draws(FrameRule::distil(), 300, 24.0);
        assert_eq!(drawn.iter().map(|it| it.first).min(), Some(35));
        assert_eq!(draws(FrameRule::turbo(), 300, 24.0).iter().map(|it| it.first).min(), Some(0));
        // 50 frames leave 34 to spare at most.
        assert_eq!(draws(FrameRule::distil(), 50, 24.0).iter().map(|it| it.first).min(), Some(0));
    }

    #[test]
    fn short_clips_take_a_stride_that_fits() {
        // 40 frames hold a stride of 2 (31 frames), not one of 3 (46): all larger ones become 40/16 = 2.
        let strides: BTreeSet<u64> = draws(FrameRule::distil(), 40, 30.0).iter().map(|it| it.stride).collect();
        assert_eq!(strides, BTreeSet::from([1, 2]));
        assert!(draws(FrameRule::distil(), 16, 30.0).iter().all(|it| (it.first, it.stride, it.fps) == (0, 1, 30)));
        assert!(draws(FrameRule::distil(), 15, 30.0).is_empty());
    }

    #[test]
    fn rates_are_rounded_down_as_they_are_meant() {
        let one = FrameRule { frames: 1, max_stride: 1, leave_out: 0 };
        for (fps, whole) in [(23.976, 23), (24.000_000_4, 24), (23.999_999, 24), (0.5, 1), (1e9, 1_000_000_000)] {
            assert_eq!(draws(one, 10, fps)[0].fps, whole, "{fps}");
        }
    }
}
