//! Which names can be written, found out before anything is computed.

use hummingbird_base::Action;
use std::io;
use std::path::{Path, PathBuf};

use super::{Existing, ExportError, staging};

/// Characters of a name that Windows gives another meaning: a colon names a hidden stream, the others are no part of any name.
const FOREIGN_TO_WINDOWS: [char; 7] = ['<', '>', ':', '"', '|', '?', '*'];

/// Whether Windows takes a file name for one of its devices: `nul.mp4` would write nowhere, `com1.gif` to a serial port. Upper and
/// lower case are alike, and so is whatever follows the first dot.
pub fn is_device_name(name: &str) -> bool {
    let stem = name.split(['.', ':']).next().unwrap_or(name).trim_end_matches(' ').to_ascii_lowercase();
    if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") {
        return true;
    }
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let mut number = port.unwrap_or_default().chars();
    matches!((number.next(), number.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
}

/// Looks for what would stop a file from being written to `path`: the name, a file that has it already, and whether its folder
/// takes files. For results that are no clips too.
///
/// # Errors
/// The [`ExportError`] that says what to do.
pub fn check_file(path: &Path, existing: Existing) -> Result<(), ExportError> {
    staging::probe(&staging::check_targets(&[path.to_owned()], path, existing)?)
}

/// Looks at the name alone.
pub(super) fn check_name(path: &Path) -> Result<(), ExportError> {
    // A separator or a dot behind the name says that it is a folder, and is left out by `file_name`.
    let is_last = |name: &&std::ffi::OsStr| path.as_os_str().as_encoded_bytes().ends_with(name.as_encoded_bytes());
    let Some(name) = path.file_name().filter(is_last) else {
        return Err(ExportError::IsFolder { path: path.to_owned() });
    };
    if cfg!(windows) { check_for_windows(path, &name.to_string_lossy()) } else { Ok(()) }
}

fn check_for_windows(path: &Path, name: &str) -> Result<(), ExportError> {
    let is_foreign = |letter: char| letter.is_control() || FOREIGN_TO_WINDOWS.contains(&letter);
    if is_device_name(name) || name.contains(is_foreign) || name.ends_with(['.', ' ']) {
        return Err(ExportError::NameForeign { path: path.to_owned() });
    }
    Ok(())
}

/// Whether something has the name already; a link that points nowhere has it too.
pub(super) fn is_taken(target: &Path) -> Result<bool, ExportError> {
    match target.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => Err(ExportError::IsFolder { path: target.to_owned() }),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        // A name that is too long for the file system is found here: it says so when it looks for it.
        Err(error) => Err(ExportError::from_io(Action::LookForName, target, error)),
    }
}

/// `stem.ending` in `folder`, or `stem-2.ending` and so on where that is taken.
pub fn free_name(folder: &Path, stem: &str, ending: &str) -> PathBuf {
    let first = folder.join(format!("{stem}.{ending}"));
    let numbered = (2_u32..).map(|number| folder.join(format!("{stem}-{number}.{ending}")));
    let mut names = std::iter::once(first.clone()).chain(numbered);
    // What cannot be looked at is left to the check of the name to tell.
    names.find(|path| !matches!(is_taken(path), Ok(true) | Err(ExportError::IsFolder { .. }))).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_of_windows_are_known_in_every_spelling() {
        let devices = [
            "con",
            "CON",
            "Con.mp4",
            "nul",
            "nul.tar.gz",
            "prn.",
            "aux .png",
            "com1",
            "COM0.gif",
            "com9",
            "com2.mp4",
            "lpt9",
            "LPT1.webp",
            "com¹",
            "com².gif",
            "lpt³",
            "conin$",
            "CONOUT$.txt",
            "nul:",
        ];
        for name in devices {
            assert!(is_device_name(name), "{name:?}");
        }
        for name in
            ["", "icon", "con-", "contact", "com", "com10", "comA", "lpt", "nullify", "a.con", "clip-com1", "com1-2"]
        {
            assert!(!is_device_name(name), "{name:?}");
        }
    }

    #[test]
    fn windows_refuses_what_it_cannot_write() {
        let check = |name: &str| check_for_windows(Path::new(name), name);
        for name in ["com2.mp4", "a?.gif", "clip:stream.gif", "a\tb.gif", "a\u{1}.gif", "clip.gif.", "clip.gif "] {
            assert!(matches!(check(name), Err(ExportError::NameForeign { .. })), "{name:?}");
        }
        for name in ["clip.gif", "köln.mp4", "a b (2).webp", "a.b.png", ".hidden.gif"] {
            assert!(check(name).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn names_are_found_wanting_before_any_work() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let check = |name: &str| check_file(&folder.path().join(name), Existing::Keep);
        let long = "x".repeat(300);
        for name in ["clip.gif/", "clip.gif/.", "clip.gif//", "", "."] {
            assert!(matches!(check(name), Err(ExportError::IsFolder { .. })), "{name:?}: {:?}", check(name));
        }
        for name in [format!("{long}.gif"), "é".repeat(126) + ".gif"] {
            assert!(matches!(check(&name), Err(ExportError::NameTooLong { .. })), "{name:?}: {:?}", check(&name));
        }
        assert!(matches!(check(&format!("{long}/clip.gif")), Err(ExportError::NameTooLong { .. })));
        assert!(check(&("x".repeat(251) + ".gif")).is_ok(), "255 bytes fit");
        assert!(check("clip.gif").is_ok() && std::fs::read_dir(folder.path()).expect("readable").count() == 0);
    }

    #[test]
    fn free_names_are_numbered() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["ball.mp4", "ball-2.mp4", "ball-4.mp4"] {
            assert_eq!(free_name(folder.path(), "ball", "mp4").file_name(), Some(name.as_ref()));
            std::fs::write(folder.path().join(name), "mine").expect("writable");
            if name == "ball-2.mp4" {
                std::fs::create_dir(folder.path().join("ball-3.mp4")).expect("writable");
            }
        }
    }
}
