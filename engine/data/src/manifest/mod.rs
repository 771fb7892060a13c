//! Manifests: one row for each clip, in Parquet, CSV or JSON lines.

mod row;

pub use row::Row;
