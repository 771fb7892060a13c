//! What kernels may take for granted of the adapter behind a client.

use cubecl::client::Client;
use cubecl::features::Plane;
use hummingbird_shaders::parts::Subgroups;

use super::software;

/// The subgroups of the device.
///
/// The runtime says nothing of software drivers' subgroups; see [`software::lanes`].
pub(super) fn subgroups(client: &Client) -> Subgroups {
    let properties = client.properties();
    if properties.features.plane.contains(Plane::Ops) {
        return Subgroups::AtLeast(properties.hardware.plane_size_min);
    }
    if software::lanes(client) == Some(8) { Subgroups::SoftwareOfEight } else { Subgroups::Unknown }
}
