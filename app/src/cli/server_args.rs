//! Which language model's server a command asks, on top of what is set in the window.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hummingbird_engine::chat::{ChatOptions, KeySource, ServerSettings};

use super::parse;
use super::progress::Display;
use crate::sentences::detail_in_words;

/// Which server is asked.
#[derive(Args, Debug, Default)]
pub struct ServerArgs {
    /// Address of an OpenAI-compatible server, for example http://127.0.0.1:11434; without it, the one that is set in the window.
    #[arg(long, value_name = "ADDRESS")]
    pub server: Option<String>,
    /// Variable of the environment that holds the server's key.
    #[arg(long, value_name = "VARIABLE", conflicts_with = "server_key_file")]
    pub server_key_variable: Option<String>,
    /// File that holds the server's key, and nothing else.
    #[arg(long, value_name = "FILE")]
    pub server_key_file: Option<PathBuf>,
    /// Most time for an answer, for example 5m.
    #[arg(long, value_name = "TIME", value_parser = parse::seconds)]
    pub server_timeout: Option<f64>,
}

/// The same with its language model, where `--model` is that of a clip.
#[derive(Args, Debug, Default)]
pub struct NamedServerArgs {
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Language model of the server; without it the first that it lists.
    #[arg(long, value_name = "NAME")]
    pub server_model: Option<String>,
}

impl NamedServerArgs {
    /// See [`ServerArgs::settings`].
    pub(super) fn settings(&self, kept: ServerSettings) -> ServerSettings {
        self.server.settings(self.server_model.as_ref(), kept)
    }
}

impl ServerArgs {
    /// What was typed, with a language model, on top of what is set in the window. A key of the window is for its own server alone.
    pub(super) fn settings(&self, model: Option<&String>, kept: ServerSettings) -> ServerSettings {
        let Self { server, server_key_variable, server_key_file, .. } = self;
        let kept = match server {
            Some(address) if address.trim() != kept.address.trim() => {
                ServerSettings { address: address.clone(), ..ServerSettings::default() }
            }
            _ => kept,
        };
        let key = match (server_key_variable, server_key_file) {
            (Some(variable), _) => KeySource::Variable(variable.clone()),
            (None, Some(path)) => KeySource::File(path.clone()),
            (None, None) => kept.key,
        };
        ServerSettings { address: kept.address, model: model.cloned().unwrap_or(kept.model), key }
    }

    /// How it is asked.
    pub(super) fn options(&self) -> ChatOptions {
        let options = ChatOptions::default();
        ChatOptions {
            answer_timeout: self.server_timeout.map_or(options.answer_timeout, Duration::from_secs_f64),
            ..options
        }
    }
}

/// The server that is set in the window.
pub(super) fn kept_server(display: &Display) -> anyhow::Result<ServerSettings> {
    // Those without folders can still name a server.
    let Ok(folders) = crate::folders() else { return Ok(ServerSettings::default()) };
    let kept = ServerSettings::read(&folders)?;
    if let Some(damage) = &kept.damage {
        display.warn(&format!(
            "the settings of the server are damaged ({}); what can be read is used",
            detail_in_words(damage)
        ));
    }
    Ok(kept.value)
}

#[cfg(test)]
mod tests {
    use hummingbird_engine::chat::ApiKey;

    use super::*;

    #[test]
    fn options_are_taken_before_settings_and_a_key_stays_with_its_server() {
        let kept = ServerSettings {
            address: "http://a".to_owned(),
            model: "m".to_owned(),
            key: KeySource::Typed(ApiKey::new("sk")),
        };
        let at = |address: &str| ServerArgs { server: Some(address.to_owned()), ..ServerArgs::default() };
        assert_eq!(NamedServerArgs::default().settings(kept.clone()), kept);
        let named = NamedServerArgs { server: at("http://a"), server_model: Some("n".to_owned()) };
        assert_eq!(named.settings(kept.clone()), ServerSettings { model: "n".to_owned(), ..kept.clone() });
        let expected = ServerSettings { address: "http://b".to_owned(), ..ServerSettings::default() };
        assert_eq!(at("http://b").settings(None, kept.clone()), expected);
        let variable = ServerArgs { server_key_variable: Some("KEY".to_owned()), ..ServerArgs::default() };
        assert_eq!(variable.settings(None, kept).key, KeySource::Variable("KEY".to_owned()));
        assert_eq!(ServerArgs::default().options().answer_timeout, ChatOptions::default().answer_timeout);
    }
}
