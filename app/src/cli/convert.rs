//! `hummingbird models convert`: a model in any form becomes a file of ours.

use std::time::Instant;

use anyhow::{bail, ensure};
use hummingbird_engine::jobs::models::{check, is_encoder, params};
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::pipeline::video_out::Existing;
use hummingbird_engine::progress::{Progress, Rate, RateMeter};
use hummingbird_engine::weights::{Conversion, ReferenceConfig, WeightPrecision};
use serde::Serialize;

use super::args::LoraArg;
use super::interrupt::Interrupt;
use super::models::args::ConvertArgs;
use super::progress::{Display, duration};
use super::{output, print};

/// What `--json` prints.
#[derive(Serialize)]
struct Result<'a> {
    path: JsonPath<'a>,
    bytes: u64,
    name: &'a str,
    precision: WeightPrecision,
    seconds: f32,
}

pub(super) fn run(args: &ConvertArgs) -> anyhow::Result<()> {
    let started = Instant::now();
    let target = args.output.as_path();
    ensure!(
        target.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors")),
        "{target:?} cannot be written: choose a name that ends in .safetensors"
    );
    output::check_file(target, if args.force { Existing::Replace } else { Existing::Keep })?;
    let mut conversion = Conversion::open(&args.file, args.base.as_deref())?;
    for LoraArg { path, strength } in &args.loras {
        conversion.add_lora(path, *strength)?;
    }
    if let Some(path) = &args.config {
        let config = ReferenceConfig::read(path)?;
        let description = conversion.description_mut();
        config.apply(&mut description.config).map_err(anyhow::Error::msg)?;
        description.config.check().map_err(anyhow::Error::msg)?;
    }
    let params = params(&conversion.description().config)?;
    if let [whole] = conversion.files() {
        check(&conversion.description().config, whole)?;
    } else {
        let lacking = |name: &str| conversion.files().iter().all(|file| file.tensor(name).is_none());
        if let Some(param) = params.iter().find(|param| !is_encoder(&param.name) && lacking(&param.name)) {
            bail!("neither file has the tensor {:?}: choose the base that the file was made for", param.name);
        }
    }
    note_origin(&mut conversion, args);

    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    display.note(&format!("{}: {}", conversion.description().name, conversion.files()[0].path().display()));
    for (lora, strength) in conversion.loras() {
        display.note(&format!("with {} at strength {strength}", lora.path().display()));
        for name in lora.left_out() {
            display.warn(&format!(
                "{name} of the LoRA has no effect: this model has no such layer, or it is no change that is known here"
            ));
        }
    }
    let mut meter = RateMeter::default();
    let mut show = |progress: Progress| {
        let Rate { per_sec, eta_secs } = meter.rate(&progress);
        display.show_bytes("converting", progress.done, progress.total.unwrap_or(0), per_sec, eta_secs);
    };
    conversion.write(&params, args.precision.into(), target, &interrupt.token, &mut show)?;
    display.finish();
    let seconds = started.elapsed().as_secs_f32();
    let bytes = std::fs::metadata(target)?.len();
    if args.report.json {
        let name = &conversion.description().name;
        return print::json(&Result { path: JsonPath(target), bytes, name, precision: args.precision.into(), seconds });
    }
    display.note(&format!("{} in {}", print::bytes(bytes), duration(f64::from(seconds))));
    print::path(target)
}

/// Writes down in the new model what it was made from.
fn note_origin(conversion: &mut Conversion, args: &ConvertArgs) {
    let file_name = |path: &std::path::Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut notes = format!("converted from {}", file_name(&args.file));
    if let Some(base) = &args.base {
        notes.push_str(&format!(", the networks that it lacks from {}", file_name(base)));
    }
    for LoraArg { path, strength } in &args.loras {
        notes.push_str(&format!(", with the LoRA {} at strength {strength}", file_name(path)));
    }
    let description = conversion.description_mut();
    let provenance = &mut description.provenance;
    if !provenance.notes.is_empty() {
        notes = format!("{}; {notes}", provenance.notes);
    }
    provenance.notes = notes;
    if let Some(name) = &args.name {
        description.name.clone_from(name);
    }
}
