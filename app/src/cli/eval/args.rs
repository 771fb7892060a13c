//! What can be typed after `hummingbird eval`. The texts here are the help pages.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::eval::vbench::{CLIPS_A_PROMPT, Dimension};
use hummingbird_engine::request::{Precision, Reuse};
use hummingbird_engine::training::device::TrainDevice;

use crate::cli::args::ReportArgs;
use crate::cli::clip_args::SettingsArgs;
use crate::cli::folder_args::PartArgs;

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
    /// Measure how often clips show what their prompts say (colour, motion, scene, subject), for models of Nano's synthetic dataset.
    Nano(EvalNanoArgs),
    /// Make the clips of a suite of prompts, named and seeded so that they can be judged and made again.
    ///
    /// Run the same command again to go on with what was stopped (Ctrl-C): clips that are there stay.
    Sample(EvalSampleArgs),
    /// Judge a folder of clips by VBench's dimensions.
    ///
    /// Writes results_DATE-TIME_eval_results.json and .._full_info.json, as VBench does. Run the same command again to go on with what
    /// was stopped: clips that were judged are not looked at again until they change.
    Vbench(EvalVbenchArgs),
    /// Print quality, semantic and total score of VBench from results, alone or in a zip.
    Total(EvalTotalArgs),
    /// Compare two results, with confidence intervals: files of VBench's results, or of `eval nano --json`.
    Compare(EvalCompareArgs),
}

/// `hummingbird eval sample`.
#[derive(Args, Debug)]
pub struct EvalSampleArgs {
    /// Prompts: VBench_full_info.json, or a text file with one prompt a line.
    #[arg(long, value_name = "FILE")]
    pub suite: PathBuf,
    /// Model: `nano`, a file, or a name from `hummingbird models list`.
    #[arg(short, long, default_value = "nano")]
    pub model: String,
    /// Folder for the clips.
    #[arg(short, long)]
    pub output: PathBuf,
    /// Clips of each prompt.
    #[arg(long, default_value_t = CLIPS_A_PROMPT)]
    pub per_prompt: usize,
    /// Clips of each prompt of temporal_flickering, where these are more: VBench makes 25 and looks at five that stand still.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub per_still_prompt: usize,
    /// Another seed gives other clips; each has a seed of its own, which follows from this one, its prompt and its number.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true, value_parser = crate::cli::parse::seed)]
    pub seed: u64,
    /// Settings of the clips.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Files that complete the model.
    #[command(flatten)]
    pub parts: PartArgs,
    /// Device to compute on: auto, cpu, gpu or gpu:N. Repeat it for several devices, which make clips in parallel.
    #[arg(long, default_value = "auto")]
    pub device: Vec<DeviceChoice>,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `hummingbird eval vbench`.
#[derive(Args, Debug)]
pub struct EvalVbenchArgs {
    /// Folder of the clips: PROMPT-0.mp4 to PROMPT-4.mp4, also .mov, .webm, .mkv, .gif, .webp, .apng, and .safetensors with `frames`.
    pub folder: PathBuf,
    /// Prompts and what is judged of each: VBench_full_info.json, or a text file with one prompt a line.
    #[arg(long, value_name = "FILE", required_unless_present = "custom", conflicts_with = "custom")]
    pub suite: Option<PathBuf>,
    /// Judge any clips, by the dimensions that need no suite.
    #[arg(long)]
    pub custom: bool,
    /// Folder of the networks' files, under the names of their publishers. Default: the models folder.
    #[arg(long, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Folder for the results.
    #[arg(short, long)]
    pub output: PathBuf,
    /// Dimensions to judge, with commas between them. Default: all for which networks, detections and prompts are there.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub dimensions: Vec<Dimension>,
    /// What a detector or captioner saw, for object_class, multiple_objects, color, spatial_relationship and scene: {"detector": "NAME",
    /// "videos": {"PROMPT-0.mp4": {"frames": [{"caption": "..", "objects": [{"label": "..", "caption": "..", "box": [left, top, right,
    /// bottom]}]}]}}}. Repeat it for several files.
    #[arg(long, value_name = "FILE")]
    pub detections: Vec<PathBuf>,
    /// Judge temporal_flickering by clips that stand still, as VBench does: of up to 25 clips of each prompt the first five.
    #[arg(long)]
    pub static_filter: bool,
    /// Device to compute on: auto, cpu, gpu, gpu:N or tch (LibTorch).
    #[arg(long, default_value = "auto")]
    pub device: TrainDevice,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `hummingbird eval total`.
#[derive(Args, Debug)]
pub struct EvalTotalArgs {
    /// Results of some dimensions each, JSON or a zip of such files; of a dimension that is in several the last one counts.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `hummingbird eval compare`.
#[derive(Args, Debug)]
pub struct EvalCompareArgs {
    /// The first results.
    pub first: PathBuf,
    /// The second results, of the same kind.
    pub second: PathBuf,
    /// Write a page with all numbers and clips in pairs, a plain file.
    #[arg(long, value_name = "FILE.html")]
    pub page: Option<PathBuf>,
    /// Most pairs of clips on the page.
    #[arg(long, default_value_t = 100)]
    pub pairs: usize,
    /// Seed of the draws from which the intervals come.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true, value_parser = crate::cli::parse::seed)]
    pub seed: u64,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `hummingbird eval nano`.
#[derive(Args, Debug)]
pub struct EvalNanoArgs {
    /// Model: `nano`, a file, or a name from `hummingbird models list`.
    #[arg(short, long, default_value = "nano")]
    pub model: String,
    /// Number of held-out prompts: combinations of words that were not in the training set.
    #[arg(long, default_value_t = 200, allow_negative_numbers = true)]
    pub prompts: usize,
    /// Sampling steps. Default: the model's own, at most 20.
    #[arg(long, allow_negative_numbers = true)]
    pub steps: Option<u32>,
    /// Guidance scale. Default: the model's own.
    #[arg(long, allow_negative_numbers = true)]
    pub guidance: Option<f32>,
    /// Seed for the choice of prompts and for the noise.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true, value_parser = crate::cli::parse::seed)]
    pub seed: u64,
    /// Feature cache (DeepCache): off, light, strong or INTERVAL:DEPTH. Default: the model's own.
    #[arg(long)]
    pub reuse: Option<Reuse>,
    /// What the CPU device rounds the factors of matmuls and convolutions to: exact, bf16 or int8.
    #[arg(long, default_value = "exact", value_parser = crate::cli::parse::precision)]
    pub precision: Precision,
    /// Spatial attention at full resolution uses 2x2-pooled keys and values.
    #[arg(long)]
    pub merge_tokens: bool,
    /// Evaluate reconstructions of dataset clips by the autoencoder: the upper bound for its denoiser.
    #[arg(long, conflicts_with_all = ["steps", "guidance", "reuse", "precision", "merge_tokens"])]
    pub autoencoder: bool,
    /// Device to compute on: auto, cpu, gpu, gpu:N or tch (LibTorch).
    #[arg(long, default_value = "auto")]
    pub device: TrainDevice,
    /// Write a sample grid: frames of the first clips as a PNG, one row per clip.
    #[arg(long = "sheet", value_name = "FILE.png")]
    pub sample_grid: Option<PathBuf>,
    /// Write the prompts and every single verdict in VBench's form: NAME_full_info.json and NAME_eval_results.json.
    #[arg(long, value_name = "NAME")]
    pub results: Option<PathBuf>,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::{Cli, Command};

    fn read(line: &str) -> Result<EvalCommand, clap::Error> {
        let cli = Cli::try_parse_from(["hummingbird", "eval"].into_iter().chain(line.split(' ')))?;
        let Some(Command::Eval(EvalArgs { command })) = cli.command else { panic!("another command was read") };
        Ok(command)
    }

    #[test]
    fn the_default_of_prompts_is_a_whole_evaluation() {
        let Ok(EvalCommand::Nano(args)) = read("nano") else { panic!("another command was read") };
        assert_eq!(args.prompts, hummingbird_engine::eval::DEFAULT_PROMPTS);
    }

    #[test]
    fn dimensions_stand_in_one_word_and_a_suite_is_needed_or_none() {
        let Ok(EvalCommand::Vbench(args)) = read("vbench clips --custom -o out --dimensions scene,dynamic_degree")
        else {
            panic!("another command was read")
        };
        assert_eq!(args.dimensions, [Dimension::Scene, Dimension::DynamicDegree]);
        for line in [
            "vbench clips -o out",
            "vbench clips --suite a --custom -o out",
            "vbench clips --custom -o o --dimensions x",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn samples_are_made_on_several_devices_and_have_no_prompt_of_their_own() {
        let Ok(EvalCommand::Sample(args)) = read("sample --suite a.txt -o out --device cpu --device gpu:1 --steps 3")
        else {
            panic!("another command was read")
        };
        assert_eq!((args.device.len(), args.settings.0.steps, args.per_prompt), (2, Some(3), 5));
        assert!(read("sample --suite a.txt -o out prompt").is_err());
    }
}
