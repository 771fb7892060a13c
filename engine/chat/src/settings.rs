//! Which server is asked, and where its key is: a file of its own beside the window's settings, which the command line reads too.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use hummingbird_base::Folders;
use hummingbird_base::kept::{self, Kept, KeptError, Read};
use serde::{Deserialize, Serialize};

use crate::error::{ChatError, KeySourceFault};

/// Longest key, in bytes.
const MOST_KEY_BYTES: usize = 8192;

/// A key. Nothing shows it: neither logs nor errors.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key as it was typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key itself, to be sent or typed on.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "no key" } else { "a key" })
    }
}

/// Where the key of a server is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeySource {
    /// The server wants none.
    #[default]
    None,
    /// In a variable of the environment.
    Variable(String),
    /// In a file of its own, alone.
    File(PathBuf),
    /// Here, as it was typed: whoever reads the settings reads it too.
    Typed(ApiKey),
}

impl KeySource {
    /// The key, or that the server wants none. `variable` gives the value of a variable of the environment.
    ///
    /// # Errors
    /// [`ChatError::Key`], without the key.
    pub fn key(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Option<ApiKey>, ChatError> {
        let wrong = |detail| ChatError::Key { detail };
        let text = match self {
            Self::None => return Ok(None),
            Self::Variable(name) => {
                let name = name.trim();
                let usable = !name.is_empty() && !name.contains(['=', '\0']);
                let value = usable.then(|| variable(name)).flatten();
                value.ok_or_else(|| wrong(KeySourceFault::NoVariable { variable: name.to_owned() }))?
            }
            Self::File(path) => read_key(path).map_err(wrong)?,
            Self::Typed(key) => key.0.clone(),
        };
        let key = text.trim();
        if key.is_empty() {
            return Err(wrong(KeySourceFault::Empty));
        }
        // It becomes a line of the request.
        if key.len() > MOST_KEY_BYTES || !key.chars().all(|sign| sign.is_ascii_graphic()) {
            return Err(wrong(KeySourceFault::Character));
        }
        Ok(Some(ApiKey(key.to_owned())))
    }
}

fn read_key(path: &Path) -> Result<String, KeySourceFault> {
    let fault = |error: std::io::Error| KeySourceFault::File { path: path.to_owned(), detail: error.to_string() };
    let mut text = String::new();
    let most = MOST_KEY_BYTES as u64 + 2;
    File::open(path).map_err(fault)?.take(most + 1).read_to_string(&mut text).map_err(fault)?;
    if text.len() as u64 > most { Err(KeySourceFault::LargeFile { path: path.to_owned() }) } else { Ok(text) }
}

/// Which server is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerSettings {
    /// Its address; empty where none is used.
    pub address: String,
    /// The model; empty is the first one that the server lists.
    pub model: String,
    /// Where its key is.
    pub key: KeySource,
}

impl Kept for ServerSettings {}

impl ServerSettings {
    fn path(folders: &Folders) -> PathBuf {
        folders.settings.join("server.json")
    }

    /// The settings of a user; none yet is as good as empty ones.
    ///
    /// # Errors
    /// [`KeptError`] where the file is there and cannot be used.
    pub fn read(folders: &Folders) -> Result<Read<Self>, KeptError> {
        kept::read(&Self::path(folders))
    }

    /// Keeps them.
    ///
    /// # Errors
    /// [`KeptError`]; the old file is then as it was.
    pub fn write(&self, folders: &Folders) -> Result<(), KeptError> {
        kept::write(&Self::path(folders), self).map(drop)
    }

    /// Whether a server was named.
    pub fn is_set(&self) -> bool {
        !self.address.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        (name == "KEY").then(|| " sk-secret\n".to_owned())
    }

    fn fault(source: &KeySource) -> KeySourceFault {
        match source.key(variable) {
            Err(ChatError::Key { detail }) => detail,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_come_from_where_they_are_and_are_never_shown() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("key");
        std::fs::write(&path, "sk-secret\r\n").expect("writable");
        let typed = KeySource::Typed(ApiKey::new("sk-secret"));
        for source in [KeySource::Variable("KEY".to_owned()), KeySource::File(path), typed.clone()] {
            let key = source.key(variable).expect("it is there").expect("a key");
            assert_eq!(key.reveal(), "sk-secret");
            assert!(!format!("{key:?} {source:?}").contains("secret"));
        }
        assert_eq!(KeySource::None.key(variable), Ok(None));
        let settings = ServerSettings { key: typed, ..ServerSettings::default() };
        assert!(!format!("{settings:?}").contains("secret"));
    }

    #[test]
    fn keys_that_cannot_be_are_told_without_them() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let large = folder.path().join("large");
        std::fs::write(&large, "x".repeat(MOST_KEY_BYTES * 2)).expect("writable");
        assert_eq!(
            fault(&KeySource::Variable("NO".to_owned())),
            KeySourceFault::NoVariable { variable: "NO".to_owned() }
        );
        assert_eq!(
            fault(&KeySource::Variable("A=\0".to_owned())),
            KeySourceFault::NoVariable { variable: "A=\0".to_owned() }
        );
        assert_eq!(fault(&KeySource::File(large.clone())), KeySourceFault::LargeFile { path: large });
        assert!(matches!(fault(&KeySource::File(folder.path().join("none"))), KeySourceFault::File { .. }));
        assert_eq!(fault(&KeySource::Typed(ApiKey::new(" "))), KeySourceFault::Empty);
        for text in ["a\nb", "a b", "kéy", "a\0b"] {
            assert_eq!(fault(&KeySource::Typed(ApiKey::new(text))), KeySourceFault::Character, "{text:?}");
        }
    }

    #[test]
    fn settings_are_kept_and_a_key_only_where_it_was_typed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folders = Folders::at(folder.path());
        let read = || ServerSettings::read(&folders).expect("readable").value;
        assert_eq!(read(), ServerSettings::default());
        let address = "http://127.0.0.1:1".to_owned();
        for key in [KeySource::Variable("KEY".to_owned()), KeySource::Typed(ApiKey::new("typed")), KeySource::None] {
            let settings = ServerSettings { address: address.clone(), model: "m".to_owned(), key };
            settings.write(&folders).expect("writable");
            assert_eq!(read(), settings);
        }
    }
}
