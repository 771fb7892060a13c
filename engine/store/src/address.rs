//! Names and addresses. What comes from a catalogue or from the user is hostile until it went through here.

use crate::fault::{AddressFault, NameFault};
use hummingbird_base::Detail;
use serde::Deserialize;
use url::Url;

use super::catalogue::{CatalogueFile, Entry};
use crate::StoreError;

/// Where models are got from when nothing else is said.
pub const DEFAULT_ENDPOINT: &str = "https://huggingface.co";
/// The environment variable that names another place, as other programs of this field read it.
pub const ENDPOINT_VARIABLE: &str = "HF_ENDPOINT";
/// The revision of a repository when none is pinned.
const NEWEST: &str = "main";
/// Most bytes of a file name that every file system takes, with room for our endings.
const MAX_NAME_BYTES: usize = 200;
/// Names in the models folder that are not models.
pub(super) const OWN_NAMES: [&str; 3] = ["catalogue.json", "index.json", "settings.json"];
/// Device names of Windows: no file can have them, whatever its ending.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// `settings.json` of the models folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsFile {
    /// Where models are got from.
    pub(super) endpoint: Option<String>,
    /// Version of the form of this file.
    #[serde(default)]
    #[expect(dead_code, reason = "there is one version so far; what a later one adds is refused as an unknown field")]
    pub(super) schema: Option<u64>,
}

/// The address of a file: `{base}/{repository}/resolve/{revision}/{file}`, every segment percent-encoded.
///
/// A file with an address of its own has that.
///
/// # Errors
/// `Endpoint` when `base` is no http(s) address.
pub fn resolve(entry: &Entry, file: &CatalogueFile, base: &str) -> Result<Url, StoreError> {
    if let Some(url) = &file.url {
        // The catalogue has looked at it.
        return Url::parse(url)
            .map_err(|error| StoreError::Endpoint { text: url.clone(), detail: error.to_string().into() });
    }
    let mut url = endpoint(base)?;
    let segments = entry
        .repository
        .split('/')
        .chain(["resolve", entry.revision.as_deref().unwrap_or(NEWEST)])
        .chain(file.path.split('/'));
    url.path_segments_mut().expect("http addresses have a path").pop_if_empty().extend(segments);
    Ok(url)
}

/// Whether a text is the address of a file on the web, without a name and password.
pub(super) fn is_plain_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http") && url.username().is_empty() && url.password().is_none()
    })
}

/// Reads the address of a hub or mirror.
///
/// # Errors
/// `Endpoint`, saying what is wrong.
pub fn endpoint(text: &str) -> Result<Url, StoreError> {
    let wrong = |detail: Detail| StoreError::Endpoint { text: text.to_owned(), detail };
    let url = Url::parse(text.trim()).map_err(|error| wrong(error.to_string().into()))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(wrong(AddressFault::Scheme { scheme: url.scheme().to_owned() }.into()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(AddressFault::Query.into()));
    }
    Ok(url)
}

/// Checks that `name` is a plain file name which stays in the models folder on every system.
///
/// # Errors
/// `UnsafeName`.
pub(super) fn file_name(name: &str) -> Result<&str, StoreError> {
    match name_fault(name) {
        Some(detail) => Err(StoreError::UnsafeName { name: name.to_owned(), detail }),
        None => Ok(name),
    }
}

/// What is wrong with the name of a model file, if anything.
pub(super) fn name_fault(name: &str) -> Option<NameFault> {
    let lower = name.to_lowercase();
    let stem = lower.split('.').next().unwrap_or_default().trim_end();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| matches!(rest.chars().next(), Some('0'..='9' | '¹' | '²' | '³')))
            && stem.chars().count() == 4
    };
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        Some(NameFault::Length)
    } else if name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']) {
        Some(NameFault::PathCharacter)
    } else if name.chars().any(|it| it.is_control() || is_direction_mark(it)) {
        Some(NameFault::InvisibleCharacter)
    } else if name.starts_with('.') || name.ends_with(['.', ' ']) || name.starts_with(' ') {
        Some(NameFault::DotOrSpace)
    } else if RESERVED.contains(&stem) || numbered("com") || numbered("lpt") {
        Some(NameFault::WindowsDevice)
    } else if OWN_NAMES.contains(&lower.as_str())
        || [".part", ".part.json"].iter().any(|it| lower.ends_with(it))
        || lower.contains(".json.bad")
    {
        Some(NameFault::OwnNotes)
    } else {
        None
    }
}

/// Characters that turn the direction of writing: a name with them reads as another one.
fn is_direction_mark(it: char) -> bool {
    matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether `text` can be one part of an address: letters, digits, `-`, `_`, `.`, and never `.` or `..`.
pub(super) fn is_segment(text: &str) -> bool {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    !text.is_empty() && text != "." && text != ".." && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Licence, Role};

    fn address(repository: &str, revision: Option<&str>, path: &str, base: &str) -> String {
        let file = CatalogueFile { path: path.to_owned(), ..CatalogueFile::default() };
        let entry = Entry {
            id: "m".to_owned(),
            title: "M".to_owned(),
            purpose: String::new(),
            repository: repository.to_owned(),
            revision: revision.map(str::to_owned),
            files: vec![file.clone()],
            licence: Licence { name: "MIT".to_owned(), url: "https://example.org".to_owned() },
            form: String::new(),
            about_memory_bytes: None,
            role: Role::Video,
        };
        resolve(&entry, &file, base).expect("a good base").to_string()
    }

    #[test]
    fn addresses_are_made_of_encoded_segments() {
        let cases = [
            (("a/b", None, "c.pt", DEFAULT_ENDPOINT), "https://huggingface.co/a/b/resolve/main/c.pt"),
            (("a/b", Some("12ab"), "c.pt", "http://127.0.0.1:8/"), "http://127.0.0.1:8/a/b/resolve/12ab/c.pt"),
            (
                ("a/b", Some("refs/pr/1"), "d e/ü?.pt", "https://m.org/x/"),
                "https://m.org/x/a/b/resolve/refs%2Fpr%2F1/d%20e/%C3%BC%3F.pt",
            ),
        ];
        for ((repository, revision, path, base), expected) in cases {
            assert_eq!(address(repository, revision, path, base), expected);
        }
        for base in ["", "huggingface.co", "ftp://m.org", "https://", "https://m.org/?a=b", "file:///etc"] {
            assert!(endpoint(base).is_err(), "{base:?}");
        }
    }

    #[test]
    fn names_stay_in_the_folder_on_every_system() {
        for name in ["07B_merged_all.pt", "my model (2).safetensors", "büro.pt", "console.pt", "com10.pt", "a..b.pt"] {
            assert!(file_name(name).is_ok(), "{name:?}");
        }
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        let bad = [
            "",
            ".",
            "..",
            "../a.pt",
            "a/b.pt",
            "a\\b.pt",
            "/etc/passwd",
            "C:x.pt",
            "a\0.pt",
            "a\n.pt",
            ".hidden",
            "a.pt.",
            "a.pt ",
            " a.pt",
            "NUL",
            "con.pt",
            "Com1.safetensors",
            "LPT³.pt",
            "aux .pt",
            "index.json",
            "Catalogue.json",
            "a.pt.part",
            "a.pt.part.json",
            "a\u{202e}tp.pt",
            long.as_str(),
        ];
        for name in bad {
            assert!(file_name(name).is_err(), "{name:?}");
        }
    }
}
