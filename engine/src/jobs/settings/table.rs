//! The table itself, and the request with a field for each of its rows.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::RequestError;
use super::{Access, Choice, Default, Field, Kind, Most, Other, Setting, Value};
use crate::device::DeviceChoice;
use crate::pipeline::clip_tokens::weights::{WEIGHTS, Weighted, plain_text, weighted_parts};
use crate::pipeline::settings::{ClipSettings, DecoderKind, NoiseKind, Precision};
use hummingbird_model::limits::{RequestLimits, Reuse, SamplerKind};

/// A LoRA and how much of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoraChoice {
    /// The file.
    #[serde(with = "hummingbird_base::json_path")]
    pub path: PathBuf,
    /// Factor on its change: 1 is as it was trained, 0 switches it off.
    pub strength: f32,
}

/// A request as typed: every `None` means "the model's default". A field's meaning is in its row of the table.
#[derive(Clone, Debug, std::default::Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the rows below say it")]
pub struct RawRequest {
    pub prompt: String,
    pub negative: String,
    pub steps: Option<u32>,
    pub guidance: Option<f32>,
    pub seed: Option<u64>,
    pub frames: Option<u32>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub fps: Option<u32>,
    pub sampler: Option<SamplerKind>,
    pub eta: Option<f32>,
    pub guidance_rescale: Option<f32>,
    pub noise: NoiseKind,
    pub reuse: Option<Reuse>,
    pub merge_tokens: bool,
    pub decoder: DecoderKind,
    pub precision: Precision,
    /// Changes to the model's weights.
    pub loras: Vec<LoraChoice>,
    /// Where to compute.
    pub device: DeviceChoice,
}

/// Largest strength of a LoRA, in either direction.
pub const MAX_LORA_STRENGTH: f32 = 10.0;

/// All rows, in the order in which files have them.
pub static SETTINGS: [&Setting; 17] = [
    &PROMPT,
    &NEGATIVE,
    &SEED,
    &STEPS,
    &GUIDANCE,
    &SAMPLER,
    &ETA,
    &GUIDANCE_RESCALE,
    &NOISE,
    &REUSE,
    &MERGE_TOKENS,
    &FRAMES,
    &WIDTH,
    &HEIGHT,
    &FPS,
    &DECODER,
    &PRECISION,
];

/// From this place on, a setting is below the others in the window.
pub const LATER: u8 = 20;

/// A row: its field in requests and clips, and what differs from [`PLAIN`].
macro_rules! row {
    ($row:ident, $field:ident, $option:literal, $help:literal, { $($key:ident: $value:expr,)+ }) => {
        #[doc = $help]
        pub static $row: Setting = Setting {
            name: stringify!($field),
            option: $option,
            value_name: stringify!($row),
            help: $help,
            access: Access {
                asked: |raw| raw.$field.asked(),
                ask: |raw, value| raw.$field.ask(value),
                of_clip: |clip| clip.$field.to_value(),
                give: |clip, value| Field::of_value(value).map(|value| clip.$field = value).is_some(),
            },
            $($key: $value,)+
            ..PLAIN
        };
    };
}

row!(PROMPT, prompt, "prompt", "What the clip should show", {
    label: "Prompt",
    order: 0,
    default: Default::Needed,
    long_help: "What the clip should show, for example \"a red balloon rising over the ocean\"",
    check: |clip, _| match plain_text(&clip.prompt).trim() {
        "" => Err(RequestError::EmptyPrompt),
        _ => check_weights(&PROMPT, &clip.prompt),
    },
});
row!(STEPS, steps, "steps", "More steps are slower and often better", {
    label: "Steps",
    order: 1,
    kind: Kind::Whole { least: 1, most: Most::Model(most_steps) },
    default: Default::Model(|limits| limits.default_steps.to_value()),
    long_help: "Sampling steps: more are slower and often better",
    refusal: "{value} steps cannot be sampled: choose {least} to {most}",
    check: check_steps,
});
row!(GUIDANCE, guidance, "guidance", "How closely the clip follows the prompt; too much gives harsh colours", {
    label: "Guidance",
    order: 2,
    kind: Kind::Decimal { least: 0.0, most: 30.0, step: 0.5 },
    default: Default::Model(|limits| limits.default_guidance.to_value()),
    long_help: "Guidance scale, 0 to 30: how closely the clip follows the prompt",
    refusal: "guidance {value} is out of range: choose {least} to {most}",
});
row!(SEED, seed, "seed", "The same seed and settings make the same clip", {
    label: "Seed",
    order: 3,
    kind: Kind::Seed,
    default: Default::Random,
    long_help: "Seed of the noise, random if left out. The same seed and settings on the same device give the same clip",
});
row!(FRAMES, frames, "frames", "Length of the clip in frames", {
    label: "Frames",
    order: 4,
    kind: Kind::Whole { least: 1, most: Most::Model(|limits, _| limits.max_frames) },
    default: Default::Model(|limits| limits.default_frames.to_value()),
    long_help: "Number of frames",
    refusal: "{value} frames cannot be made: choose {least} to {most}",
});
row!(WIDTH, width, "size", "Width in pixels", {
    label: "Size",
    order: 6,
    kind: Kind::Side,
    default: Default::Model(|limits| limits.default_width.to_value()),
    long_help: "Size in pixels, for example 96x64",
    check: check_size,
});
row!(HEIGHT, height, "size", "Height in pixels", {
    label: "Height",
    order: 7,
    kind: Kind::Side,
    default: Default::Model(|limits| limits.default_height.to_value()),
    long_help: "Height in pixels",
});
row!(FPS, fps, "fps", "Frames per second, for playback and exports", {
    label: "Frames/s",
    order: 5,
    kind: Kind::Whole { least: 1, most: Most::Fixed(60) },
    default: Default::Model(|limits| limits.default_fps.to_value()),
    long_help: "Frames per second",
    refusal: "{value} frames a second cannot be written: choose {least} to {most}",
});
row!(SAMPLER, sampler, "sampler", "How noise is turned into a clip", {
    label: "Sampler",
    order: 8,
    kind: Kind::Choice {
        named: &[
            Choice {
                name: "turbo",
                label: "Turbo (few steps)",
                help: "Consistency sampler: few steps, one U-Net call each, for distilled models",
            },
            Choice {
                name: "ddim",
                label: "DDIM",
                help: "DDIM: more steps, two U-Net calls each, for models that were not distilled",
            },
        ],
        other: None,
    },
    default: Default::Model(|limits| limits.sampler.to_value()),
    long_help: "Sampler. Default: the one that the model was made for",
});
row!(DECODER, decoder, "decoder",
    "What turns the sampled latent into frames. The tiny decoder (TAESD) takes a fraction of the time and comes close to the full \
     one, which can decode the clip again later.",
{
    label: "Decoder",
    order: 9,
    kind: Kind::Choice {
        named: &[
            Choice { name: "full", label: "Full", help: "The decoder of the model's autoencoder" },
            Choice { name: "light", label: "Tiny (TAESD)", help: "A tiny decoder (TAESD)" },
        ],
        other: None,
    },
    default: Default::Fixed(|| DecoderKind::default().to_value()),
    long_help: "Decoder of the result: the model's own, or a tiny decoder (TAESD for the published models), which is much faster \
                and slightly softer",
    check: |clip, limits| match clip.decoder {
        DecoderKind::Tiny if !limits.tiny_decoder => Err(RequestError::NoTinyDecoder),
        _ => Ok(()),
    },
});
row!(NEGATIVE, negative, "negative", "What the clip should not show", {
    label: "Negative prompt",
    order: LATER,
    only: Some(SamplerKind::Ddim),
    long_help: "Negative prompt: what the clip should not show",
    check: |clip, _| check_weights(&NEGATIVE, &clip.negative),
});
row!(ETA, eta, "eta", "Fresh noise in each DDIM step: 0 is deterministic, 1 is as in DDPM; Turbo ignores it", {
    label: "Eta",
    order: LATER + 1,
    kind: Kind::Decimal { least: 0.0, most: 1.0, step: 0.05 },
    default: Default::Fixed(|| 0.0_f32.to_value()),
    only: Some(SamplerKind::Ddim),
    long_help: "Fresh noise in each step, from 0 (none, the default) to 1 (as much as DDPM)",
    refusal: "eta {value} is out of range: choose {least} (no fresh noise in a step) to {most}",
});
row!(GUIDANCE_RESCALE, guidance_rescale, "guidance-rescale",
    "Takes back contrast that guidance adds, against harsh colours at high guidance: 0 is off, 1 is all of it; Turbo ignores it",
{
    label: "Rescale",
    order: LATER + 2,
    kind: Kind::Decimal { least: 0.0, most: 1.0, step: 0.05 },
    default: Default::Fixed(|| 0.0_f32.to_value()),
    only: Some(SamplerKind::Ddim),
    quiet: true,
    long_help: "Guidance rescale: how much of the contrast that guidance adds is taken back, from 0 (none, the default) to 1 (all \
                of it). Against harsh colours at high guidance",
    refusal: "guidance rescale {value} is out of range: choose {least} (off) to {most}",
});
row!(NOISE, noise, "noise",
    "Which random number generator makes the noise; PyTorch's gives the noise of the reference implementation on a CPU",
{
    label: "Noise",
    order: LATER + 3,
    kind: Kind::Choice {
        named: &[
            Choice { name: "hummingbird", label: "Hummingbird", help: "Hummingbird's own generator" },
            Choice {
                name: "torch-cpu",
                label: "PyTorch (CPU)",
                help: "PyTorch's CPU generator: the same seed gives the same noise as the reference implementation on a CPU",
            },
        ],
        other: None,
    },
    default: Default::Fixed(|| NoiseKind::default().to_value()),
    long_help: "Generator of the noise",
});
row!(REUSE, reuse, "reuse",
    "Feature cache (DeepCache): most steps reuse deep U-Net features of an earlier step. Faster, and gives a slightly different \
     clip.",
{
    label: "Cache",
    order: LATER + 4,
    kind: Kind::Choice {
        named: &[
            Choice { name: "off", label: "Off", help: "Every step runs the whole network" },
            Choice { name: "light", label: "Light (every second step)", help: "Every second step reuses features" },
            Choice { name: "strong", label: "Strong (two of three steps)", help: "Two of three steps reuse features" },
        ],
        other: Some(Other {
            form: "INTERVAL:DEPTH",
            parse: |text| text.parse::<Reuse>().map(|reuse| reuse.to_value()).map_err(Into::into),
            label: |text| match text.split_once(':') {
                Some((interval, depth)) => format!("Every {interval} steps, depth {depth}"),
                None => text.to_owned(),
            },
        }),
    },
    default: Default::Model(|limits| limits.default_reuse.to_value()),
    long_help: "Feature cache (DeepCache): reuse the features of deep U-Net blocks from earlier steps. off, light, strong or \
                INTERVAL:DEPTH. Faster, with a slightly different clip. Default: the model's own",
});
row!(MERGE_TOKENS, merge_tokens, "merge-tokens",
    "Attention at full resolution uses 2x2-pooled keys and values: a little faster, mostly for large clips, with slightly \
     different details",
{
    label: "Tokens",
    order: LATER + 5,
    kind: Kind::Flag("Merge tokens"),
    default: Default::Fixed(|| false.to_value()),
    quiet: true,
    long_help: "Spatial attention at full resolution uses 2x2-pooled keys and values: faster for large clips, with a slightly \
                different clip",
});

row!(PRECISION, precision, "precision",
    "What the processor rounds factors to where it computes the clip: faster, with a slightly different clip; GPUs do not use it",
{
    label: "Precision",
    order: LATER + 6,
    kind: Kind::Choice {
        named: &[
            Choice { name: "exact", label: "Exact (f32)", help: "Nothing is rounded" },
            Choice { name: "bf16", label: "bf16", help: "16 bits, where the processor multiplies them" },
            Choice {
                name: "int8",
                label: "int8",
                help: "8 bits for weights that the model's file has in 8 bits, bf16 for others, where the processor multiplies them",
            },
        ],
        other: None,
    },
    default: Default::Fixed(|| Precision::default().to_value()),
    quiet: true,
    long_help: "What the CPU device rounds the factors of matmuls and convolutions to; sums stay f32. exact, bf16 or int8 (for weights \
                that the file has in 8 bits). Faster, with a slightly different clip",
});

/// What most rows do without: a text that may be empty.
const PLAIN: Setting = Setting {
    name: "",
    option: "",
    value_name: "",
    label: "",
    order: u8::MAX,
    kind: Kind::Text,
    default: Default::Fixed(|| Value::Text(String::new())),
    only: None,
    quiet: false,
    help: "",
    long_help: "",
    refusal: "",
    check: |_, _| Ok(()),
    access: Access { asked: |_| None, ask: |_, _| false, of_clip: |_| Value::Flag(false), give: |_, _| false },
};

/// A field of a request: with an option nothing may be said of it, without one "nothing" is its default.
trait Asked {
    fn asked(&self) -> Option<Value>;
    fn ask(&mut self, value: Option<Value>) -> bool;
}

impl<T: Field> Asked for Option<T> {
    fn asked(&self) -> Option<Value> {
        self.as_ref().map(Field::to_value)
    }

    fn ask(&mut self, value: Option<Value>) -> bool {
        *self = value.as_ref().and_then(T::of_value);
        self.is_some() == value.is_some()
    }
}

macro_rules! always_asked {
    ($($kind:ty),+) => {
        $(impl Asked for $kind {
            fn asked(&self) -> Option<Value> {
                Some(self.to_value())
            }

            fn ask(&mut self, value: Option<Value>) -> bool {
                let given = value.as_ref().and_then(Field::of_value);
                let fits = given.is_some() == value.is_some();
                *self = given.unwrap_or_default();
                fits
            }
        })+
    };
}

always_asked!(Precision, String, bool, NoiseKind, DecoderKind);

/// Whether the strengths of LoRAs are in range.
///
/// # Errors
/// The first one that is not.
pub fn check_loras(loras: &[LoraChoice]) -> Result<(), RequestError> {
    let is_out = |lora: &&LoraChoice| !(-MAX_LORA_STRENGTH..=MAX_LORA_STRENGTH).contains(&lora.strength);
    match loras.iter().find(is_out) {
        Some(LoraChoice { path, strength }) => {
            let (path, strength, max) = (path.clone(), *strength, MAX_LORA_STRENGTH);
            Err(RequestError::LoraStrength { path, strength, max })
        }
        None => Ok(()),
    }
}

fn most_steps(limits: &RequestLimits, sampler: SamplerKind) -> u32 {
    match sampler {
        SamplerKind::Turbo => limits.max_steps.min(50),
        SamplerKind::Ddim => limits.max_steps,
    }
}

fn check_weights(setting: &'static Setting, prompt: &str) -> Result<(), RequestError> {
    match weighted_parts(prompt).into_iter().find(|part| !WEIGHTS.contains(&part.weight)) {
        Some(Weighted { text: words, weight }) => {
            Err(RequestError::PromptWeight { setting, words, weight, max: *WEIGHTS.end() })
        }
        None => Ok(()),
    }
}

fn check_steps(clip: &ClipSettings, limits: &RequestLimits) -> Result<(), RequestError> {
    if clip.sampler == SamplerKind::Ddim && !ddim_takes(clip.steps) {
        let nearest = nearest_ddim_steps(clip.steps, most_steps(limits, clip.sampler));
        return Err(RequestError::DdimSteps { steps: clip.steps, nearest });
    }
    Ok(())
}

fn check_size(clip: &ClipSettings, limits: &RequestLimits) -> Result<(), RequestError> {
    let ClipSettings { width, height, .. } = *clip;
    let (nearest_width, nearest_height) = (limits.nearest_side(width), limits.nearest_side(height));
    if (width, height) == (nearest_width, nearest_height) {
        return Ok(());
    }
    let (multiple, max) = (limits.size_multiple, limits.max_size);
    Err(RequestError::Size { width, height, multiple, max, nearest_width, nearest_height })
}

/// Whether VideoCrafter2's timestep rule `range(0, 1000, 1000 / steps) + 1` stays inside the 1000-entry noise table.
///
/// Where `steps` does not divide 1000 the rule gives a few steps more (30 gives 31), as in the reference.
pub(crate) fn ddim_takes(steps: u32) -> bool {
    let Some(stride) = 1000_u32.checked_div(steps) else { return false };
    stride > 0 && 999 / stride * stride < 999
}

fn nearest_ddim_steps(steps: u32, max: u32) -> u32 {
    (1..=max).filter(|&candidate| ddim_takes(candidate)).min_by_key(|candidate| candidate.abs_diff(steps)).unwrap_or(1)
}
