//! How the model will read the prompt, while it is typed: how many tokens it has, what is cut off, which words are unknown.

use std::ops::Range;

use hummingbird_engine::jobs::wildcards::has_wildcards;
use hummingbird_engine::model::ModelCard;
use hummingbird_engine::pipeline::clip_tokens::{TEXT_TOKENS, Tokenizer};

use crate::language::tr;

/// A longer prompt is not read while it is typed; all but its beginning would be cut off.
const MOST_BYTES: usize = 1 << 14;

/// Why a part of the prompt is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The text encoder does not see it.
    CutOff,
    /// The demo model was not trained on it.
    Unknown,
}

/// A prompt as the model reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptReading {
    /// What was read.
    pub text: String,
    /// Its tokens.
    pub tokens: usize,
    /// Bytes of the prompt that are marked, in order.
    pub marks: Vec<(Range<usize>, Mark)>,
    /// Whether there are wildcards: what they choose may have other tokens, and is not marked.
    pub has_wildcards: bool,
}

impl PromptReading {
    /// Reads `prompt` as a model reads it that knows these ids; `None` where it knows all.
    pub fn of(prompt: &str, card: Option<&ModelCard>) -> Self {
        if prompt.len() > MOST_BYTES {
            return Self { text: prompt.to_owned(), tokens: usize::MAX, ..Self::default() };
        }
        let tokenizer = Tokenizer::shared();
        let has_wildcards = has_wildcards(prompt);
        let (tokens, _) = tokenizer.encode_weighted(prompt);
        let known = card.and_then(|card| card.known_ids.as_deref());
        let is_known = |id: &u32| known.is_none_or(|known| known.contains(id));
        let words = if has_wildcards { Vec::new() } else { tokenizer.word_places(prompt) };
        let marks = words.into_iter().filter_map(|word| match word {
            word if word.is_cut => Some((word.place, Mark::CutOff)),
            word if !word.ids.iter().all(is_known) => Some((word.place, Mark::Unknown)),
            _ => None,
        });
        Self { text: prompt.to_owned(), tokens: tokens.text_tokens, marks: marks.collect(), has_wildcards }
    }

    /// Whether the end of the prompt is not seen.
    pub fn is_cut(&self) -> bool {
        self.tokens > TEXT_TOKENS
    }

    /// What is said below the prompt; nothing of an empty one.
    pub fn text_below(&self) -> Option<String> {
        let most = TEXT_TOKENS;
        match self.tokens {
            0 => None,
            usize::MAX => Some(tr!("prompt-tokens-many", most = most)),
            tokens if self.has_wildcards => Some(tr!("prompt-tokens-wildcards", tokens = tokens, most = most)),
            tokens if self.is_cut() => Some(tr!("prompt-tokens-cut", tokens = tokens, most = most)),
            tokens => Some(tr!("prompt-tokens", tokens = tokens, most = most)),
        }
    }

    /// The words that the model does not know, as they are typed, each once.
    pub fn unknown_words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = Vec::new();
        for (place, _) in self.marks.iter().filter(|(_, mark)| *mark == Mark::Unknown) {
            let word = &self.text[place.clone()];
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hummingbird_engine::model::{ModelFile, ModelSource};

    fn reading(prompt: &str) -> PromptReading {
        let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded").card();
        PromptReading::of(prompt, Some(&nano))
    }

    #[test]
    fn words_that_the_demo_model_does_not_know_are_marked_where_they_stand() {
        let prompt = "a Purple dragon, rising over the (dragon:1.2) ocean";
        let read = reading(prompt);
        assert_eq!(read.unknown_words(), ["dragon,", "dragon"]);
        assert!(
            read.marks
                .iter()
                .all(|(place, mark)| prompt[place.clone()].starts_with("dragon") && *mark == Mark::Unknown)
        );
        assert_eq!(read.text_below().as_deref(), Some("9 of 75 tokens"), "the comma is one");
        assert_eq!(PromptReading::of(prompt, None).marks, [], "a model that knows all words");
    }

    #[test]
    fn what_does_not_fit_is_marked_as_cut_off() {
        let read = reading(&format!("{}a boat", "red ".repeat(74)));
        let cut: Vec<&str> = read.marks.iter().map(|(place, _)| &read.text[place.clone()]).collect();
        assert_eq!((cut, read.tokens, read.is_cut()), (vec!["boat"], 76, true));
        assert!(!reading(&"red ".repeat(75)).is_cut());
        let long = reading(&"red ".repeat(MOST_BYTES));
        assert!(long.is_cut() && long.text_below().is_some_and(|text| text.starts_with("More than 75")));
    }

    #[test]
    fn wildcards_are_counted_as_they_are_typed_and_not_marked() {
        let read = reading("a {red|dragon} ball");
        assert!(
            read.marks.is_empty()
                && read.text_below().is_some_and(|text| text.ends_with("before wildcards are chosen"))
        );
        assert_eq!(reading("  ").text_below(), None);
    }
}
