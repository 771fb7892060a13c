//! Texts of an EXIF block (EXIF 2.32, a TIFF structure) and of an XMP packet.

use super::containers::{Texts, latin};

/// Most entries of a directory, and most texts that are taken out of a block.
const MAX_ENTRIES: usize = 256;
/// Tags: pointer to the EXIF directory, and the comment in it.
const EXIF_DIRECTORY: u16 = 0x8769;
const USER_COMMENT: u16 = 0x9286;

/// Appends the texts of a block: strings of the first directory, and the user's comment.
pub(super) fn texts(block: &[u8], found: &mut Texts) {
    // What is cut off says what it says before.
    directories(block, found);
}

fn directories(block: &[u8], found: &mut Texts) -> Option<()> {
    let is_little = match block.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let tiff = Tiff { block, is_little };
    let first = tiff.long(4)?;
    let mut inner = None;
    for (tag, kind, count, place) in tiff.entries(first) {
        match (tag, kind) {
            (EXIF_DIRECTORY, 4) => inner = tiff.long(place),
            // ASCII, ended by a zero.
            (_, 2) => found.extend(tiff.value(count, place).map(named)),
            _ => {}
        }
    }
    for (tag, kind, count, place) in tiff.entries(inner?) {
        if tag == USER_COMMENT && matches!(kind, 1 | 2 | 7) {
            let comment = tiff.value(count, place)?;
            found.push(("UserComment".to_owned(), comment_text(comment, is_little)));
        }
    }
    Some(())
}

/// ComfyUI writes `prompt:` and `workflow:` in front of its JSON, in fields that are meant for something else.
fn named(text: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(text).trim_end_matches('\0').to_owned();
    match text.split_once(':') {
        Some((name @ ("prompt" | "workflow" | "Prompt" | "Workflow"), rest)) => (name.to_lowercase(), rest.to_owned()),
        _ => ("exif".to_owned(), text),
    }
}

/// The first eight bytes name the character set.
fn comment_text(comment: &[u8], is_little: bool) -> String {
    let Some((set, text)) = comment.split_first_chunk::<8>() else { return latin(comment) };
    match set {
        b"UNICODE\0" => {
            // UTF-16 in the block's order by the standard; most programs write big-endian whatever the block's is.
            let units = |little: bool| -> Vec<u16> {
                let pairs = text.as_chunks::<2>().0.iter();
                pairs.map(|pair| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }).collect()
            };
            let readings = [units(false), units(true)];
            let latin_letters = |units: &[u16]| units.iter().filter(|&&unit| unit < 0x100).count();
            let is_second = match latin_letters(&readings[1]).cmp(&latin_letters(&readings[0])) {
                std::cmp::Ordering::Equal => is_little,
                more => more == std::cmp::Ordering::Greater,
            };
            String::from_utf16_lossy(&readings[usize::from(is_second)])
        }
        b"ASCII\0\0\0" | [0, 0, 0, 0, 0, 0, 0, 0] => String::from_utf8_lossy(text).trim_end_matches('\0').to_owned(),
        _ => String::from_utf8_lossy(comment).trim_end_matches('\0').to_owned(),
    }
}

struct Tiff<'a> {
    block: &'a [u8],
    is_little: bool,
}

impl<'a> Tiff<'a> {
    fn short(&self, at: usize) -> Option<u16> {
        let two = self.block.get(at..)?.first_chunk::<2>()?;
        Some(if self.is_little { u16::from_le_bytes(*two) } else { u16::from_be_bytes(*two) })
    }

    fn long(&self, at: usize) -> Option<usize> {
        let four = self.block.get(at..)?.first_chunk::<4>()?;
        let number = if self.is_little { u32::from_le_bytes(*four) } else { u32::from_be_bytes(*four) };
        usize::try_from(number).ok()
    }

    /// Tag, type, count and the place of the value of each entry.
    fn entries(&self, directory: usize) -> Vec<(u16, u16, usize, usize)> {
        let count = self.short(directory).map_or(0, usize::from).min(MAX_ENTRIES);
        let entry = |index: usize| {
            let at = directory.checked_add(2 + index * 12)?;
            Some((self.short(at)?, self.short(at + 2)?, self.long(at + 4)?, at + 8))
        };
        (0..count).map_while(entry).collect()
    }

    /// The bytes of a value of `count` bytes: four fit into the entry, more stand elsewhere.
    fn value(&self, count: usize, place: usize) -> Option<&'a [u8]> {
        let start = if count <= 4 { place } else { self.long(place)? };
        self.block.get(start..start.checked_add(count)?)
    }
}

/// The description in an XMP packet.
pub(super) fn xmp_texts(packet: &str) -> Option<(String, String)> {
    let (_, rest) = packet.split_once("<dc:description")?;
    let (_, rest) = rest.split_once("<rdf:li")?;
    let (_, rest) = rest.split_once('>')?;
    let (text, _) = rest.split_once('<')?;
    Some(("description".to_owned(), super::super::provenance::xml_unescape(text)))
}
