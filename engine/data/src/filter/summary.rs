//! What a filtering did, in numbers.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Column, FilterOptions, drops};
use crate::manifest::Row;

/// What a filtering did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FilterSummary {
    /// All rows.
    pub rows: usize,
    /// Rows that are kept.
    pub kept: usize,
    /// Rows that are dropped.
    pub dropped: usize,
    /// How long what is kept lasts, in seconds.
    pub kept_secs: f64,
    /// Why rows are dropped, the most frequent first.
    pub reasons: Vec<ReasonSummary>,
    /// The limits, in the order in which they were given.
    pub limits: Vec<LimitSummary>,
    /// Columns with a number in at least one row.
    pub columns: Vec<ColumnSummary>,
}

/// How often a reason is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReasonSummary {
    /// The reason.
    pub reason: String,
    /// Rows that have it.
    pub rows: usize,
    /// Rows that are dropped for it alone.
    pub alone: usize,
    /// Whether it drops nothing, as the options say.
    pub ignored: bool,
}

/// What a limit did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LimitSummary {
    /// The limit in words.
    pub limit: String,
    /// Its column.
    pub column: &'static str,
    /// The value where it lies: of a share, that of the last row that is kept.
    pub at: Option<f64>,
    /// Rows that do not meet it.
    pub dropped: usize,
}

/// The numbers of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// Its name.
    pub column: &'static str,
    /// Rows with a number.
    pub rows: usize,
    /// The smallest.
    pub min: f64,
    /// The one in the middle; of two, the smaller.
    pub median: f64,
    /// The largest.
    pub max: f64,
}

/// Counts filtered rows.
pub(super) fn of(rows: &[Row], options: &FilterOptions, limits: Vec<LimitSummary>) -> FilterSummary {
    let mut reasons: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut kept_secs = 0.0;
    for row in rows {
        let mut dropping = row.reasons.iter().filter(|reason| drops(reason, &options.ignored));
        let alone = dropping.next().filter(|_| dropping.next().is_none());
        for reason in &row.reasons {
            let [rows, alone_rows] = reasons.entry(reason).or_default();
            *rows += 1;
            *alone_rows += usize::from(alone == Some(reason));
        }
        if row.keep == Some(true) {
            kept_secs += Column::Seconds.value(row).unwrap_or(0.0);
        }
    }
    let mut reasons: Vec<ReasonSummary> = reasons
        .into_iter()
        .map(|(reason, [rows, alone])| ReasonSummary {
            reason: reason.to_owned(),
            rows,
            alone,
            ignored: !drops(reason, &options.ignored),
        })
        .collect();
    reasons.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.reason.cmp(&b.reason)));
    let kept = rows.iter().filter(|row| row.keep == Some(true)).count();
    let columns = Column::ALL.into_iter().filter_map(|column| numbers(rows, column)).collect();
    FilterSummary { rows: rows.len(), kept, dropped: rows.len() - kept, kept_secs, reasons, limits, columns }
}

fn numbers(rows: &[Row], column: Column) -> Option<ColumnSummary> {
    let mut values: Vec<f64> = rows.iter().filter_map(|row| column.value(row)).collect();
    let middle = values.len().checked_sub(1)? / 2;
    let (below, median, above) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let median = *median;
    let min = below.iter().copied().fold(median, f64::min);
    let max = above.iter().copied().fold(median, f64::max);
    Some(ColumnSummary { column: column.name(), rows: values.len(), min, median, max })
}

impl fmt::Display for FilterSummary {
    /// Lines for a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, kept, dropped, kept_secs, reasons, limits, .. } = self;
        write!(f, "{kept} of {rows} clips are kept ({kept_secs:.0} s), {dropped} are dropped")?;
        for LimitSummary { limit, at, dropped, .. } in limits {
            write!(f, "\n  {limit}: {dropped} do not meet it")?;
            if let Some(at) = at {
                write!(f, " (at {at})")?;
            }
        }
        if !reasons.is_empty() {
            f.write_str("\nreasons:")?;
        }
        for ReasonSummary { reason, rows, alone, ignored } in reasons {
            write!(f, "\n  {rows:>8}  {reason}")?;
            match (ignored, alone) {
                (true, _) => f.write_str(" (ignored)")?,
                (false, 0) => {}
                (false, alone) => write!(f, " ({alone} for it alone)")?,
            }
        }
        Ok(())
    }
}
