//! Memory of a GPU, as its driver tells it now.

use serde::Serialize;

/// Memory of a GPU in bytes. It changes with what other programs do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GpuMemory {
    /// What this program may hold in all without anything being moved out.
    pub budget_bytes: u64,
    /// What it holds.
    pub used_bytes: u64,
}

/// That of an adapter; `None` where its driver does not say.
#[cfg(feature = "gpu")]
pub(crate) fn of_adapter(adapter: &wgpu::Adapter) -> Option<GpuMemory> {
    let found = of_backend(adapter)?;
    // Some drivers have the question and leave the answer at nothing.
    (found.budget_bytes > 0).then_some(found)
}

#[cfg(all(feature = "gpu", windows))]
fn of_backend(adapter: &wgpu::Adapter) -> Option<GpuMemory> {
    of_dxgi(adapter).or_else(|| of_vulkan(adapter))
}

#[cfg(all(feature = "gpu", target_vendor = "apple"))]
fn of_backend(adapter: &wgpu::Adapter) -> Option<GpuMemory> {
    of_metal(adapter)
}

#[cfg(all(feature = "gpu", not(windows), not(target_vendor = "apple")))]
fn of_backend(adapter: &wgpu::Adapter) -> Option<GpuMemory> {
    of_vulkan(adapter)
}

/// The extension `VK_EXT_memory_budget`.
#[cfg(all(feature = "gpu", not(target_vendor = "apple")))]
fn of_vulkan(adapter: &wgpu::Adapter) -> Option<GpuMemory> {
    use ash::{ext::memory_budget, vk};

    // SAFETY: the handles behind it are asked for values and nothing else; the guard is there as long as they are used.
    let adapter = unsafe { adapter.as_hal::<wgpu::hal::api::Vulkan>() }?;
    let instance = adapter.shared_instance();
    let can = adapter.physical_device_capabilities();
    if instance.instance_api_version() < vk::API_VERSION_1_1 || !can.supports_extension(memory_budget::NAME) {
        return None;
    }
    let mut now = vk::PhysicalDeviceMemoryBudgetPropertiesEXT::default();
    let mut properties = vk::PhysicalDeviceMemoryProperties2::default().push_next(&mut now);
    // SAFETY: the instance has the function from version 1.1 on, the device is one of this instance's, and both structs are there
    // until the call returns; the device has the extension to which the second one belongs.
    unsafe {
        instance.raw_instance().get_physical_device_memory_properties2(adapter.raw_physical_device(), &mut properties);
    }
    let memory = properties.memory_properties;
    let heaps = &memory.memory_heaps[..memory.memory_heap_count.min(vk::MAX_MEMORY_HEAPS as u32) as usize];
    let own = |heap: &vk::MemoryHeap| heap.flags.contains(vk::MemoryHeapFlags::DEVICE_LOCAL);
    // A window into a card's memory that the processor can see is a heap of its own: the largest one counts.
    let (largest, _) = heaps.iter().enumerate().filter(|(_, heap)| own(heap)).max_by_key(|(_, heap)| heap.size)?;
    Some(GpuMemory { budget_bytes: now.heap_budget[largest], used_bytes: now.heap_usage[largest] })
}

/// What DXGI says of the memory that the adapter reaches fastest: on an integrated GPU that is the computer's.
#[cfg(all(feature = "gpu", windows))]
fn of_dxgi(adapter: &wgpu::Adapter) -> Option<GpuMemory> {
    use windows::Win32::Graphics::Dxgi::DXGI_MEMORY_SEGMENT_GROUP_LOCAL;

    // SAFETY: the adapter behind it is asked for values and nothing else; the guard is there as long as it is used.
    let adapter = unsafe { adapter.as_hal::<wgpu::hal::api::Dx12>() }?;
    let now = adapter.raw_adapter().query_video_memory_info(DXGI_MEMORY_SEGMENT_GROUP_LOCAL).ok()?;
    Some(GpuMemory { budget_bytes: now.Budget, used_bytes: now.CurrentUsage })
}

/// The working set that Metal recommends: more of it makes the system move memory out. On Apple's GPUs it is a part of the computer's.
#[cfg(all(feature = "gpu", target_vendor = "apple"))]
fn of_metal(adapter: &wgpu::Adapter) -> Option<GpuMemory> {
    use objc2_metal::MTLDevice;

    // SAFETY: the device behind it is asked for values and nothing else; the guard is there as long as it is used.
    let adapter = unsafe { adapter.as_hal::<wgpu::hal::api::Metal>() }?;
    let device = adapter.raw_device();
    Some(GpuMemory {
        budget_bytes: device.recommendedMaxWorkingSetSize(),
        used_bytes: device.currentAllocatedSize() as u64,
    })
}
