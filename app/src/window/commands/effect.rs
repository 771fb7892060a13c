//! What commands and reports ask for beyond the state; the application carries these out.

use std::path::PathBuf;
use std::sync::Arc;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::JobId;
use hummingbird_engine::jobs::queue_file::QueueFile;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::Format;
use hummingbird_engine::request::GenerateRequest;
use hummingbird_engine::weights::store::folders::ModelFolders;

use crate::window::state::clips::ResultId;
use crate::window::state::data_work::DataOrder;
use crate::window::state::devices::DeviceOrder;
use crate::window::state::latest::Ticket;
use crate::window::state::library::LibraryOrder;
use crate::window::state::prompting::PromptingOrder;
use crate::window::state::queue::{JobPlan, QueuedJob};
use crate::window::state::shortcuts::Shortcuts;
use crate::window::state::view::SavedThing;
use crate::window::state::work::{ExportOrder, ManyOrder, ModelOrder, OpenPurpose, SampleOrder, TrainingOrder};

/// What the state alone cannot do.
#[derive(Debug)]
pub enum Effect {
    /// Queue a job.
    Submit(Box<GenerateRequest>),
    /// Queue jobs, each with what is noted of it.
    Enqueue(Vec<(GenerateRequest, JobPlan)>),
    /// Write the queue to a file.
    SaveQueue {
        /// The file.
        path: PathBuf,
        /// What it is to hold.
        queue: QueueFile,
    },
    /// Read a queue file.
    ReadQueue(PathBuf),
    /// Work for the prompt.
    Prompting(PromptingOrder),
    /// Hand a job of the queue to the engine.
    Hand(Box<QueuedJob>),
    /// Queue the decoding of a kept latent.
    DecodeAgain {
        /// The latent's file.
        latent: PathBuf,
        /// The request that made it, with the decoder that is to be used.
        request: Box<GenerateRequest>,
    },
    /// Cancel a job.
    Cancel(JobId),
    /// Open a model.
    OpenModel {
        /// The model.
        source: ModelSource,
        /// What the answer brings back.
        ticket: Ticket,
    },
    /// Ask the system where to save a result.
    ChooseExportPath {
        /// The result.
        result: ResultId,
        /// The path to suggest.
        suggested: PathBuf,
        /// The formats to offer, the chosen one first.
        formats: Vec<Format>,
    },
    /// Ask the system where to save this; the path to suggest.
    ChooseSavePath(SavedThing, PathBuf),
    /// Ask the system which file to open.
    ChooseFile(OpenPurpose),
    /// Write a file.
    Export(Box<ExportOrder>),
    /// Write several clips.
    ExportMany(Box<ManyOrder>),
    /// Find out what an export would be.
    Sample(Box<SampleOrder>),
    /// Stop the making of a sample.
    StopSample(u64),
    /// Stop an export.
    CancelExport(u64),
    /// Fill the screen with the window, or leave it.
    FullScreen(bool),
    /// Read the settings of an exported clip.
    ReadClip {
        /// The file.
        path: PathBuf,
        /// What the answer brings back.
        ticket: Ticket,
    },
    /// Work on model files.
    Models(ModelOrder),
    /// Work on devices.
    Devices(DeviceOrder),
    /// Work on the training of LoRAs.
    Training(TrainingOrder),
    /// Show a folder or an address in the system's program for it.
    OpenOutside(String),
    /// Ask whether there is a newer version of the program.
    AskForNewerVersion,
    /// Put a text on the clipboard.
    CopyText(String),
    /// Show the window in front of others.
    ComeForward,
    /// Put a frame of a clip on the clipboard as a picture.
    CopyFrame(Arc<Frames>, usize),
    /// Work for the library.
    Library(LibraryOrder),
    /// Work for the data page.
    Data(DataOrder),
    /// Keep the list of folders with models, and what completes models.
    KeepModelFolders(ModelFolders),
    /// Keep the shortcuts that the user changed.
    KeepShortcuts(Shortcuts),
    /// Close the window.
    Close,
    /// Do not close the window although its button was pressed.
    StayOpen,
}
