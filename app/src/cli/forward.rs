//! `hummingbird forward`: one stage on given tensors.

use anyhow::Context as _;
use hummingbird_engine::CancelToken;
use hummingbird_engine::device::{self, OpenDevice};
use hummingbird_engine::forward::{
    ForwardStage, RewardConfig, RewardStage, RewardVae, SampleSettings, forward, reward, tiny_decode,
};
use hummingbird_engine::nn::params::{NamedTensor, ParamSource};
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
    match args.stage {
        StageArg::RewardImage => score(args, RewardStage::Image),
        StageArg::RewardVideo => score(args, RewardStage::Video),
        _ => inference(args),
    }
}

/// A stage of a clip's way.
fn inference(args: &ForwardArgs) -> anyhow::Result<()> {
    let checkpoint = Checkpoint::open(&args.checkpoint)?;
    let config = args.config.as_deref().map(ReferenceConfig::read).transpose()?;
    let config = config_of(&checkpoint, config.as_ref())?;
    let inputs = Checkpoint::open(&args.inputs)?;
    let loras = args
        .loras
        .iter()
        .map(|LoraArg { path, strength }| Ok((Lora::open(path, &checkpoint)?, *strength)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let stage = match args.stage {
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
        StageArg::TinyDecode | StageArg::RewardImage | StageArg::RewardVideo => None,
    };
    let merged = Merged::new(&checkpoint, &loras);
    let tensors = checkpoint.contents().tensors.iter().map(|tensor| (tensor.name(), tensor.shape()));
    let rounded = args.precision.map(|it| Rounded::new(&merged, Precisions::new(it.into(), tensors)));
    let weights: &dyn ParamSource = match &rounded {
        Some(rounded) => rounded,
        None => &merged,
    };
    compute(args, |opened, cancel| match stage {
        Some(stage) => Ok(forward(stage, &config, weights, &inputs, &opened.device, cancel)?),
        None => {
            let file = TinyDecoderFile::open(&TinyDecoderSource::File(args.checkpoint.clone()))?;
            Ok(tiny_decode(file.config(), weights, &inputs, &opened.device, cancel)?)
        }
    })
}

/// A reward and its gradient.
fn score(args: &ForwardArgs, stage: RewardStage) -> anyhow::Result<()> {
    let path = args.config.as_deref().context("this stage needs --config: the scorer and its sizes")?;
    let config = RewardConfig::read(path)?;
    let checkpoint = Checkpoint::open(&args.checkpoint)?;
    let inputs = Checkpoint::open(&args.inputs)?;
    let vae = args.vae.as_deref().map(Checkpoint::open).transpose()?;
    let vae =
        vae.as_ref().map(|file| Ok::<_, anyhow::Error>((file, config_of(file, Some(&ReferenceConfig::read(path)?))?)));
    let vae = vae.transpose()?;
    compute(args, |opened, cancel| {
        let vae = vae.as_ref().map(|(file, config)| RewardVae { config: &config.vae, weights: *file });
        Ok(reward(stage, &config, &checkpoint, vae, &inputs, &opened.device, cancel)?)
    })
}

/// Opens the device, lets `stage` compute on it, and writes what comes out.
fn compute(
    args: &ForwardArgs,
    stage: impl FnOnce(&OpenDevice, &CancelToken) -> anyhow::Result<Vec<NamedTensor>>,
) -> anyhow::Result<()> {
    let opened = device::open(args.device, crate::speeds().as_ref())?;
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    display.note(&format!("computing on {}", opened.name));
    display.show(&Step { stage: args.stage.label(), done: 0, total: 0, eta_secs: None, detail: "" });
    let started = std::time::Instant::now();
    let outputs = stage(&opened, &interrupt.token)?;
    display.finish();
    write_tensors(&args.output, &[], &outputs, WeightPrecision::F32)?;
    display.note(&format!("{} in {}", args.stage.label(), duration(started.elapsed().as_secs_f64())));
    if args.report.json {
        let shapes: std::collections::BTreeMap<&str, &[usize]> =
            outputs.iter().map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice())).collect();
        return print::json(&shapes);
    }
    for tensor in &outputs {
        let largest = tensor.values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let name = print::value(&tensor.name);
        print::line(&format!("{name:<20}{:?}, largest magnitude {largest}", tensor.shape))?;
    }
    Ok(())
}
