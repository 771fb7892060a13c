//! Errors and warnings as a code and parameters, so that whoever shows them can choose the language.
//!
//! A type becomes a [`Message`] by `#[derive(Message)]` with `#[message("file")]`: [`Message::code`] is then `file.` and the name
//! of the variant, [`Message::parameters`] are its fields. Its `Display` is the English sentence, which stands beside the variant
//! (`#[error("...")]` of `thiserror`, also for advice and reasons, which are parts of errors). Where a sentence has an English
//! clause in it, that is a message of its own. What comes from outside (the system, a driver, a parser of a library) stays text.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

pub use hummingbird_message::Message;

use crate::json_path::JsonPath;

/// Something that is said to a person.
pub trait Message: fmt::Debug + fmt::Display {
    /// What is said, by a word that does not change.
    fn code(&self) -> &'static str;
    /// What it is said of, by name.
    fn parameters(&self) -> Vec<(&'static str, Value<'_>)>;
}

/// What a type of message can say.
pub trait Kinds: Message + Parameter {
    /// Its codes, without those of messages inside of it.
    const CODES: &'static [&'static str];
}

/// A parameter of a message.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// Names, and what others said.
    Text(Cow<'a, str>),
    /// A file or a folder.
    Path(&'a Path),
    /// A whole number.
    Whole(u64),
    /// Another number.
    Decimal(f64),
    /// So many bytes.
    Bytes(u64),
    /// So many seconds.
    Seconds(f64),
    /// Several of them.
    List(Vec<Value<'a>>),
    /// A message within the message.
    Message(&'a dyn Message),
}

/// What can be a parameter.
pub trait Parameter: Sized {
    /// Its value.
    fn value(&self) -> Value<'_>;
    /// Examples, one at least, without words of any language. Those of a message have each kind, and each kind of message inside
    /// of it, so that a language can be held against all of them.
    fn samples() -> Vec<Self>;
}

/// A field as a parameter; its unit is the end of its name.
pub fn named<'a>(name: &'static str, field: &'a impl Parameter) -> (&'static str, Value<'a>) {
    let value = match field.value() {
        Value::Whole(bytes) if name.ends_with("bytes") => Value::Bytes(bytes),
        Value::Decimal(secs) if name.ends_with("secs") => Value::Seconds(secs),
        value => value,
    };
    (name, value)
}

/// How many examples of a parameter there are.
pub fn count<P: Parameter>() -> usize {
    P::samples().len()
}

/// One of the examples.
pub fn sample<P: Parameter>(index: usize) -> P {
    let mut all = P::samples();
    all.swap_remove(index % all.len())
}

/// A part of a message that comes from elsewhere: another floor's message, or text of another program.
#[derive(Clone)]
pub enum Detail {
    /// What the system, a driver or a library said.
    Text(String),
    /// What a floor says that is not known where it is passed on.
    Message(Arc<dyn Message + Send + Sync>),
}

impl<M: Message + Send + Sync + 'static> From<M> for Detail {
    fn from(message: M) -> Self {
        Self::Message(Arc::new(message))
    }
}

impl From<String> for Detail {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(f),
            Self::Message(message) => message.fmt(f),
        }
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(f),
            Self::Message(message) => message.fmt(f),
        }
    }
}

impl PartialEq for Detail {
    /// Whether both say the same.
    fn eq(&self, other: &Self) -> bool {
        let code = |detail: &Self| match detail {
            Self::Text(_) => None,
            Self::Message(message) => Some(message.code()),
        };
        code(self) == code(other) && self.to_string() == other.to_string()
    }
}

impl Parameter for Detail {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text.into()),
            Self::Message(message) => Value::Message(&**message),
        }
    }

    fn samples() -> Vec<Self> {
        vec![Self::Text(SAMPLE.to_owned()), crate::Cancelled.into()]
    }
}

macro_rules! whole {
    ($($of:ty)*) => { $(impl Parameter for $of {
        fn value(&self) -> Value<'_> {
            Value::Whole(*self as u64)
        }
        fn samples() -> Vec<Self> {
            vec![7]
        }
    })* };
}

whole!(u8 u16 u32 u64 usize);

impl Parameter for f64 {
    fn value(&self) -> Value<'_> {
        Value::Decimal(*self)
    }

    fn samples() -> Vec<Self> {
        vec![0.5]
    }
}

impl Parameter for f32 {
    fn value(&self) -> Value<'_> {
        // By its shortest digits: 0.1 stays 0.1.
        Value::Decimal(self.to_string().parse().unwrap_or(f64::from(*self)))
    }

    fn samples() -> Vec<Self> {
        vec![0.5]
    }
}

/// Text of an example: no word of any language.
const SAMPLE: &str = "\u{2022}";

impl Parameter for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self.into())
    }

    fn samples() -> Vec<Self> {
        vec![SAMPLE.to_owned()]
    }
}

impl Parameter for &'static str {
    fn value(&self) -> Value<'_> {
        Value::Text((*self).into())
    }

    fn samples() -> Vec<Self> {
        vec![SAMPLE]
    }
}

impl Parameter for PathBuf {
    fn value(&self) -> Value<'_> {
        Value::Path(self)
    }

    fn samples() -> Vec<Self> {
        vec![SAMPLE.into()]
    }
}

impl Parameter for io::Error {
    fn value(&self) -> Value<'_> {
        Value::Text(self.to_string().into())
    }

    fn samples() -> Vec<Self> {
        vec![Self::other(SAMPLE)]
    }
}

impl<P: Parameter> Parameter for Vec<P> {
    fn value(&self) -> Value<'_> {
        Value::List(self.iter().map(Parameter::value).collect())
    }

    fn samples() -> Vec<Self> {
        vec![P::samples()]
    }
}

/// A message as JSON: `{"code": "file.open", "parameters": {"path": "a.safetensors", "source": "..."}}`; messages within it alike.
#[derive(Clone, Copy, Debug)]
pub struct AsJson<'a>(pub &'a dyn Message);

impl Serialize for AsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("code", self.0.code())?;
        map.serialize_entry("parameters", &Parameters(self.0.parameters()))?;
        map.end()
    }
}

struct Parameters<'a>(Vec<(&'static str, Value<'a>)>);

impl Serialize for Parameters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Path(path) => JsonPath(path).serialize(serializer),
            Self::Whole(number) | Self::Bytes(number) => serializer.serialize_u64(*number),
            // JSON has no other numbers.
            Self::Decimal(number) | Self::Seconds(number) if !number.is_finite() => serializer.collect_str(number),
            Self::Decimal(number) | Self::Seconds(number) => serializer.serialize_f64(*number),
            Self::List(values) => serializer.collect_seq(values),
            Self::Message(message) => AsJson(*message).serialize(serializer),
        }
    }
}

/// A size for plain texts, in whole mebibytes and rounded up: "3 MiB".
pub fn mebibytes(bytes: usize) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

#[cfg(test)]
mod tests {
    use thiserror::Error;

    use super::*;
    use crate as hummingbird_base;
    use hummingbird_base::message;

    #[derive(Clone, Copy, Debug, Error, Message)]
    #[message("advice")]
    enum Advice {
        #[error("wait")]
        Wait,
        #[error("choose {frames} frames")]
        FewerFrames { frames: u32 },
    }

    #[derive(Debug, Error, Message)]
    #[message("test")]
    enum Error {
        /// A doc comment, with a comma.
        #[error("{path:?} needs {need_bytes} bytes ({share}, {source}): {advice}")]
        TooLarge { path: PathBuf, need_bytes: u64, share: f32, source: io::Error, advice: Advice },
        #[error("nothing is there")]
        Nothing,
        #[error(transparent)]
        Inner(#[from] crate::Cancelled),
        #[error("{names:?}")]
        Names { names: Vec<String> },
    }

    #[test]
    fn codes_and_parameters_come_from_the_declaration() {
        let error = Error::TooLarge {
            path: "a".into(),
            need_bytes: 9,
            share: 0.1,
            source: io::Error::other("no"),
            advice: Advice::FewerFrames { frames: 4 },
        };
        let json = serde_json::json!({
            "code": "test.too-large",
            "parameters": {
                "path": "a", "need_bytes": 9, "share": 0.1, "source": "no",
                "advice": { "code": "advice.fewer-frames", "parameters": { "frames": 4 } },
            },
        });
        assert_eq!(serde_json::to_value(AsJson(&error)).expect("it is JSON"), json);
        assert!(matches!(error.parameters()[1], ("need_bytes", Value::Bytes(9))));
        assert_eq!(error.to_string(), "\"a\" needs 9 bytes (0.1, no): choose 4 frames");
        let error = Error::from(crate::Cancelled);
        assert_eq!((error.code(), error.parameters().len()), ("job.cancelled", 0), "what is inside speaks for itself");
    }

    #[test]
    fn samples_have_every_kind_and_every_kind_inside() {
        assert_eq!(Error::CODES, ["test.too-large", "test.nothing", "test.names"]);
        let codes: Vec<&str> = Error::samples().iter().map(Message::code).collect();
        assert_eq!(codes, ["test.too-large", "test.too-large", "test.nothing", "job.cancelled", "test.names"]);
        let inside = Error::samples()
            .iter()
            .flat_map(|error| {
                let codes = error.parameters().into_iter().filter_map(|(_, value)| match value {
                    Value::Message(message) => Some(message.code()),
                    _ => None,
                });
                codes.collect::<Vec<_>>()
            })
            .collect::<Vec<_>>();
        assert_eq!(inside, Advice::CODES);
    }

    #[test]
    fn numbers_that_json_lacks_are_text() {
        for (number, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
            assert_eq!(serde_json::to_value(Value::Decimal(number)).expect("it is JSON"), text);
        }
    }
}
