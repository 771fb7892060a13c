//! What `hummingbird models` can be told.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::args::{LoraArg, PrecisionArg, ReportArgs};
use crate::cli::folder_args::{FoldersArgs, ListArgs};

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
    /// No other command gets models over the network. Run the same command again to resume a download that was stopped (Ctrl-C) or
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
