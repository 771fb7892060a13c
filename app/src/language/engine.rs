//! What the engine says in other languages than English: its messages by their codes, its settings by their names.

use fluent_bundle::{FluentArgs, FluentValue};
use hummingbird_engine::message::{Message, Value};

use super::choice::{marked, marks};
use super::{Catalogue, Language, catalogue, current, tr};
use crate::units::bytes_called;

/// What a message says in the language that was chosen; `None` in English, which messages speak themselves, and for those that the
/// language lacks.
pub fn message_in_words(message: &dyn Message) -> Option<String> {
    match current() {
        Language::English => marks().then(|| marked(message.to_string())),
        language => catalogue(language).message(message),
    }
}

/// The name of a setting (`steps`) or of a choice of one (`sampler-turbo`), in the language that was chosen; `english` is what the
/// table of settings says.
pub fn setting_name(key: &str, english: &str) -> String {
    of_setting(key, english, "")
}

/// The help of a setting, as [`setting_name`].
pub fn setting_help(key: &str, english: &str) -> String {
    of_setting(key, english, ".help")
}

fn of_setting(key: &str, english: &str, part: &str) -> String {
    said_of(key, part).unwrap_or_else(|| marked(english.to_owned()))
}

/// What another language than English says of a part of the settings table.
fn said_of(key: &str, part: &str) -> Option<String> {
    match current() {
        Language::English => None,
        language => catalogue(language).engine_text(&format!("setting-{}{part}", key.replace('_', "-")), None),
    }
}

impl Catalogue {
    /// What a message says in this language.
    pub fn message(&self, message: &dyn Message) -> Option<String> {
        let mut args = FluentArgs::new();
        for (name, value) in message.parameters() {
            args.set(name, self.argument(&value));
        }
        self.engine_text(&key_of(message.code()), Some(&args))
    }

    /// A parameter as an argument of Fluent: whole numbers stay numbers, so that plurals can be chosen by them.
    fn argument(&self, value: &Value<'_>) -> FluentValue<'static> {
        match value {
            Value::Whole(number) => (*number).into(),
            _ => self.value(value).into(),
        }
    }

    /// A parameter as it is shown.
    pub fn value(&self, value: &Value<'_>) -> String {
        match value {
            Value::Text(text) => text.clone().into_owned(),
            Value::Path(path) => format!("{path:?}"),
            Value::Whole(number) => number.to_string(),
            Value::Decimal(number) | Value::Seconds(number) => number.to_string(),
            Value::Bytes(count) => {
                bytes_called(*count, &self.text("unit-bytes", None).unwrap_or_else(|| tr!("unit-bytes")))
            }
            Value::List(values) => values.iter().map(|value| self.value(value)).collect::<Vec<_>>().join(", "),
            Value::Message(message) => self.message(*message).unwrap_or_else(|| message.to_string()),
        }
    }
}

/// The key of a code: points stand before attributes in Fluent.
pub fn key_of(code: &str) -> String {
    code.replace('.', "-")
}
