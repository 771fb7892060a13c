//! What is no model, told by its first bytes: servers put any type on anything.
//!
//! Networks that want a login answer with a page, mirrors with a message, repositories that were copied without their large
//! files with the pointer that stands for one. No form in which models come is text or is packed as a whole.

use crate::fault::NoModel;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::ENDINGS;
use super::exchange::printable;

/// Bytes that are looked at.
pub(super) const HEAD_BYTES: usize = 1024;
/// Letters of a message that are shown.
const SHOWN: usize = 60;

/// What came instead of a model.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mistaken {
    /// A page for people.
    WebPage,
    /// Something else.
    Other(NoModel),
}

/// How something that is packed as a whole begins. An archive of PyTorch (`PK`) is none: its parts are packed, or not.
const PACKED: [(&[u8], &str); 5] = [
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
];

/// Reads the first bytes of a file, and goes back to its begin.
pub(super) fn read_head(file: &mut (impl Read + Seek), head: &mut Vec<u8>) -> io::Result<()> {
    head.clear();
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(HEAD_BYTES as u64).read_to_end(head)?;
    file.seek(SeekFrom::Start(0)).map(drop)
}

/// What the beginning (or all) of a file is, if that is no model. Files that are not named as models may be text.
pub(super) fn mistaken(name: &str, head: &[u8]) -> Option<Mistaken> {
    let text = words(head);
    let begin = text.as_deref().map(|text| text.trim_start().to_lowercase()).unwrap_or_default();
    if begin.starts_with("<!doctype html") || begin.starts_with("<html") || begin.starts_with("<head") {
        return Some(Mistaken::WebPage);
    }
    if begin.starts_with("version https://git-lfs.github.com/spec") {
        return Some(Mistaken::Other(NoModel::LfsPointer));
    }
    let ending = Path::new(name).extension().map(|it| it.to_string_lossy().to_lowercase());
    if !ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
        return None;
    }
    if let Some(&(_, packing)) = PACKED.iter().find(|(mark, _)| head.starts_with(mark)) {
        return Some(Mistaken::Other(NoModel::Packed { packing }));
    }
    let shown = shown(&text?);
    Some(Mistaken::Other(match begin.bytes().next() {
        Some(b'<') if begin.contains("<body") || begin.contains("<title") => return Some(Mistaken::WebPage),
        Some(b'<') => NoModel::Xml { begin: shown },
        Some(b'{' | b'[') => NoModel::Json { begin: shown },
        _ => NoModel::Text { begin: shown },
    }))
}

/// The beginning as text, if it is text: UTF-8 (a letter may be cut at the end) or UTF-16 with its mark.
fn words(head: &[u8]) -> Option<String> {
    let wide = |unit: fn([u8; 2]) -> u16, rest: &[u8]| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|it| unit([it[0], it[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    let text = match head {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        _ => {
            let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
            match std::str::from_utf8(head) {
                Ok(text) => text.to_owned(),
                Err(error) if error.error_len().is_none() => {
                    String::from_utf8_lossy(&head[..error.valid_up_to()]).into_owned()
                }
                // Pages of older encodings: letters of one byte each, and none that steers.
                Err(_) if head.trim_ascii_start().starts_with(b"<") => {
                    head.iter().map(|&byte| char::from(byte)).collect()
                }
                Err(_) => return None,
            }
        }
    };
    let is_text = |it: char| it.is_ascii_whitespace() || !it.is_ascii_control();
    (text.chars().any(|it| !it.is_whitespace()) && text.chars().all(is_text)).then_some(text)
}

fn shown(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = printable(&line.join(" "));
    let mut short: String = line.chars().take(SHOWN).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        [&b"\xff\xfe"[..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()].concat()
    }

    #[test]
    fn what_is_no_model_is_told_by_its_first_bytes() {
        let long_page = format!("\u{feff}\n <!DOCTYPE html><html><body>{}", "ü".repeat(600));
        let pages: [&[u8]; 6] = [
            &long_page.as_bytes()[..HEAD_BYTES],
            b"<html>",
            b"  \r\n<!doctype HTML PUBLIC>",
            b"<?xml version=\"1.0\"?><html xmlns=\"x\"><head><title>Login</title>",
            b"<!-- portal --><body>gr\xfcezi",
            &utf16("<!DOCTYPE html>"),
        ];
        for page in pages {
            assert_eq!(mistaken("m.safetensors", page), Some(Mistaken::WebPage), "{page:?}");
        }
        let others: [(&[u8], &str); 8] = [
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n", "the pointer of Git LFS"),
            (b"{\"error\":\n \"Repository not found\"}", "a message of JSON ({\"error\": \"Repository not found\"})"),
            (b"[1, 2]", "a message of JSON"),
            (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "a document of XML"),
            (b"Not Found", "a text (Not Found)"),
            (b"\x1f\x8b\x08\0\0\0\0\0", "packed by gzip"),
            (b"\x28\xb5\x2f\xfd\x04", "packed by zstd"),
            (&[b'x'; HEAD_BYTES], "…)"),
        ];
        for (head, words) in others {
            let Some(Mistaken::Other(what)) = mistaken("m.CKPT", head) else { panic!("{words}: it passed") };
            assert!(what.to_string().contains(words), "{words:?} is missing in {what:?}");
        }
    }

    #[test]
    fn models_and_files_that_may_be_text_pass() {
        let header =
            [&321_u64.to_le_bytes()[..], b"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"].concat();
        let models: [&[u8]; 7] = [
            &header,
            b"PK\x03\x04\0\0\x08\x08\0\0archive/data.pkl",
            b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
            b"GGUF\x03\0\0\0",
            &[0; HEAD_BYTES],
            &(0..=255).collect::<Vec<u8>>(),
            b"",
        ];
        for head in models {
            assert_eq!(mistaken("m.safetensors", head), None, "{head:?}");
        }
        assert_eq!(mistaken("adapter_config.json", b"{\"r\": 4}"), None);
        assert_eq!(mistaken("notes.json", b"<!DOCTYPE html>"), Some(Mistaken::WebPage));
    }
}
