//! Parquet, through arrow arrays.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use serde_json::{Number, Value};

use super::MAX_ROWS;
use super::columns::{self, COLUMNS, Header, Kind, text_of};
use super::csv_form::open;
use super::error::ManifestError;
use super::row::Row;

/// Rows that are read and written at once.
const BATCH_ROWS: usize = 4096;

/// Reads a Parquet file. Its reader may panic on hostile files, which fails the file alone.
pub(super) fn read(path: &Path) -> Result<Vec<Row>, ManifestError> {
    let damaged = |detail: String| ManifestError::Parquet { path: path.to_owned(), detail };
    let file = open(path).map_err(|source| ManifestError::Read { path: path.to_owned(), source })?;
    let read = catch_unwind(AssertUnwindSafe(|| {
        let fault = |error: ParquetError| damaged(error.to_string());
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(fault)?;
        let count = builder.metadata().file_metadata().num_rows();
        if u64::try_from(count).is_ok_and(|count| count > MAX_ROWS) {
            return Err(ManifestError::TooManyRows { path: path.to_owned(), max: MAX_ROWS });
        }
        let header = Header::of(builder.schema().fields().iter().map(|field| field.name().as_str()));
        let header = header.ok_or_else(|| ManifestError::NoPath { path: path.to_owned() })?;
        let mut rows: Vec<Row> = Vec::new();
        for batch in builder.with_batch_size(BATCH_ROWS).build().map_err(fault)? {
            let batch = batch.map_err(|error| damaged(error.to_string()))?;
            for index in 0..batch.num_rows() {
                let row = rows.len() as u64 + 1;
                let read = header.row(batch.columns().iter().map(|column| value(column, index)));
                rows.push(read.map_err(|detail| ManifestError::Row { path: path.to_owned(), row, detail })?);
            }
        }
        Ok(rows)
    }));
    read.unwrap_or_else(|_| Err(damaged("its reader failed".to_owned())))
}

/// A cell as JSON. Kinds that tables of clips do not have (times, decimals, bytes) are left out.
fn value(column: &ArrayRef, index: usize) -> Value {
    if column.is_null(index) {
        return Value::Null;
    }
    macro_rules! number {
        ($kind:ty) => {
            column.as_primitive::<$kind>().value(index).into()
        };
    }
    let list = |items: &ArrayRef| Value::Array((0..items.len()).map(|item| value(items, item)).collect());
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(index).into(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(index).into(),
        DataType::Utf8View => column.as_string_view().value(index).into(),
        DataType::Boolean => column.as_boolean().value(index).into(),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float32 => number!(Float32Type),
        DataType::Float64 => number!(Float64Type),
        DataType::List(_) => list(&column.as_list::<i32>().value(index)),
        DataType::LargeList(_) => list(&column.as_list::<i64>().value(index)),
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(column.as_struct().columns());
            columns.map(|(field, column)| (field.name().clone(), value(column, index))).collect()
        }
        DataType::Dictionary(..) => {
            let dictionary = column.as_any_dictionary();
            match dictionary.normalized_keys().get(index) {
                Some(&key) if key < dictionary.values().len() => value(dictionary.values(), key),
                _ => Value::Null,
            }
        }
        _ => Value::Null,
    }
}

/// What a column of others is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extra {
    Whole,
    Number,
    Flag,
    Text,
    List,
    /// As JSON in text.
    Other,
}

/// Writes a Parquet file.
pub(super) fn write(rows: &[Row], to: &mut (dyn Write + Send)) -> io::Result<()> {
    let names = columns::extra_names(rows);
    let extra: Vec<Extra> = names.iter().map(|name| kind_of(rows, name)).collect();
    let ours = COLUMNS.iter().map(|&(name, kind)| {
        let (kind, is_nullable) = match kind {
            Kind::Text => (DataType::Utf8, false),
            Kind::MaybeText => (DataType::Utf8, true),
            Kind::Count => (DataType::Int64, false),
            Kind::Number => (DataType::Float64, true),
            Kind::Flag => (DataType::Boolean, true),
            Kind::List => (list_type(), false),
        };
        Field::new(name, kind, is_nullable)
    });
    let theirs = names.iter().zip(&extra).map(|(name, kind)| {
        let kind = match kind {
            Extra::Whole => DataType::Int64,
            Extra::Number => DataType::Float64,
            Extra::Flag => DataType::Boolean,
            Extra::Text | Extra::Other => DataType::Utf8,
            Extra::List => list_type(),
        };
        Field::new(name, kind, true)
    });
    let schema = Arc::new(Schema::new(ours.chain(theirs).collect::<Vec<_>>()));
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("hummingbird".to_owned())
        .build();
    let mut writer = ArrowWriter::try_new(to, Arc::clone(&schema), Some(properties)).map_err(io::Error::other)?;
    for rows in rows.chunks(BATCH_ROWS) {
        let table: Vec<Vec<Value>> = rows.iter().map(|row| columns::values(row, &names)).collect();
        let arrays = schema.fields().iter().enumerate().map(|(index, field)| {
            let column = table.iter().map(move |row| row.get(index).unwrap_or(&Value::Null));
            array(field, column)
        });
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays.collect()).map_err(io::Error::other)?;
        writer.write(&batch).map_err(io_error)?;
    }
    writer.close().map(drop).map_err(io_error)
}

/// What the system said, where it was the system.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

fn list_type() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)))
}

fn array<'a>(field: &Field, column: impl Iterator<Item = &'a Value>) -> ArrayRef {
    let is_nullable = field.is_nullable();
    match field.data_type() {
        DataType::Int64 => {
            let numbers = column.map(|value| value.as_i64().or((!is_nullable).then_some(0)));
            Arc::new(numbers.collect::<Int64Array>())
        }
        DataType::Float64 => Arc::new(column.map(Value::as_f64).collect::<Float64Array>()),
        DataType::Boolean => Arc::new(column.map(Value::as_bool).collect::<BooleanArray>()),
        DataType::List(_) => {
            let mut builder = ListBuilder::new(StringBuilder::new());
            for value in column {
                let items = value.as_array();
                items.into_iter().flatten().for_each(|item| builder.values().append_value(text_of(item)));
                builder.append(items.is_some() || !is_nullable);
            }
            Arc::new(builder.finish())
        }
        _ => {
            let texts = column.map(|value| (!is_nullable || !value.is_null()).then(|| text_of(value)));
            Arc::new(texts.collect::<StringArray>())
        }
    }
}

/// The kind that all values of a column of others have in common.
fn kind_of(rows: &[Row], name: &str) -> Extra {
    let kinds = rows.iter().filter_map(|row| row.extra.get(name)).filter_map(|value| {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => Extra::Flag,
            Value::Number(number) if Number::is_i64(number) => Extra::Whole,
            Value::Number(_) => Extra::Number,
            Value::String(_) => Extra::Text,
            Value::Array(items) if items.iter().all(Value::is_string) => Extra::List,
            _ => Extra::Other,
        })
    });
    let common = |one: Extra, other: Extra| match (one, other) {
        (one, other) if one == other => one,
        (Extra::Whole | Extra::Number, Extra::Whole | Extra::Number) => Extra::Number,
        _ => Extra::Other,
    };
    kinds.reduce(common).unwrap_or(Extra::Text)
}
