//! A client of language models: chat completions of any OpenAI-compatible server, on this machine or another one.
//!
//! [`ServerSettings`] say which server; [`ChatClient::ask`] sends a [`ChatRequest`] and gives the [`ChatAnswer`], or a [`ChatError`]
//! that says what to do. Each exchange runs on a thread of its own, so that a cancel acts at once. [`prose`] is what is accepted of an
//! answer that is to be plain English. Not here: what is asked (`hummingbird_engine::jobs::enhance`, `hummingbird_data::caption`).
//! Start reading at `client.rs`.

mod address;
mod answer;
mod client;
mod error;
mod exchange;
pub mod prose;
mod request;
mod settings;

pub use address::Address;
pub use answer::{ChatAnswer, Usage};
pub use client::{ChatClient, ChatOptions};
pub use error::{AnswerFault, AnswerUnfit, ChatError, ConnectionFault, KeySourceFault, ServerAddressFault};
pub use request::{ChatRequest, Part, Picture, Role, Turn};
pub use settings::{ApiKey, KeySource, ServerSettings};
