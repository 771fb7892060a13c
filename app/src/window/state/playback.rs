//! Playback: which frame of the clip is shown, and when the next one is due.

/// How many times as fast as it was made a clip can play.
pub const SPEEDS: [f64; 6] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0];
/// The place in [`SPEEDS`] of the clip's own speed.
const NORMAL: usize = 2;

/// Playing, paused, looping; the clock comes from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Playback {
    /// Whether time moves the frame.
    pub playing: bool,
    /// Whether the first frame follows the last.
    pub looping: bool,
    /// Whether the clip turns round at its ends.
    pub ping_pong: bool,
    /// Whether it plays from its end to its beginning.
    pub backwards: bool,
    /// First and last frame that play, where they were set: what an export is trimmed to.
    pub range: Option<(usize, usize)>,
    /// The frame that is shown.
    pub frame: usize,
    /// Place in [`SPEEDS`].
    speed: usize,
    /// When the shown frame gives way, in seconds of the window's clock; unset until the clock has been read.
    due_secs: Option<f64>,
}

impl Playback {
    /// Playing from the first frame.
    pub fn new(looping: bool) -> Self {
        Self {
            playing: true,
            looping,
            ping_pong: false,
            backwards: false,
            range: None,
            frame: 0,
            speed: NORMAL,
            due_secs: None,
        }
    }

    /// How many times as fast as it was made the clip plays.
    pub fn speed(&self) -> f64 {
        SPEEDS.get(self.speed).copied().unwrap_or(1.0)
    }

    /// First and last frame that play, of a clip of `frames` frames.
    pub fn played(&self, frames: usize) -> (usize, usize) {
        let last = frames.saturating_sub(1);
        self.range.map_or((0, last), |(first, end)| (first.min(last), end.min(last)))
    }

    /// Goes on to the frame that is due at `now_secs` of a clip of `frames` frames at `fps`; returns the seconds until the
    /// next change, if there will be one.
    pub fn advance(&mut self, now_secs: f64, frames: usize, fps: u32) -> Option<f64> {
        self.frame = self.frame.min(frames.saturating_sub(1));
        let (first, last) = self.played(frames);
        if !self.playing || frames < 2 || (first == last && self.frame == first) {
            self.due_secs = None;
            return None;
        }
        let period_secs = 1.0 / (f64::from(fps.max(1)) * self.speed());
        let mut due_secs = *self.due_secs.get_or_insert(now_secs + period_secs);
        // After a long pause of the window (hidden, or asleep) the clip goes on instead of racing through what was missed.
        if now_secs - due_secs > 1.0 {
            due_secs = now_secs;
        }
        while now_secs >= due_secs {
            if !self.go_on(first, last) {
                self.playing = false;
                self.due_secs = None;
                return None;
            }
            due_secs += period_secs;
        }
        self.due_secs = Some(due_secs);
        Some(due_secs - now_secs)
    }

    /// The next frame between `first` and `last`; false at the end of a clip that does not loop.
    fn go_on(&mut self, first: usize, last: usize) -> bool {
        if !(first..=last).contains(&self.frame) {
            self.frame = if self.backwards { last } else { first };
            return true;
        }
        let at_end = if self.backwards { self.frame == first } else { self.frame == last };
        if at_end {
            match (self.ping_pong, self.looping) {
                // Back again; without a loop it ends where it began.
                (true, true) => self.backwards = !self.backwards,
                (true, false) if !self.backwards => self.backwards = true,
                (true, false) => {
                    self.backwards = false;
                    return false;
                }
                (false, true) => {
                    self.frame = if self.backwards { last } else { first };
                    return true;
                }
                (false, false) => return false,
            }
        }
        if self.backwards {
            self.frame = self.frame.saturating_sub(1).max(first);
        } else {
            self.frame = (self.frame + 1).min(last);
        }
        true
    }

    /// Starts or stops; starting at the end of a clip of `frames` frames starts from the beginning.
    pub fn toggle(&mut self, frames: usize) {
        self.playing = !self.playing;
        self.due_secs = None;
        if self.playing {
            self.backwards = false;
            let (first, last) = self.played(frames);
            if self.frame >= last {
                self.frame = first;
            }
        }
    }

    /// Plays in a direction; faster where it does so already.
    pub fn play(&mut self, backwards: bool, frames: usize) {
        if self.playing && self.backwards == backwards {
            self.change_speed(1);
            return;
        }
        let (first, last) = self.played(frames);
        if self.frame == if backwards { first } else { last } {
            self.frame = if backwards { last } else { first };
        }
        (self.playing, self.backwards, self.speed, self.due_secs) = (true, backwards, NORMAL, None);
    }

    /// Faster or slower by so many steps.
    pub fn change_speed(&mut self, by: isize) {
        self.speed = self.speed.saturating_add_signed(by).min(SPEEDS.len() - 1);
        self.due_secs = None;
    }

    /// Back to the clip's own speed.
    pub fn normal_speed(&mut self) {
        (self.speed, self.due_secs) = (NORMAL, None);
    }

    /// The shown frame is the first that plays.
    pub fn set_in(&mut self, frames: usize) {
        let (_, last) = self.played(frames);
        let end = if last < self.frame { frames.saturating_sub(1) } else { last };
        self.range = Some((self.frame, end));
    }

    /// The shown frame is the last that plays.
    pub fn set_out(&mut self, frames: usize) {
        let (first, _) = self.played(frames);
        self.range = Some((if first > self.frame { 0 } else { first }, self.frame));
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

    /// Starts a clip from its first frame, all of it.
    pub fn restart(&mut self) {
        *self = Self { ping_pong: self.ping_pong, speed: self.speed, ..Self::new(self.looping) };
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

    /// The frames that are shown at each step of the clock of a clip of `frames` frames.
    fn shown(playback: &mut Playback, frames: usize, steps: usize) -> Vec<usize> {
        playback.advance(0.0, frames, 8);
        let step = |index: usize| {
            playback.advance((index + 1) as f64 / 8.0 / playback.speed() + 1e-9, frames, 8);
            playback.frame
        };
        (0..steps).map(step).collect()
    }

    #[test]
    fn a_clip_turns_round_at_its_ends() {
        let mut playback = Playback { ping_pong: true, ..Playback::new(true) };
        assert_eq!(shown(&mut playback, 4, 8), [1, 2, 3, 2, 1, 0, 1, 2]);
        let mut once = Playback { ping_pong: true, ..Playback::new(false) };
        assert_eq!(shown(&mut once, 3, 6), [1, 2, 1, 0, 0, 0]);
        assert!(!once.playing && !once.backwards);
    }

    #[test]
    fn a_range_is_played_alone() {
        let mut playback = Playback::new(true);
        playback.seek(2);
        playback.set_in(8);
        playback.seek(4);
        playback.set_out(8);
        assert_eq!(playback.range, Some((2, 4)));
        playback.toggle(8);
        assert_eq!(playback.frame, 2);
        assert_eq!(shown(&mut playback, 8, 5), [3, 4, 2, 3, 4]);
        // An end before the beginning takes the place of the whole.
        playback.seek(1);
        playback.set_out(8);
        assert_eq!(playback.range, Some((0, 1)));
        playback.seek(6);
        playback.set_in(8);
        assert_eq!(playback.range, Some((6, 7)));
        // A shorter clip has no such frames.
        assert_eq!(playback.played(3), (2, 2));
        playback.playing = true;
        assert_eq!(playback.advance(0.0, 3, 8), None);
        playback.restart();
        assert_eq!(playback.range, None);
    }

    #[test]
    fn keys_play_both_ways_and_faster() {
        let mut playback = Playback::new(true);
        playback.seek(2);
        playback.play(true, 4);
        assert_eq!(shown(&mut playback, 4, 4), [1, 0, 3, 2]);
        playback.play(true, 4);
        assert_eq!((playback.speed(), playback.backwards), (2.0, true));
        playback.play(false, 4);
        assert_eq!((playback.speed(), playback.backwards), (1.0, false));
        for _ in 0..9 {
            playback.change_speed(-1);
        }
        assert_eq!(playback.speed(), 0.25);
        playback.normal_speed();
        assert_eq!(playback.advance(10.0, 4, 8), Some(0.125));
    }
}
