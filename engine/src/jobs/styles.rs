//! Styles: words with a name that are put around a prompt, `cinematic film still of {prompt}, film grain`, and a negative prompt of
//! their own.
//!
//! Several can be on at once; each is put around what the ones before it made, as AUTOMATIC1111's program does it, whose `styles.csv` is
//! read too. A style without `{prompt}` is added at the end. Styles are applied before wildcards are chosen, so that both may have
//! them.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use hummingbird_base::files;
use hummingbird_base::kept::{Kept, without_mark};
use hummingbird_base::message::{self, Detail, Message};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What stands for the prompt in a style.
pub const PROMPT: &str = "{prompt}";
/// Most styles that are kept, and read from one file.
pub const MOST_STYLES: usize = 1000;
/// Longest text of a style, in bytes.
const MOST_TEXT_BYTES: usize = 4 << 10;
/// Longest name, in characters.
const MOST_NAME_CHARS: usize = 60;
/// Largest file that is read.
const MOST_FILE_BYTES: u64 = 4 << 20;
/// Longest prompt that styles make, in bytes; `{prompt}` may stand in each of them several times.
const MOST_PROMPT_BYTES: usize = 1 << 16;

/// Words around a prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// Its name, by which it is known.
    pub name: String,
    /// The words, with `{prompt}` where the prompt goes.
    #[serde(default)]
    pub prompt: String,
    /// What the clip should not show.
    #[serde(default, alias = "negative_prompt")]
    pub negative: String,
}

/// The styles of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Styles {
    /// All of them, in their order.
    pub styles: Vec<Style>,
    /// The names of those that are on.
    pub on: Vec<String>,
}

impl Kept for Styles {}

impl Default for Styles {
    /// Those that come with the program, all off.
    fn default() -> Self {
        Self { styles: shipped(), on: Vec::new() }
    }
}

/// A prompt with styles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Styled {
    /// The whole prompt.
    pub prompt: String,
    /// The whole negative prompt.
    pub negative: String,
    /// Bytes of the whole prompt that are the user's own.
    pub own: Range<usize>,
}

/// Why a file of styles cannot be read or written.
#[derive(Debug, Error, Message)]
#[message("styles")]
#[non_exhaustive]
pub enum StylesError {
    /// Reading failed.
    #[error("the styles in {path:?} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No list of styles is so large.
    #[error("{path:?} is too large for a list of styles")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is no list of styles.
    #[error(
        "{path:?} is no list of styles ({detail}): choose one that was saved here, or the styles.csv of AUTOMATIC1111's program"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: Detail,
    },
    /// The file has no style that can be used.
    #[error("{path:?} has no styles")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Writing failed.
    #[error("the styles cannot be written to {path:?}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no style of this name.
    #[error("there is no style {name:?}; there are: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
}

/// The styles that come with the program.
pub fn shipped() -> Vec<Style> {
    serde_json::from_str(include_str!("../../../assets/styles.json")).expect("a test reads it")
}

impl Style {
    /// The same with lengths that are kept; `None` where nothing is left of it.
    fn bounded(&self) -> Option<Self> {
        let name: String = self.name.trim().chars().filter(|sign| !sign.is_control()).take(MOST_NAME_CHARS).collect();
        let cut = |text: &str| text.trim()[..text.trim().floor_char_boundary(MOST_TEXT_BYTES)].to_owned();
        let (prompt, negative) = (cut(&self.prompt), cut(&self.negative));
        let says = !prompt.is_empty() || !negative.is_empty();
        (says && !name.is_empty()).then_some(Self { name, prompt, negative })
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.prompt.trim().is_empty() && self.negative.trim().is_empty()
    }
}

impl Styled {
    /// A prompt without styles.
    pub fn plain(prompt: &str, negative: &str) -> Self {
        Self { prompt: prompt.to_owned(), negative: negative.to_owned(), own: 0..prompt.len() }
    }

    /// Puts one more style around it.
    fn put(&mut self, style: &Style) {
        let words = style.prompt.trim();
        if let Some((before, after)) = words.split_once(PROMPT) {
            let after = after.replace(PROMPT, &self.prompt);
            if before.len() + self.prompt.len() + after.len() <= MOST_PROMPT_BYTES {
                self.own = self.own.start + before.len()..self.own.end + before.len();
                self.prompt = format!("{before}{}{after}", self.prompt);
            }
        } else if self.prompt.len() + words.len() < MOST_PROMPT_BYTES {
            // The end of what was typed may be a comma already.
            let end = if words.is_empty() { self.prompt.len() } else { end_of(&self.prompt) };
            self.own = self.own.start.min(end)..self.own.end.min(end);
            self.prompt = joined(&self.prompt, words);
        }
        let negative = style.negative.trim();
        self.negative = match negative.split_once(PROMPT) {
            Some(_) => negative.replace(PROMPT, &self.negative),
            None => joined(&self.negative, negative),
        };
        self.negative.truncate(self.negative.floor_char_boundary(MOST_PROMPT_BYTES));
    }
}

/// Two texts with a comma between them, or the one that says something.
fn joined(one: &str, other: &str) -> String {
    match (one.trim().is_empty(), other.is_empty()) {
        (_, true) => one.to_owned(),
        (true, false) => other.to_owned(),
        (false, false) => format!("{}, {other}", &one[..end_of(one)]),
    }
}

/// Where a text ends, without spaces and a comma.
fn end_of(text: &str) -> usize {
    text.trim_end().trim_end_matches(',').trim_end().len()
}

impl Styles {
    /// Name of the file in which they are kept, in the folder of the settings.
    pub const FILE: &str = "styles.json";

    /// The styles that are on, in the order of the list.
    pub fn used(&self) -> impl Iterator<Item = &Style> {
        self.styles.iter().filter(|style| self.on.contains(&style.name))
    }

    /// A prompt with the styles that are on. An empty one stays empty: styles alone show nothing.
    pub fn applied(&self, prompt: &str, negative: &str) -> Styled {
        applied(self.used(), prompt, negative)
    }

    /// The styles of these names.
    ///
    /// # Errors
    /// [`StylesError::Unknown`] names the first that is not there.
    pub fn named(&self, names: &[String]) -> Result<Vec<&Style>, StylesError> {
        let find = |name: &String| {
            let found = self.styles.iter().find(|style| style.name.eq_ignore_ascii_case(name.trim()));
            found.ok_or_else(|| {
                let known: Vec<&str> = self.styles.iter().map(|style| style.name.as_str()).collect();
                StylesError::Unknown { name: name.clone(), known: known.join(", ") }
            })
        };
        names.iter().map(find).collect()
    }

    /// A name like this one that no style has yet.
    pub fn free_name(&self, wanted: &str) -> String {
        let wanted: String = wanted.trim().chars().filter(|sign| !sign.is_control()).take(MOST_NAME_CHARS).collect();
        let is_free = |name: &str| self.styles.iter().all(|style| style.name != name);
        if is_free(&wanted) {
            return wanted;
        }
        (2..).map(|number| format!("{wanted} {number}")).find(|name| is_free(name)).unwrap_or(wanted)
    }

    /// Adds styles, those of a name that is taken under another one. Those that are there already, word for word, are left out.
    /// Gives how many were added.
    pub fn add(&mut self, styles: impl IntoIterator<Item = Style>) -> usize {
        let before = self.styles.len();
        for style in styles.into_iter().filter_map(|style| style.bounded()) {
            if self.styles.len() >= MOST_STYLES {
                break;
            }
            if !self.styles.contains(&style) {
                let name = self.free_name(&style.name);
                self.styles.push(Style { name, ..style });
            }
        }
        self.styles.len() - before
    }

    /// These styles, with what somebody else changed meanwhile: `before` is what both began with, `theirs` what the other one has
    /// now. Where both changed a style, this list's stays. Which ones are on is not shared.
    #[must_use]
    pub fn merged(mut self, before: &Self, theirs: &Self) -> Self {
        let find = |all: &Self, name: &str| all.styles.iter().find(|style| style.name == name).cloned();
        self.styles.retain(|mine| {
            let unchanged = find(before, &mine.name).as_ref() == Some(mine);
            !unchanged || find(theirs, &mine.name).is_some()
        });
        for style in &theirs.styles {
            let was = find(before, &style.name);
            match self.styles.iter_mut().find(|mine| mine.name == style.name) {
                Some(mine) if was.as_ref() == Some(mine) => mine.clone_from(style),
                Some(_) => {}
                None if was.is_none() => self.styles.push(style.clone()),
                None => {}
            }
        }
        self.sound()
    }

    /// The same without what no list may have: names that stand twice, texts without end.
    #[must_use]
    pub fn sound(self) -> Self {
        let Self { styles, on } = self;
        let mut sound = Self { styles: Vec::new(), on: Vec::new() };
        sound.add(styles);
        let names: HashSet<&str> = sound.styles.iter().map(|style| style.name.as_str()).collect();
        sound.on = on.into_iter().filter(|name| names.contains(name.as_str())).collect();
        sound
    }

    /// Writes the styles to a file that [`read`] reads.
    ///
    /// # Errors
    /// [`StylesError::Write`].
    pub fn write(&self, path: &Path) -> Result<(), StylesError> {
        let write = |source| StylesError::Write { path: path.to_owned(), source };
        let mut text = serde_json::to_vec_pretty(&self.styles).map_err(|error| write(error.into()))?;
        text.push(b'\n');
        files::replace(path, &text).map_err(write)
    }
}

/// A prompt with these styles, in their order.
pub fn applied<'a>(styles: impl IntoIterator<Item = &'a Style>, prompt: &str, negative: &str) -> Styled {
    let mut styled = Styled::plain(prompt, negative);
    if !prompt.trim().is_empty() {
        styles.into_iter().for_each(|style| styled.put(style));
    }
    styled
}

/// Reads a file of styles: JSON as [`Styles::write`] writes it, or a `styles.csv`.
///
/// # Errors
/// [`StylesError`]: it cannot be read, is too large, no list of styles, or an empty one.
pub fn read(path: &Path) -> Result<Vec<Style>, StylesError> {
    let failed = |source| StylesError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(MOST_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_FILE_BYTES {
        return Err(StylesError::TooLarge { path: path.to_owned() });
    }
    let unreadable = |detail: String| StylesError::Unreadable { path: path.to_owned(), detail: detail.into() };
    let text = without_mark(&bytes);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    let styles = match first {
        Some(b'[') => serde_json::from_slice(text).map_err(|error| unreadable(error.to_string()))?,
        Some(b'{') => {
            #[derive(Deserialize)]
            struct List {
                styles: Vec<Style>,
            }
            serde_json::from_slice::<List>(text).map_err(|error| unreadable(error.to_string()))?.styles
        }
        _ => read_csv(text).map_err(|error| unreadable(error.to_string()))?,
    };
    let styles: Vec<Style> = styles.iter().filter_map(Style::bounded).take(MOST_STYLES).collect();
    if styles.is_empty() { Err(StylesError::Empty { path: path.to_owned() }) } else { Ok(styles) }
}

/// The rows of a `styles.csv`: name, prompt and negative prompt, by the names of its columns. Its separators are rows without text.
fn read_csv(text: &[u8]) -> Result<Vec<Style>, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let headers = reader.headers()?.clone();
    let column = |names: &[&str]| headers.iter().position(|header| names.contains(&header.trim()));
    let Some(name) = column(&["name"]) else { return Ok(Vec::new()) };
    let (prompt, negative) = (column(&["prompt", "text"]), column(&["negative_prompt", "negative"]));
    let mut styles = Vec::new();
    for row in reader.records().take(MOST_STYLES) {
        let row = row?;
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default().to_owned();
        styles.push(Style { name: cell(Some(name)), prompt: cell(prompt), negative: cell(negative) });
    }
    Ok(styles)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(name: &str, prompt: &str, negative: &str) -> Style {
        Style { name: name.to_owned(), prompt: prompt.to_owned(), negative: negative.to_owned() }
    }

    fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join(name);
        files::replace(&path, bytes).expect("there is room");
        (folder, path)
    }

    #[test]
    fn lists_that_were_changed_in_two_places_are_merged() {
        let list = |styles: &[(&str, &str)]| Styles {
            styles: styles.iter().map(|(name, prompt)| style(name, prompt, "")).collect(),
            on: Vec::new(),
        };
        let before =
            list(&[("stays", "1"), ("mine", "1"), ("theirs", "1"), ("both", "1"), ("gone", "1"), ("left", "1")]);
        let mut mine =
            list(&[("stays", "1"), ("mine", "2"), ("theirs", "1"), ("both", "2"), ("gone", "1"), ("new", "1")]);
        mine.on = vec!["gone".to_owned(), "new".to_owned()];
        let theirs =
            list(&[("stays", "1"), ("mine", "1"), ("theirs", "3"), ("both", "3"), ("left", "1"), ("other", "1")]);
        let merged = mine.clone().merged(&before, &theirs);
        let wanted = [("stays", "1"), ("mine", "2"), ("theirs", "3"), ("both", "2"), ("new", "1"), ("other", "1")];
        assert_eq!(merged.styles, list(&wanted).styles, "what one deletes is gone, also where it stands in the other");
        assert_eq!(merged.on, ["new"]);
        assert_eq!(mine.clone().merged(&before, &before), mine, "nobody else changed anything");
    }

    #[test]
    fn styles_go_around_a_prompt_one_after_the_other() {
        let around = style("A", "film of {prompt}, grain", "cartoon");
        let behind = style("B", "at dusk", "");
        let both = style("C", "oil painting of {prompt}", "photo, {prompt}");
        let made = |styles: &[&Style]| {
            let styled = applied(styles.iter().copied(), "a boat", "blur");
            assert_eq!(&styled.prompt[styled.own.clone()], "a boat", "{styled:?}");
            (styled.prompt, styled.negative)
        };
        let pair = |prompt: &str, negative: &str| (prompt.to_owned(), negative.to_owned());
        assert_eq!(made(&[]), pair("a boat", "blur"));
        assert_eq!(made(&[&around]), pair("film of a boat, grain", "blur, cartoon"));
        assert_eq!(made(&[&behind]), pair("a boat, at dusk", "blur"));
        assert_eq!(made(&[&around, &behind]), pair("film of a boat, grain, at dusk", "blur, cartoon"));
        assert_eq!(
            made(&[&around, &both]),
            pair("oil painting of film of a boat, grain", "photo, blur, cartoon"),
            "one around the other"
        );
        assert_eq!(applied([&around], "  ", ""), Styled::plain("  ", ""), "styles alone show nothing");
        let styled = applied([&behind], "a boat , ", "");
        assert_eq!((styled.prompt.as_str(), styled.own), ("a boat, at dusk", 0..6));
        assert_eq!(applied([&around], "a boat", "").negative, "cartoon");
    }

    #[test]
    fn styles_cannot_make_a_prompt_without_end() {
        let twice = style("X", "{prompt}{prompt}{prompt}{prompt}", "");
        let styled = applied(std::iter::repeat_n(&twice, 100), "a boat", "");
        assert!(styled.prompt.len() <= MOST_PROMPT_BYTES);
        assert_eq!(&styled.prompt[styled.own.clone()], "a boat");
    }

    #[test]
    fn those_that_come_with_the_program_are_sound() {
        let styles = Styles::default();
        assert!(styles.styles.len() >= 6);
        assert_eq!(styles.clone().sound(), styles, "no name stands twice and no text is too long");
    }

    #[test]
    fn files_are_read_in_all_forms_and_come_back_as_they_were() {
        let styles = Styles { styles: vec![style("A", "a {prompt}", "b"), style("Ü, \"q\"", "x\ny", "")], on: vec![] };
        let (_folder, path) = file("styles.json", b"");
        styles.write(&path).expect("writable");
        assert_eq!(read(&path).expect("styles"), styles.styles);

        let csv = "\u{feff}name,prompt,negative_prompt\n\"--- Photo ---\",,\nFilm,\"film of {prompt}, \"\"grain\"\"\",cartoon\nShort,x\n";
        let (_folder, path) = file("styles.csv", csv.as_bytes());
        let expected = [style("Film", "film of {prompt}, \"grain\"", "cartoon"), style("Short", "x", "")];
        assert_eq!(read(&path).expect("styles"), expected);

        let foreign = br#"[{"name": "Film", "prompt": "film", "negative_prompt": "cartoon"}]"#;
        let (_folder, path) = file("sdxl_styles.json", foreign);
        assert_eq!(read(&path).expect("styles"), [style("Film", "film", "cartoon")]);
        let (_folder, path) = file("kept.json", br#"{"schema": 1, "styles": [{"name": "A", "prompt": "x"}]}"#);
        assert_eq!(read(&path).expect("styles"), [style("A", "x", "")]);
    }

    #[test]
    fn files_that_are_no_styles_are_refused() {
        for bytes in [&b""[..], b"{", b"[1]", b"\x00\xff\xfe", b"a,b\n1,2\n", b"name\n", br#"[{"name": "A"}]"#] {
            let (_folder, path) = file("styles", bytes);
            let error = read(&path).expect_err("no styles");
            assert!(matches!(error, StylesError::Unreadable { .. } | StylesError::Empty { .. }), "{error}");
        }
        let (_folder, path) = file("styles.csv", &vec![b'a'; usize::try_from(MOST_FILE_BYTES).expect("small") + 1]);
        assert!(matches!(read(&path), Err(StylesError::TooLarge { .. })));
        assert!(matches!(read(Path::new("no/such/file")), Err(StylesError::Read { .. })));
        let many = format!("name,prompt\n{}", "A,x\n".repeat(MOST_STYLES * 2));
        let (_folder, path) = file("styles.csv", many.as_bytes());
        assert_eq!(read(&path).expect("styles").len(), MOST_STYLES);
    }

    #[test]
    fn names_stay_apart_when_styles_are_added() {
        let mut styles = Styles { styles: vec![style("A", "x", "")], on: vec!["A".to_owned(), "gone".to_owned()] };
        assert_eq!(
            styles.add([style("A", "x", ""), style("A", "y", ""), style(" A ", "z", ""), style("", "z", "")]),
            2
        );
        let names: Vec<&str> = styles.styles.iter().map(|style| style.name.as_str()).collect();
        assert_eq!(names, ["A", "A 2", "A 3"]);
        assert_eq!(styles.clone().sound().on, ["A"]);
        assert_eq!(styles.named(&["a 2".to_owned()]).expect("it is there")[0].prompt, "y");
        let error = styles.named(&["B".to_owned()]).expect_err("it is not there");
        assert_eq!(error.to_string(), "there is no style \"B\"; there are: A, A 2, A 3");
    }
}
