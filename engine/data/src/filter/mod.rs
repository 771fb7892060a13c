//! Which clips are kept: limits on columns, absolute or by share, and what earlier stages found. Rows get their reasons and `keep`; none
//! goes away.
//!
//! `column` is the table of what can be limited, `limit` reads limits as they are typed, `summary` counts. Begin with [`filter`].

mod column;
mod error;
mod limit;
mod summary;
#[cfg(test)]
mod tests;

pub use column::Column;
pub use error::{FilterError, LimitFault};
pub use limit::{Bound, Limit};
pub use summary::{ColumnSummary, FilterSummary, LimitSummary, ReasonSummary};

use crate::manifest::Row;

/// Why a row with an error is dropped.
pub const ERROR_REASON: &str = "error";

/// The column of what a person decided, whatever the limits say: `true` keeps a row that can be read, `false` drops it.
pub const BY_HAND: &str = "by_hand";

/// What a person decided about a row; tables of text have it as text.
pub fn by_hand(row: &Row) -> Option<bool> {
    let value = row.extra.get(BY_HAND)?;
    value.as_bool().or_else(|| match value.as_str()?.trim().to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    })
}

/// How clips are chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterOptions {
    /// Limits; a row is held to each of them by itself, so that their order does not matter.
    pub limits: Vec<Limit>,
    /// Reasons that drop nothing, by their first word: `static`, `duplicate`, `error`. They stay beside the row.
    pub ignored: Vec<String>,
    /// Whether rows without a value in a limited column pass that limit.
    pub keep_unknown: bool,
}

/// Sets `reasons` and `keep` of all rows, and counts. Filtering again with other limits gives what the last ones alone give.
pub fn filter(rows: &mut [Row], options: &FilterOptions) -> FilterSummary {
    for row in rows.iter_mut() {
        row.reasons.retain(|reason| !is_ours(reason));
        if row.error.is_some() {
            row.reasons.push(ERROR_REASON.to_owned());
        }
        if by_hand(row) == Some(false) {
            row.reasons.push(BY_HAND.to_owned());
        }
    }
    let mut limits = Vec::with_capacity(options.limits.len());
    for limit in &options.limits {
        limits.push(apply(rows, limit, options.keep_unknown));
    }
    for row in rows.iter_mut() {
        let stays = !row.reasons.iter().any(|reason| drops(reason, &options.ignored));
        row.keep = Some(by_hand(row).map_or(stays, |kept| kept && row.error.is_none()));
    }
    summary::of(rows, options, limits)
}

/// Whether a reason drops a row.
pub(crate) fn drops(reason: &str, ignored: &[String]) -> bool {
    !ignored.iter().any(|name| is_named(reason, name))
}

/// Whether `name` is the front of a reason, up to a word's end.
fn is_named(reason: &str, name: &str) -> bool {
    reason.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|it: char| it.is_alphanumeric() || it == '_'))
}

/// Whether an earlier filtering wrote a reason.
fn is_ours(reason: &str) -> bool {
    let Some((name, rest)) = reason.split_once(' ') else { return [ERROR_REASON, BY_HAND].contains(&reason) };
    Column::named(name).is_some() && ["< ", "> ", "not in best ", "unknown"].iter().any(|it| rest.starts_with(it))
}

/// Holds all rows to one limit.
fn apply(rows: &mut [Row], limit: &Limit, keep_unknown: bool) -> LimitSummary {
    let Limit { column, bound } = limit;
    let name = column.name();
    let mut dropped = 0;
    let mut note = |row: &mut Row, reason: String| {
        dropped += 1;
        row.reasons.push(reason);
    };
    for row in rows.iter_mut() {
        match column.value(row) {
            // What has an error has a reason already.
            None if keep_unknown || row.error.is_some() => {}
            None => {
                let reason = format!("{name} unknown");
                if !row.reasons.contains(&reason) {
                    note(row, reason);
                }
            }
            Some(value) => match *bound {
                Bound::Min(least) if value < least => note(row, format!("{name} < {least}")),
                Bound::Max(most) if value > most => note(row, format!("{name} > {most}")),
                Bound::Min(_) | Bound::Max(_) | Bound::Best(_) => {}
            },
        }
    }
    let mut at = match *bound {
        Bound::Min(value) | Bound::Max(value) => Some(value),
        Bound::Best(_) => None,
    };
    if let Bound::Best(share) = *bound {
        let (worse, last_kept) = outside_best(rows, *column, share);
        at = last_kept;
        for index in worse {
            note(&mut rows[index], format!("{name} not in best {share}"));
        }
    }
    LimitSummary { limit: limit.to_string(), column: name, at, dropped }
}

/// The rows that are not among the best share of a column, and the value of the last that is. Of n rows with a value and without an
/// error `ceil(share * n)` are kept; equal values go by id, path and first frame.
fn outside_best(rows: &[Row], column: Column, share: f64) -> (Vec<usize>, Option<f64>) {
    let readable = rows.iter().enumerate().filter(|(_, row)| row.error.is_none());
    let mut ranked: Vec<(f64, usize)> = readable.filter_map(|(index, row)| Some((column.value(row)?, index))).collect();
    let by_value = |a: f64, b: f64| if column.is_better_high() { b.total_cmp(&a) } else { a.total_cmp(&b) };
    let key = |index: usize| (&rows[index].id, &rows[index].path, rows[index].start_frame, index);
    ranked.sort_unstable_by(|a, b| by_value(a.0, b.0).then_with(|| key(a.1).cmp(&key(b.1))));
    // The small number takes away what products such as 0.07 * 100 have too much.
    let kept = ((share * ranked.len() as f64 - 1e-9).ceil().max(1.0) as usize).min(ranked.len());
    let mut worse: Vec<usize> = ranked.drain(kept..).map(|(_, index)| index).collect();
    worse.sort_unstable();
    (worse, ranked.last().map(|it| it.0))
}
