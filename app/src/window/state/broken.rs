//! Parts of the window that failed, and the report of that, which says nothing about the person.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::PanicHookInfo;

use crate::language::{Language, catalogue, tr};

/// A part of the window that can fail alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The menu bar.
    Menu,
    /// The controls on the left.
    Controls,
    /// Queue and history.
    History,
    /// Below the clip.
    Transport,
    /// The clip with messages and progress.
    Stage,
    /// The library's page.
    Library,
    /// The data page.
    Data,
    /// What stands in front.
    Dialog,
}

impl Part {
    fn key(self) -> &'static str {
        match self {
            Self::Menu => "state-part-menu",
            Self::Controls => "state-part-controls",
            Self::History => "state-part-history",
            Self::Transport => "state-part-transport",
            Self::Stage => "state-part-stage",
            Self::Library => "state-part-library",
            Self::Data => "state-part-data",
            Self::Dialog => "state-part-dialog",
        }
    }

    /// Its name, as a sentence begins.
    pub fn name(self) -> String {
        tr!(self.key())
    }

    /// The same for whoever reads a report.
    fn english_name(self) -> String {
        catalogue(Language::English).text(self.key(), None).unwrap_or_default()
    }
}

/// What is known of a part that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokenPart {
    /// What can be copied.
    pub report: String,
    /// The user goes on without it.
    pub is_put_away: bool,
}

/// All parts that failed.
pub type BrokenParts = BTreeMap<Part, BrokenPart>;

thread_local! {
    /// Where the last panic of this thread was.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes where a panic was, for the report; to be called by the panic hook.
pub fn note_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|place| format!("{}:{}:{}", place.file(), place.line(), place.column()));
    let trace = std::backtrace::Backtrace::force_capture().to_string();
    // The names of functions, without the files of whoever built them.
    let calls = trace.lines().map(str::trim).filter(|line| !line.starts_with("at ")).take(60).collect::<Vec<_>>();
    let text = format!("{}\n{}", place.unwrap_or_default(), calls.join("\n"));
    LAST_PANIC.with(|last| last.replace(Some(text)));
}

/// Where the last panic of this thread was, once.
pub fn take_panic() -> Option<String> {
    LAST_PANIC.with(RefCell::take)
}

/// A report that can be shown to anybody: version, system, part, message and place, without paths of the person.
pub fn report(part: Part, place: Option<String>, panic: &(dyn Any + Send)) -> String {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no reason was given");
    let text = format!(
        "Hummingbird {} on {} ({})\n{} failed: {message}\n{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        part.english_name(),
        place.unwrap_or_default(),
    );
    without_paths(&text)
}

/// The text without paths: of a source file its name stays, of anything else nothing.
pub fn without_paths(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, end)) = next_path(rest) {
        out.push_str(&rest[..start]);
        let path = &rest[start..end];
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let is_source = name.split(':').next().is_some_and(|name| name.ends_with(".rs"));
        out.push_str(if is_source { name } else { "<path>" });
        rest = &rest[end..];
    }
    out + rest
}

/// Where the next path begins and ends: from a root (`/`, `~/`, `C:\`, `\\`) to the end of its word, or of what is quoted.
fn next_path(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let begins_word =
        |at: usize| at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || b"_-.:>/\\".contains(&bytes[at - 1]));
    let is_root = |at: usize| {
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        match bytes[at] {
            b'/' => next.is_ascii_alphanumeric() || b"._~-".contains(&next) || next >= 128,
            b'~' => next == b'/' || next == b'\\',
            b'\\' => next == b'\\',
            drive => drive.is_ascii_alphabetic() && next == b':' && matches!(bytes.get(at + 2), Some(b'\\' | b'/')),
        }
    };
    let start = (0..bytes.len()).find(|&at| text.is_char_boundary(at) && begins_word(at) && is_root(at))?;
    // A quoted path may have spaces in it.
    let quote = start.checked_sub(1).map(|at| bytes[at]).filter(|byte| b"\"'`".contains(byte));
    let is_end = |letter: char| match quote {
        Some(quote) => letter == char::from(quote) || letter == '\n',
        None => letter.is_whitespace() || "\"'`<>|()[]{},;".contains(letter),
    };
    let end = text[start..].find(is_end).map_or(text.len(), |length| start + length);
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_have_no_paths_of_the_person() {
        let cases = [
            ("cannot open \"/home/anna/my clips/a.mp4\": no", "cannot open \"<path>\": no"),
            ("at /home/anna/.cargo/registry/src/egui-0.37.0/src/ui.rs:12:5", "at ui.rs:12:5"),
            ("app/src/window/panels/menu.rs:40:9", "app/src/window/panels/menu.rs:40:9"),
            (r"C:\Users\anna\x.rs:3 and D:/clips/b.gif", "x.rs:3 and <path>"),
            (r"\\server\share\anna.txt", "<path>"),
            ("~/clips/a.mp4, 3/4 of it, core::ops::FnOnce", "<path>, 3/4 of it, core::ops::FnOnce"),
            ("(/tmp/x) and '/a b/c'", "(<path>) and '<path>'"),
            ("/café/ü.png", "<path>"),
            ("nothing", "nothing"),
        ];
        for (text, expected) in cases {
            assert_eq!(without_paths(text), expected);
        }
        let panic: Box<dyn Any + Send> = Box::new("broken at /home/anna/a.mp4".to_owned());
        let text = report(Part::Menu, Some("/home/somebody/x/y.rs:1:2".to_owned()), &*panic);
        assert!(text.contains("The menu bar failed: broken at <path>\ny.rs:1:2") && !text.contains("anna"), "{text}");
    }
}
