//! Devices of other processes and machines, by burn's remote backend over WebSocket.
//!
//! [`serve`] lends a device of this machine, [`connect`] makes a device here of one that is lent. Operations for which other devices
//! have kernels of our own are composed of burn's there. What goes over the wire is not encrypted, and nobody is asked for a
//! password: lend to this machine alone, and let others come through a tunnel (docs/training.md). Builds without the
//! feature `remote` have none of it.

use std::net::SocketAddr;

use super::TrainError;
use super::device::OpenTrainDevice;

/// Whether this build has any of it.
pub const IS_BUILT: bool = cfg!(feature = "remote");

/// Lends a device until the process is interrupted (Ctrl-C or `SIGTERM`). `lent` is told the address, whose port is a free one where
/// `address` has port 0. burn writes a line to standard output for each session.
///
/// # Errors
/// When the address or the device cannot be used.
#[cfg(feature = "remote")]
pub fn serve(device: &OpenTrainDevice, address: SocketAddr, lent: impl FnOnce(SocketAddr)) -> Result<(), TrainError> {
    use burn::server::{RemoteServer, WebSocketTransport};
    let failed = |detail: String| TrainError::NotLent { address: address.to_string(), detail };
    let listener = std::net::TcpListener::bind(address).map_err(|error| failed(error.to_string()))?;
    lent(listener.local_addr().map_err(|error| failed(error.to_string()))?);
    let server = RemoteServer::new([device.device.clone()]);
    server.serve(WebSocketTransport::from_listener(listener)).map_err(|error| failed(error.to_string()))
}

/// The device that is lent at `address`.
///
/// # Errors
/// When nothing answers there.
#[cfg(feature = "remote")]
pub fn connect(address: SocketAddr) -> Result<OpenTrainDevice, TrainError> {
    use burn::remote::RemoteHost;
    use burn::tensor::Device;
    let host = RemoteHost::websocket(&format!("ws://{address}"));
    let failed = |detail: String| TrainError::RemoteUnreachable { address: address.to_string(), detail };
    let device = Device::remote_options(&host).init().map_err(|error| failed(error.to_string()))?;
    Ok(OpenTrainDevice::unmanaged(device, format!("the device at {address}")))
}

/// This build cannot.
///
/// # Errors
/// `NoRemote`.
#[cfg(not(feature = "remote"))]
pub fn serve(_: &OpenTrainDevice, _: SocketAddr, _: impl FnOnce(SocketAddr)) -> Result<(), TrainError> {
    Err(TrainError::NoRemote)
}

/// This build cannot.
///
/// # Errors
/// `NoRemote`.
#[cfg(not(feature = "remote"))]
pub fn connect(_: SocketAddr) -> Result<OpenTrainDevice, TrainError> {
    Err(TrainError::NoRemote)
}
