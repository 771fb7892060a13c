//! `hummingbird models`: what models there are, what they are, and how they come and go (`models/`).

mod get;
mod list;
mod shelf;

use std::path::PathBuf;

use hummingbird_engine::model::{ModelDescription, ModelSource};
use hummingbird_engine::weights::ModelFile;
use hummingbird_engine::weights::store::Store;
use serde::Serialize;

use super::args::{ModelsArgs, ModelsCommand};
use super::print;

/// Name of the embedded model on the command line.
const EMBEDDED: &str = "nano";

/// What `models info --json` prints.
#[derive(Serialize)]
struct Info<'a> {
    sha256: &'a str,
    #[serde(flatten)]
    description: &'a ModelDescription,
}

pub(super) fn run(args: &ModelsArgs) -> anyhow::Result<()> {
    match &args.command {
        ModelsCommand::List { json } => list::run(*json),
        ModelsCommand::Info { model, json } => info(model, *json),
        ModelsCommand::Get(args) => get::run(args),
        ModelsCommand::Verify(args) => shelf::verify(args),
        ModelsCommand::Remove(args) => shelf::remove(args),
    }
}

/// The model that `-m` means: `nano`, a file, or a name from `models list` whose file is in the models folder.
pub fn source(model: &str) -> ModelSource {
    if model == EMBEDDED {
        return ModelSource::Embedded;
    }
    let path = PathBuf::from(model);
    let is_name = path.components().count() == 1 && !path.exists();
    let found = is_name.then(|| Store::of_user().ok()?.find(model)).flatten();
    ModelSource::File(found.unwrap_or(path))
}

fn info(model: &str, json: bool) -> anyhow::Result<()> {
    let file = ModelFile::open(&source(model))?;
    let description = file.description();
    if json {
        return print::json(&Info { sha256: file.sha256(), description });
    }
    let limits = &description.limits;
    let config = &description.config;
    let mut rows = vec![
        ("name", description.name.clone()),
        ("licence", description.licence.clone()),
        ("sha256", file.sha256().to_owned()),
        ("made by", format!("{}, seed {}", description.provenance.command, description.provenance.seed)),
        ("", description.provenance.notes.clone()),
        (
            "takes",
            format!(
                "sides that are multiples of {} up to {} pixels, 1 to {} frames, 1 to {} steps",
                limits.size_multiple, limits.max_size, limits.max_frames, limits.max_steps
            ),
        ),
        (
            "without options",
            format!(
                "{}x{}, {} frames at {} a second, {} with {} steps, guidance {}",
                limits.default_width,
                limits.default_height,
                limits.default_frames,
                limits.default_fps,
                crate::provenance::sampler_name(limits.sampler),
                limits.default_steps,
                limits.default_guidance
            ),
        ),
        (
            "networks",
            format!(
                "text {} channels x {} blocks; U-Net {} channels x {:?}; autoencoder {} channels x {:?}, {} latent",
                config.text.width,
                config.text.layers,
                config.unet.model_channels,
                config.unet.channel_mult,
                config.vae.ch,
                config.vae.ch_mult,
                config.vae.z_channels
            ),
        ),
    ];
    if let Some(words) = &description.vocabulary {
        rows.push(("colours", words.colours.join(", ")));
        rows.push(("subjects", words.subjects.join(", ")));
        rows.push(("motions", words.motions.join(", ")));
        rows.push(("scenes", words.scenes.join(", ")));
    }
    for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        print::line(&format!("{label:<17}{value}"))?;
    }
    Ok(())
}
