//! What can be typed. The texts here are the help pages.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::request::{LoraChoice, SamplerKind};
use hummingbird_engine::training::device::{PlaceChoice, TrainDevice};
use hummingbird_engine::training::remote::LentAt;
use hummingbird_engine::weights::WeightPrecision;

use super::clip_args::ClipArgs;
use super::data::DataArgs;
use super::enhance::{EnhanceArgs, ServerArgs};
use super::eval::args::EvalArgs;
use super::export_args::{ExportArgs, ExportCommandArgs};
use super::folder_args::{FoldersArgs, ListArgs, PartArgs};
use super::queue::args::QueueArgs;

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
    pub server: ServerArgs,
    /// Device to compute on: auto, cpu, gpu or gpu:N (see `hummingbird devices`).
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    /// Most memory that the job may use on its device, for example 1.5GiB. Memory-mapped weights do not count. Frames are decoded
    /// in tiles if that makes it fit.
    #[arg(long, value_name = "BYTES")]
    pub memory_limit: Option<MemoryLimit>,
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
    /// List the embedded model, those in the models folder and in other folders, and those that can be downloaded.
    List(ListArgs),
    /// Name more folders with models, those of other programs too. Nothing in them is ever changed.
    Folders(FoldersArgs),
    /// Show what a checkpoint is: its networks, limits, defaults and vocabulary.
    Info {
        /// Model: `nano`, a name from the list, or any checkpoint file.
        model: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Convert a checkpoint of any known format to a Hummingbird model file. f16 halves its size, q8 makes it a third.
    Convert(ConvertArgs),
    /// Download a model from its repository into the models folder.
    ///
    /// Nothing else in this program uses the network. Run the same command again to resume a download that was stopped (Ctrl-C) or
    /// interrupted. Proxies are taken from HTTPS_PROXY, ALL_PROXY and NO_PROXY.
    Get(GetArgs),
    /// Compare models with the hashes of their release.
    Verify(VerifyArgs),
    /// Delete a model from the models folder.
    Remove(RemoveArgs),
}

/// `hummingbird models convert`.
#[derive(Args, Debug)]
pub struct ConvertArgs {
    /// Checkpoint: any PyTorch file, safetensors, or a model file.
    pub file: PathBuf,
    /// Where to write the model, ending in .safetensors.
    #[arg(short, long)]
    pub output: PathBuf,
    /// Number format of the weights.
    #[arg(long, value_enum, default_value_t = PrecisionArg::F16)]
    pub precision: PrecisionArg,
    /// Complete model that supplies the networks that FILE lacks.
    #[arg(long, value_name = "MODEL")]
    pub base: Option<PathBuf>,
    /// LoRA to merge into the weights, with its strength after an equals sign. Repeat it for several LoRAs.
    #[arg(long = "lora", value_name = "FILE[=STRENGTH]")]
    pub loras: Vec<LoraArg>,
    /// Configuration of the reference implementation, YAML or JSON, for what the tensors do not show.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Display name of the model.
    #[arg(long)]
    pub name: Option<String>,
    /// Overwrite an existing file.
    #[arg(short, long)]
    pub force: bool,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `hummingbird forward`.
#[derive(Args, Debug)]
pub struct ForwardArgs {
    /// Stage. Its input and output tensors: text: tokens -> out; unet: x, timesteps, context, fps, w_embedding, motion_cond -> out;
    /// vae-decode, light-decode: z -> decoded; vae-encode: image -> mean, logvar; sample: latents, context, uncond, w_embedding, fps,
    /// step0.noise, ... -> result, step0.denoised or step0.x_prev, ...; reward-image: frames (or latents, frame_index), tokens ->
    /// scores, loss, grad_frames (or grad_latents), ...; reward-video: frames, crop, tokens, attention_mask -> the same. Networks that
    /// look at frames: dino: frames -> dino_features; clip-image: frames -> clip_features; clip-text: tokens -> text_features; musiq:
    /// picture -> score; viclip: frames, tokens -> video_features, text_features; umt: video -> logits; vfi: first, last ->
    /// before_clamp, middle_u8; flow: first, last, iterations -> flow_low, flow_up; farneback: first, last -> flow; vqa-views: frames,
    /// tech_indices, aes_indices, offsets_h, offsets_w -> fragments_u8, aesthetic_view_u8; vqa: fragments_u8, aesthetic_view_u8 ->
    /// technical_map, aesthetic_map, raw, ... Stages of training: distil-step, distil-trace: x_start, noise, timesteps, context,
    /// uncond_context, fps -> loss or losses, ...; consistency-step: latents, noise, index, w, context, uncond_context -> loss, ...;
    /// prune: nothing -> the student's tensors.
    pub stage: StageArg,
    /// Checkpoint in any known format; it only needs the network of the stage. Only farneback has none.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Stages of training: checkpoint of the teacher.
    #[arg(long, value_name = "FILE")]
    pub teacher: Option<PathBuf>,
    /// reward-image: checkpoint of the autoencoder by which latents are decoded.
    #[arg(long, value_name = "FILE")]
    pub vae: Option<PathBuf>,
    /// Configuration of the reference implementation, YAML or JSON, for what the tensors do not show: heads, schedule. Stages of
    /// training need it: unet_config, teacher_unet_config, guidance, base_scale, optimizer, huber_c, grads and others; those of
    /// rewards too, as JSON: kind, clip_config or model, mean, std, reward_scale; those of networks that look at frames need the sizes, as
    /// JSON; those of vqa take window, clip_len, num_clips, interval, fragments, fsize, aligned, aes_size, aes_frames.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Input tensors; only prune has none.
    #[arg(long, value_name = "IN.safetensors")]
    pub inputs: Option<PathBuf>,
    /// Where to write the output tensors.
    #[arg(short, long, value_name = "OUT.safetensors")]
    pub output: PathBuf,
    /// LoRA to apply, with its strength after an equals sign. Repeat it for several LoRAs.
    #[arg(long = "lora", value_name = "FILE[=STRENGTH]")]
    pub loras: Vec<LoraArg>,
    /// Device to compute on: auto, cpu, gpu or gpu:N.
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    /// Round the weights to this number format and compute in f32. Default: use the weights in the number format of the
    /// checkpoint, as `generate` does.
    #[arg(long, value_enum)]
    pub precision: Option<PrecisionArg>,
    /// sample: the sampler.
    #[arg(long, value_enum, default_value_t = SamplerArg::Turbo)]
    pub sampler: SamplerArg,
    /// sample: steps.
    #[arg(long, default_value_t = 4, allow_negative_numbers = true)]
    pub steps: usize,
    /// sample: guidance.
    #[arg(long, default_value_t = 7.5, allow_negative_numbers = true)]
    pub guidance: f32,
    /// sample: noise that DDIM adds, 0 to 1.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
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
    /// Latents to images.
    VaeDecode,
    /// Latents to images by a tiny decoder (TAESD).
    #[value(name = "light-decode")]
    TinyDecode,
    /// Images to latents.
    VaeEncode,
    /// All sampling steps.
    Sample,
    /// Scores of pictures or decoded latents against their prompt, with the gradient.
    RewardImage,
    /// Scores of clips against their prompt, with the gradient.
    RewardVideo,
    /// Features of frames by DINO.
    Dino,
    /// Features of frames by CLIP.
    ClipImage,
    /// Features of token ids by CLIP.
    ClipText,
    /// Quality of a picture by MUSIQ.
    Musiq,
    /// Features of a clip and of token ids by ViCLIP.
    #[value(name = "viclip")]
    ViClip,
    /// Actions of a clip by UMT.
    Umt,
    /// Views of a clip, as DOVER sees it.
    VqaViews,
    /// How good a clip looks to DOVER, by its views.
    Vqa,
    /// The frame between two, by AMT-S.
    Vfi,
    /// Optical flow between two frames, by RAFT.
    Flow,
    /// Optical flow between two frames, by Farneback; it has no weights.
    Farneback,
    /// One step of stage 1 of the paper's recipe, with gradients.
    DistilStep,
    /// Some updates of stage 1.
    DistilTrace,
    /// One step of stage 2, with gradients; --lora is what is trained.
    ConsistencyStep,
    /// The student in the weights of its teacher, which is --checkpoint.
    Prune,
}

impl StageArg {
    /// What progress calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Unet => "unet",
            Self::VaeDecode => "vae-decode",
            Self::TinyDecode => "light-decode",
            Self::VaeEncode => "vae-encode",
            Self::Sample => "sample",
            Self::RewardImage => "reward-image",
            Self::RewardVideo => "reward-video",
            Self::Dino => "dino",
            Self::ClipImage => "clip-image",
            Self::ClipText => "clip-text",
            Self::Musiq => "musiq",
            Self::ViClip => "viclip",
            Self::Umt => "umt",
            Self::VqaViews => "vqa-views",
            Self::Vqa => "vqa",
            Self::Vfi => "vfi",
            Self::Flow => "flow",
            Self::Farneback => "farneback",
            Self::DistilStep => "distil-step",
            Self::DistilTrace => "distil-trace",
            Self::ConsistencyStep => "consistency-step",
            Self::Prune => "prune",
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

/// `hummingbird models get`.
#[derive(Args, Debug)]
pub struct GetArgs {
    /// Model: a name from `hummingbird models list`, for example hummingbird-0.7b.
    pub id: String,
    /// Accept the licence of the weights without being asked. Read it first.
    #[arg(long)]
    pub accept_licence: bool,
    /// Mirror of the hub to download from. Default: HF_ENDPOINT if it is set, else https://huggingface.co.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `hummingbird models verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Models or files in the models folder. Default: all of them.
    pub names: Vec<String>,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `hummingbird models remove`.
#[derive(Args, Debug)]
pub struct RemoveArgs {
    /// Model or file in the models folder.
    pub name: String,
    /// Delete it without asking.
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
    /// Train Nano, the embedded demo model, on a synthetic dataset that is drawn during training.
    ///
    /// Stop the run at any time (Ctrl-C writes a checkpoint); the same command resumes it.
    Nano(TrainNanoArgs),
    /// Cut a student out of a teacher: fewer residual blocks, with the teacher's weights.
    Prune(RecipeArgs),
    /// Distil a pruned student from its guided teacher (stage 1 of the paper).
    ///
    /// Stop the run at any time (Ctrl-C writes a checkpoint); the same command resumes it.
    Distil(RecipeArgs),
    /// Teach a distilled student to make a clip in a few steps, with visual feedback (stage 2 of the paper).
    ///
    /// Stop the run at any time (Ctrl-C writes a checkpoint); the same command resumes it.
    Turbo(RecipeArgs),
    /// Train an autoencoder from nothing, or the decoder of a model alone.
    ///
    /// Stop the run at any time (Ctrl-C writes a checkpoint); the same command resumes it.
    Vae(RecipeArgs),
    /// Distil a tiny decoder for previews and fast results from the decoder of a model.
    ///
    /// Stop the run at any time (Ctrl-C writes a checkpoint); the same command resumes it.
    TinyDecoder(RecipeArgs),
    /// Train a scorer of pictures or of clips from nothing, for the feedback of `turbo`.
    ///
    /// Stop the run at any time (Ctrl-C writes a checkpoint); the same command resumes it.
    Scorer(RecipeArgs),
    /// Teach a model the style of your clips or pictures; the result is a small file for --lora of `generate`.
    ///
    /// Stop the run at any time (Ctrl-C writes a checkpoint); the same command resumes it.
    Lora(RecipeArgs),
    /// Lend a device of this machine to a training run of another process, until Ctrl-C.
    ///
    /// Prints how the run names it in --device. Nothing is encrypted and nobody is asked for a password: keep to addresses of this
    /// machine, and let other machines come through a tunnel (docs/training.md).
    Serve(TrainServeArgs),
}

/// `hummingbird train serve`.
#[derive(Args, Debug)]
pub struct TrainServeArgs {
    /// Device to lend: auto, cpu, gpu or gpu:N.
    #[arg(long, default_value = "auto")]
    pub device: TrainDevice,
    /// Address and port to listen on; port 0 is a free one.
    #[arg(long, default_value = "127.0.0.1:7077", value_name = "ADDRESS:PORT")]
    pub address: LentAt,
}

/// What every recipe of `hummingbird train` takes.
#[derive(Args, Debug)]
pub struct RecipeArgs {
    /// Recipe, a TOML file (see --print-recipe). What it leaves out has defaults.
    #[arg(value_name = "RECIPE")]
    pub recipe: Option<PathBuf>,
    /// Set a key of the recipe, over its file. Repeat it for several keys.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Print the recipe with its defaults and what each key means, and exit.
    #[arg(long)]
    pub print_recipe: bool,
    /// Open all that the run needs, say what memory it will take, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Device to compute on: auto, cpu, gpu, gpu:N or tch (LibTorch). Several share the clips of each update: gpu:0,gpu:1. Those after
    /// the first may be lent by `train serve`: remote:ADDRESS:PORT.
    #[arg(long, default_value = "cpu", value_delimiter = ',', value_name = "DEVICE")]
    pub device: Vec<PlaceChoice>,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `hummingbird train nano`.
#[derive(Args, Debug)]
pub struct TrainNanoArgs {
    /// The recipe.
    #[command(flatten)]
    pub recipe: RecipeArgs,
    /// Begin anew: what an earlier run left in the recipe's folder is moved aside. Without this the run there goes on.
    #[arg(long)]
    pub from_scratch: bool,
    /// Time for all stages, such as 20m, 2h or 90s: each is measured and cut (or stretched) to its share of it.
    #[arg(long, value_name = "TIME", value_parser = super::parse::seconds)]
    pub budget: Option<f64>,
    /// Stage to train.
    #[arg(long, value_enum, default_value_t = TrainStage::All)]
    pub stage: TrainStage,
}

/// Part of a training run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TrainStage {
    /// All stages that are not finished.
    All,
    /// The autoencoder, on crops.
    Autoencoder,
    /// Its decoder alone, on whole frames.
    Decoder,
    /// Text encoder and U-Net of the teacher.
    Teacher,
    /// The student, distilled from the teacher.
    Student,
    /// The scorer of pictures.
    ImageScorer,
    /// The scorer of clips.
    VideoScorer,
    /// The student of few steps, and the finished model.
    Turbo,
    /// The tiny decoder of the finished model.
    TinyDecoder,
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
