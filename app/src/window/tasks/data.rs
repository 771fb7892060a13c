//! The data page's files: what is open lies in a folder of its own, with its manifest, and is written whole a moment after a change.
//!
//! `data/NAME-HASH` beside the models folder holds `manifest.parquet`, `session.json` (what was chosen, its limits) and what stages keep
//! for themselves. The hash is that of the folder's path; of a manifest that was opened that of its path, size and time, so that the
//! file of its owner is never written, and one that has changed begins anew. Stages are in `data_stages`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hummingbird_engine::data::manifest::{self, Lock, ManifestError, Row};
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::kept::{self, Kept};
use hummingbird_engine::{Folders, NoFolders, files};

use super::data_pictures::PictureThread;
use super::{Report, Tasks, joined};
use crate::language::tr;
use crate::sentences::{error_in_words, in_words};
use crate::window::state::data_view::arrange;
use crate::window::state::data_work::{DataOrder, DataReport, KeptSession, OpenedData, RecentData};

/// The manifest in its folder.
pub(super) const MANIFEST: &str = "manifest.parquet";
/// What is kept beside it.
const SESSION: &str = "session.json";
/// What was open before, as many as are offered.
const MOST_RECENT: usize = 8;
/// Folders that are looked at for that.
const MOST_LOOKED_AT: usize = 1000;

impl Kept for KeptSession {}

/// What the data page has under way.
#[derive(Default)]
pub struct DataTasks {
    /// The right to change the manifest that is open.
    lock: Arc<Mutex<Option<(PathBuf, Lock)>>>,
    pub(super) cancel: Option<CancelToken>,
    pub(super) stage: Option<JoinHandle<()>>,
    saving: Option<JoinHandle<()>>,
    pub(super) pictures: Option<PictureThread>,
}

impl Tasks {
    /// Gives the data page's work an order.
    pub fn data(&mut self, order: DataOrder) {
        match order {
            DataOrder::Recent => {
                let Some(folders) = self.folders.clone() else { return };
                // After what is being written, which is the newest.
                let before = self.data.saving.take();
                let broken = |_| Report::Data(DataReport::Recent(Vec::new()));
                self.data.saving = self.spawn("hummingbird-data-recent", broken, move || {
                    joined(before);
                    Report::Data(DataReport::Recent(recent(&folders)))
                });
            }
            DataOrder::Open { ticket, source } => {
                let (folders, lock) = (self.folders.clone(), Arc::clone(&self.data.lock));
                let before = self.data.saving.take();
                let broken = move |reason| Report::Data(DataReport::Opened(ticket, Err(reason)));
                self.data.saving = self.spawn("hummingbird-data-open", broken, move || {
                    joined(before);
                    let opened = folders.ok_or_else(|| in_words(&NoFolders));
                    let opened = opened.and_then(|folders| open(&folders, &source, &lock)).map(Box::new);
                    Report::Data(DataReport::Opened(ticket, opened))
                });
            }
            DataOrder::Save { ticket, at, rows, kept } => {
                let before = self.data.saving.take();
                let broken = move |reason| Report::Data(DataReport::Saved(ticket, Err(reason)));
                self.data.saving = self.spawn("hummingbird-data-save", broken, move || {
                    // The last of several changes is the one that stays.
                    joined(before);
                    let rows: Vec<Row> = rows.iter().map(|row| Row::clone(row)).collect();
                    Report::Data(DataReport::Saved(ticket, save(&at, &rows, &kept)))
                });
            }
            DataOrder::Arrange { ticket, rows, choice, listing, stages } => {
                let broken = move |_| Report::Data(DataReport::Arranged(ticket, None));
                self.spawn("hummingbird-data-arrange", broken, move || {
                    let arranged = arrange(&rows, &choice, &listing, &stages);
                    Report::Data(DataReport::Arranged(ticket, Some(Box::new(arranged))))
                });
            }
            DataOrder::Pictures { ticket, at, rows } => {
                if self.data.pictures.is_none() {
                    self.data.pictures = PictureThread::start(&self.sender, &self.wake);
                }
                if let Some(thread) = &self.data.pictures {
                    thread.want(ticket, at, rows);
                }
            }
            DataOrder::Stop => {
                if let Some(cancel) = &self.data.cancel {
                    cancel.cancel();
                }
            }
            stage => self.data_stage(stage),
        }
    }

    /// Stops what is under way and waits for it; what it has found until then is among the reports.
    pub fn stop_data(&mut self) {
        if let Some(cancel) = self.data.cancel.take() {
            cancel.cancel();
        }
        self.data.pictures = None;
        let Some(stage) = self.data.stage.take() else { return };
        while !stage.is_finished() {
            // A thread that cannot report does not end.
            let reports: Vec<Report> = self.receiver.try_iter().collect();
            self.stranded.extend(reports);
            thread::sleep(Duration::from_millis(5));
        }
        joined(Some(stage));
    }

    /// Waits until the manifest is written.
    pub fn finish_data(&mut self) {
        let Some(saving) = self.data.saving.take() else { return };
        while !saving.is_finished() {
            let reports: Vec<Report> = self.receiver.try_iter().collect();
            self.stranded.extend(reports);
            thread::sleep(Duration::from_millis(5));
        }
        joined(Some(saving));
        *self.data.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Where the folders of manifests are.
fn root(folders: &Folders) -> PathBuf {
    files::folder_of(&folders.models).join("data")
}

/// The folder of a session.
fn folder_of(folders: &Folders, source: &Path, is_folder: bool) -> Result<PathBuf, String> {
    let told = |error| tr!("data-not-opened", path = source.display().to_string(), reason = error_in_words(&error));
    let real = fs::canonicalize(source).map_err(told)?;
    let mut key = real.as_os_str().as_encoded_bytes().to_vec();
    if !is_folder {
        let metadata = fs::metadata(&real).map_err(told)?;
        let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let changed = changed.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        key.extend(metadata.len().to_le_bytes());
        key.extend(changed.to_le_bytes());
    }
    let stem = real.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let fits = |letter: char| if letter.is_alphanumeric() || matches!(letter, '-' | '_') { letter } else { '-' };
    let stem: String = stem.chars().take(40).map(fits).collect();
    Ok(root(folders).join(format!("{stem}-{:016x}", hash(&key))))
}

/// FNV-1a: names of folders need no more.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn open(folders: &Folders, source: &Path, lock: &Mutex<Option<(PathBuf, Lock)>>) -> Result<OpenedData, String> {
    let is_folder = source.is_dir();
    if !is_folder && !manifest::is_manifest(source) {
        return Err(in_words(&ManifestError::Form { path: source.to_owned() }));
    }
    let at = folder_of(folders, source, is_folder)?;
    let file = at.join(MANIFEST);
    fs::create_dir_all(&at)
        .map_err(|error| tr!("data-not-opened", path = at.display().to_string(), reason = error_in_words(&error)))?;
    let mut held = lock.lock().unwrap_or_else(PoisonError::into_inner);
    let is_held = held.as_ref().is_some_and(|(path, _)| *path == file);
    let taken = if is_held { None } else { Some(Lock::take(&file).map_err(|error| in_words(&error))?) };
    let session = kept::read::<KeptSession>(&at.join(SESSION)).map(|read| read.value).unwrap_or_else(|error| {
        log::warn!("a session of the data page begins anew: {error}");
        KeptSession::default()
    });
    let kept = KeptSession { source: source.to_owned(), is_folder, ..session };
    let rows = if file.exists() {
        manifest::read(&file).map_err(|error| in_words(&error))?
    } else if is_folder {
        Vec::new()
    } else {
        let mut rows = manifest::read(source).map_err(|error| in_words(&error))?;
        manifest::rebase(&mut rows, &manifest::folder_of(source), &at);
        rows
    };
    // Not before: what is open stays open where this one cannot be read.
    if let Some(taken) = taken {
        *held = Some((file, taken));
    }
    Ok(OpenedData { at, kept, rows })
}

fn save(at: &Path, rows: &[Row], kept: &KeptSession) -> Result<(), String> {
    manifest::write(&at.join(MANIFEST), rows).map_err(|error| in_words(&error))?;
    kept::write(&at.join(SESSION), kept).map(drop).map_err(|error| in_words(&error))
}

/// What was open before, the newest first.
fn recent(folders: &Folders) -> Vec<RecentData> {
    let entries = fs::read_dir(root(folders)).into_iter().flatten().flatten().take(MOST_LOOKED_AT);
    let mut found: Vec<(SystemTime, RecentData)> = entries
        .filter_map(|entry| {
            let file = entry.path().join(SESSION);
            let changed = fs::metadata(&file).ok()?.modified().ok()?;
            let KeptSession { source, is_folder, .. } = kept::read::<KeptSession>(&file).ok()?.value;
            source.exists().then_some((changed, RecentData { source, is_folder }))
        })
        .collect();
    found.sort_by_key(|(changed, _)| std::cmp::Reverse(*changed));
    let mut recent: Vec<RecentData> = Vec::new();
    for (_, data) in found {
        if !recent.contains(&data) {
            recent.push(data);
        }
    }
    recent.truncate(MOST_RECENT);
    recent
}
