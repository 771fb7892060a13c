//! Objects of a store: how large they are, to the disk and from it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use hummingbird_base::files::{Taken, WholeFile};
use hummingbird_base::message::Detail;
use hummingbird_base::{Action, CancelToken};
use rusty_s3::actions::{CompleteMultipartUploadResponse, CreateMultipartUpload, ListObjectsV2};
use rusty_s3::{Bucket, S3Action};
use ureq::Agent;
use ureq::http::Method;

use super::address::ObjectAddress;
use super::error::{ObjectError, ObjectFault};
use super::exchange::{Received, Sent, Trouble, agent, exchange};
use super::settings::StoreSettings;

/// How long a signature holds: one attempt, and clocks that differ.
const SIGNED_FOR: Duration = Duration::from_secs(900);
/// Most parts of an upload, as S3 has it.
const MOST_PARTS: u64 = 10_000;
/// Most bytes of an answer in XML.
const MOST_XML_BYTES: u64 = 8 << 20;
/// Most objects of a list.
const MOST_LISTED: usize = 1_000_000;

/// How a store is asked.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Bytes that are read or written by one request; S3 takes no part below 5 MiB but the last.
    pub part_bytes: u64,
    /// Attempts after the first.
    pub retries: u32,
    /// Wait before the first of them; each later one waits twice as long, less a random part.
    pub first_wait: Duration,
    /// Longest wait.
    pub longest_wait: Duration,
    /// How long a connection may stand still.
    pub stall: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            part_bytes: 16 << 20,
            retries: 5,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(20),
            stall: Duration::from_secs(30),
        }
    }
}

/// What a store says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Where it is.
    pub address: ObjectAddress,
    /// Its size.
    pub bytes: u64,
    /// What the store calls its content, where it says so: another content has another one.
    pub tag: Option<String>,
}

/// A store for one job: after a cancel it answers nothing any more.
#[derive(Clone, Debug)]
pub struct ObjectStore {
    settings: StoreSettings,
    options: StoreOptions,
    agent: Agent,
}

impl ObjectStore {
    /// The store of the settings.
    pub fn new(settings: StoreSettings, options: StoreOptions) -> Self {
        let agent = agent(&options, settings.endpoint.as_ref());
        Self { settings, options, agent }
    }

    /// How large an object is; `None` where there is none.
    ///
    /// # Errors
    /// [`ObjectError`], after the last attempt.
    pub fn find(&self, address: &ObjectAddress, cancel: &CancelToken) -> Result<Option<ObjectInfo>, ObjectError> {
        let bucket = self.settings.bucket(address.bucket())?;
        let credentials = self.settings.credentials.as_ref();
        let sign = || bucket.head_object(credentials, address.key()).sign(SIGNED_FOR);
        let received = self.ask(address, cancel, || Sent {
            method: Method::HEAD,
            url: sign(),
            headers: Vec::new(),
            body: None,
            most_bytes: 0,
        });
        match received {
            Ok(received) => {
                let bytes = received.header("content-length").and_then(|it| it.parse().ok());
                let bytes = bytes.ok_or_else(|| nonsense(address, ObjectFault::NoLength))?;
                Ok(Some(ObjectInfo { address: address.clone(), bytes, tag: received.header("etag").map(tag) }))
            }
            Err(ObjectError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Objects whose key begins as the address does, by key.
    ///
    /// # Errors
    /// [`ObjectError`], after the last attempt.
    pub fn list(&self, front: &ObjectAddress, cancel: &CancelToken) -> Result<Vec<ObjectInfo>, ObjectError> {
        let bucket = self.settings.bucket(front.bucket())?;
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let sign = || {
                let mut action = bucket.list_objects_v2(self.settings.credentials.as_ref());
                action.with_prefix(front.key());
                if let Some(token) = &token {
                    action.with_continuation_token(token.as_str());
                }
                action.sign(SIGNED_FOR)
            };
            let received = self.ask(front, cancel, || get(sign(), MOST_XML_BYTES))?;
            let text = String::from_utf8_lossy(&received.body);
            let listed = ListObjectsV2::parse_response(&text).map_err(|_| nonsense(front, ObjectFault::List))?;
            for object in listed.contents {
                // Keys that no address here can say are no clips of ours.
                if let Ok(address) = ObjectAddress::parse(&format!("s3://{}/{}", front.bucket(), object.key)) {
                    found.push(ObjectInfo {
                        address,
                        bytes: object.size.unwrap_or(0),
                        tag: object.etag.as_deref().map(tag),
                    });
                }
            }
            // A server that gives the same token for ever ends here too.
            match listed.next_continuation_token {
                Some(next) if found.len() < MOST_LISTED && token.as_ref() != Some(&next) => token = Some(next),
                _ => break,
            }
        }
        found.sort_by(|a, b| a.address.cmp(&b.address));
        Ok(found)
    }

    /// Copies an object into a file, which appears whole or not at all, and says how large it is.
    ///
    /// # Errors
    /// [`ObjectError`], after the last attempt of a part; more than `most_bytes`.
    pub fn fetch(
        &self,
        address: &ObjectAddress,
        target: &Path,
        most_bytes: u64,
        cancel: &CancelToken,
    ) -> Result<u64, ObjectError> {
        let io = |action| move |source| ObjectError::Io { action, path: target.to_owned(), source };
        let bucket = self.settings.bucket(address.bucket())?;
        let mut file = WholeFile::begin(target).map_err(io(Action::Create))?;
        let (mut at, mut tag) = (0, None);
        loop {
            let end = at + self.options.part_bytes;
            let sign = || bucket.get_object(self.settings.credentials.as_ref(), address.key()).sign(SIGNED_FOR);
            let received = self.ask(address, cancel, || {
                let mut sent = get(sign(), self.options.part_bytes);
                sent.headers.push(("range", format!("bytes={at}-{}", end - 1)));
                if let Some(tag) = &tag {
                    sent.headers.push(("if-match", String::clone(tag)));
                }
                sent
            });
            let received = match received {
                // No range of an empty object can be had.
                Err(ObjectError::Status { status: 416, .. }) if at == 0 => break,
                received => received?,
            };
            let total = total(&received, at, self.options.part_bytes).map_err(|fault| nonsense(address, fault))?;
            if total > most_bytes {
                return Err(ObjectError::TooLarge { address: address.to_string(), bytes: total, most_bytes });
            }
            if received.body.len() as u64 != total.min(end).saturating_sub(at) {
                return Err(nonsense(address, ObjectFault::Range));
            }
            file.write_all(&received.body).map_err(io(Action::Write))?;
            tag = tag.or_else(|| received.header("etag").map(str::to_owned));
            at = end.min(total);
            if at >= total {
                break;
            }
        }
        file.finish(Taken::Replace).map_err(io(Action::RenameFinished))
    }

    /// Writes a file into an object, in parts where it is large. The object appears whole or not at all.
    ///
    /// # Errors
    /// [`ObjectError`], after the last attempt of a part.
    pub fn send(&self, source: &Path, address: &ObjectAddress, cancel: &CancelToken) -> Result<u64, ObjectError> {
        let io = |source_error| ObjectError::Io { action: Action::Read, path: source.to_owned(), source: source_error };
        let bucket = self.settings.bucket(address.bucket())?;
        let mut file = File::open(source).map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        if bytes > self.options.part_bytes {
            self.send_in_parts(&bucket, &mut file, bytes, address, cancel)?;
        } else {
            let mut body = Vec::new();
            file.take(bytes).read_to_end(&mut body).map_err(io)?;
            let sign = || bucket.put_object(self.settings.credentials.as_ref(), address.key()).sign(SIGNED_FOR);
            self.ask(address, cancel, || put(sign(), &body))?;
        }
        Ok(bytes)
    }

    fn send_in_parts(
        &self,
        bucket: &Bucket,
        file: &mut File,
        bytes: u64,
        address: &ObjectAddress,
        cancel: &CancelToken,
    ) -> Result<(), ObjectError> {
        let credentials = self.settings.credentials.as_ref();
        let key = address.key();
        let sign = || bucket.create_multipart_upload(credentials, key).sign(SIGNED_FOR);
        let begun = self.ask(address, cancel, || post(sign(), b""))?;
        let begun = CreateMultipartUpload::parse_response(&String::from_utf8_lossy(&begun.body))
            .map_err(|_| nonsense(address, ObjectFault::NoUpload))?;
        let upload = begun.upload_id();
        let sent = self.send_parts(bucket, file, bytes, address, upload, cancel);
        if sent.is_err() {
            // The store would keep, and charge for, parts that nobody ends. A cancelled agent sends nothing any more.
            let agent = agent(&self.options, self.settings.endpoint.as_ref());
            let url = bucket.abort_multipart_upload(credentials, key, upload).sign(SIGNED_FOR);
            let abort = Sent { method: Method::DELETE, url, headers: Vec::new(), body: None, most_bytes: 1 << 10 };
            if exchange(&agent, abort, &CancelToken::default()).is_err() {
                log::warn!("an unfinished upload of {address} stays in the store");
            }
        }
        sent
    }

    fn send_parts(
        &self,
        bucket: &Bucket,
        file: &mut File,
        bytes: u64,
        address: &ObjectAddress,
        upload: &str,
        cancel: &CancelToken,
    ) -> Result<(), ObjectError> {
        let credentials = self.settings.credentials.as_ref();
        let key = address.key();
        let part_bytes = self.options.part_bytes.max(bytes.div_ceil(MOST_PARTS));
        let mut tags = Vec::new();
        let mut body = Vec::new();
        for number in 1..=bytes.div_ceil(part_bytes) {
            body.clear();
            std::io::Read::take(&mut *file, part_bytes).read_to_end(&mut body).map_err(|source| ObjectError::Io {
                action: Action::Read,
                path: key.into(),
                source,
            })?;
            let number = u16::try_from(number).map_err(|_| nonsense(address, ObjectFault::NoUpload))?;
            let sign = || bucket.upload_part(credentials, key, number, upload).sign(SIGNED_FOR);
            let received = self.ask(address, cancel, || put(sign(), &body))?;
            let tag = received.header("etag").ok_or_else(|| nonsense(address, ObjectFault::NoTag))?;
            tags.push(tag.to_owned());
        }
        let action = || bucket.complete_multipart_upload(credentials, key, upload, tags.iter().map(String::as_str));
        let body = action().body();
        let received = self.ask(address, cancel, || post(action().sign(SIGNED_FOR), body.as_bytes()))?;
        // The store may find out while it answers that it cannot.
        let text = String::from_utf8_lossy(&received.body);
        if CompleteMultipartUploadResponse::parse(&text).is_err() {
            let detail = received.said();
            return Err(ObjectError::Status { address: address.to_string(), status: received.status, detail });
        }
        Ok(())
    }

    /// Asks until there is an answer that is no passing failure, or no attempt is left.
    fn ask<'a>(
        &self,
        address: &ObjectAddress,
        cancel: &CancelToken,
        sent: impl Fn() -> Sent<'a>,
    ) -> Result<Received, ObjectError> {
        let mut attempt = 0;
        loop {
            let is_last = attempt >= self.options.retries;
            match exchange(&self.agent, sent(), cancel) {
                Ok(received) if matches!(received.status, 200..=299) => return Ok(received),
                Ok(received) if matches!(received.status, 408 | 429 | 500..=599) && !is_last => {}
                Ok(received) => return Err(failure(address, &received)),
                Err(Trouble::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(Trouble::Broken { is_passing: true, .. }) if !is_last => {}
                Err(Trouble::Broken { detail, .. }) => return Err(unreachable(address, detail)),
            }
            self.rest(attempt, cancel)?;
            attempt += 1;
        }
    }

    /// Waits between attempts, unless it is cancelled.
    fn rest(&self, attempt: u32, cancel: &CancelToken) -> Result<(), ObjectError> {
        let StoreOptions { first_wait, longest_wait, .. } = self.options;
        let whole = first_wait.saturating_mul(1 << attempt.min(16)).min(longest_wait);
        // From half of it on, so that many who failed together do not come back so.
        let end = Instant::now() + whole.mul_f64(0.5 + 0.5 * fastrand::f64());
        loop {
            cancel.check()?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

/// A tag without its quotes.
fn tag(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

fn get<'a>(url: url::Url, most_bytes: u64) -> Sent<'a> {
    Sent { method: Method::GET, url, headers: Vec::new(), body: None, most_bytes }
}

fn put(url: url::Url, body: &[u8]) -> Sent<'_> {
    Sent { method: Method::PUT, url, headers: Vec::new(), body: Some(body), most_bytes: MOST_XML_BYTES }
}

fn post(url: url::Url, body: &[u8]) -> Sent<'_> {
    Sent { method: Method::POST, url, headers: Vec::new(), body: Some(body), most_bytes: MOST_XML_BYTES }
}

/// How large the object is of which a range came.
fn total(received: &Received, at: u64, part_bytes: u64) -> Result<u64, ObjectFault> {
    if received.status == 206 {
        let range = received.header("content-range").and_then(|it| it.strip_prefix("bytes "));
        let (range, total) = range.and_then(|it| it.split_once('/')).ok_or(ObjectFault::NoLength)?;
        let first = range.split_once('-').and_then(|(first, _)| first.parse().ok());
        if first != Some(at) {
            return Err(ObjectFault::Range);
        }
        return total.parse().map_err(|_| ObjectFault::NoLength);
    }
    // The whole of it came, which is fine where it is small.
    let bytes = received.header("content-length").and_then(|it| it.parse().ok()).ok_or(ObjectFault::NoLength)?;
    if at == 0 && bytes <= part_bytes { Ok(bytes) } else { Err(ObjectFault::Range) }
}

fn failure(address: &ObjectAddress, received: &Received) -> ObjectError {
    let (address, status, detail) = (address.to_string(), received.status, received.said());
    match status {
        404 => ObjectError::Missing { address },
        401 | 403 => ObjectError::Refused { address, status, detail },
        412 => ObjectError::Changed { address },
        _ => ObjectError::Status { address, status, detail },
    }
}

fn nonsense(address: &ObjectAddress, detail: ObjectFault) -> ObjectError {
    ObjectError::Nonsense { address: address.to_string(), detail }
}

fn unreachable(address: &ObjectAddress, detail: Detail) -> ObjectError {
    ObjectError::Unreachable { address: address.to_string(), detail }
}
