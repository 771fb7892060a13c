//! Why VBench gave no numbers.

use std::path::PathBuf;

use hummingbird_base::message::{self, Message};
use hummingbird_base::{Cancelled, WriteError};
use hummingbird_data::clip::ClipError;
use thiserror::Error;

use super::looks::LookError;
use crate::error::EngineError;

/// Why clips were not judged, or results not read.
#[derive(Debug, Error, Message)]
#[message("vbench")]
#[non_exhaustive]
pub enum VbenchError {
    /// A model or its device failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The owner stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A file could not be read or written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file is not what it was given as.
    #[error("{path:?} cannot be used: {fault}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: VbenchFault,
    },
    /// A network's file is missing.
    #[error(
        "{dimension} needs {file} in {folder:?}: get it with `hummingbird models get {model}`, or leave the dimension out with \
         --dimensions"
    )]
    NoModel {
        /// What was to be judged.
        dimension: String,
        /// Name of the file.
        file: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// The entry of the catalogue that has it.
        model: String,
    },
    /// A dimension that is scored from detections, and there are none.
    #[error(
        "{dimension} is scored from a file of detections: name one with --detections, or leave the dimension out with --dimensions"
    )]
    NoDetections {
        /// What was to be judged.
        dimension: String,
    },
    /// A dimension that needs what only a suite says.
    #[error("{dimension} needs what a suite says about its prompts: it cannot be judged with --custom")]
    NotCustom {
        /// What was to be judged.
        dimension: String,
    },
    /// No clip of the folder has a name that the suite asks for.
    #[error(
        "no clip in {folder:?} is named after a prompt of the suite (for example {example:?}): choose another folder, or --custom"
    )]
    NoClips {
        /// The folder.
        folder: PathBuf,
        /// A name that the suite asks for.
        example: String,
    },
    /// Nothing is left to be judged.
    #[error(
        "no dimension is left to be judged: put the networks' files into the folder of --models, or choose with --dimensions"
    )]
    NoDimensions,
    /// Two files have no dimension in common.
    #[error("{first:?} and {second:?} have nothing in common that could be compared")]
    NothingInCommon {
        /// The first file.
        first: PathBuf,
        /// The second file.
        second: PathBuf,
    },
    /// A file of another kind has the name of a clip that is to be made.
    #[error("{path:?} is a file of another model, prompt or seed: choose another folder")]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// A prompt that no file can be named after.
    #[error(
        "no file can be named after the prompt {prompt:?}: prompts of a suite have no slashes and fit into a name with their number"
    )]
    PromptName {
        /// The prompt.
        prompt: String,
    },
}

/// Why a clip has no value in a dimension: its entry in the results says so.
#[derive(Debug, Error, Message)]
#[message("vbench-entry")]
#[non_exhaustive]
pub enum ClipTrouble {
    /// It cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// It cannot be read, or what is known of it not kept.
    #[error(transparent)]
    Write(#[from] VbenchError),
    /// It cannot be judged.
    #[error(transparent)]
    Look(#[from] LookError),
    /// Its network is missing.
    #[error("there is no network for it")]
    NoNetwork,
    /// Whoever read it has gone.
    #[error("its frames broke off")]
    BrokeOff,
    /// The detections do not name it.
    #[error("the detections have no such clip")]
    NotDetected,
    /// The detections name it without frames.
    #[error("the detections have no frames of it")]
    NoFramesDetected,
    /// The suite says too little about its prompt.
    #[error("the suite does not say what is asked for")]
    NothingAsked,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("vbench-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum VbenchFault {
    #[error("it has {bytes} bytes, and at most {most_bytes} are read")]
    Large { bytes: u64, most_bytes: u64 },
    #[error("it is not the JSON that is expected here ({detail})")]
    Json { detail: String },
    #[error("it is not UTF-8")]
    NotText,
    #[error("it holds no prompt")]
    NoPrompt,
    #[error("it holds more than {most} prompts")]
    Prompts { most: usize },
    #[error("prompt {number} is not usable: it is empty, longer than {most_bytes} bytes, or has control characters")]
    Prompt { number: usize, most_bytes: usize },
    #[error("it holds no results of VBench")]
    NoResults,
    #[error("it is no zip archive that can be read ({detail})")]
    Zip { detail: String },
    #[error("frame {frame} of {clip:?} has a box that is none")]
    Box { clip: String, frame: usize },
    #[error("it has {labels} labels of actions and 400 are expected, one a line with its number after a tab")]
    Labels { labels: usize },
    #[error("it is a report of neither VBench nor `eval nano`")]
    NoReport,
}
