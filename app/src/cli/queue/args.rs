//! What can be typed after `hummingbird queue`. The texts here are the help pages.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::args::MemoryLimit;

/// `hummingbird queue`.
#[derive(Args, Debug)]
pub struct QueueArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: QueueCommand,
}

/// The commands of `hummingbird queue`.
#[derive(Debug, Subcommand)]
pub enum QueueCommand {
    /// Make all clips of a queue file, one after the other.
    ///
    /// Run the same command again to go on with a queue that was stopped (Ctrl-C), killed, or of which clips have failed: finished
    /// clips stay, and the one that was being made goes on after its last finished step. What is needed for that is in FILE.run
    /// beside the file, and removed at the end.
    Run(QueueRunArgs),
}

/// `hummingbird queue run`.
#[derive(Args, Debug)]
pub struct QueueRunArgs {
    /// Queue file, saved in the window or written by hand: {"jobs": [{"request": {"prompt": "a boat"}}]}.
    pub file: PathBuf,
    /// Folder for the clips. Default: one named after the file, in the current folder.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// Model of the jobs that name none: `nano`, a file, or a name from `hummingbird models list`.
    #[arg(short, long, default_value = "nano")]
    pub model: String,
    /// Most memory that each job may use on its device, for example 1.5GiB.
    #[arg(long, value_name = "BYTES")]
    pub memory_limit: Option<MemoryLimit>,
    /// Share of a GPU's time to use, in percent: with less than 100 the desktop beside stays as smooth as it is.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(25..=100), default_value_t = 100)]
    pub gpu_share: u8,
    /// Overwrite existing files.
    #[arg(short, long)]
    pub force: bool,
    /// Do not write prompt, seed and settings into the files.
    #[arg(long)]
    pub no_metadata: bool,
    /// Print an event as a line of JSON on standard output whenever something happens.
    #[arg(long)]
    pub json: bool,
    /// Do not show progress.
    #[arg(short, long)]
    pub quiet: bool,
}
