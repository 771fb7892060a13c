//! What benches found on the devices of this machine, one after the other, so that a device that has become slower is noticed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use hummingbird_base::Folders;
use hummingbird_base::kept::{self, Kept, KeptError};
use serde::{Deserialize, Serialize};

use super::{Kind, Report};

/// Benches that are kept of a device; the oldest go first.
const MOST_OF_A_DEVICE: usize = 50;
/// Devices whose benches are kept: a driver that was updated is another device.
const MOST_DEVICES: usize = 32;
/// Stages that are kept of a bench.
const MOST_STAGES: usize = 16;

/// The benches of all devices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BenchHistory {
    /// The benches of each device, the oldest first, by its key (see [`crate::survey`]).
    devices: BTreeMap<String, Vec<BenchRecord>>,
}

impl Kept for BenchHistory {}

/// What is kept of one bench.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BenchRecord {
    /// When it was, in seconds since 1970.
    pub at_secs: u64,
    /// Version of this program.
    pub version: String,
    /// Model whose shapes were timed.
    pub model: String,
    /// Multiply-adds of the device in 1e9 operations a second, f32, two for each.
    pub peak_gflops: f64,
    /// The same through cooperative matrices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_matrix_gflops: Option<f64>,
    /// Whether the device was about as fast at all times as at its best; if not, something else used it.
    pub is_steady: bool,
    /// Name of each stage, and its time in milliseconds.
    pub stages: Vec<(String, f64)>,
}

impl BenchRecord {
    /// What a bench that ended now found.
    pub fn of(report: &Report) -> Self {
        let stages = report.measurements.iter().filter(|it| it.kind == Kind::Stage);
        Self {
            at_secs: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: report.model.clone(),
            peak_gflops: report.peak_gflops,
            peak_matrix_gflops: report.peak_matrix_gflops,
            is_steady: report.measurements.iter().all(|it| it.is_steady),
            stages: stages.take(MOST_STAGES).map(|it| (it.name.clone(), it.milliseconds)).collect(),
        }
    }

    /// Whether its numbers can be: a file may say anything.
    fn is_sound(&self) -> bool {
        let numbers = self.stages.iter().map(|(_, milliseconds)| *milliseconds).chain(self.peak_matrix_gflops);
        self.stages.len() <= MOST_STAGES && numbers.chain([self.peak_gflops]).all(|it| it.is_finite() && it >= 0.0)
    }
}

impl BenchHistory {
    /// The history of a user; an empty one where none can be read, since it can be measured again.
    pub fn read(folders: &Folders) -> Self {
        let mut history = match kept::read::<Self>(&path(folders)) {
            Ok(read) => read.value,
            Err(error) => {
                log::warn!("{error}");
                Self::default()
            }
        };
        history.devices.values_mut().for_each(|records| records.retain(BenchRecord::is_sound));
        history
    }

    /// Keeps a bench of the device with this key.
    ///
    /// # Errors
    /// When the file cannot be written, or a newer version of this program wrote it.
    pub fn keep(folders: &Folders, device: &str, record: BenchRecord) -> Result<(), KeptError> {
        let mut history = Self::read(folders);
        history.add(device, record);
        kept::write(&path(folders), &history).map(drop)
    }

    /// The benches of the device with this key, the newest first.
    pub fn of(&self, device: &str) -> Vec<BenchRecord> {
        self.devices.get(device).into_iter().flatten().rev().cloned().collect()
    }

    fn add(&mut self, device: &str, record: BenchRecord) {
        let records = self.devices.entry(device.to_owned()).or_default();
        records.push(record);
        let surplus = records.len().saturating_sub(MOST_OF_A_DEVICE);
        records.drain(..surplus);
        while self.devices.len() > MOST_DEVICES {
            let last = |records: &[BenchRecord]| records.last().map_or(0, |record| record.at_secs);
            let oldest = self.devices.iter().filter(|(key, _)| *key != device).min_by_key(|(_, it)| last(it));
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { break };
            self.devices.remove(&oldest);
        }
    }
}

fn path(folders: &Folders) -> PathBuf {
    folders.cache.join("bench-history.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(at_secs: u64) -> BenchRecord {
        BenchRecord { at_secs, peak_gflops: 100.0, ..BenchRecord::default() }
    }

    #[test]
    fn benches_are_kept_by_device_and_the_oldest_go() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let folders = Folders::at(folder.path());
        assert_eq!(BenchHistory::read(&folders), BenchHistory::default());
        for at_secs in 1..=3 {
            BenchHistory::keep(&folders, "one", record(at_secs)).expect("writable");
        }
        BenchHistory::keep(&folders, "two", record(9)).expect("writable");
        let times =
            |history: &BenchHistory, key: &str| history.of(key).iter().map(|record| record.at_secs).collect::<Vec<_>>();
        let mut history = BenchHistory::read(&folders);
        assert_eq!(times(&history, "one"), [3, 2, 1]);
        assert_eq!((times(&history, "two"), times(&history, "three")), (vec![9], vec![]));
        for at_secs in 10..10 + MOST_OF_A_DEVICE as u64 {
            history.add("one", record(at_secs));
        }
        assert_eq!(times(&history, "one").len(), MOST_OF_A_DEVICE);
        assert_eq!(times(&history, "one").last(), Some(&10));
        for device in 0..2 * MOST_DEVICES {
            history.add(&format!("device {device}"), record(100 + device as u64));
        }
        assert_eq!(history.devices.len(), MOST_DEVICES);
        assert!(history.of("two").is_empty(), "its last bench was the longest ago");
    }

    #[test]
    fn nonsense_in_the_file_is_not_shown() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let folders = Folders::at(folder.path());
        let text = r#"{"devices": {"one": [{"peak_gflops": -1.0}, {"peak_gflops": 5.0, "stages": [["U-Net call", -3.0]]},
            {"at_secs": 7, "peak_gflops": 5.0}]}}"#;
        std::fs::create_dir_all(&folders.cache).expect("writable");
        std::fs::write(path(&folders), text).expect("writable");
        assert_eq!(BenchHistory::read(&folders).of("one").len(), 1);
        for odd in ["", "[]", "{\"devices\": 3}"] {
            std::fs::write(path(&folders), odd).expect("writable");
            assert!(BenchHistory::read(&folders).of("one").is_empty(), "{odd}");
        }
    }
}
