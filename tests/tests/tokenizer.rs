//! The tokenizer gives the reference's ids, on every recorded prompt and with any text at all.

use hummingbird_engine::handoff::{CONTEXT_TOKENS, TokenIds};
use hummingbird_engine::pipeline::clip_tokens::{END_OF_TEXT, START_OF_TEXT, Tokenizer};
use serde::Deserialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Prompts with all 77 ids, from the reference tokenizer.
#[derive(Deserialize)]
struct Goldens {
    cases: Vec<Golden>,
}

#[derive(Deserialize)]
struct Golden {
    prompt: String,
    ids: Vec<u32>,
    cleaned: String,
    tokens_before_truncation: usize,
}

/// Damaged texts with the ids of their words, from the parts of the reference tokenizer.
#[derive(Deserialize)]
struct Repairs {
    cases: Vec<Repair>,
}

#[derive(Deserialize)]
struct Repair {
    prompt: String,
    ids: Vec<u32>,
}

fn read<T: for<'de> Deserialize<'de>>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/tokenizer").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Pseudo-random numbers for texts; the quality of the generator does not matter.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(limit)).expect("below a 32-bit limit")
    }
}

/// What holds for every prompt.
fn check_form(prompt: &str, encoded: &TokenIds) {
    let kept = encoded.text_tokens.min(CONTEXT_TOKENS - 2);
    assert_eq!(encoded.ids[0], START_OF_TEXT, "{prompt:?}");
    assert_eq!(encoded.ids[kept + 1], END_OF_TEXT, "{prompt:?}");
    assert!(encoded.ids[kept + 2..].iter().all(|&id| id == 0), "{prompt:?}");
    assert_eq!(encoded.kept_text.is_some(), encoded.is_truncated(), "{prompt:?}");
    assert!(encoded.ids.iter().all(|&id| id <= END_OF_TEXT), "{prompt:?}");
}

#[test]
fn golden_prompts_give_the_golden_ids() {
    let goldens: Goldens = read("prompts.json");
    assert_eq!(goldens.cases.len(), 47);
    for case in goldens.cases {
        let encoded = Tokenizer::shared().encode(&case.prompt);
        assert_eq!(encoded.ids.to_vec(), case.ids, "{:?}", case.prompt);
        assert_eq!(encoded.text_tokens, case.tokens_before_truncation, "{:?}", case.prompt);
        check_form(&case.prompt, &encoded);
        assert_eq!(Tokenizer::shared().ids(&case.prompt, CONTEXT_TOKENS), case.ids, "{:?}", case.prompt);
        // The text tower of ViCLIP has 32 positions: the last of a longer prompt is the end token.
        let mut cut = case.ids[..32].to_vec();
        if case.tokens_before_truncation > 30 {
            cut[31] = END_OF_TEXT;
        }
        assert_eq!(Tokenizer::shared().ids(&case.prompt, 32), cut, "{:?}", case.prompt);
        let words = Tokenizer::shared().words(&case.prompt);
        let text: String = words.into_iter().map(|(word, _)| word).collect();
        assert_eq!(text, case.cleaned.replace(' ', ""), "{:?}", case.prompt);
    }
}

#[test]
fn damaged_texts_are_repaired_as_the_reference_repairs_them() {
    let repairs: Repairs = read("repairs.json");
    assert!(repairs.cases.len() >= 150);
    for case in repairs.cases {
        let ids: Vec<u32> = Tokenizer::shared().words(&case.prompt).into_iter().flat_map(|(_, ids)| ids).collect();
        assert_eq!(ids, case.ids, "{:?}", case.prompt);
    }
}

#[test]
fn empty_prompt_is_the_unconditional_text() {
    let encoded = Tokenizer::shared().encode("");
    assert_eq!(encoded.ids[..3], [START_OF_TEXT, END_OF_TEXT, 0]);
    assert_eq!((encoded.text_tokens, encoded.kept_text), (0, None));
}

#[test]
fn a_long_prompt_says_what_was_kept() {
    let fits = Tokenizer::shared().encode(&"Word ".repeat(75));
    assert_eq!((fits.text_tokens, fits.kept_text), (75, None));
    let cut = Tokenizer::shared().encode(&"Word ".repeat(80));
    assert_eq!((cut.text_tokens, cut.ids[76]), (80, END_OF_TEXT));
    assert_eq!(cut.kept_text.as_deref(), Some("word ".repeat(75).trim_end()));
    // The 75th token ends inside a word and inside a character of three bytes.
    let inside = Tokenizer::shared().encode(&("a ".repeat(74) + "\u{3260}\u{3260}"));
    let kept = inside.kept_text.expect("more than 75 tokens");
    assert!("a ".repeat(74).starts_with(kept.trim_end()) || kept.ends_with('\u{3260}'), "{kept:?}");
}

#[test]
fn words_and_pieces_tell_which_text_an_id_stands_for() {
    let tokenizer = Tokenizer::shared();
    let words = tokenizer.words("A Corgi plays, 42!");
    let texts: Vec<&str> = words.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(texts, ["a", "corgi", "plays", ",", "4", "2", "!"]);
    assert_eq!(words[1].1, [31_320]);
    for prompt in ["A Corgi plays", "supercalifragilistic <start_of_text>", "caf\u{e9} na\u{ef}ve"] {
        let joined: String = tokenizer.pieces(prompt).into_iter().map(|(_, piece)| piece).collect();
        assert_eq!(joined, prompt.to_lowercase().replace(' ', ""));
    }
    assert_eq!(tokenizer.piece(60_000), "");
}

#[test]
fn any_text_is_accepted() {
    let mut numbers = Numbers(1);
    // Ranges in which characters are repaired, joined, folded or cut.
    let ranges = [(0, 0x80), (0x80, 0x180), (0x2000, 0x2200), (0xFB00, 0x1_0000), (0, 0x11_0000)];
    for _ in 0..3000 {
        let (from, to) = ranges[numbers.below(5) as usize];
        let prompt: String =
            (0..numbers.below(60)).filter_map(|_| char::from_u32(from + numbers.below(to - from))).collect();
        let encoded = Tokenizer::shared().encode(&prompt);
        check_form(&prompt, &encoded);
        let ids = Tokenizer::shared().words(&prompt).into_iter().flat_map(|(_, ids)| ids);
        assert_eq!(ids.count(), encoded.text_tokens, "{prompt:?}");
    }
}

/// A prompt of a megabyte must not freeze the window. In a release build each takes below a second; the limit leaves
/// room for a slow, busy machine and fails when any step becomes quadratic.
#[test]
fn a_megabyte_is_fast() {
    let mut numbers = Numbers(2);
    let letters: String = (0..1_000_000).map(|_| char::from(b'a' + numbers.below(26) as u8)).collect();
    let mangled: String = (0..500_000).filter_map(|_| char::from_u32(0x80 + numbers.below(0x80))).collect();
    let prompts = [
        letters,
        mangled,
        "a".repeat(1_000_000),
        "word ".repeat(200_000),
        "\u{301}\u{327}".repeat(250_000),
        // Escaped a hundred thousand times over.
        "&".to_owned() + &"amp;".repeat(250_000),
        "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".repeat(25_000),
        "\u{c3}\u{a9} \u{65e5}".repeat(125_000),
    ];
    for prompt in prompts {
        let start = Instant::now();
        let encoded = Tokenizer::shared().encode(&prompt);
        let elapsed = start.elapsed();
        let beginning: String = prompt.chars().take(20).collect();
        assert!(encoded.is_truncated(), "{beginning:?}");
        assert!(elapsed < Duration::from_secs(20), "{beginning:?} took {elapsed:?}");
    }
}

#[test]
fn weights_stand_at_the_tokens_of_their_words() {
    let tokenizer = Tokenizer::shared();
    let (plain, none) = tokenizer.encode_weighted("a red ball");
    assert_eq!((plain.clone(), none), (tokenizer.encode("a red ball"), None));
    let (tokens, weights) = tokenizer.encode_weighted("a (red:1.5) ball");
    let weights = weights.expect("there is one");
    assert_eq!(tokens, plain, "weights are no words");
    assert_eq!(weights[..5], [1.0, 1.0, 1.5, 1.0, 1.0], "start, a, red, ball, end");
    assert!(weights[5..].iter().all(|&weight| weight == 1.0));
    assert_eq!(tokenizer.encode_weighted("").0, tokenizer.encode(""));
    // What is cut off is cut off with its weight; what was kept is told without the signs.
    let (long, weights) = tokenizer.encode_weighted(&format!("{}(red blue green:2)", "ball ".repeat(73)));
    assert_eq!((long.text_tokens, weights.map(|weights| weights[73..].to_vec())), (76, Some(vec![1.0, 2.0, 2.0, 1.0])));
    assert!(long.kept_text.is_some_and(|kept| kept.ends_with("ball red blue")));
    let prompt = format!("(Red\u{a0}ball:2), {}end", "b ".repeat(72));
    let words = tokenizer.word_places(&prompt);
    let texts: Vec<&str> = words.iter().map(|word| &prompt[word.place.clone()]).collect();
    assert_eq!(texts[..4], ["Red", "ball", ",", "b"]);
    assert_eq!(
        words.iter().map(|word| word.ids.len()).sum::<usize>(),
        tokenizer.encode_weighted(&prompt).0.text_tokens
    );
    assert_eq!(words.iter().position(|word| word.is_cut), Some(75), "the 76th is too much");
    for (text, same) in [(r"\(a\)", "(a)"), ("(a)", "(a)"), ("((a b:2) c:0.5)", "a b c")] {
        assert_eq!(tokenizer.encode_weighted(text).0, tokenizer.encode(same), "{text}");
    }
}
