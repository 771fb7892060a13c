//! JSON lines: an object a line. A list of objects is read too.

use hummingbird_base::message::Detail;
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::path::Path;

use serde_json::Value;

use super::columns::Header;
use super::csv_form::{decoded, text};
use super::error::ManifestError;
use super::row::Row;
use super::{MAX_ROW_BYTES, MAX_ROWS, MAX_WHOLE_BYTES};

/// Reads JSON lines.
pub(super) fn read(path: &Path) -> Result<Vec<Row>, ManifestError> {
    let fault = |source| ManifestError::Read { path: path.to_owned(), source };
    let mut content = BufReader::new(decoded(path).map_err(fault)?);
    let mut rows = Vec::new();
    if content.fill_buf().map_err(fault)?.trim_ascii_start().first() == Some(&b'[') {
        let mut bytes = Vec::new();
        content.take(MAX_WHOLE_BYTES).read_to_end(&mut bytes).map_err(fault)?;
        let row_fault = |detail: Detail| ManifestError::Row { path: path.to_owned(), row: 1, detail };
        let values: Vec<Value> =
            serde_json::from_str(&text(&bytes)).map_err(|error| row_fault(error.to_string().into()))?;
        for value in values {
            rows.push(row(path, rows.len() as u64 + 1, value)?);
        }
        return Ok(rows);
    }
    let mut line = Vec::new();
    loop {
        line.clear();
        let number = rows.len() as u64 + 1;
        let row_fault = |detail: Detail| ManifestError::Row { path: path.to_owned(), row: number, detail };
        let bytes = content.by_ref().take(MAX_ROW_BYTES).read_until(b'\n', &mut line).map_err(fault)?;
        if bytes == 0 {
            return Ok(rows);
        }
        if bytes as u64 == MAX_ROW_BYTES {
            return Err(row_fault("it does not end".to_owned().into()));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        if number > MAX_ROWS {
            return Err(ManifestError::TooManyRows { path: path.to_owned(), max: MAX_ROWS });
        }
        let value = serde_json::from_str(&text(&line)).map_err(|error| row_fault(error.to_string().into()))?;
        rows.push(row(path, number, value)?);
    }
}

/// A row of an object; every object has names of its own.
fn row(path: &Path, number: u64, value: Value) -> Result<Row, ManifestError> {
    let row_fault = |detail: Detail| ManifestError::Row { path: path.to_owned(), row: number, detail };
    let Value::Object(fields) = value else { return Err(row_fault("it is no object".to_owned().into())) };
    let header = Header::of(fields.keys().map(String::as_str));
    let header = header.ok_or_else(|| ManifestError::NoPath { path: path.to_owned() })?;
    header.row(fields.into_iter().map(|(_, value)| value)).map_err(row_fault)
}

/// Writes JSON lines.
pub(super) fn write(rows: &[Row], to: &mut dyn Write) -> io::Result<()> {
    for row in rows {
        serde_json::to_writer(&mut *to, row)?;
        to.write_all(b"\n")?;
    }
    to.flush()
}
