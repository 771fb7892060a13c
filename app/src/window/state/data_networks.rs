//! The networks of the data page: which file each of them is, found in the models folder by its name or chosen by the user, what is
//! known of it, and how stages are asked to work.

use std::path::{Path, PathBuf};

use hummingbird_engine::data::caption::{MOST_FRAMES, MOST_PARALLEL};
use hummingbird_engine::data::score::{Network, ScoreOptions};
use serde::{Deserialize, Serialize};

use super::latest::{Latest, Ticket};

/// A network that a stage of the page needs, the cheap one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataNetwork {
    /// Scores all clips first.
    Sieve,
    /// Scores what the sieve lets through.
    Judge,
    /// Predicts frames.
    Smoothness,
}

impl DataNetwork {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sieve, Self::Judge, Self::Smoothness];

    /// What the catalogue calls it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Sieve => "dover-mobile",
            Self::Judge => "dover",
            Self::Smoothness => "amt-s",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sieve => "DOVER-Mobile",
            Self::Judge => "DOVER",
            Self::Smoothness => "AMT-S",
        }
    }
}

/// What is known of a file before it is loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownNetwork {
    /// Its name.
    pub name: String,
    /// What a clip costs, in GFLOP; 0 where it depends on the clip.
    pub gflop: f64,
}

impl KnownNetwork {
    /// For a plan.
    pub fn network(&self) -> Network<'_> {
        Network { name: &self.name, gflop: self.gflop }
    }
}

/// The file of a network.
#[derive(Clone, Debug, Default)]
pub struct NetworkFile {
    /// The one that the user chose instead of that of the models folder.
    pub chosen: Option<PathBuf>,
    /// The one of the models folder.
    pub found: Option<PathBuf>,
    /// What it is, or why it cannot be used; `None` while that is not known.
    pub known: Option<Result<KnownNetwork, String>>,
    look: Option<(PathBuf, Ticket)>,
    looks: Latest,
}

impl NetworkFile {
    /// The file.
    pub fn path(&self) -> Option<&Path> {
        self.chosen.as_deref().or(self.found.as_deref())
    }

    /// What is known of one that can be used.
    pub fn usable(&self) -> Option<&KnownNetwork> {
        self.path().and(self.known.as_ref()?.as_ref().ok())
    }
}

/// The networks.
#[derive(Clone, Debug, Default)]
pub struct DataNetworks {
    files: [NetworkFile; DataNetwork::ALL.len()],
}

impl DataNetworks {
    /// The file of one.
    pub fn file(&self, network: DataNetwork) -> &NetworkFile {
        &self.files[network as usize]
    }

    /// The models folder has this file for a network, or none; whether that is new.
    pub fn find(&mut self, network: DataNetwork, found: Option<&Path>) -> bool {
        let file = &mut self.files[network as usize];
        let is_new = file.found.as_deref() != found;
        if is_new {
            file.found = found.map(Path::to_owned);
            if file.chosen.is_none() {
                (file.known, file.look) = (None, None);
            }
        }
        is_new
    }

    /// The user chose a file, or takes that of the models folder again.
    pub fn choose(&mut self, network: DataNetwork, chosen: Option<PathBuf>) {
        let file = &mut self.files[network as usize];
        (file.chosen, file.known, file.look) = (chosen, None, None);
    }

    /// The file of a network that is to be looked at now.
    pub fn look(&mut self, network: DataNetwork) -> Option<(PathBuf, Ticket)> {
        let file = &mut self.files[network as usize];
        let path = file.path()?.to_owned();
        if file.look.as_ref().is_some_and(|(looked, _)| *looked == path) {
            return None;
        }
        let look = (path, file.looks.ask());
        file.look = Some(look.clone());
        Some(look)
    }

    /// What came of a look; whether it still counts.
    pub fn on_known(&mut self, network: DataNetwork, ticket: Ticket, known: Result<KnownNetwork, String>) -> bool {
        let file = &mut self.files[network as usize];
        let counts = file.look.as_ref().is_some_and(|(_, asked)| *asked == ticket);
        if counts {
            file.known = Some(known);
        }
        counts
    }

    /// Files are looked at anew when they are needed: what was wrong with one may have been put right.
    pub fn forget_failures(&mut self) {
        for file in self.files.iter_mut().filter(|file| matches!(file.known, Some(Err(_)))) {
            (file.known, file.look) = (None, None);
        }
    }
}

/// How stages are asked to work.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StageChoice {
    /// Whether the cheap network scores first.
    pub sieves: bool,
    /// The share of clips that it lets through.
    pub sieve_share: f64,
    /// Whether the large network scores.
    pub judges: bool,
    /// Frames of each clip that are sent with its caption; 0 for a language model that does not see.
    pub frames: usize,
    /// Captions that are asked for at once.
    pub parallel: usize,
}

impl Default for StageChoice {
    fn default() -> Self {
        let sieve_share = ScoreOptions::default().sieve_share;
        Self { sieves: true, sieve_share, judges: true, frames: 0, parallel: 4 }
    }
}

impl StageChoice {
    /// Frames that are sent where the user has not said how many.
    pub const FRAMES: usize = 4;

    /// The same within bounds, since it may come from a file.
    #[must_use]
    pub fn within_bounds(self) -> Self {
        let is_share = self.sieve_share > 0.0 && self.sieve_share <= 1.0;
        Self {
            sieve_share: if is_share { self.sieve_share } else { Self::default().sieve_share },
            frames: self.frames.min(MOST_FRAMES),
            parallel: self.parallel.clamp(1, MOST_PARALLEL),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_file_counts_before_that_of_the_models_folder() {
        let mut networks = DataNetworks::default();
        let known = |name: &str| Ok(KnownNetwork { name: name.to_owned(), gflop: 1.0 });
        assert!(networks.look(DataNetwork::Judge).is_none(), "there is none");
        assert!(networks.find(DataNetwork::Judge, Some("/models/DOVER.pth".as_ref())));
        assert!(!networks.find(DataNetwork::Judge, Some("/models/DOVER.pth".as_ref())));
        let (path, first) = networks.look(DataNetwork::Judge).expect("it is new");
        assert_eq!((path, networks.look(DataNetwork::Judge)), ("/models/DOVER.pth".into(), None));
        // What is said of another file than the last one does not count.
        networks.choose(DataNetwork::Judge, Some("/mine.pth".into()));
        let (path, second) = networks.look(DataNetwork::Judge).expect("another one");
        assert_eq!(path, Path::new("/mine.pth"));
        assert!(!networks.on_known(DataNetwork::Judge, first, known("dover")));
        assert!(networks.file(DataNetwork::Judge).usable().is_none());
        assert!(networks.on_known(DataNetwork::Judge, second, Err("it is damaged".to_owned())));
        assert!(networks.look(DataNetwork::Judge).is_none());
        networks.forget_failures();
        let (_, third) = networks.look(DataNetwork::Judge).expect("it may be whole now");
        assert!(networks.on_known(DataNetwork::Judge, third, known("mine")));
        // A file that comes to the models folder meanwhile changes nothing, until the chosen one is given up.
        assert!(networks.find(DataNetwork::Judge, None));
        assert_eq!(networks.file(DataNetwork::Judge).usable().map(|known| known.name.as_str()), Some("mine"));
        networks.choose(DataNetwork::Judge, None);
        assert!(
            networks.file(DataNetwork::Judge).path().is_none() && networks.file(DataNetwork::Judge).usable().is_none()
        );
        assert!(networks.file(DataNetwork::Sieve).path().is_none());
    }

    #[test]
    fn numbers_of_files_are_kept_within_bounds() {
        let odd = StageChoice { sieve_share: f64::NAN, frames: 1000, parallel: 0, ..StageChoice::default() };
        let bounded = odd.within_bounds();
        assert_eq!((bounded.sieve_share, bounded.frames, bounded.parallel), (0.8, MOST_FRAMES, 1));
        assert_eq!(StageChoice::default().within_bounds(), StageChoice::default());
    }
}
