//! A file server on this machine that does right or wrong as it is told, one answer after the other.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How one request is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// As it should be: ranges, `If-Range`, length.
    Good,
    /// The whole file, whatever was asked for.
    IgnoreRange,
    /// As [`Answer::Good`], but the connection ends after so many bytes of the body.
    CutAfter(usize),
    /// As [`Answer::Good`], but nothing comes after so many bytes of the body.
    StallAfter(usize),
    /// As [`Answer::Good`], but from now on the file is another one, with another ETag.
    Become(Vec<u8>, &'static str),
    /// The whole file in chunks, without a length.
    Chunked,
    /// Chunks without an end.
    Endless,
    /// The whole file without length or chunks, ended by closing.
    UntilClose,
    /// The whole file with this length stated.
    StateLength(usize),
    /// A part with this `Content-Range`, whatever was asked for; the body is the file from the given byte on.
    Range(String, usize),
    /// Only a status and headers.
    Status(u16, Vec<(&'static str, String)>),
    /// The whole file with further headers.
    With(Vec<(&'static str, String)>),
    /// These bytes instead of an answer.
    Raw(Vec<u8>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method and address.
    pub line: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

struct State {
    file: Mutex<(Vec<u8>, &'static str)>,
    answers: Mutex<Vec<Answer>>,
    requests: Mutex<Vec<Request>>,
    waiting: AtomicUsize,
    is_over: AtomicBool,
}

/// A server that runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `body` under every address; the last answer is repeated.
    ///
    /// # Panics
    /// When this machine has no port left.
    pub fn start(body: &[u8], answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it was bound");
        let mut answers = answers.to_vec();
        answers.reverse();
        let state = Arc::new(State {
            file: Mutex::new((body.to_vec(), "\"one\"")),
            answers: Mutex::new(answers),
            requests: Mutex::default(),
            waiting: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&state);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if of_thread.is_over.load(Ordering::Relaxed) {
                    break;
                }
                let (Ok(stream), state) = (stream, Arc::clone(&of_thread)) else { continue };
                // A client that goes away in the middle is nothing unusual here.
                thread::spawn(move || serve(stream, &state).ok());
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Clients that wait for something that never comes.
    pub fn waiting(&self) -> usize {
        self.state.waiting.load(Ordering::Relaxed)
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn serve(mut stream: TcpStream, state: &State) -> std::io::Result<()> {
    let mut request = read_request(&mut stream)?;
    state.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    if request.line.starts_with("CONNECT ") {
        // As a proxy: what is behind it is this server again.
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        request = read_request(&mut stream)?;
        state.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    }
    let answer = {
        let mut answers = state.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() > 1 { answers.pop() } else { answers.last().cloned() }
    };
    let mut file = state.file.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(Answer::Become(body, etag)) = &answer {
        *file = (body.clone(), etag);
    }
    let (body, etag) = file.clone();
    drop(file);
    match answer.unwrap_or(Answer::Good) {
        Answer::Good | Answer::Become(..) => good(&mut stream, &request, &body, etag, usize::MAX),
        Answer::CutAfter(bytes) => good(&mut stream, &request, &body, etag, bytes),
        Answer::StallAfter(bytes) => {
            good(&mut stream, &request, &body, etag, bytes)?;
            stream.set_read_timeout(Some(Duration::from_millis(20)))?;
            state.waiting.fetch_add(1, Ordering::Relaxed);
            // Until the client has gone.
            while !state.is_over.load(Ordering::Relaxed) {
                match stream.read(&mut [0; 16]) {
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    _ => break,
                }
            }
            state.waiting.fetch_sub(1, Ordering::Relaxed);
            Ok(())
        }
        Answer::IgnoreRange => {
            whole(&mut stream, &[("ETag", etag), ("Content-Length", &body.len().to_string())], &body)
        }
        Answer::StateLength(length) => whole(&mut stream, &[("Content-Length", &length.to_string())], &body),
        Answer::UntilClose => whole(&mut stream, &[], &body),
        Answer::With(headers) => {
            let length = body.len().to_string();
            let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
            let headers: Vec<_> = headers.chain([("Content-Length", length.as_str())]).collect();
            whole(&mut stream, &headers, &body)
        }
        Answer::Chunked => {
            head(&mut stream, 200, &[("ETag", etag), ("Transfer-Encoding", "chunked")])?;
            body.chunks(10_000).try_for_each(|bytes| chunk(&mut stream, bytes))?;
            chunk(&mut stream, &[])
        }
        Answer::Endless => {
            head(&mut stream, 200, &[("ETag", etag), ("Transfer-Encoding", "chunked")])?;
            while !state.is_over.load(Ordering::Relaxed) {
                chunk(&mut stream, &body)?;
            }
            Ok(())
        }
        Answer::Range(range, from) => {
            let body = &body[from.min(body.len())..];
            let headers =
                [("ETag", etag), ("Content-Range", range.as_str()), ("Content-Length", &body.len().to_string())];
            head(&mut stream, 206, &headers)?;
            stream.write_all(body)
        }
        Answer::Status(status, headers) => {
            let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
            head(&mut stream, status, &headers.chain([("Content-Length", "0")]).collect::<Vec<_>>())
        }
        Answer::Raw(bytes) => stream.write_all(&bytes),
    }
}

fn read_request(stream: &mut TcpStream) -> std::io::Result<Request> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        text.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default().to_owned();
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
    Ok(Request { line, headers })
}

fn head(stream: &mut TcpStream, status: u16, headers: &[(&str, &str)]) -> std::io::Result<()> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    stream.write_all(format!("HTTP/1.1 {status} So\r\nConnection: close\r\n{headers}\r\n").as_bytes())
}

fn whole(stream: &mut TcpStream, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<()> {
    head(stream, 200, headers)?;
    stream.write_all(body)
}

fn chunk(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(format!("{:x}\r\n", bytes.len()).as_bytes())?;
    stream.write_all(bytes)?;
    stream.write_all(b"\r\n")
}

fn good(stream: &mut TcpStream, request: &Request, body: &[u8], etag: &str, most: usize) -> std::io::Result<()> {
    let is_same = request.header("if-range").is_none_or(|mark| mark == etag);
    let asked =
        request.header("range").and_then(|it| it.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let total = body.len();
    match asked.filter(|_| is_same) {
        Some(start) if start >= total => {
            head(stream, 416, &[("Content-Range", &format!("bytes */{total}")), ("Content-Length", "0")])
        }
        asked => {
            let start = asked.unwrap_or(0);
            let range = format!("bytes {start}-{}/{total}", total - 1);
            let length = (total - start).to_string();
            let mut headers = vec![("ETag", etag), ("Content-Length", &length)];
            if asked.is_some() {
                headers.push(("Content-Range", &range));
            }
            head(stream, if asked.is_some() { 206 } else { 200 }, &headers)?;
            let rest = &body[start..];
            stream.write_all(&rest[..most.min(rest.len())])
        }
    }
}
