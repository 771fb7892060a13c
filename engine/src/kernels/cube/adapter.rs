//! What kernels may take for granted of the adapter behind a client.

use std::sync::OnceLock;

use cubecl::client::Client;
use cubecl::features::Plane;
use hummingbird_shaders::parts::Subgroups;

/// The subgroups of the device.
///
/// The runtime says nothing of software drivers' subgroups; wgpu does, and Mesa's driver tells in its name how wide the
/// vectors are in which it runs them.
pub(super) fn subgroups(client: &Client) -> Subgroups {
    let properties = client.properties();
    if properties.features.plane.contains(Plane::Ops) {
        return Subgroups::AtLeast(properties.hardware.plane_size_min);
    }
    static SOFTWARE: OnceLock<Vec<String>> = OnceLock::new();
    let software = SOFTWARE.get_or_init(software_adapters_of_eight);
    if software.contains(&properties.identity.name) { Subgroups::SoftwareOfEight } else { Subgroups::Unknown }
}

/// Names of the software adapters that have subgroups, of eight invocations.
fn software_adapters_of_eight() -> Vec<String> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    let with_subgroups = adapters.iter().filter(|adapter| adapter.features().contains(wgpu::Features::SUBGROUP));
    let names = with_subgroups.map(wgpu::Adapter::get_info).filter(|info| {
        info.device_type == wgpu::DeviceType::Cpu
            && info.name.starts_with("llvmpipe")
            && info.name.contains(" 256 bits")
    });
    names.map(|info| info.name).collect()
}
