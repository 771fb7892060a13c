//! Whether there is a newer version of this program. It is asked only when the user asks, and nothing is sent but the request.

use std::time::Duration;

use hummingbird_base::message::{self, Detail, Message};
use hummingbird_base::{CancelToken, Cancelled};
use semver::Version;
use serde::Deserialize;
use thiserror::Error;

use crate::StoreOptions;
use crate::address::{endpoint, is_plain_url};
use crate::exchange::{self, Exchange, printable};
use crate::fault::TransferFault;

/// Where the newest release is described, in the form of GitHub's "latest release".
pub const RELEASES: &str = "https://api.github.com/repos/hummingbird-video/hummingbird/releases/latest";
/// The environment variable that names another place in that form.
pub const RELEASES_VARIABLE: &str = "HUMMINGBIRD_RELEASES";
/// Most bytes of an answer.
const MOST_BYTES: usize = 1 << 20;
/// Longest wait for a connection, and longest silence.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why nobody knows whether there is a newer version.
#[derive(Debug, Error, Message)]
#[message("release")]
#[non_exhaustive]
pub enum ReleaseError {
    /// The owner stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// An address that is none.
    #[error("{text:?} is no address to ask for releases ({detail}): write one that begins with https://")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        detail: Detail,
    },
    /// Nothing came, or it broke off.
    #[error("{url} could not be asked for the newest version ({detail}): see whether the network works, and try again")]
    Unreachable {
        /// The address.
        url: String,
        /// What stopped it.
        detail: Detail,
    },
    /// There is no release there.
    #[error("{url} has no release (status {status})")]
    NoRelease {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// Another answer than one that can be used.
    #[error("{url} answered with status {status}: try again later")]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// What came describes no release.
    #[error("what {url} sent describes no release ({detail}): something else may answer in its place")]
    NotARelease {
        /// The address.
        url: String,
        /// What is wrong with it.
        detail: Detail,
    },
}

/// A version that can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its number.
    pub version: Version,
    /// The page on which it is described, with its files.
    pub page: String,
}

impl Release {
    /// Whether it is newer than the version `current`; a text that is no version is older than all.
    pub fn is_newer_than(&self, current: &str) -> bool {
        Version::parse(current).is_ok_and(|current| self.version > current)
    }
}

/// What GitHub says of a release; the rest of it is not read.
#[derive(Deserialize)]
struct Described {
    tag_name: String,
    html_url: String,
}

/// Asks [`RELEASES`], or what the environment names in its place.
///
/// # Errors
/// All of [`ReleaseError`].
pub fn newest_release(cancel: &CancelToken) -> Result<Release, ReleaseError> {
    let named = std::env::var(RELEASES_VARIABLE).ok().filter(|text| !text.trim().is_empty());
    newest_release_at(named.as_deref().unwrap_or(RELEASES), cancel)
}

/// Asks this address for the newest release.
///
/// # Errors
/// All of [`ReleaseError`].
pub fn newest_release_at(address: &str, cancel: &CancelToken) -> Result<Release, ReleaseError> {
    let url = endpoint(address).map_err(|error| ReleaseError::Address {
        text: address.to_owned(),
        detail: match error {
            crate::StoreError::Endpoint { detail, .. } => detail,
            other => other.to_string().into(),
        },
    })?;
    let text = url.to_string();
    let unreachable = |detail: Detail| ReleaseError::Unreachable { url: text.clone(), detail };
    let options = StoreOptions { connect_timeout: PATIENCE, stall_timeout: PATIENCE, ..StoreOptions::default() };
    let exchange = Exchange::start(&options, &url, None).map_err(|trouble| unreachable(trouble.detail))?;
    let mut bytes = Vec::new();
    loop {
        match exchange.next(cancel)? {
            exchange::Message::Head(head) => match head.status {
                200 => {}
                404 => return Err(ReleaseError::NoRelease { url: text, status: 404 }),
                status => return Err(ReleaseError::Status { url: text, status }),
            },
            exchange::Message::Bytes(more) => bytes.extend(more),
            exchange::Message::End => break,
            exchange::Message::Failed(trouble) => return Err(unreachable(trouble.detail)),
        }
        if bytes.len() > MOST_BYTES {
            return Err(ReleaseError::NotARelease { url: text, detail: TransferFault::TooLong.into() });
        }
    }
    read(&bytes).map_err(|detail| ReleaseError::NotARelease { url: text, detail })
}

/// Reads the description of a release.
fn read(bytes: &[u8]) -> Result<Release, Detail> {
    let described: Described =
        serde_json::from_slice(bytes).map_err(|error| Detail::from(printable(&error.to_string())))?;
    let tag = described.tag_name.trim();
    let version = Version::parse(tag.strip_prefix('v').unwrap_or(tag))
        .map_err(|_| Detail::from(TransferFault::NoVersion { tag: printable(tag) }))?;
    if !is_plain_url(&described.html_url) {
        return Err(TransferFault::NoPage { page: printable(&described.html_url) }.into());
    }
    Ok(Release { version, page: described.html_url })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A server that gives one answer, and its address.
    fn server(answer: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut reader = BufReader::new(stream.try_clone().expect("one more handle"));
            let mut line = String::new();
            while reader.read_line(&mut line).expect("a request") > 0 && line != "\r\n" {
                line.clear();
            }
            // A client that has seen enough closes first.
            stream.write_all(answer.as_bytes()).ok();
        });
        format!("http://{address}/releases/latest")
    }

    fn answer(status: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    }

    fn asked(answer: String) -> Result<Release, ReleaseError> {
        newest_release_at(&server(answer), &CancelToken::default())
    }

    #[test]
    fn a_release_is_read_and_compared() {
        let body = r#"{"tag_name": "v0.10.2", "html_url": "https://example.org/releases/0.10.2", "assets": []}"#;
        let release = asked(answer("200 OK", body)).expect("it is a release");
        assert_eq!(
            release,
            Release { version: Version::new(0, 10, 2), page: "https://example.org/releases/0.10.2".into() }
        );
        for (current, newer) in
            [("0.9.9", true), ("0.10.2-rc.1", true), ("0.10.2", false), ("0.11.0", false), ("", false)]
        {
            assert_eq!(release.is_newer_than(current), newer, "{current}");
        }
        assert!(release.is_newer_than(env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn answers_that_say_nothing_of_a_release_are_told_apart() {
        let of = |it: Result<Release, ReleaseError>| it.expect_err("it is none").to_string();
        assert!(of(asked(answer("404 Not Found", "{}"))).contains("has no release (status 404)"));
        assert!(of(asked(answer("403 Forbidden", "{}"))).contains("status 403"));
        for body in [
            "",
            "<html>log in</html>",
            "[]",
            r#"{"tag_name": 3, "html_url": "https://example.org"}"#,
            r#"{"tag_name": "nightly", "html_url": "https://example.org"}"#,
            r#"{"tag_name": "v1.0.0", "html_url": "file:///etc/passwd"}"#,
            r#"{"tag_name": "v1.0.0", "html_url": "https://user:word@example.org/"}"#,
        ] {
            assert!(of(asked(answer("200 OK", body))).contains("describes no release"), "{body}");
        }
        let long = format!(r#"{{"tag_name": "v1.0.0", "body": "{}"}}"#, "x".repeat(MOST_BYTES));
        assert!(of(asked(answer("200 OK", &long))).contains("longer than"));
        assert!(of(asked("nonsense\r\n\r\n".to_owned())).contains("could not be asked"));
        let cut = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"tag_name\": \"v1.0.0\"";
        assert!(of(asked(cut.to_owned())).contains("could not be asked"));
        let refused = newest_release_at("ftp://example.org", &CancelToken::default());
        assert!(of(refused).contains("is no address"));
    }

    #[test]
    fn a_cancel_ends_the_wait() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let cancel = CancelToken::default();
        cancel.cancel();
        assert!(matches!(newest_release_at(&address, &cancel), Err(ReleaseError::Cancelled(_))));
    }
}
