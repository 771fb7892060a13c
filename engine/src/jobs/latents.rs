//! Final latents, kept before decoding: a failed decode costs nothing, and a clip can be decoded again.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_base::files::is_temporary;
use hummingbird_base::message::{self, Message};
use hummingbird_base::{Action, FileLock, Folders};
use hummingbird_library::{DEFAULT_LATENT_BUDGET_BYTES, LibrarySettings};
use thiserror::Error;

use crate::jobs::error::{EngineError, FileError, WriteError};
use crate::jobs::request::GenerateRequest;
use crate::nn::params::{Init, NamedTensor, ParamSource, values_of};
use crate::pipeline::denoise::steps_taken;
use crate::pipeline::handoff::Latent;
use crate::weights::{Checkpoint, WeightPrecision, write_tensors};

/// Ending of their files.
const ENDING: &str = "safetensors";
/// Name of the lock in their folder.
const LOCK: &str = ".lock";
/// Name of the tensor in the file.
const TENSOR: &str = "latent";
/// Metadata keys of the file.
const REQUEST_KEY: &str = "request";
const MODEL_KEY: &str = "model_sha256";
const SHAPE_KEY: &str = "shape";
/// Metadata key of a latent between two steps: how many are done.
const STEPS_KEY: &str = "steps_done";

/// Why a file is not the latent to be decoded.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("latent")]
#[non_exhaustive]
pub enum LatentUnfit {
    /// It was not written by this program, or by another version of it.
    #[error("it is no kept latent, it lacks {key:?}")]
    Lacks {
        /// The entry that is missing.
        key: String,
    },
    /// Another model sampled it.
    #[error("this latent was sampled with another model: open that model first")]
    OtherModel,
}

/// A latent with all that is needed to decode it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptLatent {
    shape: [usize; 5],
    values: Vec<f32>,
    /// The request that it was sampled for.
    pub request: GenerateRequest,
    /// The model that sampled it.
    pub model_sha256: String,
}

impl KeptLatent {
    /// Copies a latent from its device.
    pub fn new(latent: &Latent, request: GenerateRequest, model_sha256: String) -> Self {
        let shape = latent.tensor.dims();
        Self { shape, values: values_of(latent.tensor.to_data()), request, model_sha256 }
    }

    /// Whether all values are numbers.
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }

    /// The latent on a device.
    pub fn latent(&self, device: &Device) -> Latent {
        Latent { tensor: Tensor::from_data(TensorData::new(self.values.clone(), self.shape), device) }
    }

    /// Whether this can be what `steps_done` steps of a job left: of the same model, the same settings and the same shape.
    pub fn belongs_to(&self, steps_done: u32, request: &GenerateRequest, model_sha256: &str, unit: usize) -> bool {
        let clip = &request.clip;
        let taken = steps_taken(clip.sampler, clip.steps as usize) as u32;
        let [batch, _, frames, rows, columns] = self.shape;
        let sides = [clip.frames as usize, clip.height as usize, clip.width as usize];
        self.model_sha256 == model_sha256
            && self.request.clip == *clip
            && self.request.loras == request.loras
            && (batch, [frames, rows.saturating_mul(unit), columns.saturating_mul(unit)]) == (1, sides)
            && (1..=taken).contains(&steps_done)
    }

    /// Writes it whole to this path, with the number of steps that are done where it stands between two of them.
    pub(crate) fn write(&self, path: &Path, steps_done: Option<u32>) -> Result<(), EngineError> {
        let json = |what: Result<String, serde_json::Error>| what.expect("requests and shapes are plain data");
        let mut metadata = vec![
            (REQUEST_KEY, json(serde_json::to_string(&self.request))),
            (MODEL_KEY, self.model_sha256.clone()),
            (SHAPE_KEY, json(serde_json::to_string(&self.shape))),
        ];
        metadata.extend(steps_done.map(|steps| (STEPS_KEY, steps.to_string())));
        let tensor = NamedTensor { name: TENSOR.into(), shape: self.shape.to_vec(), values: self.values.clone() };
        Ok(write_tensors(path, &metadata, &[tensor], WeightPrecision::F32)?)
    }

    /// Reads a file of [`LatentStore::keep`].
    ///
    /// # Errors
    /// When it is missing, damaged or of another kind.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        Self::of_file(path, &Checkpoint::open(path)?)
    }

    /// Reads a latent between two steps, and how many are done.
    ///
    /// # Errors
    /// When it is missing, damaged or of another kind.
    pub(crate) fn read_step(path: &Path) -> Result<(u32, Self), EngineError> {
        let store = Checkpoint::open(path)?;
        let steps_done = store.metadata(STEPS_KEY).and_then(|steps| steps.parse().ok());
        let lacks = || LatentUnfit::Lacks { key: STEPS_KEY.to_owned() };
        let steps_done =
            steps_done.ok_or_else(|| FileError::Foreign { path: path.to_owned(), detail: lacks().into() })?;
        Ok((steps_done, Self::of_file(path, &store)?))
    }

    fn of_file(path: &Path, store: &Checkpoint) -> Result<Self, EngineError> {
        let entry = |key: &str| {
            store.metadata(key).ok_or_else(|| FileError::Foreign {
                path: path.to_owned(),
                detail: LatentUnfit::Lacks { key: key.to_owned() }.into(),
            })
        };
        let damaged =
            |error: serde_json::Error| FileError::Damaged { path: path.to_owned(), detail: error.to_string().into() };
        let request = serde_json::from_str(entry(REQUEST_KEY)?).map_err(damaged)?;
        let shape: [usize; 5] = serde_json::from_str(entry(SHAPE_KEY)?).map_err(damaged)?;
        let model_sha256 = entry(MODEL_KEY)?;
        let values = store.values(TENSOR, &shape, Init::Zeros)?;
        let kept = Self { shape, values, request, model_sha256: model_sha256.to_owned() };
        if !kept.is_finite() {
            return Err(FileError::NotFinite { path: path.to_owned(), name: TENSOR.to_owned() }.into());
        }
        Ok(kept)
    }
}

/// The folder of kept latents; several programs may keep theirs in it at the same time.
#[derive(Clone, Debug)]
pub struct LatentStore {
    folder: PathBuf,
    budget: Budget,
}

/// How much latents may take together.
#[derive(Clone, Debug)]
enum Budget {
    /// So many bytes.
    Bytes(u64),
    /// What the library's settings say when one is kept: the window may change it while jobs run.
    OfLibrary(Box<Folders>),
}

/// A file of the folder: its number, by which older ones are told from newer ones, and its path.
type Numbered = (u128, PathBuf);

impl LatentStore {
    /// What to say where there is no folder for them.
    pub fn without_folders() -> EngineError {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        WriteError::Io { action: Action::Find, path: PathBuf::from("the home folder"), source }.into()
    }

    /// Latents in a folder, which is made when the first one is kept.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self::within(folder, DEFAULT_LATENT_BUDGET_BYTES)
    }

    /// Latents in a folder, which may take so many bytes together.
    pub fn within(folder: impl Into<PathBuf>, budget_bytes: u64) -> Self {
        Self { folder: folder.into(), budget: Budget::Bytes(budget_bytes) }
    }

    /// Those of a user, within the budget of the user's library.
    pub fn of(folders: &Folders) -> Self {
        Self { folder: folders.latents.clone(), budget: Budget::OfLibrary(Box::new(folders.clone())) }
    }

    fn budget_bytes(&self) -> u64 {
        match &self.budget {
            Budget::Bytes(bytes) => *bytes,
            Budget::OfLibrary(folders) => match LibrarySettings::read(folders) {
                Ok(settings) => settings.latent_budget_bytes,
                Err(error) => {
                    log::warn!("latents are kept within the default budget: {error}");
                    DEFAULT_LATENT_BUDGET_BYTES
                }
            },
        }
    }

    /// Writes a latent and removes the oldest ones that are beyond the budget. The new one is kept whatever it takes.
    ///
    /// # Errors
    /// `Io` when the folder cannot be written.
    pub fn keep(&self, kept: &KeptLatent) -> Result<PathBuf, EngineError> {
        self.keep_at(kept, SystemTime::now())
    }

    fn keep_at(&self, kept: &KeptLatent, now: SystemTime) -> Result<PathBuf, EngineError> {
        let io = |source| WriteError::Io { action: Action::Write, path: self.folder.clone(), source };
        fs::create_dir_all(&self.folder).map_err(io)?;
        // Numbers are given and files removed by one program at a time.
        let _held = FileLock::wait_at(&self.folder.join(LOCK)).map_err(io)?;
        self.remove_unfinished().map_err(io)?;
        let files = self.numbered().map_err(io)?;
        // The time, so that a number is seldom given twice even where a folder was emptied; but never less than the newest,
        // whatever the clock says.
        let time = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
        let number = files.last().map_or(time, |(newest, _)| time.max(newest.saturating_add(1)));
        let path = self.folder.join(format!("{number:020}-{:016x}.{ENDING}", kept.request.clip.seed));
        kept.write(&path, None)?;
        let bytes = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
        let mut room = self.budget_bytes().saturating_sub(bytes(&path));
        for (_, old) in files.iter().rev() {
            if let Some(left) = room.checked_sub(bytes(old)) {
                room = left;
                continue;
            }
            // All that are older go too, so that what is kept are the last ones.
            room = 0;
            match fs::remove_file(old) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                // It is kept; that an older one cannot go (on Windows: while it is read) is tried again with the next.
                Err(error) => log::warn!("{} could not be removed: {error}", old.display()),
                Ok(()) => {}
            }
        }
        Ok(path)
    }

    /// The latents of the folder, oldest first. Files with other names are somebody else's.
    fn numbered(&self) -> std::io::Result<Vec<Numbered>> {
        let numbered = |path: PathBuf| {
            let (number, seed) =
                path.file_name()?.to_str()?.strip_suffix(ENDING)?.strip_suffix('.')?.split_once('-')?;
            let is_ours = number.len() >= 20
                && number.bytes().all(|it| it.is_ascii_digit())
                && seed.len() == 16
                && seed.bytes().all(|it| it.is_ascii_hexdigit());
            let number = number.parse().ok().filter(|_| is_ours)?;
            Some((number, path))
        };
        let entries = fs::read_dir(&self.folder)?.filter_map(Result::ok);
        let mut files: Vec<Numbered> = entries.filter_map(|entry| numbered(entry.path())).collect();
        files.sort();
        Ok(files)
    }

    /// Removes what programs that were killed did not finish: whoever holds the lock is the only one who writes here.
    fn remove_unfinished(&self) -> std::io::Result<()> {
        for entry in fs::read_dir(&self.folder)?.filter_map(Result::ok) {
            if is_temporary(&entry.file_name()) {
                fs::remove_file(entry.path()).ok();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceChoice;
    use crate::jobs::error::ModelError;
    use crate::jobs::request::{DecoderKind, NoiseKind, Reuse, SamplerKind};

    fn kept(seed: u64) -> KeptLatent {
        let request = GenerateRequest {
            clip: crate::pipeline::settings::ClipSettings {
                prompt: "a \"red\" ball\n🎈".into(),
                steps: 4,
                guidance: 7.5,
                seed,
                frames: 2,
                width: 32,
                height: 32,
                fps: 8,
                sampler: SamplerKind::Turbo,
                eta: 0.25,
                noise: NoiseKind::TorchCpu,
                reuse: Reuse::Strong,
                merge_tokens: true,
                decoder: DecoderKind::Tiny,
                ..Default::default()
            },
            loras: Vec::new(),
            device: DeviceChoice::Gpu(Some(1)),
        };
        let values = (0..2 * 8 * 16).map(|index| index as f32 * 0.25).collect();
        KeptLatent { shape: [1, 8, 2, 4, 4], values, request, model_sha256: "ab".repeat(32) }
    }

    /// Latents of the tests' size that are kept.
    const KEPT: usize = 24;

    /// A store with room for as many.
    fn store(folder: impl Into<PathBuf>) -> LatentStore {
        let probe = tempfile::tempdir().expect("the tests have a temporary folder");
        let one = LatentStore::at(probe.path()).keep(&kept(99)).expect("the folder can be written");
        // Numbers of other lengths make files of slightly other lengths.
        let bytes = one.metadata().expect("it is there").len() + 16;
        LatentStore::within(folder, bytes * KEPT as u64)
    }

    /// What is in the folder, oldest first, the lock aside.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder exists");
        let mut names: Vec<String> =
            entries.map(|it| it.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| name != LOCK);
        names.sort();
        names
    }

    #[test]
    fn latents_come_back_and_only_the_last_ones_are_kept() {
        let folder = tempfile::tempdir().expect("the tests have a temporary folder");
        let store = store(folder.path().join("latents"));
        let mut paths = Vec::new();
        for seed in 0..KEPT as u64 + 3 {
            paths.push(store.keep(&kept(seed)).expect("the folder can be written"));
        }
        let last = paths.last().expect("some were kept");
        assert_eq!(KeptLatent::read(last).expect("it was just written"), kept(KEPT as u64 + 2));
        let kept: Vec<bool> = paths.iter().map(|path| path.exists()).collect();
        assert_eq!(kept, [vec![false; 3], vec![true; KEPT]].concat());
        assert_eq!(names(&folder.path().join("latents")).len(), KEPT);
    }

    #[test]
    fn a_clock_that_goes_back_costs_no_new_latent() {
        let folder = tempfile::tempdir().expect("the tests have a temporary folder");
        let store = store(folder.path());
        let day = std::time::Duration::from_secs(24 * 3600);
        let mut before = Vec::new();
        for seed in 0..KEPT as u64 {
            before.push(store.keep(&kept(seed)).expect("the folder can be written"));
        }
        // Set back to yesterday, and to a time before all times.
        for (time, lost) in [(SystemTime::now() - day, 1), (SystemTime::UNIX_EPOCH - day, 2)] {
            let path = store.keep_at(&kept(99), time).expect("the folder can be written");
            assert!(path.exists(), "the new latent was removed at once");
            let left: Vec<bool> = before.iter().map(|path| path.exists()).collect();
            assert_eq!(left, [vec![false; lost], vec![true; KEPT - lost]].concat(), "not the oldest one was removed");
            assert_eq!(names(folder.path()).last().map(String::as_str), path.file_name().and_then(|it| it.to_str()));
        }
        // A name that the clock will not reach for centuries.
        let far = format!("{}-{:016x}.safetensors", "9".repeat(22), 5);
        fs::write(folder.path().join(&far), "x").expect("writable");
        let path = store.keep(&kept(100)).expect("the folder can be written");
        assert!(path.exists() && folder.path().join(far).exists());
    }

    #[test]
    fn several_programs_keep_at_once_and_each_its_own() {
        let folder = tempfile::tempdir().expect("the tests have a temporary folder");
        // Each as a program would, with a store of its own.
        let keep = |first: u64| {
            let store = store(folder.path());
            (first..first + 10).map(|seed| store.keep(&kept(seed)).expect("nobody is in the way")).collect::<Vec<_>>()
        };
        let mut paths: Vec<PathBuf> = std::thread::scope(|scope| {
            let threads: Vec<_> = [0, 100, 200, 300].map(|first| scope.spawn(move || keep(first))).into();
            threads.into_iter().flat_map(|thread| thread.join().expect("no thread fails")).collect()
        });
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 40, "two have the same name");
        let left: Vec<bool> = paths.iter().map(|path| path.exists()).collect();
        assert_eq!(left, [vec![false; 40 - KEPT], vec![true; KEPT]].concat(), "others than the oldest were removed");
        let newest = paths.last().expect("some were kept");
        assert!(KeptLatent::read(newest).is_ok());
    }

    #[test]
    fn files_of_others_stay_and_unfinished_ones_go() {
        let folder = tempfile::tempdir().expect("the tests have a temporary folder");
        let store = store(folder.path());
        let of_others = ["mine.safetensors", "00000000000000000001-mine.safetensors", "1-0000000000000005.safetensors"];
        for name in of_others.into_iter().chain([".hummingbird-abc.part"]) {
            fs::write(folder.path().join(name), "x").expect("writable");
        }
        for seed in 0..=KEPT as u64 {
            store.keep(&kept(seed)).expect("the folder can be written");
        }
        let names = names(folder.path());
        assert!(of_others.iter().all(|name| names.iter().any(|it| it == name)), "{names:?}");
        assert_eq!(names.len(), KEPT + of_others.len(), "{names:?}");
    }

    #[test]
    fn the_budget_is_what_the_library_says_now_and_the_newest_latent_always_stays() {
        let folder = tempfile::tempdir().expect("the tests have a temporary folder");
        let folders = Folders::at(folder.path());
        let store = LatentStore::of(&folders);
        let keep = |seed| store.keep(&kept(seed)).expect("the folder can be written");
        let first = [keep(1), keep(2), keep(3)];
        assert!(first.iter().all(|path| path.exists()));
        let bytes = first[2].metadata().expect("it is there").len();
        let settings = LibrarySettings { latent_budget_bytes: 2 * bytes + 32, ..LibrarySettings::default() };
        settings.write(&folders).expect("writable");
        let fourth = keep(4);
        let left = first.iter().chain([&fourth]).map(|path| path.exists()).collect::<Vec<_>>();
        assert_eq!(left, [false, false, true, true]);
        LibrarySettings { latent_budget_bytes: 0, ..settings }.write(&folders).expect("writable");
        let fifth = keep(5);
        assert!(fifth.exists() && !fourth.exists(), "a failed decode must cost nothing");
    }

    #[test]
    fn foreign_files_are_named() {
        let folder = tempfile::tempdir().expect("the tests have a temporary folder");
        let path = folder.path().join("x.safetensors");
        fs::write(&path, b"GIF89a, not a latent").expect("the folder can be written");
        assert!(matches!(
            KeptLatent::read(&path),
            Err(EngineError::Model(ModelError::File(FileError::Foreign { .. })))
        ));
        assert!(matches!(
            KeptLatent::read(&folder.path().join("absent")),
            Err(EngineError::Model(ModelError::File(FileError::Open { .. })))
        ));
    }
}
