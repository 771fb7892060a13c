//! What the queue keeps beside the journal: the history of what jobs took on this machine, queue files, and grids.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::jobs::grid::compose;
use hummingbird_engine::jobs::history::StepTimes;
use hummingbird_engine::jobs::queue_file::QueueFile;
use hummingbird_engine::kept;
use hummingbird_engine::library::all_frames;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::RequestLimits;
use hummingbird_engine::weights::ModelFile;
use hummingbird_engine::weights::store::Store;

use super::{Report, Tasks};
use crate::sentences::in_words;
use crate::when_done::WhenDone;
use crate::window::state::grids::Grid;
use crate::window::state::work::{NamedModel, ReadQueue};

impl Tasks {
    /// What jobs took in earlier sessions. A history that cannot be read costs nothing but estimates.
    pub fn times(&self) -> StepTimes {
        self.folders.as_ref().map(StepTimes::read).unwrap_or_default()
    }

    /// Keeps what jobs took, unless that is being done just now: the next job comes soon.
    pub fn keep_times(&mut self, times: StepTimes) {
        if self.keeping_times.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let Some(path) = self.folders.as_ref().map(StepTimes::path) else { return };
        let thread = std::thread::Builder::new().name("hummingbird-times".to_owned()).spawn(move || {
            if let Err(error) = kept::write(&path, &times) {
                log::warn!("{error}");
            }
        });
        self.keeping_times = thread.inspect_err(|error| log::warn!("what jobs took is not kept: {error}")).ok();
    }

    /// Writes a queue file.
    pub fn save_queue(&mut self, path: PathBuf, queue: QueueFile) {
        let chosen = path.clone();
        let broken = move |reason| Report::QueueSaved { path: chosen.clone(), saved: Err(reason) };
        self.spawn("hummingbird-save-queue", broken, move || {
            let saved = queue.write(&path).map(|()| queue.jobs.len()).map_err(|error| in_words(&error));
            Report::QueueSaved { path, saved }
        });
    }

    /// Reads a queue file.
    pub fn read_queue(&mut self, path: PathBuf) {
        let (chosen, store) = (path.clone(), self.store.clone());
        let broken = move |reason| Report::QueueRead { path: chosen.clone(), read: Err(reason) };
        self.spawn("hummingbird-read-queue", broken, move || {
            let read = QueueFile::read(&path).map_err(|error| in_words(&error));
            let read = read.map(|file| ReadQueue { models: models_of(&file, &path, store.as_ref()), file });
            Report::QueueRead { path, read }
        });
    }

    /// Joins the clips of a grid.
    pub fn join_grid(&mut self, grid: Grid) {
        let lost = grid.clone();
        let broken = move |reason| Report::Grid { grid: Box::new(lost.clone()), joined: Err(reason) };
        self.spawn("hummingbird-grid", broken, move || {
            let joined = compose(&grid.cell, &with_files(&grid)).map_err(|error| in_words(&error));
            Report::Grid { grid: Box::new(grid), joined }
        });
    }

    /// Does what is to happen when the queue is done.
    pub fn act_when_done(&mut self, what: WhenDone, command: String) {
        self.spawn(
            "hummingbird-when-done",
            |reason| Report::WhenDone(Err(reason)),
            move || Report::WhenDone(what.act(&command)),
        );
    }
}

/// The clips of a grid with those of earlier sessions, which are read from their files; one that is gone leaves its place empty.
fn with_files(grid: &Grid) -> BTreeMap<(usize, usize), Arc<Frames>> {
    let mut clips = grid.clips.clone();
    for (place, path) in &grid.files {
        if !clips.contains_key(place) {
            match all_frames(path) {
                Ok(frames) => drop(clips.insert(*place, Arc::new(frames))),
                Err(error) => log::warn!("a clip of the grid is missing: {}", in_words(&error)),
            }
        }
    }
    clips
}

/// The models that a queue file names, each once.
fn models_of(file: &QueueFile, path: &Path, store: Option<&Store>) -> Vec<NamedModel> {
    let named: BTreeSet<Option<&String>> = file.jobs.iter().map(|job| job.model.as_ref()).collect();
    let model = |named: Option<&String>| {
        let source = source_of(named.map(String::as_str), path, store);
        let limits = match ModelFile::open(&source) {
            Ok(model) => {
                let model = model.in_store(store.cloned());
                let tiny_decoder = model.tiny_decoder_places().find().is_some();
                Ok(RequestLimits { tiny_decoder, ..model.description().limits.clone() })
            }
            Err(error) => Err(in_words(&error)),
        };
        NamedModel { named: named.cloned(), source, limits }
    };
    named.into_iter().map(model).collect()
}

/// The model that a file names: a path is meant from where the file lies, a name is looked for there and in the models folder.
fn source_of(named: Option<&str>, file: &Path, store: Option<&Store>) -> ModelSource {
    let named = match named {
        None | Some("nano") => return ModelSource::Embedded,
        Some(named) => named,
    };
    let beside = file.parent().unwrap_or(Path::new("")).join(named);
    let is_name = Path::new(named).components().count() == 1 && !beside.exists();
    let found = store.filter(|_| is_name).and_then(|store| store.find(named));
    ModelSource::File(found.unwrap_or(beside))
}

#[cfg(test)]
mod tests {
    use hummingbird_engine::Folders;
    use hummingbird_engine::jobs::queue_file::FileJob;

    use super::*;

    #[test]
    fn models_of_a_queue_file_are_found_beside_it_and_in_the_models_folder() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let nano = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/nano/nano.safetensors");
        let store = Store::of(&Folders::at(folder.path()));
        let [beside, kept] = [folder.path().join("beside.safetensors"), folder.path().join("models/kept.safetensors")];
        std::fs::create_dir_all(folder.path().join("models")).expect("writable");
        for path in [&beside, &kept] {
            std::fs::copy(&nano, path).expect("there is room for a copy of Nano");
        }
        let names =
            [None, Some("nano"), Some("beside.safetensors"), Some("kept"), Some("gone.safetensors"), Some("kept")];
        let jobs = names.map(|model| FileJob { model: model.map(str::to_owned), ..FileJob::default() }).to_vec();
        let models = models_of(&QueueFile { jobs }, &folder.path().join("queue.json"), Some(&store));
        let found = |name: Option<&str>| {
            let model = models.iter().find(|model| model.named.as_deref() == name).expect("it is named");
            (model.source.clone(), model.limits.is_ok())
        };
        assert_eq!(models.len(), 5, "each once");
        assert_eq!(found(None), (ModelSource::Embedded, true));
        assert_eq!(found(Some("nano")), (ModelSource::Embedded, true));
        assert_eq!(found(Some("beside.safetensors")), (ModelSource::File(beside), true));
        assert_eq!(found(Some("kept")), (ModelSource::File(kept), true));
        assert_eq!(found(Some("gone.safetensors")), (ModelSource::File(folder.path().join("gone.safetensors")), false));
    }
}
