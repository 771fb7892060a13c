//! The GPUs that are open, by the numbers that the compute runtime gives them.
//!
//! Kernels see a client of the runtime and nothing else, and a client has no room for what we know of its device. So there is
//! this one table; the runtime gives each opening a number of its own, and an entry goes with its [`OpenGpu`].

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use burn::backend::DispatchDevice;
use burn::tensor::Device;
use cubecl::client::Client;
use cubecl::device::DeviceId;
use cubecl::device_handle::DeviceHandle;

use crate::capabilities::Capabilities;
use crate::health::DeviceHealth;
use crate::memory::{self, GpuMemory};
use crate::share::DeviceShare;
use crate::throttle::Throttle;

/// How long closing a device waits for the driver.
const PATIENCE: Duration = Duration::from_secs(10);

static OPEN: RwLock<BTreeMap<DeviceId, Arc<GpuState>>> = RwLock::new(BTreeMap::new());

/// What is known of a GPU that is open.
#[derive(Debug)]
pub(crate) struct GpuState {
    name: String,
    capabilities: Mutex<Capabilities>,
    throttle: Mutex<Throttle>,
    share: Mutex<DeviceShare>,
    adapter: wgpu::Adapter,
    pub health: DeviceHealth,
}

impl GpuState {
    pub fn new(name: String, capabilities: Capabilities, adapter: wgpu::Adapter, health: DeviceHealth) -> Self {
        let throttle = Throttle::default();
        let share = Mutex::default();
        Self { name, capabilities: Mutex::new(capabilities), throttle: Mutex::new(throttle), share, adapter, health }
    }

    pub fn capabilities(&self) -> Capabilities {
        *self.capabilities.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn memory(&self) -> Option<GpuMemory> {
        memory::of_adapter(&self.adapter)
    }

    pub fn change(&self, change: impl FnOnce(&mut Capabilities)) {
        change(&mut self.capabilities.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn share(&self) -> DeviceShare {
        self.share.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn use_share(&self, share: DeviceShare) {
        *self.share.lock().unwrap_or_else(PoisonError::into_inner) = share;
    }

    pub fn throttle<T>(&self, with: impl FnOnce(&mut Throttle) -> T) -> T {
        with(&mut self.throttle.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The state of the device behind a client; `None` for one that [`crate::open`] did not open.
pub(crate) fn state_of(client: &Client) -> Option<Arc<GpuState>> {
    let device = client.service_id().device;
    let open = OPEN.read().unwrap_or_else(PoisonError::into_inner);
    open.get(&device).cloned()
}

/// The name of a GPU that [`crate::open`] opened.
pub(crate) fn name_of(device: &Device) -> Option<String> {
    let DispatchDevice::Cube(device) = device.as_dispatch() else { return None };
    state_of(&device.client()).map(|state| state.name.clone())
}

/// What is known of the device behind a client; nothing for one that [`crate::open`] did not open.
pub fn capabilities_of(client: &Client) -> Capabilities {
    state_of(client).map(|state| state.capabilities()).unwrap_or_default()
}

/// Changes what is known of the device behind a client: for tests of what depends on it.
#[doc(hidden)]
pub fn change_capabilities_of(client: &Client, change: impl FnOnce(&mut Capabilities)) {
    if let Some(state) = state_of(client) {
        state.change(change);
    }
}

/// A GPU that is open. With it go its entry in the table and all that the runtime keeps for it: threads, buffers, pipelines.
#[derive(Debug)]
pub(crate) struct OpenGpu {
    device: DeviceId,
    pub state: Arc<GpuState>,
    /// Ends when the driver's device is gone. A receiver is no shared value, and a device is one.
    gone: Mutex<Receiver<()>>,
}

impl OpenGpu {
    /// `None` for a device that is no GPU. The other end of `gone` is held by the driver's device.
    pub fn new(device: &Device, state: GpuState, gone: Receiver<()>) -> Option<Self> {
        let DispatchDevice::Cube(device) = device.as_dispatch() else { return None };
        let device = device.client().service_id().device;
        let state = Arc::new(state);
        OPEN.write().unwrap_or_else(PoisonError::into_inner).insert(device, Arc::clone(&state));
        Some(Self { device, state, gone: Mutex::new(gone) })
    }
}

impl Drop for OpenGpu {
    /// The runtime keeps each device until it is told to let it go. That waits for what was launched, and for the last tensor.
    fn drop(&mut self) {
        OPEN.write().unwrap_or_else(PoisonError::into_inner).remove(&self.device);
        // The runtime ends the process when it closes a device whose polling thread has ended, as it does when the device is lost.
        if self.state.health.is_lost() {
            log::warn!("a lost device stays open until the program ends");
        } else {
            DeviceHandle::<()>::shutdown(self.device);
            // The thread that polls the device is the last to let it go, and nobody waits for that thread: a program that
            // ended meanwhile would end in the middle of the driver.
            let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
            if gone.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                log::warn!("a closed device is still in use after {PATIENCE:?}");
            }
        }
    }
}
