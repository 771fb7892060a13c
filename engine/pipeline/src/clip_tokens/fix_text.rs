//! Repair of text as ftfy 6.3.1 does it with its default settings, which the reference tokenizer applies first.
//!
//! Text that was decoded with the wrong encoding is decoded again, and forms that differ only in looks are made
//! plain: curly quotes, ligatures, full-width letters, line breaks, terminal colours, control characters, NFC.
//! The rules are ftfy's (copyright Robyn Speer, Apache License 2.0), because the ids depend on them.

use super::{charmaps, entities, mojibake};
use regex::{Captures, Regex, bytes};
use std::borrow::Cow;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Characters that are repaired together; longer lines are cut.
const LONGEST_SEGMENT: usize = 1_000_000;

/// Times that the repairs are repeated. Real text needs two or three; the limit keeps a hostile prompt, for example one
/// that is escaped thousands of times, from occupying the program.
const MOST_ROUNDS: usize = 64;

/// `text` repaired, line by line.
pub fn fix_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Entities are left alone from the first line on that has a `<`, because such text may be HTML.
    let mut unescapes = true;
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while !rest.is_empty() {
            let end = rest.char_indices().nth(LONGEST_SEGMENT).map_or(rest.len(), |(at, _)| at);
            let (segment, after) = rest.split_at(end);
            unescapes &= !segment.contains('<');
            out.push_str(&fix_segment(segment, unescapes));
            rest = after;
        }
    }
    out
}

/// Repeats all repairs until none changes anything.
fn fix_segment(segment: &str, unescapes: bool) -> String {
    let mut text = segment.to_owned();
    for _ in 0..MOST_ROUNDS {
        let fixed = fix_once(&text, unescapes);
        if fixed == text {
            break;
        }
        text = fixed;
    }
    text
}

fn fix_once(text: &str, unescapes: bool) -> String {
    let unescaped = if unescapes { unescape_entities(text) } else { Cow::Borrowed(text) };
    let decoded = fix_encoding(&unescaped);
    let mut plain = String::with_capacity(decoded.len());
    for c in decoded.chars() {
        push_plain(c, &mut plain);
    }
    let lines = plain.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
    static COLOUR: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\x1b\[(?:\d|;)*[a-zA-Z]").expect("a constant expression"));
    COLOUR.replace_all(&lines, "").chars().filter(|&c| !is_control(c)).nfc().collect()
}

/// Appends what one character becomes: characters of Windows-1252 for C1 controls, letters for ligatures, ordinary
/// width, straight quotes. None of the results is changed by another of these.
fn push_plain(c: char, out: &mut String) {
    let letters = match c {
        '\u{80}'..='\u{9f}' => {
            let fixed = u8::try_from(c).map_or(c, |byte| charmaps::windows_1252().char_of(byte));
            // Some of these are quotes.
            if fixed == c {
                out.push(c);
            } else {
                push_plain(fixed, out);
            }
            return;
        }
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        // The apostrophe is U+02BC, which is straightened below.
        'ŉ' => "'n",
        'Ǳ' => "DZ",
        'ǲ' => "Dz",
        'ǳ' => "dz",
        'Ǆ' => "DŽ",
        'ǅ' => "Dž",
        'ǆ' => "dž",
        'Ǉ' => "LJ",
        'ǈ' => "Lj",
        'ǉ' => "lj",
        'Ǌ' => "NJ",
        'ǋ' => "Nj",
        'ǌ' => "nj",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' => "ſt",
        'ﬆ' => "st",
        '\u{3000}' => " ",
        '\u{ff01}'..='\u{ffef}' => {
            out.extend([c].into_iter().nfkc());
            return;
        }
        '\u{2bc}' | '\u{2018}'..='\u{201b}' => "'",
        '\u{201c}'..='\u{201f}' => "\"",
        _ => {
            out.push(c);
            return;
        }
    };
    out.push_str(letters);
}

/// Characters without effect on the text; white space and what shapes glyphs is not among them.
fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\x08' | '\x0B' | '\x0E'..='\x1F' | '\x7F' | '\u{206A}'..='\u{206F}' | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFC}')
}

/// Replaces references that end in `;`, also names in capitals that HTML does not know.
fn unescape_entities(text: &str) -> Cow<'_, str> {
    static REFERENCE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("&#?[0-9A-Za-z]{1,24};").expect("a constant expression"));
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    REFERENCE.replace_all(text, |found: &Captures<'_>| {
        let reference = &found[0];
        let name = &reference[1..];
        if let Some(characters) = entities::named(name) {
            return characters.to_owned();
        }
        let unescaped = entities::unescape(reference);
        if name.starts_with('#') {
            // When the `;` is left over, only a part was a reference.
            return if unescaped.contains(';') { reference.to_owned() } else { unescaped.into_owned() };
        }
        let in_capitals = !name.contains(|c: char| c.is_ascii_lowercase()) && unescaped == reference;
        let lower = in_capitals.then(|| entities::named(&name.to_ascii_lowercase())).flatten();
        lower.map_or_else(|| reference.to_owned(), str::to_uppercase)
    })
}

/// Decodes mangled text again until it looks right or nothing helps.
fn fix_encoding(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..MOST_ROUNDS {
        match fix_encoding_once(&text) {
            Some(fixed) if fixed != text => text = fixed,
            _ => break,
        }
    }
    text
}

fn fix_encoding_once(text: &str) -> Option<String> {
    if text.is_ascii() || !mojibake::is_suspicious(text) {
        return None;
    }
    // UTF-8 that was read as a one-byte encoding.
    if let Some(fixed) = charmaps::TRIED.iter().find_map(|map| {
        let mut bytes = map.encode(text)?;
        if map.restores_no_break_space {
            bytes = restore_no_break_spaces(bytes);
        }
        if map.is_lenient {
            bytes = replace_lossy_sequences(&bytes);
        }
        decode_lenient_utf8(&bytes)
    }) {
        return Some(fixed);
    }
    // The same in only some places.
    let patched = fix_embedded(text);
    if patched != text {
        return Some(patched);
    }
    // Latin-1 that was meant as Windows-1252: only the C1 controls differ.
    let is_c1 = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
    let to_windows =
        |c: char| if is_c1(c) { charmaps::windows_1252().char_of(u8::try_from(c).unwrap_or(b'?')) } else { c };
    text.contains(is_c1).then(|| text.chars().map(to_windows).collect())
}

/// Repairs runs that look like mangled UTF-8, each on its own.
fn fix_embedded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(run) = mojibake::find_mangled(text, done) {
        out.push_str(&text[done..run.start]);
        let part = &text[run.clone()];
        // A run that is all of the text has already been tried.
        if part.len() < text.len() && mojibake::is_suspicious(part) {
            out.push_str(&fix_encoding(part));
        } else {
            out.push_str(part);
        }
        done = run.end;
    }
    out.push_str(&text[done..]);
    out
}

/// Puts byte 0xA0 back where a space stands inside what would otherwise be UTF-8.
fn restore_no_break_spaces(bytes: Vec<u8>) -> Vec<u8> {
    static ALTERED: LazyLock<bytes::Regex> = LazyLock::new(|| {
        let sequences = [
            r"[\xc2\xc3\xc5\xce\xd0\xd9] ",
            r"[\xe2\xe3] [\x80-\x84\x86-\x9f\xa1-\xbf]",
            r"[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf] ",
            r"\xf0 [\x80-\xbf][\x80-\xbf]",
            r"\xf0[\x80-\xbf] [\x80-\xbf]",
            r"\xf0[\x80-\xbf][\x80-\xbf] ",
        ];
        bytes::Regex::new(&format!("(?-u){}", sequences.join("|"))).expect("a constant expression")
    });
    if !ALTERED.is_match(&bytes) {
        return bytes;
    }
    // The word "à" lost its second byte but not the space after it. Portuguese words that begin with "à" did not.
    let mut words = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        words.push(first);
        if first == 0xC3
            && let Some(next) = rest.strip_prefix(b" ")
            && ![&b" "[..], b"quele", b"quela", b"quilo", b"s "].iter().any(|word| next.starts_with(word))
        {
            words.extend(b"\xa0 ");
            rest = next;
        }
    }
    let restored = ALTERED.replace_all(&words, |found: &bytes::Captures<'_>| {
        found[0].iter().map(|&byte| if byte == b' ' { 0xA0 } else { byte }).collect::<Vec<u8>>()
    });
    restored.into_owned()
}

/// Replaces sequences that lost a byte (0x1A, or at most one question mark) by U+FFFD.
fn replace_lossy_sequences(bytes: &[u8]) -> Vec<u8> {
    static LOSSY: LazyLock<bytes::Regex> = LazyLock::new(|| {
        let sequences = [
            r"[\xc2-\xdf]\x1a",
            r"[\xc2-\xc3]\?",
            r"\xed[\xa0-\xaf][\x1a?]\xed[\xb0-\xbf][\x1a?\x80-\xbf]",
            r"\xed[\xa0-\xaf][\x1a?\x80-\xbf]\xed[\xb0-\xbf][\x1a?]",
            r"[\xe0-\xef][\x1a?][\x1a\x80-\xbf]",
            r"[\xe0-\xef][\x1a\x80-\xbf][\x1a?]",
            r"[\xf0-\xf4][\x1a?][\x1a\x80-\xbf][\x1a\x80-\xbf]",
            r"[\xf0-\xf4][\x1a\x80-\xbf][\x1a?][\x1a\x80-\xbf]",
            r"[\xf0-\xf4][\x1a\x80-\xbf][\x1a\x80-\xbf][\x1a?]",
            r"\x1a",
        ];
        bytes::Regex::new(&format!("(?-u){}", sequences.join("|"))).expect("a constant expression")
    });
    LOSSY.replace_all(bytes, "\u{fffd}".as_bytes()).into_owned()
}

/// Decodes UTF-8, also with surrogate pairs written as two sequences (CESU-8) and with U+0000 as two bytes (Java).
fn decode_lenient_utf8(bytes: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(bytes.len());
    let mut done = 0;
    let mut at = 0;
    while at < bytes.len() {
        let (c, len) = match bytes[at..] {
            [0xC0, 0x80, ..] => ('\0', 2),
            [0xED, b @ 0xA0..=0xAF, c @ 0x80..=0xBF, 0xED, e @ 0xB0..=0xBF, f @ 0x80..=0xBF, ..] => {
                let bits = |byte: u8, mask: u8, shift: u32| u32::from(byte & mask) << shift;
                let number = bits(b, 0x0F, 16) + bits(c, 0x3F, 10) + bits(e, 0x0F, 6) + bits(f, 0x3F, 0) + 0x1_0000;
                (char::from_u32(number)?, 6)
            }
            _ => {
                at += 1;
                continue;
            }
        };
        out.push_str(std::str::from_utf8(&bytes[done..at]).ok()?);
        out.push(c);
        at += len;
        done = at;
    }
    out.push_str(std::str::from_utf8(&bytes[done..]).ok()?);
    Some(out)
}
