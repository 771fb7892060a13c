//! `hummingbird models info`: what a file is, takes and knows; any file, also those that are no whole model.

use crate::sentences::{details, in_words};
use serde_json::Value;
use std::path::Path;

use hummingbird_engine::error::EngineError;
use hummingbird_engine::jobs::models::check;
use hummingbird_engine::model::{ModelDescription, ModelSource};
use hummingbird_engine::settings::Field as _;
use hummingbird_engine::weights::{Checkpoint, ModelFile, Summary, TinyDecoderFile, summarise};
use serde::Serialize;

use super::{models, print};

/// Foreign classes that are listed; more are counted.
const LISTED_CLASSES: usize = 12;

/// What `--json` prints.
#[derive(Serialize)]
struct Info<'a> {
    sha256: Option<&'a str>,
    file: &'a Summary,
    #[serde(flatten)]
    description: Option<&'a ModelDescription>,
    /// Why it cannot be used as a model.
    problem: Option<String>,
    /// Code and parameters of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem_details: Option<Value>,
}

pub(super) fn run(model: &str, json: bool) -> anyhow::Result<()> {
    let (summary, opened) = match models::source(model) {
        ModelSource::Embedded => {
            let file = ModelFile::open(&ModelSource::Embedded)?;
            (summarise(file.checkpoint()), Ok(file))
        }
        ModelSource::File(path) => open(&path)?,
    };
    let (file, problem) = match opened {
        Ok(file) => {
            let problem = check(&file.description().config, file.checkpoint()).err();
            (Some(file), problem)
        }
        Err(error) => (None, Some(error)),
    };
    let problem_details = problem.as_ref().map(|problem: &EngineError| details(problem));
    let problem = problem.map(|problem| in_words(&problem));
    if json {
        return print::json(&Info {
            sha256: file.as_ref().map(ModelFile::sha256),
            file: &summary,
            description: file.as_ref().map(ModelFile::description),
            problem,
            problem_details,
        });
    }
    let mut rows = file.as_ref().map(describe).unwrap_or_default();
    rows.extend(contents(&summary));
    rows.extend(problem.map(|problem| ("problem", problem)));
    for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        print::line(&format!("{label:<17}{}", print::value(&value)))?;
    }
    Ok(())
}

/// The file, and the model in it if it is one.
fn open(path: &Path) -> Result<(Summary, Result<ModelFile, EngineError>), EngineError> {
    let checkpoint = Checkpoint::open(path)?;
    Ok((summarise(&checkpoint), ModelFile::of(checkpoint).map_err(EngineError::from)))
}

fn describe(file: &ModelFile) -> Vec<(&'static str, String)> {
    let description = file.description();
    let limits = &description.limits;
    let config = &description.config;
    let made_by = &description.provenance;
    let command =
        if made_by.command.is_empty() { String::new() } else { format!("{}, seed {}", made_by.command, made_by.seed) };
    let mut rows = vec![
        ("name", description.name.clone()),
        ("licence", description.licence.clone()),
        ("sha256", file.sha256().to_owned()),
        ("made by", command),
        ("", made_by.notes.clone()),
        (
            "limits",
            format!(
                "width and height in multiples of {} up to {} pixels, 1 to {} frames, 1 to {} steps",
                limits.size_multiple, limits.max_size, limits.max_frames, limits.max_steps
            ),
        ),
        (
            "defaults",
            format!(
                "{}x{}, {} frames at {} per second, {} with {} steps, guidance {}",
                limits.default_width,
                limits.default_height,
                limits.default_frames,
                limits.default_fps,
                limits.sampler.to_value(),
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
    rows.push(("tiny decoder", tiny_decoder(file)));
    if let Some(words) = &description.vocabulary {
        rows.push(("colours", words.colours.join(", ")));
        rows.push(("subjects", words.subjects.join(", ")));
        rows.push(("motions", words.motions.join(", ")));
        rows.push(("scenes", words.scenes.join(", ")));
    }
    rows
}

/// The tiny decoder that the model would use now.
fn tiny_decoder(file: &ModelFile) -> String {
    let Some(source) = file.tiny_decoder_places().find() else { return "none found".to_owned() };
    let opened = TinyDecoderFile::open(&source);
    match opened.and_then(|light| light.check(&file.description().config).map(|()| light)) {
        Ok(light) => {
            format!("{}, {} channels x {:?} blocks", light.name(), light.config().width, light.config().blocks)
        }
        Err(error) => format!("cannot be used: {}", in_words(&error)),
    }
}

fn contents(summary: &Summary) -> Vec<(&'static str, String)> {
    let dtypes: Vec<String> = summary.dtypes.iter().map(|(dtype, count)| format!("{count} {dtype}")).collect();
    let values: Vec<String> =
        summary.values.iter().map(|(part, count)| format!("{part} {}", grouped(*count))).collect();
    let mut classes = summary.foreign_classes.iter().take(LISTED_CLASSES).cloned().collect::<Vec<_>>().join(", ");
    if let Some(more) = summary.foreign_classes.len().checked_sub(LISTED_CLASSES).filter(|&more| more > 0) {
        classes.push_str(&format!(" and {more} more"));
    }
    vec![
        ("form", format!("{}, {}", summary.container.label(), summary.arrangement.label())),
        ("layout", summary.layout.clone()),
        ("tensors", format!("{}: {}", summary.tensors, dtypes.join(", "))),
        ("values", values.join("; ")),
        ("names, not run", classes),
        ("trigger word", summary.trigger.clone().unwrap_or_default()),
    ]
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (772_091_780, "772,091,780")] {
            assert_eq!(grouped(number), text);
        }
    }
}
