//! The message files of one language, parsed.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use super::Language;

/// The message files of the folder of a language: those that each has, and others.
macro_rules! files {
    ($tag:literal $(, $other:literal)*) => {
        files!(
            $tag:
            "actions", "data", "devices", "dialogs", "export", "library", "models", "notices", "player", "prompt", "prompting", "queue",
            "reasons", "settings", "state", "training", "window" $(, $other)*
        )
    };
    ($tag:literal: $($name:literal),+) => {
        &[$(($name, include_str!(concat!("../../locales/", $tag, "/", $name, ".ftl")))),+]
    };
}

impl Language {
    /// Name and text of its message files.
    pub fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::English => files!("en"),
            Self::German => files!("de", "engine"),
            Self::Spanish => files!("es", "engine"),
            Self::Japanese => files!("ja", "engine"),
            Self::Chinese => files!("zh-Hans", "engine"),
        }
    }
}

/// The words of a language by their keys.
pub struct Catalogue {
    words: FluentBundle<FluentResource>,
    /// What the engine says: its codes are keys of their own, beside those of the window.
    engine: FluentBundle<FluentResource>,
}

impl Catalogue {
    /// The words of a language.
    pub fn of(language: Language) -> Self {
        let (catalogue, faults) = Self::read(language.tag(), language.files());
        for fault in faults {
            log::error!("{fault}");
        }
        catalogue
    }

    /// Words from message files, by name and text, and what is wrong with the files: that is left out.
    pub fn read(tag: &str, files: &[(&str, &str)]) -> (Self, Vec<String>) {
        let locale: LanguageIdentifier = tag.parse().unwrap_or_default();
        let [mut words, mut engine] = [(); 2].map(|()| {
            let mut bundle = FluentBundle::new_concurrent(vec![locale.clone()]);
            // Marks around arguments, for right-to-left words in a line of ours: fonts draw them as boxes.
            bundle.set_use_isolating(false);
            bundle
        });
        let mut faults = Vec::new();
        for (name, text) in files {
            let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, errors)| {
                faults.extend(errors.iter().map(|error| format!("{tag}/{name}.ftl: {error}")));
                resource
            });
            let bundle = if *name == "engine" { &mut engine } else { &mut words };
            let added = bundle.add_resource(resource);
            faults.extend(added.err().into_iter().flatten().map(|error| format!("{tag}/{name}.ftl: {error}")));
        }
        (Self { words, engine }, faults)
    }

    /// The text of a key of the window (`key`, or `key.attribute`) with its arguments; `None` where the language lacks it.
    pub fn text(&self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        text(&self.words, key, args)
    }

    /// The same of what the engine says.
    pub fn engine_text(&self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        text(&self.engine, key, args)
    }
}

fn text(bundle: &FluentBundle<FluentResource>, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
    let pattern = match key.split_once('.') {
        None => bundle.get_message(key)?.value()?,
        Some((key, attribute)) => bundle.get_message(key)?.get_attribute(attribute)?.value(),
    };
    let mut errors = Vec::new();
    let said = bundle.format_pattern(pattern, args, &mut errors).into_owned();
    for error in errors {
        log::error!("{key}: {error}");
    }
    Some(said)
}
