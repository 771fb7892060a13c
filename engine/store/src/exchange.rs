//! One request and its answer, read by a thread of its own: whoever waits for it looks at the cancel token ten times a second,
//! whatever the network does.

use crate::fault::TransferFault;
use hummingbird_base::Detail;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use ureq::http::{HeaderMap, Response, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Error, Proxy, Timeout};
use url::Url;

use super::StoreOptions;
use hummingbird_base::{CancelToken, Cancelled};

/// Bytes that travel at once.
const CHUNK_BYTES: usize = 256 << 10;
/// Chunks that wait for the disk.
const WAITING_CHUNKS: usize = 4;
/// Time between two looks at the cancel token.
pub(super) const LOOK: Duration = Duration::from_millis(100);
/// Hops from the first address to the file.
const MAX_REDIRECTS: usize = 10;

/// The part of a file that is asked for.
pub(super) struct Rest {
    /// Bytes that are here already.
    pub(super) start: u64,
    /// Send it only if the file is still this one (ETag or date); else send all of it.
    pub(super) if_still: Option<String>,
}

/// What the thread reports.
pub(super) enum Message {
    /// The answer begins.
    Head(Box<Head>),
    /// More of the body.
    Bytes(Vec<u8>),
    /// The body has ended as its framing says.
    End,
    /// It broke.
    Failed(Trouble),
}

/// Why an exchange broke.
pub(super) struct Trouble {
    pub(super) detail: Detail,
    /// Whether another attempt can go better.
    pub(super) is_passing: bool,
}

/// What an answer says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub(super) status: u16,
    /// Length of the body.
    pub(super) length: Option<u64>,
    /// Whether a cut body would be noticed.
    pub(super) is_framed: bool,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    pub(super) content_range: Option<String>,
    pub(super) is_web_page: bool,
    /// A coding that we did not ask for.
    pub(super) coding: Option<String>,
    pub(super) retry_after: Option<Duration>,
    /// Hash of the file as the hub names it on the way to it.
    pub(super) sha256: Option<String>,
}

/// A request that runs.
pub(super) struct Exchange {
    agent: Agent,
    messages: Receiver<Message>,
}

impl Exchange {
    pub(super) fn start(options: &StoreOptions, url: &Url, rest: Option<Rest>) -> Result<Self, Trouble> {
        let agent = agent(options, url)?;
        let (sender, messages) = sync_channel(WAITING_CHUNKS);
        let (of_thread, url, stall) = (agent.clone(), url.clone(), options.stall_timeout);
        thread::Builder::new()
            .name("hummingbird-download".to_owned())
            .spawn(move || {
                let end = match run(&of_thread, url, rest.as_ref(), &sender) {
                    Ok(()) => Message::End,
                    Err(error) => Message::Failed(trouble(&error, stall)),
                };
                // Nobody waits for it after a cancel.
                sender.send(end).ok();
            })
            .map_err(|error| Trouble {
                detail: TransferFault::NoThread { detail: error.to_string() }.into(),
                is_passing: false,
            })?;
        Ok(Self { agent, messages })
    }

    /// The next message, as soon as there is one.
    pub(super) fn next(&self, cancel: &CancelToken) -> Result<Message, Cancelled> {
        loop {
            cancel.check()?;
            match self.messages.recv_timeout(LOOK) {
                Ok(message) => return Ok(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let detail = TransferFault::ThreadGone.into();
                    return Ok(Message::Failed(Trouble { detail, is_passing: true }));
                }
            }
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        // Wakes the thread out of its read; a send that waits fails when the receiver goes.
        self.agent.clone().shutdown();
    }
}

fn agent(options: &StoreOptions, url: &Url) -> Result<Agent, Trouble> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        // Followed by hand: the hub names the hash on the way.
        .max_redirects(0)
        .https_only(url.scheme() == "https")
        .user_agent(concat!("hummingbird/", env!("CARGO_PKG_VERSION")))
        // A file is stored as it is: no coding on the way.
        .accept_encoding("identity")
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .timeout_resolve(Some(options.connect_timeout))
        .timeout_connect(Some(options.connect_timeout))
        .timeout_per_read(Some(options.stall_timeout))
        .timeout_per_write(Some(options.stall_timeout));
    if let Some(text) = &options.proxy {
        let proxy = Proxy::new(text).map_err(|error| Trouble {
            detail: TransferFault::Proxy { proxy: text.clone(), detail: error.to_string() }.into(),
            is_passing: false,
        })?;
        config = config.proxy(Some(proxy));
    }
    Ok(config.build().into())
}

fn run(agent: &Agent, mut url: Url, rest: Option<&Rest>, sender: &SyncSender<Message>) -> Result<(), Error> {
    let mut sha256 = None;
    let hub = url.origin();
    for _ in 0..=MAX_REDIRECTS {
        let mut request = agent.get(url.as_str());
        if let Some(rest) = rest {
            request = request.header(header::RANGE, format!("bytes={}-", rest.start));
            if let Some(mark) = &rest.if_still {
                request = request.header(header::IF_RANGE, mark);
            }
        }
        let response = request.call()?;
        // Marks of the servers that the hub sends us on to are their own, and no hashes that we know of.
        let is_of_hub = url.origin() == hub;
        sha256 = sha256.or_else(|| named_sha256(response.headers(), response.status().as_u16(), is_of_hub));
        if matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
            && let Some(place) = text(response.headers(), header::LOCATION)
        {
            url = url.join(&place).map_err(|error| Error::BadUri(format!("a redirect: {error}")))?;
            continue;
        }
        return pass_on(response, sha256, sender);
    }
    Err(Error::TooManyRedirects)
}

fn pass_on(response: Response<Body>, sha256: Option<String>, sender: &SyncSender<Message>) -> Result<(), Error> {
    let head = Head { sha256, ..head(&response) };
    let has_body = matches!(head.status, 200 | 206);
    if sender.send(Message::Head(Box::new(head))).is_err() || !has_body {
        return Ok(());
    }
    let mut body = response.into_body().into_reader();
    loop {
        let mut bytes = vec![0; CHUNK_BYTES];
        let read = body.read(&mut bytes).map_err(Error::from)?;
        bytes.truncate(read);
        if read == 0 || sender.send(Message::Bytes(bytes)).is_err() {
            return Ok(());
        }
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.trim().to_owned())
}

/// The SHA-256 of a large file as the hub says it: the ETag of what its address links to, or of what it sends itself. Small
/// files have another mark there, which is shorter.
fn named_sha256(headers: &HeaderMap, status: u16, is_of_hub: bool) -> Option<String> {
    let linked = headers.get("x-linked-etag");
    let own =
        || headers.get(header::ETAG).filter(|_| is_of_hub && matches!(status, 200 | 206 | 301 | 302 | 303 | 307 | 308));
    let tag = linked.or_else(own)?.to_str().ok()?.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_ascii_lowercase();
    (tag.len() == 64 && tag.bytes().all(|it| it.is_ascii_hexdigit())).then_some(tag)
}

fn head(response: &Response<Body>) -> Head {
    let headers = response.headers();
    let is_chunked = text(headers, header::TRANSFER_ENCODING).is_some_and(|it| it.to_lowercase().contains("chunked"));
    let length = text(headers, header::CONTENT_LENGTH).and_then(|it| it.parse().ok()).filter(|_| !is_chunked);
    let kind = text(headers, header::CONTENT_TYPE).unwrap_or_default().to_lowercase();
    Head {
        status: response.status().as_u16(),
        length,
        is_framed: is_chunked || length.is_some(),
        etag: text(headers, header::ETAG),
        last_modified: text(headers, header::LAST_MODIFIED),
        content_range: text(headers, header::CONTENT_RANGE),
        is_web_page: kind.starts_with("text/html") || kind.starts_with("application/xhtml"),
        coding: text(headers, header::CONTENT_ENCODING).filter(|it| !it.eq_ignore_ascii_case("identity")),
        retry_after: text(headers, header::RETRY_AFTER).and_then(|it| it.parse().ok()).map(Duration::from_secs),
        sha256: None,
    }
}

fn trouble(error: &Error, stall: Duration) -> Trouble {
    let passing = |fault: TransferFault| Trouble { detail: fault.into(), is_passing: true };
    let said = |error: &dyn std::fmt::Display| printable(&error.to_string()).into();
    match error {
        Error::Timeout(Timeout::PerRead | Timeout::PerWrite) => {
            passing(TransferFault::Stalled { stall_secs: stall.as_secs_f32() })
        }
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => passing(TransferFault::NoConnection),
        Error::HostNotFound => passing(TransferFault::NoHost),
        // A certificate that does not hold arrives as invalid data, and will not hold the next time.
        Error::Io(error) => Trouble { detail: said(error), is_passing: error.kind() != io::ErrorKind::InvalidData },
        Error::Protocol(_) | Error::Timeout(_) | Error::ConnectionFailed => {
            Trouble { detail: said(error), is_passing: true }
        }
        _ => Trouble { detail: said(error), is_passing: false },
    }
}

/// Words of a server, without what a terminal would obey.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(200).collect()
}

/// `Content-Range: bytes first-last/total`.
#[derive(Debug, PartialEq)]
pub(super) struct ContentRange {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) total: Option<u64>,
}

impl ContentRange {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let total = if total == "*" { None } else { Some(total.parse().ok()?) };
        (first <= last && total.is_none_or(|total| last < total)).then_some(Self { first, last, total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_are_read_or_refused() {
        let range = |first, last, total| Some(ContentRange { first, last, total });
        let cases = [
            ("bytes 0-9/10", range(0, 9, Some(10))),
            ("bytes 5-9/*", range(5, 9, None)),
            ("bytes 9-5/10", None),
            ("bytes 0-10/10", None),
            ("bytes 0-18446744073709551616/*", None),
            ("bytes */10", None),
            ("items 0-9/10", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(ContentRange::parse(text), expected, "{text:?}");
        }
    }
}
