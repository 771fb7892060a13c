//! One request to a store and its answer.

use std::io::{self, Read as _};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use hummingbird_base::message::Detail;
use hummingbird_base::{CancelToken, Cancelled};
use ureq::http::{HeaderMap, Method, Request};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error, SendBody};
use url::Url;

use super::error::printable;
use super::store::StoreOptions;

/// Time between two looks at the cancel token.
const LOOK: Duration = Duration::from_millis(50);
/// Most bytes of an answer that tells of a failure.
const MOST_FAILURE_BYTES: u64 = 16 << 10;

/// What is sent. The address is signed already.
pub(super) struct Sent<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<&'a [u8]>,
    /// Most bytes of an answer that is no failure.
    pub(super) most_bytes: u64,
}

/// What came.
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Received {
    /// A header, as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// What the store says of a failure.
    pub(super) fn said(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let part = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            Some(rest.split_once("</")?.0.to_owned())
        };
        let said = [part("Code"), part("Message")].into_iter().flatten().collect::<Vec<_>>().join(": ");
        printable(if said.is_empty() { "no reason given" } else { &said })
    }
}

/// Why nothing came.
pub(super) enum Trouble {
    Cancelled(Cancelled),
    Broken {
        detail: Detail,
        /// Whether another attempt can go better.
        is_passing: bool,
    },
}

/// A client of stores.
pub(super) fn agent(options: &StoreOptions, endpoint: Option<&Url>) -> Agent {
    let is_here = endpoint.and_then(Url::host_str).is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    });
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        // What is signed is signed for one host.
        .max_redirects(0)
        .user_agent(concat!("hummingbird/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .timeout_resolve(Some(options.stall))
        .timeout_connect(Some(options.stall))
        .timeout_recv_response(Some(options.stall))
        .timeout_per_read(Some(options.stall))
        .timeout_per_write(Some(options.stall));
    if is_here {
        config = config.proxy(None);
    }
    config.build().into()
}

/// Sends a request and reads its answer. A cancel ends it at once, and the agent with it.
pub(super) fn exchange(agent: &Agent, sent: Sent<'_>, cancel: &CancelToken) -> Result<Received, Trouble> {
    cancel.check().map_err(Trouble::Cancelled)?;
    let (done, waiting) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = waiting.recv_timeout(LOOK) {
                if cancel.is_cancelled() {
                    agent.clone().shutdown();
                    return;
                }
            }
        });
        let received = run(agent, sent);
        drop(done);
        // Whatever the end of the connection looked like.
        cancel.check().map_err(Trouble::Cancelled)?;
        received.map_err(|error| trouble(&error))
    })
}

fn run(agent: &Agent, sent: Sent<'_>) -> Result<Received, Error> {
    let Sent { method, url, headers, body, most_bytes } = sent;
    let is_head = method == Method::HEAD;
    let mut request = Request::builder().method(method).uri(url.as_str());
    for (name, value) in &headers {
        request = request.header(*name, value);
    }
    let response = match body {
        Some(body) => agent.run(request.body(body)?)?,
        None => agent.run(request.body(SendBody::none())?)?,
    };
    let (head, body) = response.into_parts();
    let status = head.status.as_u16();
    let is_answer = head.status.is_success();
    let mut bytes = Vec::new();
    if !is_head {
        let most = if is_answer { most_bytes } else { MOST_FAILURE_BYTES };
        let read = body.into_reader().take(most).read_to_end(&mut bytes);
        // The beginning of a failure says enough.
        if let Err(error) = read
            && is_answer
        {
            return Err(Error::from(error));
        }
    }
    Ok(Received { status, headers: head.headers, body: bytes })
}

fn trouble(error: &Error) -> Trouble {
    let said = |is_passing| Trouble::Broken { detail: printable(&error.to_string()).into(), is_passing };
    match error {
        // A certificate that does not hold will not hold the next time.
        Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => said(false),
        Error::Io(_) | Error::Timeout(_) | Error::ConnectionFailed | Error::Protocol(_) => said(true),
        _ => said(false),
    }
}
