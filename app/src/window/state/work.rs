//! Work that tasks do for the window, and what they report: plain data, so that tasks need to know nothing of commands.

use std::path::PathBuf;
use std::sync::Arc;

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::jobs::queue_file::QueueFile;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::{ExportSettings, ForeignSettings, Provenance};
use hummingbird_engine::progress::Rated;
use hummingbird_engine::request::RequestLimits;
use hummingbird_engine::weights::store::folders::ModelFolders;
use serde::{Deserialize, Serialize};

use super::data_networks::DataNetwork;
use super::exports::{ManyClip, ManyKind};
use super::latest::Ticket;
use super::model_folders::FoundModels;
use super::models::{FileKind, Listing};
use super::training::{ClipList, Measured, RunEnd, TrainingPlan, TrainingRun};

/// What a start of the program was asked for, as the window that is open takes it over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handover {
    /// Files to open, as absolute paths.
    pub files: Vec<PathBuf>,
    /// The model to open.
    pub model: Option<HandedModel>,
    /// The device to compute on.
    pub device: Option<DeviceChoice>,
}

/// A model in a [`Handover`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandedModel {
    /// The demo model.
    Demo,
    /// A file, as an absolute path.
    File(PathBuf),
}

impl From<HandedModel> for ModelSource {
    fn from(model: HandedModel) -> Self {
        match model {
            HandedModel::Demo => Self::Embedded,
            HandedModel::File(path) => Self::File(path),
        }
    }
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenPurpose {
    /// As the model.
    Model,
    /// As a LoRA.
    Lora,
    /// To read a clip's settings.
    Clip,
    /// As jobs for the queue.
    Queue,
    /// As styles.
    Styles,
    /// A folder of clips, to train on.
    TrainingClips,
    /// A folder to search for models.
    ModelFolder,
    /// A folder of clips, for the data page.
    DataFolder,
    /// A manifest, for the data page.
    DataManifest,
    /// A network of the data page.
    DataNetwork(DataNetwork),
    /// The folder that a training set is written into.
    DataTrain,
    /// The folder that shards are written into.
    DataShards,
}

impl OpenPurpose {
    /// Whether a folder is wanted, and no file.
    pub fn wants_folder(self) -> bool {
        matches!(self, Self::TrainingClips | Self::ModelFolder | Self::DataFolder | Self::DataTrain | Self::DataShards)
    }
}

/// A queue file, and what is known of the models that it names.
#[derive(Clone, Debug)]
pub struct ReadQueue {
    /// The file.
    pub file: QueueFile,
    /// Its models.
    pub models: Vec<NamedModel>,
}

/// A model that a queue file names.
#[derive(Clone, Debug)]
pub struct NamedModel {
    /// How it is named; `None` is the model that comes with the program.
    pub named: Option<String>,
    /// Where it is.
    pub source: ModelSource,
    /// What its clips may be, or why it cannot be opened.
    pub limits: Result<RequestLimits, String>,
}

/// An export with all that it needs.
#[derive(Debug)]
pub struct ExportOrder {
    /// Its number.
    pub id: u64,
    /// The frames.
    pub frames: Arc<Frames>,
    /// How to write them.
    pub settings: ExportSettings,
    /// Most bytes of the file.
    pub limit: Option<u64>,
    /// What the file carries.
    pub provenance: Provenance,
    /// Where it goes.
    pub path: PathBuf,
}

/// An export of several clips.
#[derive(Debug)]
pub struct ManyOrder {
    /// Its number.
    pub id: u64,
    /// What they become.
    pub kind: ManyKind,
    /// The clips, in their order.
    pub clips: Vec<ManyClip>,
    /// How to write each; frame rates are their own.
    pub settings: ExportSettings,
    /// Most bytes of a file.
    pub limit: Option<u64>,
    /// The folder, or the file.
    pub path: PathBuf,
}

/// A look at what an export would be.
#[derive(Debug)]
pub struct SampleOrder {
    /// Its number.
    pub id: u64,
    /// The frames.
    pub frames: Arc<Frames>,
    /// How to write them.
    pub settings: ExportSettings,
    /// What the file carries.
    pub provenance: Provenance,
    /// Most bytes of the file.
    pub limit: Option<u64>,
}

/// What an export wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The files, in the order of the frames.
    pub paths: Vec<PathBuf>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// How an export ended: with files, cancelled, or with an error for the user.
pub type ExportEnd = Result<Option<Saved>, String>;

/// The settings that an exported clip carries.
#[derive(Clone, Debug, PartialEq)]
pub struct CarriedSettings {
    /// What the file says.
    pub provenance: Provenance,
    /// Whether the demo model made it.
    pub is_of_demo: bool,
}

/// What a clip or picture says about how it was made.
#[derive(Clone, Debug, PartialEq)]
pub enum Carried {
    /// It is one of ours.
    Ours(CarriedSettings),
    /// Another program made it.
    Foreign(ForeignSettings),
}

/// Work on model files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelOrder {
    /// List what is here and what can be downloaded.
    List(Ticket),
    /// Search folders beside the models folder, and look for other programs.
    Search {
        /// What the answer brings back.
        ticket: Ticket,
        /// The folders.
        folders: ModelFolders,
    },
    /// Download.
    Get {
        /// The model.
        key: String,
        /// The user accepts its licence.
        is_accepted: bool,
    },
    /// Compare with what was released.
    Check {
        /// The model.
        key: String,
    },
    /// Stop the work on a model.
    Cancel {
        /// The model.
        key: String,
    },
    /// Take away.
    Remove {
        /// The model.
        key: String,
        /// Its files that can be brought back.
        names: Vec<String>,
    },
    /// Bring back.
    Restore {
        /// The model.
        key: String,
        /// The files.
        names: Vec<String>,
    },
    /// Find out what a file is.
    Inspect {
        /// The file.
        path: PathBuf,
        /// Only a LoRA is wanted.
        only_lora: bool,
        /// The model that a LoRA should fit.
        model: ModelSource,
    },
    /// Find out which LoRAs do not fit a model.
    FitLoras {
        /// The model.
        model: ModelSource,
        /// Their files.
        paths: Vec<PathBuf>,
    },
}

/// How work on a model ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelEnd {
    /// It is here.
    Got,
    /// It is right; what was found.
    Checked(String),
    /// It was taken away; these files can be brought back.
    Removed(Vec<String>),
    /// It is back.
    Restored,
    /// It was stopped.
    Cancelled,
}

/// What work on model files has to say.
#[derive(Clone, Debug)]
pub enum ModelReport {
    /// The models were listed, or not.
    Listed {
        /// The ticket of the order.
        ticket: Ticket,
        /// What was found.
        listing: Result<Listing, String>,
    },
    /// The folders were searched, or not.
    Searched {
        /// The ticket of the order.
        ticket: Ticket,
        /// What was found.
        found: Result<FoundModels, String>,
    },
    /// Work made progress.
    Progress {
        /// The model.
        key: String,
        /// How far it is.
        progress: Rated,
    },
    /// Work ended.
    Ended {
        /// The model.
        key: String,
        /// How.
        ended: Result<ModelEnd, String>,
    },
    /// A file was looked into.
    Inspected {
        /// The file.
        path: PathBuf,
        /// Only a LoRA is wanted.
        only_lora: bool,
        /// The model that a LoRA was compared with.
        model: ModelSource,
        /// What it is, or why it cannot be read.
        kind: Result<FileKind, String>,
        /// Why it does not fit that model as a LoRA.
        unfit: Option<String>,
    },
    /// It is known which LoRAs do not fit a model.
    Fitted {
        /// The model.
        model: ModelSource,
        /// Their files, and why each does not.
        unfit: Vec<(PathBuf, String)>,
        /// Trigger words of LoRAs whose files name one.
        triggers: Vec<(PathBuf, String)>,
    },
    /// A folder or address was opened outside.
    Opened,
    /// A folder or address could not be opened outside.
    NotOpened(String),
}

/// Work on the training of LoRAs.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainingOrder {
    /// Look for runs that can go on.
    Find,
    /// Look through a folder.
    Look {
        /// What the answer brings back.
        ticket: Ticket,
        /// The folder, or a file in it.
        place: PathBuf,
        /// Frames that a clip must have.
        frames: usize,
    },
    /// Write a caption beside its clip; an empty one goes.
    KeepCaption {
        /// The clip.
        clip: PathBuf,
        /// Its caption.
        caption: String,
    },
    /// Make a few updates, throw them away, and say what they took.
    Measure(TrainingPlan),
    /// Begin a run.
    Start(TrainingPlan),
    /// Go on with a run.
    Resume {
        /// Its folder.
        folder: PathBuf,
        /// What it is made of.
        plan: TrainingPlan,
    },
    /// Write the LoRA of a run as it is.
    Finish {
        /// Its folder.
        folder: PathBuf,
        /// What it is made of.
        plan: TrainingPlan,
    },
    /// Stop what is under way, with a checkpoint.
    Stop,
    /// Note what became of a run.
    Mark {
        /// Its folder.
        folder: PathBuf,
        /// What it is made of.
        plan: TrainingPlan,
        /// What became of it.
        end: RunEnd,
    },
}

/// What the training of LoRAs has to say.
#[derive(Clone, Debug)]
pub enum TrainingReport {
    /// Runs of earlier sessions that can go on, the newest first.
    Found(Vec<TrainingRun>),
    /// A folder was looked through, or not.
    Listed {
        /// The ticket of the order.
        ticket: Ticket,
        /// What is in it.
        clips: Result<ClipList, String>,
    },
    /// The first frame of a clip was read.
    Picture {
        /// The ticket of the order.
        ticket: Ticket,
        /// Number of the clip.
        index: usize,
        /// The picture, a clip of one frame.
        picture: Arc<Frames>,
    },
    /// A caption could not be written.
    NotKept {
        /// The clip.
        clip: PathBuf,
        /// Why.
        reason: String,
    },
    /// A few updates were made and thrown away; `None` when they were stopped.
    Measured(Result<Option<Measured>, String>),
    /// A run has a folder and a place for its LoRA, and its device is open.
    Begun {
        /// Its folder.
        folder: PathBuf,
        /// What it is made of.
        plan: Box<TrainingPlan>,
        /// Name of the device.
        device: String,
    },
    /// The losses that the run had before.
    Before(Vec<(u64, f64)>),
    /// Updates were made.
    Updates {
        /// Their losses.
        losses: Vec<(u64, f64)>,
        /// How far the run is.
        progress: Rated,
    },
    /// A clip is left out.
    LeftOut(String),
    /// There is a new sample grid, a clip of one frame.
    Grid(Arc<Frames>),
    /// The LoRA is being written.
    Writing,
    /// The run has ended: with a LoRA, with a checkpoint, or with an error.
    Ended(Result<TrainingEnd, String>),
    /// It could not be noted what became of a run.
    NotMarked(String),
    /// Work with nothing to say has ended.
    Done,
}

/// How a run has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingEnd {
    /// Its LoRA is written.
    Finished,
    /// It was stopped, and its checkpoint is written.
    Paused,
}
