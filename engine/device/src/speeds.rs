//! The file in which measured speeds are kept between runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hummingbird_base::Folders;
use hummingbird_base::kept::{self, KeptError};
use serde::{Deserialize, Serialize};

use crate::capabilities::{KernelSpeed, Speeds};

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
            if let Some(&flops) = kept.get(&key(device, kernels)) {
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

    /// The speeds in the file; none where it is not there, of a newer version, or not what we wrote.
    fn read(&self) -> BTreeMap<String, f64> {
        let mut speeds = kept::read::<Kept>(&self.path).map(|read| read.value.0).unwrap_or_default();
        speeds.retain(|_, flops| flops.is_finite() && *flops > 0.0);
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
}
