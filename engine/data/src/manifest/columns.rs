//! The columns of a manifest, what other tables call them, and how values of every form become ours.

use hummingbird_base::message::Detail;
use std::collections::BTreeMap;

use serde_json::{Number, Value};

use super::row::Row;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Words; empty where there are none.
    Text,
    /// Words, or nothing.
    MaybeText,
    /// A whole number, 0 or more.
    Count,
    /// A number, or nothing.
    Number,
    /// Yes, no, or not known.
    Flag,
    /// Several words.
    List,
}

/// Our columns in the order in which they are written.
pub(super) const COLUMNS: [(&str, Kind); 22] = [
    ("id", Kind::Text),
    ("path", Kind::Text),
    ("start_frame", Kind::Count),
    ("frames", Kind::Count),
    ("fps", Kind::Number),
    ("width", Kind::Count),
    ("height", Kind::Count),
    ("codec", Kind::Text),
    ("text", Kind::Text),
    ("text_original", Kind::MaybeText),
    ("vqa_aesthetic", Kind::Number),
    ("vqa_technical", Kind::Number),
    ("vqa_overall", Kind::Number),
    ("motion_smoothness", Kind::Number),
    ("motion_px", Kind::Number),
    ("motion_rel", Kind::Number),
    ("zoom", Kind::Number),
    ("dolly_share", Kind::Number),
    ("jerk", Kind::Number),
    ("reasons", Kind::List),
    ("keep", Kind::Flag),
    ("error", Kind::MaybeText),
];

/// What others call our columns. OpenVid has an `aesthetic score` of another scale, so DOVER's names count only together.
const OTHER_NAMES: [(&str, &[&str]); 3] = [
    ("path", &["file_name", "file", "video", "video_path", "filename"]),
    ("text", &["caption", "prompt"]),
    ("frames", &["frame", "num_frames"]),
];
/// DOVER's columns.
const DOVER: [(&str, &str); 3] = [
    ("vqa_aesthetic", "aesthetic score"),
    ("vqa_technical", "technical score"),
    ("vqa_overall", "overall/final score"),
];

/// Which column of a table is which of ours.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// For each column of the table its name among our rows.
    names: Vec<String>,
    /// Whether clips are named as WebVid does.
    is_webvid: bool,
}

impl Header {
    /// Reads the names of a table's columns; `None` where none of them names clips.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut names: Vec<String> = names.map(|name| name.trim().to_owned()).collect();
        let find = |names: &[String], name: &str| names.iter().position(|other| other.eq_ignore_ascii_case(name));
        for (ours, _) in COLUMNS {
            if let Some(index) = find(&names, ours) {
                ours.clone_into(&mut names[index]);
            }
        }
        for (ours, others) in OTHER_NAMES {
            if find(&names, ours).is_none()
                && let Some(index) = others.iter().find_map(|other| find(&names, other))
            {
                ours.clone_into(&mut names[index]);
            }
        }
        if DOVER.iter().all(|(_, theirs)| find(&names, theirs).is_some()) {
            for (ours, theirs) in DOVER {
                if let Some(index) = find(&names, theirs).filter(|_| find(&names, ours).is_none()) {
                    ours.clone_into(&mut names[index]);
                }
            }
        }
        let is_webvid = find(&names, "path").is_none() && find(&names, "videoid").is_some();
        if is_webvid {
            for (name, theirs) in [("videoid", "videoid"), ("page_dir", "page_dir"), ("text", "name")] {
                if let Some(index) = find(&names, theirs).filter(|_| find(&names, "text").is_none() || name != "text") {
                    name.clone_into(&mut names[index]);
                }
            }
        }
        // Of two columns of one name the first one counts.
        for index in 1..names.len() {
            if names[..index].contains(&names[index]) {
                names[index] = String::new();
            }
        }
        (is_webvid || find(&names, "path").is_some()).then_some(Self { names, is_webvid })
    }

    /// A row of these cells, in the order of the table's columns.
    ///
    /// # Errors
    /// What is wrong with a cell.
    pub(super) fn row(&self, cells: impl Iterator<Item = Value>) -> Result<Row, Detail> {
        let mut fields = serde_json::Map::new();
        for (name, value) in self.names.iter().zip(cells).filter(|(name, _)| !name.is_empty()) {
            fields.insert(name.clone(), value);
        }
        if self.is_webvid {
            let part = |name: &str| fields.get(name).map(text_of).unwrap_or_default();
            let (page, video) = (part("page_dir"), part("videoid"));
            let path =
                if page.is_empty() { format!("videos/{video}.mp4") } else { format!("videos/{page}/{video}.mp4") };
            fields.insert("path".to_owned(), Value::String(path));
        }
        row_of(fields)
    }
}

/// A row of named values.
///
/// # Errors
/// What is wrong with one of them.
fn row_of(mut fields: serde_json::Map<String, Value>) -> Result<Row, Detail> {
    for (name, kind) in COLUMNS {
        if let Some(value) = fields.remove(name)
            && let Some(value) =
                accepted(kind, value).map_err(|value| Detail::from(format!("{name} cannot be {value}")))?
        {
            fields.insert(name.to_owned(), value);
        }
    }
    fields.retain(|_, value| !value.is_null());
    serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string().into())
}

/// The values of a row by our columns and then by those of `extra`; `Null` where there is none.
pub(super) fn values(row: &Row, extra: &[String]) -> Vec<Value> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(row) else { return Vec::new() };
    let names = COLUMNS.iter().map(|(name, _)| *name).chain(extra.iter().map(String::as_str));
    names.map(|name| fields.remove(name).unwrap_or_default()).collect()
}

/// Names of the columns of others in all rows, sorted.
pub(super) fn extra_names(rows: &[Row]) -> Vec<String> {
    let mut names = BTreeMap::new();
    for name in rows.iter().flat_map(|row| row.extra.keys()) {
        if !names.contains_key(name) && !COLUMNS.iter().any(|(ours, _)| ours == name) {
            names.insert(name.clone(), ());
        }
    }
    names.into_keys().collect()
}

/// A value as text.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value as its column wants it; nothing where there is none.
///
/// # Errors
/// The value, where it is of another kind.
fn accepted(kind: Kind, value: Value) -> Result<Option<Value>, Value> {
    if matches!(&value, Value::Null) || matches!(&value, Value::String(text) if text.is_empty()) {
        return Ok(None);
    }
    Ok(Some(match kind {
        Kind::Text | Kind::MaybeText => Value::String(text_of(&value)),
        Kind::Number => {
            let number = match &value {
                Value::String(text) => match text.trim() {
                    "" | "None" | "null" | "NULL" | "NA" => return Ok(None),
                    text => text.parse().map_err(|_| value.clone())?,
                },
                Value::Number(number) => number.as_f64().ok_or_else(|| value.clone())?,
                _ => return Err(value),
            };
            match Number::from_f64(number) {
                Some(number) => Value::Number(number),
                None => return Ok(None),
            }
        }
        Kind::Count => {
            let number = match &value {
                Value::String(text) => whole(text.trim().parse().ok(), text.trim().parse().ok()),
                Value::Number(number) => whole(number.as_u64(), number.as_f64()),
                _ => None,
            };
            Value::Number(number.ok_or(value)?.into())
        }
        Kind::Flag => match &value {
            Value::Bool(_) => value,
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Value::Bool(true),
                "false" | "no" | "0" => Value::Bool(false),
                _ => return Err(value),
            },
            Value::Number(number) if number.as_f64() == Some(1.0) => Value::Bool(true),
            Value::Number(number) if number.as_f64() == Some(0.0) => Value::Bool(false),
            _ => return Err(value),
        },
        Kind::List => match value {
            Value::Array(items) => Value::Array(items.iter().map(text_of).map(Value::String).collect()),
            Value::String(text) => match serde_json::from_str::<Vec<String>>(&text) {
                Ok(items) => items.into(),
                Err(_) => text.split(';').map(str::trim).filter(|item| !item.is_empty()).collect(),
            },
            _ => return Err(value),
        },
    }))
}

/// A count that may be written as `16.0`, as tables do whose columns have gaps.
fn whole(count: Option<u64>, number: Option<f64>) -> Option<u64> {
    // Below 2^53 every whole number is one of f64.
    let of_number = number.filter(|it| it.fract() == 0.0 && (0.0..9.0e15).contains(it)).map(|it| it as u64);
    count.or(of_number).filter(|&count| i64::try_from(count).is_ok())
}
