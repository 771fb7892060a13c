//! What kernels may take for granted of the adapter behind a client.

use cubecl::client::Client;
use cubecl::features::Plane;
use cubecl::ir::{ElemType, FloatKind};
use hummingbird_device::capabilities_of;
use hummingbird_shaders::parts::{CooperativeMatrices, Subgroups};

use super::software;

/// The cooperative matrices of the device, if it has them.
pub(crate) fn cooperative_matrices(client: &Client) -> Option<CooperativeMatrices> {
    capabilities_of(client).cooperative_matrices.map(|it| CooperativeMatrices { side: it.side, lanes: it.lanes })
}

/// The same where kernels should use them: on the processor other kernels are faster.
pub(super) fn useful_cooperative_matrices(client: &Client) -> Option<CooperativeMatrices> {
    cooperative_matrices(client).filter(|_| software::lanes(client).is_none())
}

/// Whether shaders of the device have a type of 16 bits for numbers.
pub(crate) fn has_halves(client: &Client) -> bool {
    client.properties().features.supports_type(ElemType::Float(FloatKind::F16))
}

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
