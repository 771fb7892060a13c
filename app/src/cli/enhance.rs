//! `hummingbird enhance`: a language model writes a prompt out. `generate --enhance` does it on the way to a clip.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use hummingbird_engine::chat::{ChatClient, ChatOptions, KeySource, ServerSettings};
use hummingbird_engine::jobs::enhance::{self, EnhanceError, Enhanced};
use hummingbird_engine::jobs::styles::{Styles, applied};
use hummingbird_engine::kept;
use hummingbird_engine::model::{ModelCard, ModelFile};
use hummingbird_engine::request::RawRequest;
use serde::Serialize;

use super::args::ReportArgs;
use super::interrupt::Interrupt;
use super::progress::{Display, Step};
use super::{models, parse, print};
use crate::sentences::detail_in_words;

/// `hummingbird enhance`.
#[derive(Args, Debug)]
pub struct EnhanceArgs {
    /// The prompt to write out.
    pub prompt: String,
    /// Model that the prompt is for: `nano`, a file, or a name from `hummingbird models list`.
    #[arg(short, long, default_value = "nano")]
    pub model: String,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Which server is asked.
#[derive(Args, Debug)]
pub struct ServerArgs {
    /// Address of an OpenAI-compatible server, for example http://127.0.0.1:11434; without it, the one that is set in the window.
    #[arg(long, value_name = "ADDRESS")]
    pub server: Option<String>,
    /// Language model of the server; without it the first that it lists.
    #[arg(long, value_name = "NAME")]
    pub server_model: Option<String>,
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

impl ServerArgs {
    /// What was typed, on top of what is set in the window. A key of the window is for its own server alone.
    pub(super) fn settings(&self, kept: ServerSettings) -> ServerSettings {
        let Self { server, server_model, server_key_variable, server_key_file, .. } = self;
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
        ServerSettings { address: kept.address, model: server_model.clone().unwrap_or(kept.model), key }
    }

    pub(super) fn options(&self) -> ChatOptions {
        let options = ChatOptions::default();
        ChatOptions {
            answer_timeout: self.server_timeout.map_or(options.answer_timeout, Duration::from_secs_f64),
            ..options
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct EnhanceResult<'a> {
    prompt: &'a str,
    enhanced: &'a str,
    /// Weights and wildcards that the new prompt lacks.
    lost: &'a [String],
    server: String,
    server_model: &'a str,
}

pub(super) fn run(args: &EnhanceArgs) -> anyhow::Result<()> {
    let card = ModelFile::open(&models::source(&args.model))?.card();
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    let (client, enhanced) = asked(&args.server, &args.prompt, &card, &interrupt, &mut display)?;
    display.finish();
    if !args.report.json {
        return print::line(&enhanced.text);
    }
    print::json(&EnhanceResult {
        prompt: &args.prompt,
        enhanced: &enhanced.text,
        lost: &enhanced.lost,
        server: client.server(),
        server_model: &enhanced.model,
    })
}

/// Has a prompt written out on the way to a clip, and says what came of it.
pub(super) fn ask(
    args: &ServerArgs,
    prompt: &str,
    card: &ModelCard,
    interrupt: &Interrupt,
    display: &mut Display,
) -> anyhow::Result<Enhanced> {
    let (_, enhanced) = asked(args, prompt, card, interrupt, display)?;
    display.note(&format!("the prompt was enhanced: {}", enhanced.text));
    Ok(enhanced)
}

fn asked(
    args: &ServerArgs,
    prompt: &str,
    card: &ModelCard,
    interrupt: &Interrupt,
    display: &mut Display,
) -> anyhow::Result<(ChatClient, Enhanced)> {
    let kept = kept_server(display)?;
    let client = ChatClient::new(&args.settings(kept), args.options()).map_err(EnhanceError::from)?;
    let stage = format!("asking {}", client.server());
    display.show(&Step { stage: &stage, done: 0, total: 0, eta_secs: None, detail: "" });
    let enhanced = enhance::enhance(&client, prompt, card.vocabulary.as_ref(), &interrupt.token)?;
    if !enhanced.lost.is_empty() {
        display.warn(&format!("the new prompt lacks {}", enhanced.lost.join(", ")));
    }
    Ok((client, enhanced))
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

/// Puts styles of the user around a prompt.
pub(super) fn put_styles(names: &[String], raw: &mut RawRequest) -> anyhow::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let path = crate::folders()?.settings.join(Styles::FILE);
    let styles: Styles = kept::read(&path).context("the styles cannot be used")?.value;
    let styled = applied(styles.sound().named(names)?, &raw.prompt, &raw.negative);
    (raw.prompt, raw.negative) = (styled.prompt, styled.negative);
    Ok(())
}

#[cfg(test)]
mod tests {
    use hummingbird_engine::chat::ApiKey;

    use super::*;

    fn args() -> ServerArgs {
        ServerArgs {
            server: None,
            server_model: None,
            server_key_variable: None,
            server_key_file: None,
            server_timeout: None,
        }
    }

    #[test]
    fn options_are_taken_before_settings_and_a_key_stays_with_its_server() {
        let kept = ServerSettings {
            address: "http://a".to_owned(),
            model: "m".to_owned(),
            key: KeySource::Typed(ApiKey::new("sk")),
        };
        assert_eq!(args().settings(kept.clone()), kept);
        let named = ServerArgs { server: Some("http://a".to_owned()), server_model: Some("n".to_owned()), ..args() };
        assert_eq!(named.settings(kept.clone()), ServerSettings { model: "n".to_owned(), ..kept.clone() });
        let other = ServerArgs { server: Some("http://b".to_owned()), ..args() };
        let expected = ServerSettings { address: "http://b".to_owned(), ..ServerSettings::default() };
        assert_eq!(other.settings(kept.clone()), expected);
        let variable = ServerArgs { server_key_variable: Some("KEY".to_owned()), ..args() };
        assert_eq!(variable.settings(kept).key, KeySource::Variable("KEY".to_owned()));
        assert_eq!(args().options().answer_timeout, ChatOptions::default().answer_timeout);
    }
}
