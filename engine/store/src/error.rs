//! Why the model store could not do what it was asked to. Every message says what to do.

use std::path::PathBuf;

use hummingbird_base::Action;
use hummingbird_base::message::{self, Detail, Message};
use thiserror::Error;

use crate::fault::{NameFault, NoModel, Place};

use hummingbird_base::kept::KeptError;
use hummingbird_base::{Cancelled, NoFolders};

/// What went wrong with models on disk, their catalogue, or a download.
#[derive(Debug, Error, Message)]
#[message("store")]
#[non_exhaustive]
pub enum StoreError {
    /// The owner stopped it; what has arrived is kept.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The system names no folder for a user's data.
    #[error(transparent)]
    NoFolder(#[from] NoFolders),
    /// A file of the program's own that must not be written over.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// The index of the models folder is damaged.
    #[error(
        "{path:?} is damaged ({detail}): what can be read of it is used, and the file is kept under another name before a new \
         one is written"
    )]
    DamagedIndex {
        /// The index.
        path: PathBuf,
        /// What is wrong with it.
        detail: Detail,
    },
    /// A file that something else writes into.
    #[error("{path:?} changes while it is read: wait until whatever writes it is done, and try again")]
    Changing {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("cannot {action} {path:?}: {source}")]
    Io {
        /// What was tried.
        action: Action,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of settings, written by the user, that cannot be read.
    #[error("{path:?} is wrong at {place} ({detail}): correct it, or delete the file to have what is built in")]
    BadFile {
        /// The file.
        path: PathBuf,
        /// The line, or the entry.
        place: Place,
        /// What is wrong there.
        detail: Detail,
    },
    /// A model that the catalogue does not have.
    #[error("there is no model {id:?} to get; there are: {known}")]
    UnknownModel {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// A file that the models folder does not have.
    #[error("the models folder has no {name:?}: `hummingbird models list` shows what is there")]
    NotHere {
        /// What was asked for.
        name: String,
    },
    /// A name that could lead out of the models folder, or that some system cannot write.
    #[error("{name:?} cannot be the name of a model file ({detail}): choose a plain file name")]
    UnsafeName {
        /// The name.
        name: String,
        /// What is wrong with it.
        detail: NameFault,
    },
    /// An address that is none.
    #[error("{text:?} is no address to get models from ({detail}): write one such as https://huggingface.co")]
    Endpoint {
        /// What was given.
        text: String,
        /// What is wrong with it.
        detail: Detail,
    },
    /// The licence of the weights was not accepted yet.
    #[error("these weights are under {licence} ({url}): read it, and get them with --accept-licence if you accept it")]
    LicenceNotAccepted {
        /// Name of the licence.
        licence: String,
        /// Where to read it.
        url: String,
    },
    /// Another process (or another window) is getting the same file.
    #[error("{file:?} is being downloaded already: wait for that download, or stop it first")]
    Busy {
        /// The file.
        file: String,
    },
    /// The disk has not enough room.
    #[error(
        "{folder:?} has {free_bytes} bytes free where {needed_bytes} are needed: make room and start again; what has arrived is kept"
    )]
    DiskFull {
        /// The models folder.
        folder: PathBuf,
        /// Bytes that are still to be written, with a reserve.
        needed_bytes: u64,
        /// Bytes that are free.
        free_bytes: u64,
    },
    /// The server wants a login.
    #[error(
        "{url} is not open to everyone (status {status}): get the file from its page in a browser and put it into the \
         models folder"
    )]
    Refused {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// The server does not have the file.
    #[error(
        "{url} does not exist (status {status}): it may have moved, or a mirror lacks it; see the repository's page, and \
         correct catalogue.json or the endpoint"
    )]
    Gone {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// An answer that means nothing to a download.
    #[error("{url} answered with status {status}: try later, or another endpoint")]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// Tried again and again without getting on.
    #[error(
        "{url} gave nothing more after {attempts} attempts ({detail}): see whether the network works; what has arrived is \
         kept and the same download goes on"
    )]
    Stuck {
        /// The address.
        url: String,
        /// Attempts in a row that brought nothing.
        attempts: u32,
        /// What stopped the last one.
        detail: Detail,
    },
    /// Broken off again and again by a server that gives no way to go on. Nothing was kept.
    #[error(
        "{url} did not send the whole file after {attempts} attempts ({detail}), and the server names no mark by which a download \
         can go on: nothing was kept; try again when the network is better, or another endpoint"
    )]
    NoResume {
        /// The address.
        url: String,
        /// Attempts in a row that brought nothing new.
        attempts: u32,
        /// What stopped the last one.
        detail: Detail,
    },
    /// The connection cannot work, however often it is tried.
    #[error("{url} cannot be reached ({detail}): see whether a proxy or certificate is missing on this system")]
    Unreachable {
        /// The address.
        url: String,
        /// What is wrong.
        detail: Detail,
    },
    /// A page for people came where a file should.
    #[error(
        "{url} sent a web page instead of the file: the network may want a login (open it in a browser), or the endpoint is \
         wrong"
    )]
    WebPage {
        /// The address.
        url: String,
    },
    /// Something else than a model came, whatever its type says.
    #[error(
        "{url} sent {what} instead of the model: nothing of it was kept; see the repository's page in a browser, and correct \
         catalogue.json or the endpoint"
    )]
    NotAModel {
        /// The address.
        url: String,
        /// What came, with its first words.
        what: NoModel,
    },
    /// What the server says does not fit together.
    #[error("{url} does not answer as a file server does ({detail}): try another endpoint")]
    Protocol {
        /// The address.
        url: String,
        /// What does not fit.
        detail: Detail,
    },
    /// A file of another size than the catalogue says, or than the server said.
    #[error(
        "{file:?} should have {expected_bytes} bytes and has {found_bytes}: the server has another file; try another endpoint"
    )]
    WrongSize {
        /// The file.
        file: String,
        /// Bytes that it should have.
        expected_bytes: u64,
        /// Bytes that were offered or came.
        found_bytes: u64,
    },
    /// A download whose content is not what was promised. It was removed.
    #[error(
        "{file:?} arrived damaged or changed (SHA-256 {found} where {expected} is right) and was removed: get it again; if \
         that repeats, try another endpoint"
    )]
    WrongDownload {
        /// The file.
        file: String,
        /// The right hash.
        expected: String,
        /// The hash of what came.
        found: String,
    },
    /// A file in the models folder that is not what it should be. It is left where it is.
    #[error(
        "{file:?} is not the file that was released (SHA-256 {found} where {expected} is right): remove it and get it again"
    )]
    WrongFile {
        /// The file.
        file: String,
        /// The right hash.
        expected: String,
        /// Its hash.
        found: String,
    },
    /// A file cannot come back because there is one of its name.
    #[error("there is a file {name:?} again: remove it before the old one is brought back")]
    Taken {
        /// The name.
        name: String,
    },
}
