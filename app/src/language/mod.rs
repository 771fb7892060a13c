//! The words of the window in the user's language.
//!
//! Every language has message files of Fluent in `app/locales/TAG/`. `menu.ftl`, `queue.ftl` and so on hold the window's own words,
//! by keys that the macro [`tr!`] names; English is complete, and a test finds a key that another language lacks.
//! `engine.ftl` holds what the engine says (errors, warnings, settings), by its codes; English has none, for the engine
//! speaks it itself. The command line speaks English.

mod catalogue;
mod choice;
mod engine;

use std::sync::LazyLock;

use fluent_bundle::FluentArgs;

pub use catalogue::Catalogue;
#[cfg(test)]
pub use choice::mark_texts;
pub use choice::{Language, LanguageChoice, choose, current};
#[cfg(test)]
pub use engine::key_of;
pub use engine::{message_in_words, setting_help, setting_name};

/// Each language's words, read when they are first asked for.
static CATALOGUES: [LazyLock<Catalogue>; Language::ALL.len()] = [
    LazyLock::new(|| Catalogue::of(Language::English)),
    LazyLock::new(|| Catalogue::of(Language::German)),
    LazyLock::new(|| Catalogue::of(Language::Spanish)),
    LazyLock::new(|| Catalogue::of(Language::Japanese)),
    LazyLock::new(|| Catalogue::of(Language::Chinese)),
];

/// The words of a language.
pub fn catalogue(language: Language) -> &'static Catalogue {
    &CATALOGUES[language as usize]
}

/// A text of the window, in the language that was chosen; in English where that language lacks it.
pub fn text(key: &str, args: Option<&FluentArgs<'_>>) -> String {
    let said = [current(), Language::English].into_iter().find_map(|it| catalogue(it).text(key, args));
    let said = said.unwrap_or_else(|| {
        log::error!("no message file has the key {key:?}");
        key.to_owned()
    });
    choice::marked(said)
}

/// A text of the window by its key, with its arguments by name: `tr!(KEY, count = 3)`. Numbers choose plurals; those
/// with decimals are handed over as texts, with as many as are to be seen.
macro_rules! tr {
    ($key:expr) => {
        $crate::language::text($key, None)
    };
    ($key:expr, $($name:ident = $value:expr),+ $(,)?) => {{
        let mut args = ::fluent_bundle::FluentArgs::new();
        $(args.set(stringify!($name), $value);)+
        $crate::language::text($key, Some(&args))
    }};
}
pub(crate) use tr;

#[cfg(test)]
mod tests;
