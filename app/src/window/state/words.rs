//! The demo model's words in a prompt: finding them, and putting another word of the same kind in their place.
//!
//! The sentences are of the kind that the demo model was trained on: "a red balloon rising over the ocean". Whatever else
//! a person wrote stays as it is.

use std::ops::Range;

use hummingbird_engine::model::Vocabulary;

use crate::language::tr;

/// Kind of a vocabulary word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WordKind {
    /// "red"
    Colour,
    /// "balloon"
    Subject,
    /// "moving left"
    Motion,
    /// "night sky with stars"
    Scene,
}

impl WordKind {
    /// All kinds, in the order of a sentence.
    pub const ALL: [Self; 4] = [Self::Colour, Self::Subject, Self::Motion, Self::Scene];

    /// Title of the group of chips.
    pub fn title(self) -> String {
        match self {
            Self::Colour => tr!("state-words-colour"),
            Self::Subject => tr!("state-words-subject"),
            Self::Motion => tr!("state-words-motion"),
            Self::Scene => tr!("state-words-scene"),
        }
    }

    /// The words of this kind.
    pub fn words(self, vocabulary: &Vocabulary) -> &[String] {
        match self {
            Self::Colour => &vocabulary.colours,
            Self::Subject => &vocabulary.subjects,
            Self::Motion => &vocabulary.motions,
            Self::Scene => &vocabulary.scenes,
        }
    }
}

/// A vocabulary word where it stands in a prompt.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    kind: WordKind,
    word: String,
    /// Bytes of the prompt; for a scene with its preposition and article.
    range: Range<usize>,
}

/// The vocabulary words of a prompt, at most one of each kind (the first).
pub fn words_in(prompt: &str, vocabulary: &Vocabulary) -> Vec<(WordKind, String)> {
    find(prompt, vocabulary).into_iter().map(|found| (found.kind, found.word)).collect()
}

/// The prompt with `word` in the place of the word of its kind, or built up by it.
pub fn use_word(prompt: &str, vocabulary: &Vocabulary, kind: WordKind, word: &str) -> String {
    let found = find(prompt, vocabulary);
    let of = |kind| found.iter().find(|it: &&Found| it.kind == kind);
    let text = if kind == WordKind::Scene { place_of(word) } else { word.to_owned() };
    let at_end = |prompt: &str| {
        let prompt = prompt.trim_end().trim_end_matches(['.', ',']);
        format!("{prompt} {text}")
    };
    let new = if let Some(old) = of(kind) {
        splice(prompt, old.range.clone(), &text)
    } else if prompt.trim().is_empty() {
        let subject = vocabulary.subjects.first().map_or("", String::as_str);
        match kind {
            WordKind::Subject => format!("a {text}"),
            WordKind::Colour => format!("a {text} {subject}"),
            WordKind::Motion | WordKind::Scene => format!("a {subject} {text}"),
        }
    } else {
        match (kind, of(WordKind::Colour), of(WordKind::Subject)) {
            (WordKind::Colour, _, Some(subject)) => {
                splice(prompt, subject.range.start..subject.range.start, &format!("{text} "))
            }
            (WordKind::Subject, Some(colour), _) => {
                splice(prompt, colour.range.end..colour.range.end, &format!(" {text}"))
            }
            (WordKind::Motion, _, Some(subject)) => {
                splice(prompt, subject.range.end..subject.range.end, &format!(" {text}"))
            }
            _ => at_end(prompt),
        }
    };
    with_articles(&new, vocabulary)
}

/// A whole sentence of one word of each kind; `choose(n)` gives a number below `n`.
pub fn sentence(vocabulary: &Vocabulary, mut choose: impl FnMut(usize) -> usize) -> String {
    let mut prompt = String::new();
    // The subject first: the others find their places around it.
    for kind in [WordKind::Subject, WordKind::Colour, WordKind::Motion, WordKind::Scene] {
        let words = kind.words(vocabulary);
        if !words.is_empty() {
            prompt = use_word(&prompt, vocabulary, kind, &words[choose(words.len()) % words.len()]);
        }
    }
    prompt
}

/// A scene with the preposition that the captions use.
fn place_of(scene: &str) -> String {
    let preposition = match scene {
        "sunset" => "at",
        "blue sky" | "night sky with stars" => "in the",
        "ocean" | "desert" => "over the",
        "green meadow" | "snowy field" => "over a",
        _ if scene.starts_with("plain ") => "on",
        _ if scene.contains("sky") => "in the",
        _ => "over the",
    };
    format!("{preposition} {scene}")
}

/// Words that may stand between a sentence and its scene.
const LEADS: [&str; 16] = [
    "in", "on", "at", "over", "above", "under", "against", "of", "front", "with", "across", "through", "the", "a",
    "an", "before",
];

fn find(prompt: &str, vocabulary: &Vocabulary) -> Vec<Found> {
    let words = split(prompt);
    let lower: Vec<String> = words.iter().map(|range| prompt[range.clone()].to_lowercase()).collect();
    let mut taken = vec![false; words.len()];
    let mut found = Vec::new();
    // Scenes first: the "blue" of "blue sky" is no colour of the subject.
    for kind in [WordKind::Scene, WordKind::Motion, WordKind::Subject, WordKind::Colour] {
        let mut phrases: Vec<&String> = kind.words(vocabulary).iter().collect();
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.split_whitespace().count()));
        let mut best: Option<(usize, usize, &String)> = None;
        for phrase in phrases {
            let parts: Vec<String> = phrase.split_whitespace().map(str::to_lowercase).collect();
            if parts.is_empty() || parts.len() > lower.len() {
                continue;
            }
            let at = (0..=lower.len() - parts.len()).find(|&at| {
                lower[at..at + parts.len()] == parts[..] && !taken[at..at + parts.len()].iter().any(|taken| *taken)
            });
            if let Some(at) = at
                && best.is_none_or(|(earlier, ..)| at < earlier)
            {
                best = Some((at, at + parts.len(), phrase));
            }
        }
        let Some((mut first, mut end, word)) = best else { continue };
        if kind == WordKind::Scene {
            while first > 0 && LEADS.contains(&lower[first - 1].as_str()) && adjacent(prompt, &words, first - 1) {
                first -= 1;
            }
            if lower.get(end).is_some_and(|next| next == "background") && adjacent(prompt, &words, end - 1) {
                end += 1;
            }
        }
        taken[first..end].iter_mut().for_each(|taken| *taken = true);
        found.push(Found { kind, word: word.clone(), range: words[first].start..words[end - 1].end });
    }
    found
}

/// Whether nothing but blanks stands between a word and the next.
fn adjacent(prompt: &str, words: &[Range<usize>], index: usize) -> bool {
    prompt[words[index].end..words[index + 1].start].chars().all(char::is_whitespace)
}

fn split(prompt: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, letter) in prompt.char_indices() {
        let inside = letter.is_alphanumeric() || letter == '\'' || letter == '-';
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| from..prompt.len()));
    words
}

fn splice(prompt: &str, range: Range<usize>, text: &str) -> String {
    let mut new = prompt.to_owned();
    // A word that begins the sentence keeps its capital letter.
    let capital = prompt[range.clone()].chars().next().is_some_and(char::is_uppercase);
    let mut letters = text.chars();
    match letters.next().filter(|_| capital) {
        Some(first) => new.replace_range(range, &(first.to_uppercase().collect::<String>() + letters.as_str())),
        None => new.replace_range(range, text),
    }
    new
}

/// "a orange ball" becomes "an orange ball" and back; only in front of words of the vocabulary.
fn with_articles(prompt: &str, vocabulary: &Vocabulary) -> String {
    let known = |word: &str| {
        WordKind::ALL
            .iter()
            .flat_map(|kind| kind.words(vocabulary))
            .any(|phrase| phrase.split_whitespace().next().is_some_and(|first| first.eq_ignore_ascii_case(word)))
    };
    let mut new = prompt.to_owned();
    let words = split(prompt);
    for pair in words.windows(2).rev() {
        let (article, next) = (&prompt[pair[0].clone()], &prompt[pair[1].clone()]);
        if matches!(article, "a" | "an" | "A" | "An") && known(next) {
            let vowel = next.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
            let right = match (article.starts_with('A'), vowel) {
                (false, false) => "a",
                (false, true) => "an",
                (true, false) => "A",
                (true, true) => "An",
            };
            new.replace_range(pair[0].clone(), right);
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Vocabulary {
            colours: list(&["red", "orange", "blue", "green"]),
            subjects: list(&["ball", "balloon", "fish", "star"]),
            motions: list(&["moving left", "rising", "hovering"]),
            scenes: list(&["blue sky", "night sky with stars", "sunset", "green meadow", "ocean", "plain black"]),
        }
    }

    #[test]
    fn words_are_replaced_or_added_in_place() {
        use WordKind::{Colour, Motion, Scene, Subject};
        let cases = [
            ("a red ball rising over the ocean", Colour, "orange", "an orange ball rising over the ocean"),
            ("an orange ball rising", Colour, "red", "a red ball rising"),
            ("a red ball rising over the ocean", Subject, "fish", "a red fish rising over the ocean"),
            ("a red ball rising over the ocean", Motion, "moving left", "a red ball moving left over the ocean"),
            ("a red ball rising over the ocean", Scene, "sunset", "a red ball rising at sunset"),
            ("a red ball rising in front of a sunset.", Scene, "blue sky", "a red ball rising in the blue sky."),
            ("a star on a plain black background, slowly", Scene, "ocean", "a star over the ocean, slowly"),
            // "blue" and "green" belong to the scene here, so the ball has no colour yet.
            ("a ball in the blue sky", Colour, "green", "a green ball in the blue sky"),
            ("a ball over a green meadow", Colour, "orange", "an orange ball over a green meadow"),
            ("a red", Subject, "ball", "a red ball"),
            ("a ball over the ocean", Motion, "rising", "a ball rising over the ocean"),
            ("A Red Ball", Colour, "blue", "A Blue Ball"),
            ("", Colour, "orange", "an orange ball"),
            ("  ", Subject, "fish", "a fish"),
            ("", Motion, "rising", "a ball rising"),
            ("", Scene, "night sky with stars", "a ball in the night sky with stars"),
            // Words that the model does not know stay.
            ("my café at 8", Scene, "ocean", "my café at 8 over the ocean"),
            ("a dog.", Motion, "rising", "a dog rising"),
            ("a redder balloonist", Colour, "red", "a redder balloonist red"),
        ];
        for (before, kind, word, after) in cases {
            assert_eq!(use_word(before, &vocabulary(), kind, word), after, "{before:?} with {word:?}");
        }
    }

    #[test]
    fn words_are_found_once_each() {
        let found = words_in("A Blue ball moving left in the blue sky", &vocabulary());
        for (kind, word) in [
            (WordKind::Colour, "blue"),
            (WordKind::Subject, "ball"),
            (WordKind::Motion, "moving left"),
            (WordKind::Scene, "blue sky"),
        ] {
            assert!(found.contains(&(kind, word.to_owned())), "{kind:?} {word} in {found:?}");
        }
        assert_eq!(found.len(), 4);
        assert!(words_in("nothing of it", &vocabulary()).is_empty());
        assert!(words_in("", &Vocabulary::default()).is_empty());
    }

    #[test]
    fn surprises_are_sentences() {
        assert_eq!(sentence(&vocabulary(), |_| 1), "an orange balloon rising in the night sky with stars");
        assert_eq!(sentence(&Vocabulary::default(), |_| 7), "");
    }
}
