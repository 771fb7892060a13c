//! One request and its answer, read by a thread of its own: whoever waits for it looks at the cancel token many times a second,
//! whatever the network does.

use std::io::{self, Read as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use hummingbird_base::{CancelToken, Cancelled, Detail};
use ureq::http::{HeaderMap, Response, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Error, Timeout};
use url::Url;

use crate::client::ChatOptions;
use crate::error::{ConnectionFault, printable};
use crate::settings::ApiKey;

/// Bytes that travel at once.
const CHUNK_BYTES: usize = 16 << 10;
/// Chunks that wait for their reader.
const WAITING_CHUNKS: usize = 4;
/// Time between two looks at the cancel token.
pub(crate) const LOOK: Duration = Duration::from_millis(50);
/// Hops from the first address to the answer.
const MAX_REDIRECTS: usize = 5;
/// Most bytes of an answer that tells of a failure.
const MOST_FAILURE_BYTES: usize = 16 << 10;

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) url: Url,
    pub(crate) key: Option<ApiKey>,
    /// JSON to be posted; without it, the address is only read.
    pub(crate) body: Option<Vec<u8>>,
}

/// What came.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    /// A coding that we did not ask for.
    pub(crate) coding: Option<String>,
    /// Of a failure, its beginning.
    pub(crate) body: Vec<u8>,
}

/// Why nothing came.
#[derive(Debug)]
pub(crate) enum Trouble {
    Cancelled(Cancelled),
    /// The time is over.
    Late,
    /// More than any answer needs.
    TooLarge,
    /// It broke.
    Broken {
        detail: Detail,
        /// Whether another attempt can go better.
        is_passing: bool,
    },
}

impl Trouble {
    fn broken(fault: ConnectionFault, is_passing: bool) -> Self {
        Self::Broken { detail: fault.into(), is_passing }
    }
}

/// What the thread reports.
enum News {
    Head(Received),
    Bytes(Vec<u8>),
    End,
    Failed(Trouble),
}

/// Sends a request and reads its answer, until `deadline`.
pub(crate) fn exchange(
    options: &ChatOptions,
    sent: Sent,
    deadline: Instant,
    cancel: &CancelToken,
) -> Result<Received, Trouble> {
    let running = Running::start(options, sent)?;
    let mut received = match running.next(deadline, cancel)? {
        News::Head(received) => received,
        News::Failed(trouble) => return Err(trouble),
        News::Bytes(_) | News::End => return Err(Trouble::broken(ConnectionFault::BrokeOff, true)),
    };
    let is_answer = (200..300).contains(&received.status);
    let most = if is_answer { options.most_bytes } else { MOST_FAILURE_BYTES };
    loop {
        match running.next(deadline, cancel)? {
            News::Bytes(bytes) => {
                let room = most - received.body.len();
                if is_answer && bytes.len() > room {
                    return Err(Trouble::TooLarge);
                }
                received.body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                if bytes.len() >= room && !is_answer {
                    return Ok(received);
                }
            }
            News::End => return Ok(received),
            // Its beginning says enough.
            News::Failed(_) if !is_answer => return Ok(received),
            News::Failed(trouble) => return Err(trouble),
            News::Head(_) => return Err(Trouble::broken(ConnectionFault::BrokeOff, false)),
        }
    }
}

/// A request that runs.
struct Running {
    agent: Agent,
    news: Receiver<News>,
}

impl Running {
    fn start(options: &ChatOptions, sent: Sent) -> Result<Self, Trouble> {
        let agent = agent(options, &sent.url);
        let (sender, news) = sync_channel(WAITING_CHUNKS);
        let of_thread = agent.clone();
        let spawned = thread::Builder::new().name("hummingbird-chat".to_owned()).spawn(move || {
            let end = match run(&of_thread, sent, &sender) {
                Ok(()) => News::End,
                Err(trouble) => News::Failed(trouble),
            };
            // Nobody waits for it after a cancel.
            sender.send(end).ok();
        });
        match spawned {
            Ok(_) => Ok(Self { agent, news }),
            Err(error) => Err(Trouble::Broken { detail: error.to_string().into(), is_passing: false }),
        }
    }

    /// What comes next, as soon as it is there.
    fn next(&self, deadline: Instant, cancel: &CancelToken) -> Result<News, Trouble> {
        loop {
            cancel.check().map_err(Trouble::Cancelled)?;
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Trouble::Late);
            }
            match self.news.recv_timeout(LOOK.min(left)) {
                Ok(news) => return Ok(news),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Trouble::broken(ConnectionFault::ThreadGone, true));
                }
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Wakes the thread out of its read; a send that waits fails when the receiver goes.
        self.agent.clone().shutdown();
    }
}

fn agent(options: &ChatOptions, url: &Url) -> Agent {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        // Followed by hand: the key goes to the server that it is for, and to no other.
        .max_redirects(0)
        .https_only(url.scheme() == "https")
        .user_agent(concat!("hummingbird/", env!("CARGO_PKG_VERSION")))
        .accept("application/json")
        .accept_encoding("identity")
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .timeout_resolve(Some(options.connect_timeout))
        .timeout_connect(Some(options.connect_timeout))
        // The owner's deadline is looked after by whoever waits; this one ends a thread that nobody waits for.
        .timeout_global(Some(options.answer_timeout + options.connect_timeout));
    if options.without_proxy {
        config = config.proxy(None);
    }
    config.build().into()
}

fn run(agent: &Agent, sent: Sent, sender: &SyncSender<News>) -> Result<(), Trouble> {
    let Sent { mut url, key, body } = sent;
    let first = url.clone();
    for _ in 0..=MAX_REDIRECTS {
        // A key is for its server. The same host by https instead of http is that server.
        let is_own = url.host() == first.host()
            && (url.port_or_known_default() == first.port_or_known_default() || url.scheme() != first.scheme());
        let bearer = key.as_ref().filter(|_| is_own).map(|key| format!("Bearer {}", key.reveal()));
        let response = match &body {
            Some(body) => {
                let mut request = agent.post(url.as_str()).header(header::CONTENT_TYPE, "application/json");
                if let Some(bearer) = &bearer {
                    request = request.header(header::AUTHORIZATION, bearer);
                }
                request.send(body.as_slice())
            }
            None => {
                let mut request = agent.get(url.as_str());
                if let Some(bearer) = &bearer {
                    request = request.header(header::AUTHORIZATION, bearer);
                }
                request.call()
            }
        };
        let response = response.map_err(|error| trouble(&error))?;
        if matches!(response.status().as_u16(), 301 | 302 | 307 | 308)
            && let Some(place) = text(response.headers(), header::LOCATION)
        {
            let next = url.join(&place).ok().filter(|next| {
                let is_web = matches!(next.scheme(), "https" | "http");
                // Nothing that was to be encrypted goes on in clear text.
                is_web && (next.scheme() == "https" || url.scheme() == "http")
            });
            url = next.ok_or_else(|| Trouble::broken(ConnectionFault::Redirect, false))?;
            continue;
        }
        return pass_on(response, sender);
    }
    Err(Trouble::broken(ConnectionFault::Redirects, false))
}

fn pass_on(response: Response<Body>, sender: &SyncSender<News>) -> Result<(), Trouble> {
    let headers = response.headers();
    let retry_after = text(headers, header::RETRY_AFTER).and_then(|it| it.parse().ok()).map(Duration::from_secs);
    let coding = text(headers, header::CONTENT_ENCODING).filter(|it| !it.eq_ignore_ascii_case("identity"));
    let status = response.status().as_u16();
    let head = Received { status, retry_after, coding: coding.map(|it| printable(&it)), body: Vec::new() };
    if sender.send(News::Head(head)).is_err() {
        return Ok(());
    }
    let mut body = response.into_body().into_reader();
    loop {
        let mut bytes = vec![0; CHUNK_BYTES];
        let read = body.read(&mut bytes).map_err(|error| trouble(&Error::from(error)))?;
        bytes.truncate(read);
        if read == 0 || sender.send(News::Bytes(bytes)).is_err() {
            return Ok(());
        }
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.trim().to_owned())
}

fn trouble(error: &Error) -> Trouble {
    let said = |is_passing| Trouble::Broken { detail: printable(&error.to_string()).into(), is_passing };
    match error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve) | Error::ConnectionFailed => {
            Trouble::broken(ConnectionFault::NoConnection, true)
        }
        Error::Timeout(_) => Trouble::Late,
        Error::HostNotFound => Trouble::broken(ConnectionFault::NoHost, false),
        // A certificate that does not hold arrives as invalid data, and will not hold the next time.
        Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => said(false),
        Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => Trouble::broken(ConnectionFault::NoConnection, true),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Trouble::broken(ConnectionFault::BrokeOff, true),
            _ => said(true),
        },
        Error::Protocol(_) => said(true),
        _ => said(false),
    }
}
