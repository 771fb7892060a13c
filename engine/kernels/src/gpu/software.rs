//! Software drivers: which of the devices compute on the processor, and how wide.

use cubecl::client::Client;
use hummingbird_device::capabilities_of;

/// The size of subgroups on a driver that computes on the processor, where lanes can hand each other values; `None` on every
/// other device.
pub(super) fn lanes(client: &Client) -> Option<u32> {
    capabilities_of(client).software_lanes
}
