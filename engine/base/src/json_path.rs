//! Paths in JSON, whatever bytes they have.
//!
//! A path that is text is a string. Any other one is an object that says so and loses nothing: `lossy` is the text with a
//! replacement for what is none, `bytes_hex` (on Windows `utf16_hex`, four digits for each unit) the path itself.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path as it stands in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonPath<'a>(pub &'a Path);

/// What stands there.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Other {
        lossy: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes_hex: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        utf16_hex: Option<String>,
    },
}

impl Serialize for JsonPath<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.0, serializer)
    }
}

/// For `#[serde(with)]` of a `PathBuf`.
///
/// # Errors
/// Those of the serialiser.
pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    if let Some(text) = path.to_str() {
        return serializer.serialize_str(text);
    }
    let (bytes_hex, utf16_hex) = units(path);
    Written::Other { lossy: path.to_string_lossy().into_owned(), bytes_hex, utf16_hex }.serialize(serializer)
}

/// For `#[serde(with)]` of a `PathBuf`. A path of another system is the nearest that this one has.
///
/// # Errors
/// Those of the deserialiser.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Ok(match Written::deserialize(deserializer)? {
        Written::Text(text) => text.into(),
        Written::Other { lossy, bytes_hex, utf16_hex } => {
            of_units(bytes_hex.as_deref(), utf16_hex.as_deref()).unwrap_or_else(|| lossy.into())
        }
    })
}

/// Values of `digits` hexadecimal digits each.
#[cfg(any(unix, windows))]
fn values(hex: &str, digits: usize) -> Option<Vec<u16>> {
    let is_whole = hex.len().is_multiple_of(digits) && hex.bytes().all(|it| it.is_ascii_hexdigit());
    let groups = (0..hex.len()).step_by(digits).map(|start| u16::from_str_radix(&hex[start..start + digits], 16).ok());
    is_whole.then_some(groups)?.collect()
}

#[cfg(unix)]
fn units(path: &Path) -> (Option<String>, Option<String>) {
    use std::os::unix::ffi::OsStrExt as _;
    (Some(path.as_os_str().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()), None)
}

#[cfg(unix)]
fn of_units(bytes: Option<&str>, _utf16: Option<&str>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    let bytes = values(bytes?, 2)?.into_iter().map(|value| u8::try_from(value).ok()).collect::<Option<_>>()?;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(windows)]
fn units(path: &Path) -> (Option<String>, Option<String>) {
    use std::os::windows::ffi::OsStrExt as _;
    (None, Some(path.as_os_str().encode_wide().map(|unit| format!("{unit:04x}")).collect()))
}

#[cfg(windows)]
fn of_units(_bytes: Option<&str>, utf16: Option<&str>) -> Option<PathBuf> {
    use std::os::windows::ffi::OsStringExt as _;
    Some(std::ffi::OsString::from_wide(&values(utf16?, 4)?).into())
}

#[cfg(not(any(unix, windows)))]
fn units(_path: &Path) -> (Option<String>, Option<String>) {
    (None, None)
}

#[cfg(not(any(unix, windows)))]
fn of_units(_bytes: Option<&str>, _utf16: Option<&str>) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        #[serde(with = "crate::json_path")]
        path: PathBuf,
    }

    fn round_trip(path: PathBuf) -> (String, Holder) {
        let json = serde_json::to_string(&Holder { path }).expect("every path can be written");
        let read = serde_json::from_str(&json).expect("just written");
        (json, read)
    }

    #[test]
    fn text_is_a_string() {
        for path in ["", "clip.gif", "C:\\köln \"1\".gif", "a\u{1}\n"] {
            let (json, read) = round_trip(path.into());
            assert_eq!(read, Holder { path: path.into() });
            assert!(json.starts_with("{\"path\":\""), "{json}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_marked_and_kept() {
        use std::os::unix::ffi::OsStringExt as _;
        let path = PathBuf::from(std::ffi::OsString::from_vec(b"a/caf\xe9\xff.gif".to_vec()));
        let (json, read) = round_trip(path.clone());
        assert_eq!(json, r#"{"path":{"lossy":"a/caf��.gif","bytes_hex":"612f636166e9ff2e676966"}}"#);
        assert_eq!(read, Holder { path });
    }

    #[test]
    fn what_another_system_wrote_or_nobody_is_read_as_well_as_can_be() {
        let read = |json: &str| serde_json::from_str::<Holder>(json).map(|it| it.path);
        for units in [r#""bytes_hex":"6""#, r#""bytes_hex":"zz""#, r#""bytes_hex":"é""#, r#""other":1"#] {
            let json = format!(r#"{{"path":{{"lossy":"a.gif",{units}}}}}"#);
            assert_eq!(read(&json).expect("the text is there"), Path::new("a.gif"), "{json}");
        }
        assert!(read(r#"{"path":7}"#).is_err());
    }
}
