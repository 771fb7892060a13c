//! Where the files of a manifest are: paths in it are relative to its folder where the file lies below it.

use std::path::{Path, PathBuf};

use hummingbird_base::files;

use super::row::Row;
use crate::objects::ObjectAddress;

impl Row {
    /// The clip's file, for a manifest in `folder`.
    pub fn file(&self, folder: &Path) -> PathBuf {
        let plain = folder.join(&self.path);
        match unescaped(&self.path) {
            Some(path) if !plain.exists() => folder.join(path),
            _ => plain,
        }
    }
}

/// What a manifest in `folder` writes for a file: the part below the folder with `/` between its parts, or the whole path. Bytes
/// that are not UTF-8 become `\xHH`.
pub fn path_text(file: &Path, folder: &Path) -> String {
    let below = file.strip_prefix(folder).ok().map(Path::to_owned).or_else(|| {
        let [file, folder] = [file, folder].map(|path| std::path::absolute(path).ok());
        let (file, folder) = (file?, folder?);
        Some(file.strip_prefix(&folder).map(Path::to_owned).unwrap_or(file))
    });
    let text = escaped(&below.unwrap_or_else(|| file.to_owned()));
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

/// Makes paths that were relative to one manifest's folder relative to another's. Addresses of objects stay.
pub fn rebase(rows: &mut [Row], from: &Path, to: &Path) {
    if [from, to].map(|folder| std::path::absolute(folder).ok()) != [None, None]
        && std::path::absolute(from).ok() == std::path::absolute(to).ok()
    {
        return;
    }
    for row in rows.iter_mut().filter(|row| !ObjectAddress::is_meant(&row.path)) {
        row.path = path_text(&row.file(from), to);
    }
}

/// The folder that a manifest's paths are relative to.
pub fn folder_of(manifest: &Path) -> PathBuf {
    files::folder_of(manifest).to_owned()
}

fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02X}")));
    }
    text
}

/// The path of a text with `\xHH` in it, where there is one.
#[cfg(unix)]
fn unescaped(text: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        match rest.get(at + 2..at + 4).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if byte >= 0x80 => {
                bytes.push(byte);
                rest = &rest[at + 4..];
            }
            _ => {
                bytes.extend_from_slice(b"\\x");
                rest = &rest[at + 2..];
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    (bytes != text.as_bytes()).then(|| std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn unescaped(_: &str) -> Option<PathBuf> {
    None
}
