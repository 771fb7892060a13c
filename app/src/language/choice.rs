//! Which language: the user's choice, or the system's.

use std::sync::atomic::{AtomicU8, Ordering};

use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

/// A language that the window speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    German,
    Spanish,
    Japanese,
    Chinese,
}

impl Language {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 5] = [Self::English, Self::German, Self::Spanish, Self::Japanese, Self::Chinese];

    /// Its tag (BCP 47), which is also its folder in `app/locales`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::Japanese => "ja",
            Self::Chinese => "zh-Hans",
        }
    }

    /// How it calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::Spanish => "Español",
            Self::Japanese => "日本語",
            Self::Chinese => "简体中文",
        }
    }

    /// The language of a locale as systems write it ("de_AT.UTF-8", "zh-Hans-CN"); `None` for one that is not spoken here.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let tag = locale.split(['.', '@']).next()?;
        let id: LanguageIdentifier = tag.parse().ok()?;
        Self::ALL.into_iter().find(|it| it.tag().split('-').next() == Some(id.language.as_str()))
    }

    /// The first language of the system's list that is spoken here; else English.
    pub fn of_system() -> Self {
        system_locales().iter().find_map(|locale| Self::of_locale(locale)).unwrap_or_default()
    }
}

/// The locales that the user set in the system, the most wanted first.
fn system_locales() -> Vec<String> {
    if cfg!(test) {
        // Tests say the same on every machine.
        return Vec::new();
    }
    sys_locale::get_locales().collect()
}

/// What the user chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LanguageChoice {
    /// The system's language.
    #[default]
    #[serde(rename = "system")]
    System,
    #[serde(rename = "en")]
    English,
    #[serde(rename = "de")]
    German,
    #[serde(rename = "es")]
    Spanish,
    #[serde(rename = "ja")]
    Japanese,
    #[serde(rename = "zh-Hans")]
    Chinese,
}

impl LanguageChoice {
    /// All choices, in the order of the menu.
    pub const ALL: [Self; 6] =
        [Self::System, Self::English, Self::German, Self::Spanish, Self::Japanese, Self::Chinese];

    /// The language that is meant.
    pub fn language(self) -> Language {
        match self {
            Self::System => Language::of_system(),
            Self::English => Language::English,
            Self::German => Language::German,
            Self::Spanish => Language::Spanish,
            Self::Japanese => Language::Japanese,
            Self::Chinese => Language::Chinese,
        }
    }

    /// Its name in the menu: that of a language in the language itself.
    pub fn label(self) -> String {
        match self {
            Self::System => super::tr!("language-system"),
            _ => self.language().own_name().to_owned(),
        }
    }
}

/// Index of the language that the window speaks now.
static CURRENT: AtomicU8 = AtomicU8::new(0);

#[cfg(test)]
thread_local! {
    /// Tests run in parallel, each with a language of its own.
    static OF_TEST: std::cell::Cell<Language> = const { std::cell::Cell::new(Language::English) };
}

#[cfg(test)]
thread_local! {
    static MARKED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Lets everything that message files say stand between `‹` and `›` in this test, so that a text that is in none is seen.
#[cfg(test)]
pub fn mark_texts() {
    MARKED.set(true);
}

/// A text with its marks, in a test that wants them.
pub(super) fn marked(said: String) -> String {
    #[cfg(test)]
    if MARKED.get() {
        return format!("‹{said}›");
    }
    said
}

/// Whether texts are marked.
pub(super) fn marks() -> bool {
    #[cfg(test)]
    return MARKED.get();
    #[cfg(not(test))]
    false
}

/// The language that the window speaks.
pub fn current() -> Language {
    #[cfg(test)]
    return OF_TEST.get();
    #[cfg(not(test))]
    Language::ALL.get(usize::from(CURRENT.load(Ordering::Relaxed))).copied().unwrap_or_default()
}

/// Lets the window speak another language from its next picture on.
pub fn choose(language: Language) {
    #[cfg(test)]
    OF_TEST.set(language);
    let index = Language::ALL.iter().position(|it| *it == language).unwrap_or_default();
    CURRENT.store(u8::try_from(index).unwrap_or_default(), Ordering::Relaxed);
}
