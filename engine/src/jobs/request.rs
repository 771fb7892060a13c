//! What a user asks for, before and after it was checked.
//!
//! The window and the command line both fill a [`RawRequest`]; [`RawRequest::validate`] is the only place that checks it.
//! Inside the engine only [`GenerateRequest`] travels, and nothing is checked twice.

use serde::{Deserialize, Serialize};

use crate::device::DeviceChoice;
use crate::jobs::settings::SETTINGS;

pub use crate::jobs::settings::table::{MAX_LORA_STRENGTH, check_loras};
pub use crate::jobs::settings::{LoraChoice, RawRequest, RequestError};
pub use hummingbird_model::limits::{RequestLimits, Reuse, ReusePlan, SamplerKind};
pub use hummingbird_pipeline::settings::{ClipSettings, DecoderKind, NoiseKind, Precision};

/// A request that the engine can run as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerateRequest {
    /// What the clip is made of.
    #[serde(flatten)]
    pub clip: ClipSettings,
    /// Changes to the model's weights; those of strength 0 are left out.
    #[serde(default)]
    pub loras: Vec<LoraChoice>,
    /// Where to compute.
    pub device: DeviceChoice,
}

impl RawRequest {
    /// Fills the model's defaults in and checks every setting.
    ///
    /// # Errors
    /// The first setting that does not fit.
    pub fn validate(&self, limits: &RequestLimits) -> Result<GenerateRequest, RequestError> {
        let clip = self.filled(limits);
        SETTINGS.into_iter().try_for_each(|setting| setting.check(&clip, limits))?;
        check_loras(&self.loras)?;
        let loras = self.loras.iter().filter(|lora| lora.strength != 0.0).cloned().collect();
        Ok(GenerateRequest { clip, loras, device: self.device })
    }

    /// The clip with the model's defaults, unchecked; without a seed one is drawn.
    pub fn filled(&self, limits: &RequestLimits) -> ClipSettings {
        let mut clip = ClipSettings::default();
        SETTINGS.into_iter().for_each(|setting| setting.fill(self, limits, &mut clip));
        clip.seed = self.seed.unwrap_or_else(|| self.noise.draw_seed());
        clip
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::settings::{Setting, table};

    fn limits() -> RequestLimits {
        RequestLimits {
            sampler: SamplerKind::Ddim,
            default_steps: 20,
            max_steps: 100,
            default_guidance: 4.0,
            default_frames: 16,
            max_frames: 64,
            default_width: 96,
            default_height: 64,
            size_multiple: 32,
            max_size: 512,
            default_fps: 8,
            default_reuse: Reuse::Off,
            tiny_decoder: false,
        }
    }

    fn request(change: impl FnOnce(&mut RawRequest)) -> Result<ClipSettings, RequestError> {
        let mut raw = RawRequest { prompt: "a red ball".into(), seed: Some(1), ..RawRequest::default() };
        change(&mut raw);
        raw.validate(&limits()).map(|request| request.clip)
    }

    #[test]
    fn defaults_come_from_the_model() {
        let request = request(|_| ()).expect("the defaults are valid");
        assert_eq!((request.steps, request.frames, request.width, request.height, request.fps), (20, 16, 96, 64, 8));
    }

    #[test]
    fn bad_fields_are_named() {
        type Case = (fn(&mut RawRequest), &'static Setting);
        let cases: [Case; 14] = [
            (|raw| raw.prompt = " \n\t ".into(), &table::PROMPT),
            (|raw| raw.steps = Some(0), &table::STEPS),
            (|raw| raw.steps = Some(101), &table::STEPS),
            (|raw| raw.steps = Some(27), &table::STEPS),
            (|raw| raw.guidance = Some(f32::NAN), &table::GUIDANCE),
            (|raw| raw.guidance = Some(-1.0), &table::GUIDANCE),
            (|raw| raw.frames = Some(0), &table::FRAMES),
            (|raw| raw.frames = Some(5000), &table::FRAMES),
            (|raw| raw.width = Some(100), &table::WIDTH),
            (|raw| raw.fps = Some(0), &table::FPS),
            (|raw| raw.eta = Some(-0.1), &table::ETA),
            (|raw| raw.decoder = DecoderKind::Tiny, &table::DECODER),
            (|raw| raw.eta = Some(1.01), &table::ETA),
            (|raw| raw.eta = Some(f32::NAN), &table::ETA),
        ];
        for (index, (change, setting)) in cases.into_iter().enumerate() {
            let error = request(change).expect_err("the request is bad");
            assert_eq!(error.setting(), Some(setting), "case {index}: {error}");
        }
    }

    #[test]
    fn weights_in_prompts_have_a_range() {
        let at = |prompt: &str| request(|raw| raw.prompt = prompt.into()).map(|clip| clip.prompt);
        assert_eq!(at("a (red:1.5) ball").expect("a weight"), "a (red:1.5) ball", "as it was typed");
        let error = at("a ((red:2) ball:2.5)").expect_err("5 is too much");
        assert_eq!(error.setting(), Some(&table::PROMPT));
        assert!(
            error.to_string().contains(r#"the weight 5 of "red" is too large: choose 0 to 4, or write \( and \)"#),
            "{error}"
        );
        assert_eq!(at("( :1.5)").expect_err("no words").setting(), Some(&table::PROMPT));
        let error = request(|raw| raw.negative = "(fog:9)".into()).expect_err("9 is too much");
        assert_eq!(error.setting(), Some(&table::NEGATIVE));
    }

    #[test]
    fn turbo_takes_1_to_50_steps_whatever_the_model_says() {
        for steps in 0..=60 {
            let checked = request(|raw| (raw.sampler, raw.steps) = (Some(SamplerKind::Turbo), Some(steps)));
            match checked {
                Ok(request) => assert!((1..=50).contains(&request.steps)),
                Err(error) => {
                    assert!(!(1..=50).contains(&steps), "{error}");
                    assert_eq!(error.to_string(), format!("{steps} steps cannot be sampled: choose 1 to 50"));
                }
            }
        }
    }

    #[test]
    fn requests_from_before_eta_and_noise_kinds_are_read() {
        let old = r#"{"prompt":"a boat","negative":"","steps":4,"guidance":7.5,"seed":5,"frames":2,"width":32,"height":32,
            "fps":8,"sampler":"turbo","device":"auto"}"#;
        let read: GenerateRequest = serde_json::from_str(old).expect("an old request");
        assert_eq!(
            (read.clip.eta, read.clip.noise, read.clip.reuse, read.clip.seed),
            (0.0, NoiseKind::Own, Reuse::Off, 5)
        );
        assert!(!read.clip.merge_tokens);
        let raw: RawRequest = serde_json::from_str(r#"{"prompt":"a boat","noise":"torch-cpu"}"#).expect("a request");
        assert_eq!((raw.eta, raw.noise), (None, NoiseKind::TorchCpu));
    }

    #[test]
    fn seeds_drawn_for_torch_have_32_bits() {
        let seed = |noise| request(|raw| (raw.seed, raw.noise) = (None, noise)).expect("valid").seed;
        assert!((0..64).all(|_| u32::try_from(seed(NoiseKind::TorchCpu)).is_ok()));
        assert!((0..64).any(|_| u32::try_from(seed(NoiseKind::Own)).is_err()));
    }

    #[test]
    fn drawn_seeds_survive_programs_that_keep_numbers_as_f64() {
        let drawn = || request(|raw| raw.seed = None).expect("valid").seed;
        assert!((0..256).map(|_| drawn()).all(|seed| seed < 1 << 53 && seed as f64 as u64 == seed));
        assert_eq!(request(|raw| raw.seed = Some(u64::MAX)).expect("valid").seed, u64::MAX, "typed ones stay");
    }

    #[test]
    fn nearest_size_is_named_even_for_absurd_sizes() {
        for (asked, nearest) in [(0, 32), (47, 32), (48, 64), (100, 96), (u32::MAX, 512)] {
            assert_eq!(limits().nearest_side(asked), nearest, "{asked}");
        }
    }

    #[test]
    fn ddim_step_counts_that_leave_the_table_are_refused() {
        let refused: Vec<u32> = (1..=111).filter(|&steps| !table::ddim_takes(steps)).collect();
        let expected: Vec<u32> = [3, 9, 27, 36, 37].into_iter().chain(101..=111).collect();
        assert_eq!(refused, expected);
    }
}
