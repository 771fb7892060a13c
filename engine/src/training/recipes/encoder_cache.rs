//! What encoders made of clips and captions of a folder, kept beside them, so that another epoch or run encodes nothing again.
//!
//! An entry is a file named by a hash of the model, the device and what was encoded. It is whole or not there; one that is damaged is
//! made again. The folder does not grow beyond its bound: what was not used for longest goes when a run begins, and a full cache takes
//! nothing more. What cannot be kept is encoded anew, and training goes on.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use burn::tensor::{DType, Device, Tensor, TensorData};
use hummingbird_base::files;
use sha2::{Digest as _, Sha256};

use crate::handoff::Frames;
use crate::nn::params::values_of;

/// The cache's folder in a folder of clips. Hidden names are no clips.
const FOLDER: &str = ".hummingbird-cache";
/// Ending of entries.
const ENDING: &str = "encoded";
/// What an entry begins with; another number when encoders give other values.
const MAGIC: &[u8; 8] = b"HBENC\x01\0\0";
/// Bytes of a hash.
const HASH: usize = 32;
/// Most numbers of a tensor's shape.
const MOST_RANK: usize = 8;

/// Hash of what was encoded, and how.
type Key = [u8; HASH];

/// A folder of entries.
#[derive(Debug)]
pub struct EncoderCache {
    folder: PathBuf,
    /// What tells models and devices apart.
    of: String,
    /// Most bytes of all entries.
    most: u64,
    held: AtomicU64,
    made: AtomicU64,
    has_failed: AtomicBool,
}

impl EncoderCache {
    /// The cache of a folder of clips for a model, by its hash; `None` where it may hold nothing, or the model's hash is not known.
    pub fn open(clips: &Path, model_sha256: &str, device: &Device, most_mib: u64) -> Option<Self> {
        if most_mib == 0 || model_sha256.is_empty() {
            return None;
        }
        let folder = clips.join(FOLDER);
        let most = most_mib << 20;
        let held = match trimmed(&folder, most) {
            Ok(held) => held,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => {
                log::warn!("{} cannot be read, nothing is taken from it: {error}", folder.display());
                return None;
            }
        };
        let of = format!("{model_sha256} {device:?}");
        let (made, has_failed) = (AtomicU64::new(0), AtomicBool::new(false));
        Some(Self { folder, of, most, held: AtomicU64::new(held), made, has_failed })
    }

    /// How many tensors were not there and had to be made.
    pub fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// The tensors of a clip's frames that are called `name`, kept or made.
    pub fn of_frames<const D: usize, const N: usize>(
        &self,
        name: &str,
        frames: &Frames,
        device: &Device,
        make: impl FnOnce() -> [Tensor<D>; N],
    ) -> [Tensor<D>; N] {
        let sizes = [frames.count(), frames.height(), frames.width()];
        self.get(self.key(name, &sizes, frames.pixels()), device, make)
    }

    /// The tensor of a text that is called `name`, kept or made.
    pub fn of_text<const D: usize>(
        &self,
        name: &str,
        text: &str,
        device: &Device,
        make: impl FnOnce() -> [Tensor<D>; 1],
    ) -> [Tensor<D>; 1] {
        self.get(self.key(name, &[], text.as_bytes()), device, make)
    }

    fn key(&self, name: &str, sizes: &[usize], content: &[u8]) -> Key {
        let mut hasher = Sha256::new();
        for part in [MAGIC, self.of.as_bytes(), name.as_bytes()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        sizes.iter().for_each(|&size| hasher.update((size as u64).to_le_bytes()));
        hasher.update(content);
        hasher.finalize().into()
    }

    fn get<const D: usize, const N: usize>(
        &self,
        key: Key,
        device: &Device,
        make: impl FnOnce() -> [Tensor<D>; N],
    ) -> [Tensor<D>; N] {
        let name: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = self.folder.join(&name[..2]).join(format!("{name}.{ENDING}"));
        if let Some(tensors) = read::<D, N>(&path, &key, device, self.most) {
            return tensors;
        }
        let made = make();
        self.made.fetch_add(1, Ordering::Relaxed);
        // Narrower numbers would come back wider.
        if made.iter().all(|tensor| tensor.dtype() == DType::F32)
            && let Err(error) = self.keep(&path, &key, &made)
            && !self.has_failed.swap(true, Ordering::Relaxed)
        {
            log::warn!("{} cannot be written, clips are encoded again each time: {error}", self.folder.display());
        }
        made
    }

    fn keep<const D: usize>(&self, path: &Path, key: &Key, tensors: &[Tensor<D>]) -> io::Result<()> {
        let mut bytes = [&MAGIC[..], &key[..], &[tensors.len() as u8, D as u8]].concat();
        for tensor in tensors {
            tensor.dims().iter().for_each(|&side| bytes.extend((side as u64).to_le_bytes()));
            bytes.extend(values_of(tensor.clone().into_data()).iter().flat_map(|value| value.to_le_bytes()));
        }
        let hash: Key = Sha256::digest(&bytes).into();
        bytes.extend(hash);
        let size = bytes.len() as u64;
        // What was there, damaged, is replaced: the sum is never too small.
        if self.held.fetch_add(size, Ordering::Relaxed) + size > self.most {
            self.held.fetch_sub(size, Ordering::Relaxed);
            return Ok(());
        }
        fs::create_dir_all(files::folder_of(path))?;
        files::replace(path, &bytes)
    }
}

/// Brings a cache's folder under its bound; the bytes that it holds then.
fn trimmed(folder: &Path, most: u64) -> io::Result<u64> {
    let mut entries: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for part in fs::read_dir(folder)? {
        let part = part?;
        if !part.file_type()?.is_dir() {
            continue;
        }
        for entry in fs::read_dir(part.path())? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            // Those of others stay.
            if metadata.is_file() && entry.path().extension().is_some_and(|ending| ending == ENDING) {
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                entries.push((used, metadata.len(), entry.path()));
            }
        }
    }
    entries.sort();
    let mut held: u64 = entries.iter().map(|entry| entry.1).sum();
    for (_, size, path) in entries {
        // Some room for what is new.
        if held <= most / 10 * 9 {
            break;
        }
        fs::remove_file(path)?;
        held -= size;
    }
    Ok(held)
}

/// An entry; `None` where it is not there, damaged, or another one.
fn read<const D: usize, const N: usize>(path: &Path, key: &Key, device: &Device, most: u64) -> Option<[Tensor<D>; N]> {
    let file = File::open(path).ok()?;
    if file.metadata().ok()?.len() > most {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).ok()?;
    let content = bytes.len().checked_sub(HASH).map(|end| &bytes[..end])?;
    let hash: Key = Sha256::digest(content).into();
    let mut rest = content.strip_prefix(MAGIC)?.strip_prefix(key)?.strip_prefix(&[N as u8, D as u8])?;
    if hash != bytes[content.len()..] || D > MOST_RANK {
        return None;
    }
    let mut tensors = Vec::with_capacity(N);
    for _ in 0..N {
        let mut shape = [0; D];
        for side in &mut shape {
            let (first, behind) = rest.split_first_chunk()?;
            (*side, rest) = (usize::try_from(u64::from_le_bytes(*first)).ok()?, behind);
        }
        let count = shape.iter().try_fold(4_usize, |product, &side| product.checked_mul(side))?;
        let (own, behind) = rest.split_at_checked(count)?;
        rest = behind;
        let values: Vec<f32> = own.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect();
        tensors.push(Tensor::from_data(TensorData::new(values, shape), device));
    }
    // Used now: others go before it.
    if let Ok(file) = File::options().append(true).open(path) {
        drop(file.set_modified(SystemTime::now()));
    }
    tensors.try_into().ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(seed: usize) -> Frames {
        Frames::new(4, 2, (0..2 * 4 * 2 * 3).map(|it| (it * 7 + seed) as u8).collect())
    }

    fn tensors(value: f32, device: &Device) -> [Tensor<2>; 2] {
        [[[value, -0.0, f32::MIN_POSITIVE]], [[f32::NAN, value + 0.1, 1e30]]].map(|it| Tensor::from_data(it, device))
    }

    fn bits<const N: usize>(tensors: &[Tensor<2>; N]) -> Vec<u32> {
        tensors.iter().flat_map(|it| values_of(it.clone().into_data())).map(f32::to_bits).collect()
    }

    fn entries(folder: &Path) -> Vec<PathBuf> {
        let parts =
            fs::read_dir(folder.join(FOLDER)).map(|parts| parts.flatten().collect()).unwrap_or_else(|_| Vec::new());
        let mut all: Vec<PathBuf> = parts
            .iter()
            .flat_map(|part| fs::read_dir(part.path()).expect("a folder").flatten())
            .map(|entry| entry.path())
            .collect();
        all.sort();
        all
    }

    #[test]
    fn what_was_encoded_comes_back_to_the_bit_and_everything_else_is_told_apart() {
        let (folder, device) = (tempfile::tempdir().expect("a folder"), Device::flex());
        let open = |model: &str| EncoderCache::open(folder.path(), model, &device, 1).expect("it may hold something");
        let (cache, first) = (open("abc"), tensors(1.5, &device));
        let get = |cache: &EncoderCache, name: &str, seed: usize| {
            cache.of_frames(name, &frames(seed), &device, || tensors(1.5, &device))
        };
        assert_eq!(bits(&get(&cache, "vae", 0)), bits(&first));
        let again = open("abc");
        assert_eq!(bits(&get(&again, "vae", 0)), bits(&first));
        assert_eq!((cache.made(), again.made()), (1, 0), "another run encodes nothing");
        get(&again, "vae", 1);
        get(&again, "other", 0);
        again.of_text("vae", "a fox", &device, || [tensors(2.0, &device)[0].clone()]);
        get(&open("another"), "vae", 0);
        assert_eq!((again.made(), entries(folder.path()).len()), (3, 5));
        // Damaged ones are made again, and are whole after that.
        for path in entries(folder.path()) {
            let whole = fs::read(&path).expect("readable");
            for end in [0, 7, 50, whole.len() - 1] {
                fs::write(&path, &whole[..end]).expect("writable");
                let cache = open("abc");
                assert_eq!(bits(&get(&cache, "vae", 0)), bits(&first), "cut at {end}");
            }
            let mut flipped = whole.clone();
            flipped[60] ^= 1;
            fs::write(&path, &flipped).expect("writable");
            assert_eq!(bits(&get(&open("abc"), "vae", 0)), bits(&first));
        }
        let cache = open("abc");
        get(&cache, "vae", 0);
        assert_eq!(cache.made(), 0);
        assert!(EncoderCache::open(folder.path(), "abc", &device, 0).is_none());
        assert!(EncoderCache::open(folder.path(), "", &device, 1).is_none());
    }

    #[test]
    fn a_cache_stays_within_its_bound() {
        let (folder, device) = (tempfile::tempdir().expect("a folder"), Device::flex());
        let open = || EncoderCache::open(folder.path(), "abc", &device, 1).expect("it may hold something");
        let large = || [0.25, 0.5].map(|value| Tensor::<2>::full([100, 400], value, &device));
        let size = || entries(folder.path()).iter().map(|path| path.metadata().expect("a file").len()).sum::<u64>();
        let cache = open();
        for seed in 0..5 {
            cache.of_frames("vae", &frames(seed), &device, large);
        }
        assert_eq!((entries(folder.path()).len(), cache.made()), (3, 5), "320 kB each");
        let cache = open();
        cache.of_frames("vae", &frames(9), &device, large);
        assert!(size() <= 1 << 20 && entries(folder.path()).len() == 3, "the oldest went for the newest: {}", size());
    }
}
