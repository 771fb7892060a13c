//! The texts of PNG, WebP and MP4 files with their names. Damage ends the walk; what was read before it is kept.

use std::io::{self, Read, Seek, SeekFrom};

use super::exif;

/// Longest text that is looked at, in bytes: a large ComfyUI workflow has a few hundred thousand.
const MAX_TEXT: u64 = 4 << 20;
/// Most texts of a file.
const MAX_TEXTS: usize = 64;
/// Most parts (chunks, boxes) that are walked over.
const MAX_PARTS: usize = 1 << 16;

/// A name and what stands under it.
pub(super) type Texts = Vec<(String, String)>;

/// All texts of a file, whatever its name says it is.
pub(super) fn texts(file: &mut (impl Read + Seek)) -> Texts {
    let mut found = Texts::new();
    // A file that ends too early has said what it says.
    walk(file, &mut found).ok();
    found
}

fn walk(file: &mut (impl Read + Seek), found: &mut Texts) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut start = Vec::new();
    file.by_ref().take(12).read_to_end(&mut start)?;
    if start.starts_with(b"\x89PNG\r\n\x1a\n") {
        png(file, length, found)
    } else if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP") {
        webp(file, length, found)
    } else if start.get(4..8) == Some(b"ftyp") {
        mp4(file, length, found)
    } else {
        Ok(())
    }
}

fn png(file: &mut (impl Read + Seek), length: u64, found: &mut Texts) -> io::Result<()> {
    let mut at = 8;
    for _ in 0..MAX_PARTS {
        file.seek(SeekFrom::Start(at))?;
        let size = u64::from(u32::from_be_bytes(bytes(file)?));
        let kind: [u8; 4] = bytes(file)?;
        if size + 12 > length - at || &kind == b"IEND" || found.len() >= MAX_TEXTS {
            return Ok(());
        }
        match &kind {
            b"tEXt" => {
                let content = content(file, size)?;
                if let Some(end) = content.iter().position(|&byte| byte == 0) {
                    // The standard's Latin-1; programs that write UTF-8 here are many, so that is tried first.
                    let text = &content[end + 1..];
                    let text = std::str::from_utf8(text).map_or_else(|_| latin(text), str::to_owned);
                    found.push((latin(&content[..end]), text));
                }
            }
            b"iTXt" => found.extend(international(&content(file, size)?)),
            b"eXIf" => exif::texts(&content(file, size)?, found),
            _ => {}
        }
        at += size + 12;
    }
    Ok(())
}

/// Keyword, flags, language, translated keyword, text. Compressed ones are left out: none of these programs writes them.
fn international(content: &[u8]) -> Option<(String, String)> {
    let mut parts = content.splitn(2, |&byte| byte == 0);
    let (keyword, rest) = (parts.next()?, parts.next()?);
    let rest = rest.strip_prefix(&[0, 0])?;
    let text = rest.splitn(3, |&byte| byte == 0).nth(2)?;
    Some((latin(keyword), String::from_utf8_lossy(text).into_owned()))
}

fn webp(file: &mut (impl Read + Seek), length: u64, found: &mut Texts) -> io::Result<()> {
    let mut at = 12;
    for _ in 0..MAX_PARTS {
        file.seek(SeekFrom::Start(at))?;
        let kind: [u8; 4] = bytes(file)?;
        let size = u64::from(u32::from_le_bytes(bytes(file)?));
        if size + 8 > length - at || found.len() >= MAX_TEXTS {
            return Ok(());
        }
        match &kind {
            b"EXIF" => {
                let content = content(file, size)?;
                // Some writers put the mark of JPEG files in front.
                exif::texts(content.strip_prefix(b"Exif\0\0").unwrap_or(&content), found);
            }
            b"XMP " => {
                let packet = String::from_utf8_lossy(&content(file, size)?).into_owned();
                found.extend(exif::xmp_texts(&packet));
            }
            _ => {}
        }
        at += 8 + size + size % 2;
    }
    Ok(())
}

/// `moov/udta/meta/ilst` with names of four letters, and `moov/meta` or `moov/udta/meta` with `keys` beside `ilst` (QuickTime File Format,
/// "Metadata").
fn mp4(file: &mut (impl Read + Seek), length: u64, found: &mut Texts) -> io::Result<()> {
    let mut ends = vec![(length, *b"file")];
    let (mut at, mut keys) = (0, Vec::new());
    let mut item = [0; 4];
    for _ in 0..MAX_PARTS {
        let Some(&(end, parent)) = ends.last() else { return Ok(()) };
        if end - at < 8 {
            at = end;
            ends.pop();
            continue;
        }
        file.seek(SeekFrom::Start(at))?;
        let short = u64::from(u32::from_be_bytes(bytes(file)?));
        let kind: [u8; 4] = bytes(file)?;
        let (header, size) = match short {
            0 => (8, end - at),
            1 => (16, u64::from_be_bytes(bytes(file)?)),
            size => (8, size),
        };
        if size < header || size > end - at || found.len() >= MAX_TEXTS {
            return Ok(());
        }
        let inside = size - header;
        let enters = match (&parent, &kind) {
            (b"file", b"moov") | (b"moov", b"udta") | (b"meta", b"ilst") => Some(0),
            // With version and flags where it is MP4's, without in QuickTime files.
            (b"moov" | b"udta", b"meta") if inside >= 8 => {
                let first: [u8; 8] = bytes(file)?;
                Some(if &first[4..] == b"hdlr" { 0 } else { 4 })
            }
            (b"ilst", _) => {
                item = kind;
                Some(0)
            }
            _ => None,
        };
        if let Some(skipped) = enters {
            ends.push((at + size, if parent == *b"ilst" { *b"item" } else { kind }));
            at += header + skipped;
            continue;
        }
        match (&parent, &kind) {
            (b"meta", b"keys") => keys = key_names(&content(file, inside)?),
            (b"item", b"data") if inside >= 8 => {
                let _kind_and_locale: [u8; 8] = bytes(file)?;
                let text = String::from_utf8_lossy(&content(file, inside - 8)?).into_owned();
                found.push((item_name(item, &keys), text));
            }
            _ => {}
        }
        at += size;
    }
    Ok(())
}

/// The names in a `keys` box, in their order.
fn key_names(content: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = content.get(8..).unwrap_or_default();
    while let Some((size, after)) = rest.split_first_chunk::<4>() {
        let size = u32::from_be_bytes(*size) as usize;
        // The size counts itself and four letters for the namespace.
        let Some(name) = size.checked_sub(4).filter(|&size| size >= 4).and_then(|size| after.get(4..size)) else {
            break;
        };
        names.push(String::from_utf8_lossy(name).into_owned());
        rest = &after[size - 4..];
        if names.len() >= MAX_TEXTS {
            break;
        }
    }
    names
}

/// The name of an item: a number in the list of keys, or its four letters.
fn item_name(item: [u8; 4], keys: &[String]) -> String {
    let number = u32::from_be_bytes(item) as usize;
    number.checked_sub(1).and_then(|index| keys.get(index)).cloned().unwrap_or_else(|| latin(&item))
}

pub(super) fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// What a part holds; nothing of one that is too long.
fn content(file: &mut impl Read, size: u64) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    if size <= MAX_TEXT {
        file.take(size).read_to_end(&mut kept)?;
    }
    Ok(kept)
}

fn bytes<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
