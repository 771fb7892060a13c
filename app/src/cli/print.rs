//! Standard output: results only. Everything that people watch goes to standard error.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use serde::Serialize;

pub use crate::units::bytes;

/// Prints a line; a reader that has gone (`| head`) is no error.
///
/// # Errors
/// When standard output cannot be written.
pub fn line(text: &str) -> io::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints a value as indented JSON.
///
/// # Errors
/// As [`line`].
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(line(&serde_json::to_string_pretty(value)?)?)
}

/// Lines of cells under a header, columns as wide as their longest cell.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let lines = || std::iter::once(header.iter().map(|it| (*it).to_owned()).collect()).chain(rows.iter().cloned());
    let widths: Vec<usize> = (0..header.len())
        .map(|column| lines().map(|line: Vec<String>| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in lines() {
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
    }
}
