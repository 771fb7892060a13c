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
}

impl Eta {
    const FULL_DECODE_SHARE: f32 = 0.05;
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
                None
            }
            (Stage::Denoise, _) => {
                let before = self.steps_before.unwrap_or_default();
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
}
