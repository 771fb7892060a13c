//! The folder of one process, and how it takes over those of processes that are gone.
//!
//! A process that is alive holds the lock in its folder. Folders are made, taken over and removed under the lock of the folder
//! that holds all of them, so that no two processes want the same one.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hummingbird_base::files::{self, is_temporary};
use hummingbird_base::kept::{self, Read};
use hummingbird_base::{Action, FileLock};

use super::{JobFile, JobKey, JournalEntry, io};
use crate::jobs::error::EngineError;
use crate::jobs::latents::KeptLatent;
use crate::model::ModelSource;

/// Name of the locks.
const LOCK: &str = ".lock";
const JOB: &str = "json";
const STEPS: &str = "safetensors";

/// The folder of this process.
pub(super) struct SessionFolder {
    path: PathBuf,
    /// The folder of all journals.
    root: PathBuf,
    #[expect(dead_code, reason = "it is held, never read")]
    lock: FileLock,
}

impl SessionFolder {
    /// Makes a folder for this process and moves into it what processes that are gone have left.
    pub fn open(root: &Path) -> Result<Self, EngineError> {
        fs::create_dir_all(root).map_err(io(Action::MakeFolder, root))?;
        let _held = FileLock::wait_at(&root.join(LOCK)).map_err(io(Action::Lock, root))?;
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
        let path = root.join(format!("{}-{time}", std::process::id()));
        let lock = FileLock::try_at(&path.join(LOCK)).map_err(io(Action::Lock, &path))?;
        let taken = || std::io::Error::from(ErrorKind::AlreadyExists);
        let session =
            Self { root: root.to_owned(), lock: lock.ok_or_else(taken).map_err(io(Action::Lock, &path))?, path };
        let entries = fs::read_dir(root).map_err(io(Action::Read, root))?.filter_map(Result::ok);
        for other in entries.map(|entry| entry.path()).filter(|path| *path != session.path && path.is_dir()) {
            if let Err(error) = session.take_over(&other) {
                // What lies there stays there, for the next start.
                log::warn!("{} was not taken over: {error}", other.display());
            }
        }
        Ok(session)
    }

    /// Moves the files of a process that is gone; those of one that is alive stay.
    fn take_over(&self, other: &Path) -> std::io::Result<()> {
        let lock = other.join(LOCK);
        // A folder without a lock is somebody else's.
        if !lock.exists() {
            return Ok(());
        }
        let Some(held) = FileLock::try_at(&lock)? else { return Ok(()) };
        for entry in fs::read_dir(other)?.filter_map(Result::ok) {
            let name = entry.file_name();
            if is_temporary(&name) {
                fs::remove_file(entry.path())?;
            } else if of_name(&name).is_some() {
                files::rename(&entry.path(), &self.path.join(&name))?;
            }
        }
        // Where locks are kept open files, one that is held cannot be removed.
        drop(held);
        fs::remove_file(&lock)?;
        match fs::remove_dir(other) {
            Err(error) if error.kind() != ErrorKind::DirectoryNotEmpty => Err(error),
            _ => Ok(()),
        }
    }

    /// The jobs that are here, in their order, and the files that could not be read, under their new names.
    pub fn read(&self) -> Result<(Vec<JournalEntry>, Vec<PathBuf>), EngineError> {
        let names = fs::read_dir(&self.path).map_err(io(Action::Read, &self.path))?.filter_map(Result::ok);
        let mut found: Vec<(JobKey, bool)> = names.filter_map(|entry| of_name(&entry.file_name())).collect();
        found.sort();
        let (mut entries, mut aside) = (Vec::new(), Vec::new());
        for &(key, _) in found.iter().filter(|(_, is_job)| *is_job) {
            let path = self.job(key);
            let (file, damage) = match kept::read::<JobFile>(&path) {
                Ok(Read { value, damage }) => (value, damage),
                Err(error) => {
                    log::warn!("a job of the journal stays unread: {error}");
                    continue;
                }
            };
            if file.clip.as_deref().is_some_and(Path::is_file) {
                // The process ended between the clip's file and the word that the job is done.
                fs::remove_file(&path).map_err(io(Action::Remove, &path))?;
                fs::remove_file(self.steps(key)).ok();
                continue;
            }
            let JobFile { request: Some(request), model, standing, note, clip } = file else {
                aside.extend(self.set_aside(&path));
                continue;
            };
            if damage.is_some() {
                aside.extend(self.set_aside(&path));
            }
            // A name that its clip did not get may be another clip's by the next start.
            if damage.is_some() || clip.is_some() {
                let (request, model) = (Some(request.clone()), model.clone());
                let whole = JobFile { request, model, standing: standing.clone(), note: note.clone(), clip: None };
                if let Err(error) = kept::write(&path, &whole) {
                    log::warn!("{error}");
                }
            }
            let model = model.map_or(ModelSource::Embedded, ModelSource::File);
            let steps_done = if found.contains(&(key, false)) { self.steps_of(key, &mut aside) } else { 0 };
            entries.push(JournalEntry { key, request, model, standing, note, steps_done });
        }
        entries.sort_by_key(JournalEntry::place);
        // Steps of a job that was dropped while the process ended.
        for &(key, _) in found.iter().filter(|(key, is_job)| !is_job && !found.contains(&(*key, true))) {
            fs::remove_file(self.steps(key)).ok();
        }
        Ok((entries, aside))
    }

    /// Steps of a job that are kept; none where their file cannot be read.
    fn steps_of(&self, key: JobKey, aside: &mut Vec<PathBuf>) -> u32 {
        let path = self.steps(key);
        match KeptLatent::read_step(&path) {
            Ok((done, _)) => done,
            Err(error) => {
                log::warn!("{error}");
                aside.extend(self.set_aside(&path));
                0
            }
        }
    }

    /// Moves a damaged file out of the way, into the folder of all journals.
    fn set_aside(&self, path: &Path) -> Option<PathBuf> {
        let name = path.file_name().unwrap_or_default();
        let outside = self.root.join(name);
        let moved = files::rename(path, &outside).and_then(|()| files::set_aside(&outside));
        moved.inspect_err(|error| log::warn!("{} could not be set aside: {error}", path.display())).ok()
    }

    /// The file of a job.
    pub fn job(&self, key: JobKey) -> PathBuf {
        self.path.join(format!("{key}.{JOB}"))
    }

    /// The file of its steps.
    pub fn steps(&self, key: JobKey) -> PathBuf {
        self.path.join(format!("{key}.{STEPS}"))
    }
}

/// The job that a file is of, and whether it is that of the job itself; `None` for files of others.
fn of_name(name: &OsStr) -> Option<(JobKey, bool)> {
    let (key, ending) = name.to_str()?.split_once('.')?;
    let is_job = match ending {
        JOB => true,
        STEPS => false,
        _ => return None,
    };
    Some((JobKey::of_name(key)?, is_job))
}
