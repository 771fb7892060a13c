//! How to recognise text that was written in one encoding and read in another.
//!
//! The character groups and the unlikely sequences are those of ftfy 6.3.1 (its `badness` heuristic); the reference
//! tokenizer's ids depend on them. ftfy: copyright Robyn Speer, Apache License 2.0.

use super::charmaps;
use regex::Regex;
use std::collections::HashSet;
use std::sync::LazyLock;

// Groups of characters that occur in mangled UTF-8, written as the inside of a character class.
const COMMON: &str = "\u{a0}\u{ad}·´–—―…’";
const C1: &str = "\u{80}-\u{9f}";
const BAD: &str = "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\u{fffd}ªº";
const LAW: &str = "¶§";
const CURRENCY: &str = "¢£¥₧€";
const START_PUNCTUATION: &str = "¡«¿©΄΅‘‚“„•‹\u{f8ff}";
const END_PUNCTUATION: &str = "®»˝”›™";
const NUMERIC: &str = "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№";
/// Letters that are also used to draw faces.
const KAOMOJI: &str = "Ò-ÖÙ-Üò-öø-üŐŌŪŲ°";
const UPPER_ACCENTED: &str = "À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ";
const LOWER_ACCENTED: &str = "ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ";
const UPPER_COMMON: &str = "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я";
const LOWER_COMMON: &str = "α-ωάέήίΰа-џ";
const BOX: &str = "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓";

/// Whether `text` has a sequence of characters that nobody writes on purpose.
pub fn is_suspicious(text: &str) -> bool {
    static UNLIKELY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&unlikely_sequences().join("|")).expect("a constant expression"));
    UNLIKELY.is_match(text)
}

fn unlikely_sequences() -> Vec<String> {
    // One character out of any of the groups.
    let any = |groups: &[&str]| format!("[{}]", groups.concat());
    let accented = [LOWER_ACCENTED, UPPER_ACCENTED].concat();
    let punctuation = [START_PUNCTUATION, END_PUNCTUATION].concat();
    let beside_bad = [&accented, BOX, &punctuation, CURRENCY, NUMERIC, LAW].concat();
    let arabic = format!("[ØÙ]{}", any(&[COMMON, CURRENCY, BAD, NUMERIC, START_PUNCTUATION, "ŸŠ®°µ»"]));
    let after_cyrillic = any(&[C1, BAD, &punctuation, CURRENCY, "°µ"]);
    let after_greek = any(&[C1, BAD, &punctuation, CURRENCY, "°"]);
    vec![
        any(&[C1]),
        any(&[BAD, &beside_bad]) + &any(&[BAD]),
        "[a-zA-Z]".to_owned() + &any(&[LOWER_COMMON, UPPER_COMMON]) + &any(&[BAD]),
        any(&[BAD]) + &any(&[&beside_bad]),
        any(&[LOWER_ACCENTED, LOWER_COMMON, BOX, END_PUNCTUATION, CURRENCY, NUMERIC]) + &any(&[UPPER_ACCENTED]),
        any(&[BOX, END_PUNCTUATION, CURRENCY, NUMERIC]) + &any(&[LOWER_ACCENTED]),
        any(&[LOWER_ACCENTED, BOX, END_PUNCTUATION]) + &any(&[CURRENCY]),
        r"[\s\x1c-\x1f]".to_owned() + &any(&[UPPER_ACCENTED]) + &any(&[CURRENCY]),
        any(&[UPPER_ACCENTED, BOX]) + &any(&[NUMERIC, LAW]),
        any(&[&accented, BOX, CURRENCY, END_PUNCTUATION]) + &any(&[START_PUNCTUATION]) + &any(&[NUMERIC]),
        any(&[&accented, CURRENCY, NUMERIC, BOX, LAW]) + &any(&[END_PUNCTUATION]) + &any(&[START_PUNCTUATION]),
        any(&[CURRENCY, NUMERIC, BOX]) + &any(&[START_PUNCTUATION]),
        "[a-z]".to_owned() + &any(&[UPPER_ACCENTED]) + &any(&[START_PUNCTUATION, CURRENCY]),
        any(&[BOX]) + &any(&[KAOMOJI]),
        any(&[&accented, CURRENCY, NUMERIC, &punctuation, LAW]) + &any(&[BOX]),
        any(&[BOX]) + &any(&[END_PUNCTUATION]),
        any(&[&accented]) + &any(&[&punctuation]) + r"[\p{L}\p{N}_]",
        // The ligature without a Latin letter after it.
        "[Œœ][^A-Za-z]".to_owned(),
        // Degrees after a capital.
        any(&[UPPER_ACCENTED]) + "°",
        // Pairs from Windows-1252.
        "[ÂÃÎÐ]".to_owned() + &any(&["€œŠš¢£Ÿž\u{a0}\u{ad}®©°·»", &punctuation, "–—´"]),
        "×[²³]".to_owned(),
        // Arabic letters need two pairs, because the second characters are common.
        arabic.repeat(2),
        // Beginnings of South Asian letters.
        "à[²µ¹¼½¾]".to_owned(),
        // MacRoman.
        "√[±∂†≠®™´≤≥¥µø]".to_owned(),
        "≈[°¢]".to_owned(),
        "‚Ä[ìîïòôúùû†°¢π]".to_owned(),
        "‚[âó][àä°ê]".to_owned(),
        // Windows-1251, first of U+2000 and following.
        "вЂ".to_owned(),
        format!("[ВГРС]{after_cyrillic}[ВГРС]"),
        "ГўВЂВ.[A-Za-z ]".to_owned(),
        // The Windows-1252 forms of à, á and the no-break space.
        "Ã[\u{a0}¡]".to_owned(),
        r"[a-z][\s\x1c-\x1f]?[ÃÂ] ".to_owned(),
        "^[ÃÂ] ".to_owned(),
        any(&["a-z.,?!", END_PUNCTUATION]) + "Â" + &any(&[" ", &punctuation]),
        // Windows-1253.
        "β€[™\u{a0}Ά\u{ad}®°]".to_owned(),
        format!("[ΒΓΞΟ]{after_greek}[ΒΓΞΟ]"),
        // Windows-1257.
        "ā€".to_owned(),
    ]
}

/// Characters that the bytes of UTF-8 sequences become in encodings that resemble Latin-1.
struct Clues {
    first_of_2: HashSet<char>,
    first_of_3: HashSet<char>,
    first_of_4: HashSet<char>,
    continuation: HashSet<char>,
}

static CLUES: LazyLock<Clues> = LazyLock::new(|| {
    let chars_of = |bytes: &mut dyn Iterator<Item = u8>| -> HashSet<char> {
        bytes.flat_map(|byte| charmaps::latin_like().iter().map(move |map| map.char_of(byte))).collect()
    };
    let mut continuation = chars_of(&mut (0x80..=0xBF));
    // A no-break space that became an ordinary one.
    continuation.insert(' ');
    Clues {
        first_of_2: chars_of(&mut (0xC2..=0xDF)),
        first_of_3: chars_of(&mut (0xE0..=0xEF)),
        // The other first bytes of four lead to no assigned characters.
        first_of_4: chars_of(&mut [0xF0, 0xF3].into_iter()),
        continuation,
    }
});

/// The next run of characters, at or after byte `from`, that looks like mangled UTF-8. Gives its byte range.
///
/// A run does not start right after a character that itself looks like the inside of a sequence: repairing the end of
/// a longer garble would make it worse.
pub fn find_mangled(text: &str, from: usize) -> Option<std::ops::Range<usize>> {
    let mut before = text[..from].chars().next_back();
    let mut at = from;
    while let Some(c) = text[at..].chars().next() {
        if !before.is_some_and(looks_like_inside) {
            let mut end = at;
            while let Some(len) = sequence_len(&text[end..]) {
                end += len;
            }
            if end > at {
                return Some(at..end);
            }
        }
        before = Some(c);
        at += c.len_utf8();
    }
    None
}

/// Bytes of one mangled sequence at the beginning of `text`.
fn sequence_len(text: &str) -> Option<usize> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let clues = &*CLUES;
    let continuations = if clues.first_of_2.contains(&first) {
        1
    } else if clues.first_of_3.contains(&first) {
        2
    } else if clues.first_of_4.contains(&first) {
        3
    } else {
        return None;
    };
    let mut len = first.len_utf8();
    for _ in 0..continuations {
        len += chars.next().filter(|c| clues.continuation.contains(c))?.len_utf8();
    }
    Some(len)
}

/// Continuation characters, without those that often stand beside mangled text on their own.
fn looks_like_inside(c: char) -> bool {
    CLUES.continuation.contains(&c) && !" –—―‘’‚“”„•…".contains(c)
}
