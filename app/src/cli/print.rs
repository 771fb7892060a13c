//! What is written to the terminal: results on standard output, everything that people watch on standard error.
//!
//! Nothing that comes from a file reaches a terminal as it is: [`line()`] and [`note`] write control characters as escapes, and
//! [`value`] does so with line breaks too. Text on standard error is a courtesy: a reader that has gone or a full disk stops nothing.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context;
use serde::Serialize;

pub use crate::units::bytes;

/// Writes lines to standard output; a reader that has gone (`| head`) is no error.
///
/// # Errors
/// When standard output cannot be written.
pub fn line(text: &str) -> anyhow::Result<()> {
    written(format!("{}\n", lines(text)).as_bytes())
}

/// Writes a path to standard output: as it is for another program, escaped for a person at a terminal.
///
/// # Errors
/// As [`line()`].
pub fn path(path: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    if !io::IsTerminal::is_terminal(&io::stdout()) {
        use std::os::unix::ffi::OsStrExt as _;
        return written(&[path.as_os_str().as_bytes(), b"\n"].concat());
    }
    line(&value(&path.to_string_lossy()))
}

/// Writes a value to standard output as indented JSON.
///
/// # Errors
/// As [`line()`].
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = String::new();
    // What JSON leaves as it is and a terminal may obey is only found inside of its strings.
    for letter in serde_json::to_string_pretty(value)?.chars() {
        match letter {
            '\n' => text.push('\n'),
            letter if is_obeyed(letter) => write!(text, "\\u{:04x}", u32::from(letter)).expect("a string takes all"),
            letter => text.push(letter),
        }
    }
    line(&text)
}

/// Writes a value to standard output as JSON on a line of its own, for programs that follow what happens.
///
/// # Errors
/// As [`line()`].
pub fn json_line(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = String::new();
    for letter in serde_json::to_string(value)?.chars() {
        if is_obeyed(letter) {
            write!(text, "\\u{:04x}", u32::from(letter)).expect("a string takes all");
        } else {
            text.push(letter);
        }
    }
    line(&text)
}

/// Writes a script of ours to standard output, nothing in it escaped.
///
/// # Errors
/// As [`line()`].
pub fn bytes_as_they_are(script: &[u8]) -> anyhow::Result<()> {
    written(script)
}

fn written(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if reader_has_gone(&error) => Ok(()),
        other => other.context("standard output cannot be written"),
    }
}

/// Whether whoever read what was written does so no longer.
fn reader_has_gone(error: &io::Error) -> bool {
    /// What Windows says of a pipe that is being closed, and of one whose other end has gone; the first alone is a broken pipe to Rust.
    const OF_WINDOWS: [i32; 2] = [232, 233];
    error.kind() == io::ErrorKind::BrokenPipe
        || cfg!(windows) && error.raw_os_error().is_some_and(|code| OF_WINDOWS.contains(&code))
}

/// Writes lines to standard error, or does not where that cannot be.
pub fn note(text: &str) {
    // Nobody is left to be told.
    writeln!(io::stderr().lock(), "{}", lines(text)).ok();
}

/// Text of several lines with every character as an escape that a terminal would obey.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter != '\n' && is_obeyed(letter))
}

/// Text that comes from elsewhere (a name, a licence, a prompt, a path) as one line that no terminal obeys.
pub fn value(text: &str) -> Cow<'_, str> {
    escaped(text, is_obeyed)
}

fn escaped(text: &str, is_escaped: fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_escaped(letter) { clean.extend(letter.escape_default()) } else { clean.push(letter) }
    }
    Cow::Owned(clean)
}

/// Whether a terminal does something else with a character than to show it: control characters, separators of lines, and what
/// turns the direction of writing, which can show a name as another one.
fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// Lines of cells under a header, columns as wide as their longest cell. Cells are escaped as [`value`] does it.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header = header.iter().map(|it| (*it).to_owned()).collect();
    let rows = rows.iter().map(|row| row.iter().map(|cell| value(cell).into_owned()).collect());
    let lines: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let widths: Vec<usize> = (0..lines[0].len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in &lines {
        let mut row = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            write!(row, "{cell:<width$}  ").expect("a string takes all writes");
        }
        writeln!(text, "{}", row.trim_end()).expect("a string takes all writes");
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up() {
        let rows = vec![vec!["cpu".to_owned(), "CPU (2 threads)".to_owned()], vec!["gpu:0".to_owned(), String::new()]];
        assert_eq!(table(&["choice", "name"], &rows), "choice  name\ncpu     CPU (2 threads)\ngpu:0");
        let rows = [vec!["red\x1b[31m\nnext".to_owned(), "b".to_owned()]];
        assert_eq!(table(&["a", ""], &rows), "a\nred\\u{1b}[31m\\nnext  b");
    }

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_nothing_else() {
        let cases = [
            ("a red ball", "a red ball"),
            ("Kolibri über Köln, 蜂鳥, عصفور, 👩‍🚀 ❤️", "Kolibri über Köln, 蜂鳥, عصفور, 👩‍🚀 ❤️"),
            ("C:\\clips\\\"mine\"", "C:\\clips\\\"mine\""),
            ("\x1b]0;title\x07", "\\u{1b}]0;title\\u{7}"),
            ("\u{9b}31m\x7f", "\\u{9b}31m\\u{7f}"),
            ("one\r\ntwo\tthree\0", "one\\r\\ntwo\\tthree\\u{0}"),
            ("gpj.\u{202e}4pm", "gpj.\\u{202e}4pm"),
            ("\u{2066}a\u{2069}\u{2028}b", "\\u{2066}a\\u{2069}\\u{2028}b"),
        ];
        for (text, clean) in cases {
            assert_eq!(value(text), clean);
            assert_eq!(lines(text), clean.replace("\\n", "\n"), "a line break of several lines stays");
        }
    }
}
