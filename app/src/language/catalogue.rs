//! The message files of one language, parsed.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource};
use unic_langid::LanguageIdentifier;

use super::Language;

/// The files of one language, by what they are about.
macro_rules! files {
    ($tag:literal: $($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../locales/", $tag, "/", $name, ".ftl")))),+]
    };
}

impl Language {
    /// Name and text of its message files.
    pub fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::English => {
                files!("en": "actions", "devices", "dialogs", "export", "library", "notices", "player", "queue", "reasons", "settings", "state", "training", "window")
            }
            Self::German | Self::Spanish | Self::Japanese | Self::Chinese => &[],
        }
    }
}

/// The words of a language by their keys.
pub struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    /// What is wrong with its files: nothing, as a test tells.
    pub faults: Vec<String>,
}

impl Catalogue {
    /// The words of a language.
    pub fn of(language: Language) -> Self {
        Self::read(language.tag(), language.files())
    }

    /// Words from message files, by name and text. What cannot be read of them is told and left out.
    pub fn read(tag: &str, files: &[(&str, &str)]) -> Self {
        let locale: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Marks around arguments, for right-to-left words in a line of ours: fonts draw them as boxes.
        bundle.set_use_isolating(false);
        let mut faults = Vec::new();
        for (name, text) in files {
            let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, errors)| {
                faults.extend(errors.iter().map(|error| format!("{tag}/{name}.ftl: {error}")));
                resource
            });
            let added = bundle.add_resource(resource);
            faults.extend(added.err().into_iter().flatten().map(|error| format!("{tag}/{name}.ftl: {error}")));
        }
        for fault in &faults {
            log::error!("{fault}");
        }
        Self { bundle, faults }
    }

    /// The text of a key (`key`, or `key.attribute`) with its arguments; `None` where the language lacks it.
    pub fn text(&self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let (said, errors) = self.checked_text(key, args)?;
        for error in errors {
            log::error!("{key}: {error}");
        }
        Some(said)
    }

    /// As [`Self::text`], with what could not be put into it.
    pub fn checked_text(&self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<(String, Vec<FluentError>)> {
        let pattern = match key.split_once('.') {
            None => self.bundle.get_message(key)?.value()?,
            Some((key, attribute)) => self.bundle.get_message(key)?.get_attribute(attribute)?.value(),
        };
        let mut errors = Vec::new();
        let said = self.bundle.format_pattern(pattern, args, &mut errors).into_owned();
        Some((said, errors))
    }
}
