//! GPUs through wgpu: probing their adapters and opening them.

use std::sync::mpsc;
use std::sync::{Arc, LazyLock, Mutex};

use burn::tensor::Device;
use burn::tensor::wgpu::WgpuSetup;

use crate::capabilities::{Capabilities, CooperativeMatrices, Limits, SubgroupSizes};
use crate::choice::{DeviceInfo, DeviceKind};
use crate::health::{DeviceHealth, DriverReport};
use crate::memory;
use crate::registry::{GpuState, OpenGpu};
use crate::speeds::SpeedFile;
use crate::{Chosen, DeviceDrawback, DeviceError, DeviceFailure, Gpu, OpenDevice};

/// A storage buffer smaller than this holds no activation of the full-size networks.
const LEAST_BUFFER_BYTES: u64 = 128 << 20;

/// The interfaces that the kernels run on; OpenGL is no use and takes long to start.
const BACKENDS: wgpu::Backends = wgpu::Backends::VULKAN.union(wgpu::Backends::METAL).union(wgpu::Backends::DX12);

/// Kept until the process ends: whichever thread let the last handle go would unload drivers, in the middle of the process's end
/// as likely as not.
static INSTANCE: LazyLock<wgpu::Instance> = LazyLock::new(|| {
    let descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
    let backends = descriptor.backends & BACKENDS;
    wgpu::Instance::new(wgpu::InstanceDescriptor { backends, ..descriptor })
});

/// Adapters with compute shaders, best first; the index in this list is the `N` of `gpu:N`.
fn adapters() -> (wgpu::Instance, Vec<wgpu::Adapter>) {
    let instance = INSTANCE.clone();
    let mut adapters: Vec<wgpu::Adapter> = pollster::block_on(instance.enumerate_adapters(BACKENDS))
        .into_iter()
        .filter(|adapter| adapter.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS))
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

pub(crate) fn list(kept: Option<&SpeedFile>) -> Vec<DeviceInfo> {
    let (_, adapters) = adapters();
    let describe = |(index, adapter): (usize, &wgpu::Adapter)| {
        let info = adapter.get_info();
        let kind = kind_of(&info);
        let max_buffer_bytes = adapter.limits().max_storage_buffer_binding_size;
        let drawback = match kind {
            DeviceKind::Software => Some(DeviceDrawback::ComputesOnProcessor),
            _ => (max_buffer_bytes < LEAST_BUFFER_BYTES).then_some(DeviceDrawback::SmallBuffers),
        };
        let speeds = kept.map(|kept| kept.speeds(&key(&info))).unwrap_or_default();
        DeviceInfo {
            choice: format!("gpu:{index}"),
            name: info.name.clone(),
            kind,
            backend: info.backend.to_string(),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            max_buffer_bytes,
            chosen_by_auto: false,
            auto_place: None,
            key: Some(key(&info)),
            drawback,
            capabilities: Some(Capabilities { speeds, ..capabilities(adapter, &info) }),
            memory: memory::of_adapter(adapter),
            tried: kept.map(|kept| kept.all_tried(&key(&info))).unwrap_or_default(),
        }
    };
    adapters.iter().enumerate().map(describe).collect()
}

/// What is asked of an adapter that has `offered`. The runtime reads the adapter's features, not the device's: it must have
/// them all, but for the one that makes buffers of discrete cards slow, and for experimental ones, which the runtime has
/// no use for and no device is opened with unless the program promises to bear what they do.
fn features(offered: wgpu::Features) -> wgpu::Features {
    offered - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS - wgpu::Features::all_experimental_mask()
}

/// What the driver of an adapter states; no speeds.
fn capabilities(adapter: &wgpu::Adapter, info: &wgpu::AdapterInfo) -> Capabilities {
    let (features, limits) = (adapter.features(), adapter.limits());
    let sizes = SubgroupSizes { min: info.subgroup_min_size, max: info.subgroup_max_size };
    let has_subgroups = features.contains(wgpu::Features::SUBGROUP);
    Capabilities {
        cooperative_matrices: cooperative_matrices(adapter, info),
        subgroups: has_subgroups.then_some(sizes),
        software_lanes: software_lanes(&info.name).filter(|_| has_subgroups),
        f16: features.contains(wgpu::Features::SHADER_F16),
        limits: Limits {
            max_buffer_bytes: limits.max_buffer_size,
            max_binding_bytes: limits.max_storage_buffer_binding_size,
            max_workgroup_threads: limits.max_compute_invocations_per_workgroup,
            max_workgroup_bytes: limits.max_compute_workgroup_storage_size,
        },
        ..Capabilities::default()
    }
}

/// The cooperative matrices of an adapter that the kernels can use, whatever its interface: which of them are right is tried
/// when it is opened.
fn cooperative_matrices(adapter: &wgpu::Adapter, info: &wgpu::AdapterInfo) -> Option<CooperativeMatrices> {
    let sizes = SubgroupSizes { min: info.subgroup_min_size, max: info.subgroup_max_size };
    matrices_of(adapter.features(), &adapter.cooperative_matrix_properties(), sizes)
}

/// Factors of 16 bits, sums of 32, the larger ones if there are several. Where the driver may choose how many lanes a subgroup has,
/// the most; opening the device finds out.
fn matrices_of(
    features: wgpu::Features,
    offered: &[wgpu::CooperativeMatrixProperties],
    subgroups: SubgroupSizes,
) -> Option<CooperativeMatrices> {
    use wgpu::{CooperativeScalarType as Scalar, Features};
    if !features.contains(Features::EXPERIMENTAL_COOPERATIVE_MATRIX | Features::SHADER_F16 | Features::SUBGROUP) {
        return None;
    }
    let fits = |side: u32| {
        offered.iter().any(|it| {
            [it.m_size, it.n_size, it.k_size] == [side; 3] && (it.ab_type, it.cr_type) == (Scalar::F16, Scalar::F32)
        })
    };
    [16, 8].into_iter().find(|&side| fits(side)).map(|side| CooperativeMatrices { side, lanes: subgroups.max })
}

/// Lanes of a subgroup of a driver that computes on the processor. Mesa's names itself with the width of its vectors, one lane
/// for every 32 bits: "llvmpipe (LLVM 15.0.6, 256 bits)". The runtime says nothing of such subgroups.
fn software_lanes(name: &str) -> Option<u32> {
    let (_, details) = name.split_once("llvmpipe (")?;
    let bits = details.strip_suffix(" bits)")?.rsplit(' ').next()?;
    let lanes = bits.parse::<u32>().ok()? / 32;
    (lanes >= 8).then_some(lanes)
}

pub(crate) fn open(index: usize, reason: Chosen) -> Result<OpenDevice, DeviceError> {
    let (instance, mut adapters) = adapters();
    if index >= adapters.len() {
        let detail = DeviceFailure::Gone.into();
        return Err(DeviceError::DeviceFailed { device: format!("gpu:{index}"), detail });
    }
    let adapter = adapters.swap_remove(index);
    let info = adapter.get_info();
    let failed = |detail: String| DeviceError::DeviceFailed { device: info.name.clone(), detail: detail.into() };
    let capabilities = capabilities(&adapter, &info);
    let (experimental, experimental_features) = if capabilities.cooperative_matrices.is_some() {
        // SAFETY: wgpu promises nothing of features that are not finished; what could go wrong with this one are places
        // out of bounds and matrices in flow that differs between lanes. Two kernels use it, `matmul_cooperative.wgsl` and
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
    let (wgpu_device, queue) =
        pollster::block_on(adapter.request_device(&descriptor)).map_err(|error| failed(error.to_string()))?;
    let max_buffer_bytes = usize::try_from(adapter.limits().max_storage_buffer_binding_size).ok();
    let of_memory = adapter.clone();
    let setup = WgpuSetup { instance, adapter, device: wgpu_device.clone(), queue, backend: info.backend };
    let device = Device::wgpu_options().setup(setup).init().map_err(|error| failed(format!("{error:?}")))?;
    let health = DeviceHealth::default();
    let (held, gone) = mpsc::channel();
    listen(&wgpu_device, &health, held);
    drop(wgpu_device);
    let gpu = Gpu { key: key(&info), kind: kind_of(&info) };
    let state = GpuState::new(info.name.clone(), capabilities, of_memory, health.clone());
    let open = OpenGpu::new(&device, state, gone).map(Arc::new);
    Ok(OpenDevice {
        device,
        name: info.name.clone(),
        reason: reason.into(),
        max_buffer_bytes,
        gpu: Some(gpu),
        health,
        open,
    })
}

/// Hears of errors that wgpu has no call to return from, and of the loss of the device.
///
/// The runtime sets both callbacks when it takes a device, so this comes after it and replaces them. Its own ones panic on a thread
/// where nobody hears of it, and make its reads of a lost device fail, if they do not wait forever: that is what
/// [`settle`](crate::settle) is for.
///
/// `held` is dropped with the device.
fn listen(device: &wgpu::Device, health: &DeviceHealth, held: mpsc::Sender<()>) {
    let lost = health.clone();
    device.set_device_lost_callback(move |why, detail| {
        // A device that is closed is lost too, on purpose.
        if why != wgpu::DeviceLostReason::Destroyed {
            lost.record_loss(&detail);
        }
    });
    let health = health.clone();
    // A sender is no shared value, and the callback must be one.
    let held = Mutex::new(held);
    device.on_uncaptured_error(Arc::new(move |error| {
        let _ = &held;
        health.record(match error {
            wgpu::Error::OutOfMemory { .. } => DriverReport::OutOfMemory,
            other => DriverReport::of_error(&other.to_string()),
        });
    }));
}

/// What tells the speed of one device from that of another.
fn key(info: &wgpu::AdapterInfo) -> String {
    let wgpu::AdapterInfo { name, driver, driver_info, backend, .. } = info;
    format!("{name}, {driver} {driver_info}, {backend}, Hummingbird {}", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What drivers say of GPUs that are not here.
    #[test]
    fn matrices_are_offered_whatever_sizes_subgroups_may_have() {
        use wgpu::{CooperativeScalarType as Scalar, Features};
        let all = Features::EXPERIMENTAL_COOPERATIVE_MATRIX | Features::SHADER_F16 | Features::SUBGROUP;
        let offer = |[m_size, n_size, k_size]: [u32; 3], ab_type, cr_type| wgpu::CooperativeMatrixProperties {
            m_size,
            n_size,
            k_size,
            ab_type,
            cr_type,
            saturating_accumulation: false,
        };
        let mixed = |sides| offer(sides, Scalar::F16, Scalar::F32);
        let sizes = |min, max| SubgroupSizes { min, max };
        let is = |side, lanes| Some(CooperativeMatrices { side, lanes });
        // Radeon, NVIDIA, Apple, a software driver.
        let radeon = [offer([16; 3], Scalar::F16, Scalar::F16), mixed([16; 3])];
        assert_eq!(matrices_of(all, &radeon, sizes(32, 64)), is(16, 64));
        assert_eq!(matrices_of(all, &[mixed([16, 8, 16]), mixed([16; 3])], sizes(32, 32)), is(16, 32));
        assert_eq!(
            matrices_of(all, &[offer([8; 3], Scalar::F32, Scalar::F32), mixed([8; 3])], sizes(4, 64)),
            is(8, 64)
        );
        assert_eq!(matrices_of(all, &[mixed([8; 3])], sizes(8, 8)), is(8, 8));
        // Intel's are no squares; sums of 16 bits are too rough; no type of 16 bits.
        assert_eq!(matrices_of(all, &[mixed([8, 16, 16])], sizes(8, 32)), None);
        assert_eq!(matrices_of(all, &radeon[..1], sizes(32, 64)), None);
        assert_eq!(matrices_of(all - Features::SHADER_F16, &radeon, sizes(32, 64)), None);
    }

    /// As of many cards, which trace rays.
    #[test]
    fn experimental_features_are_not_asked_for() {
        use wgpu::Features;
        let useful = Features::SUBGROUP | Features::SHADER_F16;
        let offered = useful | Features::EXPERIMENTAL_RAY_QUERY | Features::EXPERIMENTAL_MESH_SHADER;
        assert_eq!(features(offered | Features::MAPPABLE_PRIMARY_BUFFERS), useful);
    }

    #[test]
    fn lanes_are_read_off_the_name() {
        assert_eq!(software_lanes("llvmpipe (LLVM 15.0.6, 256 bits)"), Some(8));
        assert_eq!(software_lanes("llvmpipe (LLVM 19.1.0, 512 bits)"), Some(16));
        for name in ["llvmpipe (LLVM 15.0.6, 128 bits)", "llvmpipe", "NVIDIA H100 PCIe", "", "llvmpipe (256)"] {
            assert_eq!(software_lanes(name), None, "{name}");
        }
    }
}
