//! `hummingbird train nano`: makes the embedded model.

use crate::sentences::in_words;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, anyhow};
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::Existing;
use hummingbird_engine::training::device;
use hummingbird_engine::training::recipes::nano::plan::NanoPlan;
use hummingbird_engine::training::recipes::nano::run::NanoRun;
use hummingbird_engine::training::trainer::StepOptions;
use hummingbird_engine::weights::{WeightPrecision, tiny_decoder_path};
use serde::Serialize;

use super::super::args::{TrainNanoArgs, TrainStage};
use super::super::interrupt::Interrupt;
use super::super::progress::{Display, duration};
use super::super::{output, print};
use super::show::Shown;
use super::stopped;

/// Name of the model file in the folder of a run.
const MODEL_FILE: &str = "nano.safetensors";

/// What `--json` prints.
#[derive(Serialize)]
struct Result<'a> {
    folder: JsonPath<'a>,
    model: Option<JsonPath<'a>>,
    #[serde(rename = "light_decoder")]
    tiny_decoder: Option<JsonPath<'a>>,
    device: &'a str,
    elapsed_secs: f64,
}

pub(super) fn run(args: &TrainNanoArgs) -> anyhow::Result<()> {
    let started = Instant::now();
    let plan = read_plan(args.plan.as_deref())?;
    if args.print_plan {
        return print::json(&plan);
    }
    let runs = || crate::folders().map_or_else(|_| PathBuf::from("runs"), |folders| folders.runs);
    let out = args.out.clone().unwrap_or_else(|| runs().join("nano"));
    let model_out = args.model_out.clone().unwrap_or_else(|| out.join(MODEL_FILE));
    let writes_model = matches!(args.stage, TrainStage::All | TrainStage::Model);
    if writes_model && args.model_out.is_some() {
        check_model_out(&model_out)?;
    }
    let opened = device::open(args.device, crate::speeds().as_ref())?;
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    display.note(&format!("training in {} on {}", out.display(), opened.name));
    let mut shown = Shown::default();
    let mut watch = |event| shown.show(&mut display, event);
    let mut run = NanoRun {
        folder: out.clone(),
        seed: args.seed,
        from: args.from.clone(),
        plan,
        step_options: StepOptions {
            accumulate: args.accumulate.get() as usize,
            checkpoint_activations: args.checkpoint_activations,
        },
        device: opened.device,
        cancel: interrupt.token,
        watch: &mut watch,
    };
    let mut finished = true;
    if matches!(args.stage, TrainStage::All | TrainStage::Vae) {
        finished = run.train_vae()?;
    }
    if finished && matches!(args.stage, TrainStage::All | TrainStage::Denoiser) {
        finished = run.train_denoiser()?;
    }
    if !finished {
        return Err(stopped(&out));
    }
    if writes_model {
        run.write_model(&model_out, WeightPrecision::F16)?;
    }
    let tiny_out =
        matches!(args.stage, TrainStage::All | TrainStage::TinyDecoder).then(|| tiny_decoder_path(&model_out));
    if let Some(tiny_out) = &tiny_out {
        let model = match &args.from {
            _ if writes_model => ModelSource::File(model_out.clone()),
            Some(path) => ModelSource::File(path.clone()),
            None if model_out.is_file() => ModelSource::File(model_out.clone()),
            None => ModelSource::Embedded,
        };
        if !run.train_tiny_decoder(&model)? {
            return Err(stopped(&out));
        }
        run.write_tiny_decoder(&model, tiny_out)?;
    }
    display.finish();
    let elapsed_secs = started.elapsed().as_secs_f64();
    if args.report.json {
        print::json(&Result {
            folder: JsonPath(&out),
            model: writes_model.then_some(JsonPath(&model_out)),
            tiny_decoder: tiny_out.as_deref().map(JsonPath),
            device: &opened.name,
            elapsed_secs,
        })?;
    } else {
        display.note(&format!("done in {}", duration(elapsed_secs)));
        if writes_model {
            print::path(&model_out)?;
        }
        if let Some(path) = &tiny_out {
            print::path(path)?;
        }
    }
    Ok(())
}

fn read_plan(path: Option<&Path>) -> anyhow::Result<NanoPlan> {
    let Some(path) = path else { return Ok(NanoPlan::default()) };
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the plan {path:?}"))?;
    let plan: NanoPlan = serde_json::from_str(&text)
        .with_context(|| format!("{path:?} is no training plan: start from the output of --print-plan"))?;
    plan.check().map_err(|fault| anyhow!("{path:?}: {}", in_words(&fault)))?;
    Ok(plan)
}

/// Found before the training, not after it.
fn check_model_out(path: &Path) -> anyhow::Result<()> {
    for path in [path, &tiny_decoder_path(path)] {
        output::check_file(path, Existing::Replace)
            .context("the model cannot be written: choose another --model-out")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_that_cannot_run_are_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("plan.json");
        let cases = [
            ("{", "is no training plan"),
            (r#"{"vae": {"batch": 0}}"#, "the autoencoder's batch"),
            (r#"{"denoiser": {"phases": [{"motions": ["flying"]}]}}"#, "flying"),
        ];
        for (text, words) in cases {
            fs::write(&path, text).expect("writable");
            let error = format!("{:#}", read_plan(Some(&path)).expect_err(words));
            assert!(error.contains(words) && error.contains("plan.json"), "{error}");
        }
        assert!(read_plan(Some(&folder.path().join("none.json"))).is_err());
        fs::write(&path, serde_json::to_string(&NanoPlan::default()).expect("plain data")).expect("writable");
        assert_eq!(read_plan(Some(&path)).expect("just written"), NanoPlan::default());
    }

    #[test]
    fn a_place_for_the_model_is_checked_before_the_training() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(check_model_out(&folder.path().join("nano.safetensors")).is_ok());
        let long = format!("{}.safetensors", "x".repeat(240));
        for path in [folder.path().to_owned(), folder.path().join("none/nano.safetensors"), folder.path().join(long)] {
            assert!(check_model_out(&path).is_err(), "{path:?}");
        }
    }
}
