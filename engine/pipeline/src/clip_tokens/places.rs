//! Where in a typed prompt its tokens come from, for a field that shows it while somebody types.

use std::ops::Range;

use super::weights::stretches;
use super::{TEXT_TOKENS, Tokenizer};

/// Words between spaces, with their tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordPlace {
    /// Bytes of the prompt.
    pub place: Range<usize>,
    /// The tokens.
    pub ids: Vec<u32>,
    /// Whether any of them is beyond what the text encoder reads.
    pub is_cut: bool,
}

impl Tokenizer {
    /// The words of `prompt` where they stand; the signs of weights are left out. Repairs that reach over spaces are not seen here
    /// (an HTML entity with a space in it): their tokens may be counted differently than [`Tokenizer::encode_weighted`] does.
    pub fn word_places(&self, prompt: &str) -> Vec<WordPlace> {
        let (mut words, mut tokens) = (Vec::new(), 0);
        for (place, _) in stretches(prompt) {
            let text = &prompt[place.clone()];
            for word in text.split_whitespace() {
                let from = place.start + (word.as_ptr() as usize - text.as_ptr() as usize);
                let ids: Vec<u32> = self.words(word).into_iter().flat_map(|(_, ids)| ids).collect();
                tokens += ids.len();
                words.push(WordPlace { place: from..from + word.len(), ids, is_cut: tokens > TEXT_TOKENS });
            }
        }
        words
    }
}
