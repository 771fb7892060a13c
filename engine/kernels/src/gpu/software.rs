//! Software drivers: which of the devices compute on the processor, and how wide.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cubecl::client::Client;

/// The size of subgroups on a driver that computes on the processor, where lanes can hand each other values; `None` on every
/// other device.
pub(super) fn lanes(client: &Client) -> Option<u32> {
    /// Asking the drivers takes long enough to be done once for each name.
    static KNOWN: Mutex<Option<HashMap<String, Option<u32>>>> = Mutex::new(None);
    let name = &client.properties().identity.name;
    let lanes = lanes_of(name)?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    *known.get_or_insert_default().entry(name.clone()).or_insert_with(|| has_subgroups(name).then_some(lanes))
}

/// Mesa's driver names itself with the width of its vectors, one lane for every 32 bits: "llvmpipe (LLVM 15.0.6, 256 bits)".
fn lanes_of(name: &str) -> Option<u32> {
    let (_, details) = name.split_once("llvmpipe (")?;
    let bits = details.strip_suffix(" bits)")?.rsplit(' ').next()?;
    let lanes = bits.parse::<u32>().ok()? / 32;
    (lanes >= 8).then_some(lanes)
}

fn has_subgroups(name: &str) -> bool {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    adapters
        .iter()
        .any(|adapter| adapter.get_info().name == name && adapter.features().contains(wgpu::Features::SUBGROUP))
}

#[cfg(test)]
mod tests {
    use super::lanes_of;

    #[test]
    fn lanes_are_read_off_the_name() {
        assert_eq!(lanes_of("llvmpipe (LLVM 15.0.6, 256 bits)"), Some(8));
        assert_eq!(lanes_of("llvmpipe (LLVM 19.1.0, 512 bits)"), Some(16));
        for name in ["llvmpipe (LLVM 15.0.6, 128 bits)", "llvmpipe", "NVIDIA H100 PCIe", "", "llvmpipe (256)"] {
            assert_eq!(lanes_of(name), None, "{name}");
        }
    }
}
