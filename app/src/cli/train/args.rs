//! What `hummingbird train` can be told.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use hummingbird_engine::training::device::{PlaceChoice, TrainDevice};
use hummingbird_engine::training::remote::LentAt;

use crate::cli::args::ReportArgs;

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
    #[arg(long, value_name = "TIME", value_parser = crate::cli::parse::seconds)]
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
