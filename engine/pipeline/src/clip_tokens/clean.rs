//! Cleaning of a prompt before it is split into words: repair, unescape, trim, collapse white space, lower-case.

use super::{entities, fix_text};

/// The text that the reference tokenizer splits into words.
///
/// Entities are unescaped twice because captions on the web are often escaped twice, as the reference does.
pub fn clean(prompt: &str) -> String {
    let fixed = fix_text::fix_text(prompt);
    let unescaped = entities::unescape(&entities::unescape(&fixed)).into_owned();
    let mut collapsed = String::with_capacity(unescaped.len());
    for word in unescaped.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed.to_lowercase()
}
