//! Options about folders of models, and about models that lie in several files.

use std::path::PathBuf;

use clap::Args;

/// `hummingbird models list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Search this folder too, this once; repeat it for several. HUMMINGBIRD_MODEL_FOLDERS names folders as PATH does, and
    /// `hummingbird models folders` remembers them.
    #[arg(long = "folder", value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `hummingbird models folders`.
#[derive(Args, Debug)]
pub struct FoldersArgs {
    /// Remember a folder: one of your own, or that of ComfyUI, StabilityMatrix or Stable Diffusion web UI.
    #[arg(long, value_name = "FOLDER")]
    pub add: Vec<PathBuf>,
    /// Forget a folder; its files stay as they are.
    #[arg(long, value_name = "FOLDER")]
    pub remove: Vec<PathBuf>,
}

/// Files that complete a model.
#[derive(Args, Clone, Debug, Default)]
pub struct PartArgs {
    /// Text encoder of the model, in a file of its own.
    #[arg(long, value_name = "FILE")]
    pub text_encoder: Option<PathBuf>,
    /// Autoencoder of the model, in a file of its own.
    #[arg(long, value_name = "FILE")]
    pub vae: Option<PathBuf>,
}
