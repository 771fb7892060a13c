//! What can be typed. The texts here are the help pages.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::request::{LoraChoice, SamplerKind};
use hummingbird_engine::weights::WeightPrecision;

use super::clip_args::ClipArgs;
use super::data::DataArgs;
use super::enhance::EnhanceArgs;
use super::eval::args::EvalArgs;
use super::export_args::{ExportArgs, ExportCommandArgs};
use super::folder_args::PartArgs;
use super::forward_args::ForwardArgs;
use super::models::args::ModelsArgs;
use super::queue::args::QueueArgs;
use super::server_args::NamedServerArgs;
use super::train::args::TrainArgs;

/// Turns a written prompt into a short video on your own machine.
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "hummingbird", version, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(override_usage = "hummingbird [OPTIONS] [FILE]...\n       hummingbird <COMMAND>")]
pub struct Cli {
    /// What to do; nothing opens the window.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of the window.
    #[command(flatten)]
    pub window: WindowArgs,
}

/// Options of the window.
#[derive(Args, Debug)]
pub struct WindowArgs {
    /// Open the window with this model: `nano`, a file, or a name from `hummingbird models list`.
    #[arg(short, long)]
    pub model: Option<String>,
    /// Open the window with this device: auto, cpu, gpu or gpu:N.
    #[arg(long)]
    pub device: Option<DeviceChoice>,
    /// Open another window although one is open; otherwise that one opens the files.
    #[arg(long)]
    pub new_window: bool,
    /// Files to open: clips, models and LoRAs. Read by `parse`, so that a mistyped command is no file.
    #[arg(skip)]
    pub files: Vec<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a clip from a prompt.
    Generate(Box<GenerateArgs>),
    /// Write a prompt out with the help of a language model.
    Enhance(EnhanceArgs),
    /// Make the clips of a queue that was saved to a file.
    Queue(QueueArgs),
    /// Write a clip in another format, length or size, or join several into one.
    Export(ExportCommandArgs),
    /// List the devices that can compute clips.
    Devices(DevicesArgs),
    /// List, inspect, convert, download, verify and remove models.
    Models(ModelsArgs),
    /// Run one stage of a model on given tensors, to compare the result with another implementation.
    Forward(ForwardArgs),
    /// Train a model.
    Train(TrainArgs),
    /// Measure how well a model does.
    Eval(EvalArgs),
    /// Turn folders of clips into a training set, step by step.
    Data(DataArgs),
    /// Time kernels, blocks and stages on a device, compared with its arithmetic peak.
    Bench(BenchArgs),
    /// Print the version of the program, or ask whether there is a newer one.
    Version(VersionArgs),
    /// Print what a shell completes commands and options with.
    Completions(CompletionsArgs),
    /// Write manual pages, one for each command.
    Man(ManArgs),
}

/// `hummingbird version`.
#[derive(Args, Debug)]
pub struct VersionArgs {
    /// Ask the project's page for the newest version. Nothing else is sent, and it is never asked without this option.
    #[arg(long)]
    pub newest: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `hummingbird completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell; for bash: hummingbird completions bash > ~/.local/share/bash-completion/completions/hummingbird
    pub shell: clap_complete::Shell,
}

/// `hummingbird man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// Folder for the pages.
    #[arg(short, long)]
    pub output: PathBuf,
}

/// `hummingbird generate`.
#[derive(Args, Debug)]
pub struct GenerateArgs {
    /// Model: `nano`, a file, or a name from `hummingbird models list`.
    #[arg(short, long, default_value = "nano")]
    pub model: String,
    /// Where to write the clip; the file extension chooses the format: .mp4, .gif, .webp, .webm, .apng or .png (numbered frames).
    /// Without it, an MP4 named after the prompt is written to the current folder.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// The clip's settings, from the engine's table.
    #[command(flatten)]
    pub clip: ClipArgs,
    /// Files that complete the model.
    #[command(flatten)]
    pub parts: PartArgs,
    /// LoRA to apply, with its strength after an equals sign. Repeat it for several LoRAs.
    #[arg(long = "lora", value_name = "FILE[=STRENGTH]")]
    pub loras: Vec<LoraArg>,
    /// Style to put around the prompt, by its name in the window. Repeat it for several styles.
    #[arg(long = "style", value_name = "NAME")]
    pub styles: Vec<String>,
    /// Let a language model write the prompt out first, as `hummingbird enhance` does.
    #[arg(long)]
    pub enhance: bool,
    /// The server for it.
    #[command(flatten)]
    pub server: NamedServerArgs,
    /// Device to compute on: auto, cpu, gpu or gpu:N (see `hummingbird devices`).
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    /// Most memory that the job may use on its device, for example 1.5GiB. Memory-mapped weights do not count. Frames are decoded
    /// in tiles if that makes it fit.
    #[arg(long, value_name = "BYTES")]
    pub memory_limit: Option<MemoryLimit>,
    /// Share of a GPU's time to use, in percent: with less than 100 the desktop beside stays as smooth as it is.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(25..=100), default_value_t = 100)]
    pub gpu_share: u8,
    /// Overwrite an existing file.
    #[arg(short, long)]
    pub force: bool,
    /// Do not write prompt, seed and settings into the file.
    #[arg(long)]
    pub no_metadata: bool,
    /// How the file is made.
    #[command(flatten)]
    pub export: ExportArgs,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// What every command that takes long can be told about its reports.
#[derive(Args, Clone, Copy, Debug)]
pub struct ReportArgs {
    /// Print the result as JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// Do not show progress.
    #[arg(short, long)]
    pub quiet: bool,
}

/// `hummingbird devices`.
#[derive(Args, Debug)]
pub struct DevicesArgs {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Try again which kernels are right and which of them are the fastest on each GPU.
    ///
    /// That takes a few seconds for each. Otherwise it is done when a GPU is first used, and after a change of its driver or of this
    /// program.
    #[arg(long)]
    pub measure: bool,
}

/// A number format as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArg {
    /// 32 bits.
    F32,
    /// 16 bits: half the size.
    F16,
    /// 8 bits with a scale for every 32 weights; the smallest weights of the U-Net stay in f16: about a third of the size.
    Q8,
}

impl From<PrecisionArg> for WeightPrecision {
    fn from(precision: PrecisionArg) -> Self {
        match precision {
            PrecisionArg::F32 => Self::F32,
            PrecisionArg::F16 => Self::F16,
            PrecisionArg::Q8 => Self::Q8,
        }
    }
}

/// A LoRA as it is typed: `FILE` or `FILE=STRENGTH`.
#[derive(Clone, Debug, PartialEq)]
pub struct LoraArg {
    /// The file.
    pub path: PathBuf,
    /// How much of it.
    pub strength: f32,
}

impl From<&LoraArg> for LoraChoice {
    fn from(lora: &LoraArg) -> Self {
        Self { path: lora.path.clone(), strength: lora.strength }
    }
}

impl FromStr for LoraArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, strength): (_, f32) = match text.rsplit_once('=') {
            // A file may have an equals sign in its name.
            Some((path, strength)) if strength.parse::<f32>().is_ok() => (path, strength.parse().unwrap_or(1.0)),
            _ => (text, 1.0),
        };
        if path.is_empty() || !strength.is_finite() {
            return Err(format!(
                "{text:?} is not a LoRA: write FILE or FILE=STRENGTH, for example style.safetensors=0.8"
            ));
        }
        Ok(Self { path: path.into(), strength })
    }
}

/// `hummingbird bench`.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// Model whose shapes are timed: `nano`, a model file, or hummingbird-0.7b, hummingbird-0.9b or videocrafter2 with random weights
    /// (no file needed).
    #[arg(short, long, default_value = "nano")]
    pub model: String,
    /// Device to compute on: auto, cpu, gpu or gpu:N.
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    /// Time all frames of the model's default clip, with more runs. Default: four frames for large models.
    #[arg(long)]
    pub full: bool,
    /// Time only what has these words in its kind, name or shape, for example "U-Net call" or "kernel conv". Repeat it for several.
    #[arg(long, value_name = "WORDS")]
    pub only: Vec<String>,
    /// Use burn's own operations instead of this program's fused kernels.
    #[arg(long)]
    pub unfused: bool,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// An amount of memory as it is typed: bytes, or a number with KiB, MiB or GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryLimit(pub usize);

impl FromStr for MemoryLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let units = [("KiB", 1_u64 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)];
        let unit = units.into_iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, size)));
        let parsed = unit.and_then(|(number, size)| Some(number.trim().parse::<f64>().ok()? * size as f64));
        match parsed {
            Some(bytes) if bytes.is_finite() && bytes >= 1.0 => Ok(Self(bytes as usize)),
            _ => Err(format!("{text:?} is not an amount of memory: write for example 900MiB or 2.5GiB")),
        }
    }
}

/// A sampler as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SamplerArg {
    /// Consistency sampler: few steps, one U-Net call each, for distilled models.
    Turbo,
    /// DDIM: more steps, two U-Net calls each, for models that were not distilled.
    Ddim,
}

impl From<SamplerArg> for SamplerKind {
    fn from(sampler: SamplerArg) -> Self {
        match sampler {
            SamplerArg::Turbo => Self::Turbo,
            SamplerArg::Ddim => Self::Ddim,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn memory_is_bytes_with_a_unit_or_without() {
        let amounts = ["1024", "1KiB", "1.5 GiB", "300MiB"].map(str::parse);
        assert_eq!(amounts, [1 << 10, 1 << 10, 3 << 29, 300 << 20].map(|bytes| Ok(MemoryLimit(bytes))));
        for text in ["", "GiB", "-1GiB", "0", "1 GB", "inf", "NaNMiB"] {
            assert!(text.parse::<MemoryLimit>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn loras_have_a_strength_or_not() {
        let lora = |path: &str, strength| Ok(LoraArg { path: path.into(), strength });
        assert_eq!("a.pt".parse(), lora("a.pt", 1.0));
        assert_eq!("a.pt=0.5".parse(), lora("a.pt", 0.5));
        assert_eq!("C:\\a=b.pt=-1".parse(), lora("C:\\a=b.pt", -1.0));
        assert_eq!("a=b.pt".parse(), lora("a=b.pt", 1.0));
        for text in ["", "=1", "a.pt=inf", "a.pt=NaN"] {
            assert!(text.parse::<LoraArg>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn nothing_and_window_options_open_the_window() {
        for line in ["hummingbird", "hummingbird --device cpu -m nano"] {
            let cli = Cli::try_parse_from(line.split(' ')).expect(line);
            assert!(cli.command.is_none(), "{line}");
        }
        assert!(Cli::try_parse_from(["hummingbird", "--device", "cpu", "devices"]).is_err());
    }
}
