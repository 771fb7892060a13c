//! Captions in files of text, as people and old programs write them.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Up to `max_bytes` of a file as text: UTF-8, with or without a mark at its start, or Latin-1 as old programs write it.
///
/// # Errors
/// What the system says; `InvalidInput` where it is no file.
pub fn read_text(path: &Path, max_bytes: u64) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(max_bytes).read_to_end(&mut bytes)?;
    let is_cut = bytes.len() as u64 == max_bytes;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // Where the limit cut a letter, all before it is still UTF-8.
        Err(error) if is_cut && error.utf8_error().error_len().is_none() => {
            String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned()
        }
        Err(error) => error.as_bytes().iter().map(|&byte| char::from(byte)).collect(),
    };
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A caption on one line, with single spaces.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_spelling_are_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.txt");
        let of = |bytes: &[u8], most: u64| {
            std::fs::write(&path, bytes).expect("writable");
            read_text(&path, most).expect("readable")
        };
        assert_eq!(one_line(&of("\u{feff}a fox\r\nin  the snow\n".as_bytes(), 100)), "a fox in the snow");
        assert_eq!(of(b"caf\xe9", 100), "café");
        assert_eq!(of("äää".as_bytes(), 3), "ä", "the second letter is cut");
        assert!(read_text(folder.path(), 100).is_err(), "a folder");
    }
}
