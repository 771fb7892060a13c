//! `hummingbird forward`: one stage on given tensors.

use std::path::Path;

use anyhow::Context;
use hummingbird_engine::CancelToken;
use hummingbird_engine::device::{self, OpenDevice};
use hummingbird_engine::forward::{
    ForwardStage, JudgeConfig, JudgeStage, Output, RewardConfig, RewardStage, RewardVae, SampleSettings, StageFiles,
    TrainingStage, VqaConfig, amt_config, farneback_flow, forward, forward_training, interpolate, judge, raft_flow,
    reward, tiny_decode, vqa, vqa_views, write_outputs,
};
use hummingbird_engine::kernels::with_factors;
use hummingbird_engine::nn::params::ParamSource;
use hummingbird_engine::pipeline::video_out::Existing;
use hummingbird_engine::weights::{
    Checkpoint, Lora, Merged, Precisions, ReferenceConfig, Rounded, TinyDecoderFile, TinyDecoderSource, config_of,
};

use super::args::LoraArg;
use super::forward_args::{ForwardArgs, StageArg};
use super::interrupt::Interrupt;
use super::progress::{Display, Step, duration};
use super::{output, print};

pub(super) fn run(args: &ForwardArgs) -> anyhow::Result<()> {
    output::check_file(&args.output, Existing::Replace)?;
    match args.stage {
        StageArg::DistilStep => run_training(TrainingStage::DistilStep, args),
        StageArg::DistilTrace => run_training(TrainingStage::DistilTrace, args),
        StageArg::ConsistencyStep => run_training(TrainingStage::ConsistencyStep, args),
        StageArg::Prune => run_training(TrainingStage::Prune, args),
        StageArg::RewardImage => run_reward(RewardStage::Image, args),
        StageArg::RewardVideo => run_reward(RewardStage::Video, args),
        StageArg::Dino => run_judge(JudgeStage::Dino, args),
        StageArg::ClipImage => run_judge(JudgeStage::ClipImage, args),
        StageArg::ClipText => run_judge(JudgeStage::ClipText, args),
        StageArg::Musiq => run_judge(JudgeStage::Musiq, args),
        StageArg::ViClip => run_judge(JudgeStage::ViClip, args),
        StageArg::Umt => run_judge(JudgeStage::Umt, args),
        StageArg::VqaViews | StageArg::Vqa => run_vqa(args),
        StageArg::Vfi | StageArg::Flow => run_motion(args),
        StageArg::Farneback => {
            let inputs = inputs(args)?;
            compute(args, &inputs, |opened, cancel| Ok(farneback_flow(&inputs, &opened.device, cancel)?))
        }
        StageArg::Text => run_inference(Some(ForwardStage::Text), args),
        StageArg::Unet => run_inference(Some(ForwardStage::UNet), args),
        StageArg::VaeDecode => run_inference(Some(ForwardStage::VaeDecode), args),
        StageArg::TinyDecode => run_inference(None, args),
        StageArg::VaeEncode => run_inference(Some(ForwardStage::VaeEncode), args),
        StageArg::Sample => {
            let settings = SampleSettings {
                sampler: args.sampler.into(),
                steps: args.steps,
                guidance: args.guidance,
                eta: args.eta,
                use_scale: args.use_scale,
            };
            run_inference(Some(ForwardStage::Sample(settings)), args)
        }
    }
}

/// Runs a stage of a clip's way; `None` is the tiny decoder.
fn run_inference(stage: Option<ForwardStage>, args: &ForwardArgs) -> anyhow::Result<()> {
    let checkpoint = Checkpoint::open(network(args)?)?;
    let config = args.config.as_deref().map(ReferenceConfig::read).transpose()?;
    let config = config_of(&checkpoint, config.as_ref())?;
    let inputs = inputs(args)?;
    let loras = args
        .loras
        .iter()
        .map(|LoraArg { path, strength }| Ok((Lora::open(path, &checkpoint)?, *strength)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let merged = Merged::new(&checkpoint, &loras);
    let tensors = checkpoint.contents().tensors.iter().map(|tensor| (tensor.name(), tensor.shape()));
    let rounded = args.precision.map(|it| Rounded::new(&merged, Precisions::new(it.into(), tensors)));
    let weights: &dyn ParamSource = match &rounded {
        Some(rounded) => rounded,
        None => &merged,
    };
    compute(args, &checkpoint, |opened, cancel| {
        let outputs = match stage {
            Some(stage) => forward(stage, &config, weights, &inputs, &opened.device, cancel)?,
            None => {
                let file = TinyDecoderFile::open(&TinyDecoderSource::File(network(args)?.to_owned()))?;
                tiny_decode(file.config(), weights, &inputs, &opened.device, cancel)?
            }
        };
        Ok(outputs.into_iter().map(Output::from).collect())
    })
}

/// Scores frames or latents.
fn run_reward(stage: RewardStage, args: &ForwardArgs) -> anyhow::Result<()> {
    let path = config_path(args)?;
    let config = RewardConfig::read(path)?;
    let checkpoint = Checkpoint::open(network(args)?)?;
    let inputs = inputs(args)?;
    let vae = match &args.vae {
        None => None,
        Some(vae) => {
            let file = Checkpoint::open(vae)?;
            let config = config_of(&file, Some(&ReferenceConfig::read(path)?))?;
            Some((file, config))
        }
    };
    compute(args, &checkpoint, |opened, cancel| {
        let vae = vae.as_ref().map(|(file, config)| RewardVae { config: &config.vae, weights: file });
        let outputs = reward(stage, &config, &checkpoint, vae, &inputs, &opened.device, cancel)?;
        Ok(outputs.into_iter().map(Output::from).collect())
    })
}

/// Judges frames, pictures or texts by a network of VBench.
fn run_judge(stage: JudgeStage, args: &ForwardArgs) -> anyhow::Result<()> {
    let config = JudgeConfig::read(stage, config_path(args)?)?;
    let checkpoint = Checkpoint::open(network(args)?)?;
    let inputs = inputs(args)?;
    compute(args, &checkpoint, |opened, cancel| {
        let outputs = judge(&config, &checkpoint, &inputs, &opened.device, cancel)?;
        Ok(outputs.into_iter().map(Output::from).collect())
    })
}

/// What networks of motion say of two frames.
fn run_motion(args: &ForwardArgs) -> anyhow::Result<()> {
    let config = amt_config(args.config.as_deref().filter(|_| args.stage == StageArg::Vfi))?;
    let checkpoint = Checkpoint::open(network(args)?)?;
    let inputs = inputs(args)?;
    compute(args, &checkpoint, |opened, cancel| {
        let device = &opened.device;
        Ok(match args.stage {
            StageArg::Vfi => interpolate(&config, &checkpoint, &inputs, device, cancel)?,
            _ => raft_flow(&checkpoint, &|name| checkpoint.tensor(name).is_some(), &inputs, device, cancel)?,
        })
    })
}

/// Views of a clip, or what DOVER says of them.
fn run_vqa(args: &ForwardArgs) -> anyhow::Result<()> {
    let config = args.config.as_deref().map(VqaConfig::read).transpose()?.unwrap_or_else(VqaConfig::published);
    let checkpoint = Checkpoint::open(network(args)?)?;
    let inputs = inputs(args)?;
    compute(args, &checkpoint, |opened, cancel| {
        Ok(match args.stage {
            StageArg::VqaViews => vqa_views(&config, &inputs, &opened.device)?,
            _ => vqa(&config, &checkpoint, &inputs, &opened.device, cancel)?,
        })
    })
}

/// The file of the network, which all stages but one need.
fn network(args: &ForwardArgs) -> anyhow::Result<&Path> {
    match args.checkpoint.as_deref() {
        Some(path) => Ok(path),
        None => anyhow::bail!("the stage {} needs a network: name its file with --checkpoint", args.stage.label()),
    }
}

/// The configuration, which stages of training, of rewards and of judges need.
fn config_path(args: &ForwardArgs) -> anyhow::Result<&Path> {
    match args.config.as_deref() {
        Some(path) => Ok(path),
        None => anyhow::bail!("the stage {} needs a configuration: name its file with --config", args.stage.label()),
    }
}

/// The input tensors, which all stages but one need.
fn inputs(args: &ForwardArgs) -> anyhow::Result<Checkpoint> {
    match &args.inputs {
        Some(inputs) => Ok(Checkpoint::open(inputs)?),
        None => anyhow::bail!("the stage {} needs tensors: name their file with --inputs", args.stage.label()),
    }
}

/// Opens the device, lets a stage compute on it, and writes and prints what comes out.
fn compute(
    args: &ForwardArgs,
    checkpoint: &Checkpoint,
    stage: impl FnOnce(&OpenDevice, &CancelToken) -> anyhow::Result<Vec<Output>>,
) -> anyhow::Result<()> {
    let opened = device::open(args.device, crate::speeds().as_ref())?;
    let cannot = || format!("{} does not multiply in {}: choose exact", opened.name, args.factors);
    let factors = args.factors.on(&opened.device).with_context(cannot)?;
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    display.note(&format!("computing on {}", opened.name));
    display.show(&Step { stage: args.stage.label(), done: 0, total: 0, eta_secs: None, detail: "" });
    let started = std::time::Instant::now();
    let outputs = with_factors(factors, || stage(&opened, &interrupt.token))?;
    display.finish();
    write_outputs(&args.output, &outputs, checkpoint, &interrupt.token)?;
    display.note(&format!("{} in {}", args.stage.label(), duration(started.elapsed().as_secs_f64())));
    if args.report.json {
        let shapes: std::collections::BTreeMap<&str, &[usize]> =
            outputs.iter().map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice())).collect();
        return print::json(&shapes);
    }
    outputs.iter().try_for_each(print_tensor)
}

fn print_tensor(tensor: &Output) -> anyhow::Result<()> {
    let (name, shape) = (print::value(&tensor.name), &tensor.shape);
    print::line(&match tensor.largest() {
        Some(largest) => format!("{name:<20}{shape:?}, largest magnitude {largest}"),
        None => format!("{name:<20}{shape:?}"),
    })
}

/// Runs a stage of training.
fn run_training(stage: TrainingStage, args: &ForwardArgs) -> anyhow::Result<()> {
    let config_path = config_path(args)?;
    let config = ReferenceConfig::read(config_path)?;
    let open = |path: &Path| Checkpoint::open(path);
    let checkpoint = open(network(args)?)?;
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
    compute(args, &checkpoint, |opened, _| Ok(forward_training(stage, &files, &opened.device)?))
}
