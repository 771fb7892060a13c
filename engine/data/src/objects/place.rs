//! A file or an object, for those who do not care which.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hummingbird_base::{Action, CancelToken, files};
use tempfile::TempPath;

use super::address::ObjectAddress;
use super::error::ObjectError;
use super::settings::StoreSettings;
use super::store::{ObjectStore, StoreOptions};
use crate::manifest::{Row, path_text};

/// Most bytes of an object that is copied to this machine to be read.
const MOST_COPIED_BYTES: u64 = 1 << 40;
/// Copies that stay for the next reader when nobody reads them.
const RECENT_COPIES: usize = 8;

/// Where a file or an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On this machine.
    File(PathBuf),
    /// In a store.
    Object(ObjectAddress),
}

impl Place {
    /// What is typed: an object where it begins with `s3://`, else a file.
    ///
    /// # Errors
    /// Addresses that are none.
    pub fn parse(text: &OsStr) -> Result<Self, ObjectError> {
        match text.to_str().filter(|text| ObjectAddress::is_meant(text)) {
            Some(text) => Ok(Self::Object(ObjectAddress::parse(text)?)),
            None => Ok(Self::File(text.into())),
        }
    }

    /// The file of a row, for a manifest in `self`.
    ///
    /// # Errors
    /// Addresses that are none.
    pub fn of_row(&self, row: &Row) -> Result<Self, ObjectError> {
        match self {
            _ if ObjectAddress::is_meant(&row.path) => Ok(Self::Object(ObjectAddress::parse(&row.path)?)),
            Self::File(folder) => Ok(Self::File(row.file(folder))),
            Self::Object(folder) => Ok(Self::Object(folder.join(&row.path)?)),
        }
    }

    /// The folder in which it lies.
    #[must_use]
    pub fn folder(&self) -> Self {
        match self {
            Self::File(path) => Self::File(files::folder_of(path).to_owned()),
            Self::Object(address) => Self::Object(address.folder()),
        }
    }

    /// What lies in it as in a folder.
    ///
    /// # Errors
    /// Where the name makes no address.
    pub fn join(&self, name: &str) -> Result<Self, ObjectError> {
        match self {
            Self::File(folder) => Ok(Self::File(folder.join(name))),
            Self::Object(folder) => Ok(Self::Object(folder.join(name)?)),
        }
    }

    /// What a manifest in the folder `of` writes for it.
    pub fn text(&self, of: &Self) -> String {
        match (self, of) {
            (Self::Object(address), _) => address.to_string(),
            (Self::File(path), Self::File(folder)) => path_text(path, folder),
            // No file lies below a store: the whole path is written.
            (Self::File(path), Self::Object(_)) => path_text(path, Path::new("s3:")),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Object(address) => write!(f, "{address}"),
        }
    }
}

/// A file on this machine; a copy of an object goes when it is dropped.
#[derive(Debug)]
pub enum LocalCopy {
    /// It was here.
    File(PathBuf),
    /// It was copied.
    Copy(TempPath),
}

impl Deref for LocalCopy {
    type Target = Path;

    fn deref(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Copy(path) => path,
        }
    }
}

/// A copy that one reader makes while the others of the same object wait for it.
type SharedCopy = Arc<Mutex<Option<Arc<LocalCopy>>>>;

/// Brings what lies in stores to this machine and back. The environment is asked at the first object.
#[derive(Debug, Default)]
pub struct Places {
    store: OnceLock<ObjectStore>,
    options: StoreOptions,
    scratch: Option<PathBuf>,
    /// The last ones at the end.
    recent: Mutex<VecDeque<(ObjectAddress, SharedCopy)>>,
}

impl Places {
    /// With copies in `scratch` instead of the system's folder for them.
    pub fn with_scratch(scratch: Option<PathBuf>) -> Self {
        Self { scratch, ..Self::default() }
    }

    /// Of a store that is known.
    pub fn of_store(store: ObjectStore) -> Self {
        let this = Self::default();
        this.store.get_or_init(|| store);
        this
    }

    /// The same with copies in `scratch`.
    pub fn of_store_in(store: ObjectStore, scratch: &Path) -> Self {
        Self { scratch: Some(scratch.to_owned()), ..Self::of_store(store) }
    }

    /// The store of the environment.
    ///
    /// # Errors
    /// Variables that cannot be meant so.
    pub fn store(&self) -> Result<&ObjectStore, ObjectError> {
        match self.store.get() {
            Some(store) => Ok(store),
            None => {
                let store = ObjectStore::new(StoreSettings::from_env()?, self.options);
                Ok(self.store.get_or_init(|| store))
            }
        }
    }

    /// The folder in which copies lie.
    pub fn scratch(&self) -> PathBuf {
        self.scratch.clone().unwrap_or_else(std::env::temp_dir)
    }

    /// A file of the same content and ending on this machine.
    ///
    /// # Errors
    /// Objects that cannot be had. That a file is not there is found by whoever opens it.
    pub fn local(&self, place: &Place, cancel: &CancelToken) -> Result<LocalCopy, ObjectError> {
        match place {
            Place::File(path) => Ok(LocalCopy::File(path.clone())),
            Place::Object(address) => {
                let copy = self.empty(address.name())?;
                self.store()?.fetch(address, &copy, MOST_COPIED_BYTES, cancel)?;
                Ok(LocalCopy::Copy(copy))
            }
        }
    }

    /// A copy of an object for several readers: it is fetched once, and goes when nobody reads it and some others were read after it.
    ///
    /// # Errors
    /// Objects that cannot be had; the next reader tries again.
    pub(crate) fn shared(&self, address: &ObjectAddress, cancel: &CancelToken) -> Result<Arc<LocalCopy>, ObjectError> {
        let shared = {
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            let at = recent.iter().position(|(known, _)| known == address);
            let shared = at.and_then(|at| recent.remove(at)).map(|(_, shared)| shared).unwrap_or_default();
            recent.push_back((address.clone(), Arc::clone(&shared)));
            let many = recent.len().saturating_sub(RECENT_COPIES);
            recent.drain(..many);
            shared
        };
        let mut copy = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(copy) = &*copy {
            return Ok(Arc::clone(copy));
        }
        let made = Arc::new(self.local(&Place::Object(address.clone()), cancel)?);
        *copy = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// A store that cannot be asked.
    pub fn exists(&self, place: &Place, cancel: &CancelToken) -> Result<bool, ObjectError> {
        match place {
            Place::File(path) => Ok(path.exists()),
            Place::Object(address) => Ok(self.store()?.find(address, cancel)?.is_some()),
        }
    }

    /// Makes a file by `write`, which gets a path of the right ending, and brings it to its place: whole, or not at all.
    ///
    /// # Errors
    /// What `write` says, and objects that cannot be written.
    pub fn make<E: From<ObjectError>>(
        &self,
        place: &Place,
        cancel: &CancelToken,
        write: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        match place {
            Place::File(path) => write(path),
            Place::Object(address) => {
                let copy = self.empty(address.name())?;
                write(&copy)?;
                self.store()?.send(&copy, address, cancel)?;
                Ok(())
            }
        }
    }

    /// An empty file that goes when it is dropped, with the ending of `name`.
    fn empty(&self, name: &str) -> Result<TempPath, ObjectError> {
        let folder = self.scratch();
        let ending = Path::new(name).extension().and_then(OsStr::to_str).map(|ending| format!(".{ending}"));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".hummingbird-");
        let ending = ending.unwrap_or_default();
        builder.suffix(&ending);
        let made = builder.tempfile_in(&folder).map(|file| file.into_temp_path());
        made.map_err(|source| ObjectError::Io { action: Action::CreateInFolder, path: folder, source })
    }
}
