//! Tables of text: any delimiter, with or without a mark at the start, in UTF-8, UTF-16 or Latin-1.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Write};
use std::path::Path;
use std::rc::Rc;

use serde_json::Value;

use super::columns::{self, COLUMNS, Header, text_of};
use super::error::ManifestError;
use super::row::Row;
use super::{MAX_ROW_BYTES, MAX_ROWS, MAX_WHOLE_BYTES};

/// Bytes in which the delimiter is looked for.
const HEAD_BYTES: u64 = 1 << 16;

/// Reads a table.
pub(super) fn read(path: &Path) -> Result<Vec<Row>, ManifestError> {
    let fault = |source| ManifestError::Read { path: path.to_owned(), source };
    let content = decoded(path).map_err(fault)?;
    let since = Rc::new(Cell::new(0));
    let mut content = Bounded { inner: content, since: Rc::clone(&since) };
    let mut head = Vec::new();
    content.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(fault)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&head))
        .flexible(true)
        .from_reader(Cursor::new(head).chain(content));
    let row_fault = |row: u64, error: &csv::Error| match error.kind() {
        csv::ErrorKind::Io(source) if source.kind() != io::ErrorKind::InvalidData => {
            ManifestError::Read { path: path.to_owned(), source: io::Error::new(source.kind(), source.to_string()) }
        }
        _ => ManifestError::Row { path: path.to_owned(), row, detail: error.to_string().into() },
    };
    let names: Vec<String> = reader.byte_headers().map_err(|error| row_fault(0, &error))?.iter().map(text).collect();
    let header = Header::of(names.iter().map(String::as_str));
    let header = header.ok_or_else(|| ManifestError::NoPath { path: path.to_owned() })?;
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    loop {
        since.set(0);
        let row = rows.len() as u64 + 1;
        if !reader.read_byte_record(&mut record).map_err(|error| row_fault(row, &error))? {
            return Ok(rows);
        }
        if row > MAX_ROWS {
            return Err(ManifestError::TooManyRows { path: path.to_owned(), max: MAX_ROWS });
        }
        let cells = record.iter().map(|cell| if cell.is_empty() { Value::Null } else { Value::String(text(cell)) });
        let read = header.row(cells);
        rows.push(read.map_err(|detail| ManifestError::Row { path: path.to_owned(), row, detail })?);
    }
}

/// Writes a table.
pub(super) fn write(rows: &[Row], to: &mut dyn Write) -> io::Result<()> {
    let extra = columns::extra_names(rows);
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(COLUMNS.iter().map(|(name, _)| *name).chain(extra.iter().map(String::as_str)))?;
    for row in rows {
        let cells = columns::values(row, &extra).into_iter().enumerate().map(|(index, value)| match value {
            // Reasons are words of ours. What is not plain is read again as it was by being JSON.
            Value::Array(items) if index < COLUMNS.len() && items.iter().all(is_plain) => {
                items.iter().map(text_of).collect::<Vec<_>>().join(";")
            }
            other => text_of(&other),
        });
        writer.write_record(cells)?;
    }
    writer.flush()
}

fn is_plain(item: &Value) -> bool {
    item.as_str().is_some_and(|item| !item.is_empty() && item.trim() == item && !item.contains([';', '[']))
}

/// A cell, in UTF-8 or in Latin-1 as old programs write it.
pub(super) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// The content without the mark at its start; of UTF-16 what it says in UTF-8.
pub(super) fn decoded(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::new(open(path)?);
    let mut mark = Vec::new();
    file.by_ref().take(3).read_to_end(&mut mark)?;
    let unit: fn([u8; 2]) -> u16 = match mark.as_slice() {
        [0xef, 0xbb, 0xbf] => return Ok(Box::new(file)),
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return Ok(Box::new(Cursor::new(mark).chain(file))),
    };
    let mut bytes = mark.split_off(2);
    file.take(MAX_WHOLE_BYTES).read_to_end(&mut bytes)?;
    if bytes.len() as u64 >= MAX_WHOLE_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "too large for UTF-16: save it as UTF-8"));
    }
    let units = bytes.as_chunks().0.iter().map(|&pair| unit(pair));
    let text: String = char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Ok(Box::new(Cursor::new(text.into_bytes())))
}

/// Opens a plain file; opening a pipe would wait for someone to write into it.
pub(super) fn open(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    File::open(path)
}

/// Whichever of the usual delimiters the first line has most of, outside of quotes.
fn delimiter(head: &[u8]) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut is_quoted = false;
    for &byte in head {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if is_quoted => {}
            _ => counts.iter_mut().filter(|(delimiter, _)| *delimiter == byte).for_each(|(_, count)| *count += 1),
        }
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

/// Ends a row that does not end: a quote that is never closed would take the whole file for one cell.
struct Bounded {
    inner: Box<dyn Read>,
    /// Bytes since the last row ended.
    since: Rc<Cell<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.since.set(self.since.get() + bytes as u64);
        if self.since.get() > MAX_ROW_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not end; a quote may be missing"));
        }
        Ok(bytes)
    }
}
