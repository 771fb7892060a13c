//! Work for the data page as it is ordered, and what comes of it.

use std::path::PathBuf;
use std::sync::Arc;

use hummingbird_engine::chat::ServerSettings;
use hummingbird_engine::data::caption::Sample;
use hummingbird_engine::data::manifest::Row;
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::progress::Rated;
use serde::{Deserialize, Serialize};

use super::data_networks::{DataNetwork, KnownNetwork, StageChoice};
use super::data_view::{Arranged, Choice, KeptChoice, Listing, Stages};
use super::latest::Ticket;

/// Rows with their numbers.
pub type Numbered = Vec<(usize, Arc<Row>)>;

/// What is kept beside a manifest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptSession {
    /// The folder or manifest that was chosen.
    pub source: PathBuf,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Whether its scan came to its end.
    pub is_scanned: bool,
    /// The limits.
    pub choice: KeptChoice,
    /// How stages are asked to work.
    pub stages: StageChoice,
}

/// A manifest that was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedData {
    /// The folder in which the window keeps it.
    pub at: PathBuf,
    /// What is kept beside it.
    pub kept: KeptSession,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// What was open before.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentData {
    /// The folder or manifest.
    pub source: PathBuf,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Work that takes its time, one at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataStage {
    /// Looking for clips.
    Scan,
    /// Measuring motion.
    Motion,
    /// Scoring quality.
    Score,
    /// Measuring how smooth motion is.
    Smoothness,
    /// Asking for ten captions.
    Sample,
    /// Rewriting captions.
    Caption,
    /// Writing a folder for training.
    Train,
    /// Writing shards.
    Shards,
    /// Writing the page.
    Page,
    /// Writing a manifest.
    Manifest,
}

/// Files of the networks that score, one at least.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreFiles {
    /// The cheap one, which looks at all clips.
    pub sieve: Option<PathBuf>,
    /// The large one, which looks at what the cheap one lets through.
    pub judge: Option<PathBuf>,
    /// The share that it lets through.
    pub sieve_share: f64,
}

/// How captions are asked for.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Who is asked.
    pub server: ServerSettings,
    /// Frames of each clip that are sent.
    pub frames: usize,
    /// Questions at once.
    pub parallel: usize,
}

/// What is written somewhere.
#[derive(Clone, Debug, PartialEq)]
pub enum DataExport {
    /// A folder that training reads.
    Train,
    /// WebDataset shards.
    Shards,
    /// A page to look at.
    Page(Choice),
    /// A manifest that commands read.
    Manifest,
}

/// Work for the page. `at` is the folder in which the manifest is kept.
#[derive(Clone, Debug)]
pub enum DataOrder {
    /// Say what was open before.
    Recent,
    /// Open a folder or manifest.
    Open {
        /// The ticket of the order.
        ticket: Ticket,
        /// It.
        source: PathBuf,
    },
    /// Look for clips.
    Scan {
        ticket: Ticket,
        at: PathBuf,
        /// The folder of the clips.
        source: PathBuf,
        /// What is known already.
        rows: Vec<Arc<Row>>,
    },
    /// Measure motion.
    Motion { ticket: Ticket, at: PathBuf, rows: Numbered },
    /// Say what a network is.
    LookAtNetwork { ticket: Ticket, network: DataNetwork, file: PathBuf },
    /// Score.
    Score { ticket: Ticket, at: PathBuf, files: ScoreFiles, device: DeviceChoice, rows: Numbered },
    /// Measure how smooth motion is.
    Smoothness { ticket: Ticket, at: PathBuf, file: PathBuf, device: DeviceChoice, rows: Numbered },
    /// Ask for ten captions.
    Sample { ticket: Ticket, at: PathBuf, asking: Asking, rows: Numbered },
    /// Rewrite captions.
    Caption { ticket: Ticket, at: PathBuf, asking: Asking, rows: Numbered },
    /// Write something.
    Export { ticket: Ticket, at: PathBuf, what: DataExport, to: PathBuf, rows: Vec<Arc<Row>> },
    /// Stop what is under way.
    Stop,
    /// Filter and sort.
    Arrange { ticket: Ticket, rows: Vec<Arc<Row>>, choice: Choice, listing: Listing, stages: Stages },
    /// Write the manifest.
    Save { ticket: Ticket, at: PathBuf, rows: Vec<Arc<Row>>, kept: KeptSession },
    /// Make small moving pictures of these, and of none that was asked for before.
    Pictures { ticket: Ticket, at: PathBuf, rows: Numbered },
}

/// How work ended that did.
#[derive(Clone, Debug, PartialEq)]
pub enum DataEnd {
    /// The user stopped it.
    Stopped,
    /// It is done.
    Done,
    /// A folder, a page or a manifest was written, with so many clips.
    Written {
        /// Where.
        path: PathBuf,
        /// How many clips.
        clips: u64,
        /// Those that could not be read, with the reason.
        failed: Vec<String>,
    },
    /// Ten captions, before and after.
    Samples(Vec<Sample>),
}

/// What comes of work.
#[derive(Clone, Debug)]
pub enum DataReport {
    /// What was open before, the newest first.
    Recent(Vec<RecentData>),
    /// A folder or manifest was opened, or not.
    Opened(Ticket, Result<Box<OpenedData>, String>),
    /// A scan found rows.
    Found(Ticket, Vec<Row>),
    /// A scan found all rows.
    FoundAll(Ticket, Vec<Row>),
    /// What else a scan says.
    Noted(Ticket, Vec<String>),
    /// A stage has looked at rows.
    Learned(Ticket, Vec<(usize, Row)>),
    /// Captions were written.
    Offered(Ticket, Vec<(usize, Row)>),
    /// How far it is.
    Progress(Ticket, Rated),
    /// What was under way has ended.
    Ended(Ticket, DataStage, Result<DataEnd, String>),
    /// What a network is, or why its file cannot be used.
    Known(Ticket, DataNetwork, Result<KnownNetwork, String>),
    /// Rows were filtered and sorted.
    Arranged(Ticket, Option<Box<Arranged>>),
    /// The manifest was written, or not.
    Saved(Ticket, Result<(), String>),
    /// A small moving picture; none where the clip cannot be read.
    Picture(Ticket, usize, Option<Arc<Frames>>),
}
