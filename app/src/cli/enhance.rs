//! `hummingbird enhance`: a language model writes a prompt out. `generate --enhance` does it on the way to a clip.

use anyhow::Context;
use clap::Args;
use hummingbird_engine::chat::ChatClient;
use hummingbird_engine::jobs::enhance::{self, EnhanceError, Enhanced};
use hummingbird_engine::jobs::styles::{Styles, applied};
use hummingbird_engine::kept;
use hummingbird_engine::model::{ModelCard, ModelFile};
use hummingbird_engine::request::RawRequest;
use serde::Serialize;

use super::args::ReportArgs;
use super::interrupt::Interrupt;
use super::progress::{Display, Step};
use super::server_args::{NamedServerArgs, kept_server};
use super::{models, print};

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
    pub server: NamedServerArgs,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
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
    args: &NamedServerArgs,
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
    args: &NamedServerArgs,
    prompt: &str,
    card: &ModelCard,
    interrupt: &Interrupt,
    display: &mut Display,
) -> anyhow::Result<(ChatClient, Enhanced)> {
    let kept = kept_server(display)?;
    let client = ChatClient::new(&args.settings(kept), args.server.options()).map_err(EnhanceError::from)?;
    let stage = format!("asking {}", client.server());
    display.show(&Step { stage: &stage, done: 0, total: 0, eta_secs: None, detail: "" });
    let enhanced = enhance::enhance(&client, prompt, card.vocabulary.as_ref(), &interrupt.token)?;
    if !enhanced.lost.is_empty() {
        display.warn(&format!("the new prompt lacks {}", enhanced.lost.join(", ")));
    }
    Ok((client, enhanced))
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
