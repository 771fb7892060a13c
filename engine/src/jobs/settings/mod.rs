//! The table of settings: what a clip's settings are to people. Command line, window, validation, exports and the README's
//! reference all walk it.
//!
//! [`table`] is the table, and the request with a field for each row; this file is what a row is and does; [`mod@reference`] prints
//! the README's part, [`mod@error`] says why a request cannot run. A new setting is a field of [`ClipSettings`], a row with its field of
//! [`RawRequest`], and the code that uses it.

pub mod error;
pub mod reference;
pub mod table;

use std::fmt;

use hummingbird_base::message::{self, Detail, Parameter};

use crate::pipeline::settings::ClipSettings;
pub use crate::pipeline::settings::value::{Field, Value, Values};
use hummingbird_model::SamplerKind;
use hummingbird_model::limits::RequestLimits;

pub use error::RequestError;
pub use table::{LoraChoice, RawRequest, SETTINGS};

/// One row of the table.
pub struct Setting {
    /// Its name in files.
    pub name: &'static str,
    /// The name of its option, which width and height share.
    pub option: &'static str,
    /// What stands for its value in the command line's help.
    pub value_name: &'static str,
    /// Its name in the window.
    pub label: &'static str,
    /// Its place in the window and in help texts.
    pub order: u8,
    /// What it can be.
    pub kind: Kind,
    /// What it is where nothing is said.
    pub default: Default,
    /// The sampler that uses it; others ignore it.
    pub only: Option<SamplerKind>,
    /// Whether files leave it out where it is as in files from before there was such a setting.
    pub quiet: bool,
    /// One line: the window's tooltip and the README.
    pub help: &'static str,
    /// What the command line says, the sampler aside: see [`Setting::full_help`].
    pub long_help: &'static str,
    /// What is said of a number that is out of range: `{value}`, `{least}` and `{most}` are filled in.
    refusal: &'static str,
    /// Checks beside the range of a number.
    check: fn(&ClipSettings, &RequestLimits) -> Result<(), RequestError>,
    access: Access,
}

/// What a setting can be.
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number of 64 bits; nothing draws one.
    Seed,
    /// A whole number.
    Whole {
        /// Least.
        least: u32,
        /// Most.
        most: Most,
    },
    /// A length in pixels, in steps that the model takes; width and height are checked as one.
    Side,
    /// Any number.
    Decimal {
        /// Least.
        least: f32,
        /// Most.
        most: f32,
        /// Step of sliders and arrow keys.
        step: f32,
    },
    /// On or off, with the words beside the box.
    Flag(&'static str),
    /// One of several.
    Choice {
        /// Those with a name.
        named: &'static [Choice],
        /// How others are written.
        other: Option<Other>,
    },
}

impl Kind {
    /// Whether it is width or height.
    pub fn is_side(&self) -> bool {
        matches!(self, Self::Side)
    }
}

/// Largest value of a whole number.
pub enum Most {
    /// For every model.
    Fixed(u32),
    /// The model's, and the sampler's.
    Model(fn(&RequestLimits, SamplerKind) -> u32),
}

/// One choice.
pub struct Choice {
    /// Its name in files and on the command line.
    pub name: &'static str,
    /// Its name in the window.
    pub label: &'static str,
    /// What it is.
    pub help: &'static str,
}

/// Choices without a name.
pub struct Other {
    /// How they are written, for example `INTERVAL:DEPTH`.
    pub form: &'static str,
    /// Reads any choice; the error says what to write.
    pub parse: fn(&str) -> Result<Value, Detail>,
    /// Its name in the window.
    pub label: fn(&str) -> String,
}

/// What a setting is where nothing is said.
pub enum Default {
    /// It must be given.
    Needed,
    /// A random one.
    Random,
    /// The same for every model.
    Fixed(fn() -> Value),
    /// The model's own.
    Model(fn(&RequestLimits) -> Value),
}

/// The way of a value into requests and clips, and out of them.
struct Access {
    asked: fn(&RawRequest) -> Option<Value>,
    ask: fn(&mut RawRequest, Option<Value>) -> bool,
    of_clip: fn(&ClipSettings) -> Value,
    give: fn(&mut ClipSettings, &Value) -> bool,
}

impl Setting {
    /// What the command line and the README say.
    pub fn full_help(&self) -> String {
        match self.only {
            Some(sampler) => format!("{} ({} only)", self.long_help, sampler.to_value().to_string().to_uppercase()),
            None => self.long_help.to_owned(),
        }
    }

    /// Where its messages are shown: width and height have one place.
    pub fn place(&'static self) -> &'static Self {
        if *self == table::HEIGHT { &table::WIDTH } else { self }
    }

    /// What a request says of it; `None` where it leaves it to the default.
    pub fn asked(&self, raw: &RawRequest) -> Option<Value> {
        (self.access.asked)(raw)
    }

    /// Puts a value into a request, or none; whether it is a value of this setting.
    pub fn ask(&self, raw: &mut RawRequest, value: Option<Value>) -> bool {
        (self.access.ask)(raw, value)
    }

    /// Its value in a clip.
    pub fn of_clip(&self, clip: &ClipSettings) -> Value {
        (self.access.of_clip)(clip)
    }

    /// Puts a value into a clip; whether it is a value of this setting.
    pub fn give(&self, clip: &mut ClipSettings, value: &Value) -> bool {
        (self.access.give)(clip, value)
    }

    /// Whether a request can leave it to the model, which has a default of its own.
    pub fn is_by_model(&self) -> bool {
        matches!(self.default, Default::Model(_))
    }

    /// What it is for this model where nothing is said; `None` where it must be given, or is random.
    pub fn default_of(&self, limits: &RequestLimits) -> Option<Value> {
        match self.default {
            Default::Needed | Default::Random => None,
            Default::Fixed(value) => Some(value()),
            Default::Model(value) => Some(value(limits)),
        }
    }

    /// Puts into a clip what a request says of it, or the default.
    pub fn fill(&self, raw: &RawRequest, limits: &RequestLimits, clip: &mut ClipSettings) {
        let value = self.asked(raw).or_else(|| self.default_of(limits)).map(|value| match value {
            Value::Text(text) => Value::Text(text.trim().to_owned()),
            other => other,
        });
        if let Some(value) = value {
            self.give(clip, &value);
        }
    }

    /// Least and most of a number, and the step of sliders and arrow keys; `None` for others.
    pub fn range(&self, limits: &RequestLimits, sampler: SamplerKind) -> Option<(Value, Value, f64)> {
        match self.kind {
            Kind::Whole { least, ref most } => {
                let most = match most {
                    Most::Fixed(most) => *most,
                    Most::Model(most) => most(limits, sampler),
                };
                Some((least.to_value(), most.to_value(), 1.0))
            }
            Kind::Side => {
                let ends = [0, u32::MAX].map(|side| limits.nearest_side(side).to_value());
                let [least, most] = ends;
                Some((least, most, f64::from(limits.size_multiple.max(1))))
            }
            Kind::Decimal { least, most, step } => {
                Some((least.to_value(), most.to_value(), step.to_value().number().unwrap_or(1.0)))
            }
            Kind::Text | Kind::Seed | Kind::Flag(_) | Kind::Choice { .. } => None,
        }
    }

    /// Whether its value in a clip can run.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&'static self, clip: &ClipSettings, limits: &RequestLimits) -> Result<(), RequestError> {
        if let (Some((least, most, _)), false) = (self.range(limits, clip.sampler), self.kind.is_side()) {
            let value = self.of_clip(clip);
            let is_inside = match (value.number(), least.number(), most.number()) {
                (Some(value), Some(least), Some(most)) => (least..=most).contains(&value),
                _ => false,
            };
            if !is_inside {
                return Err(RequestError::OutOfRange { setting: self, value, least, most });
            }
        }
        (self.check)(clip, limits)
    }

    /// What is said of a number that is out of range.
    pub(super) fn refusal(&self, value: &Value, least: &Value, most: &Value) -> String {
        [("{value}", value), ("{least}", least), ("{most}", most)]
            .into_iter()
            .fold(self.refusal.to_owned(), |text, (hole, value)| text.replace(hole, &value.to_string()))
    }

    /// Whether a file says it of a clip.
    pub fn is_written(&self, clip: &ClipSettings) -> bool {
        !self.quiet || self.of_clip(clip) != self.of_clip(&ClipSettings::default())
    }
}

impl Parameter for &'static Setting {
    /// Its name in files.
    fn value(&self) -> message::Value<'_> {
        message::Value::Text(self.name.into())
    }

    fn samples() -> Vec<Self> {
        SETTINGS.to_vec()
    }
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Setting {}

impl std::hash::Hash for Setting {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// All settings, in the order of window and help texts.
pub fn in_order() -> Vec<&'static Setting> {
    let mut settings = SETTINGS.to_vec();
    settings.sort_by_key(|setting| setting.order);
    settings
}

/// The setting with this name.
pub fn named(name: &str) -> Option<&'static Setting> {
    SETTINGS.into_iter().find(|setting| setting.name == name)
}

/// The settings of a clip by their names, as files carry them. Which decoder made the frames is known only afterwards, so it is
/// not among them.
pub fn values_of(clip: &ClipSettings) -> Values {
    let written = SETTINGS.into_iter().filter(|it| **it != table::DECODER && it.is_written(clip));
    written.map(|setting| (setting.name.to_owned(), setting.of_clip(clip))).collect()
}

/// The clip of values that a file carries, and the settings whose values this version does not know. What a file lacks is as it
/// was before there was such a setting.
pub fn clip_of(values: &Values) -> (ClipSettings, Vec<(&'static Setting, Value)>) {
    let mut clip = ClipSettings::default();
    let mut unknown = Vec::new();
    for setting in SETTINGS {
        // Older versions wrote empty texts where there was no choice.
        let carried = values.get(setting.name).filter(|value| **value != Value::Text(String::new()));
        if let Some(value) = carried
            && !setting.give(&mut clip, value)
        {
            unknown.push((setting, value.clone()));
        }
    }
    (clip, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_clip_has_its_row() {
        let clip = serde_json::to_value(ClipSettings::default()).expect("plain data");
        let mut fields: Vec<&str> = clip.as_object().expect("an object").keys().map(String::as_str).collect();
        let mut rows: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        fields.sort_unstable();
        rows.sort_unstable();
        assert_eq!(rows, fields, "a setting lacks its row in the table");
        let raw = serde_json::to_value(RawRequest::default()).expect("plain data");
        assert!(rows.iter().all(|row| raw.get(row).is_some()), "{raw}");
        let mut places: Vec<u8> = SETTINGS.iter().map(|setting| setting.order).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), SETTINGS.len(), "two have the same place");
    }

    #[test]
    fn choices_have_the_names_that_serde_writes() {
        for setting in SETTINGS {
            let Kind::Choice { named, .. } = &setting.kind else { continue };
            for choice in *named {
                let value = Value::Text(choice.name.to_owned());
                let mut clip = ClipSettings::default();
                assert!(setting.give(&mut clip, &value), "{setting:?} has no {}", choice.name);
                assert_eq!(setting.of_clip(&clip), value);
                let json = serde_json::to_value(&clip).expect("plain data");
                assert_eq!(json[setting.name], choice.name, "{setting:?}");
            }
        }
    }

    #[test]
    fn values_of_a_clip_bring_it_back() {
        let clip = ClipSettings {
            prompt: "a boat".into(),
            guidance: 7.3,
            seed: u64::MAX,
            sampler: SamplerKind::Turbo,
            eta: 0.1,
            merge_tokens: true,
            reuse: "4:3".parse().expect("a plan"),
            ..ClipSettings::default()
        };
        let json = serde_json::to_string(&values_of(&clip)).expect("plain data");
        let values: Values = serde_json::from_str(&json).expect("as written");
        assert_eq!(clip_of(&values), (clip, Vec::new()));
        let newer = r#"{"noise":"dice","steps":-1,"mood":{"calm":[1,2]},"guidance":7,"reuse":""}"#;
        let (clip, unknown) = clip_of(&serde_json::from_str(newer).expect("an object"));
        let unknown: Vec<&str> = unknown.iter().map(|(setting, _)| setting.name).collect();
        assert_eq!((clip.guidance, unknown), (7.0, vec!["steps", "noise"]));
    }
}
