//! Why a question got no answer. Every message says what to do; none holds a key.

use std::path::PathBuf;

use hummingbird_base::Cancelled;
use hummingbird_base::message::{self, Detail, Message};
use thiserror::Error;

/// What went wrong between a question and its answer.
#[derive(Clone, Debug, PartialEq, Error, Message)]
#[message("chat")]
#[non_exhaustive]
pub enum ChatError {
    /// The owner stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// No server was named.
    #[error("no server is set: give the address of one that speaks OpenAI's protocol, such as http://127.0.0.1:11434")]
    NoServer,
    /// An address that is none.
    #[error("{text:?} is no address of a server ({detail}): write one such as http://127.0.0.1:11434")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        detail: Detail,
    },
    /// The key is not where it was said to be.
    #[error("the key for the server cannot be used ({detail}): correct where the key is, or take it away")]
    Key {
        /// What is wrong.
        detail: KeySourceFault,
    },
    /// Nothing answers there.
    #[error("{server} cannot be reached ({detail}): see whether the server runs and the address is right")]
    Unreachable {
        /// The server.
        server: String,
        /// What stopped the last attempt.
        detail: Detail,
    },
    /// The server wants another key.
    #[error("{server} refuses the request (status {status}): see whether it wants a key, and whether the key is right")]
    Refused {
        /// The server.
        server: String,
        /// The status.
        status: u16,
    },
    /// The server does not have the model.
    #[error("{server} has no model {model:?}; it has: {known}")]
    NoModel {
        /// The server.
        server: String,
        /// What was asked for.
        model: String,
        /// What there is.
        known: String,
    },
    /// The server has no model at all.
    #[error("{server} lists no model: load one there, or write its name")]
    NoModels {
        /// The server.
        server: String,
    },
    /// The server has too much to do.
    #[error("{server} has too many requests (status 429): wait {wait_secs} s and try again")]
    Busy {
        /// The server.
        server: String,
        /// How long to wait, in seconds.
        wait_secs: f32,
    },
    /// A status that means nothing to a question.
    #[error(
        "{server} answered with status {status} ({detail}): see whether the address is right and the server is well"
    )]
    Status {
        /// The server.
        server: String,
        /// The status.
        status: u16,
        /// What the server said.
        detail: String,
    },
    /// No whole answer in time.
    #[error("{server} did not answer within {limit_secs} s: choose a smaller model there, or allow more time")]
    TooSlow {
        /// The server.
        server: String,
        /// The time that it had, in seconds.
        limit_secs: f32,
    },
    /// What came is no answer.
    #[error(
        "{server} does not answer as an OpenAI-compatible server does ({detail}): see whether the address is right"
    )]
    Nonsense {
        /// The server.
        server: String,
        /// What came.
        detail: AnswerFault,
    },
    /// The answer ended at the limit of its length.
    #[error("the answer was cut off after {most_tokens} tokens: try again, or choose a model that says less")]
    CutOff {
        /// Most tokens that it was allowed.
        most_tokens: u32,
    },
    /// More than any answer needs.
    #[error("{server} sent more than {most_bytes} bytes: see whether the address is right")]
    TooLarge {
        /// The server.
        server: String,
        /// Most bytes that are read.
        most_bytes: u64,
    },
}

/// What is wrong with the address of a server.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("server-address")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum ServerAddressFault {
    #[error("it begins with neither https:// nor http://")]
    Scheme,
    #[error("it has a name or a password; the key has a place of its own")]
    Login,
    #[error("it has a query or fragment")]
    Query,
    #[error("it is too long")]
    Length,
}

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("key-source")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum KeySourceFault {
    #[error("the environment has no variable {variable}")]
    NoVariable { variable: String },
    #[error("the file {path:?} cannot be read: {detail}")]
    File { path: PathBuf, detail: String },
    #[error("the file {path:?} is too large for a key")]
    LargeFile { path: PathBuf },
    #[error("it is empty")]
    Empty,
    #[error("it has a character that no key has, such as a line break or a space")]
    Character,
}

/// Why no exchange came about.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("connection-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum ConnectionFault {
    #[error("no connection came about")]
    NoConnection,
    #[error("the host was not found")]
    NoHost,
    #[error("the connection broke off")]
    BrokeOff,
    #[error("it leads from one address to the next without end")]
    Redirects,
    #[error("it leads to an address that cannot be followed")]
    Redirect,
    #[error("the thread of the connection has gone")]
    ThreadGone,
}

/// What came instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("answer-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their words say it")]
pub enum AnswerFault {
    #[error("a web page came")]
    WebPage,
    #[error("it is no JSON")]
    NotJson,
    #[error("it is not in UTF-8")]
    NotText,
    #[error("it has no choices")]
    NoChoices,
    #[error("its first choice has no text")]
    NoText,
    #[error("it is coded as {coding}")]
    Coded { coding: String },
    #[error("it says: {said}")]
    Says { said: String },
    #[error("a filter of the server held it back")]
    Filtered,
}

/// Why an answer is not the text that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("answer-unfit")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum AnswerUnfit {
    #[error("it is empty")]
    Empty,
    #[error("it has {tokens} tokens, and the model reads {most_tokens}")]
    Long { tokens: usize, most_tokens: usize },
    #[error("it is not made of letters")]
    NoLetters,
    #[error("it is not in English")]
    NotEnglish,
    #[error("it is a list")]
    List,
    #[error("it has a wildcard that the prompt does not have: {wildcard}")]
    Wildcard { wildcard: String },
    #[error("the model declines to answer")]
    Declined,
    #[error("it talks to whoever asked, beside the text or instead of it")]
    Talk,
    #[error("it breaks off in the middle of a sentence")]
    BreaksOff,
}

/// Words of a server, on one line, without what a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    let one_line: String = text.chars().map(|it| if it.is_whitespace() { ' ' } else { it }).collect();
    one_line.chars().filter(|it| !it.is_control()).take(200).collect::<String>().trim().to_owned()
}
