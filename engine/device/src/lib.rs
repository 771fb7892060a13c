//! Where to compute: the choice as a user names it, what there is, and opening it.
//!
//! The engine opens its own wgpu device, apart from the window's: a long computation cannot freeze the window, and a lost
//! compute device cannot take it down. `auto` never picks a software adapter: the CPU device is faster and needs no driver.

mod error;

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Device;
use hummingbird_shaders::parts::Matrices;
use serde::{Deserialize, Serialize};

pub use error::DeviceError;

/// A device as a user names it: `auto`, `cpu`, `gpu` or `gpu:N`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// The best adapter by type and limits; the CPU when there is none worth it.
    #[default]
    Auto,
    /// The CPU device, which needs no driver.
    Cpu,
    /// A GPU: the best one, or the one with this index in `hummingbird devices`.
    Gpu(Option<usize>),
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu(None) => f.write_str("gpu"),
            Self::Gpu(Some(index)) => write!(f, "gpu:{index}"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu(None)),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|index| index.parse().ok())
                .map(|index| Self::Gpu(Some(index)))
                .ok_or_else(|| format!("{text:?} is not a device: write auto, cpu, gpu or gpu:N")),
        }
    }
}

/// What kind of device something is, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// A graphics card with memory of its own.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A GPU inside a virtual machine.
    Virtual,
    /// A GPU whose driver does not say what it is.
    Other,
    /// A driver that computes on the processor: good for tests only.
    Software,
    /// The CPU device.
    Cpu,
}

/// One line of `hummingbird devices`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeviceInfo {
    /// How to ask for it: `cpu`, `gpu:0`, ...
    pub choice: String,
    /// Name of the adapter.
    pub name: String,
    /// What kind it is.
    pub kind: DeviceKind,
    /// Graphics interface: Vulkan, Metal, Dx12, Gl; `none` for the CPU.
    pub backend: String,
    /// Driver and its version.
    pub driver: String,
    /// Largest storage buffer in bytes; 0 for the CPU, which has no such limit.
    pub max_buffer_bytes: u64,
    /// Whether `auto` picks it.
    pub chosen_by_auto: bool,
    /// What speaks against it, in a few words; often empty.
    pub note: String,
}

/// A device that was opened.
#[derive(Clone, Debug)]
pub struct OpenDevice {
    /// burn's handle.
    pub device: Device,
    /// Name for people.
    pub name: String,
    /// Why it was chosen.
    pub reason: String,
    /// Largest buffer in bytes, if there is such a limit.
    pub max_buffer_bytes: Option<usize>,
    /// What is known of it where it is a GPU.
    pub gpu: Option<Gpu>,
    trouble: Trouble,
}

/// What is known of a GPU that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gpu {
    /// Its adapter and driver, and this program's version: what changes with whatever makes it faster or slower.
    pub key: String,
    /// What kind of device it is.
    pub kind: DeviceKind,
    /// Its cooperative matrices, if it was opened with some.
    pub matrices: Option<Matrices>,
}

/// What the driver reported outside of any call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriverReport {
    /// A lost device, an invalid operation.
    Failure(String),
    /// No memory was left.
    OutOfMemory,
}

/// The first report of a driver.
#[derive(Clone, Debug, Default)]
struct Trouble(Arc<Mutex<Option<DriverReport>>>);

impl Trouble {
    fn report(&self, report: DriverReport) {
        log::error!("the compute device reports: {report:?}");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(report);
    }
}

impl OpenDevice {
    /// What went wrong with the device since it was opened; it must be opened again then.
    pub fn trouble(&self) -> Option<DriverReport> {
        self.trouble.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn cpu(reason: String) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let name = format!("CPU ({cores} threads)");
        let trouble = Trouble::default();
        testing::LAST_OPENED.set(Some(trouble.clone()));
        Self { device: Device::flex(), name, reason, max_buffer_bytes: None, gpu: None, trouble }
    }
}

/// Every device, with the CPU last.
pub fn list() -> Vec<DeviceInfo> {
    let mut devices = gpu::list();
    let chosen = devices.iter().position(|device| device.kind < DeviceKind::Software && device.note.is_empty());
    if let Some(index) = chosen {
        devices[index].chosen_by_auto = true;
    }
    devices.push(DeviceInfo {
        choice: "cpu".into(),
        name: OpenDevice::cpu(String::new()).name,
        kind: DeviceKind::Cpu,
        backend: "none".into(),
        driver: "none needed".into(),
        max_buffer_bytes: 0,
        chosen_by_auto: chosen.is_none(),
        note: String::new(),
    });
    devices
}

/// Opens what the user asked for.
///
/// # Errors
/// `NoSuchDevice` for a GPU that is not there, `DeviceFailed` for one that cannot be opened. `auto` and `cpu` always work.
pub fn open(choice: DeviceChoice) -> Result<OpenDevice, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(OpenDevice::cpu("it was asked for".into())),
        DeviceChoice::Auto => Ok(open_best()),
        DeviceChoice::Gpu(index) => {
            let devices = gpu::list();
            let index = index.unwrap_or(0);
            if index >= devices.len() {
                let available = list().into_iter().map(|device| format!("{} ({})", device.choice, device.name));
                let available = available.collect::<Vec<_>>().join(", ");
                return Err(DeviceError::NoSuchDevice { asked: choice.to_string(), available });
            }
            gpu::open(index, "it was asked for".into())
        }
    }
}

fn open_best() -> OpenDevice {
    let devices = list();
    let best = devices.iter().position(|device| device.chosen_by_auto && device.kind != DeviceKind::Cpu);
    let Some(index) = best else {
        let software = devices.iter().find(|device| device.kind == DeviceKind::Software);
        return OpenDevice::cpu(match software {
            Some(device) => format!("the only GPU driver, {}, computes on the processor and is slower", device.name),
            None if devices.len() > 1 => "no GPU here is large enough".into(),
            None => "there is no GPU driver".into(),
        });
    };
    match gpu::open(index, format!("it is the best of {} device(s)", devices.len())) {
        Ok(device) => device,
        Err(error) => OpenDevice::cpu(error.to_string()),
    }
}

#[cfg(not(feature = "gpu"))]
mod gpu {
    use super::{DeviceError, DeviceInfo, OpenDevice};

    pub(super) fn list() -> Vec<DeviceInfo> {
        Vec::new()
    }

    pub(super) fn open(index: usize, _reason: String) -> Result<OpenDevice, DeviceError> {
        let detail = "this build has no GPU support".into();
        Err(DeviceError::DeviceFailed { device: format!("gpu:{index}"), detail })
    }
}

#[cfg(feature = "gpu")]
mod gpu {
    use burn::tensor::Device;
    use burn::tensor::wgpu::WgpuSetup;

    use hummingbird_shaders::parts::Matrices;

    use super::{DeviceError, DeviceInfo, DeviceKind, DriverReport, Gpu, OpenDevice, Trouble};

    /// A storage buffer smaller than this holds no activation of the full-size networks.
    const LEAST_BUFFER_BYTES: u64 = 128 << 20;

    /// Adapters with compute shaders, best first; the index in this list is the `N` of `gpu:N`.
    fn adapters() -> (wgpu::Instance, Vec<wgpu::Adapter>) {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
        let mut adapters: Vec<wgpu::Adapter> = pollster::block_on(instance.enumerate_adapters(backends))
            .into_iter()
            .filter(|adapter| {
                adapter.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS)
            })
            .collect();
        adapters.sort_by_key(|adapter| {
            (kind_of(&adapter.get_info()), u64::MAX - adapter.limits().max_storage_buffer_binding_size)
        });
        (instance, adapters)
    }

    fn kind_of(info: &wgpu::AdapterInfo) -> DeviceKind {
        match info.device_type {
            wgpu::DeviceType::DiscreteGpu => DeviceKind::Discrete,
            wgpu::DeviceType::IntegratedGpu => DeviceKind::Integrated,
            wgpu::DeviceType::VirtualGpu => DeviceKind::Virtual,
            wgpu::DeviceType::Other => DeviceKind::Other,
            wgpu::DeviceType::Cpu => DeviceKind::Software,
        }
    }

    pub(super) fn list() -> Vec<DeviceInfo> {
        let (_, adapters) = adapters();
        let describe = |(index, adapter): (usize, &wgpu::Adapter)| {
            let info = adapter.get_info();
            let kind = kind_of(&info);
            let max_buffer_bytes = adapter.limits().max_storage_buffer_binding_size;
            let note = if kind == DeviceKind::Software {
                "computes on the processor: slower than cpu"
            } else if max_buffer_bytes < LEAST_BUFFER_BYTES {
                "its buffers are too small"
            } else {
                ""
            };
            DeviceInfo {
                choice: format!("gpu:{index}"),
                name: info.name.clone(),
                kind,
                backend: info.backend.to_string(),
                driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
                max_buffer_bytes,
                chosen_by_auto: false,
                note: note.to_owned(),
            }
        };
        adapters.iter().enumerate().map(describe).collect()
    }

    /// What is asked of an adapter that has `offered`. The runtime reads the adapter's features, not the device's: it must have
    /// them all, but for the one that makes buffers of discrete cards slow, and for experimental ones, which the runtime has
    /// no use for and no device is opened with unless the program promises to bear what they do.
    pub(super) fn features(offered: wgpu::Features) -> wgpu::Features {
        offered - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS - wgpu::Features::all_experimental_mask()
    }

    /// The cooperative matrices of an adapter that the kernels can use, the larger ones if there are several: factors of 16
    /// bits, sums of 32, subgroups of one size. Other interfaces than Vulkan have them too; there nobody has tried these kernels.
    fn matrices(adapter: &wgpu::Adapter, info: &wgpu::AdapterInfo) -> Option<Matrices> {
        use wgpu::{CooperativeScalarType as Scalar, Features};
        let needed = Features::EXPERIMENTAL_COOPERATIVE_MATRIX | Features::SHADER_F16 | Features::SUBGROUP;
        let lanes = info.subgroup_min_size;
        if !adapter.features().contains(needed)
            || info.backend != wgpu::Backend::Vulkan
            || lanes != info.subgroup_max_size
        {
            return None;
        }
        let fits = |side: u32| {
            adapter.cooperative_matrix_properties().iter().any(|it| {
                [it.m_size, it.n_size, it.k_size] == [side; 3] && (it.ab_type, it.cr_type) == (Scalar::F16, Scalar::F32)
            })
        };
        [16, 8].into_iter().find(|&side| fits(side)).map(|side| Matrices { side, lanes })
    }

    pub(super) fn open(index: usize, reason: String) -> Result<OpenDevice, DeviceError> {
        let (instance, mut adapters) = adapters();
        if index >= adapters.len() {
            let detail = "it has gone".into();
            return Err(DeviceError::DeviceFailed { device: format!("gpu:{index}"), detail });
        }
        let adapter = adapters.swap_remove(index);
        let info = adapter.get_info();
        let failed = |detail: String| DeviceError::DeviceFailed { device: info.name.clone(), detail };
        let matrices = matrices(&adapter, &info);
        let (experimental, experimental_features) = if matrices.is_some() {
            // SAFETY: wgpu promises nothing of features that are not finished; what could go wrong with this one are places
            // out of bounds and matrices in flow that differs between lanes. Two kernels use it, `product_cooperative.wgsl` and
            // `attention_cooperative.wgsl`: their matrices come from and go to arrays of the workgroup whose lengths, like every
            // place, follow from the same constants, and naga checks that all lanes take part.
            let promise = unsafe { wgpu::ExperimentalFeatures::enabled() };
            (wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX, promise)
        } else {
            (wgpu::Features::empty(), wgpu::ExperimentalFeatures::disabled())
        };
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("hummingbird compute"),
            required_features: features(adapter.features()) | experimental,
            experimental_features,
            required_limits: adapter.limits(),
            // The runtime keeps memory in pools of its own; blocks of the driver's allocator around them would stay half empty.
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        };
        let (device, queue) =
            pollster::block_on(adapter.request_device(&descriptor)).map_err(|error| failed(error.to_string()))?;
        let trouble = Trouble::default();
        let lost = trouble.clone();
        device.set_device_lost_callback(move |why, detail| {
            if why != wgpu::DeviceLostReason::Destroyed {
                lost.report(DriverReport::Failure(format!("device lost: {detail}")));
            }
        });
        let uncaptured = trouble.clone();
        device.on_uncaptured_error(std::sync::Arc::new(move |error| {
            uncaptured.report(match error {
                wgpu::Error::OutOfMemory { .. } => DriverReport::OutOfMemory,
                other => DriverReport::Failure(other.to_string()),
            });
        }));
        let max_buffer_bytes = usize::try_from(adapter.limits().max_storage_buffer_binding_size).ok();
        let setup = WgpuSetup { instance, adapter, device, queue, backend: info.backend };
        let device = Device::wgpu_options().setup(setup).init().map_err(|error| failed(format!("{error:?}")))?;
        let gpu = Gpu { key: key(&info), kind: kind_of(&info), matrices };
        Ok(OpenDevice { device, name: info.name.clone(), reason, max_buffer_bytes, gpu: Some(gpu), trouble })
    }

    /// What tells the speed of one device from that of another.
    fn key(info: &wgpu::AdapterInfo) -> String {
        let wgpu::AdapterInfo { name, driver, driver_info, backend, .. } = info;
        format!("{name}, {driver} {driver_info}, {backend}, Hummingbird {}", env!("CARGO_PKG_VERSION"))
    }
}

/// For tests of what uses devices: trouble of the CPU device, which has no driver to report any.
#[doc(hidden)]
pub mod testing {
    use std::cell::RefCell;

    use super::{DriverReport, Trouble};

    thread_local! {
        /// The trouble of the CPU device that this thread opened last.
        pub(super) static LAST_OPENED: RefCell<Option<Trouble>> = const { RefCell::new(None) };
    }

    /// As if the driver of the device that this thread opened last had reported trouble.
    ///
    /// # Panics
    /// When this thread has opened none.
    pub fn report_trouble(report: DriverReport) {
        LAST_OPENED.with_borrow(|last| last.as_ref().expect("a device was opened").report(report));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_they_are_written() {
        for text in ["auto", "cpu", "gpu", "gpu:3"] {
            assert_eq!(text.parse::<DeviceChoice>().map(|choice| choice.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "GPU", "gpu:", "gpu:-1", "gpu:x", "cuda"] {
            assert!(text.parse::<DeviceChoice>().is_err(), "{text:?} is not a device");
        }
    }

    /// As of many cards, which trace rays.
    #[cfg(feature = "gpu")]
    #[test]
    fn experimental_features_are_not_asked_for() {
        use wgpu::Features;
        let useful = Features::SUBGROUP | Features::SHADER_F16;
        let offered = useful | Features::EXPERIMENTAL_RAY_QUERY | Features::EXPERIMENTAL_MESH_SHADER;
        assert_eq!(gpu::features(offered | Features::MAPPABLE_PRIMARY_BUFFERS), useful);
    }

    #[test]
    fn cpu_needs_no_driver_and_auto_picks_exactly_one() {
        assert!(open(DeviceChoice::Cpu).is_ok());
        assert_eq!(list().iter().filter(|device| device.chosen_by_auto).count(), 1);
    }

    #[test]
    fn an_absent_gpu_is_named_with_what_there_is() {
        let error = open(DeviceChoice::Gpu(Some(99))).expect_err("there are not a hundred GPUs").to_string();
        assert!(error.contains("gpu:99") && error.contains("cpu"), "{error}");
    }
}
