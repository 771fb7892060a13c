//! `hummingbird forward`: one stage on given tensors.

use std::path::Path;

use hummingbird_engine::device;
use hummingbird_engine::forward::{
    ForwardStage, Output, SampleSettings, StageFiles, TrainingStage, forward, forward_training, tiny_decode,
    write_outputs,
};
use hummingbird_engine::nn::params::ParamSource;
use hummingbird_engine::pipeline::video_out::Existing;
use hummingbird_engine::weights::{
    Checkpoint, Lora, Merged, Precisions, ReferenceConfig, Rounded, TinyDecoderFile, TinyDecoderSource,
    WeightPrecision, config_of, write_tensors,
};

use super::args::{ForwardArgs, LoraArg, StageArg};
use super::interrupt::Interrupt;
use super::progress::{Display, Step, duration};
use super::{output, print};

pub(super) fn run(args: &ForwardArgs) -> anyhow::Result<()> {
    output::check_file(&args.output, Existing::Replace)?;
    if let Some(stage) = training_stage(args.stage) {
        return run_training(stage, args);
    }
    let checkpoint = Checkpoint::open(&args.checkpoint)?;
    let config = args.config.as_deref().map(ReferenceConfig::read).transpose()?;
    let config = config_of(&checkpoint, config.as_ref())?;
    let Some(inputs) = &args.inputs else {
        anyhow::bail!("the stage {} needs tensors: name their file with --inputs", args.stage.label());
    };
    let inputs = Checkpoint::open(inputs)?;
    let loras = args
        .loras
        .iter()
        .map(|LoraArg { path, strength }| Ok((Lora::open(path, &checkpoint)?, *strength)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let stage = match args.stage {
        StageArg::TinyDecode
        | StageArg::DistilStep
        | StageArg::DistilTrace
        | StageArg::ConsistencyStep
        | StageArg::Prune => None,
        StageArg::Text => Some(ForwardStage::Text),
        StageArg::Unet => Some(ForwardStage::UNet),
        StageArg::VaeDecode => Some(ForwardStage::VaeDecode),
        StageArg::VaeEncode => Some(ForwardStage::VaeEncode),
        StageArg::Sample => Some(ForwardStage::Sample(SampleSettings {
            sampler: args.sampler.into(),
            steps: args.steps,
            guidance: args.guidance,
            eta: args.eta,
            use_scale: args.use_scale,
        })),
    };
    let opened = device::open(args.device, crate::speeds().as_ref())?;
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    display.note(&format!("computing on {}", opened.name));
    display.show(&Step { stage: args.stage.label(), done: 0, total: 0, eta_secs: None, detail: "" });
    let started = std::time::Instant::now();
    let merged = Merged::new(&checkpoint, &loras);
    let tensors = checkpoint.contents().tensors.iter().map(|tensor| (tensor.name(), tensor.shape()));
    let rounded = args.precision.map(|it| Rounded::new(&merged, Precisions::new(it.into(), tensors)));
    let weights: &dyn ParamSource = match &rounded {
        Some(rounded) => rounded,
        None => &merged,
    };
    let outputs = match stage {
        Some(stage) => forward(stage, &config, weights, &inputs, &opened.device, &interrupt.token)?,
        None => {
            let file = TinyDecoderFile::open(&TinyDecoderSource::File(args.checkpoint.clone()))?;
            tiny_decode(file.config(), weights, &inputs, &opened.device, &interrupt.token)?
        }
    };
    display.finish();
    write_tensors(&args.output, &[], &outputs, WeightPrecision::F32)?;
    display.note(&format!("{} in {}", args.stage.label(), duration(started.elapsed().as_secs_f64())));
    if args.report.json {
        let shapes: std::collections::BTreeMap<&str, &[usize]> =
            outputs.iter().map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice())).collect();
        return print::json(&shapes);
    }
    for tensor in outputs {
        print_tensor(&Output::from(tensor))?;
    }
    Ok(())
}

fn print_tensor(tensor: &Output) -> anyhow::Result<()> {
    let (name, shape) = (print::value(&tensor.name), &tensor.shape);
    print::line(&match tensor.largest() {
        Some(largest) => format!("{name:<20}{shape:?}, largest magnitude {largest}"),
        None => format!("{name:<20}{shape:?}"),
    })
}

/// The stage of training that was typed, if it is one.
fn training_stage(stage: StageArg) -> Option<TrainingStage> {
    match stage {
        StageArg::DistilStep => Some(TrainingStage::DistilStep),
        StageArg::DistilTrace => Some(TrainingStage::DistilTrace),
        StageArg::ConsistencyStep => Some(TrainingStage::ConsistencyStep),
        StageArg::Prune => Some(TrainingStage::Prune),
        StageArg::Text
        | StageArg::Unet
        | StageArg::VaeDecode
        | StageArg::TinyDecode
        | StageArg::VaeEncode
        | StageArg::Sample => None,
    }
}

/// Runs a stage of training.
fn run_training(stage: TrainingStage, args: &ForwardArgs) -> anyhow::Result<()> {
    let Some(config_path) = args.config.as_deref() else {
        anyhow::bail!("the stage {} needs a configuration: name its file with --config", args.stage.label());
    };
    let config = ReferenceConfig::read(config_path)?;
    let open = |path: &Path| Checkpoint::open(path);
    let checkpoint = open(&args.checkpoint)?;
    let teacher = args.teacher.as_deref().map(open).transpose()?;
    let vae = args.vae.as_deref().map(open).transpose()?;
    let lora = match args.loras.as_slice() {
        [] => None,
        [LoraArg { path, strength: 1.0 }] => Some(open(path)?),
        _ => anyhow::bail!("the stage {} takes one --lora at full strength", args.stage.label()),
    };
    let inputs = args.inputs.as_deref().map(open).transpose()?;
    let files = StageFiles {
        checkpoint: &checkpoint,
        teacher: teacher.as_ref(),
        lora: lora.as_ref(),
        vae: vae.as_ref(),
        config: (config_path, &config),
        inputs: inputs.as_ref(),
    };
    let opened = device::open(args.device, crate::speeds().as_ref())?;
    let mut display = Display::new(args.report.quiet);
    display.note(&format!("computing on {}", opened.name));
    display.show(&Step { stage: args.stage.label(), done: 0, total: 0, eta_secs: None, detail: "" });
    let started = std::time::Instant::now();
    // A training pass looks at no token: until something is written, Ctrl-C ends the program at once.
    let outputs = forward_training(stage, &files, &opened.device)?;
    display.finish();
    let interrupt = Interrupt::listen()?;
    write_outputs(&args.output, &outputs, &checkpoint, &interrupt.token)?;
    display.note(&format!("{} in {}", args.stage.label(), duration(started.elapsed().as_secs_f64())));
    if args.report.json {
        let shapes: std::collections::BTreeMap<&str, &[usize]> =
            outputs.iter().map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice())).collect();
        return print::json(&shapes);
    }
    outputs.iter().try_for_each(print_tensor)
}
