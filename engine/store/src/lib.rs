//! The model store: a folder of model files, what can be got for it, and how it gets there whole.
//!
//! `catalogue` lists what can be got, `address` turns names into addresses and refuses bad ones, `download` gets a file over
//! `exchange` (one request) into `part` (what has arrived) unless `first_bytes` tells that it is no model, `index` remembers
//! hashes and licences, `manage` checks, removes and brings back; [`folders`] are those beside it, which are searched and never
//! changed. `release` asks whether there is a newer version of the program. Not here: what is in a model file. Start reading at [`Store`].

mod address;
mod catalogue;
mod download;
mod error;
mod exchange;
mod fault;
mod first_bytes;
pub mod folders;
mod index;
mod manage;
mod part;
mod presence;
mod progress;
mod release;

use hummingbird_base::Action;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use address::{DEFAULT_ENDPOINT, ENDPOINT_VARIABLE};
pub use catalogue::{Catalogue, CatalogueFile, Entry, Licence, Role};
pub use error::StoreError;
pub use fault::{AddressFault, CatalogueFault, NameFault, NoModel, Place, TransferFault};
pub use manage::{Against, Verified};
pub use presence::Presence;
pub use progress::{CHECKING, GETTING};
pub use release::{RELEASES, RELEASES_VARIABLE, Release, ReleaseError, newest_release, newest_release_at};

use address::{SettingsFile, endpoint, file_name, resolve};
use download::{Wanted, download};
use hummingbird_base::kept::without_mark;
use hummingbird_base::{CancelToken, Folders, ProgressSink};
use index::{Accepted, Index, Record, Stamp, now_secs};
use part::{part_path, try_lock};

/// Endings of files that can hold a model.
const ENDINGS: [&str; 6] = ["safetensors", "pt", "pth", "ckpt", "bin", "gguf"];
/// Name of the settings in the models folder.
const SETTINGS: &str = "settings.json";

/// Finds the bytes that are free where a folder is.
pub type FreeSpace = Arc<dyn Fn(&Path) -> io::Result<u64> + Send + Sync>;

/// How files are got.
#[derive(Clone)]
pub struct StoreOptions {
    /// The hub or a mirror of it; when `None`, what `settings.json` of the folder says, else [`DEFAULT_ENDPOINT`].
    pub endpoint: Option<String>,
    /// The proxy; when `None`, the one that the environment names (`HTTPS_PROXY`, `NO_PROXY` and so on).
    pub proxy: Option<String>,
    /// Longest wait for a name or a connection.
    pub connect_timeout: Duration,
    /// Longest silence of a server.
    pub stall_timeout: Duration,
    /// Wait before the second attempt; doubled for each one after it that brings nothing.
    pub first_wait: Duration,
    /// How the room on the disk is measured.
    pub free_space: FreeSpace,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            endpoint: None,
            proxy: None,
            connect_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(30),
            first_wait: Duration::from_secs(1),
            free_space: Arc::new(|folder| fs4::available_space(folder)),
        }
    }
}

/// A folder of models.
#[derive(Clone)]
pub struct Store {
    folder: PathBuf,
    options: StoreOptions,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Whether a file is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Not here.
    Missing,
    /// Some of it.
    Partial {
        /// Bytes that are here.
        bytes: u64,
    },
    /// Here.
    Present {
        /// Its size.
        bytes: u64,
        /// Its hash, if it is known and the file has not changed since.
        sha256: Option<String>,
        /// Whether that is the right one.
        trust: Trust,
    },
}

/// Whether a file is what was released (or what was got, where no hash is pinned).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It is.
    Right,
    /// It is another one.
    Wrong,
    /// It was not read since it changed, or there is nothing to compare it with.
    Unknown,
}

/// A file of the store.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFile {
    /// Its name in the folder.
    pub name: String,
    /// Where it is or would be.
    pub path: PathBuf,
    /// Whether it is here.
    pub state: FileState,
}

/// A model that is here or can be got.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its catalogue entry; `None` for a file that the user brought.
    pub entry: Option<Entry>,
    /// Its files.
    pub files: Vec<StoredFile>,
}

/// A file that is here after a get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// Its name in the folder.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its hash.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Whether it was here before.
    pub was_here: bool,
}

impl Store {
    /// The models folder of a user, with the endpoint of the environment.
    pub fn of(folders: &Folders) -> Self {
        let endpoint = std::env::var(ENDPOINT_VARIABLE).ok().filter(|text| !text.trim().is_empty());
        Self::at(&folders.models).with(StoreOptions { endpoint, ..StoreOptions::default() })
    }

    /// A store in any folder, which is made when something is written.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), options: StoreOptions::default() }
    }

    /// The same folder with other options.
    pub fn with(self, options: StoreOptions) -> Self {
        Self { options, ..self }
    }

    /// The same store with another endpoint, if one is given.
    pub fn with_endpoint(mut self, endpoint: Option<String>) -> Self {
        self.options.endpoint = endpoint.or(self.options.endpoint);
        self
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Bytes that are free on the disk of the folder, or of the nearest one above it that is there; `None` where the system does not say.
    pub fn free_bytes(&self) -> Option<u64> {
        self.folder.ancestors().find_map(|folder| (self.options.free_space)(folder).ok())
    }

    /// What can be got.
    pub fn catalogue(&self) -> Catalogue {
        Catalogue::load(&self.folder)
    }

    /// What is wrong with the files of this folder in which the user and the program keep what they know, in order.
    pub fn problems(&self) -> Vec<StoreError> {
        [self.catalogue().problem, Index::look(&self.folder).1].into_iter().flatten().collect()
    }

    /// The address that files are got from.
    ///
    /// # Errors
    /// `Endpoint` or `BadFile`.
    pub fn endpoint(&self) -> Result<String, StoreError> {
        let text = match &self.options.endpoint {
            Some(text) => text.clone(),
            None => self.settings()?.endpoint.unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned()),
        };
        endpoint(&text)?;
        Ok(text)
    }

    fn settings(&self) -> Result<SettingsFile, StoreError> {
        let path = self.folder.join(SETTINGS);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(SettingsFile::default()),
            Err(source) => Err(StoreError::Io { action: Action::Read, path, source }),
            Ok(text) => serde_json::from_slice(without_mark(&text)).map_err(|error| StoreError::BadFile {
                path,
                place: Place::Line { line: error.line() },
                detail: error.to_string().into(),
            }),
        }
    }

    /// Everything that is here or can be got: the catalogue in its order, then the user's own files by name.
    pub fn list(&self) -> Vec<Listed> {
        let index = Index::load(&self.folder);
        let catalogue = self.catalogue();
        let mut listed = Vec::new();
        let mut names = BTreeSet::new();
        for entry in catalogue.entries {
            let files = entry.files.iter().map(|file| {
                names.insert(file.name().to_owned());
                self.stored(&index, file.name(), file.sha256.as_deref())
            });
            let files = files.collect();
            listed.push(Listed { entry: Some(entry), files });
        }
        for name in self.own_names().into_iter().filter(|name| !names.contains(name)) {
            listed.push(Listed { entry: None, files: vec![self.stored(&index, &name, None)] });
        }
        listed
    }

    /// Names of the files in the folder that look like models, sorted; none where it cannot be read.
    fn own_names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let is_model = |name: &String| {
            let ending = Path::new(name).extension().map(|it| it.to_string_lossy().to_lowercase());
            ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) && file_name(name).is_ok()
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(is_model).filter(|it| self.folder.join(it).is_file()).collect();
        names.sort();
        names
    }

    fn stored(&self, index: &Index, name: &str, pinned: Option<&str>) -> StoredFile {
        let path = self.folder.join(name);
        let state = match Stamp::of(&path) {
            Ok(Some(stamp)) => {
                let sha256 = index.hash(name, &stamp).map(str::to_owned);
                let right = pinned.or(index.files.get(name).map(|record| record.sha256.as_str()));
                let trust = match (&sha256, right) {
                    (Some(found), Some(right)) if found == right => Trust::Right,
                    (Some(_), Some(_)) => Trust::Wrong,
                    _ => Trust::Unknown,
                };
                FileState::Present { bytes: stamp.bytes, sha256, trust }
            }
            _ => match fs::metadata(part_path(&self.folder, name)) {
                Ok(part) if part.len() > 0 => FileState::Partial { bytes: part.len() },
                _ => FileState::Missing,
            },
        };
        StoredFile { name: name.to_owned(), path, state }
    }

    /// The file that a name means: an id of the catalogue whose file is here, a file in the folder, or one without its
    /// ending `.safetensors`.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let catalogue = self.catalogue();
        let of_entry = catalogue.entry(name).and_then(|entry| entry.files.first()).map(|file| file.name().to_owned());
        let names = of_entry.into_iter().chain([name.to_owned(), format!("{name}.safetensors")]);
        let paths = names.filter(|name| file_name(name).is_ok()).map(|name| self.folder.join(name));
        paths.into_iter().find(|path| path.is_file())
    }

    /// Whether the licence of an entry was accepted before.
    pub fn has_accepted(&self, entry: &Entry) -> bool {
        Index::load(&self.folder).licences.get(&entry.id).is_some_and(|it| it.licence == entry.licence.name)
    }

    /// Gets all files of a catalogue entry. What is here already is checked, a part that has arrived goes on.
    ///
    /// `is_licence_accepted` says that the user has seen the licence and accepts it; that is remembered.
    ///
    /// # Errors
    /// `LicenceNotAccepted` before anything else happens; afterwards whatever [`StoreError`] says of networks, disks and
    /// files. What has arrived is kept, unless it is wrong.
    pub fn get(
        &self,
        id: &str,
        is_licence_accepted: bool,
        report: &mut dyn ProgressSink,
        cancel: &CancelToken,
    ) -> Result<Vec<Got>, StoreError> {
        let entry = self.entry(id)?;
        if !is_licence_accepted && !self.has_accepted(&entry) {
            let Licence { name: licence, url } = entry.licence;
            return Err(StoreError::LicenceNotAccepted { licence, url });
        }
        let endpoint = self.endpoint()?;
        if is_licence_accepted {
            let Licence { name: licence, url } = entry.licence.clone();
            let accepted = Accepted { licence, url, accepted_secs: now_secs() };
            Index::change(&self.folder, |index| {
                index.licences.insert(entry.id.clone(), accepted);
            })?;
        }
        entry.files.iter().map(|file| self.get_file(&entry, file, &endpoint, report, cancel)).collect()
    }

    /// The entry with this id.
    ///
    /// # Errors
    /// `UnknownModel`; or what is wrong with the user's catalogue, which might have it.
    pub fn entry(&self, id: &str) -> Result<Entry, StoreError> {
        let catalogue = self.catalogue();
        if let Some(entry) = catalogue.entry(id) {
            return Ok(entry.clone());
        }
        let known = catalogue.entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>().join(", ");
        Err(catalogue.problem.unwrap_or(StoreError::UnknownModel { id: id.to_owned(), known }))
    }

    fn get_file(
        &self,
        entry: &Entry,
        file: &CatalogueFile,
        endpoint: &str,
        report: &mut dyn ProgressSink,
        cancel: &CancelToken,
    ) -> Result<Got, StoreError> {
        let name = file_name(file.name())?;
        let path = self.folder.join(name);
        let _held = try_lock(&self.folder, name)?.ok_or_else(|| StoreError::Busy { file: name.to_owned() })?;
        if path.exists() {
            let Verified { sha256, bytes, .. } = self.verify_one(name, false, report, cancel)?;
            return Ok(Got { name: name.to_owned(), path, sha256, bytes, was_here: true });
        }
        let url = resolve(entry, file, endpoint)?;
        // Of a pinned revision and of an address of its own, the hash that was learned at the first get holds ever after; a branch
        // may move on.
        let learned = Index::load(&self.folder).files.get(name).filter(|it| it.id == entry.id).cloned();
        let learned = learned
            .filter(|_| file.sha256.is_none() && (entry.revision.is_some() || file.url.is_some()))
            .map(|it| it.sha256);
        let sha256 = file.sha256.as_deref().or(learned.as_deref());
        let wanted = Wanted { name, url: url.clone(), bytes: file.bytes, sha256 };
        let arrived = download(&self.folder, &wanted, &self.options, report, cancel)?;
        let bytes = arrived.stamp.bytes;
        let record = Record {
            id: entry.id.clone(),
            url: url.to_string(),
            sha256: arrived.sha256.clone(),
            bytes,
            got_secs: now_secs(),
        };
        self.remember(name, arrived.stamp, &arrived.sha256, Some(record))?;
        Ok(Got { name: name.to_owned(), path, sha256: arrived.sha256, bytes, was_here: false })
    }
}
