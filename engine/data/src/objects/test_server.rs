//! A small store that speaks S3's protocol over HTTP on 127.0.0.1, keeps objects in memory, checks who asks, and fails, stalls and
//! breaks off on request.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rusty_s3::Credentials;
use url::Url;

use super::settings::StoreSettings;

/// What goes wrong with the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing.
    None,
    /// An answer with this status.
    Status(u16),
    /// Nothing is answered and the connection stays.
    Stall,
    /// The connection ends in the middle of the answer's body.
    BreakOff,
    /// An upload in parts ends with an error under the status of a success.
    FailAtEnd,
}

/// What the store holds and has seen.
#[derive(Default)]
pub(crate) struct Held {
    /// Objects by `bucket/key`.
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// Uploads that are not ended, by id: the object, and parts by number.
    pub(crate) uploads: BTreeMap<String, (String, BTreeMap<u16, Vec<u8>>)>,
    /// Method and address of what was asked, without the signature.
    pub(crate) asked: Vec<String>,
    /// Troubles of the next requests.
    pub(crate) troubles: VecDeque<Trouble>,
    /// Most objects of one answer to a question for a list; 0: all.
    pub(crate) page: usize,
    uploads_begun: u32,
    stalled: Vec<TcpStream>,
}

/// The store; it lives as long as the process.
#[derive(Clone)]
pub(crate) struct TestStore {
    port: u16,
    held: Arc<Mutex<Held>>,
}

impl TestStore {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let store = Self { port: listener.local_addr().expect("it listens").port(), held: Arc::new(Mutex::default()) };
        let of_thread = store.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let store = of_thread.clone();
                thread::spawn(move || store.serve(connection));
            }
        });
        store
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings(&self) -> StoreSettings {
        StoreSettings {
            endpoint: Some(Url::parse(&format!("http://127.0.0.1:{}", self.port)).expect("an address")),
            region: "us-east-1".to_owned(),
            credentials: Some(Credentials::new("tester", "secret")),
        }
    }

    fn serve(&self, mut connection: TcpStream) {
        let mut reader = BufReader::new(connection.try_clone().expect("a socket"));
        while let Some(asked) = Asked::read(&mut reader) {
            let trouble = {
                let mut held = self.held();
                held.asked.push(format!("{} {}", asked.method, asked.plain()));
                held.troubles.pop_front().unwrap_or(Trouble::None)
            };
            let answer = match trouble {
                Trouble::Stall => return self.held().stalled.push(connection),
                Trouble::Status(status) => Answer::failure(status, "Trouble"),
                _ => self.answer(&asked, trouble),
            };
            let text = answer.head(asked.method == "HEAD");
            let body = if asked.method == "HEAD" { &[] } else { answer.body.as_slice() };
            let sent = if trouble == Trouble::BreakOff { &body[..body.len() / 2] } else { body };
            let written = connection.write_all(text.as_bytes()).and_then(|()| connection.write_all(sent));
            if trouble == Trouble::BreakOff || written.is_err() {
                return;
            }
        }
    }

    fn answer(&self, asked: &Asked, trouble: Trouble) -> Answer {
        let is_signed = asked.query("X-Amz-Credential").is_some_and(|it| it.starts_with("tester/"))
            && asked.query("X-Amz-Signature").is_some_and(|it| it.len() == 64);
        if !is_signed {
            return Answer::failure(403, "SignatureDoesNotMatch");
        }
        let name = asked.name();
        let mut held = self.held();
        let upload = asked.query("uploadId");
        match (asked.method.as_str(), upload) {
            ("GET", _) if asked.query("list-type").is_some() => {
                let bucket = name.trim_end_matches('/').to_owned();
                let front = format!("{bucket}/{}", asked.query("prefix").unwrap_or_default());
                let after = asked.query("continuation-token").unwrap_or_default();
                let most = if held.page == 0 { usize::MAX } else { held.page };
                let mut inside = held.objects.iter().filter(|(name, _)| name.starts_with(&front) && **name > after);
                let part: Vec<_> = inside.by_ref().take(most).collect();
                let listed: String = part
                    .iter()
                    .map(|(name, bytes)| {
                        let (key, tag) = (&name[bucket.len() + 1..], tag(bytes));
                        format!("<Contents><Key>{key}</Key><ETag>{tag}</ETag><Size>{}</Size></Contents>", bytes.len())
                    })
                    .collect();
                let next = match (inside.next(), part.last()) {
                    (Some(_), Some((last, _))) => format!("<NextContinuationToken>{last}</NextContinuationToken>"),
                    _ => String::new(),
                };
                let is_cut = !next.is_empty();
                Answer::xml(&format!(
                    "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>{is_cut}</IsTruncated>{next}{listed}</ListBucketResult>"
                ))
            }
            ("GET" | "HEAD", _) => match held.objects.get(&name) {
                None => Answer::failure(404, "NoSuchKey"),
                Some(bytes) => Answer::object(bytes, asked),
            },
            ("POST", None) => {
                held.uploads_begun += 1;
                let id = format!("upload-{}", held.uploads_begun);
                held.uploads.insert(id.clone(), (name, BTreeMap::new()));
                Answer::xml(&format!(
                    "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                ))
            }
            ("PUT", None) => {
                held.objects.insert(name, asked.body.clone());
                Answer::tagged(&asked.body)
            }
            ("PUT", Some(id)) => {
                let number = asked.query("partNumber").and_then(|it| it.parse().ok()).expect("a number");
                let Some((_, parts)) = held.uploads.get_mut(&id) else { return Answer::failure(404, "NoSuchUpload") };
                parts.insert(number, asked.body.clone());
                Answer::tagged(&asked.body)
            }
            ("POST", Some(_)) if trouble == Trouble::FailAtEnd => {
                Answer::xml("<Error><Code>InternalError</Code><Message>it did not work</Message></Error>")
            }
            ("POST", Some(id)) => {
                let Some((name, parts)) = held.uploads.remove(&id) else {
                    return Answer::failure(404, "NoSuchUpload");
                };
                let body = String::from_utf8_lossy(&asked.body);
                let is_whole = parts.iter().all(|(number, bytes)| {
                    body.contains(&format!("<PartNumber>{number}</PartNumber>")) && body.contains(&tag(bytes))
                });
                if !is_whole || body.matches("<PartNumber>").count() != parts.len() {
                    return Answer::failure(400, "InvalidPart");
                }
                held.objects.insert(name, parts.into_values().flatten().collect());
                Answer::xml(
                    "<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ETag>x</ETag></CompleteMultipartUploadResult>",
                )
            }
            ("DELETE", Some(id)) => {
                held.uploads.remove(&id);
                Answer { status: 204, headers: Vec::new(), body: Vec::new() }
            }
            _ => Answer::failure(405, "MethodNotAllowed"),
        }
    }
}

fn tag(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

struct Asked {
    method: String,
    url: Url,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asked {
    fn read(reader: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|&bytes| bytes > 0)?;
        let mut parts = line.split_whitespace();
        let (method, path) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let url = Url::parse("http://store").ok()?.join(&path).ok()?;
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().expect("a length"))];
        reader.read_exact(&mut body).ok()?;
        Some(Self { method, url, headers, body })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    fn query(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
    }

    /// The object, `bucket/key`, with its escapes read.
    fn name(&self) -> String {
        let path = self.url.path().trim_start_matches('/');
        // A query reads escapes as a path does, but for `+`.
        let pairs = format!("x={}", path.replace('+', "%2B"));
        let read = url::form_urlencoded::parse(pairs.as_bytes()).next();
        read.map(|(_, name)| name.into_owned()).unwrap_or_default()
    }

    /// The address without what signs it.
    fn plain(&self) -> String {
        let query: Vec<String> = self
            .url
            .query_pairs()
            .filter(|(name, _)| !name.starts_with("X-Amz-"))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("/{}?{}", self.name(), query.join("&"))
    }
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn failure(status: u16, code: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>because of a test</Message></Error>").into_bytes();
        Self { status, headers: Vec::new(), body }
    }

    fn xml(text: &str) -> Self {
        Self { status: 200, headers: Vec::new(), body: text.as_bytes().to_vec() }
    }

    fn tagged(bytes: &[u8]) -> Self {
        Self { status: 200, headers: vec![("etag", format!("\"{}\"", tag(bytes)))], body: Vec::new() }
    }

    fn object(bytes: &[u8], asked: &Asked) -> Self {
        let tag = format!("\"{}\"", tag(bytes));
        if asked.header("if-match").is_some_and(|wanted| wanted != tag) {
            return Self::failure(412, "PreconditionFailed");
        }
        let range = asked.header("range").and_then(|it| it.strip_prefix("bytes=")).and_then(|it| it.split_once('-'));
        let headers = vec![("etag", tag)];
        let Some((first, last)) = range else { return Self { status: 200, headers, body: bytes.to_vec() } };
        let first: usize = first.parse().expect("a number");
        if first >= bytes.len() {
            return Self::failure(416, "InvalidRange");
        }
        let end = (last.parse::<usize>().expect("a number") + 1).min(bytes.len());
        let range = ("content-range", format!("bytes {first}-{}/{}", end - 1, bytes.len()));
        let headers = headers.into_iter().chain([range]).collect();
        Self { status: 206, headers, body: bytes[first..end].to_vec() }
    }

    fn head(&self, is_head: bool) -> String {
        let mut text = format!("HTTP/1.1 {} Status\r\ncontent-length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if is_head && self.status >= 400 {
            return format!("HTTP/1.1 {} Status\r\ncontent-length: 0\r\n\r\n", self.status);
        }
        text + "\r\n"
    }
}
