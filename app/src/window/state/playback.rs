//! Playback: which frame of the clip is shown, and when the next one is due.

/// Playing, paused, looping; the clock comes from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Playback {
    /// Whether time moves the frame.
    pub playing: bool,
    /// Whether the first frame follows the last.
    pub looping: bool,
    /// The frame that is shown.
    pub frame: usize,
    /// When the shown frame gives way, in seconds of the window's clock; unset until the clock has been read.
    due_secs: Option<f64>,
}

impl Playback {
    /// Playing from the first frame.
    pub fn new(looping: bool) -> Self {
        Self { playing: true, looping, frame: 0, due_secs: None }
    }

    /// Goes on to the frame that is due at `now_secs` of a clip of `frames` frames at `fps`; returns the seconds until the
    /// next change, if there will be one.
    pub fn advance(&mut self, now_secs: f64, frames: usize, fps: u32) -> Option<f64> {
        self.frame = self.frame.min(frames.saturating_sub(1));
        if !self.playing || frames < 2 {
            self.due_secs = None;
            return None;
        }
        let period_secs = 1.0 / f64::from(fps.max(1));
        let mut due_secs = *self.due_secs.get_or_insert(now_secs + period_secs);
        // After a long pause of the window (hidden, or asleep) the clip goes on instead of racing through what was missed.
        if now_secs - due_secs > 1.0 {
            due_secs = now_secs;
        }
        while now_secs >= due_secs {
            if self.frame + 1 < frames {
                self.frame += 1;
            } else if self.looping {
                self.frame = 0;
            } else {
                self.playing = false;
                self.due_secs = None;
                return None;
            }
            due_secs += period_secs;
        }
        self.due_secs = Some(due_secs);
        Some(due_secs - now_secs)
    }

    /// Starts or stops; starting at the end of a clip of `frames` frames starts from the beginning.
    pub fn toggle(&mut self, frames: usize) {
        self.playing = !self.playing;
        self.due_secs = None;
        if self.playing && self.frame + 1 >= frames {
            self.frame = 0;
        }
    }

    /// Pauses on a frame.
    pub fn seek(&mut self, frame: usize) {
        self.frame = frame;
        self.playing = false;
        self.due_secs = None;
    }

    /// Goes `by` frames on and pauses there; around the ends of a clip of `frames` frames where it loops.
    pub fn step(&mut self, by: isize, frames: usize) {
        let frames = frames.max(1);
        let next = self.frame.saturating_add_signed(by);
        let wrapped = match (by < 0 && self.frame == 0, next >= frames) {
            (true, _) if self.looping => frames - 1,
            (_, true) if self.looping => 0,
            _ => next.min(frames - 1),
        };
        self.seek(wrapped);
    }

    /// Starts from the first frame.
    pub fn restart(&mut self) {
        *self = Self::new(self.looping);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_follow_the_clock() {
        let mut playback = Playback::new(true);
        assert_eq!(playback.advance(10.0, 4, 8), Some(0.125));
        assert_eq!(playback.frame, 0);
        assert_eq!(playback.advance(10.125, 4, 8), Some(0.125));
        assert_eq!(playback.frame, 1);
        playback.advance(10.5, 4, 8);
        assert_eq!(playback.frame, 0, "frame 4 of 4 is frame 0 again");
    }

    #[test]
    fn without_loop_it_stops_on_the_last_frame() {
        let mut playback = Playback::new(false);
        playback.advance(0.0, 3, 10);
        assert_eq!(playback.advance(0.9, 3, 10), None);
        assert_eq!((playback.frame, playback.playing), (2, false));
        playback.toggle(3);
        assert_eq!((playback.frame, playback.playing), (0, true));
    }

    #[test]
    fn a_shorter_clip_and_a_long_sleep_are_survived() {
        let mut playback = Playback::new(true);
        playback.seek(9);
        assert_eq!(playback.advance(0.0, 4, 8), None);
        assert_eq!(playback.frame, 3);
        playback.toggle(9);
        playback.advance(1.0, 4, 8);
        playback.advance(5000.0, 4, 8);
        assert_eq!(playback.frame, 0, "one frame on from the last, not thousands");
        assert_eq!(playback.advance(5000.0, 0, 8), None);
    }
}
