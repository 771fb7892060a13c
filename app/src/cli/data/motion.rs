//! `hummingbird data motion`: how clips move.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use hummingbird_engine::CancelToken;
use hummingbird_engine::data::clip::ClipSource;
use hummingbird_engine::data::manifest;
use hummingbird_engine::data::motion::{
    ClipMotion, MotionLimits, MotionMeter, MotionSum, PairMotion, measure_manifest,
};
use hummingbird_engine::device::{self, DeviceChoice};
use hummingbird_engine::forward::amt;
use hummingbird_engine::judges::farneback::Flow;
use hummingbird_engine::weights::Checkpoint;

use super::super::args::ReportArgs;
use super::super::interrupt::Interrupt;
use super::super::print;
use super::super::progress::Display;
use super::ScratchArgs;

/// Names of the file of AMT-S in a folder of models.
const AMT_FILES: [&str; 4] = ["amt-s.safetensors", "amt-s.pth", "amt-s.pt", "amt-s.ckpt"];

/// `hummingbird data motion`.
#[derive(Args, Debug)]
pub struct MotionArgs {
    /// A manifest, whose rows get their motion, or a clip, whose motion is printed.
    #[arg(value_name = "CLIP|MANIFEST", required_unless_present = "flows")]
    pub input: Option<PathBuf>,
    /// For a manifest: where to write the new one (.parquet, .csv or .jsonl).
    #[arg(short, long, value_name = "MANIFEST")]
    pub output: Option<PathBuf>,
    /// Flows instead of clips: tensors [pairs, 2, height, width], each of which is a clip.
    #[arg(long, value_name = "FILE.safetensors", conflicts_with_all = ["input", "output", "smoothness"])]
    pub flows: Option<PathBuf>,
    /// Also measure how well every second frame follows from its neighbours, by AMT-S. It takes much longer.
    #[arg(long)]
    pub smoothness: bool,
    /// Folder with the file of AMT-S (amt-s.pth or amt-s.safetensors), or that file. Default: the models folder.
    #[arg(long, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Device that AMT-S computes on: auto, cpu, gpu or gpu:N.
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    /// Where clips of stores lie.
    #[command(flatten)]
    pub scratch: ScratchArgs,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

pub(super) fn run(args: &MotionArgs) -> anyhow::Result<()> {
    if let Some(flows) = &args.flows {
        return of_flows(flows, args);
    }
    let Some(input) = &args.input else { bail!("name a clip or a manifest") };
    match &args.output {
        Some(output) if manifest::is_manifest(input) => of_manifest(input, output, args),
        None if manifest::is_manifest(input) => bail!("say where to write the new manifest: add -o MANIFEST"),
        Some(_) => {
            bail!("the motion of one clip is printed: leave out -o, or name a manifest (.parquet, .csv or .jsonl)")
        }
        None => of_clip(input, args),
    }
}

fn of_manifest(input: &Path, output: &Path, args: &MotionArgs) -> anyhow::Result<()> {
    let network = if args.smoothness {
        let file = amt_file(args.models.as_deref())?;
        let opened = device::open(args.device, crate::speeds().as_ref())?;
        Some((amt(&file, &opened.device)?, opened))
    } else {
        None
    };
    let network = network.as_ref().map(|(network, opened)| (network, &opened.device));
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    let mut progress = super::shown(&mut display);
    let limits = MotionLimits::default();
    let places = args.scratch.places();
    let report = measure_manifest(input, output, limits, network, &places, &mut progress, &interrupt.token)?;
    drop(progress);
    display.finish();
    match args.report.json {
        true => print::json(&report),
        false => print::line(&report.to_string()),
    }
}

/// The file of AMT-S.
fn amt_file(models: Option<&Path>) -> anyhow::Result<PathBuf> {
    let folder = match models {
        Some(path) if path.is_file() => return Ok(path.to_owned()),
        Some(path) => path.to_owned(),
        None => crate::folders()?.models,
    };
    match AMT_FILES.iter().map(|name| folder.join(name)).find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => bail!(
            "--smoothness needs AMT-S, which is not in {folder:?}: get it with `hummingbird models get amt-s`, or name its file or \
             folder with --models"
        ),
    }
}

fn of_clip(path: &Path, args: &MotionArgs) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen()?;
    let motion = motion_of_clip(&ClipSource::open(path)?, &interrupt.token)?;
    let Some(motion) = motion else { bail!("{path:?} has only one frame: nothing can be said of its motion") };
    if args.report.json { print::json(&motion) } else { print::line(&in_words(&motion)) }
}

fn motion_of_clip(clip: &ClipSource, cancel: &CancelToken) -> anyhow::Result<Option<ClipMotion>> {
    let mut meter = MotionMeter::new(MotionLimits::default());
    for picture in clip.frames()? {
        cancel.check()?;
        let picture = picture?;
        meter.add(&picture.rgb, [picture.height, picture.width]);
    }
    Ok(meter.finish())
}

fn of_flows(path: &Path, args: &MotionArgs) -> anyhow::Result<()> {
    let file = Checkpoint::open(path)?;
    let mut clips = BTreeMap::new();
    for tensor in &file.contents().tensors {
        let name = tensor.name();
        let &[pairs, 2, height, width] = tensor.shape() else {
            bail!(
                "the tensor {name:?} in {path:?} has the shape {:?}: flows are [pairs, 2, height, width]",
                tensor.shape()
            );
        };
        if tensor.is_empty() {
            bail!("the tensor {name:?} in {path:?} is empty");
        }
        let values = file.floats(tensor)?;
        let mut sum = MotionSum::new(MotionLimits::default());
        for pair in values.chunks(values.len() / pairs) {
            let (right, down) = pair.split_at(height * width);
            let vectors = right.iter().zip(down).map(|(&right, &down)| [right, down]).collect();
            sum.add(&PairMotion::of(&Flow { size: [height, width], vectors }));
        }
        clips.extend(sum.finish([height, width]).map(|motion| (name.to_owned(), motion)));
    }
    if args.report.json {
        return print::json(&clips);
    }
    clips.iter().try_for_each(|(name, motion)| print::line(&format!("{}: {}", print::value(name), in_words(motion))))
}

fn in_words(motion: &ClipMotion) -> String {
    let ClipMotion { magnitude_px, magnitude_rel, zoom, jerk, dolly_share, reasons, .. } = motion;
    let reasons: Vec<&str> = reasons.iter().map(|reason| reason.name()).collect();
    let reasons = if reasons.is_empty() { "nothing against it".to_owned() } else { reasons.join(", ") };
    format!(
        "{magnitude_px:.3} px a frame ({:.3}% of the diagonal), zoom {:.3}%, jerk {jerk:.2}, dolly share {dolly_share:.2}: {reasons}",
        magnitude_rel * 100.0,
        zoom * 100.0
    )
}
