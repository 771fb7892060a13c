//! What clips show, as people write it down: text files beside them, and tables.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use hummingbird_base::files;
use hummingbird_data::captions::{one_line, read_text};

use super::fault::{DatasetError, DatasetNote, TableFault};

/// Tables that are looked for in the folder, the first one that is there.
const TABLES: [&str; 4] = ["captions.csv", "metadata.csv", "captions.jsonl", "metadata.jsonl"];
/// Columns with the file, by any of these names.
const FILE_COLUMNS: [&str; 4] = ["file_name", "path", "file", "video"];
/// Columns with the caption, by any of these names.
const TEXT_COLUMNS: [&str; 3] = ["text", "caption", "prompt"];
/// Longest text file beside a clip, in bytes; what is behind is no caption.
const MAX_CAPTION_BYTES: u64 = 1 << 16;
/// Largest table, in bytes.
const MAX_TABLE_BYTES: u64 = 1 << 30;

/// Whether a file holds captions rather than a clip.
pub(super) fn is_caption_file(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt") || ending.eq_ignore_ascii_case("caption"))
}

/// The caption in `NAME.txt` or `NAME.caption`, on one line; `None` where there is none or nothing is in it.
pub(super) fn beside(stem: &Path) -> Result<Option<String>, DatasetError> {
    for ending in [".txt", ".caption"] {
        let mut path = stem.as_os_str().to_owned();
        path.push(ending);
        let path = PathBuf::from(path);
        match read_text(&path, MAX_CAPTION_BYTES) {
            Ok(text) => return Ok(Some(one_line(&text)).filter(|caption| !caption.is_empty())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(DatasetError::Read { path, source }),
        }
    }
    Ok(None)
}

/// Writes what a clip shows into the text file beside it, `NAME.txt`; without a text (or with one of spaces alone) the file goes.
///
/// # Errors
/// What the system says when the file cannot be written or removed.
pub fn write_caption(clip: &Path, caption: Option<&str>) -> std::io::Result<()> {
    // Folders of pictures, and pictures that have the front of their names in common, are captioned by the whole name.
    let stem = if clip.is_file() { clip.with_extension("") } else { clip.to_owned() };
    let mut path = stem.into_os_string();
    path.push(".txt");
    let path = PathBuf::from(path);
    match caption.map(one_line).filter(|caption| !caption.is_empty()) {
        Some(caption) => files::replace(&path, format!("{caption}\n").as_bytes()),
        None => match std::fs::remove_file(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        },
    }
}

/// A table of captions.
#[derive(Debug, Default)]
pub(super) struct Table {
    path: PathBuf,
    /// Captions by the file, as the table writes it but for `./`.
    captions: BTreeMap<String, String>,
}

impl Table {
    /// The table of a folder, empty where there is none.
    pub(super) fn of(folder: &Path, notes: &mut Vec<DatasetNote>) -> Result<Self, DatasetError> {
        let paths = TABLES.map(|name| folder.join(name));
        let Some(path) = paths.into_iter().find(|path| path.is_file()) else { return Ok(Self::default()) };
        let text = match read_text(&path, MAX_TABLE_BYTES) {
            Ok(text) => text,
            Err(source) => return Err(DatasetError::Read { path, source }),
        };
        let is_csv = path.extension().is_some_and(|ending| ending == "csv");
        let rows = if is_csv { csv_rows(&text) } else { json_rows(&text) };
        let rows = rows.map_err(|fault| DatasetError::Table { path: path.clone(), fault })?;
        let mut captions = BTreeMap::new();
        for (file, caption) in rows {
            // Windows writes the other stroke.
            let file = file.trim().replace('\\', "/");
            let file = file.strip_prefix("./").map(str::to_owned).unwrap_or(file);
            match captions.entry(file) {
                Entry::Vacant(vacant) => drop(vacant.insert(one_line(&caption))),
                Entry::Occupied(occupied) => {
                    notes.push(DatasetNote::NamedTwice { table: path.clone(), name: occupied.key().clone() });
                }
            }
        }
        Ok(Self { path, captions })
    }

    /// Whether it names a file or folder of this relative name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.captions.contains_key(name)
    }

    /// The caption of a file, taken out, so that at the end only what is not there is left.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.captions.remove(name).filter(|caption| !caption.is_empty())
    }

    /// Names of files that nobody asked for.
    pub(super) fn missing(self) -> impl Iterator<Item = DatasetNote> {
        let Self { path, captions } = self;
        captions.into_keys().map(move |name| DatasetNote::Missing { table: path.clone(), name })
    }
}

/// Files and captions.
type Rows = Vec<(String, String)>;

/// Comma, semicolon or tab between the columns: whichever the first line has most of.
fn csv_rows(text: &str) -> Result<Rows, TableFault> {
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|&delimiter| first.bytes().filter(|&byte| byte == delimiter).count());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .flexible(true)
        .trim(csv::Trim::Headers)
        .from_reader(text.as_bytes());
    let fault = |error: csv::Error| TableFault::Line {
        line: error.position().map_or(1, csv::Position::line),
        detail: error.to_string(),
    };
    let headers = reader.headers().map_err(fault)?.clone();
    let column = |names: &[&str]| {
        let found = names.iter().find_map(|name| headers.iter().position(|header| header.eq_ignore_ascii_case(name)));
        found.ok_or_else(|| TableFault::NoColumn { column: names[0].to_owned() })
    };
    let (file, caption) = (column(&FILE_COLUMNS)?, column(&TEXT_COLUMNS)?);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(fault)?;
        let cell = |column: usize| record.get(column).unwrap_or_default().to_owned();
        if !cell(file).trim().is_empty() {
            rows.push((cell(file), cell(caption)));
        }
    }
    Ok(rows)
}

/// An object on each line.
fn json_rows(text: &str) -> Result<Rows, TableFault> {
    let mut rows = Vec::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let row: serde_json::Value =
            serde_json::from_str(text).map_err(|error| TableFault::Line { line, detail: error.to_string() })?;
        let cell = |names: &[&str]| names.iter().find_map(|name| row[*name].as_str()).map(str::to_owned);
        let file = cell(&FILE_COLUMNS).ok_or_else(|| TableFault::NoColumn { column: FILE_COLUMNS[0].to_owned() })?;
        rows.push((file, cell(&TEXT_COLUMNS).unwrap_or_default()));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_all_kinds_say_the_same() {
        let expected =
            [("a b.mp4", "a \"red\" fox, running"), ("c.gif", "é")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        for text in [
            "file_name,text\na b.mp4,\"a \"\"red\"\" fox, running\"\nc.gif,é\n",
            "text;seen;path\n\"a \"\"red\"\" fox, running\";1;a b.mp4\né;2;c.gif\n\n",
            "Video\tCaption\na b.mp4\t\"a \"\"red\"\" fox, running\"\nc.gif\té\r\n",
        ] {
            assert_eq!(csv_rows(text).expect(text), expected, "{text}");
        }
        let json = "{\"file_name\": \"a b.mp4\", \"text\": \"a \\\"red\\\" fox, running\"}\n\n{\"path\": \"c.gif\", \"caption\": \"é\"}";
        assert_eq!(json_rows(json).expect("two rows"), expected);
    }

    #[test]
    fn tables_that_make_no_sense_say_where() {
        let missing = |column: &str| TableFault::NoColumn { column: column.to_owned() };
        assert_eq!(csv_rows("a.mp4,a fox\n"), Err(missing("file_name")));
        assert_eq!(csv_rows("file_name\na.mp4\n"), Err(missing("text")));
        assert_eq!(csv_rows(""), Err(missing("file_name")));
        assert!(matches!(json_rows("{}\n"), Err(TableFault::NoColumn { .. })));
        assert!(matches!(json_rows("{\"path\": \"a\"}\n{"), Err(TableFault::Line { line: 2, .. })));
    }

    #[test]
    fn captions_are_read_in_every_spelling() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("writable");
        write("marked.txt", "\u{feff}a fox\r\nin  the snow\n".as_bytes());
        write("old.caption", b"caf\xe9");
        write("blank.txt", b" \n");
        write("long.txt", "ä".repeat(40_000).as_bytes());
        let of = |name: &str| beside(&folder.path().join(name)).expect("readable");
        assert_eq!(of("marked").as_deref(), Some("a fox in the snow"));
        assert_eq!(of("old").as_deref(), Some("café"));
        assert_eq!((of("blank"), of("none")), (None, None));
        assert_eq!(of("long").map(|caption| caption.chars().count()), Some(32_768));
    }
}
