//! Folders beside the models folder, what was found in them, and the files that complete a model.

use std::path::{Path, PathBuf};

use hummingbird_engine::weights::store::folders::{FolderState, FoundProgram, ModelFolders, Program};

use super::latest::{Latest, Ticket};
use super::models::ModelRow;

/// A folder of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct FolderRow {
    /// The folder.
    pub path: PathBuf,
    /// The program whose folder it is.
    pub program: Option<Program>,
    /// Whether it is there.
    pub state: FolderState,
    /// Files in it that this program can use.
    pub models: usize,
    /// Files of weights in it for other programs.
    pub others: usize,
    /// Whether there is more in it than was looked at.
    pub is_cut: bool,
}

/// What was found in the folders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundModels {
    /// The folders, in the order of the list.
    pub folders: Vec<FolderRow>,
    /// The models in them, in the same order.
    pub rows: Vec<ModelRow>,
    /// Programs whose models could be used.
    pub offers: Vec<FoundProgram>,
}

/// The folders beside the models folder.
#[derive(Default)]
pub struct OtherFolders {
    /// What is kept of them.
    pub kept: ModelFolders,
    /// What was found in them, once they were searched.
    pub found: FoundModels,
    /// Whether they are being searched.
    pub searching: bool,
    /// Why they could not be searched.
    pub problem: Option<String>,
    searches: Latest,
}

impl OtherFolders {
    /// The ticket of a new search.
    pub fn ask(&mut self) -> Ticket {
        self.searching = true;
        self.searches.ask()
    }

    /// The folders were searched, or not. A search of an older list is passed over.
    pub fn set_found(&mut self, ticket: Ticket, found: Result<FoundModels, String>) {
        if !self.searches.is_last(ticket) {
            return;
        }
        self.searching = false;
        match found {
            Ok(found) => (self.found, self.problem) = (found, None),
            Err(error) => self.problem = Some(error),
        }
    }

    /// A folder is on the list no more, and what was found in it goes at once.
    pub fn forget(&mut self, folder: &Path) {
        self.kept.remove(folder);
        self.found.folders.retain(|row| row.path != folder);
        self.found.rows.retain(|row| row.folder.as_deref() != Some(folder));
    }
}

/// The dialog in which a model is completed with files of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completing {
    /// The model.
    pub model: PathBuf,
    /// Path of the text encoder as typed or chosen; empty for the model's own.
    pub text_encoder: String,
    /// Path of the autoencoder.
    pub autoencoder: String,
}

/// A network that a file of its own can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The text encoder.
    TextEncoder,
    /// The autoencoder.
    Autoencoder,
}

impl Part {
    /// Whether a file holds it.
    pub fn is_in(self, row: &ModelRow) -> bool {
        match self {
            Self::TextEncoder => row.parts.text_encoder,
            Self::Autoencoder => row.parts.autoencoder,
        }
    }
}

impl Completing {
    /// The path of a part.
    pub fn path_mut(&mut self, part: Part) -> &mut String {
        match part {
            Part::TextEncoder => &mut self.text_encoder,
            Part::Autoencoder => &mut self.autoencoder,
        }
    }
}
