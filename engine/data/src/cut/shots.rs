//! Which changes are cuts: PySceneDetect's MERGE filter, in frames.
//!
//! The crate's own filter counts in time and from the second frame on; frame numbers are to be exact, so this follows the reference.

/// Decides frame by frame.
#[derive(Clone, Debug)]
pub struct Shots {
    min_frames: u64,
    /// Number of the next frame.
    next: u64,
    /// The last frame that was above the threshold; the first frame before there is one.
    last: u64,
    has_cut: bool,
    /// Where the changes began that follow each other too fast.
    merge_start: Option<u64>,
}

impl Shots {
    /// With at least so many frames between two cuts.
    pub fn new(min_frames: u64) -> Self {
        Self { min_frames, next: 0, last: 0, has_cut: false, merge_start: None }
    }

    /// Takes the next frame, which is above the threshold or not; a cut that is known now, at this frame or an earlier one.
    pub fn next(&mut self, is_above: bool) -> Option<u64> {
        let frame = self.next;
        self.next += 1;
        let is_far = frame - self.last >= self.min_frames;
        if is_above {
            self.last = frame;
        }
        if let Some(start) = self.merge_start {
            if is_far && !is_above && self.last - start >= self.min_frames {
                self.merge_start = None;
                return Some(self.last);
            }
            return None;
        }
        if !is_above {
            return None;
        }
        if is_far {
            self.has_cut = true;
            return Some(frame);
        }
        if self.has_cut {
            self.merge_start = Some(frame);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(min_frames: u64, frames: u64, above: &[u64]) -> Vec<u64> {
        let mut shots = Shots::new(min_frames);
        (0..frames).filter_map(|frame| shots.next(above.contains(&frame))).collect()
    }

    #[test]
    fn changes_that_follow_each_other_fast_are_one() {
        assert_eq!(cuts(15, 60, &[20, 38]), [20, 38]);
        assert_eq!(cuts(1, 60, &[20, 21, 38]), [20, 21, 38]);
        assert_eq!(cuts(15, 60, &[14]), [0; 0], "too near to the beginning");
        assert_eq!(cuts(15, 60, &[15]), [15]);
        assert_eq!(cuts(15, 60, &[10, 24]), [0; 0], "the last change counts, cut or not");
        assert_eq!(cuts(15, 60, &[20, 30]), [20], "what was merged is shorter than a shot");
        let long: Vec<u64> = (30..46).collect();
        assert_eq!(cuts(15, 70, &[&[20], &long[..]].concat()), [20, 45], "merged, and reported late");
        assert_eq!(cuts(15, 59, &[&[20], &long[..]].concat()), [20], "not reported before the length is met");
    }
}
