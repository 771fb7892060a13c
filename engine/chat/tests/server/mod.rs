//! A server of our own on this machine, which answers as it is told: well, badly, late or not at all.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

/// What is done with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status with a body of JSON.
    Json(u16, String),
    /// The same with a line of head.
    With(u16, String, String),
    /// These bytes as they stand.
    Raw(Vec<u8>),
    /// So many bytes of an answer without end.
    Flood(usize),
    /// Nothing, while the connection stays.
    Stall,
    /// The beginning of an answer, and then nothing.
    StallInside,
    /// The connection is closed without an answer.
    Close,
    /// And in the middle of one.
    CloseInside,
}

impl Reply {
    /// A model says this.
    pub fn says(text: &str) -> Self {
        Self::ends(text, "stop")
    }

    /// A model says this and ends so.
    pub fn ends(text: &str, reason: &str) -> Self {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        Self::Json(
            200,
            format!(
                r#"{{"model": "test-model", "choices": [{{"index": 0, "message": {{"role": "assistant", "content": "{text}"}}, "finish_reason": "{reason}"}}]}}"#
            ),
        )
    }
}

/// A request that came.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Its first line, such as `POST /v1/chat/completions HTTP/1.1`.
    pub line: String,
    /// Its head, in lower case but for what it says.
    pub head: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Asked {
    /// A line of its head.
    pub fn head(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Says what is done with each request.
type Rule = Box<dyn FnMut(&Asked) -> Reply + Send>;

struct Shared {
    asked: Mutex<Vec<Asked>>,
    came: Condvar,
    rule: Mutex<Rule>,
    ends: AtomicBool,
}

/// The server; it ends when it is dropped.
pub struct ChatServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl ChatServer {
    /// Answers one after the other in this way, and all later ones as the last.
    pub fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        Self::answering(move |_| {
            let next = replies.front().cloned().unwrap_or(Reply::Close);
            if replies.len() > 1 {
                replies.pop_front();
            }
            next
        })
    }

    /// Answers each request as `rule` says, one after the other.
    pub fn answering(rule: impl FnMut(&Asked) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::new(Shared {
            asked: Mutex::default(),
            came: Condvar::new(),
            rule: Mutex::new(Box::new(rule)),
            ends: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            // Those that wait for ever are held until the end.
            let mut held = Vec::new();
            for stream in listener.incoming() {
                if of_thread.ends.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                held.extend(serve(stream, &of_thread));
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("no test panics in it").clone()
    }

    /// Waits until it was asked so often.
    pub fn wait_until_asked(&self, times: usize) {
        let asked = self.shared.asked.lock().expect("no test panics in it");
        drop(self.shared.came.wait_while(asked, |asked| asked.len() < times).expect("no test panics in it"));
    }
}

impl Drop for ChatServer {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        // Wakes it.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// An address at which nobody listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", listener.local_addr().expect("it has an address"))
}

/// Serves one request; the stream is given back where it is to stay open.
fn serve(mut stream: TcpStream, shared: &Shared) -> Option<TcpStream> {
    let asked = read(&stream)?;
    let reply = (shared.rule.lock().expect("no test panics in it"))(&asked);
    {
        let mut all = shared.asked.lock().expect("no test panics in it");
        all.push(asked);
        shared.came.notify_all();
    }
    let answer = |status: u16, more: &str, body: &str| {
        format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n{body}",
            body.len()
        )
        .into_bytes()
    };
    match reply {
        Reply::Json(status, body) => drop(stream.write_all(&answer(status, "", &body))),
        Reply::With(status, line, body) => drop(stream.write_all(&answer(status, &format!("{line}\r\n"), &body))),
        Reply::Raw(bytes) => drop(stream.write_all(&bytes)),
        Reply::Flood(bytes) => {
            let head = format!("HTTP/1.1 200 X\r\ncontent-length: {bytes}\r\n\r\n");
            let chunk = [b' '; 1 << 16];
            let mut left = bytes;
            let mut going = stream.write_all(head.as_bytes());
            while going.is_ok() && left > 0 {
                going = stream.write_all(&chunk[..left.min(chunk.len())]);
                left = left.saturating_sub(chunk.len());
            }
        }
        Reply::Stall => return Some(stream),
        Reply::StallInside => {
            drop(stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\n{\"choices\""));
            return Some(stream);
        }
        Reply::Close => {}
        Reply::CloseInside => drop(stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\n{\"choices\"")),
    }
    None
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut asked = Asked::default();
    reader.read_line(&mut asked.line).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        asked.head.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = asked.head("content-length").and_then(|it| it.parse().ok()).unwrap_or(0_u64);
    reader.take(length).read_to_string(&mut asked.body).ok()?;
    asked.line = asked.line.trim_end().to_owned();
    Some(asked)
}
