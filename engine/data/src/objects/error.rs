//! Why an object could not be read or written. Every message says what to do; none holds a key or a signature.

use std::path::PathBuf;

use hummingbird_base::message::{self, Detail, Message};
use hummingbird_base::{Action, Cancelled};
use thiserror::Error;

/// What went wrong with an object in a store.
#[derive(Debug, Error, Message)]
#[message("object")]
#[non_exhaustive]
pub enum ObjectError {
    /// The owner stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A text that is no address.
    #[error("{text:?} is no address of an object ({detail}): write one such as s3://bucket/folder/clip.mp4")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        detail: AddressFault,
    },
    /// The environment does not say how to reach the store.
    #[error("objects cannot be reached ({detail}): correct the variables AWS_* of the environment")]
    Settings {
        /// What is wrong.
        detail: StoreSettingsFault,
    },
    /// There is no such object.
    #[error("{address} is not there: see whether the name is right")]
    Missing {
        /// The object.
        address: String,
    },
    /// The keys do not open it.
    #[error(
        "the store refuses {address} (status {status}, {detail}): see whether AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION are right and may do this"
    )]
    Refused {
        /// The object.
        address: String,
        /// The status.
        status: u16,
        /// What the store said.
        detail: String,
    },
    /// A status that stays a failure.
    #[error(
        "the store answered {status} for {address} ({detail}): try again later, or see whether AWS_ENDPOINT_URL and AWS_REGION are right"
    )]
    Status {
        /// The object.
        address: String,
        /// The status.
        status: u16,
        /// What the store said.
        detail: String,
    },
    /// Nothing answers there.
    #[error(
        "the store of {address} cannot be reached ({detail}): see whether AWS_ENDPOINT_URL and the network are right"
    )]
    Unreachable {
        /// The object.
        address: String,
        /// What stopped the last attempt.
        detail: Detail,
    },
    /// What came is not what a store sends.
    #[error("the store does not answer for {address} as S3 does ({detail}): see whether AWS_ENDPOINT_URL is right")]
    Nonsense {
        /// The object.
        address: String,
        /// What came.
        detail: ObjectFault,
    },
    /// Somebody replaced it while it was read.
    #[error("{address} changes while it is read: wait until whatever writes it is done, and try again")]
    Changed {
        /// The object.
        address: String,
    },
    /// It is larger than what is asked for can be.
    #[error("{address} has {bytes} bytes, which is more than {most_bytes}: see whether the name is right")]
    TooLarge {
        /// The object.
        address: String,
        /// Its size.
        bytes: u64,
        /// Most that are read.
        most_bytes: u64,
    },
    /// The copy on this machine failed.
    #[error("cannot {action} {path:?}: {source}")]
    Io {
        /// What was tried.
        action: Action,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl ObjectError {
    /// Whether it is about one object, so that the next one may go better.
    pub(crate) fn is_about_one(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. }
                | Self::Address { .. }
                | Self::Refused { .. }
                | Self::TooLarge { .. }
                | Self::Changed { .. }
        )
    }
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("object-address")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum AddressFault {
    #[error("it does not begin with s3://")]
    Scheme,
    #[error("no bucket has such a name")]
    Bucket,
    #[error("no object has such a key")]
    Key,
}

/// What is wrong with the environment.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("store-settings")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum StoreSettingsFault {
    #[error("{variable} is no address of a server such as https://minio.example.org:9000")]
    Endpoint { variable: String },
    #[error("{set} is set and {missing} is not")]
    HalfKey { set: String, missing: String },
    #[error("{variable} is not text")]
    NotText { variable: String },
    #[error("the bucket {bucket:?} has no address at this server")]
    Bucket { bucket: String },
}

/// What came instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("object-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum ObjectFault {
    #[error("it does not say how long the object is")]
    NoLength,
    #[error("it sends another range than the one that was asked for")]
    Range,
    #[error("it says nothing of the upload in parts")]
    NoUpload,
    #[error("it gives no tag for a part")]
    NoTag,
    #[error("its list cannot be read")]
    List,
}

/// Words of a store, on one line, without what a terminal would obey.
pub(super) fn printable(text: &str) -> String {
    let one_line: String = text.chars().map(|it| if it.is_whitespace() { ' ' } else { it }).collect();
    one_line.chars().filter(|it| !it.is_control()).take(200).collect::<String>().trim().to_owned()
}
