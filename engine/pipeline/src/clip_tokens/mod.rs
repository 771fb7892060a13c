//! Prompt to token ids, exactly as the reference tokenizer (open_clip's `SimpleTokenizer`) gives them.
//!
//! `clean` repairs, unescapes and lower-cases the text (`fix_text` with `mojibake` and `charmaps` is its first step,
//! `entities` its second), a regular expression splits it into words, `bpe` turns each word into ids, and this file
//! lays the ids out in the 77 positions of the text encoder. `weights` reads `(words:1.3)` before all of it; `places` says
//! where the tokens stand in what was typed. The merges are in `assets/clip` (see its README).
//! Nothing here needs a device. Start at [`Tokenizer::encode`].

mod bpe;
mod charmaps;
mod clean;
mod entities;
mod fix_text;
mod mojibake;
pub mod places;
pub mod weights;

use crate::handoff::{CONTEXT_TOKENS, TokenIds};
use bpe::Bpe;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;
use weights::{Weighted, weighted_parts};

/// Id of the start token, always at position 0.
pub const START_OF_TEXT: u32 = 49_406;
/// Id of the end token, after the last text token.
pub const END_OF_TEXT: u32 = 49_407;
/// Number of ids: byte tokens, merges, start and end token.
pub const VOCABULARY: usize = 49_408;

/// Text tokens that fit between the start and the end token.
pub const TEXT_TOKENS: usize = CONTEXT_TOKENS - 2;

/// The CLIP tokenizer. It holds only tables, so one instance serves all threads: see [`Tokenizer::shared`].
pub struct Tokenizer {
    bpe: Bpe,
    word: Regex,
}

impl Tokenizer {
    /// The tokenizer, built on the first call (a few milliseconds).
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Tokenizer> = LazyLock::new(Tokenizer::load);
        &SHARED
    }

    fn load() -> Self {
        // The reference compiles the whole expression case-insensitively. Besides the literal alternatives only
        // U+0345 notices that: the mark folds to a letter, so it is no other sign there, yet no letter either.
        let word = r"(?i:<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d)|\p{L}+|\p{N}|[^\s\p{L}\p{N}\u{345}]+";
        Self { bpe: Bpe::load(), word: Regex::new(word).expect("a constant expression") }
    }

    /// The ids of `prompt` in the 77 positions of the text encoder.
    ///
    /// Any text is accepted. The empty prompt is the unconditional text. A prompt with more than 75 text tokens loses
    /// its end; [`TokenIds::kept_text`] then says what was kept.
    pub fn encode(&self, prompt: &str) -> TokenIds {
        self.encode_parts(&[Weighted { text: prompt.to_owned(), weight: 1.0 }]).0
    }

    /// The ids of a prompt with weights (see [`weights`]), and the weight of each position; `None` where it has none.
    pub fn encode_weighted(&self, prompt: &str) -> (TokenIds, Option<[f32; CONTEXT_TOKENS]>) {
        let parts = weighted_parts(prompt);
        let (tokens, weights) = self.encode_parts(&parts);
        (tokens, parts.iter().any(|part| part.weight != 1.0).then_some(weights))
    }

    /// Each part is cleaned and split into words by itself.
    fn encode_parts(&self, parts: &[Weighted]) -> (TokenIds, [f32; CONTEXT_TOKENS]) {
        let (mut ids, mut weights) = ([0; CONTEXT_TOKENS], [1.0; CONTEXT_TOKENS]);
        ids[0] = START_OF_TEXT;
        let (mut text_tokens, mut kept) = (0, Vec::new());
        for part in parts {
            let cleaned = clean::clean(&part.text);
            let mut kept_bytes = 0;
            self.for_each_word(&cleaned, |span, word_ids| {
                let mut end = span.start;
                for &id in word_ids {
                    if text_tokens < TEXT_TOKENS {
                        (ids[1 + text_tokens], weights[1 + text_tokens]) = (id, part.weight);
                        end += self.bpe.byte_len(id).unwrap_or(span.len());
                        kept_bytes = end;
                    }
                    text_tokens += 1;
                }
            });
            if kept_bytes > 0 {
                // A token can end inside a character of several bytes; the part character is not shown.
                kept.push(cleaned[..cleaned.floor_char_boundary(kept_bytes)].to_owned());
            }
        }
        ids[1 + text_tokens.min(TEXT_TOKENS)] = END_OF_TEXT;
        let kept_text = (text_tokens > TEXT_TOKENS).then(|| kept.join(" "));
        (TokenIds { ids, text_tokens, kept_text }, weights)
    }

    /// The ids of `prompt` in as many positions as another text tower of CLIP has: start, text, end, zeros. A prompt that is too
    /// long loses its end, as in [`Self::encode`].
    ///
    /// # Panics
    /// When there are no positions for start and end: a bug of the caller.
    pub fn ids(&self, prompt: &str, positions: usize) -> Vec<u32> {
        assert!(positions >= 2, "a start and an end");
        let cleaned = clean::clean(prompt);
        let mut ids = vec![START_OF_TEXT];
        self.for_each_word(&cleaned, |_, word_ids| ids.extend_from_slice(word_ids));
        ids.truncate(positions - 1);
        ids.push(END_OF_TEXT);
        ids.resize(positions, 0);
        ids
    }

    /// The words of `prompt` after cleaning, each with its ids, in order and without a limit on their number.
    ///
    /// A word is what the reference's expression finds: a run of letters, one digit, a run of other signs, a
    /// contraction such as `'re`, or a special token.
    pub fn words(&self, prompt: &str) -> Vec<(String, Vec<u32>)> {
        let cleaned = clean::clean(prompt);
        let mut words = Vec::new();
        self.for_each_word(&cleaned, |span, ids| words.push((cleaned[span].to_owned(), ids.to_vec())));
        words
    }

    /// The text tokens of `prompt`, each with the text it stands for, in order and without a limit on their number.
    ///
    /// A token that holds only a part of a character shows U+FFFD.
    pub fn pieces(&self, prompt: &str) -> Vec<(u32, String)> {
        let words = self.words(prompt);
        words.into_iter().flat_map(|(_, ids)| ids).map(|id| (id, self.piece(id))).collect()
    }

    /// The text one token stands for; empty for an id outside the vocabulary.
    pub fn piece(&self, id: u32) -> String {
        match id {
            START_OF_TEXT => "<start_of_text>".to_owned(),
            END_OF_TEXT => "<end_of_text>".to_owned(),
            _ => String::from_utf8_lossy(&self.bpe.bytes(id)).into_owned(),
        }
    }

    fn for_each_word(&self, cleaned: &str, mut visit: impl FnMut(Range<usize>, &[u32])) {
        let mut ids = Vec::new();
        for found in self.word.find_iter(cleaned) {
            ids.clear();
            match found.as_str() {
                "<start_of_text>" => ids.push(START_OF_TEXT),
                "<end_of_text>" => ids.push(END_OF_TEXT),
                word => self.bpe.encode_word(word.as_bytes(), &mut ids),
            }
            visit(found.range(), &ids);
        }
    }
}
