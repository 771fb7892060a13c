//! What is wrong with limits as they are typed.

use hummingbird_base::message::{self, Message};
use thiserror::Error;

/// Why clips cannot be chosen so.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("filter")]
#[non_exhaustive]
pub enum FilterError {
    /// A limit that cannot be read.
    #[error("the limit {text:?} cannot be used ({detail}): write one such as vqa_overall=40")]
    Limit {
        /// What was typed.
        text: String,
        /// What is wrong with it.
        detail: LimitFault,
    },
    /// A column without numbers, or none.
    #[error("a manifest has no column of numbers {name:?}; it has: {known}")]
    Column {
        /// What was typed.
        name: String,
        /// What there is.
        known: String,
    },
}

/// What is wrong with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("limit")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum LimitFault {
    #[error("it has no = between column and value")]
    NoValue,
    #[error("its value is no number")]
    Number,
    #[error("a share is above 0 and at most 1")]
    Share,
}
