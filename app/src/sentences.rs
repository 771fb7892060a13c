//! Where messages of the engine become sentences, for the window and the command line alike.
//!
//! A message has a code and parameters (`hummingbird_engine::message`), by which a language other than English has its sentence
//! (`language`); English is the message's own `Display`.

use std::error::Error;

use hummingbird_engine::NoFolders;
use hummingbird_engine::chat::ChatError;
use hummingbird_engine::data::caption::CaptionError;
use hummingbird_engine::data::clip::ClipError;
use hummingbird_engine::data::cut::CutError;
use hummingbird_engine::data::filter::FilterError;
use hummingbird_engine::data::manifest::ManifestError;
use hummingbird_engine::data::motion::{ClipMotionError, MotionColumnsError};
use hummingbird_engine::data::objects::ObjectError;
use hummingbird_engine::data::scan::ScanError;
use hummingbird_engine::data::score::ScoreError;
use hummingbird_engine::data::work::WorkError;
use hummingbird_engine::error::{DeviceError, EngineError, FileError, ModelError, StoreError, WriteError};
use hummingbird_engine::eval::EvalError;
use hummingbird_engine::eval::vbench::VbenchError;
use hummingbird_engine::job::Cancelled;
use hummingbird_engine::jobs::enhance::EnhanceError;
use hummingbird_engine::jobs::queue_file::QueueFileError;
use hummingbird_engine::jobs::styles::StylesError;
use hummingbird_engine::jobs::wildcards::WildcardError;
use hummingbird_engine::kept::KeptError;
use hummingbird_engine::library::LibraryError;
use hummingbird_engine::message::{AsJson, Detail, Message};
use hummingbird_engine::pipeline::video_out::ExportError;
use hummingbird_engine::request::RequestError;
use hummingbird_engine::store::ReleaseError;
use hummingbird_engine::training::TrainError;
use hummingbird_engine::training::recipe::RecipeError;

/// What a message says: in the window in the language of the user, on the command line in English.
pub fn in_words(message: &dyn Message) -> String {
    #[cfg(feature = "window")]
    if let Some(said) = crate::language::message_in_words(message) {
        return said;
    }
    message.to_string()
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

/// The code of an error that is a message.
pub fn code_of(error: &(dyn Error + 'static)) -> Option<&'static str> {
    message_of(error).map(Message::code)
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
        as_message::<ReleaseError>,
        as_message::<ExportError>,
        as_message::<DeviceError>,
        as_message::<EvalError>,
        as_message::<TrainError>,
        as_message::<RecipeError>,
        as_message::<WriteError>,
        as_message::<LibraryError>,
        as_message::<QueueFileError>,
        as_message::<ChatError>,
        as_message::<EnhanceError>,
        as_message::<StylesError>,
        as_message::<CaptionError>,
        as_message::<ClipError>,
        as_message::<CutError>,
        as_message::<FilterError>,
        as_message::<ManifestError>,
        as_message::<ClipMotionError>,
        as_message::<MotionColumnsError>,
        as_message::<ObjectError>,
        as_message::<ScanError>,
        as_message::<ScoreError>,
        as_message::<WorkError>,
        as_message::<VbenchError>,
        as_message::<KeptError>,
        as_message::<NoFolders>,
        as_message::<Cancelled>,
    ]
    .into_iter()
    .find_map(|of| of(error))
}

// The message files of other languages are the window's.
#[cfg(all(test, feature = "window"))]
mod tests;
