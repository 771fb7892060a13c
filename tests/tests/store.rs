//! The model store against servers, disks and people that do everything wrong: what arrives is right, or it does not arrive.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hummingbird_engine::error::StoreError;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::progress::{Note, Progress, Silent};
use hummingbird_engine::weights::store::{Against, FileState, Got, Store, StoreOptions, Trust};
use hummingbird_tests::http_server::{Answer, Server};
use tempfile::TempDir;

/// Name of the file that all tests get, as model `m`.
const NAME: &str = "m.safetensors";

/// A models folder whose catalogue has one model.
struct Folder {
    folder: TempDir,
}

/// What the catalogue knows of the file.
#[derive(Clone, Copy, Default)]
struct Known {
    bytes: bool,
    sha256: bool,
}

const NOTHING: Known = Known { bytes: false, sha256: false };
const PINNED: Known = Known { bytes: false, sha256: true };
const SIZED: Known = Known { bytes: true, sha256: false };

/// What counts as at once where the alternative is a minute or more: a busy machine takes its time.
const AT_ONCE: Duration = Duration::from_secs(20);

/// Waits until something is so, and fails when it never is.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < AT_ONCE, "{what}: it never came to that");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Bytes that differ from place to place.
fn body() -> Vec<u8> {
    (0..300_000_u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn hash(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("bytes");
    fs::write(&path, bytes).expect("writable");
    Store::at(folder.path().join("models")).hash_of(&path).expect("readable")
}

impl Folder {
    fn new(known: Known) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (bytes, sha256) = (known.bytes.then(|| body().len()), known.sha256.then(|| hash(&body())));
        let json = serde_json::json!({"models": [{
            "id": "m", "repository": "me/m", "files": [{"path": NAME, "bytes": bytes, "sha256": sha256}],
            "licence": {"name": "Test-1.0", "url": "https://example.org/licence"}
        }]});
        fs::write(folder.path().join("catalogue.json"), json.to_string()).expect("writable");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Quick to give up, so that tests are.
    fn store(&self, url: &str) -> Store {
        Store::at(self.folder.path()).with(StoreOptions {
            endpoint: Some(url.to_owned()),
            stall_timeout: Duration::from_millis(150),
            first_wait: Duration::from_millis(1),
            ..StoreOptions::default()
        })
    }

    fn get(&self, server: &Server) -> Result<Vec<Got>, StoreError> {
        self.store(&server.url()).get("m", true, &mut Silent, &CancelToken::default())
    }

    /// Everything that a download leaves, hidden folders aside.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder is there");
        let names = entries.map(|it| it.expect("readable").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|it| it.starts_with(NAME) || it.starts_with(".h")).collect();
        names.sort();
        names
    }

    /// Wants the file whole, and nothing beside it.
    fn check_whole(&self, name: &str) {
        let found = fs::read(self.path(NAME)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(found == body(), "{name}: {} bytes arrived, and not the right ones", found.len());
        assert_eq!(self.files(), [NAME], "{name} left something");
    }
}

#[test]
fn whatever_servers_do_the_file_arrives_whole() {
    let good = Answer::Good;
    let busy = |status, after: &str| Answer::Status(status, vec![("Retry-After", after.to_owned())]);
    let cases: Vec<(&str, Known, Vec<Answer>, usize)> = vec![
        ("a good server", NOTHING, vec![good.clone()], 1),
        ("a good server, size known", SIZED, vec![good.clone()], 1),
        ("a good server, hash known", PINNED, vec![good.clone()], 1),
        (
            "cut three times",
            NOTHING,
            vec![Answer::CutAfter(70_000), Answer::CutAfter(1), Answer::CutAfter(100_000), good.clone()],
            4,
        ),
        ("cut before the first byte", NOTHING, vec![Answer::CutAfter(0), good.clone()], 2),
        ("cut in ever smaller pieces", NOTHING, [vec![Answer::CutAfter(40_000); 7], vec![good.clone()]].concat(), 8),
        ("ranges ignored", NOTHING, vec![Answer::CutAfter(70_000), Answer::IgnoreRange], 2),
        ("silence", NOTHING, vec![Answer::StallAfter(50_000), good.clone()], 2),
        ("silence before the head", NOTHING, vec![Answer::Raw(Vec::new()), good.clone()], 2),
        ("chunks", NOTHING, vec![Answer::Chunked], 1),
        ("no length, but the hash is known", PINNED, vec![Answer::UntilClose], 1),
        ("a length that is too long, once", NOTHING, vec![Answer::StateLength(300_001), good.clone()], 2),
        (
            "a range that begins elsewhere",
            NOTHING,
            vec![Answer::CutAfter(9), Answer::Range("bytes 8-299999/300000".into(), 8), good.clone()],
            3,
        ),
        (
            "a range of a longer file",
            NOTHING,
            vec![Answer::CutAfter(9), Answer::Range("bytes 9-300000/300001".into(), 9), good.clone()],
            3,
        ),
        (
            "a range without place",
            NOTHING,
            vec![Answer::CutAfter(9), Answer::Range("pieces".into(), 9), good.clone()],
            3,
        ),
        ("a range that cannot be", NOTHING, vec![Answer::CutAfter(9), busy(416, "0"), good.clone()], 3),
        ("too many requests", NOTHING, vec![busy(429, "0"), good.clone()], 2),
        ("trouble, then not", NOTHING, vec![busy(500, "x"), busy(503, "0"), good.clone()], 3),
        ("nonsense, then not", NOTHING, vec![Answer::Raw(b"\x00\xff nonsense\r\n\r\n".to_vec()), good.clone()], 2),
        (
            "cut chunks",
            NOTHING,
            vec![Answer::Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe".to_vec()), good.clone()],
            2,
        ),
        (
            "bad chunks",
            NOTHING,
            vec![Answer::Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec()), good],
            2,
        ),
        (
            "the hub's own hash",
            NOTHING,
            vec![Answer::With(vec![("X-Linked-ETag", format!("\"{}\"", hash(&body())))])],
            1,
        ),
    ];
    for (name, known, answers, requests) in cases {
        let folder = Folder::new(known);
        let server = Server::start(&body(), &answers);
        let got = folder.get(&server).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((got[0].bytes, got[0].sha256.as_str(), got[0].was_here), (300_000, hash(&body()).as_str(), false));
        folder.check_whole(name);
        assert_eq!(server.requests().len(), requests, "{name}: {:#?}", server.requests());
    }
}

#[test]
fn what_is_wrong_never_gets_the_final_name() {
    let other: Vec<u8> = body().iter().map(|it| it ^ 1).collect();
    let html = || vec![("Content-Type", "text/html; charset=utf-8".to_owned())];
    let cases = [
        ("a changed file", PINNED, other.clone(), vec![Answer::Good], "was removed: get it again", false),
        (
            "a hash that the hub contradicts",
            NOTHING,
            other,
            vec![Answer::With(vec![("X-Linked-ETag", hash(&body()))])],
            "was removed",
            false,
        ),
        (
            "a longer file",
            SIZED,
            vec![0; 300_001],
            vec![Answer::Good],
            "should have 300000 bytes and has 300001",
            false,
        ),
        (
            "a shorter file",
            SIZED,
            vec![0; 299_999],
            vec![Answer::Good],
            "should have 300000 bytes and has 299999",
            false,
        ),
        ("a length too short", PINNED, body(), vec![Answer::StateLength(200_000)], "SHA-256", false),
        ("a length too long, always", NOTHING, body(), vec![Answer::StateLength(300_001)], "nothing was kept", false),
        ("endless chunks", SIZED, body(), vec![Answer::Endless], "should have 300000 bytes and has", false),
        ("no end to be seen", NOTHING, body(), vec![Answer::UntilClose], "does not say how long the file is", false),
        ("nothing", NOTHING, vec![], vec![Answer::StateLength(0)], "the file was empty", false),
        (
            "cut at the same place, always",
            NOTHING,
            body(),
            [vec![Answer::CutAfter(70_000)], vec![Answer::CutAfter(0); 9]].concat(),
            "after 5 attempts",
            true,
        ),
        ("silence, always", NOTHING, body(), vec![Answer::StallAfter(0)], "nothing came for 0.15 s", false),
        (
            "a part without being asked",
            NOTHING,
            body(),
            vec![Answer::Range("bytes 0-299999/300000".into(), 0)],
            "sends a part",
            false,
        ),
        ("a login page", NOTHING, body(), vec![Answer::With(html())], "sent a web page", false),
        (
            "coded",
            NOTHING,
            body(),
            vec![Answer::With(vec![("Content-Encoding", "gzip".to_owned())])],
            "coded as gzip",
            false,
        ),
        (
            "status 401",
            NOTHING,
            body(),
            vec![Answer::Status(401, vec![])],
            "is not open to everyone (status 401)",
            false,
        ),
        (
            "status 403",
            NOTHING,
            body(),
            vec![Answer::Status(403, vec![])],
            "is not open to everyone (status 403)",
            false,
        ),
        ("status 404", NOTHING, body(), vec![Answer::Status(404, vec![])], "does not exist (status 404)", false),
        ("status 418", NOTHING, body(), vec![Answer::Status(418, vec![])], "answered with status 418", false),
        ("status 500, always", NOTHING, body(), vec![Answer::Status(500, vec![])], "has trouble (status 500)", false),
        (
            "nonsense, always",
            NOTHING,
            body(),
            vec![Answer::Raw(b"\x1b[2J\r\n\r\n".to_vec())],
            "after 5 attempts",
            false,
        ),
        ("a head without end", NOTHING, body(), vec![Answer::Raw(vec![b'x'; 200_000])], "", false),
        (
            "a redirect in circles",
            NOTHING,
            body(),
            vec![Answer::Status(302, vec![("Location", "/a".to_owned())])],
            "redirects",
            false,
        ),
        (
            "a redirect to a file",
            NOTHING,
            body(),
            vec![Answer::Status(302, vec![("Location", "file:///etc/passwd".to_owned())])],
            "cannot be reached",
            false,
        ),
    ];
    for (name, known, body, answers, words, keeps_part) in cases {
        let folder = Folder::new(known);
        let server = Server::start(&body, &answers);
        let error = folder.get(&server).expect_err(name).to_string();
        assert!(error.contains(words), "{name}: {words:?} is missing in {error}");
        assert!(!error.contains('\x1b'), "{name}: a terminal would obey {error:?}");
        assert!(!folder.path(NAME).exists(), "{name}: the file got its final name");
        let part = fs::metadata(folder.path("m.safetensors.part")).map_or(0, |part| part.len());
        assert_eq!(part > 0, keeps_part, "{name}: the part has {part} bytes");
        assert_eq!(folder.files().is_empty(), !keeps_part, "{name} left {:?}", folder.files());
    }
}

#[test]
fn a_download_goes_on_after_the_process_was_killed() {
    let folder = Folder::new(NOTHING);
    let server = Server::start(&body(), &[Answer::StallAfter(100_000), Answer::Good]);
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    let mut report = |progress: Progress| {
        if progress.done >= 100_000 {
            stop.cancel();
        }
    };
    let error = folder.store(&server.url()).get("m", true, &mut report, &cancel).expect_err("it was stopped");
    assert!(matches!(error, StoreError::Cancelled(_)), "{error}");
    let listed = folder.store("").list();
    let state = |id: &str| {
        let found = listed.iter().find(|it| it.entry.as_ref().is_some_and(|entry| entry.id == id));
        found.expect("in the catalogue").files[0].state.clone()
    };
    assert_eq!((state("m"), state("taesd")), (FileState::Partial { bytes: 100_000 }, FileState::Missing));

    // A new process: nothing but the folder is left.
    let got = folder.get(&server).expect("the rest comes");
    assert_eq!(got[0].bytes, 300_000);
    folder.check_whole("after a kill");
    let second = &server.requests()[1];
    assert_eq!((second.header("range"), second.header("if-range")), (Some("bytes=100000-"), Some("\"one\"")));
    assert_eq!(second.header("user-agent"), Some(concat!("hummingbird/", env!("CARGO_PKG_VERSION"))));
    assert!(second.line.starts_with("GET /me/m/resolve/main/m.safetensors "), "{}", second.line);
}

#[test]
fn versions_are_never_mixed() {
    let new: Vec<u8> = body().iter().map(|it| it.wrapping_add(1)).collect();
    // The file changes between two attempts: the server sends all of the new one, or a part of it by mistake.
    let mistake = vec![Answer::CutAfter(70_000), Answer::Become(new.clone(), "\"two\"")];
    let folder = Folder::new(NOTHING);
    let server = Server::start(&body(), &mistake);
    folder.get(&server).expect("the new file");
    assert!(fs::read(folder.path(NAME)).expect("it is there") == new, "two versions were mixed");

    let folder = Folder::new(NOTHING);
    let wrong_part = Answer::Raw(
        [
            b"HTTP/1.1 206 So\r\nETag: \"two\"\r\nContent-Range: bytes 70000-299999/300000\r\nContent-Length: 230000\r\n\r\n",
            &new[70_000..],
        ]
        .concat(),
    );
    let server = Server::start(&body(), &[Answer::CutAfter(70_000), wrong_part, Answer::Good]);
    folder.get(&server).expect("the old file");
    folder.check_whole("a part of another version");

    // A part that nobody can vouch for, and one of another address.
    for notes in [None, Some("{\"url\": \"https://elsewhere.org/m\", \"etag\": \"\\\"one\\\"\"}"), Some("{ damaged")] {
        let folder = Folder::new(NOTHING);
        fs::write(folder.path("m.safetensors.part"), &new[..1000]).expect("writable");
        if let Some(notes) = notes {
            fs::write(folder.path("m.safetensors.part.json"), notes).expect("writable");
        }
        let server = Server::start(&body(), &[Answer::Good]);
        folder.get(&server).expect("all of it");
        folder.check_whole("a part of unknown origin");
        assert_eq!(server.requests()[0].header("range"), None, "{notes:?}");
    }

    // Even one of the right length.
    let folder = Folder::new(SIZED);
    fs::write(folder.path("m.safetensors.part"), &new).expect("writable");
    fs::write(folder.path("m.safetensors.part.json"), "{\"url\": \"https://elsewhere.org/m\"}").expect("writable");
    folder.get(&Server::start(&body(), &[Answer::Good])).expect("all of it");
    folder.check_whole("a whole part of another address");
}

#[test]
fn another_endpoint_goes_on_where_the_hash_is_pinned() {
    let folder = Folder::new(PINNED);
    let [one, two] = [vec![Answer::CutAfter(90_000), Answer::Status(404, vec![])], vec![Answer::Good]]
        .map(|answers| Server::start(&body(), &answers));
    folder.get(&one).expect_err("it has gone");
    folder.get(&two).expect("the rest");
    folder.check_whole("from two servers");
    assert_eq!((two.requests()[0].header("range"), two.requests()[0].header("if-range")), (Some("bytes=90000-"), None));
}

#[test]
fn a_whole_part_is_only_renamed() {
    let folder = Folder::new(PINNED);
    let server = Server::start(&body(), &[Answer::Status(500, vec![])]);
    fs::write(folder.path("m.safetensors.part"), body()).expect("writable");
    let url = format!("{}/me/m/resolve/main/m.safetensors", server.url());
    let notes = serde_json::json!({"url": url, "etag": "\"one\"", "total": 300_000});
    fs::write(folder.path("m.safetensors.part.json"), notes.to_string()).expect("writable");
    folder.get(&server).expect("it was whole");
    folder.check_whole("a whole part");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_file_with_an_address_of_its_own_comes_from_there() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let other: Vec<u8> = body().iter().map(|it| it.wrapping_add(1)).collect();
    let hub = Server::start(&body(), &[]);
    let [first, second] = [body(), other].map(|file| Server::start(&file, &[Answer::Good]));
    let path = folder.path().join("DOVER-Mobile.pth");
    // The built-in entry with another address, as nothing of the network is asked here.
    let got_from = |server: &Server| {
        let url = format!("{}/releases/v1/DOVER-Mobile.pth", server.url());
        let list = serde_json::json!({"models": [{"id": "dover-mobile", "files": [{"path": "DOVER-Mobile.pth", "url": url}]}]});
        fs::write(folder.path().join("catalogue.json"), list.to_string()).expect("writable");
        let store = Store::at(folder.path()).with_endpoint(Some(hub.url()));
        store.get("dover-mobile", true, &mut Silent, &CancelToken::default())
    };
    let got = got_from(&first).expect("the file");
    assert_eq!((&got[0].path, &got[0].sha256), (&path, &hash(&body())));
    assert!(first.requests()[0].line.starts_with("GET /releases/v1/DOVER-Mobile.pth "), "{:?}", first.requests());
    assert_eq!(hub.requests().len(), 0, "the hub has nothing to do with it");
    // Nobody published its hash, so the first get is remembered: another file under that name is refused.
    fs::remove_file(&path).expect("it is there");
    got_from(&second).expect_err("another file");
    assert!(!path.exists());
}

#[test]
fn redirects_and_proxies_lead_to_the_file() {
    let folder = Folder::new(NOTHING);
    let target = Server::start(&body(), &[Answer::CutAfter(70_000), Answer::Good]);
    let headers = vec![
        ("Location", format!("{}/cdn/x?signed=1", target.url())),
        ("X-Linked-ETag", format!("\"{}\"", hash(&body()))),
    ];
    let hub = Server::start(
        b"",
        &[
            Answer::Status(302, headers.clone()),
            Answer::Status(307, vec![("Location", "/again".into())]),
            Answer::Status(302, headers),
        ],
    );
    folder.get(&hub).expect("it is behind the redirect");
    folder.check_whole("redirects");
    assert_eq!(target.requests()[1].header("range"), Some("bytes=70000-"));

    let folder = Folder::new(NOTHING);
    let proxy = Server::start(&body(), &[Answer::Good]);
    let store = folder.store("http://models.invalid:8080");
    let options = StoreOptions {
        endpoint: Some("http://models.invalid:8080".to_owned()),
        proxy: Some(proxy.url()),
        ..StoreOptions::default()
    };
    store.with(options).get("m", true, &mut Silent, &CancelToken::default()).expect("the proxy knows the way");
    folder.check_whole("a proxy");
    assert!(proxy.requests()[0].line.starts_with("CONNECT models.invalid:8080"), "{}", proxy.requests()[0].line);
}

#[test]
fn cancel_ends_a_silence_at_once() {
    for answer in [Answer::StallAfter(10), Answer::StallAfter(0)] {
        let folder = Folder::new(NOTHING);
        let server = Server::start(&body(), &[answer]);
        let cancel = CancelToken::default();
        let store = folder.store(&server.url()).with(StoreOptions {
            endpoint: Some(server.url()),
            stall_timeout: Duration::from_secs(60),
            ..StoreOptions::default()
        });
        let took = std::thread::scope(|scope| {
            let stopper = scope.spawn(|| {
                // The silence has begun: the server has said all that it will.
                until("the server is asked", || server.waiting() > 0);
                cancel.cancel();
                Instant::now()
            });
            let error = store.get("m", true, &mut Silent, &cancel).expect_err("it was stopped");
            assert!(matches!(error, StoreError::Cancelled(_)), "{error}");
            stopper.join().expect("it cancels").elapsed()
        });
        assert!(took < AT_ONCE, "the stop took {took:?}");
        until("the connection is closed", || server.waiting() == 0);
    }
}

#[test]
fn cancel_ends_a_wait_at_once() {
    let folder = Folder::new(NOTHING);
    let server = Server::start(&body(), &[Answer::Status(429, vec![("Retry-After", "3600".to_owned())])]);
    let cancel = CancelToken::default();
    let (stop, mut waits) = (cancel.clone(), None);
    let mut report = |progress: Progress| {
        if let Some(Note::Waiting { secs, .. }) = progress.note {
            waits = Some(secs);
            stop.cancel();
        }
    };
    let start = Instant::now();
    let error = folder.store(&server.url()).get("m", true, &mut report, &cancel).expect_err("it was stopped");
    assert!(matches!(error, StoreError::Cancelled(_)) && start.elapsed() < AT_ONCE, "{error}");
    assert_eq!(waits, Some(300.0), "a server cannot make us wait for an hour");
}

#[test]
fn a_full_disk_says_how_much_is_needed_and_keeps_the_part() {
    let folder = Folder::new(NOTHING);
    let server = Server::start(&body(), &[Answer::CutAfter(70_000), Answer::Good]);
    let free = Arc::new(AtomicU64::new(1 << 40));
    let probe = Arc::clone(&free);
    let with = |url: String| {
        let probe = Arc::clone(&probe);
        folder.store(&url).with(StoreOptions {
            endpoint: Some(url),
            first_wait: Duration::from_millis(1),
            free_space: Arc::new(move |_| Ok(probe.load(Ordering::Relaxed))),
            ..StoreOptions::default()
        })
    };
    let mut fill = |progress: Progress| {
        if progress.done > 0 {
            free.store(12_345, Ordering::Relaxed);
        }
    };
    let store = with(server.url());
    let error = store.get("m", true, &mut fill, &CancelToken::default()).expect_err("the disk is full");
    let StoreError::DiskFull { needed_bytes: needed, free_bytes: found, .. } = error else {
        panic!("another error: {error}")
    };
    assert_eq!((needed, found), (230_000 + (64 << 20), 12_345));
    assert_eq!(fs::metadata(folder.path("m.safetensors.part")).expect("kept").len(), 70_000);
    probe.store(1 << 40, Ordering::Relaxed);
    store.get("m", true, &mut Silent, &CancelToken::default()).expect("there is room again");
    folder.check_whole("a full disk");
}

#[test]
fn one_file_is_got_once_at_a_time() {
    let folder = Folder::new(NOTHING);
    let server = Server::start(&body(), &[Answer::StallAfter(10), Answer::Good]);
    let store = folder.store(&server.url()).with(StoreOptions {
        endpoint: Some(server.url()),
        stall_timeout: Duration::from_secs(60),
        ..StoreOptions::default()
    });
    let cancel = CancelToken::default();
    let (first, of_thread) = (store.clone(), cancel.clone());
    let (sender, started) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let mut report = |progress: Progress| {
            if progress.done > 0 {
                sender.send(()).ok();
            }
        };
        first.get("m", true, &mut report, &of_thread)
    });
    started.recv().expect("the first one runs");
    let error = store.get("m", true, &mut Silent, &CancelToken::default()).expect_err("the first one runs");
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    assert!(matches!(store.delete("m"), Err(StoreError::Busy { .. })));
    cancel.cancel();
    thread.join().expect("it was stopped").expect_err("it was stopped");
    store.get("m", true, &mut Silent, &CancelToken::default()).expect("nobody else is there");
    folder.check_whole("two gets");
}

#[test]
fn the_licence_comes_first_and_is_remembered() {
    let folder = Folder::new(NOTHING);
    let server = Server::start(&body(), &[Answer::Good]);
    let store = folder.store(&server.url());
    let get = |accepted| store.get("m", accepted, &mut Silent, &CancelToken::default());
    let error = get(false).expect_err("nobody accepted it");
    assert!(error.to_string().contains("under Test-1.0 (https://example.org/licence)"), "{error}");
    assert_eq!((server.requests().len(), folder.files()), (0, vec![]));
    get(true).expect("accepted");
    store.delete(NAME).expect("it is there");
    get(false).expect("it was accepted before");
    let error = store.get("x", true, &mut Silent, &CancelToken::default()).expect_err("unknown");
    assert!(error.to_string().contains("hummingbird-0.7b"), "{error}");
}

#[test]
fn files_are_checked_against_what_is_known_of_them() {
    let (folder, server) = (Folder::new(NOTHING), Server::start(&body(), &[Answer::Good]));
    let store = folder.store(&server.url());
    let verify = |name: &str| store.verify(name, &mut Silent, &CancelToken::default());
    folder.get(&server).expect("a good server");
    assert_eq!(verify(NAME).expect("whole")[0].against, Against::FirstGet);
    let present = |store: &Store| {
        let files = store.list().into_iter().flat_map(|it| it.files);
        files.filter(|it| it.name == NAME).map(|it| it.state).next().expect("listed")
    };
    assert!(matches!(present(&store), FileState::Present { trust: Trust::Right, .. }));

    // A byte turns.
    let mut bytes = body();
    bytes[7] ^= 1;
    fs::write(folder.path(NAME), &bytes).expect("writable");
    assert!(matches!(present(&store), FileState::Present { trust: Trust::Unknown, sha256: None, .. }));
    let error = verify("m").expect_err("it is damaged").to_string();
    assert!(error.contains(&hash(&body())) && error.contains("remove it and get it again"), "{error}");
    assert!(matches!(folder.get(&server), Err(StoreError::WrongFile { .. })));
    assert!(matches!(present(&store), FileState::Present { trust: Trust::Wrong, .. }));

    // A file that the user brought.
    fs::write(folder.path("mine.pt"), "mine").expect("writable");
    assert_eq!(verify("mine.pt").expect("readable")[0].against, Against::Nothing);
    let names: Vec<_> =
        store.list().into_iter().filter(|it| it.entry.is_none()).map(|it| it.files[0].name.clone()).collect();
    assert_eq!(names, ["mine.pt"]);
    for name in ["none.pt", "../mine.pt", "index.json", "taesd", ""] {
        assert!(verify(name).is_err() && store.remove(name).is_err() && store.delete(name).is_err(), "{name:?}");
    }

    // One that is already here and right is not got again.
    let (folder, server) = (Folder::new(PINNED), Server::start(&body(), &[Answer::Good]));
    fs::write(folder.path(NAME), body()).expect("writable");
    assert!(folder.get(&server).expect("it is here")[0].was_here);
    assert_eq!(server.requests().len(), 0);
    assert_eq!(
        folder.store("").verify("m", &mut Silent, &CancelToken::default()).expect("right")[0].against,
        Against::Catalogue
    );
}

#[test]
fn removed_files_come_back_until_they_are_deleted() {
    let (folder, server) = (Folder::new(NOTHING), Server::start(&body(), &[Answer::Good]));
    let store = folder.store(&server.url());
    folder.get(&server).expect("a good server");
    assert_eq!(store.remove("m").expect("it is there"), [NAME]);
    assert_eq!(folder.files(), Vec::<String>::new());
    store.restore(NAME).expect("an undo");
    folder.check_whole("an undo");
    assert!(matches!(
        store.list().iter().flat_map(|it| &it.files).find(|it| it.name == NAME).expect("listed").state,
        FileState::Present { trust: Trust::Right, .. }
    ));
    store.remove(NAME).expect("it is there");
    fs::write(folder.path(NAME), "new").expect("writable");
    assert!(matches!(store.restore(NAME), Err(StoreError::Taken { .. })));
    store.delete(NAME).expect("it is there");
    store.restore(NAME).expect("the first one still waits");
    store.remove(NAME).expect("it is there");
    store.empty_removed().expect("writable");
    assert!(matches!(store.restore(NAME), Err(StoreError::NotHere { .. })));
    store.empty_removed().expect("nothing to do");
}

#[test]
fn hashes_are_computed_once_and_a_damaged_index_is_made_anew() {
    let folder = Folder::new(NOTHING);
    let store = folder.store("");
    let (inside, outside) = (folder.path("a.pt"), tempfile::NamedTempFile::new().expect("a temporary file"));
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for path in [inside.as_path(), outside.path()] {
        fs::write(path, "abc").expect("writable");
        assert_eq!(store.hash_of(path).expect("readable"), abc);
        // The same size and time: the file is not read again.
        let time = fs::metadata(path).and_then(|it| it.modified()).expect("readable");
        fs::write(path, "xyz").expect("writable");
        fs::File::options().write(true).open(path).and_then(|it| it.set_modified(time)).expect("writable");
        assert_eq!(store.hash_of(path).expect("readable"), abc);
        fs::write(path, "abcd").expect("writable");
        assert!(store.hash_of(path).expect("readable") != abc, "a changed file was not read again");
    }
    for damage in ["", "{", "[1]", "{\"files\": 3}"] {
        fs::write(folder.path("index.json"), damage).expect("writable");
        assert_eq!(store.list().iter().filter(|it| it.entry.is_none()).count(), 1, "{damage:?}");
        store.hash_of(&inside).expect("readable");
        let index: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.path("index.json")).expect("written")).expect("whole again");
        assert!(index["hashes"]["a.pt"]["sha256"].is_string(), "{index}");
    }
    assert!(store.hash_of(&folder.path("none.pt")).is_err());
}

#[test]
fn the_endpoint_comes_from_options_settings_or_is_the_hub() {
    let folder = Folder::new(NOTHING);
    let store = Store::at(folder.path(""));
    assert_eq!(store.endpoint().expect("built in"), "https://huggingface.co");
    let server = Server::start(&body(), &[Answer::Good]);
    fs::write(folder.path("settings.json"), serde_json::json!({"endpoint": server.url()}).to_string())
        .expect("writable");
    store.get("m", true, &mut Silent, &CancelToken::default()).expect("from the server of the settings");
    folder.check_whole("settings");
    assert_eq!(store.clone().with_endpoint(Some("http://a".into())).endpoint().expect("given"), "http://a");
    for (settings, words) in
        [("{\n\"end\": 1}", "line 2"), ("{\"endpoint\": \"nowhere\"}", "\"nowhere\" is no address")]
    {
        fs::write(folder.path("settings.json"), settings).expect("writable");
        let error = store.endpoint().expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(store.find("m"), Some(folder.path(NAME)));
    assert_eq!(store.find(NAME), Some(folder.path(NAME)));
    assert_eq!(store.find("../m"), None);
}
