//! The controls as they stand: texts that a person typed, their checks, and the way to a request and back.
//!
//! Numbers are kept as text, so that what is typed is never changed under the cursor; an empty field is the model's default.

use crate::sentences::in_words;
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::request::{
    DecoderKind, Field, GenerateRequest, LoraChoice, MAX_ETA, MAX_FPS, MAX_GUIDANCE, NoiseKind, RawRequest,
    RequestError, RequestLimits, Reuse, SamplerKind,
};
use serde::{Deserialize, Serialize};

/// A control that holds a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberField {
    /// Sampling steps.
    Steps,
    /// Guidance scale.
    Guidance,
    /// Seed of all noise.
    Seed,
    /// Frames of the clip.
    Frames,
    /// Width in pixels.
    Width,
    /// Height in pixels.
    Height,
    /// Frames a second.
    Fps,
    /// Fresh noise in each step of DDIM.
    Eta,
}

impl NumberField {
    /// All of them, in the order of the window.
    pub const ALL: [Self; 8] =
        [Self::Steps, Self::Guidance, Self::Seed, Self::Frames, Self::Width, Self::Height, Self::Fps, Self::Eta];
}

/// Where in the window a message belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Under the prompt.
    Prompt,
    /// Under the sampling steps.
    Steps,
    /// Under the guidance.
    Guidance,
    /// Under the seed.
    Seed,
    /// Under the number of frames.
    Frames,
    /// Under width and height.
    Size,
    /// Under the frame rate.
    Fps,
    /// Under eta.
    Eta,
    /// Under the list of LoRAs.
    Loras,
    /// Under the choice of decoders.
    Decoder,
}

impl From<Field> for Place {
    fn from(field: Field) -> Self {
        match field {
            Field::Prompt => Self::Prompt,
            Field::Steps => Self::Steps,
            Field::Guidance => Self::Guidance,
            Field::Frames => Self::Frames,
            Field::Size => Self::Size,
            Field::Fps => Self::Fps,
            Field::Eta => Self::Eta,
            Field::Loras => Self::Loras,
            Field::Decoder => Self::Decoder,
        }
    }
}

impl From<NumberField> for Place {
    fn from(field: NumberField) -> Self {
        match field {
            NumberField::Steps => Self::Steps,
            NumberField::Guidance => Self::Guidance,
            NumberField::Seed => Self::Seed,
            NumberField::Frames => Self::Frames,
            NumberField::Width | NumberField::Height => Self::Size,
            NumberField::Fps => Self::Fps,
            NumberField::Eta => Self::Eta,
        }
    }
}

/// Everything that the left side of the window holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Controls {
    /// The prompt as typed.
    pub prompt: String,
    /// The negative prompt as typed.
    pub negative: String,
    /// Sampling steps as typed; empty is the model's default, as in all number fields.
    pub steps: String,
    /// Guidance scale as typed.
    pub guidance: String,
    /// Seed as typed, or the one of the last clip.
    pub seed: String,
    /// Whether every clip takes the seed of the field.
    pub seed_locked: bool,
    /// Frames as typed.
    pub frames: String,
    /// Width in pixels as typed.
    pub width: String,
    /// Height in pixels as typed.
    pub height: String,
    /// Frames a second as typed.
    pub fps: String,
    /// Sampler; `None` is the model's own.
    pub sampler: Option<SamplerKind>,
    /// Fresh noise in each step of DDIM as typed.
    pub eta: String,
    /// Where the noise comes from.
    pub noise: NoiseKind,
    /// Feature cache: which steps reuse features of earlier ones; `None` is the model's default.
    pub reuse: Option<Reuse>,
    /// Whether attention at full resolution uses 2x2-pooled keys and values.
    pub merge_tokens: bool,
    /// Changes to the model's weights.
    pub loras: Vec<LoraChoice>,
    /// What decodes the result.
    pub decoder: DecoderKind,
    /// Where to compute.
    pub device: DeviceChoice,
}

impl Controls {
    /// The text of a number field.
    pub fn text(&self, field: NumberField) -> &str {
        match field {
            NumberField::Steps => &self.steps,
            NumberField::Guidance => &self.guidance,
            NumberField::Seed => &self.seed,
            NumberField::Frames => &self.frames,
            NumberField::Width => &self.width,
            NumberField::Height => &self.height,
            NumberField::Fps => &self.fps,
            NumberField::Eta => &self.eta,
        }
    }

    /// The text of a number field, to change it.
    pub fn text_mut(&mut self, field: NumberField) -> &mut String {
        match field {
            NumberField::Steps => &mut self.steps,
            NumberField::Guidance => &mut self.guidance,
            NumberField::Seed => &mut self.seed,
            NumberField::Frames => &mut self.frames,
            NumberField::Width => &mut self.width,
            NumberField::Height => &mut self.height,
            NumberField::Fps => &mut self.fps,
            NumberField::Eta => &mut self.eta,
        }
    }

    /// The request as typed, or the first text that is no number, with its place.
    pub fn to_raw(&self) -> Result<RawRequest, (Place, String)> {
        Ok(RawRequest {
            prompt: self.prompt.clone(),
            negative: self.negative.clone(),
            steps: self.whole(NumberField::Steps)?,
            guidance: self.decimal(NumberField::Guidance)?,
            seed: if self.seed_locked { self.seed_value()? } else { None },
            frames: self.whole(NumberField::Frames)?,
            width: self.whole(NumberField::Width)?,
            height: self.whole(NumberField::Height)?,
            fps: self.whole(NumberField::Fps)?,
            sampler: self.sampler,
            eta: self.decimal(NumberField::Eta)?,
            noise: self.noise,
            reuse: self.reuse,
            merge_tokens: self.merge_tokens,
            loras: self.loras.clone(),
            decoder: self.decoder,
            device: self.device,
        })
    }

    /// All that is wrong with the numbers as they stand, each with its place. The prompt is checked by the Generate command.
    pub fn problems(&self, limits: &RequestLimits) -> Vec<(Place, String)> {
        let mut problems = Vec::new();
        for field in NumberField::ALL {
            let mut alone = Self { prompt: "x".to_owned(), sampler: self.sampler, ..Self::default() };
            if Place::from(field) == Place::Size {
                // Width and height are one check.
                alone.width.clone_from(&self.width);
                alone.height.clone_from(&self.height);
            } else {
                *alone.text_mut(field) = self.text(field).to_owned();
            }
            alone.seed_locked = self.seed_locked;
            let problem = match alone.to_raw() {
                Err(problem) => Some(problem),
                Ok(raw) => raw.validate(limits).err().map(|error| (error.field().into(), in_words(&error))),
            };
            problems.extend(problem.filter(|(place, _)| problems.iter().all(|(other, _)| other != place)));
        }
        let others = [
            (Field::Loras, RawRequest { loras: self.loras.clone(), ..RawRequest::default() }),
            (Field::Decoder, RawRequest { decoder: self.decoder, ..RawRequest::default() }),
        ];
        for (field, alone) in others {
            let alone = RawRequest { prompt: "x".to_owned(), ..alone };
            let problem = alone.validate(limits).err().filter(|error| error.field() == field);
            problems.extend(problem.map(|error| (field.into(), in_words(&error))));
        }
        problems
    }

    /// The validated request.
    pub fn request(&self, limits: &RequestLimits) -> Result<GenerateRequest, (Place, String)> {
        let error = |error: RequestError| (error.field().into(), in_words(&error));
        self.to_raw()?.validate(limits).map_err(error)
    }

    /// Adopts the settings that made a clip. Numbers that are the model's defaults are written out too: the clip must
    /// come out the same under a model with other defaults. LoRAs that the clip does without stay in the list, switched off.
    pub fn adopt(&mut self, request: &GenerateRequest) {
        let unused = |lora: &LoraChoice| request.loras.iter().all(|used| used.path != lora.path);
        let off = |lora: LoraChoice| LoraChoice { strength: 0.0, ..lora };
        let others = std::mem::take(&mut self.loras).into_iter().filter(unused).map(off);
        *self = Self {
            prompt: request.clip.prompt.clone(),
            negative: request.clip.negative.clone(),
            steps: request.clip.steps.to_string(),
            guidance: request.clip.guidance.to_string(),
            seed: request.clip.seed.to_string(),
            seed_locked: true,
            frames: request.clip.frames.to_string(),
            width: request.clip.width.to_string(),
            height: request.clip.height.to_string(),
            fps: request.clip.fps.to_string(),
            sampler: Some(request.clip.sampler),
            eta: request.clip.eta.to_string(),
            noise: request.clip.noise,
            reuse: Some(request.clip.reuse),
            merge_tokens: request.clip.merge_tokens,
            // The clip's own first and in its order: sums of weights depend on it.
            loras: request.loras.iter().cloned().chain(others).collect(),
            decoder: request.clip.decoder,
            device: self.device,
        };
    }

    /// Back to the model's defaults; prompt, negative prompt and device stay.
    pub fn reset(&mut self) {
        *self = Self {
            prompt: std::mem::take(&mut self.prompt),
            negative: std::mem::take(&mut self.negative),
            device: self.device,
            ..Self::default()
        };
    }

    /// Moves a number by `steps` of its own step width, inside what the model takes.
    pub fn nudge(&mut self, field: NumberField, steps: i32, limits: &RequestLimits) {
        let text = match field {
            NumberField::Guidance => {
                let value = self.number(field, limits) + 0.5 * f64::from(steps);
                trimmed(value.clamp(0.0, f64::from(MAX_GUIDANCE)))
            }
            NumberField::Seed => {
                let seed = self.seed.trim().parse::<u64>().unwrap_or(0);
                seed.saturating_add_signed(i64::from(steps)).to_string()
            }
            _ => {
                let (least, most, step) = range(field, limits);
                let value = self.number(field, limits) + step * f64::from(steps);
                trimmed(value.clamp(least, most))
            }
        };
        if field == NumberField::Seed {
            self.seed_locked = true;
        }
        *self.text_mut(field) = text;
    }

    /// The number in a field; the model's default where it is empty or no number.
    pub fn number(&self, field: NumberField, limits: &RequestLimits) -> f64 {
        self.text(field).trim().parse().unwrap_or_else(|_| default(field, limits))
    }

    /// The sampler that will run.
    pub fn sampler_used(&self, limits: &RequestLimits) -> SamplerKind {
        self.sampler.unwrap_or(limits.sampler)
    }

    fn whole(&self, field: NumberField) -> Result<Option<u32>, (Place, String)> {
        let text = self.text(field).trim();
        if text.is_empty() {
            return Ok(None);
        }
        let wrong =
            || (field.into(), format!("\"{text}\" is not a whole number: type digits, or nothing for the default"));
        text.parse().map(Some).map_err(|_| wrong())
    }

    fn decimal(&self, field: NumberField) -> Result<Option<f32>, (Place, String)> {
        // A comma is what many keyboards have beside the digits.
        let text = self.text(field).trim().replace(',', ".");
        if text.is_empty() {
            return Ok(None);
        }
        let wrong =
            || (field.into(), format!("\"{text}\" is not a number: type for example 4.5, or nothing for the default"));
        text.parse().map(Some).map_err(|_| wrong())
    }

    fn seed_value(&self) -> Result<Option<u64>, (Place, String)> {
        let text = self.seed.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || (Place::Seed, format!("\"{text}\" is not a seed: type a whole number from 0 to {}", u64::MAX));
        text.parse().map(Some).map_err(|_| wrong())
    }
}

/// The model's default of a number, for the grey text of an empty field.
pub fn default(field: NumberField, limits: &RequestLimits) -> f64 {
    match field {
        NumberField::Steps => f64::from(limits.default_steps),
        NumberField::Guidance => f64::from(limits.default_guidance),
        NumberField::Seed => 0.0,
        NumberField::Frames => f64::from(limits.default_frames),
        NumberField::Width => f64::from(limits.default_width),
        NumberField::Height => f64::from(limits.default_height),
        NumberField::Fps => f64::from(limits.default_fps),
        NumberField::Eta => 0.0,
    }
}

/// Least, most and step width of a number, for its slider and its arrow keys.
pub fn range(field: NumberField, limits: &RequestLimits) -> (f64, f64, f64) {
    let side = (f64::from(limits.nearest_side(0)), f64::from(limits.nearest_side(u32::MAX)));
    match field {
        NumberField::Steps => (1.0, f64::from(limits.max_steps), 1.0),
        NumberField::Guidance => (0.0, f64::from(MAX_GUIDANCE), 0.5),
        NumberField::Seed => (0.0, f64::MAX, 1.0),
        NumberField::Frames => (1.0, f64::from(limits.max_frames), 1.0),
        NumberField::Width | NumberField::Height => (side.0, side.1, f64::from(limits.size_multiple.max(1))),
        NumberField::Fps => (1.0, f64::from(MAX_FPS), 1.0),
        NumberField::Eta => (0.0, f64::from(MAX_ETA), 0.05),
    }
}

/// Sizes that the model takes, for the list: its own, upright, square, and larger and smaller ones of the same shape.
pub fn size_choices(limits: &RequestLimits) -> Vec<(u32, u32)> {
    let (width, height) = (limits.default_width, limits.default_height);
    let mut sizes = vec![(width, height)];
    let shapes = [(width, height), (height, width), (height, height), (width, width)];
    for (num, den) in [(1, 1), (1, 2), (3, 2), (2, 1)] {
        for (wide, high) in shapes {
            let size = (limits.nearest_side(wide * num / den), limits.nearest_side(high * num / den));
            if !sizes.contains(&size) {
                sizes.push(size);
            }
        }
    }
    let default = sizes.remove(0);
    sizes.sort_by_key(|(wide, high)| (wide * high, *wide));
    sizes.insert(0, default);
    sizes
}

/// A number without needless zeros behind the point.
pub fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
