//! `hummingbird forward`: one stage on given tensors.

use hummingbird_engine::device;
use hummingbird_engine::forward::{ForwardStage, SampleSettings, forward, tiny_decode};
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
        StageArg::TinyDecode => None,
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
    for tensor in &outputs {
        let largest = tensor.values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let name = print::value(&tensor.name);
        print::line(&format!("{name:<20}{:?}, largest magnitude {largest}", tensor.shape))?;
    }
    Ok(())
}
