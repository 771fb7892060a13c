//! Where messages of the engine become sentences, for the window and the command line alike.
//!
//! A message has a code and parameters (`hummingbird_engine::message`). A [`Language`] has a sentence for each code, with the
//! names of the parameters in braces; for codes that it lacks, and in English, the message's own `Display` is taken.

use std::collections::BTreeMap;
use std::error::Error;

use hummingbird_engine::NoFolders;
use hummingbird_engine::error::{DeviceError, EngineError, FileError, ModelError, StoreError, WriteError};
use hummingbird_engine::eval::EvalError;
use hummingbird_engine::job::Cancelled;
use hummingbird_engine::jobs::queue_file::QueueFileError;
use hummingbird_engine::jobs::wildcards::WildcardError;
use hummingbird_engine::kept::KeptError;
use hummingbird_engine::library::LibraryError;
use hummingbird_engine::message::{AsJson, Detail, Message, Value};
use hummingbird_engine::pipeline::video_out::ExportError;
use hummingbird_engine::request::RequestError;
use hummingbird_engine::training::TrainError;
use hummingbird_engine::training::recipe::RecipeError;

use crate::units::bytes_called;

/// The sentences of one language, by code. English has none: messages speak it themselves.
#[derive(Debug)]
pub struct Language {
    sentences: BTreeMap<String, String>,
    /// Its word for bytes.
    bytes: &'static str,
}

/// The only language so far.
static ENGLISH: Language = Language { sentences: BTreeMap::new(), bytes: "bytes" };

/// What a message says, in the language of the user.
pub fn in_words(message: &dyn Message) -> String {
    ENGLISH.sentence(message)
}

/// What a part of a message says, in the language of the user.
pub fn detail_in_words(detail: &Detail) -> String {
    match detail {
        Detail::Text(text) => text.clone(),
        Detail::Message(message) => in_words(&**message),
    }
}

/// What an error says: in the language of the user where it is a message, else in its own words.
pub fn error_in_words(error: &(dyn Error + 'static)) -> String {
    message_of(error).map_or_else(|| error.to_string(), in_words)
}

/// Code and parameters of a message, as they stand beside its text in the JSON of commands.
pub fn details(message: &dyn Message) -> serde_json::Value {
    serde_json::to_value(AsJson(message)).expect("names are texts and values are plain")
}

/// Code and parameters of an error that is a message.
pub fn error_details(error: &(dyn Error + 'static)) -> Option<serde_json::Value> {
    message_of(error).map(details)
}

/// The message that an error is.
fn message_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn Message> {
    fn as_message<'a, M: Message + Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn Message> {
        error.downcast_ref::<M>().map(|message| message as &dyn Message)
    }
    [
        as_message::<EngineError>,
        as_message::<RequestError>,
        as_message::<WildcardError>,
        as_message::<ModelError>,
        as_message::<FileError>,
        as_message::<StoreError>,
        as_message::<ExportError>,
        as_message::<DeviceError>,
        as_message::<EvalError>,
        as_message::<TrainError>,
        as_message::<RecipeError>,
        as_message::<WriteError>,
        as_message::<LibraryError>,
        as_message::<QueueFileError>,
        as_message::<KeptError>,
        as_message::<NoFolders>,
        as_message::<Cancelled>,
    ]
    .into_iter()
    .find_map(|of| of(error))
}

impl Language {
    /// What a message says in this language.
    pub fn sentence(&self, message: &dyn Message) -> String {
        match self.sentences.get(message.code()) {
            Some(pattern) => self.filled(pattern, &message.parameters()),
            None => message.to_string(),
        }
    }

    /// A sentence with the parameters in the place of their names.
    fn filled(&self, pattern: &str, parameters: &[(&'static str, Value<'_>)]) -> String {
        let (mut sentence, mut rest) = (String::new(), pattern);
        while let Some((before, after)) = rest.split_once('{') {
            sentence.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            match parameters.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => sentence.push_str(&self.value(value)),
                None => sentence.push_str(name),
            }
            rest = after;
        }
        sentence + rest
    }

    fn value(&self, value: &Value<'_>) -> String {
        match value {
            Value::Text(text) => text.clone().into_owned(),
            Value::Path(path) => format!("{path:?}"),
            Value::Whole(number) => number.to_string(),
            Value::Decimal(number) | Value::Seconds(number) => number.to_string(),
            Value::Bytes(count) => bytes_called(*count, self.bytes),
            Value::List(values) => values.iter().map(|value| self.value(value)).collect::<Vec<_>>().join(", "),
            Value::Message(message) => self.sentence(*message),
        }
    }
}

#[cfg(test)]
mod tests;
