//! How often previews are made.

use std::cell::Cell;

/// Makes previews rare where they would cost much of the time that they are there to pass.
#[derive(Debug, Default)]
pub(super) struct PreviewPace {
    /// When the preview was asked for that is being made.
    asked: Cell<f32>,
    /// When the last one came, and the seconds that it took.
    last: Option<(f32, f32)>,
}

impl PreviewPace {
    /// A preview is worth an eighth of the time,
    const TIMES_ITS_COST: f32 = 8.0;
    /// and after so many seconds any price.
    const LONGEST_WAIT: f32 = 2.0;

    /// Whether it is time for another one; all in seconds.
    pub fn is_due(&self, now: f32) -> bool {
        let due = self.last.is_none_or(|(at, cost)| now - at >= (Self::TIMES_ITS_COST * cost).min(Self::LONGEST_WAIT));
        if due {
            self.asked.set(now);
        }
        due
    }

    /// The preview that was due is there.
    pub fn came(&mut self, now: f32) {
        self.last = Some((now, now - self.asked.get()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps after which there is a preview.
    fn steps(step_secs: f32, preview_secs: f32, count: u32) -> Vec<u32> {
        let (mut pace, mut now) = (PreviewPace::default(), 0.0);
        let mut with = Vec::new();
        for step in 1..=count {
            now += step_secs;
            if pace.is_due(now) {
                now += preview_secs;
                pace.came(now);
                with.push(step);
            }
        }
        with
    }

    #[test]
    fn cheap_previews_and_those_of_slow_steps_come_after_every_step() {
        assert_eq!(steps(0.1, 0.01, 4), [1, 2, 3, 4]);
        assert_eq!(steps(50.0, 8.0, 4), [1, 2, 3, 4]);
    }

    #[test]
    fn dear_previews_of_fast_steps_are_rarer() {
        assert_eq!(steps(0.1, 0.04, 12), [1, 5, 9]);
        assert_eq!(steps(1.0, 0.5, 7), [1, 3, 5, 7]);
    }
}
