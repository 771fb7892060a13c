//! What kernels may take for granted of the adapter behind a client.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use cubecl::client::Client;
use cubecl::features::Plane;
use cubecl::ir::{ElemType, FloatKind};
use hummingbird_shaders::parts::{Matrices, Subgroups};

use super::software;

/// The cooperative matrices of opened devices, by the names of their adapters: the runtime does not know of them.
static MATRICES: Mutex<BTreeMap<String, Matrices>> = Mutex::new(BTreeMap::new());

/// The device of this name was opened with cooperative matrices.
pub fn set_matrices(adapter: &str, matrices: Matrices) {
    MATRICES.lock().unwrap_or_else(PoisonError::into_inner).insert(adapter.to_owned(), matrices);
}

/// Nothing multiplies matrices on the device of this name any more.
pub fn forget_matrices(adapter: &str) {
    MATRICES.lock().unwrap_or_else(PoisonError::into_inner).remove(adapter);
}

/// The cooperative matrices of the device, if it has them.
pub(crate) fn matrices(client: &Client) -> Option<Matrices> {
    MATRICES.lock().unwrap_or_else(PoisonError::into_inner).get(&client.properties().identity.name).copied()
}

/// The same where kernels should use them: on the processor other kernels are faster.
pub(super) fn useful_matrices(client: &Client) -> Option<Matrices> {
    matrices(client).filter(|_| software::lanes(client).is_none())
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
