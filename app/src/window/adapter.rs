//! Which graphics adapter draws the window. The engine opens its own (`hummingbird_engine::device`).

use std::sync::Arc;

use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};
use eframe::wgpu::{Adapter, Backend, DeviceType, Surface};

/// How the window is drawn.
pub fn configuration() -> WgpuConfiguration {
    let setup = WgpuSetupCreateNew {
        native_adapter_selector: Some(Arc::new(chosen)),
        ..WgpuSetupCreateNew::without_display_handle()
    };
    WgpuConfiguration { wgpu_setup: WgpuSetup::CreateNew(setup), ..WgpuConfiguration::default() }
}

/// The first adapter, by [`rank`], that can draw to the window.
fn chosen(adapters: &[Adapter], surface: Option<&Surface<'_>>) -> Result<Adapter, String> {
    let fits = |adapter: &&Adapter| surface.is_none_or(|surface| adapter.is_surface_supported(surface));
    let rank_of = |adapter: &&Adapter| {
        let info = adapter.get_info();
        rank(info.device_type, info.backend)
    };
    let found = adapters.iter().filter(fits).min_by_key(rank_of).cloned();
    found.ok_or_else(|| "no graphics adapter can draw to a window".to_owned())
}

/// The order in which adapters are tried: fast ones first, and of each its native interface first. Where the processor draws, OpenGL goes
/// first: Mesa's takes two thirds of the time that its Vulkan takes (docs/measurements.md).
fn rank(kind: DeviceType, backend: Backend) -> (u8, u8) {
    let of_kind = match kind {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu | DeviceType::Other => 2,
        DeviceType::Cpu => 3,
    };
    let of_backend = match backend {
        Backend::Gl if kind == DeviceType::Cpu => 0,
        Backend::Vulkan | Backend::Metal => 1,
        Backend::Dx12 => 2,
        Backend::Gl => 3,
        Backend::BrowserWebGpu | Backend::Noop => 4,
    };
    (of_kind, of_backend)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpus_go_first_and_the_processor_draws_by_opengl() {
        let mut adapters = [
            (DeviceType::Cpu, Backend::Vulkan),
            (DeviceType::IntegratedGpu, Backend::Gl),
            (DeviceType::Cpu, Backend::Gl),
            (DeviceType::Cpu, Backend::Dx12),
            (DeviceType::IntegratedGpu, Backend::Vulkan),
            (DeviceType::DiscreteGpu, Backend::Dx12),
        ];
        adapters.sort_by_key(|(kind, backend)| rank(*kind, *backend));
        let wanted = [
            (DeviceType::DiscreteGpu, Backend::Dx12),
            (DeviceType::IntegratedGpu, Backend::Vulkan),
            (DeviceType::IntegratedGpu, Backend::Gl),
            (DeviceType::Cpu, Backend::Gl),
            (DeviceType::Cpu, Backend::Vulkan),
            (DeviceType::Cpu, Backend::Dx12),
        ];
        assert_eq!(adapters, wanted);
    }
}
