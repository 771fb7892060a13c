//! The file in which measured speeds are kept between runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hummingbird_base::Folders;
use hummingbird_base::kept::{self, KeptError};
use serde::{Deserialize, Serialize};

use crate::capabilities::{KernelSpeed, Speeds};
use crate::choice::TriedKernel;

/// The speeds of all devices that were measured, in one file.
#[derive(Clone, Debug)]
pub struct SpeedFile {
    path: PathBuf,
}

impl SpeedFile {
    /// That of these folders.
    pub fn of(folders: &Folders) -> Self {
        Self::at(folders.cache.join("speeds.json"))
    }

    /// One at `path`, which is made at the first write.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is known of the device with this key ([`crate::Gpu::key`]).
    pub fn speeds(&self, device: &str) -> Speeds {
        let kept = self.read();
        let mut speeds = Speeds::default();
        for kernels in KernelSpeed::ALL {
            if let Some(&flops) = kept.get(&key(device, kernels)).filter(|&&flops| flops > 0.0) {
                speeds.set(kernels, flops);
            }
        }
        speeds
    }

    /// Keeps a speed of the device with this key.
    ///
    /// # Errors
    /// When the file cannot be written, or a newer version of this program wrote it.
    pub fn keep(&self, device: &str, kernels: KernelSpeed, flops: f64) -> Result<(), KeptError> {
        let mut kept = self.read();
        kept.insert(key(device, kernels), flops);
        kept::write(&self.path, &Kept(kept)).map(drop)
    }

    /// The speed of a kind of kernel at a kind of work, in operations each second: zero for one that is wrong there, `None`
    /// for one that was not tried on the device with this key.
    pub fn tried(&self, device: &str, work: &str, kernel: &str) -> Option<f64> {
        self.read().get(&tried_key(device, work, kernel)).copied()
    }

    /// Keeps what [`SpeedFile::tried`] gives.
    ///
    /// # Errors
    /// As [`SpeedFile::keep`].
    pub fn keep_tried(&self, device: &str, work: &str, kernel: &str, flops: f64) -> Result<(), KeptError> {
        let mut kept = self.read();
        kept.insert(tried_key(device, work, kernel), flops);
        kept::write(&self.path, &Kept(kept)).map(drop)
    }

    /// All that was tried on the device with this key, in the order of the names of work and kernels.
    pub fn all_tried(&self, device: &str) -> Vec<TriedKernel> {
        let front = format!("{device}{WORK}");
        let kept = self.read();
        let of_device = kept.iter().filter_map(|(key, &flop_per_sec)| {
            let (work, kernel) = key.strip_prefix(&front)?.split_once(KERNEL)?;
            Some(TriedKernel { work: work.to_owned(), kernel: kernel.to_owned(), flop_per_sec, is_taken: false })
        });
        let mut tried = of_device.collect::<Vec<_>>();
        for kernels in tried.chunk_by_mut(|a, b| a.work == b.work) {
            let best = kernels.iter_mut().max_by(|a, b| a.flop_per_sec.total_cmp(&b.flop_per_sec));
            if let Some(best) = best.filter(|best| best.flop_per_sec > 0.0) {
                best.is_taken = true;
            }
        }
        tried
    }

    /// Forgets all that was measured of the device with this key, so that it is measured again.
    ///
    /// # Errors
    /// As [`SpeedFile::keep`].
    pub fn forget(&self, device: &str) -> Result<(), KeptError> {
        let mut kept = self.read();
        let is_of_device =
            |key: &str| key.strip_prefix(device).is_some_and(|rest| rest.is_empty() || rest.starts_with(','));
        kept.retain(|key, _| !is_of_device(key));
        kept::write(&self.path, &Kept(kept)).map(drop)
    }

    /// The speeds in the file; none where it is not there, of a newer version, or not what we wrote.
    fn read(&self) -> BTreeMap<String, f64> {
        let mut speeds = kept::read::<Kept>(&self.path).map(|read| read.value.0).unwrap_or_default();
        speeds.retain(|_, flops| flops.is_finite() && *flops >= 0.0);
        speeds
    }
}

/// The speeds that are kept, by device and kernels.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Kept(BTreeMap<String, f64>);

impl kept::Kept for Kept {}

fn key(device: &str, kernels: KernelSpeed) -> String {
    match kernels {
        KernelSpeed::F32 => device.to_owned(),
        KernelSpeed::F16 => format!("{device}, f16"),
        KernelSpeed::Q8 => format!("{device}, q8"),
        KernelSpeed::Cooperative => format!("{device}, matrices"),
    }
}

/// Between a device and a kind of work, and between that and a kind of kernel.
const WORK: &str = ", work: ";
const KERNEL: &str = ", kernel: ";

fn tried_key(device: &str, work: &str, kernel: &str) -> String {
    format!("{device}{WORK}{work}{KERNEL}{kernel}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_kept_and_odd_files_are_as_good_as_none() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let file = SpeedFile::at(folder.path().join("not yet there").join("speeds.json"));
        assert_eq!(file.speeds("one"), Speeds::default());
        file.keep("one", KernelSpeed::F32, 1e12).expect("the folder is made");
        file.keep("one", KernelSpeed::Cooperative, 3e13).expect("the file is replaced");
        file.keep("two", KernelSpeed::Q8, 2.5e10).expect("the file is replaced");
        assert_eq!(file.speeds("one"), Speeds { f32: Some(1e12), cooperative: Some(3e13), ..Speeds::default() });
        assert_eq!(file.speeds("two"), Speeds { q8: Some(2.5e10), ..Speeds::default() });
        for odd in ["", "{", "[1]", r#"{"one": "fast"}"#, r#"{"one": -1.0, "two": 0}"#] {
            std::fs::write(file.path(), odd).expect("the file is there");
            assert_eq!(file.speeds("one"), Speeds::default(), "{odd}");
        }
    }

    #[test]
    fn what_was_tried_is_kept_by_device_work_and_kernel_until_it_is_forgotten() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let file = SpeedFile::at(folder.path().join("speeds.json"));
        file.keep("one", KernelSpeed::F32, 1e12).expect("the folder is made");
        file.keep_tried("one", "matmul", "wrong", 0.0).expect("the file is replaced");
        file.keep_tried("one", "matmul", "fast", 2e12).expect("the file is replaced");
        file.keep_tried("two", "matmul", "fast", 3e12).expect("the file is replaced");
        assert_eq!(file.tried("one", "matmul", "wrong"), Some(0.0));
        assert_eq!(file.tried("one", "attention", "fast"), None);
        let row = |kernel: &str, flop_per_sec| {
            let is_taken = flop_per_sec > 0.0;
            TriedKernel { work: "matmul".to_owned(), kernel: kernel.to_owned(), flop_per_sec, is_taken }
        };
        assert_eq!(file.all_tried("one"), [row("fast", 2e12), row("wrong", 0.0)]);
        file.forget("one").expect("the file is replaced");
        assert_eq!((file.all_tried("one"), file.speeds("one")), (Vec::new(), Speeds::default()));
        assert_eq!(file.all_tried("two"), [row("fast", 3e12)]);
    }
}
