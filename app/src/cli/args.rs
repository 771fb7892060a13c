//! What can be typed. The texts here are the help pages.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::request::{DecoderKind, LoraChoice, NoiseKind, Reuse, SamplerKind};
use hummingbird_engine::training::device::TrainDevice;
use hummingbird_engine::weights::WeightPrecision;

/// Turns a written prompt into a short video on your own machine.
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "hummingbird", version, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
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
    /// Open the window with this model: `nano`, or a file.
    #[arg(short, long)]
    pub model: Option<String>,
    /// Open the window with this device: auto, cpu, gpu or gpu:N.
    #[arg(long)]
    pub device: Option<DeviceChoice>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a clip from a prompt.
    Generate(GenerateArgs),
    /// List where clips can be computed.
    Devices(DevicesArgs),
    /// Look at models, get them, check them, remove them.
    Models(ModelsArgs),
    /// Run one stage of a model on given tensors, to compare it with another implementation.
    Forward(ForwardArgs),
    /// Train a model.
    Train(TrainArgs),
    /// Measure how well a model does.
    Eval(EvalArgs),
    /// Time kernels, blocks and stages on a device, beside its arithmetic peak.
    Bench(BenchArgs),
}

/// `hummingbird generate`.
#[derive(Args, Debug)]
pub struct GenerateArgs {
    /// What the clip should show, for example "a red balloon rising over the ocean".
    pub prompt: String,
    /// Model: `nano`, or a file.
    #[arg(short, long, default_value = "nano")]
    pub model: String,
    /// Where to write the clip; the ending chooses the format: .mp4, .gif, .webp, .apng or .png (numbered frames). Without
    /// it, an MP4 named after the prompt is written to the current folder.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// Sampling steps; more are slower and often better.
    #[arg(long, allow_negative_numbers = true)]
    pub steps: Option<u32>,
    /// How closely the clip follows the prompt, 0 to 30.
    #[arg(long, allow_negative_numbers = true)]
    pub guidance: Option<f32>,
    /// Seed of the noise; the same seed and settings on the same device give the same clip.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Frames of the clip.
    #[arg(long, allow_negative_numbers = true)]
    pub frames: Option<u32>,
    /// Size in pixels, for example 96x64.
    #[arg(long, value_name = "WxH")]
    pub size: Option<Size>,
    /// Frames a second.
    #[arg(long, allow_negative_numbers = true)]
    pub fps: Option<u32>,
    /// What the clip should not show (DDIM only).
    #[arg(long, default_value = "")]
    pub negative: String,
    /// Sampler; without it, the one that the model was made for.
    #[arg(long)]
    pub sampler: Option<SamplerArg>,
    /// Fresh noise in each step: 0, as without it, is none, 1 as much as in the diffusion process (DDIM only).
    #[arg(long, allow_negative_numbers = true)]
    pub eta: Option<f32>,
    /// Where the noise comes from.
    #[arg(long, value_enum, default_value_t = NoiseArg::Hummingbird)]
    pub noise: NoiseArg,
    /// Take over the features of deep blocks from earlier steps: off, light, strong or INTERVAL:DEPTH. Faster, and a little
    /// another clip; without it, the model's default.
    #[arg(long)]
    pub reuse: Option<Reuse>,
    /// At full resolution, let pixels look at the means of two by two others instead of at each: faster for large clips, and a
    /// little another clip.
    #[arg(long)]
    pub merge_tokens: bool,
    /// LoRA to apply, with its strength after an equals sign; may be given several times.
    #[arg(long = "lora", value_name = "FILE[=STRENGTH]")]
    pub loras: Vec<LoraArg>,
    /// What decodes the result: light takes a fraction of the time and comes near it (TAESD for the published models).
    #[arg(long, value_enum, default_value_t = DecoderArg::Full)]
    pub decoder: DecoderArg,
    /// Where to compute: auto, cpu, gpu or gpu:N (see `hummingbird devices`).
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    /// Memory that the job may hold on its device, for example 1.5GiB; weights that are used where their file lies do not count.
    /// Frames are decoded in tiles where that helps.
    #[arg(long, value_name = "BYTES")]
    pub memory_limit: Option<MemoryLimit>,
    /// Replace a file that has the name already.
    #[arg(short, long)]
    pub force: bool,
    /// Write no prompt, seed or settings into the file.
    #[arg(long)]
    pub no_metadata: bool,
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
    /// Show no progress.
    #[arg(short, long)]
    pub quiet: bool,
}

/// `hummingbird devices`.
#[derive(Args, Debug)]
pub struct DevicesArgs {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `hummingbird models`.
#[derive(Args, Debug)]
pub struct ModelsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ModelsCommand,
}

/// The commands of `hummingbird models`.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the embedded model, those in the models folder, and those that can be got.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what a model is, takes and knows.
    Info {
        /// Model: `nano`, a name from the list, or any checkpoint file.
        model: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write a checkpoint of any known form as a model file of Hummingbird: with f16 half the size, with q8 a third.
    Convert(ConvertArgs),
    /// Get a model from its repository into the models folder.
    ///
    /// Nothing else of this program talks to the network. A download that was stopped (Ctrl-C) or broken off goes on when the
    /// same command is given again. Proxies are taken from HTTPS_PROXY, ALL_PROXY and NO_PROXY.
    Get(GetArgs),
    /// Read models again and compare them with what was released.
    Verify(VerifyArgs),
    /// Delete a model from the models folder.
    Remove(RemoveArgs),
}

/// `hummingbird models convert`.
#[derive(Args, Debug)]
pub struct ConvertArgs {
    /// Checkpoint: a PyTorch file of any form, safetensors, or a model file.
    pub file: PathBuf,
    /// Where to write the model, ending in .safetensors.
    #[arg(short, long)]
    pub output: PathBuf,
    /// Number format of the weights.
    #[arg(long, value_enum, default_value_t = PrecisionArg::F16)]
    pub precision: PrecisionArg,
    /// Whole model that gives the networks which FILE lacks.
    #[arg(long, value_name = "MODEL")]
    pub base: Option<PathBuf>,
    /// LoRA to merge into the weights, with its strength after an equals sign; may be given several times.
    #[arg(long = "lora", value_name = "FILE[=STRENGTH]")]
    pub loras: Vec<LoraArg>,
    /// The reference's own configuration, YAML or JSON, for what cannot be read off the tensors.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Name of the model for people.
    #[arg(long)]
    pub name: Option<String>,
    /// Replace a file that has the name already.
    #[arg(short, long)]
    pub force: bool,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `hummingbird forward`.
#[derive(Args, Debug)]
pub struct ForwardArgs {
    /// Stage. In and out: text: tokens -> out; unet: x, timesteps, context, fps, w_embedding, motion_cond -> out;
    /// vae-decode, light-decode: z -> decoded; vae-encode: image -> mean, logvar; sample: latents, context, uncond, w_embedding, fps,
    /// step0.noise, ... -> result, step0.denoised or step0.x_prev, ...
    pub stage: StageArg,
    /// Checkpoint in any known form; only the network of the stage has to be in it.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: PathBuf,
    /// The reference's own configuration, YAML or JSON, for what cannot be read off the tensors: heads, schedule.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Tensors that go in.
    #[arg(long, value_name = "IN.safetensors")]
    pub inputs: PathBuf,
    /// Where to write those that come out.
    #[arg(short, long, value_name = "OUT.safetensors")]
    pub output: PathBuf,
    /// LoRA to apply, with its strength after an equals sign; may be given several times.
    #[arg(long = "lora", value_name = "FILE[=STRENGTH]")]
    pub loras: Vec<LoraArg>,
    /// Where to compute: auto, cpu, gpu or gpu:N.
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    /// Round the weights as a model file of this format would, and compute in f32. Without it the weights are used in the
    /// number format of the checkpoint, as jobs use them.
    #[arg(long, value_enum)]
    pub precision: Option<PrecisionArg>,
    /// sample: the sampler.
    #[arg(long, value_enum, default_value_t = SamplerArg::Turbo)]
    pub sampler: SamplerArg,
    /// sample: steps.
    #[arg(long, default_value_t = 4)]
    pub steps: usize,
    /// sample: guidance.
    #[arg(long, default_value_t = 7.5, allow_negative_numbers = true)]
    pub guidance: f32,
    /// sample: noise that DDIM adds, 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    pub eta: f64,
    /// sample: apply the reference's `scale_arr` (DDIM).
    #[arg(long)]
    pub use_scale: bool,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// A stage as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StageArg {
    /// Token ids to a text embedding.
    Text,
    /// One prediction of the U-Net.
    Unet,
    /// Latents to pictures.
    VaeDecode,
    /// Latents to pictures by a light decoder.
    LightDecode,
    /// Pictures to latents.
    VaeEncode,
    /// All sampling steps.
    Sample,
}

impl StageArg {
    /// What progress calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Unet => "unet",
            Self::VaeDecode => "vae-decode",
            Self::LightDecode => "light-decode",
            Self::VaeEncode => "vae-encode",
            Self::Sample => "sample",
        }
    }
}

/// A number format as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArg {
    /// 32 bits.
    F32,
    /// 16 bits: half the size.
    F16,
    /// 8 bits with a scale for every 32 weights, the smaller ones of the U-Net in 16: about a third of the size.
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

/// `hummingbird models get`.
#[derive(Args, Debug)]
pub struct GetArgs {
    /// Model: a name from `hummingbird models list`, for example hummingbird-0.7b.
    pub id: String,
    /// Accept the licence of the weights without being asked; read it first.
    #[arg(long)]
    pub accept_licence: bool,
    /// Get it from a mirror of the hub; without it, from HF_ENDPOINT if that is set, else from https://huggingface.co.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `hummingbird models verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Models or files of the models folder; without one, all of them.
    pub names: Vec<String>,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `hummingbird models remove`.
#[derive(Args, Debug)]
pub struct RemoveArgs {
    /// Model or file of the models folder.
    pub name: String,
    /// Delete it without being asked.
    #[arg(short, long)]
    pub yes: bool,
}

/// `hummingbird train`.
#[derive(Args, Debug)]
pub struct TrainArgs {
    /// What to train.
    #[command(subcommand)]
    pub command: TrainCommand,
}

/// The commands of `hummingbird train`.
#[derive(Debug, Subcommand)]
pub enum TrainCommand {
    /// Make Nano, the embedded demo model, from a synthetic dataset that is drawn on the way.
    ///
    /// The run may be stopped at any time (Ctrl-C writes a checkpoint) and goes on when the same command is given again.
    Nano(TrainNanoArgs),
}

/// `hummingbird train nano`.
#[derive(Args, Debug)]
pub struct TrainNanoArgs {
    /// Folder of checkpoints, loss curves and sample grids.
    #[arg(long, default_value = "runs/nano")]
    pub out: PathBuf,
    /// Seed of a new run; a run that goes on keeps its own.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Model whose weights a new run starts from; without it, from random ones.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// JSON file that says how much of what is trained (see --print-plan).
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Which part to do.
    #[arg(long, value_enum, default_value_t = TrainStage::All)]
    pub stage: TrainStage,
    /// Where to compute: auto, cpu, gpu, gpu:N or tch.
    #[arg(long, default_value = "cpu")]
    pub device: TrainDevice,
    /// Compute each batch in N micro-batches and sum their gradients: less memory, the same result but for rounding.
    #[arg(long, value_name = "N", default_value = "1")]
    pub accumulate: NonZeroU32,
    /// Compute the inside of blocks again in the backward pass instead of keeping it: less memory, about a third more time.
    #[arg(long)]
    pub checkpoint_activations: bool,
    /// Where to write the finished model; without it, nano.safetensors in the folder of the run.
    #[arg(long, value_name = "FILE")]
    pub model_out: Option<PathBuf>,
    /// Print the plan as JSON and train nothing.
    #[arg(long)]
    pub print_plan: bool,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Part of a training run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TrainStage {
    /// Everything that is left.
    All,
    /// The autoencoder.
    Vae,
    /// Text transformer and U-Net.
    Denoiser,
    /// The model file from the newest checkpoints.
    Model,
    /// The tiny decoder of a model: that of --from, else the one that the run has made, else the embedded one.
    LightDecoder,
}

/// `hummingbird eval`.
#[derive(Args, Debug)]
pub struct EvalArgs {
    /// What to evaluate.
    #[command(subcommand)]
    pub command: EvalCommand,
}

/// The commands of `hummingbird eval`.
#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// Measure how often a model's clips show what prompts of the synthetic dataset say: colour, motion, scene, subject.
    Nano(EvalNanoArgs),
}

/// `hummingbird eval nano`.
#[derive(Args, Debug)]
pub struct EvalNanoArgs {
    /// Model: `nano`, or a file.
    #[arg(short, long, default_value = "nano")]
    pub model: String,
    /// Prompts whose combinations of words were never trained on.
    #[arg(long, default_value_t = 200)]
    pub prompts: usize,
    /// Sampling steps; without it, the model's default, at most 20.
    #[arg(long)]
    pub steps: Option<u32>,
    /// Guidance; without it, the model's default.
    #[arg(long, allow_negative_numbers = true)]
    pub guidance: Option<f32>,
    /// Seed of the choice of prompts and of the noise.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Reuse features of deep blocks from earlier steps (DeepCache): off, light, strong or INTERVAL:DEPTH; without it, the
    /// model's default.
    #[arg(long)]
    pub reuse: Option<Reuse>,
    /// Attention at full resolution uses 2x2-pooled keys and values.
    #[arg(long)]
    pub merge_tokens: bool,
    /// Measure rendered clips that went through the autoencoder alone: an upper bound for the denoiser.
    #[arg(long, conflicts_with_all = ["steps", "guidance", "reuse", "merge_tokens"])]
    pub autoencoder: bool,
    /// Where to compute: auto, cpu, gpu, gpu:N or tch.
    #[arg(long, default_value = "auto")]
    pub device: TrainDevice,
    /// Write a sample grid: frames of the first clips, a row for each.
    #[arg(long = "sheet", value_name = "FILE.png")]
    pub sample_grid: Option<PathBuf>,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `hummingbird bench`.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// Model whose shapes are timed: `nano`; hummingbird-0.7b, hummingbird-0.9b or videocrafter2 with made-up weights, without
    /// any file; or a model file with its own.
    #[arg(short, long, default_value = "nano")]
    pub model: String,
    /// Where to compute: auto, cpu, gpu or gpu:N.
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    /// Time all frames of the model's default clip, several runs each. Without it, a large model's clip is four frames.
    #[arg(long)]
    pub full: bool,
    /// Time only what has these words in its kind, name or shape, for example "U-Net call" or "kernel conv"; may be given
    /// several times.
    #[arg(long, value_name = "WORDS")]
    pub only: Vec<String>,
    /// Run burn's own operations instead of this program's kernels.
    #[arg(long)]
    pub unfused: bool,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// A size as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sides = text.split_once(['x', 'X']);
        let parsed = sides.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
        let (width, height) =
            parsed.ok_or_else(|| format!("{text:?} is not a size: write WIDTHxHEIGHT, for example 96x64"))?;
        Ok(Self { width, height })
    }
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
    /// Few steps, one U-Net call each; for distilled models.
    Turbo,
    /// More steps, two U-Net calls each; for models that were not distilled.
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

/// A decoder as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DecoderArg {
    /// The model's own.
    Full,
    /// The light one.
    Light,
}

impl From<DecoderArg> for DecoderKind {
    fn from(decoder: DecoderArg) -> Self {
        match decoder {
            DecoderArg::Full => Self::Full,
            DecoderArg::Light => Self::Light,
        }
    }
}

/// Where the noise comes from, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NoiseArg {
    /// Hummingbird's own generator.
    Hummingbird,
    /// PyTorch's CPU generator: with a seed, the noise that the reference implementation draws on a CPU.
    TorchCpu,
}

impl From<NoiseArg> for NoiseKind {
    fn from(noise: NoiseArg) -> Self {
        match noise {
            NoiseArg::Hummingbird => Self::Own,
            NoiseArg::TorchCpu => Self::TorchCpu,
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
    fn sizes_are_two_numbers() {
        assert_eq!("96x64".parse(), Ok(Size { width: 96, height: 64 }));
        assert_eq!("512X320".parse(), Ok(Size { width: 512, height: 320 }));
        for text in ["", "96", "x", "96x", "96x64x3", "96*64", "-96x64", "9.5x64"] {
            assert!(text.parse::<Size>().is_err(), "{text:?}");
        }
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

    #[test]
    fn the_default_of_prompts_is_a_whole_evaluation() {
        let cli = Cli::try_parse_from(["hummingbird", "eval", "nano"]).expect("valid");
        let Some(Command::Eval(EvalArgs { command: EvalCommand::Nano(args) })) = cli.command else {
            panic!("another command was read")
        };
        assert_eq!(args.prompts, hummingbird_engine::eval::DEFAULT_PROMPTS);
    }
}
