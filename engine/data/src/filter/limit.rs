//! Limits, and how they are typed.

use std::fmt;

use super::column::Column;
use super::error::{FilterError, LimitFault};

/// What a column is held to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// At least this.
    Min(f64),
    /// At most this.
    Max(f64),
    /// Among the best share of the rows, above 0 up to 1.
    Best(f64),
}

/// A column and what it is held to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The column.
    pub column: Column,
    /// What it is held to.
    pub bound: Bound,
}

impl Limit {
    /// `vqa_overall=40`: at least that.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn min(text: &str) -> Result<Self, FilterError> {
        let (column, value) = parts(text)?;
        Ok(Self { column, bound: Bound::Min(value) })
    }

    /// `jerk=1.2`: at most that.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn max(text: &str) -> Result<Self, FilterError> {
        let (column, value) = parts(text)?;
        Ok(Self { column, bound: Bound::Max(value) })
    }

    /// `vqa_technical=0.8`, or `0.8` alone for the overall quality: the best so many.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn best(text: &str) -> Result<Self, FilterError> {
        let (column, share) = if text.contains('=') { parts(text)? } else { (Column::VqaOverall, number(text, text)?) };
        if !(share > 0.0 && share <= 1.0) {
            return Err(FilterError::Limit { text: text.to_owned(), detail: LimitFault::Share });
        }
        Ok(Self { column, bound: Bound::Best(share) })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.column.name();
        match self.bound {
            Bound::Min(value) => write!(f, "{name} >= {value}"),
            Bound::Max(value) => write!(f, "{name} <= {value}"),
            Bound::Best(share) => write!(f, "{name} in best {share}"),
        }
    }
}

fn parts(text: &str) -> Result<(Column, f64), FilterError> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(FilterError::Limit { text: text.to_owned(), detail: LimitFault::NoValue });
    };
    let name = name.trim();
    let column = Column::named(name).ok_or_else(|| FilterError::Column {
        name: name.to_owned(),
        known: Column::ALL.map(Column::name).join(", "),
    })?;
    Ok((column, number(value, text)?))
}

fn number(value: &str, text: &str) -> Result<f64, FilterError> {
    let value = value.trim().parse().ok().filter(|value: &f64| value.is_finite());
    value.ok_or_else(|| FilterError::Limit { text: text.to_owned(), detail: LimitFault::Number })
}
