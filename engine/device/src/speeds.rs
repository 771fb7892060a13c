//! The file in which measured speeds are kept between runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hummingbird_base::Folders;
use hummingbird_base::kept::{self, KeptError};
use serde::{Deserialize, Serialize};

use crate::capabilities::{KernelSpeed, Speeds};
use crate::choice::{TrialOutcome, TriedKernel};

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

    /// What came of trying a kind of kernel at a kind of work on the device with this key; `None` for one that was not tried.
    pub fn tried(&self, device: &str, work: &str, kernel: &str) -> Option<TrialOutcome> {
        self.read().get(&tried_key(device, work, kernel)).copied().map(TrialOutcome::of_kept)
    }

    /// Keeps what [`SpeedFile::tried`] gives.
    ///
    /// # Errors
    /// As [`SpeedFile::keep`].
    pub fn keep_tried(&self, device: &str, work: &str, kernel: &str, outcome: TrialOutcome) -> Result<(), KeptError> {
        let mut kept = self.read();
        kept.insert(tried_key(device, work, kernel), outcome.to_kept());
        kept::write(&self.path, &Kept(kept)).map(drop)
    }

    /// All that was tried on the device with this key, in the order of the names of work and kernels.
    pub fn all_tried(&self, device: &str) -> Vec<TriedKernel> {
        let front = format!("{device}{WORK}");
        let kept = self.read();
        let of_device = kept.iter().filter_map(|(key, &kept)| {
            let (work, kernel) = key.strip_prefix(&front)?.split_once(KERNEL)?;
            let (work, kernel, outcome) = (work.to_owned(), kernel.to_owned(), TrialOutcome::of_kept(kept));
            Some(TriedKernel { work, kernel, outcome, is_taken: false })
        });
        let mut tried = of_device.collect::<Vec<_>>();
        for kernels in tried.chunk_by_mut(|a, b| a.work == b.work) {
            let fast = kernels.iter_mut().filter(|it| matches!(it.outcome, TrialOutcome::FlopPerSec(_)));
            if let Some(best) = fast.max_by(|a, b| a.outcome.to_kept().total_cmp(&b.outcome.to_kept())) {
                best.is_taken = true;
            }
        }
        tried
    }

    /// Whether the device with this key did not open, or failed at once, at one of the last times that one was chosen.
    pub fn failed(&self, device: &str) -> bool {
        self.read().contains_key(&failed_key(device))
    }

    /// Another device than the one with this key was chosen since it failed: after some times it is as good as new, since a failure may
    /// have had reasons that are gone.
    ///
    /// # Errors
    /// As [`SpeedFile::keep`].
    pub fn keep_left_out(&self, device: &str) -> Result<(), KeptError> {
        let (mut kept, key) = (self.read(), failed_key(device));
        let Some(left) = kept.get(&key).map(|left| left - 1.0) else { return Ok(()) };
        if left > 0.0 {
            kept.insert(key, left);
        } else {
            kept.remove(&key);
        }
        kept::write(&self.path, &Kept(kept)).map(drop)
    }

    /// Keeps what [`SpeedFile::failed`] gives.
    ///
    /// # Errors
    /// As [`SpeedFile::keep`].
    pub fn keep_failed(&self, device: &str, failed: bool) -> Result<(), KeptError> {
        let (mut kept, key) = (self.read(), failed_key(device));
        let before = if failed { kept.insert(key, LEFT_OUT) } else { kept.remove(&key) };
        if before.is_none() && !failed {
            return Ok(());
        }
        kept::write(&self.path, &Kept(kept)).map(drop)
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

/// How often another device is chosen before one that failed is tried in its own place again.
const LEFT_OUT: f64 = 5.0;

fn failed_key(device: &str) -> String {
    format!("{device}, failed")
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
        let fast = TrialOutcome::FlopPerSec;
        let keep = |device, work, kernel, outcome| {
            file.keep_tried(device, work, kernel, outcome).expect("the file is replaced");
        };
        keep("one", "matmul", "wrong", TrialOutcome::Wrong);
        keep("one", "matmul", "slow", fast(1e12));
        keep("one", "matmul", "fast", fast(2e12));
        keep("one", "rightness", "any", TrialOutcome::Right);
        keep("two", "matmul", "fast", fast(3e12));
        assert_eq!(file.tried("one", "matmul", "wrong"), Some(TrialOutcome::Wrong));
        assert_eq!(file.tried("one", "matmul", "slow"), Some(fast(1e12)));
        assert_eq!(file.tried("one", "rightness", "any"), Some(TrialOutcome::Right));
        assert_eq!(file.tried("one", "attention", "fast"), None);
        let row = |work: &str, kernel: &str, outcome, is_taken| TriedKernel {
            work: work.to_owned(),
            kernel: kernel.to_owned(),
            outcome,
            is_taken,
        };
        let found = [
            row("matmul", "fast", fast(2e12), true),
            row("matmul", "slow", fast(1e12), false),
            row("matmul", "wrong", TrialOutcome::Wrong, false),
            row("rightness", "any", TrialOutcome::Right, false),
        ];
        assert_eq!(file.all_tried("one"), found);
        file.forget("one").expect("the file is replaced");
        assert_eq!((file.all_tried("one"), file.speeds("one")), (Vec::new(), Speeds::default()));
        assert_eq!(file.all_tried("two"), [row("matmul", "fast", fast(3e12), true)]);
    }
}
