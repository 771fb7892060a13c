//! The controls as they stand: texts that a person typed, their checks, and the way to a request and back. What there is to set,
//! with its range and its default, is in the engine's table of settings.
//!
//! Numbers are kept as text, so that what is typed is never changed under the cursor; an empty field is the model's default.

use std::collections::BTreeMap;
use std::path::Path;

use crate::language::tr;
use crate::sentences::in_words;
use hummingbird_engine::jobs::wildcards::literal;
use hummingbird_engine::request::{
    GenerateRequest, LoraChoice, RawRequest, RequestError, RequestLimits, SamplerKind, check_loras,
};
use hummingbird_engine::settings::{Field as _, Kind, SETTINGS, Setting, Value, table};
use serde::{Deserialize, Serialize};
use serde_json::Map;

/// Where in the window a message belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Under the control of a setting.
    Setting(&'static Setting),
    /// Under the list of LoRAs.
    Loras,
}

impl Place {
    /// That of a setting.
    pub fn of(setting: &'static Setting) -> Self {
        Self::Setting(setting.place())
    }
}

impl From<&RequestError> for Place {
    fn from(error: &RequestError) -> Self {
        error.setting().map_or(Self::Loras, Self::of)
    }
}

/// Everything that the left side of the window holds. In its file it is one flat object, with the numbers as texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, serde_json::Value>", into = "Map<String, serde_json::Value>")]
pub struct Controls {
    /// What was typed and chosen; its numbers are the texts below.
    pub asked: RawRequest,
    /// Whether every clip takes the seed of the field.
    pub seed_locked: bool,
    /// Numbers as typed; the seed may be that of the last clip.
    texts: BTreeMap<&'static str, String>,
}

/// The name of [`Controls::seed_locked`] in the file.
const SEED_LOCKED: &str = "seed_locked";

impl From<Controls> for Map<String, serde_json::Value> {
    fn from(controls: Controls) -> Self {
        let mut map = match serde_json::to_value(&controls.asked) {
            Ok(serde_json::Value::Object(map)) => map,
            _ => Self::new(),
        };
        for setting in numbers() {
            map.insert(setting.name.to_owned(), controls.text(setting).into());
        }
        map.insert(SEED_LOCKED.to_owned(), controls.seed_locked.into());
        map
    }
}

impl TryFrom<Map<String, serde_json::Value>> for Controls {
    type Error = serde_json::Error;

    fn try_from(mut map: Map<String, serde_json::Value>) -> Result<Self, Self::Error> {
        let mut texts = BTreeMap::new();
        for setting in numbers() {
            if let Some(text) = map.remove(setting.name) {
                texts.insert(setting.name, serde_json::from_value::<String>(text)?);
            }
        }
        texts.retain(|_, text| !text.is_empty());
        let seed_locked = map.remove(SEED_LOCKED).map_or(Ok(false), serde_json::from_value)?;
        let asked = serde_json::from_value(serde_json::Value::Object(map))?;
        Ok(Self { asked, seed_locked, texts })
    }
}

impl Controls {
    /// The text of a number.
    pub fn text(&self, setting: &'static Setting) -> &str {
        self.texts.get(setting.name).map_or("", String::as_str)
    }

    /// Changes the text of a number.
    pub fn set_text(&mut self, setting: &'static Setting, text: String) {
        if text.is_empty() {
            self.texts.remove(setting.name);
        } else {
            self.texts.insert(setting.name, text);
        }
    }

    /// The request as typed, or the first text that is no number, with its place.
    pub fn to_raw(&self) -> Result<RawRequest, (Place, String)> {
        let (raw, mut unread) = self.read();
        if unread.is_empty() { Ok(raw) } else { Err(unread.remove(0)) }
    }

    /// The request as far as its numbers can be read, and what is wrong with the others.
    fn read(&self) -> (RawRequest, Vec<(Place, String)>) {
        let mut raw = self.asked.clone();
        let mut unread = Vec::new();
        for setting in numbers().filter(|setting| **setting != table::SEED || self.seed_locked) {
            match number_of(setting, self.text(setting)) {
                Ok(value) => {
                    setting.ask(&mut raw, value);
                }
                Err(problem) => unread.push((Place::of(setting), problem)),
            }
        }
        (raw, unread)
    }

    /// All that is wrong with the settings as they stand, each with its place. The prompt is checked by the Generate command.
    pub fn problems(&self, limits: &RequestLimits) -> Vec<(Place, String)> {
        let (raw, unread) = self.read();
        let clip = raw.filled(limits);
        let mut problems: Vec<(Place, String)> = Vec::new();
        for setting in SETTINGS.into_iter().filter(|setting| **setting != table::PROMPT) {
            let place = Place::of(setting);
            let text = match unread.iter().find(|(at, _)| *at == place) {
                Some((_, text)) => Some(text.clone()),
                None => setting.check(&clip, limits).err().map(|error| in_words(&error)),
            };
            if problems.iter().all(|(other, _)| *other != place) {
                problems.extend(text.map(|text| (place, text)));
            }
        }
        problems.extend(check_loras(&raw.loras).err().map(|error| (Place::Loras, in_words(&error))));
        problems
    }

    /// The request as typed, its wildcards chosen out of the lists in a folder, checked.
    pub fn request(&self, limits: &RequestLimits, wildcards: &Path) -> Result<GenerateRequest, (Place, String)> {
        let raw = self.to_raw()?.choosing_wildcards(wildcards);
        let raw = raw.map_err(|error| (Place::of(&table::PROMPT), in_words(&error)))?;
        raw.validate(limits).map_err(|error| (Place::from(&error), in_words(&error)))
    }

    /// Adopts the settings that made a clip. Numbers that are the model's defaults are written out too: the clip must
    /// come out the same under a model with other defaults. LoRAs that the clip does without stay in the list, switched off.
    pub fn adopt(&mut self, request: &GenerateRequest) {
        let unused = |lora: &LoraChoice| request.loras.iter().all(|used| used.path != lora.path);
        let off = |lora: LoraChoice| LoraChoice { strength: 0.0, ..lora };
        let others = std::mem::take(&mut self.asked.loras).into_iter().filter(unused).map(off);
        // The clip's own first and in its order: sums of weights depend on it.
        let loras = request.loras.iter().cloned().chain(others).collect();
        let mut adopted = Self {
            asked: RawRequest { loras, device: self.asked.device, ..RawRequest::default() },
            seed_locked: true,
            texts: BTreeMap::new(),
        };
        for setting in SETTINGS {
            let value = setting.of_clip(&request.clip);
            if is_number(setting) {
                adopted.set_text(setting, value.to_string());
            } else {
                setting.ask(&mut adopted.asked, Some(value));
            }
        }
        // What was chosen then stays chosen.
        for text in [&mut adopted.asked.prompt, &mut adopted.asked.negative] {
            *text = literal(text).into_owned();
        }
        *self = adopted;
    }

    /// Back to the model's defaults; prompt, negative prompt and device stay.
    pub fn reset(&mut self) {
        let RawRequest { prompt, negative, device, .. } = std::mem::take(&mut self.asked);
        *self = Self { asked: RawRequest { prompt, negative, device, ..RawRequest::default() }, ..Self::default() };
    }

    /// Moves a number by `steps` of its own step width, inside what the model takes.
    pub fn nudge(&mut self, setting: &'static Setting, steps: i32, limits: &RequestLimits) {
        if *setting == table::SEED {
            let seed = self.text(setting).trim().parse::<u64>().unwrap_or(0);
            self.set_text(setting, seed.saturating_add_signed(i64::from(steps)).to_string());
            self.seed_locked = true;
        } else {
            let (least, most, step) = range(setting, self.sampler_used(limits), limits);
            let value = self.number(setting, limits) + step * f64::from(steps);
            self.set_text(setting, trimmed(value.clamp(least, most)));
        }
    }

    /// The number in a field; the model's default where it is empty or no number.
    pub fn number(&self, setting: &'static Setting, limits: &RequestLimits) -> f64 {
        self.text(setting).trim().parse().unwrap_or_else(|_| default(setting, limits))
    }

    /// The sampler that will run.
    pub fn sampler_used(&self, limits: &RequestLimits) -> SamplerKind {
        self.asked.sampler.unwrap_or(limits.sampler)
    }
}

/// Whether a setting is typed as a number.
fn is_number(setting: &Setting) -> bool {
    matches!(setting.kind, Kind::Seed | Kind::Whole { .. } | Kind::Side | Kind::Decimal { .. })
}

/// The settings that are typed as numbers.
fn numbers() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.into_iter().filter(|setting| is_number(setting))
}

/// The number that a text is; `None` where it is empty.
fn number_of(setting: &Setting, text: &str) -> Result<Option<Value>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match setting.kind {
        Kind::Seed => {
            let wrong = |_| tr!("state-no-seed", text = text, most = u64::MAX.to_string());
            text.parse().map(|seed: u64| Some(seed.to_value())).map_err(wrong)
        }
        Kind::Decimal { .. } => {
            // A comma is what many keyboards have beside the digits.
            let wrong = |_| tr!("state-no-number", text = text);
            text.replace(',', ".").parse().map(|number: f32| Some(number.to_value())).map_err(wrong)
        }
        _ => {
            let wrong = |_| tr!("state-no-whole-number", text = text);
            text.parse().map(|number: u32| Some(number.to_value())).map_err(wrong)
        }
    }
}

/// The model's default of a number, for the grey text of an empty field.
pub fn default(setting: &Setting, limits: &RequestLimits) -> f64 {
    setting.default_of(limits).and_then(|value| value.number()).unwrap_or(0.0)
}

/// Least, most and step width of a number, for its slider and its arrow keys.
pub fn range(setting: &Setting, sampler: SamplerKind, limits: &RequestLimits) -> (f64, f64, f64) {
    let range = setting.range(limits, sampler);
    let numbers = range.and_then(|(least, most, step)| Some((least.number()?, most.number()?, step)));
    numbers.unwrap_or((0.0, f64::MAX, 1.0))
}

/// The range of a number and what it is where nothing is typed, for the line below its field.
pub fn range_text(setting: &Setting, sampler: SamplerKind, limits: &RequestLimits) -> Option<String> {
    if matches!(setting.kind, Kind::Seed) {
        return Some(tr!("state-range-seed"));
    }
    let (least, most, step) = setting.range(limits, sampler)?;
    // Texts, so that they have the decimals that they have here.
    let (least, most) = (least.to_string(), most.to_string());
    if setting.kind.is_side() {
        return Some(tr!("state-range-multiples", step = step.to_string(), least = least, most = most));
    }
    let own = setting.default_of(limits).map(|value| value.to_string());
    Some(match own {
        Some(own) if setting.is_by_model() => tr!("state-range-own", least = least, most = most, own = own),
        Some(own) => tr!("state-range-usual", least = least, most = most, usual = own),
        None => tr!("state-range", least = least, most = most),
    })
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
