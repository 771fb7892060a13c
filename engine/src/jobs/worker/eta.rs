//! How long a job will take.

use crate::jobs::events::Stage;
use crate::jobs::request::DecoderKind;

/// Estimates the rest of a job from its own steps.
#[derive(Default)]
pub struct Eta {
    frames: u32,
    /// Share of a step's time that decoding one of sixteen frames takes, until it was seen.
    decode_share: f32,
    /// Steps of its sampling, once they are known.
    pub steps: u32,
    /// Steps that were done when sampling began: not 0 after a device was opened again.
    steps_before: Option<u32>,
    denoise_started: f32,
    step_secs: f32,
    decode_started: f32,
    /// Steps that were done when the last one was heard of, and when that was.
    last: (u32, f32),
}

impl Eta {
    const FULL_DECODE_SHARE: f32 = 0.05;
    /// Least of a sleep, in seconds and in steps.
    const SLEEP_SECS: f32 = 120.0;
    const SLEEP_STEPS: f32 = 100.0;
    const LIGHT_DECODE_SHARE: f32 = Self::FULL_DECODE_SHARE / 18.0;

    /// For a clip of so many frames from this decoder.
    pub fn new(frames: u32, decoder: DecoderKind) -> Self {
        let decode_share = match decoder {
            DecoderKind::Full => Self::FULL_DECODE_SHARE,
            DecoderKind::Tiny => Self::LIGHT_DECODE_SHARE,
        };
        Self { frames, decode_share, ..Self::default() }
    }

    /// Seconds until the job is done, as far as `done` of `total` units of a stage at `now` seconds tell.
    pub fn estimate(&mut self, stage: Stage, done: u32, total: u32, now: f32) -> Option<f32> {
        match (stage, done) {
            (Stage::Device, _) => {
                self.steps_before = None;
                None
            }
            (Stage::Denoise, _) if self.steps_before.is_none_or(|before| done <= before) => {
                (self.denoise_started, self.steps, self.steps_before) = (now, total, Some(done));
                self.last = (done, now);
                None
            }
            (Stage::Denoise, _) => {
                let before = self.steps_before.unwrap_or_default();
                self.leave_sleep_out(done, now);
                self.step_secs = (now - self.denoise_started) / (done - before) as f32;
                let decode = self.step_secs * self.decode_share * self.frames as f32;
                Some(self.step_secs * (total - done) as f32 + decode)
            }
            (Stage::Decode, 0) => {
                self.decode_started = now;
                Some(self.step_secs * self.decode_share * total as f32)
            }
            (Stage::Decode, _) => Some((now - self.decode_started) / done as f32 * (total - done) as f32),
            _ => None,
        }
    }

    /// On some systems the clock goes on while the computer sleeps: a step that took a hundred times as long as those before,
    /// and minutes, is one that slept. It counts as one of the others.
    fn leave_sleep_out(&mut self, done: u32, now: f32) {
        let (last_done, last_at) = std::mem::replace(&mut self.last, (done, now));
        let expected = self.step_secs * done.saturating_sub(last_done) as f32;
        let slept = now - last_at - expected;
        if expected > 0.0 && slept > Self::SLEEP_SECS && slept > Self::SLEEP_STEPS * expected {
            self.denoise_started += slept;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_in_mid_job_makes_no_nonsense_of_the_estimate() {
        let mut eta = Eta::new(16, DecoderKind::Tiny);
        let mut at = |done, now| eta.estimate(Stage::Denoise, done, 20, now);
        assert_eq!(at(0, 10.0), None);
        let before = at(5, 15.0).expect("steps were done");
        // Eight hours in step 6.
        let after = at(6, 28_816.0).expect("steps were done");
        assert!(after < before && after > before - 1.5, "{before} s, then {after} s");
        assert!((at(7, 28_817.0).expect("steps were done") - (after - 1.0)).abs() < 0.2);
        // A device that became slow is none that slept.
        let slow = at(8, 28_827.0).expect("steps were done");
        assert!(slow > after, "{slow} s");
    }
}
