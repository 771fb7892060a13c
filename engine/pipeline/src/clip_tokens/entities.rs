//! HTML character references, with the rules of HTML 5 as Python's `html.unescape` applies them.

use super::charmaps;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Longest name that is looked at, without `&` and `;`.
const LONGEST_NAME: usize = 32;

/// Named references without the `&`. Some are known with and without the closing `;`.
static NAMED: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| ::entities::ENTITIES.iter().map(|entry| (&entry.entity[1..], entry.characters)).collect());

/// The characters of a named reference; `name` is without `&` and with `;` where it has one.
pub fn named(name: &str) -> Option<&'static str> {
    NAMED.get(name).copied()
}

/// Replaces named and numeric references. Unknown names stay, and a known beginning of a name is replaced.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let used =
            if rest.starts_with('#') { unescape_numeric(rest, &mut out) } else { unescape_named(rest, &mut out) };
        match used {
            Some(len) => rest = &rest[len..],
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// `#` and digits: gives the bytes used, nothing when there is no number.
fn unescape_numeric(rest: &str, out: &mut String) -> Option<usize> {
    let (digits_at, radix) = if rest[1..].starts_with(['x', 'X']) { (2, 16) } else { (1, 10) };
    let digits = rest[digits_at..].bytes().take_while(|&byte| char::from(byte).is_digit(radix)).count();
    if digits == 0 {
        return None;
    }
    let end = digits_at + digits;
    // Anything too long for 32 bits is also outside Unicode.
    let number = u32::from_str_radix(&rest[digits_at..end], radix).unwrap_or(u32::MAX);
    out.extend(numbered(number));
    Some(end + usize::from(rest[end..].starts_with(';')))
}

/// The character with this number; nothing for numbers that stand for no character in HTML.
fn numbered(number: u32) -> Option<char> {
    match number {
        // Browsers read these as Windows-1252.
        0x80..=0x9F => Some(charmaps::windows_1252().char_of(u8::try_from(number).ok()?)),
        0x01..=0x08 | 0x0B | 0x0E..=0x1F | 0x7F | 0xFDD0..=0xFDEF => None,
        0 => Some(char::REPLACEMENT_CHARACTER),
        // The last two of each plane are no characters.
        _ if number <= 0x10_FFFF && number & 0xFFFE == 0xFFFE => None,
        _ => Some(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

/// A name: gives the bytes used, nothing when no name is known.
fn unescape_named(rest: &str, out: &mut String) -> Option<usize> {
    let stops = |c: char| matches!(c, '\t' | '\n' | '\x0C' | ' ' | '<' | '&' | '#' | ';');
    let len: usize = rest.chars().take_while(|&c| !stops(c)).take(LONGEST_NAME).map(char::len_utf8).sum();
    if len == 0 {
        return None;
    }
    let whole = len + usize::from(rest[len..].starts_with(';'));
    if let Some(characters) = named(&rest[..whole]) {
        out.push_str(characters);
        return Some(whole);
    }
    // The longest known beginning, of at least two characters.
    let ends = rest[..whole].char_indices().map(|(at, _)| at).skip(2);
    let (end, characters) = ends.filter_map(|end| Some((end, named(&rest[..end])?))).last()?;
    out.push_str(characters);
    Some(end)
}
