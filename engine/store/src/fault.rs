//! What is wrong with names, lists, addresses and transfers, as parts of [`StoreError`](crate::StoreError).

use hummingbird_base::message::{self, Message};
use thiserror::Error;

/// Why a name cannot be that of a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("name-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum NameFault {
    #[error("it is empty or too long")]
    Length,
    #[error("it has a character that paths are made of")]
    PathCharacter,
    #[error("it has an invisible character")]
    InvisibleCharacter,
    #[error("it begins with a dot or a space, or ends with one")]
    DotOrSpace,
    #[error("it is a device on Windows")]
    WindowsDevice,
    #[error("this program keeps its own notes under such names")]
    OwnNotes,
}

/// Why an address is none.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("address-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum AddressFault {
    #[error("{scheme}: is neither https nor http")]
    Scheme { scheme: String },
    #[error("it has a query or fragment")]
    Query,
}

/// A place in a file of settings.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("place")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their words say it")]
pub enum Place {
    #[error("line {line}")]
    Line { line: usize },
    #[error("{name:?}")]
    Field { name: &'static str },
    #[error("the entry {id:?}")]
    Entry { id: String },
    #[error("the file {name:?}")]
    File { name: String },
}

/// What is wrong with the user's list of models.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("catalogue-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum CatalogueFault {
    #[error("it is {found}, and this program knows up to {known}")]
    Schema { found: u64, known: u64 },
    #[error("it is new and lacks {field:?}")]
    Lacks { field: &'static str },
    #[error("an id is made of letters, digits, '-', '_' and '.'")]
    Id,
    #[error("the repository {repository:?} is not \"owner/name\"")]
    Repository { repository: String },
    #[error("the revision {revision:?} is no commit, branch or tag")]
    Revision { revision: String },
    #[error("it has no file")]
    NoFile,
    #[error("a text has a control character")]
    ControlCharacter,
    #[error("the licence's url begins with neither https:// nor http://")]
    LicenceUrl,
    #[error("{path:?} is no path in a repository")]
    Path { path: String },
    #[error("{name:?} cannot be the name of a model file ({fault}): choose a plain file name")]
    Name { name: String, fault: NameFault },
    #[error("{url:?} is no address of a file: it begins with https:// or http:// and has no name or password")]
    Url { url: String },
    #[error("the sha256 of {path:?} is not 64 lower-case hexadecimal digits")]
    Sha256 { path: String },
    #[error("the size of {path:?} cannot be")]
    Size { path: String },
    #[error("two models would be kept under that name")]
    TwoModels,
}

/// Why a transfer broke off, cannot be, or is tried again.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("transfer-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum TransferFault {
    #[error("the answer was empty")]
    EmptyAnswer,
    #[error("the file was empty")]
    EmptyFile,
    #[error("two answers came")]
    TwoAnswers,
    #[error("the connection broke off")]
    BrokeOff,
    #[error("no connection came about")]
    NoConnection,
    #[error("the host was not found")]
    NoHost,
    #[error("nothing came for {stall_secs} s")]
    Stalled { stall_secs: f32 },
    #[error("the server has too many requests (status 429)")]
    TooManyRequests,
    #[error("the server has trouble (status {status})")]
    ServerTrouble { status: u16 },
    #[error("the proxy wants a login")]
    ProxyLogin,
    #[error("the proxy {proxy:?}: {detail}")]
    Proxy { proxy: String, detail: String },
    #[error("it sends the file coded as {coding}")]
    Coded { coding: String },
    #[error("it does not say how long the file is")]
    NoLength,
    #[error("it sends a part where the whole was asked for")]
    UnaskedPart,
    #[error("the server's part does not continue what is here: starting over")]
    OtherPart,
    #[error("the server has no such part: starting over")]
    NoSuchPart,
    #[error("no thread: {detail}")]
    NoThread { detail: String },
    #[error("the download thread has gone")]
    ThreadGone,
    #[error("it is longer than anything that was expected")]
    TooLong,
    #[error("{tag:?} is no version")]
    NoVersion { tag: String },
    #[error("{page:?} is no address of a page")]
    NoPage { page: String },
}

/// What came instead of a model.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("mistaken")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their words say it")]
pub enum NoModel {
    #[error("the pointer of Git LFS that stands for it")]
    LfsPointer,
    #[error("something packed by {packing}")]
    Packed { packing: &'static str },
    #[error("a document of XML ({begin})")]
    Xml { begin: String },
    #[error("a message of JSON ({begin})")]
    Json { begin: String },
    #[error("a text ({begin})")]
    Text { begin: String },
}
