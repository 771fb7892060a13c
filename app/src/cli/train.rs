//! `hummingbird train nano`: makes the embedded model.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use hummingbird_engine::job::Cancelled;
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::denoise::schedule::TRAIN_TIMESTEPS;
use hummingbird_engine::pipeline::video_out::Existing;
use hummingbird_engine::training::device;
use hummingbird_engine::training::nano::log::TrainEvent;
use hummingbird_engine::training::nano::nano_config;
use hummingbird_engine::training::nano::plan::NanoPlan;
use hummingbird_engine::training::nano::run::NanoRun;
use hummingbird_engine::weights::{WeightPrecision, light_decoder_path};
use serde::Serialize;

use super::args::{TrainArgs, TrainCommand, TrainNanoArgs, TrainStage};
use super::interrupt::Interrupt;
use super::progress::{Display, Step, duration};
use super::{output, print};

/// Name of the model file in the folder of a run.
const MODEL_FILE: &str = "nano.safetensors";

/// What `--json` prints.
#[derive(Serialize)]
struct Result<'a> {
    folder: JsonPath<'a>,
    model: Option<JsonPath<'a>>,
    light_decoder: Option<JsonPath<'a>>,
    device: &'a str,
    elapsed_secs: f64,
}

pub(super) fn run(args: &TrainArgs) -> anyhow::Result<()> {
    match &args.command {
        TrainCommand::Nano(args) => nano(args),
    }
}

fn nano(args: &TrainNanoArgs) -> anyhow::Result<()> {
    let started = Instant::now();
    let plan = read_plan(args.plan.as_deref())?;
    if args.print_plan {
        return print::json(&plan);
    }
    let model_out = args.model_out.clone().unwrap_or_else(|| args.out.join(MODEL_FILE));
    let writes_model = matches!(args.stage, TrainStage::All | TrainStage::Model);
    if writes_model && args.model_out.is_some() {
        check_model_out(&model_out)?;
    }
    let opened = device::open(args.device)?;
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    display.note(&format!("training in {} on {}", args.out.display(), opened.name));
    let mut stage = "";
    let mut watch = |event| show(&mut display, &mut stage, event);
    let mut run = NanoRun {
        folder: args.out.clone(),
        seed: args.seed,
        from: args.from.clone(),
        plan,
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
        return Err(stopped(&args.out));
    }
    if writes_model {
        run.write_model(&model_out, WeightPrecision::F16)?;
    }
    let light_out =
        matches!(args.stage, TrainStage::All | TrainStage::LightDecoder).then(|| light_decoder_path(&model_out));
    if let Some(light_out) = &light_out {
        let model = match &args.from {
            _ if writes_model => ModelSource::File(model_out.clone()),
            Some(path) => ModelSource::File(path.clone()),
            None if model_out.is_file() => ModelSource::File(model_out.clone()),
            None => ModelSource::Embedded,
        };
        if !run.train_light_decoder(&model)? {
            return Err(stopped(&args.out));
        }
        run.write_light_decoder(&model, light_out)?;
    }
    display.finish();
    let elapsed_secs = started.elapsed().as_secs_f64();
    if args.report.json {
        print::json(&Result {
            folder: JsonPath(&args.out),
            model: writes_model.then_some(JsonPath(&model_out)),
            light_decoder: light_out.as_deref().map(JsonPath),
            device: &opened.name,
            elapsed_secs,
        })?;
    } else {
        display.note(&format!("done in {}", duration(elapsed_secs)));
        if writes_model {
            print::path(&model_out)?;
        }
        if let Some(path) = &light_out {
            print::path(path)?;
        }
    }
    Ok(())
}

fn stopped(folder: &Path) -> anyhow::Error {
    let place = folder.display();
    anyhow::Error::from(Cancelled)
        .context(format!("stopped; the checkpoint is in {place}, and the same command goes on from it"))
}

fn read_plan(path: Option<&Path>) -> anyhow::Result<NanoPlan> {
    let Some(path) = path else { return Ok(NanoPlan::default()) };
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the plan {path:?}"))?;
    let plan: NanoPlan = serde_json::from_str(&text)
        .with_context(|| format!("{path:?} is no training plan: start from the output of --print-plan"))?;
    let frames_fit = |frames: usize| frames > 0 && 16_usize.is_multiple_of(frames);
    ensure!(plan.vae.batch > 0, "{path:?}: the autoencoder needs a batch of at least 1");
    ensure!(
        plan.vae.latent_noise.is_finite() && plan.vae.latent_noise >= 0.0,
        "{path:?}: {} is no latent_noise: use 0 for none, 0.3 for up to a third of the latents' own spread",
        plan.vae.latent_noise
    );
    ensure!(
        plan.vae.decoder_only || plan.vae.latent_noise == 0.0,
        "{path:?}: latent_noise belongs to the decoder alone: set decoder_only, or leave it out"
    );
    let light = &plan.light_decoder;
    let levels = nano_config().vae.ch_mult.len();
    ensure!(
        light.width > 0 && light.batch > 0 && light.drawn_frames > 0,
        "{path:?}: the light decoder needs a width, a batch and drawn_frames of at least 1"
    );
    ensure!(
        light.blocks.len() == levels,
        "{path:?}: the light decoder has blocks for {} levels: Nano's autoencoder has {levels}",
        light.blocks.len()
    );
    ensure!(plan.denoiser.clips > 0, "{path:?}: the denoiser needs at least 1 clip");
    for phase in &plan.denoiser.phases {
        let exponent = phase.timestep_exponent.unwrap_or(plan.denoiser.timestep_exponent);
        ensure!(
            exponent.is_finite() && exponent >= 0.0,
            "{path:?}: {exponent} is no timestep_exponent: use 1 for all timesteps alike, less for more noisy ones"
        );
        if let Some([from, to]) = phase.timesteps {
            ensure!(
                from < to && to <= TRAIN_TIMESTEPS,
                "{path:?}: there are no timesteps from {from} to below {to}: choose a range within 0 to {TRAIN_TIMESTEPS}"
            );
        }
        ensure!(phase.batch > 0, "{path:?}: every phase of the denoiser needs a batch of at least 1");
        ensure!(
            phase.learning_rate >= 0.0 && phase.final_learning_rate >= 0.0,
            "{path:?}: learning rates cannot be negative"
        );
        ensure!(
            frames_fit(phase.frames),
            "{path:?}: clips of {} frames cannot be cut from 16: choose 1, 2, 4, 8 or 16",
            phase.frames
        );
    }
    Ok(plan)
}

/// Found before the training, not after it.
fn check_model_out(path: &Path) -> anyhow::Result<()> {
    for path in [path, &light_decoder_path(path)] {
        output::check_file(path, Existing::Replace)
            .context("the model cannot be written: choose another --model-out")?;
    }
    Ok(())
}

fn show(display: &mut Display, stage: &mut &'static str, event: TrainEvent) {
    match event {
        TrainEvent::Stage { name, samples, total } => {
            *stage = name;
            let from = if samples > 0 { format!(", going on from {samples}") } else { String::new() };
            display.note(&format!("{name}: {total} samples{from}"));
            display.show(&Step { stage: name, done: samples, total, eta_secs: None, detail: "" });
        }
        TrainEvent::Progress { samples, total, loss, learning_rate, samples_per_sec, eta_secs } => {
            let detail = format!("loss {loss:.4}, {samples_per_sec:.1} a second, rate {learning_rate:.1e}");
            display.show(&Step { stage, done: samples, total, eta_secs: Some(eta_secs), detail: &detail });
        }
        TrainEvent::Made { samples, total, elapsed_secs } => {
            let eta_secs = (samples > 0).then(|| elapsed_secs / samples as f64 * total.saturating_sub(samples) as f64);
            display.show(&Step { stage, done: samples, total, eta_secs, detail: "" });
        }
        TrainEvent::Distance { levels } => {
            display.note(&format!("{levels:.2} levels from the full decoder's pictures, on clips never seen"));
        }
        TrainEvent::Checkpoint { folder } => display.note(&said("checkpoint", &folder)),
        TrainEvent::Sheet { path } => display.note(&said("sample sheet", &path)),
        TrainEvent::Model { path } => display.note(&said("model", &path)),
    }
}

fn said(what: &str, path: &Path) -> String {
    format!("{what} written: {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_that_cannot_run_are_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("plan.json");
        let phase = r#"{"frames": 5, "samples": 1, "batch": 1, "learning_rate": 0.1, "final_learning_rate": 0.1}"#;
        let cases = [
            ("{", "is no training plan"),
            (r#"{"vae": {"batch": 0}}"#, "a batch of at least 1"),
            (&format!(r#"{{"denoiser": {{"phases": [{phase}]}}}}"#), "clips of 5 frames"),
            (r#"{"denoiser": {"clips": 0}}"#, "at least 1 clip"),
            (r#"{"light_decoder": {"width": 0}}"#, "the light decoder needs"),
            (r#"{"light_decoder": {"blocks": [1, 1]}}"#, "blocks for 2 levels"),
            (r#"{"denoiser": {"timestep_exponent": -1}}"#, "no timestep_exponent"),
            (&format!(r#"{{"denoiser": {{"phases": [{}]}}}}"#, phase.replace("0.1}", "-0.1}")), "cannot be negative"),
            (r#"{"vae": {"latent_noise": -1}}"#, "no latent_noise"),
            (r#"{"vae": {"latent_noise": 0.3}}"#, "set decoder_only"),
            (
                &format!(r#"{{"denoiser": {{"phases": [{}]}}}}"#, phase.replace('}', r#", "timesteps": [500, 500]}"#)),
                "no timesteps from 500 to below 500",
            ),
            (
                &format!(r#"{{"denoiser": {{"phases": [{}]}}}}"#, phase.replace('}', r#", "motions": ["flying"]}"#)),
                "flying",
            ),
        ];
        for (text, words) in cases {
            fs::write(&path, text).expect("writable");
            let error = read_plan(Some(&path)).expect_err(words);
            assert!(format!("{error:#}").contains(words), "{error:#}");
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
