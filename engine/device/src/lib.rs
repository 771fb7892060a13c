//! Where to compute: the choice as a user names it, what there is, opening it, what it can do and how it is.
//!
//! The engine opens its own wgpu device, apart from the window's: a long computation cannot freeze the window, and a lost
//! compute device cannot take it down. `auto` never picks a software adapter: the CPU device is faster and needs no driver.
//! Begin with [`open()`].

mod capabilities;
mod choice;
#[cfg(feature = "gpu")]
pub mod dry_run;
mod error;
#[cfg(feature = "gpu")]
mod gpu;
mod health;
mod memory;
mod reading;
#[cfg(feature = "gpu")]
mod registry;
mod share;
mod speeds;
#[cfg(feature = "gpu")]
pub mod throttle;
#[cfg(feature = "gpu")]
mod wait;

#[cfg(feature = "gpu")]
use std::sync::Arc;
use std::time::Duration;

use burn::tensor::Device;
use hummingbird_base::Detail;
use hummingbird_base::kept::KeptError;

pub use capabilities::{Capabilities, CooperativeMatrices, KernelChoices, KernelSpeed, Limits, Speeds, SubgroupSizes};
pub use choice::{DeviceChoice, DeviceInfo, DeviceKind, MATRICES, TrialOutcome, TriedKernel};
pub use error::{Chosen, DeviceDrawback, DeviceError, DeviceFailure, NotADevice};
pub use health::{DeviceHealth, DriverReport};
pub use memory::GpuMemory;
pub use reading::read;
#[cfg(feature = "gpu")]
pub use registry::{capabilities_of, change_capabilities_of};
pub use share::DeviceShare;
pub use speeds::SpeedFile;
#[cfg(feature = "gpu")]
pub use wait::settle;

/// A device that was opened.
///
/// A GPU is closed when the last copy of this value is dropped: then its memory goes back to the system and its handle means
/// nothing any more. Tensors must be dropped before, or the drop waits for them (half a minute at most).
#[derive(Clone, Debug)]
pub struct OpenDevice {
    /// burn's handle.
    pub device: Device,
    /// Name for people.
    pub name: String,
    /// Why it was chosen.
    pub reason: Detail,
    /// Largest buffer in bytes, if there is such a limit.
    pub max_buffer_bytes: Option<usize>,
    /// What is known of it where it is a GPU.
    pub gpu: Option<Gpu>,
    health: DeviceHealth,
    #[cfg(feature = "gpu")]
    open: Option<Arc<registry::OpenGpu>>,
}

/// What is known of a GPU that was opened, beside its [`Capabilities`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gpu {
    /// Its adapter and driver, and this program's version: what changes with whatever makes it faster or slower.
    pub key: String,
    /// What kind of device it is.
    pub kind: DeviceKind,
}

impl OpenDevice {
    /// What has been reported of the device so far.
    pub fn health(&self) -> &DeviceHealth {
        &self.health
    }

    /// Waits for all that the device was handed, and says what is wrong with it; it must be opened again then. Only after this
    /// what was computed can be taken for a result. The CPU device is always well.
    pub fn check(&self) -> Option<DriverReport> {
        // What goes wrong is recorded; the CPU device has tests' reports only.
        settle(&self.device).err().or_else(|| self.health.report())
    }

    fn cpu(reason: impl Into<Detail>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let health = DeviceHealth::default();
        testing::LAST_OPENED.set(Some(health.clone()));
        Self {
            device: Device::flex(),
            name: format!("CPU ({cores} threads)"),
            reason: reason.into(),
            max_buffer_bytes: None,
            gpu: None,
            health,
            #[cfg(feature = "gpu")]
            open: None,
        }
    }
}

#[cfg(feature = "gpu")]
impl OpenDevice {
    /// What the device can do; `None` for the CPU.
    pub fn capabilities(&self) -> Option<Capabilities> {
        self.open.as_ref().map(|open| open.state.capabilities())
    }

    /// The device's memory now, where its driver says so; `None` for the CPU.
    pub fn memory(&self) -> Option<GpuMemory> {
        self.open.as_ref()?.state.memory()
    }

    /// Changes what is known of the device, after it was measured or tried.
    pub fn change_capabilities(&self, change: impl FnOnce(&mut Capabilities)) {
        if let Some(open) = &self.open {
            open.state.change(change);
        }
    }

    /// From now on only this share of the device's time is used.
    pub fn use_share(&self, share: &DeviceShare) {
        if let Some(open) = &self.open {
            open.state.use_share(share.clone());
        }
    }

    /// The share of the device's time that is used; `None` for the CPU, which is used as far as it goes.
    pub fn share(&self) -> Option<DeviceShare> {
        self.open.as_ref().map(|open| open.state.share())
    }

    /// From now on every submission to the device is waited for and timed; the CPU device has none.
    pub fn time_submissions(&self) {
        if let Some(open) = &self.open {
            open.state.throttle(throttle::Throttle::time_submissions);
        }
    }

    /// The longest submission since [`OpenDevice::time_submissions`]; none is timed any more.
    pub fn longest_submission(&self) -> Option<Duration> {
        let open = self.open.as_ref()?;
        open.state.throttle(throttle::Throttle::longest_submission).filter(|longest| !longest.is_zero())
    }
}

#[cfg(not(feature = "gpu"))]
impl OpenDevice {
    /// This build has no GPUs.
    pub fn capabilities(&self) -> Option<Capabilities> {
        None
    }

    /// This build has no GPUs.
    pub fn memory(&self) -> Option<GpuMemory> {
        None
    }

    /// The CPU device has no submissions between which it could rest.
    pub fn use_share(&self, _share: &DeviceShare) {}

    /// The CPU device is used as far as it goes.
    pub fn share(&self) -> Option<DeviceShare> {
        None
    }

    /// The CPU device has no submissions.
    pub fn time_submissions(&self) {}

    /// The CPU device has no submissions.
    pub fn longest_submission(&self) -> Option<Duration> {
        None
    }
}

/// The CPU device, the only one of this build, has nothing to wait for.
///
/// # Errors
/// None.
#[cfg(not(feature = "gpu"))]
pub fn settle(_device: &Device) -> Result<(), DriverReport> {
    Ok(())
}

/// What people call a device: its adapter's name for a GPU that is open.
pub fn name_of(device: &Device) -> String {
    #[cfg(feature = "gpu")]
    if let Some(name) = registry::name_of(device) {
        return name;
    }
    format!("{device:?}")
}

/// Every device, with the CPU last, and with the speeds that `kept` remembers.
pub fn list(kept: Option<&SpeedFile>) -> Vec<DeviceInfo> {
    let mut devices = gpu::list(kept);
    devices.push(DeviceInfo {
        choice: "cpu".into(),
        name: OpenDevice::cpu(String::new()).name,
        kind: DeviceKind::Cpu,
        backend: "none".into(),
        driver: "none needed".into(),
        max_buffer_bytes: 0,
        chosen_by_auto: false,
        auto_place: None,
        key: None,
        drawback: None,
        capabilities: None,
        memory: None,
        tried: Vec::new(),
    });
    let has_failed = |device: &DeviceInfo| kept.zip(device.key.as_deref()).is_some_and(|(kept, key)| kept.failed(key));
    order(&mut devices, has_failed);
    devices
}

/// Sets in which order `auto` tries devices: GPUs as they are listed, those that failed the last time after the others, then the CPU.
fn order(devices: &mut [DeviceInfo], has_failed: impl Fn(&DeviceInfo) -> bool) {
    let is_taken = |device: &DeviceInfo| device.kind != DeviceKind::Software && device.drawback.is_none();
    let mut places: Vec<usize> = (0..devices.len()).filter(|&index| is_taken(&devices[index])).collect();
    places.sort_by_key(|&index| (devices[index].kind == DeviceKind::Cpu, has_failed(&devices[index])));
    for (place, index) in places.into_iter().enumerate() {
        (devices[index].auto_place, devices[index].chosen_by_auto) = (Some(place), place == 0);
    }
}

/// Opens what the user asked for.
///
/// # Errors
/// `NoSuchDevice` for a GPU that is not there, `DeviceFailed` for one that cannot be opened. `auto` and `cpu` always work.
pub fn open(choice: DeviceChoice) -> Result<OpenDevice, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(OpenDevice::cpu(Chosen::AskedFor)),
        DeviceChoice::Auto => Ok(open_best(None, Ok)),
        DeviceChoice::Gpu(index) => {
            let devices = gpu::list(None);
            let index = index.unwrap_or(0);
            if index >= devices.len() {
                let available = list(None).into_iter().map(|device| format!("{} ({})", device.choice, device.name));
                let available = available.collect::<Vec<_>>().join(", ");
                return Err(DeviceError::NoSuchDevice { asked: choice.to_string(), available });
            }
            gpu::open(index, Chosen::AskedFor)
        }
    }
}

/// Opens the first device, in the order of `auto`, that opens and that `ready` finds fit for work; the CPU always is. `kept` remembers
/// those that failed: they are tried after the others the next time.
pub fn open_best(
    kept: Option<&SpeedFile>,
    ready: impl Fn(OpenDevice) -> Result<OpenDevice, DeviceError>,
) -> OpenDevice {
    first_that_opens(list(kept), kept, |index, reason| gpu::open(index, reason).and_then(&ready))
}

fn first_that_opens(
    devices: Vec<DeviceInfo>,
    kept: Option<&SpeedFile>,
    open: impl Fn(usize, Chosen) -> Result<OpenDevice, DeviceError>,
) -> OpenDevice {
    let count = devices.len();
    let software = devices.iter().find(|device| device.kind == DeviceKind::Software).map(|it| it.name.clone());
    let is_taken = |(_, device): &(usize, DeviceInfo)| device.auto_place.is_some() && device.kind != DeviceKind::Cpu;
    let mut gpus: Vec<(usize, DeviceInfo)> = devices.into_iter().enumerate().filter(is_taken).collect();
    gpus.sort_by_key(|(_, device)| device.auto_place);
    let note = |written: Result<(), KeptError>| {
        if let Err(error) = written {
            log::warn!("which devices fail could not be noted: {error}");
        }
    };
    let mut failed: Option<(String, DeviceError)> = None;
    for (place, (index, device)) in gpus.iter().enumerate() {
        let reason = match &failed {
            Some((name, _)) => Chosen::NextBest { failed: name.clone() },
            None => Chosen::Best { devices: count },
        };
        let opened = open(*index, reason);
        if let Some((kept, key)) = kept.zip(device.key.as_deref()) {
            note(kept.keep_failed(key, opened.is_err()));
        }
        match opened {
            Ok(opened) => {
                let left_out = gpus[place + 1..].iter().filter_map(|(_, device)| kept.zip(device.key.as_deref()));
                left_out.for_each(|(kept, key)| note(kept.keep_left_out(key)));
                return opened;
            }
            Err(error) => {
                log::warn!("{} does not open: {error}", device.name);
                failed.get_or_insert((device.name.clone(), error));
            }
        }
    }
    OpenDevice::cpu(match (failed, software) {
        (Some((_, error)), _) => Detail::from(error),
        (None, Some(name)) => Chosen::OnlySoftware { name }.into(),
        (None, None) if count > 1 => Chosen::NoneLargeEnough.into(),
        (None, None) => Chosen::NoDriver.into(),
    })
}

#[cfg(not(feature = "gpu"))]
mod gpu {
    use super::{Chosen, DeviceError, DeviceFailure, DeviceInfo, OpenDevice};

    pub(super) fn list(_kept: Option<&crate::SpeedFile>) -> Vec<DeviceInfo> {
        Vec::new()
    }

    pub(super) fn open(index: usize, _reason: Chosen) -> Result<OpenDevice, DeviceError> {
        let detail = DeviceFailure::NoGpuSupport.into();
        Err(DeviceError::DeviceFailed { device: format!("gpu:{index}"), detail })
    }
}

/// For tests of what uses devices: reports of the CPU device, which has no driver to make any.
#[doc(hidden)]
pub mod testing {
    use std::cell::RefCell;

    use super::{DeviceHealth, DriverReport};

    thread_local! {
        /// The health of the CPU device that this thread opened last.
        pub(super) static LAST_OPENED: RefCell<Option<DeviceHealth>> = const { RefCell::new(None) };
    }

    /// As if a driver of the CPU device that this thread opened last had made a report.
    ///
    /// # Panics
    /// When this thread has opened none.
    pub fn record(report: DriverReport) {
        LAST_OPENED.with_borrow(|last| last.as_ref().expect("a device was opened").record(report));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_needs_no_driver_and_auto_picks_exactly_one() {
        assert!(open(DeviceChoice::Cpu).is_ok());
        assert_eq!(list(None).iter().filter(|device| device.chosen_by_auto).count(), 1);
    }

    fn device(name: &str, kind: DeviceKind) -> DeviceInfo {
        let cpu = list(None).pop().expect("it is always there");
        DeviceInfo { name: name.to_owned(), key: Some(name.to_owned()), kind, auto_place: None, ..cpu }
    }

    #[test]
    fn the_next_one_is_opened_where_one_fails_and_the_order_is_remembered() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let kept = SpeedFile::at(folder.path().join("speeds.json"));
        let devices = || {
            let small =
                DeviceInfo { drawback: Some(DeviceDrawback::SmallBuffers), ..device("small", DeviceKind::Discrete) };
            let mut devices = vec![
                small,
                device("card", DeviceKind::Discrete),
                device("chip", DeviceKind::Integrated),
                device("driver", DeviceKind::Software),
                device("processor", DeviceKind::Cpu),
            ];
            order(&mut devices, |it| it.key.as_deref().is_some_and(|key| kept.failed(key)));
            devices
        };
        let open = |failing: &'static [usize]| {
            let tried = std::cell::RefCell::new(Vec::new());
            let opened = first_that_opens(devices(), Some(&kept), |index, reason| {
                tried.borrow_mut().push(index);
                let detail = "lost".to_owned().into();
                let error = DeviceError::DeviceFailed { device: index.to_string(), detail };
                if failing.contains(&index) { Err(error) } else { Ok(OpenDevice::cpu(reason)) }
            });
            (tried.into_inner(), opened.reason)
        };
        let best = || Detail::from(Chosen::Best { devices: 5 });
        let next = |failed: &str| Detail::from(Chosen::NextBest { failed: failed.to_owned() });
        let places = || devices().into_iter().map(|it| it.auto_place).collect::<Vec<_>>();
        assert_eq!((open(&[]), places()), ((vec![1], best()), vec![None, Some(0), Some(1), None, Some(2)]));
        assert_eq!(open(&[1]), (vec![1, 2], next("card")));
        // The chip comes first from now on, and the card when it fails.
        assert_eq!((open(&[1]), places()), ((vec![2], best()), vec![None, Some(1), Some(0), None, Some(2)]));
        assert_eq!(open(&[2]), (vec![2, 1], next("chip")));
        assert_eq!(open(&[]), (vec![1], best()));
        // One that failed is not left out for ever.
        assert_eq!(open(&[1]), (vec![1, 2], next("card")));
        for _ in 0..5 {
            assert_eq!(open(&[]), (vec![2], best()));
        }
        assert_eq!(open(&[]), (vec![1], best()));
        // Without a GPU that opens the processor computes, and says why.
        let (tried, reason) = open(&[1, 2]);
        assert_eq!(tried, [1, 2]);
        assert!(reason.to_string().contains("\"1\" failed (lost)"), "{reason}");
    }

    #[test]
    fn an_absent_gpu_is_named_with_what_there_is() {
        let error = open(DeviceChoice::Gpu(Some(99))).expect_err("there are not a hundred GPUs").to_string();
        assert!(error.contains("gpu:99") && error.contains("cpu"), "{error}");
    }
}
