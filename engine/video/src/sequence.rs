//! Pictures that follow each other: `name_0001.png`, `name_0002.png` and so on.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Trouble, VideoFault};
use crate::limits::check_frames;

/// Whether a file of this name is a picture that may be one of several; animations have endings of their own.
pub fn is_picture_name(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| matches!(ending.as_str(), "png" | "jpg" | "jpeg" | "webp"))
}

/// A name that ends with a number, as what is before the number (without `_`, `-`, `.` or blanks between) and the number.
pub fn numbered(path: &Path) -> Option<(String, u64)> {
    let stem = path.file_stem()?.to_str()?;
    let front = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number = stem[front.len()..].parse().ok()?;
    Some((front.trim_end_matches(['_', '-', '.', ' ']).to_owned(), number))
}

/// The pictures of a folder: by their numbers, and those without numbers by their names before them.
pub(crate) fn of_folder(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut pictures = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !is_hidden && is_picture_name(&path) && path.is_file() {
            check_frames(pictures.len() as u64 + 1)?;
            pictures.push(path);
        }
    }
    if pictures.is_empty() {
        return Err(VideoFault::NoFrame.into());
    }
    pictures.sort_by_cached_key(|path| (numbered(path), path.clone()));
    Ok(pictures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_before_their_numbers() {
        for (name, parts) in [
            ("fox_0012.png", Some(("fox", 12))),
            ("0007.jpg", Some(("", 7))),
            ("a fox 3.png", Some(("a fox", 3))),
            ("take2-010.webp", Some(("take2", 10))),
            ("fox.png", None),
            ("fox_99999999999999999999999.png", None),
        ] {
            let parts = parts.map(|(front, number)| (front.to_owned(), number));
            assert_eq!(numbered(Path::new(name)), parts, "{name}");
        }
    }
}
