//! What is known of every device of this machine: what it is, whether it opens, what it can do, how fast it was, and which one an
//! automatic choice picks and why. The page of devices and `hummingbird devices` show it. Begin with [`Survey::take`].

use hummingbird_base::{Folders, memory};
use hummingbird_device::{
    Chosen, DeviceChoice, DeviceError, DeviceInfo, DeviceKind, OpenDevice, SpeedFile, list, open,
};

use crate::bench::{BenchHistory, BenchRecord};
use crate::jobs::history::{JobTime, StepTimes};

/// Kinds of jobs that are told of a device.
const MOST_JOB_TIMES: usize = 12;

/// All devices of this machine.
#[derive(Debug)]
pub struct Survey {
    /// The devices, best first and the CPU last.
    pub devices: Vec<SurveyedDevice>,
    /// Why an automatic choice picks the one that it does: the device that failed to open is a reason too.
    pub why: Why,
    /// Memory of the computer in bytes, where the system says it; GPUs that are integrated share it.
    pub memory_bytes: Option<u64>,
}

/// Why an automatic choice picks a device.
#[derive(Debug)]
pub enum Why {
    /// By what the devices are.
    Chosen(Chosen),
    /// The best one does not open, so that the next one takes its place. Place of that one in the list.
    Failed(usize),
}

/// A device and all that is known of it.
#[derive(Debug)]
pub struct SurveyedDevice {
    /// What its driver says, and the speeds of kernels that were measured when it was first opened.
    pub info: DeviceInfo,
    /// Why it does not open.
    pub failure: Option<DeviceError>,
    /// Whether an automatic choice picks it.
    pub is_picked: bool,
    /// What tells its measurements from those of other devices and drivers; `None` for one that does not open.
    pub key: Option<String>,
    /// Benches, the newest first.
    pub benches: Vec<BenchRecord>,
    /// What clips took on it, those of the last kind first.
    pub jobs: Vec<JobTime>,
}

impl SurveyedDevice {
    /// How it is asked for.
    pub fn choice(&self) -> Option<DeviceChoice> {
        self.info.choice.parse().ok()
    }
}

impl Survey {
    /// Looks at every device and opens each for a moment. This takes seconds where drivers are slow to start.
    pub fn take(folders: Option<&Folders>) -> Self {
        Self::take_with(folders, open)
    }

    /// [`Survey::take`] where `open` opens devices.
    fn take_with(folders: Option<&Folders>, open: impl Fn(DeviceChoice) -> Result<OpenDevice, DeviceError>) -> Self {
        let speeds = folders.map(SpeedFile::of);
        let benches = folders.map(BenchHistory::read).unwrap_or_default();
        let times = folders.map(StepTimes::read).unwrap_or_default();
        let look = |info: DeviceInfo| {
            let opened = info.choice.parse().ok().map(&open);
            let (key, failure) = match opened {
                Some(Ok(device)) => {
                    works_again(speeds.as_ref(), &info);
                    (Some(key_of(&device)), None)
                }
                Some(Err(error)) => (None, Some(error)),
                None => (None, None),
            };
            let mut jobs = times.of_device(&info.name);
            jobs.truncate(MOST_JOB_TIMES);
            let benches = key.as_deref().map(|key| benches.of(key)).unwrap_or_default();
            SurveyedDevice { is_picked: info.chosen_by_auto, info, failure, key, benches, jobs }
        };
        let mut devices: Vec<SurveyedDevice> = list(speeds.as_ref()).into_iter().map(look).collect();
        let why = why(&mut devices);
        Self { devices, why, memory_bytes: memory::of_computer().map(|it| it.total) }
    }

    /// The device that an automatic choice picks.
    pub fn picked(&self) -> Option<&SurveyedDevice> {
        self.devices.iter().find(|device| device.is_picked)
    }

    /// The device of this choice.
    pub fn device(&self, choice: DeviceChoice) -> Option<&SurveyedDevice> {
        match choice {
            DeviceChoice::Auto => self.picked(),
            // The first of the list is the best one.
            DeviceChoice::Gpu(None) => self.devices.iter().find(|device| device.info.kind != DeviceKind::Cpu),
            choice => self.devices.iter().find(|device| device.choice() == Some(choice)),
        }
    }
}

/// What tells the measurements of an open device from those of others.
pub fn key_of(device: &OpenDevice) -> String {
    let cpu = || format!("{}, Hummingbird {}", device.name, env!("CARGO_PKG_VERSION"));
    device.gpu.as_ref().map_or_else(cpu, |gpu| gpu.key.clone())
}

/// A device that opens is tried in its own place again by an automatic choice.
fn works_again(speeds: Option<&SpeedFile>, info: &DeviceInfo) {
    if let Some((speeds, key)) = speeds.zip(info.key.as_deref())
        && let Err(error) = speeds.keep_failed(key, false)
    {
        log::warn!("{} could not be written ({error})", speeds.path().display());
    }
}

/// Why an automatic choice picks what it picks: the first in its order that opens.
fn why(devices: &mut [SurveyedDevice]) -> Why {
    let mut order: Vec<usize> = (0..devices.len()).filter(|&at| devices[at].info.auto_place.is_some()).collect();
    order.sort_by_key(|&index| devices[index].info.auto_place);
    let first = order.first().copied();
    let picked = order.into_iter().find(|&index| devices[index].failure.is_none());
    for (index, device) in devices.iter_mut().enumerate() {
        device.is_picked = picked == Some(index);
    }
    if let (Some(first), true) = (first, first != picked) {
        return Why::Failed(first);
    }
    if picked.is_some_and(|index| devices[index].info.kind != DeviceKind::Cpu) {
        return Why::Chosen(Chosen::Best { devices: devices.len() });
    }
    let software = devices.iter().find(|device| device.info.kind == DeviceKind::Software);
    Why::Chosen(match software {
        Some(device) => Chosen::OnlySoftware { name: device.info.name.clone() },
        None if devices.len() > 1 => Chosen::NoneLargeEnough,
        None => Chosen::NoDriver,
    })
}

#[cfg(test)]
mod tests {
    use hummingbird_base::message::Message as _;

    use super::*;

    #[test]
    fn what_is_picked_and_why_is_what_opening_does() {
        let survey = Survey::take(None);
        let opened = open(DeviceChoice::Auto).expect("it always works");
        assert_eq!(survey.picked().expect("one is picked").info.name, opened.name);
        match &survey.why {
            Why::Chosen(why) => assert_eq!(opened.reason, why.clone().into()),
            Why::Failed(index) => assert!(survey.devices[*index].failure.is_some()),
        }
        assert_eq!(survey.devices.iter().filter(|device| device.is_picked).count(), 1);
        let last = survey.devices.last().expect("the CPU is always there");
        assert!(last.info.kind == DeviceKind::Cpu && last.failure.is_none() && last.key.is_some());
        assert_eq!(survey.device(DeviceChoice::Cpu).map(|it| &it.info.choice), Some(&"cpu".to_owned()));
        assert!(survey.device(DeviceChoice::Gpu(Some(99))).is_none());
    }

    #[test]
    fn a_device_that_does_not_open_is_listed_with_its_reason() {
        let survey = Survey::take_with(None, |choice| match choice {
            DeviceChoice::Cpu => open(choice),
            choice => {
                let detail = "the driver is asleep".to_owned().into();
                Err(DeviceError::DeviceFailed { device: choice.to_string(), detail })
            }
        });
        let (cpu, gpus) = survey.devices.split_last().expect("the CPU is always there");
        assert!(cpu.failure.is_none() && cpu.is_picked, "it takes the place of what failed");
        for gpu in gpus {
            let failure = gpu.failure.as_ref().expect("it does not open");
            assert!(failure.to_string().contains("asleep") && failure.code() == "device.device-failed");
            assert!(gpu.key.is_none() && !gpu.is_picked);
        }
    }

    #[test]
    fn benches_and_times_of_clips_come_with_their_device() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let folders = Folders::at(folder.path());
        let cpu = open(DeviceChoice::Cpu).expect("it needs no driver");
        let record = BenchRecord { peak_gflops: 42.0, ..BenchRecord::default() };
        BenchHistory::keep(&folders, &key_of(&cpu), record).expect("writable");
        let survey = Survey::take(Some(&folders));
        for device in &survey.devices {
            let expected: &[f64] = if device.info.kind == DeviceKind::Cpu { &[42.0] } else { &[] };
            assert_eq!(device.benches.iter().map(|it| it.peak_gflops).collect::<Vec<_>>(), expected);
        }
    }
}
