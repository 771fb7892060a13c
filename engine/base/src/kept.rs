//! JSON files that the program keeps from one run to the next: with a version of their schema, written whole, and never lost
//! because of a damaged byte.
//!
//! A file without a version is of the first one. One of a newer version is neither used nor written over. Of a damaged one,
//! what can be read is used; before it is written over, it is set aside under another name. Begin with [`Kept`] and [`read`].

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::files::{self, Action};
use crate::message::{self, Detail, Message};

/// Field that holds the version of the schema.
const SCHEMA: &str = "schema";
/// No file of ours is larger.
const MOST_BYTES: u64 = 16 << 20;
/// Most closings that are tried for a damaged file.
const MOST_CLOSINGS: usize = 20;

/// What is kept in a file of its own. As JSON it is an object whose fields may be missing.
pub trait Kept: Serialize + DeserializeOwned + Default {
    /// Version of the schema that this program writes.
    const VERSION: u64 = 1;

    /// Lifts what an older version wrote.
    fn migrate(_from: u64, older: Value) -> Value {
        older
    }

    /// An object with its name, found behind the place where a file is damaged.
    fn take_up(&mut self, _name: &str, _object: &Value) {}
}

/// Why a file was not used, and must not be written over.
#[derive(Debug, Error, Message)]
#[message("kept")]
#[non_exhaustive]
pub enum KeptError {
    /// Reading or writing failed.
    #[error("cannot {action} {path:?}: {source}")]
    Io {
        /// What was tried.
        action: Action,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A newer program wrote it.
    #[error(
        "{path:?} was written by a newer version of this program (schema {found}, this one knows up to {known}): update the \
         program, or move the file away"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The newest version that is known here.
        known: u64,
    },
}

/// What is wrong with a file that is too large to be ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[error("it has {bytes} bytes")]
#[message("kept")]
pub struct TooLarge {
    /// Its size.
    pub bytes: u64,
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read<T> {
    /// What the file says, or what of it could be read.
    pub value: T,
    /// What is wrong with the file, if it is damaged.
    pub damage: Option<Detail>,
}

/// Reads a file; one that is not there is as good as an empty one.
///
/// # Errors
/// [`KeptError`]: the file is there and must not be written over.
pub fn read<T: Kept>(path: &Path) -> Result<Read<T>, KeptError> {
    let io = |source| KeptError::Io { action: Action::Read, path: path.to_owned(), source };
    let bytes = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(Read { value: T::default(), damage: None });
        }
        metadata => metadata.map_err(io)?.len(),
    };
    if bytes > MOST_BYTES {
        return Ok(Read { value: T::default(), damage: Some(TooLarge { bytes }.into()) });
    }
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Read { value: T::default(), damage: None }),
        text => of_text(path, &text.map_err(io)?),
    }
}

/// Writes a file whole, in place of the one that is there. A damaged one is set aside first; then its new name is given.
///
/// # Errors
/// [`KeptError`]; the old file is then as it was.
pub fn write<T: Kept>(path: &Path, value: &T) -> Result<Option<PathBuf>, KeptError> {
    let io = |source| KeptError::Io { action: Action::Write, path: path.to_owned(), source };
    fs::create_dir_all(files::folder_of(path)).map_err(io)?;
    let aside = match read::<T>(path)?.damage {
        Some(_) => Some(files::set_aside(path).map_err(io)?),
        None => None,
    };
    let mut text = serde_json::to_vec_pretty(&with_version::<T>(value).map_err(|error| io(error.into()))?)
        .map_err(|error| io(error.into()))?;
    text.push(b'\n');
    files::replace(path, &text).map_err(io)?;
    Ok(aside)
}

/// Text without the mark that some editors put before it.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

fn with_version<T: Kept>(value: &T) -> serde_json::Result<Value> {
    let mut object = Map::from_iter([(SCHEMA.to_owned(), T::VERSION.into())]);
    if let Value::Object(fields) = serde_json::to_value(value)? {
        object.extend(fields);
    }
    Ok(Value::Object(object))
}

fn of_text<T: Kept>(path: &Path, text: &[u8]) -> Result<Read<T>, KeptError> {
    let text = without_mark(text);
    let parsed: Result<Value, _> = serde_json::from_slice(text);
    let damage: serde_json::Error = match parsed {
        Ok(value) => {
            let version = version(&value);
            if version > T::VERSION {
                return Err(KeptError::Newer { path: path.to_owned(), found: version, known: T::VERSION });
            }
            match serde_json::from_value(migrated::<T>(value.clone())) {
                Ok(value) => return Ok(Read { value, damage: None }),
                Err(error) => return Ok(Read { value: piecewise(value), damage: Some(error.to_string().into()) }),
            }
        }
        Err(error) => error,
    };
    let (head, end) = closed(&text[..place(text, &damage)]);
    if version(&head) > T::VERSION {
        return Err(KeptError::Newer { path: path.to_owned(), found: version(&head), known: T::VERSION });
    }
    let mut value: T = piecewise(head);
    for (name, object) in named_objects(&text[end..]) {
        value.take_up(&name, &object);
    }
    Ok(Read { value, damage: Some(damage.to_string().into()) })
}

/// Where in `text` an error is.
fn place(text: &[u8], error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive(|&byte| byte == b'\n').take(error.line().saturating_sub(1));
    (lines.map(<[u8]>::len).sum::<usize>() + error.column()).min(text.len())
}

fn version(value: &Value) -> u64 {
    // Before there were versions, and where somebody wrote nonsense, it is the first one.
    value.get(SCHEMA).and_then(Value::as_u64).unwrap_or(1)
}

fn migrated<T: Kept>(mut value: Value) -> Value {
    let from = version(&value);
    if let Value::Object(fields) = &mut value {
        fields.remove(SCHEMA);
    }
    if from < T::VERSION { T::migrate(from, value) } else { value }
}

/// The default with every part of `value` that fits.
fn piecewise<T: Kept>(value: Value) -> T {
    let mut whole = serde_json::to_value(T::default()).unwrap_or_default();
    let fits = |candidate: &Value| serde_json::from_value::<T>(candidate.clone()).is_ok();
    let mut place = Vec::new();
    fit(&mut whole, &mut place, migrated::<T>(value), &fits);
    serde_json::from_value(whole).unwrap_or_default()
}

/// Puts `part` at `place` of `whole` if the whole stays readable, else its own parts one after the other.
fn fit(whole: &mut Value, place: &mut Vec<String>, part: Value, fits: &dyn Fn(&Value) -> bool) {
    let mut candidate = whole.clone();
    if put(&mut candidate, place, part.clone()) && fits(&candidate) {
        *whole = candidate;
        return;
    }
    if let Value::Object(fields) = part {
        for (name, field) in fields {
            place.push(name);
            fit(whole, place, field, fits);
            place.pop();
        }
    }
}

fn put(whole: &mut Value, place: &[String], part: Value) -> bool {
    let mut here = whole;
    for name in place {
        let Value::Object(fields) = here else { return false };
        here = fields.entry(name).or_insert_with(|| Value::Object(Map::new()));
    }
    *here = part;
    true
}

/// The longest beginning of `text` that becomes JSON when its brackets are closed, and where it ends.
fn closed(text: &[u8]) -> (Value, usize) {
    // Places behind a whole value, each with the brackets that are open there.
    let mut places: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut open = Vec::new();
    let (mut in_string, mut is_escaped) = (false, false);
    for (index, &byte) in text.iter().enumerate() {
        if in_string {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        let end = match byte {
            b'"' => {
                in_string = true;
                continue;
            }
            b'{' => {
                open.push(b'}');
                index + 1
            }
            b'[' => {
                open.push(b']');
                index + 1
            }
            b'}' | b']' => {
                if open.pop() != Some(byte) {
                    break;
                }
                index + 1
            }
            b',' => index,
            _ => continue,
        };
        places.push((end, open.clone()));
        // Only the last ones are tried; nesting that deep is no file of ours.
        if open.len() > 64 {
            break;
        }
        if places.len() > 2 * MOST_CLOSINGS {
            places.drain(..MOST_CLOSINGS);
        }
    }
    for (end, open) in places.into_iter().rev() {
        let mut attempt = text[..end].to_vec();
        attempt.extend(open.into_iter().rev());
        if let Ok(value) = serde_json::from_slice(&attempt) {
            return (value, end);
        }
    }
    // Damaged before anything could be read.
    (Value::Null, 0)
}

/// Objects with a name (`"name": {..}`) anywhere in `text`.
fn named_objects(text: &[u8]) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].iter().position(|&byte| byte == b'{').map(|at| from + at) {
        from = start + 1;
        let Some(name) = name_before(&text[..start]) else { continue };
        let mut values = serde_json::Deserializer::from_slice(&text[start..]).into_iter::<Value>();
        if let Some(Ok(object)) = values.next() {
            // An object of objects is a part of the file, and each of them has a name of its own.
            if !object.as_object().is_some_and(|fields| fields.values().any(Value::is_object)) {
                from = start + values.byte_offset().max(1);
            }
            found.push((name, object));
        }
    }
    found
}

/// The string before a colon at the end of `text`.
fn name_before(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    let inner = text.strip_suffix(b"\"")?;
    let mut start = inner.len();
    loop {
        start = inner[..start].iter().rposition(|&byte| byte == b'"')?;
        let escapes = inner[..start].iter().rev().take_while(|&&byte| byte == b'\\').count();
        if escapes % 2 == 0 {
            return serde_json::from_slice(&text[start..]).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
    struct Entry {
        size: u64,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Notes {
        name: String,
        looping: bool,
        entries: BTreeMap<String, Entry>,
    }

    impl Default for Notes {
        fn default() -> Self {
            Self { name: String::new(), looping: true, entries: BTreeMap::new() }
        }
    }

    impl Kept for Notes {
        const VERSION: u64 = 2;

        fn migrate(_from: u64, mut older: Value) -> Value {
            if let Some(title) = older.get("title").cloned() {
                older["name"] = title;
            }
            older
        }

        fn take_up(&mut self, name: &str, object: &Value) {
            if let Ok(entry) = serde_json::from_value(object.clone()) {
                self.entries.insert(name.to_owned(), entry);
            }
        }
    }

    fn of(text: &[u8]) -> Read<Notes> {
        of_text(Path::new("notes.json"), text).expect("it can be used")
    }

    fn notes(name: &str, looping: bool, entries: &[(&str, u64)]) -> Notes {
        let entries = entries.iter().map(|&(name, size)| (name.to_owned(), Entry { size })).collect();
        Notes { name: name.to_owned(), looping, entries }
    }

    #[test]
    fn what_is_written_comes_back_with_its_version() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("new/notes.json");
        assert_eq!(read::<Notes>(&path).expect("none"), Read { value: Notes::default(), damage: None });
        let value = notes("x", false, &[("a", 1)]);
        assert_eq!(write(&path, &value).expect("writable"), None);
        assert_eq!(read(&path).expect("ours"), Read { value, damage: None });
        let text = fs::read_to_string(&path).expect("written");
        assert!(text.contains("\"schema\": 2"), "{text}");
    }

    #[test]
    fn older_files_are_lifted_and_newer_ones_left_alone() {
        assert_eq!(of(b"\xef\xbb\xbf{\"title\": \"old\"}").value.name, "old");
        assert_eq!(of(br#"{"schema": 1, "title": "old"}"#).value.name, "old");
        assert_eq!(of(br#"{"schema": 2, "title": "old"}"#).value.name, "");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("notes.json");
        for newer in [r#"{"schema": 3, "name": "new"}"#, r#"{"schema": 3, "name": "new", "#] {
            fs::write(&path, newer).expect("writable");
            let errors = [read::<Notes>(&path).err(), write(&path, &Notes::default()).err()];
            for error in errors {
                let error = error.expect("it is newer").to_string();
                assert!(error.contains("schema 3, this one knows up to 2") && error.contains("notes.json"), "{error}");
            }
            assert_eq!(fs::read_to_string(&path).expect("as it was"), newer);
        }
    }

    #[test]
    fn of_a_damaged_file_all_that_can_be_read_is_used() {
        let whole =
            br#"{"name": "x", "looping": false, "entries": {"a": {"size": 1}, "b": {"size": 2}, "c": {"size": 3}}}"#;
        let with = |from: &str, to: &str| {
            let text = String::from_utf8(whole.to_vec()).expect("text");
            assert!(text.contains(from));
            text.replacen(from, to, 1).into_bytes()
        };
        let cases: Vec<(Vec<u8>, Notes)> = vec![
            (whole[..whole.len() - 12].to_vec(), notes("x", false, &[("a", 1), ("b", 2)])),
            (whole[..40].to_vec(), notes("x", false, &[])),
            (whole[..9].to_vec(), Notes::default()),
            (with("\"b\"", "\"b\x00"), notes("x", false, &[("a", 1), ("c", 3)])),
            (with("\"size\": 2", "\"size\": ,"), notes("x", false, &[("a", 1), ("c", 3)])),
            (with("false", "no"), notes("x", true, &[("a", 1), ("b", 2), ("c", 3)])),
            (with("false", "7"), notes("x", true, &[("a", 1), ("b", 2), ("c", 3)])),
            (with("{\"size\": 2}", "3"), notes("x", false, &[("a", 1), ("c", 3)])),
            (with("{\"name\"", "\0\0\0\0\"name\""), notes("", true, &[("a", 1), ("b", 2), ("c", 3)])),
            (b"".to_vec(), Notes::default()),
            (b"[1]".to_vec(), Notes::default()),
            (vec![0; 500], Notes::default()),
            ("[".repeat(100_000).into_bytes(), Notes::default()),
            ("{\"a\":".repeat(100_000).into_bytes(), Notes::default()),
        ];
        for (text, expected) in cases {
            let shown = String::from_utf8_lossy(&text[..text.len().min(120)]).into_owned();
            let read = of(&text);
            assert!(read.damage.is_some(), "{shown}");
            assert_eq!(read.value, expected, "{shown}");
        }
    }

    #[test]
    fn a_damaged_file_is_set_aside_before_it_is_written_over() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("notes.json");
        for (damaged, aside) in [("{\"name\": \"x\", ", "notes.json.bad"), ("nonsense", "notes.json.bad-2")] {
            fs::write(&path, damaged).expect("writable");
            let read = read::<Notes>(&path).expect("it can be read");
            let aside = folder.path().join(aside);
            assert_eq!(write(&path, &read.value).expect("writable"), Some(aside.clone()));
            assert_eq!(fs::read_to_string(aside).expect("kept"), damaged);
        }
        assert_eq!(write(&path, &Notes::default()).expect("writable"), None);
    }
}
