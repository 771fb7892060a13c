//! What a user asks for, before and after it was checked.
//!
//! The window and the command line both fill a [`RawRequest`]; [`RawRequest::validate`] is the only place that checks it.
//! Inside the engine only [`GenerateRequest`] travels, and nothing is checked twice.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::device::DeviceChoice;

pub use hummingbird_model::limits::{RequestLimits, Reuse, ReusePlan, SamplerKind};
pub use hummingbird_pipeline::settings::{ClipSettings, DecoderKind, NoiseKind};

/// Most frames a second of an export.
pub const MAX_FPS: u32 = 60;
/// Largest guidance scale.
pub const MAX_GUIDANCE: f32 = 30.0;
/// Most noise that a step of DDIM adds: as much as the diffusion process.
pub const MAX_ETA: f32 = 1.0;

/// Largest strength of a LoRA, in either direction.
pub const MAX_LORA_STRENGTH: f32 = 10.0;

/// A LoRA and how much of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoraChoice {
    /// The file.
    #[serde(with = "hummingbird_base::json_path")]
    pub path: PathBuf,
    /// Factor on its change: 1 is as it was trained, 0 switches it off.
    pub strength: f32,
}

/// A request as typed: every `None` means "the model's default".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawRequest {
    /// The prompt.
    pub prompt: String,
    /// What the clip should not show (DDIM only).
    pub negative: String,
    /// Sampling steps.
    pub steps: Option<u32>,
    /// Guidance scale.
    pub guidance: Option<f32>,
    /// Seed; `None` draws one, which is then reported.
    pub seed: Option<u64>,
    /// Frames of the clip.
    pub frames: Option<u32>,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
    /// Frames a second.
    pub fps: Option<u32>,
    /// Sampler.
    pub sampler: Option<SamplerKind>,
    /// Fresh noise in each step of DDIM; none by default.
    pub eta: Option<f32>,
    /// Where the noise comes from.
    pub noise: NoiseKind,
    /// What later steps take over from earlier ones; without it, the model's default.
    pub reuse: Option<Reuse>,
    /// Whether pixels look at the means of two by two neighbours instead of at each other: faster, and a little another clip.
    pub merge_tokens: bool,
    /// Changes to the model's weights.
    pub loras: Vec<LoraChoice>,
    /// What decodes the result.
    pub decoder: DecoderKind,
    /// Where to compute.
    pub device: DeviceChoice,
}

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

/// Why a request cannot run. Each message says what to do; [`RequestError::field`] says where in the window.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Nothing was asked for.
    #[error("the prompt is empty: type what the clip should show, for example \"a red balloon rising over the ocean\"")]
    EmptyPrompt,
    /// Steps out of range.
    #[error("{steps} steps cannot be sampled: choose 1 to {max}")]
    Steps {
        /// Steps asked for.
        steps: u32,
        /// Most that the sampler takes.
        max: u32,
    },
    /// A step count whose DDIM timesteps leave the 1000-entry noise table.
    #[error("DDIM cannot take {steps} steps (its timesteps would leave the noise table): choose {nearest}")]
    DdimSteps {
        /// Steps asked for.
        steps: u32,
        /// Nearest count that works.
        nearest: u32,
    },
    /// Guidance out of range or not a number.
    #[error("guidance {guidance} is out of range: choose 0 to {max}")]
    Guidance {
        /// Guidance asked for.
        guidance: f32,
        /// Largest guidance.
        max: f32,
    },
    /// Eta out of range or not a number.
    #[error("eta {eta} is out of range: choose 0 (no fresh noise in a step) to {max}")]
    Eta {
        /// Eta asked for.
        eta: f32,
        /// Largest eta.
        max: f32,
    },
    /// Frames out of range.
    #[error("{frames} frames cannot be made: choose 1 to {max}")]
    Frames {
        /// Frames asked for.
        frames: u32,
        /// Most that the model makes.
        max: u32,
    },
    /// A size that the U-Net cannot take.
    #[error(
        "{width}x{height} does not fit the network (multiples of {multiple}, at most {max}): the nearest size that does is {nearest_width}x{nearest_height}"
    )]
    Size {
        /// Width asked for, in pixels.
        width: u32,
        /// Height asked for, in pixels.
        height: u32,
        /// The step between sizes, in pixels.
        multiple: u32,
        /// The largest side, in pixels.
        max: u32,
        /// Nearest width that fits.
        nearest_width: u32,
        /// Nearest height that fits.
        nearest_height: u32,
    },
    /// The strength of a LoRA out of range or not a number.
    #[error("the strength {strength} of {path:?} is out of range: choose -{max} to {max}")]
    LoraStrength {
        /// The LoRA's file.
        path: PathBuf,
        /// Strength asked for.
        strength: f32,
        /// Largest strength.
        max: f32,
    },
    /// A light decoder was asked for and there is none.
    #[error(
        "no light decoder for this model is here: choose the full decoder, or get TAESD if this is one of the published \
         models (`hummingbird models get taesd`, or the Models page)"
    )]
    NoLightDecoder,
    /// Frame rate out of range.
    #[error("{fps} frames a second cannot be written: choose 1 to {max}")]
    Fps {
        /// Frame rate asked for.
        fps: u32,
        /// Largest frame rate.
        max: u32,
    },
}

/// The control of the window (and the option of the command line) that an error belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The prompt.
    Prompt,
    /// Sampling steps.
    Steps,
    /// Guidance scale.
    Guidance,
    /// Number of frames.
    Frames,
    /// Width and height.
    Size,
    /// Frame rate.
    Fps,
    /// LoRAs.
    Loras,
    /// Fresh noise in each step.
    Eta,
    /// What decodes the result.
    Decoder,
}

impl RequestError {
    /// Where in the window the error belongs.
    pub fn field(&self) -> Field {
        match self {
            Self::EmptyPrompt => Field::Prompt,
            Self::Steps { .. } | Self::DdimSteps { .. } => Field::Steps,
            Self::Guidance { .. } => Field::Guidance,
            Self::Frames { .. } => Field::Frames,
            Self::Size { .. } => Field::Size,
            Self::Fps { .. } => Field::Fps,
            Self::LoraStrength { .. } => Field::Loras,
            Self::Eta { .. } => Field::Eta,
            Self::NoLightDecoder => Field::Decoder,
        }
    }
}

impl RawRequest {
    /// Fills the model's defaults in and checks every field; the first field that does not fit is the error.
    pub fn validate(&self, limits: &RequestLimits) -> Result<GenerateRequest, RequestError> {
        let prompt = self.prompt.trim();
        if prompt.is_empty() {
            return Err(RequestError::EmptyPrompt);
        }
        let sampler = self.sampler.unwrap_or(limits.sampler);
        let steps = self.steps.unwrap_or(limits.default_steps);
        let max_steps = match sampler {
            SamplerKind::Turbo => limits.max_steps.min(50),
            SamplerKind::Ddim => limits.max_steps,
        };
        if !(1..=max_steps).contains(&steps) {
            return Err(RequestError::Steps { steps, max: max_steps });
        }
        if sampler == SamplerKind::Ddim && !ddim_takes(steps) {
            return Err(RequestError::DdimSteps { steps, nearest: nearest_ddim_steps(steps, max_steps) });
        }
        let guidance = self.guidance.unwrap_or(limits.default_guidance);
        if !(0.0..=MAX_GUIDANCE).contains(&guidance) {
            return Err(RequestError::Guidance { guidance, max: MAX_GUIDANCE });
        }
        let frames = self.frames.unwrap_or(limits.default_frames);
        if !(1..=limits.max_frames).contains(&frames) {
            return Err(RequestError::Frames { frames, max: limits.max_frames });
        }
        let width = self.width.unwrap_or(limits.default_width);
        let height = self.height.unwrap_or(limits.default_height);
        let (nearest_width, nearest_height) = (limits.nearest_side(width), limits.nearest_side(height));
        if (width, height) != (nearest_width, nearest_height) {
            return Err(RequestError::Size {
                width,
                height,
                multiple: limits.size_multiple,
                max: limits.max_size,
                nearest_width,
                nearest_height,
            });
        }
        let fps = self.fps.unwrap_or(limits.default_fps);
        if !(1..=MAX_FPS).contains(&fps) {
            return Err(RequestError::Fps { fps, max: MAX_FPS });
        }
        if let Some(LoraChoice { path, strength }) =
            self.loras.iter().find(|lora| !(-MAX_LORA_STRENGTH..=MAX_LORA_STRENGTH).contains(&lora.strength))
        {
            let (path, strength, max) = (path.clone(), *strength, MAX_LORA_STRENGTH);
            return Err(RequestError::LoraStrength { path, strength, max });
        }
        let eta = self.eta.unwrap_or(0.0);
        if !(0.0..=MAX_ETA).contains(&eta) {
            return Err(RequestError::Eta { eta, max: MAX_ETA });
        }
        if self.decoder == DecoderKind::Light && !limits.light_decoder {
            return Err(RequestError::NoLightDecoder);
        }
        let clip = ClipSettings {
            prompt: prompt.to_owned(),
            negative: self.negative.trim().to_owned(),
            steps,
            guidance,
            seed: self.seed.unwrap_or_else(|| self.noise.draw_seed()),
            frames,
            width,
            height,
            fps,
            sampler,
            eta,
            noise: self.noise,
            reuse: self.reuse.unwrap_or(limits.default_reuse),
            merge_tokens: self.merge_tokens,
            decoder: self.decoder,
        };
        let loras = self.loras.iter().filter(|lora| lora.strength != 0.0).cloned().collect();
        Ok(GenerateRequest { clip, loras, device: self.device })
    }
}

/// Whether VideoCrafter2's timestep rule `range(0, 1000, 1000 / steps) + 1` stays inside the 1000-entry noise table.
///
/// Where `steps` does not divide 1000 the rule gives a few steps more (30 gives 31), as in the reference.
fn ddim_takes(steps: u32) -> bool {
    let Some(stride) = 1000_u32.checked_div(steps) else { return false };
    stride > 0 && 999 / stride * stride < 999
}

fn nearest_ddim_steps(steps: u32, max: u32) -> u32 {
    (1..=max).filter(|&candidate| ddim_takes(candidate)).min_by_key(|candidate| candidate.abs_diff(steps)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            light_decoder: false,
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
        type Case = (fn(&mut RawRequest), Field);
        let cases: [Case; 14] = [
            (|raw| raw.prompt = " \n\t ".into(), Field::Prompt),
            (|raw| raw.steps = Some(0), Field::Steps),
            (|raw| raw.steps = Some(101), Field::Steps),
            (|raw| raw.steps = Some(27), Field::Steps),
            (|raw| raw.guidance = Some(f32::NAN), Field::Guidance),
            (|raw| raw.guidance = Some(-1.0), Field::Guidance),
            (|raw| raw.frames = Some(0), Field::Frames),
            (|raw| raw.frames = Some(5000), Field::Frames),
            (|raw| raw.width = Some(100), Field::Size),
            (|raw| raw.fps = Some(0), Field::Fps),
            (|raw| raw.eta = Some(-0.1), Field::Eta),
            (|raw| raw.decoder = DecoderKind::Light, Field::Decoder),
            (|raw| raw.eta = Some(1.01), Field::Eta),
            (|raw| raw.eta = Some(f32::NAN), Field::Eta),
        ];
        for (index, (change, field)) in cases.into_iter().enumerate() {
            let error = request(change).expect_err("the request is bad");
            assert_eq!(error.field(), field, "case {index}: {error}");
        }
    }

    #[test]
    fn turbo_takes_1_to_50_steps_whatever_the_model_says() {
        for steps in 0..=60 {
            let checked = request(|raw| (raw.sampler, raw.steps) = (Some(SamplerKind::Turbo), Some(steps)));
            match checked {
                Ok(request) => assert!((1..=50).contains(&request.steps)),
                Err(error) => {
                    assert!(!(1..=50).contains(&steps), "{error}");
                    assert_eq!(error, RequestError::Steps { steps, max: 50 });
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
        let refused: Vec<u32> = (1..=111).filter(|&steps| !ddim_takes(steps)).collect();
        let expected: Vec<u32> = [3, 9, 27, 36, 37].into_iter().chain(101..=111).collect();
        assert_eq!(refused, expected);
    }
}
