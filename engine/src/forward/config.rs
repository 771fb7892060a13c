//! The configuration of a training stage: the keys of a golden case's JSON, read one by one.
//!
//! A key that a stage needs and that is not there is an error, so a key that was misspelt never goes unnoticed. Keys that no stage
//! knows are passed over: the cases' files have notes and shapes beside their configuration.

use std::collections::BTreeSet;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::jobs::error::{EngineError, ModelError};
use crate::model::{ConfigUnfit, NumberRange, ReferenceConfig};
use crate::nn::config::UNetConfig;
use crate::nn::params::ParamRegistry;
use crate::weights::Checkpoint;

/// Largest file of JSON.
const MAX_BYTES: u64 = 1 << 20;

/// What is wrong with the configuration in a file.
pub(super) fn unusable(path: &Path, detail: impl Into<hummingbird_base::Detail>) -> EngineError {
    ModelError::Config { path: path.to_owned(), detail: detail.into() }.into()
}

/// Of JSON that a file holds.
///
/// # Errors
/// `Config` when the file cannot be read, is too long, or holds something else.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, EngineError> {
    let unreadable =
        |error: &dyn std::fmt::Display| unusable(path, ConfigUnfit::Unreadable { detail: error.to_string() });
    let length_bytes = std::fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if length_bytes > MAX_BYTES {
        return Err(unusable(path, ConfigUnfit::TooLong { length_bytes, most_bytes: MAX_BYTES }));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    serde_json::from_str(&text).map_err(|error| unreadable(&error))
}

/// Of a part of such a file.
///
/// # Errors
/// `Config` when it is something else.
pub(super) fn part_of_json<T: DeserializeOwned>(path: &Path, part: Value) -> Result<T, EngineError> {
    serde_json::from_value(part).map_err(|error| unusable(path, ConfigUnfit::Unreadable { detail: error.to_string() }))
}

/// A configuration file that was read, or a section of it.
pub(super) struct StageConfig<'a> {
    pub file: &'a std::path::Path,
    pub config: &'a ReferenceConfig,
}

/// Tensor whose presence tells that a U-Net has a middle block.
const MIDDLE_BLOCK: &str = "model.diffusion_model.middle_block.0.in_layers.2.weight";

impl<'a> StageConfig<'a> {
    pub fn unfit(&self, detail: ConfigUnfit) -> EngineError {
        self.unusable(detail.into())
    }

    pub fn unusable(&self, detail: hummingbird_base::Detail) -> EngineError {
        ModelError::Config { path: self.file.to_owned(), detail }.into()
    }

    fn required(&self, name: &str) -> Result<&'a Value, EngineError> {
        self.config.value(name).ok_or_else(|| self.unfit(ConfigUnfit::Missing { name: name.to_owned() }))
    }

    /// A number.
    pub fn number(&self, name: &str, range: NumberRange) -> Result<f64, EngineError> {
        let value = self.required(name)?;
        number(name, value, range).map_err(|unfit| self.unfit(unfit))
    }

    /// A list of names, each once; empty where there is none.
    pub fn names(&self, name: &str) -> Result<BTreeSet<String>, EngineError> {
        let Some(value) = self.config.value(name) else { return Ok(BTreeSet::new()) };
        let names = value.as_array().and_then(|list| {
            list.iter().map(|it| it.as_str().map(str::to_owned)).collect::<Option<BTreeSet<String>>>()
        });
        names.ok_or_else(|| self.unfit(ConfigUnfit::NoNames { name: name.to_owned(), value: value.to_string() }))
    }

    /// A section that has these keys alone.
    pub fn section(&self, name: &str, known: &[&str]) -> Result<Section<'a>, EngineError> {
        let value = self.required(name)?;
        let keys = value.as_object().map(|map| map.keys()).into_iter().flatten();
        for key in keys {
            if !known.contains(&key.as_str()) {
                return Err(self.unfit(ConfigUnfit::UnknownKey {
                    section: name.to_owned(),
                    name: key.clone(),
                    known: known.iter().map(|&it| it.to_owned()).collect(),
                }));
            }
        }
        Ok(Section { name: name.to_owned(), value })
    }

    /// The U-Net of a section whose weights are in `file`.
    pub fn unet(&self, key: &str, file: &Checkpoint) -> Result<UNetConfig, EngineError> {
        self.config.unet(key, file.tensor(MIDDLE_BLOCK).is_some()).map_err(|unfit| self.unfit(unfit))
    }

    /// Whether all names of a list are those of parameters.
    pub fn check_trained(
        &self,
        list: &str,
        names: &BTreeSet<String>,
        registry: &ParamRegistry,
    ) -> Result<(), EngineError> {
        let known: BTreeSet<&str> = registry.params().into_iter().map(|param| param.name.as_str()).collect();
        match names.iter().find(|name| !known.contains(name.as_str())) {
            None => Ok(()),
            Some(name) => Err(self.unfit(ConfigUnfit::NotTrained { list: list.to_owned(), name: name.clone() })),
        }
    }
}

/// A part of a configuration.
pub(super) struct Section<'a> {
    name: String,
    value: &'a Value,
}

impl Section<'_> {
    /// As [`StageConfig::number`]; `None` where there is none.
    pub fn optional(&self, key: &str, range: NumberRange) -> Result<Option<f64>, ConfigUnfit> {
        self.value.get(key).map(|value| number(&self.name_of(key), value, range)).transpose()
    }

    /// As [`StageConfig::number`].
    pub fn number(&self, key: &str, range: NumberRange) -> Result<f64, ConfigUnfit> {
        self.optional(key, range)?.ok_or_else(|| ConfigUnfit::Missing { name: self.name_of(key) })
    }

    /// Two numbers.
    pub fn pair(&self, key: &str, range: NumberRange) -> Result<[f64; 2], ConfigUnfit> {
        let name = self.name_of(key);
        let value = self.value.get(key).ok_or_else(|| ConfigUnfit::Missing { name: name.clone() })?;
        match value.as_array().map(Vec::as_slice) {
            Some([first, second]) => Ok([number(&name, first, range)?, number(&name, second, range)?]),
            _ => Err(ConfigUnfit::NotTwo { name, value: value.to_string() }),
        }
    }

    fn name_of(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }
}

fn number(name: &str, value: &Value, range: NumberRange) -> Result<f64, ConfigUnfit> {
    let unfit = || ConfigUnfit::NoNumber { name: name.to_owned(), value: value.to_string(), range };
    value.as_f64().filter(|&number| range.has(number)).ok_or_else(unfit)
}
