//! BERT's tokenizer for lower-case models (Devlin et al. 2018; `BertTokenizer` of the transformers library): words, then the
//! longest pieces of them that are in a vocabulary.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

use crate::bert::MaskedTokens;
use crate::unfit::VocabularyUnfit;

/// Tokens that stand for themselves in a text, in the order in which an id of each is asked for.
const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
/// Longer words are unknown.
const LONGEST_WORD: usize = 100;
/// What begins a piece that does not begin its word.
const INSIDE: &str = "##";

/// A vocabulary, by which texts are cut into tokens.
#[derive(Clone, Debug)]
pub struct WordPiece {
    ids: HashMap<String, u32>,
    pad: u32,
    unknown: u32,
    start: u32,
    end: u32,
}

/// Classes of characters.
struct Classes {
    /// Accents, which are left out after they were parted from their letters.
    accent: Regex,
    /// Punctuation of Unicode.
    punctuation: Regex,
    /// Control characters, formats, private and unassigned ones.
    control: Regex,
}

static CLASSES: LazyLock<Classes> = LazyLock::new(|| {
    let class = |text: &str| Regex::new(text).expect("a constant expression");
    Classes { accent: class(r"^\p{Mn}$"), punctuation: class(r"^\p{P}$"), control: class(r"^\p{C}$") }
});

impl WordPiece {
    /// Reads a vocabulary: one token a line, the first with id 0.
    ///
    /// # Errors
    /// When it cannot be read, or lacks a token that every text needs.
    pub fn read(path: &Path) -> Result<Self, VocabularyUnfit> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| VocabularyUnfit::Unreadable { path: path.to_owned(), source })?;
        Self::from_lines(&text)
            .map_err(|token| VocabularyUnfit::Lacks { path: path.to_owned(), token: token.to_owned() })
    }

    /// The vocabulary of a text; the name of a token that it lacks.
    fn from_lines(text: &str) -> Result<Self, &'static str> {
        let lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        // As in Python: the last of equal lines counts.
        let ids: HashMap<String, u32> =
            (0..).zip(lines).map(|(id, line)| (line.trim_end_matches('\r').to_owned(), id)).collect();
        let id = |token: &'static str| ids.get(token).copied().ok_or(token);
        let [pad, unknown, start, end] = [SPECIAL[0], SPECIAL[1], SPECIAL[2], SPECIAL[3]].map(id);
        let (pad, unknown, start, end) = (pad?, unknown?, start?, end?);
        Ok(Self { ids, pad, unknown, start, end })
    }

    /// A text as `length` ids: the start, as many tokens as fit, the end, and what fills it up.
    ///
    /// # Panics
    /// When `length` has no room for start and end: a bug of the caller.
    pub fn encode(&self, text: &str, length: usize) -> MaskedTokens {
        assert!(length >= 2, "a start and an end");
        let mut ids = vec![self.start];
        ids.extend(self.tokens(text).into_iter().take(length - 2));
        ids.push(self.end);
        let seen = ids.len();
        ids.resize(length, self.pad);
        MaskedTokens { ids, is_seen: (0..length).map(|place| place < seen).collect() }
    }

    /// The ids of all tokens of a text, without start and end.
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        for (is_special, part) in parts(text) {
            if is_special {
                ids.push(self.ids.get(part).copied().unwrap_or(self.unknown));
            } else {
                words(part).iter().for_each(|word| self.pieces(word, &mut ids));
            }
        }
        ids
    }

    /// Appends the ids of the longest pieces of a word, from its beginning on; one unknown token if there are none.
    fn pieces(&self, word: &str, ids: &mut Vec<u32>) {
        if word.chars().count() > LONGEST_WORD {
            ids.push(self.unknown);
            return;
        }
        let before = ids.len();
        let mut start = 0;
        while start < word.len() {
            let ends = word[start..].char_indices().rev().map(|(place, letter)| start + place + letter.len_utf8());
            let longest = ends.filter_map(|end| {
                let piece = &word[start..end];
                let id = if start == 0 { self.ids.get(piece) } else { self.ids.get(&format!("{INSIDE}{piece}")) };
                id.map(|&id| (id, end))
            });
            match { longest }.next() {
                Some((id, end)) => {
                    ids.push(id);
                    start = end;
                }
                None => {
                    ids.truncate(before);
                    ids.push(self.unknown);
                    return;
                }
            }
        }
    }
}

/// A text cut at special tokens, each part with whether it is one.
fn parts(text: &str) -> Vec<(bool, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let next = SPECIAL.iter().filter_map(|token| rest.find(token).map(|place| (place, *token))).min();
        let Some((place, token)) = next else {
            parts.push((false, rest));
            break;
        };
        parts.push((false, &rest[..place]));
        parts.push((true, token));
        rest = &rest[place + token.len()..];
    }
    parts
}

/// Words in lower case without accents; each sign of punctuation and each Chinese character is one.
fn words(text: &str) -> Vec<String> {
    let mut buffer = [0; 4];
    let mut spaced = String::with_capacity(text.len());
    for letter in text.chars() {
        let is_control =
            !matches!(letter, '\t' | '\n' | '\r') && CLASSES.control.is_match(letter.encode_utf8(&mut buffer));
        match letter {
            '\0' | char::REPLACEMENT_CHARACTER => {}
            _ if is_control => {}
            _ if is_chinese(letter) => {
                spaced.push(' ');
                spaced.push(letter);
                spaced.push(' ');
            }
            _ => spaced.push(letter),
        }
    }
    let composed: String = spaced.nfc().collect();
    let mut words = Vec::new();
    for word in composed.split_whitespace() {
        let lower: String = word.chars().flat_map(char::to_lowercase).collect();
        let mut current = String::new();
        for letter in lower.nfd() {
            let text: &str = letter.encode_utf8(&mut buffer);
            if CLASSES.accent.is_match(text) {
                continue;
            }
            // Signs such as $ and ^, which Unicode does not call punctuation, are punctuation all the same.
            if letter.is_ascii_punctuation() || CLASSES.punctuation.is_match(text) {
                words.extend((!current.is_empty()).then(|| std::mem::take(&mut current)));
                words.push(letter.to_string());
            } else {
                current.push(letter);
            }
        }
        words.extend((!current.is_empty()).then_some(current));
    }
    words
}

/// The blocks of Unicode that the reference calls Chinese.
fn is_chinese(letter: char) -> bool {
    matches!(u32::from(letter),
        0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x20000..=0x2a6df | 0x2a700..=0x2b73f | 0x2b740..=0x2b81f
        | 0x2b820..=0x2ceaf | 0xf900..=0xfaff | 0x2f800..=0x2fa1f)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOCABULARY: &str =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ncor\n##gi\nplay\n##ing\npark\n,\n.\n##s\n\u{4e2d}\n";

    fn small() -> WordPiece {
        WordPiece::from_lines(VOCABULARY).expect("it has all tokens")
    }

    #[test]
    fn words_become_their_longest_pieces() {
        let ids = small().tokens("A corgi PLAYING, parks.");
        assert_eq!(ids, [5, 6, 7, 8, 9, 11, 10, 13, 12]);
        assert_eq!(small().tokens("corgix a"), [1, 5], "a word with a piece that is unknown is unknown");
        assert_eq!(small().tokens(&"a".repeat(101)), [1]);
        assert!(small().tokens("  \u{0}\u{fffd}\u{200b} ").is_empty());
    }

    #[test]
    fn texts_are_filled_up_or_cut() {
        let tokens = small().encode("a park", 6);
        assert_eq!(tokens.ids, [2, 5, 10, 3, 0, 0]);
        assert_eq!(tokens.is_seen, [true, true, true, true, false, false]);
        assert_eq!(small().encode("a park a park", 4).ids, [2, 5, 10, 3]);
    }

    #[test]
    fn accents_go_and_signs_stand_alone() {
        assert_eq!(words("Café  naïve\u{a0}Ǆ"), ["cafe", "naive", "\u{1c6}"]);
        assert_eq!(words("it's $5—now^"), ["it", "'", "s", "$", "5", "—", "now", "^"]);
        assert_eq!(words("x\u{4e2d}y"), ["x", "\u{4e2d}", "y"]);
        assert_eq!(words("tab\tnew\nline\u{7}bell"), ["tab", "new", "linebell"]);
    }

    #[test]
    fn special_tokens_are_kept_whole() {
        assert_eq!(small().tokens("a [MASK]park[SEP]"), [5, 4, 10, 3]);
        assert_eq!(small().tokens("[mask]"), [1, 1, 1]);
    }

    #[test]
    fn a_vocabulary_without_what_every_text_needs_is_an_error() {
        assert_eq!(WordPiece::from_lines("[PAD]\n[UNK]\n[CLS]\na\n").expect_err("it lacks one"), "[SEP]");
        let path = Path::new("no such folder/vocab.txt");
        assert!(matches!(WordPiece::read(path), Err(VocabularyUnfit::Unreadable { .. })));
    }
}
