//! Devices of other processes and machines, by burn's remote backend over WebSocket.
//!
//! [`serve`] lends a device of this machine, [`connect`] makes a device here of one that is lent. Operations for which other devices
//! have kernels of our own are composed of burn's there. What goes over the wire is not encrypted, and nobody is asked for a
//! password: lend to this machine alone, and let others come through a tunnel (docs/training.md). Builds without the
//! feature `remote` have none of it but the addresses.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use hummingbird_base::message::{self, Message};
use thiserror::Error;

use super::TrainError;
use super::device::OpenTrainDevice;

/// Whether this build has any of it.
pub const IS_BUILT: bool = cfg!(feature = "remote");

/// Where a device is lent: the address in numbers and the port, `127.0.0.1:7077` or `[::1]:7077`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LentAt(SocketAddr);

/// A text that is no such address.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[error("{text:?} is no address of a device: write ADDRESS:PORT with the address in numbers, such as 127.0.0.1:7077")]
#[message("training")]
pub struct NotAnAddress {
    /// The text.
    pub text: String,
}

impl LentAt {
    /// Whether no other machine can reach it.
    pub fn is_of_this_machine(self) -> bool {
        self.0.ip().is_loopback()
    }
}

impl fmt::Display for LentAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for LentAt {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| NotAnAddress { text: text.to_owned() })
    }
}

/// Lends a device until the process is interrupted (Ctrl-C or `SIGTERM`). `lent` is told the address, whose port is a free one where
/// `at` has port 0. burn writes a line to standard output for each session.
///
/// # Errors
/// `NotLent` when the address or the device cannot be used.
#[cfg(feature = "remote")]
pub fn serve(device: &OpenTrainDevice, at: LentAt, lent: impl FnOnce(LentAt)) -> Result<(), TrainError> {
    use burn::server::{RemoteServer, WebSocketTransport};
    let failed = |detail: String| TrainError::NotLent { address: at.to_string(), detail };
    let listener = std::net::TcpListener::bind(at.0).map_err(|error| failed(error.to_string()))?;
    lent(LentAt(listener.local_addr().map_err(|error| failed(error.to_string()))?));
    let server = RemoteServer::new([device.device.clone()]);
    server.serve(WebSocketTransport::from_listener(listener)).map_err(|error| failed(error.to_string()))
}

/// The device that is lent at `at`.
///
/// # Errors
/// `RemoteUnreachable` when nothing answers there, or something else than a device.
#[cfg(feature = "remote")]
pub fn connect(at: LentAt) -> Result<OpenTrainDevice, TrainError> {
    use std::net::TcpStream;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use burn::remote::RemoteHost;
    use burn::tensor::Device;
    /// How long an address may take to answer, and what listens there to answer as a device.
    const PATIENCE: Duration = Duration::from_secs(10);

    let failed = |detail: String| TrainError::RemoteUnreachable { address: at.to_string(), detail };
    // burn tries a closed port again and again for 16 seconds.
    TcpStream::connect_timeout(&at.0, PATIENCE).map_err(|error| failed(error.to_string()))?;
    let host = RemoteHost::websocket(&format!("ws://{at}"));
    let (sender, connected) = mpsc::channel();
    // burn would wait forever for what listens and says nothing.
    thread::spawn(move || sender.send(Device::remote_options(&host).init()).ok());
    let silent = |_| failed("what listens there does not answer as a device".to_owned());
    let device = connected.recv_timeout(PATIENCE).map_err(silent)?.map_err(|error| failed(error.to_string()))?;
    Ok(OpenTrainDevice::unmanaged(device, format!("the device at {at}")))
}

/// This build cannot.
///
/// # Errors
/// `NoRemote`.
#[cfg(not(feature = "remote"))]
pub fn serve(_: &OpenTrainDevice, _: LentAt, _: impl FnOnce(LentAt)) -> Result<(), TrainError> {
    Err(TrainError::NoRemote)
}

/// This build cannot.
///
/// # Errors
/// `NoRemote`.
#[cfg(not(feature = "remote"))]
pub fn connect(_: LentAt) -> Result<OpenTrainDevice, TrainError> {
    Err(TrainError::NoRemote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_numbers_and_say_who_can_reach_them() {
        for (text, own) in [("127.0.0.1:7077", true), ("[::1]:0", true), ("0.0.0.0:7077", false), ("10.0.0.2:1", false)]
        {
            let at = text.parse::<LentAt>().expect("an address");
            assert_eq!((at.to_string(), at.is_of_this_machine()), (text.to_owned(), own));
        }
        let error = "localhost:7077".parse::<LentAt>().expect_err("a name").to_string();
        assert!(error.contains("in numbers"), "{error}");
    }
}
