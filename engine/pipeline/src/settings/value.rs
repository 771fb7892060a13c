//! One value of a clip's settings without its type: what tables, command lines, windows and files have in common.

use std::fmt;

use hummingbird_base::message::{self, Parameter};
use hummingbird_model::{Reuse, SamplerKind};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{DecoderKind, NoiseKind, Precision};

/// A value of a setting. Choices are their names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// On or off.
    Flag(bool),
    /// A whole number.
    Whole(u64),
    /// Any number.
    Decimal(f32),
    /// A text, or the name of a choice.
    Text(String),
}

/// A type of a setting.
pub trait Field: Sized {
    /// The value without its type.
    fn to_value(&self) -> Value;

    /// The value of this type; `None` where it has no such value.
    fn of_value(value: &Value) -> Option<Self>;
}

impl Value {
    /// As a number, where it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            // Numbers of settings are far below 2^53; a seed is not computed with.
            Self::Whole(value) => Some(*value as f64),
            // By way of the shortest decimal, so that 0.1 stays 0.1.
            Self::Decimal(value) => value.to_string().parse().ok(),
            Self::Flag(_) | Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(value) => write!(f, "{value}"),
            Self::Whole(value) => write!(f, "{value}"),
            Self::Decimal(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}

impl Parameter for Value {
    fn value(&self) -> message::Value<'_> {
        match self {
            Self::Flag(value) => message::Value::Text(value.to_string().into()),
            Self::Whole(value) => value.value(),
            Self::Decimal(value) => value.value(),
            Self::Text(value) => value.value(),
        }
    }

    fn samples() -> Vec<Self> {
        vec![Self::Whole(7), Self::Decimal(0.5)]
    }
}

impl Field for bool {
    fn to_value(&self) -> Value {
        Value::Flag(*self)
    }

    fn of_value(value: &Value) -> Option<Self> {
        if let Value::Flag(value) = value { Some(*value) } else { None }
    }
}

impl Field for u32 {
    fn to_value(&self) -> Value {
        Value::Whole((*self).into())
    }

    fn of_value(value: &Value) -> Option<Self> {
        if let Value::Whole(value) = value { (*value).try_into().ok() } else { None }
    }
}

impl Field for u64 {
    fn to_value(&self) -> Value {
        Value::Whole(*self)
    }

    fn of_value(value: &Value) -> Option<Self> {
        if let Value::Whole(value) = value { Some(*value) } else { None }
    }
}

impl Field for f32 {
    fn to_value(&self) -> Value {
        Value::Decimal(*self)
    }

    fn of_value(value: &Value) -> Option<Self> {
        match value {
            Value::Decimal(value) => Some(*value),
            // Other programs write 7.0 as 7.
            Value::Whole(value) => Some(*value as f32),
            Value::Flag(_) | Value::Text(_) => None,
        }
    }
}

impl Field for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn of_value(value: &Value) -> Option<Self> {
        if let Value::Text(value) = value { Some(value.clone()) } else { None }
    }
}

impl Field for Reuse {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn of_value(value: &Value) -> Option<Self> {
        if let Value::Text(value) = value { value.to_lowercase().parse().ok() } else { None }
    }
}

/// Choices by their names in files.
macro_rules! named {
    ($kind:ty, $($choice:ident $name:literal),+) => {
        impl Field for $kind {
            fn to_value(&self) -> Value {
                Value::Text(match self { $(Self::$choice => $name),+ }.to_owned())
            }

            fn of_value(value: &Value) -> Option<Self> {
                let Value::Text(value) = value else { return None };
                match value.to_lowercase().as_str() { $($name => Some(Self::$choice),)+ _ => None }
            }
        }
    };
}

named!(SamplerKind, Turbo "turbo", Ddim "ddim");
named!(NoiseKind, Own "hummingbird", TorchCpu "torch-cpu");
named!(DecoderKind, Full "full", Tiny "light");
named!(Precision, Exact "exact", Bf16 "bf16", Int8 "int8");

/// Values of settings by their names, in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(Vec<(String, Value)>);

impl Values {
    /// The value of a setting.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// All of them, in the order in which they are written.
    pub fn iter(&self) -> impl Iterator<Item = &(String, Value)> {
        self.0.iter()
    }

    /// Sets a value, at its place or at the end.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }
}

impl FromIterator<(String, Value)> for Values {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// What is neither a number nor a text belongs to a newer version.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Known {
            Yes(Value),
            No(IgnoredAny),
        }
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Values;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("settings by their names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Known>()? {
                    match value {
                        Known::Yes(value) => values.push((name, value)),
                        Known::No(_) => {}
                    }
                }
                Ok(Values(values))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
