use std::time::Duration;

use hummingbird_base::CancelToken;

use super::test_server::{TestStore, Trouble};
use super::*;

const PART: u64 = 1000;

fn options() -> StoreOptions {
    StoreOptions {
        part_bytes: PART,
        retries: 3,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(4),
        stall: Duration::from_millis(300),
    }
}

fn client(server: &TestStore) -> ObjectStore {
    ObjectStore::new(server.settings(), options())
}

fn address(text: &str) -> ObjectAddress {
    ObjectAddress::parse(text).expect(text)
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|it| (it * 31 % 251) as u8).collect()
}

#[test]
fn what_is_sent_comes_back_at_every_size() {
    let (server, cancel) = (TestStore::start(), CancelToken::default());
    let (store, folder) = (client(&server), tempfile::tempdir().expect("a temporary folder"));
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    for count in [0, 1, 999, 1000, 1001, 2000, 4321] {
        let content = bytes(count);
        std::fs::write(&from, &content).expect("writable");
        let address = address(&format!("s3://clips/a folder/ä+b {count}.mp4"));
        assert_eq!(store.find(&address, &cancel).expect("it answers"), None);
        assert_eq!(store.send(&from, &address, &cancel).expect("it is sent"), count as u64);
        let info = store.find(&address, &cancel).expect("it answers").expect("it is there");
        assert_eq!(info.bytes, count as u64);
        assert_eq!(store.fetch(&address, &to, 1 << 20, &cancel).expect("it comes"), count as u64);
        assert_eq!(std::fs::read(&to).expect("written"), content, "{count}");
    }
    let held = server.held();
    assert!(held.uploads.is_empty(), "every upload was ended");
    assert_eq!(held.asked.iter().filter(|it| it.contains("partNumber=")).count(), 2 + 2 + 5);
}

#[test]
fn passing_troubles_cost_attempts_and_nothing_else() {
    let (server, cancel) = (TestStore::start(), CancelToken::default());
    let (store, folder) = (client(&server), tempfile::tempdir().expect("a temporary folder"));
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    let content = bytes(3500);
    std::fs::write(&from, &content).expect("writable");
    let clip = address("s3://clips/a.mp4");
    let troubles = [Trouble::None, Trouble::Status(503), Trouble::Stall, Trouble::None, Trouble::Status(429)];
    server.held().troubles = troubles.into();
    store.send(&from, &clip, &cancel).expect("it is sent in the end");
    assert_eq!(server.held().objects["clips/a.mp4"], content);
    server.held().troubles = [Trouble::BreakOff, Trouble::None, Trouble::Status(500), Trouble::Stall].into();
    store.fetch(&clip, &to, 1 << 20, &cancel).expect("it comes in the end");
    assert_eq!(std::fs::read(&to).expect("written"), content);
}

#[test]
fn lasting_troubles_are_told_and_leave_nothing() {
    let (server, cancel) = (TestStore::start(), CancelToken::default());
    let (store, folder) = (client(&server), tempfile::tempdir().expect("a temporary folder"));
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    std::fs::write(&from, bytes(2500)).expect("writable");
    let clip = address("s3://clips/a.mp4");
    let missing = store.fetch(&clip, &to, 1 << 20, &cancel).expect_err("it is not there");
    assert!(matches!(missing, ObjectError::Missing { .. }), "{missing}");
    // The upload begins, and then nothing works any more: what was begun is taken back.
    server.held().troubles = [Trouble::None].into_iter().chain([Trouble::Status(500); 4]).collect();
    let broken = store.send(&from, &clip, &cancel).expect_err("no part arrives");
    assert!(matches!(broken, ObjectError::Status { status: 500, .. }), "{broken}");
    server.held().troubles = [Trouble::None, Trouble::None, Trouble::None, Trouble::None, Trouble::FailAtEnd].into();
    let late = store.send(&from, &clip, &cancel).expect_err("it fails under a good status");
    assert!(late.to_string().contains("InternalError: it did not work"), "{late}");
    {
        let held = server.held();
        assert!(held.uploads.is_empty() && held.objects.is_empty(), "nothing is left in the store");
    }
    store.send(&from, &clip, &cancel).expect("it works again");
    server.held().troubles = [Trouble::None].into_iter().chain([Trouble::BreakOff; 4]).collect();
    let broken = store.fetch(&clip, &to, 1 << 20, &cancel).expect_err("it breaks off for ever");
    assert!(matches!(broken, ObjectError::Unreachable { .. }), "{broken}");
    let large = store.fetch(&clip, &to, 2000, &cancel).expect_err("too large");
    assert!(matches!(large, ObjectError::TooLarge { bytes: 2500, most_bytes: 2000, .. }), "{large}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").flatten().collect();
    assert_eq!(left.len(), 1, "no half of a file: {left:?}");
}

#[test]
fn wrong_keys_and_no_server_say_what_to_do() {
    let (server, cancel) = (TestStore::start(), CancelToken::default());
    let mut settings = server.settings();
    settings.credentials = Some(rusty_s3::Credentials::new("somebody", "else"));
    let error = ObjectStore::new(settings, options()).find(&address("s3://clips/a"), &cancel);
    let error = error.expect_err("refused");
    assert!(matches!(error, ObjectError::Refused { status: 403, .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("AWS_SECRET_ACCESS_KEY") && !said.contains("else"), "{said}");
    let mut settings = server.settings();
    // A port that nobody listens at: the one of a listener that is gone.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
    settings.endpoint = url::Url::parse(&format!("http://127.0.0.1:{port}")).ok();
    let error = ObjectStore::new(settings, options()).find(&address("s3://clips/a"), &cancel);
    let error = error.expect_err("nobody is there");
    assert!(error.to_string().contains("AWS_ENDPOINT_URL"), "{error}");
}

#[test]
fn an_object_that_changes_meanwhile_is_not_mixed() {
    let (server, cancel) = (TestStore::start(), CancelToken::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    server.held().objects.insert("clips/a".to_owned(), bytes(2500));
    let store = client(&server);
    // The second part is asked for with the tag of the first, so whatever changes the object between them is seen.
    server.held().troubles = [Trouble::None, Trouble::Stall].into();
    let handle = std::thread::spawn(move || {
        loop {
            let mut held = server.held();
            if held.asked.len() >= 2 {
                held.objects.insert("clips/a".to_owned(), vec![7; 2500]);
                return;
            }
            drop(held);
            std::thread::yield_now();
        }
    });
    let fetched = store.fetch(&address("s3://clips/a"), &folder.path().join("to"), 1 << 20, &cancel);
    handle.join().expect("it changed the object");
    let error = fetched.expect_err("it is another object now");
    assert!(matches!(error, ObjectError::Changed { .. }), "{error}");
}

#[test]
fn a_cancel_ends_a_request_that_stands_still() {
    let (server, cancel) = (TestStore::start(), CancelToken::default());
    let mut options = options();
    // Without the cancel the test would last as long as this.
    options.stall = Duration::from_secs(3600);
    let store = ObjectStore::new(server.settings(), options);
    server.held().troubles = [Trouble::Stall].into();
    let token = cancel.clone();
    let handle = std::thread::spawn(move || {
        while server.held().asked.is_empty() {
            std::thread::yield_now();
        }
        token.cancel();
    });
    let error = store.find(&address("s3://clips/a"), &cancel).expect_err("cancelled");
    handle.join().expect("it cancelled");
    assert!(matches!(error, ObjectError::Cancelled(_)), "{error}");
}

#[test]
fn objects_of_a_front_are_listed_by_key() {
    let (server, cancel) = (TestStore::start(), CancelToken::default());
    for name in ["clips/b/2.mp4", "clips/b/1.mp4", "clips/c/3.mp4", "other/b/4.mp4"] {
        server.held().objects.insert(name.to_owned(), vec![0; 3]);
    }
    let found = client(&server).list(&address("s3://clips/b/"), &cancel).expect("a list");
    let found: Vec<(String, u64)> = found.into_iter().map(|it| (it.address.to_string(), it.bytes)).collect();
    assert_eq!(found, [("s3://clips/b/1.mp4".to_owned(), 3), ("s3://clips/b/2.mp4".to_owned(), 3)]);
}

#[test]
fn places_are_files_or_objects() {
    use crate::manifest::Row;
    let (server, cancel) = (TestStore::start(), CancelToken::default());
    let places = Places::of_store(client(&server));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = Place::File(folder.path().join("a.csv"));
    let object = Place::parse("s3://clips/m/a.csv".as_ref()).expect("an address");
    for place in [&file, &object] {
        places
            .make(place, &cancel, |path| {
                std::fs::write(path, b"x").expect("writable");
                Ok::<_, ObjectError>(())
            })
            .expect("made");
        assert!(places.exists(place, &cancel).expect("it answers"));
        let copy = places.local(place, &cancel).expect("readable");
        assert_eq!(std::fs::read(&*copy).expect("it is there"), b"x");
        assert_eq!(copy.extension(), Some("csv".as_ref()));
        let path = copy.to_owned();
        drop(copy);
        assert_eq!(path.exists(), *place == file, "a copy goes, a file stays");
    }
    let row = |path: &str| Row { path: path.to_owned(), ..Row::default() };
    let of = |folder: &Place, path: &str| folder.of_row(&row(path)).expect("a place").to_string();
    assert_eq!(of(&object.folder(), "b/c.mp4"), "s3://clips/m/b/c.mp4");
    assert_eq!(of(&object.folder(), "s3://x/c.mp4"), "s3://x/c.mp4");
    assert_eq!(of(&file.folder(), "s3://x/c.mp4"), "s3://x/c.mp4");
    assert_eq!(Place::File(folder.path().join("b/c.mp4")).text(&file.folder()), "b/c.mp4");
    assert_eq!(object.text(&file.folder()), "s3://clips/m/a.csv");
}
