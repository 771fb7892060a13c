//! Which frames of a clip the two views take.
//!
//! The reference moves each run by a random number of frames; here it is half of the largest such number, so that a clip has one
//! score.

use super::config::ViewConfig;

/// Frames of both views, by their number in the clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameIndices {
    /// Of the technical view, run by run.
    pub technical: Vec<usize>,
    /// Of the aesthetic view.
    pub aesthetic: Vec<usize>,
}

impl FrameIndices {
    /// Of a clip of so many frames, at least one. A clip that is too short starts anew.
    pub fn of(views: &ViewConfig, frames: usize) -> Self {
        let frames = frames.max(1);
        let runs = Runs { count: views.num_clips, length: views.clip_len, interval: views.interval };
        let single = Runs { count: views.aes_frames, length: 1, interval: views.interval };
        Self { technical: runs.indices(frames), aesthetic: single.indices(frames) }
    }
}

/// Runs of frames that are spread over a clip.
#[derive(Clone, Copy)]
struct Runs {
    count: usize,
    length: usize,
    interval: usize,
}

impl Runs {
    fn indices(self, frames: usize) -> Vec<usize> {
        let part = frames / self.count;
        // The random number is below this: half of it, as of all ranges here.
        let offset = part.saturating_sub(self.length * self.interval) / 2;
        let starts = (0..self.count).map(|run| part * run + offset);
        starts.flat_map(|start| (0..self.length).map(move |step| (start + step * self.interval) % frames)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_spread_over_the_clip() {
        let indices = FrameIndices::of(&ViewConfig::default(), 300);
        assert_eq!(indices.technical.len(), 96);
        // Parts of 100 frames: 100 - 64 = 36 to choose from, the middle is 18.
        assert_eq!([0, 1, 31, 32, 64, 95].map(|place| indices.technical[place]), [18, 20, 80, 118, 218, 280]);
        // Parts of 9 frames: 9 - 2 = 7 to choose from, the middle is 3.
        assert_eq!(indices.aesthetic.len(), 32);
        assert_eq!([0, 1, 31].map(|place| indices.aesthetic[place]), [3, 12, 282]);
    }

    #[test]
    fn short_clips_start_anew() {
        let indices = FrameIndices::of(&ViewConfig::default(), 26);
        assert_eq!(indices.technical[..15], [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 0, 2]);
        assert_eq!((indices.technical[32], indices.technical[64]), (8, 16));
        // Fewer frames than the view has: all of it is the first.
        assert!(indices.aesthetic.iter().all(|&index| index == 0));
        assert!(FrameIndices::of(&ViewConfig::default(), 1).technical.iter().all(|&index| index == 0));
    }
}
