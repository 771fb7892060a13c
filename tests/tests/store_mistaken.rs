//! Pages, messages and pointers that arrive as a model are refused by their first bytes; what the hub says of a file's hash is
//! held against what arrives.

use std::fs;
use std::time::Duration;

use hummingbird_engine::error::StoreError;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::progress::Silent;
use hummingbird_engine::weights::store::{Got, Store, StoreOptions};
use hummingbird_tests::http_server::{Answer, Server};
use serde_json::json;
use tempfile::TempDir;

/// Name of the file that is got, as model `m`.
const NAME: &str = "m.safetensors";

fn folder(name: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let catalogue = json!({"models": [{
        "id": "m", "repository": "me/m", "files": [{"path": name}],
        "licence": {"name": "Test-1.0", "url": "https://example.org/licence"}
    }]});
    fs::write(folder.path().join("catalogue.json"), catalogue.to_string()).expect("writable");
    folder
}

fn get(folder: &TempDir, server: &Server) -> Result<Vec<Got>, StoreError> {
    let store = Store::at(folder.path()).with(StoreOptions {
        endpoint: Some(server.url()),
        stall_timeout: Duration::from_millis(500),
        first_wait: Duration::from_millis(1),
        ..StoreOptions::default()
    });
    store.get("m", true, &mut Silent, &CancelToken::default())
}

/// What a download left, in whatever form.
fn left(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("the folder is there");
    let names = entries.map(|it| it.expect("readable").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("m.") || name.starts_with(".h")).collect()
}

fn body() -> Vec<u8> {
    (0..300_000_u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn hash(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("bytes");
    fs::write(&path, bytes).expect("writable");
    Store::at(folder.path().join("models")).hash_of(&path).expect("readable")
}

#[test]
fn what_is_no_model_is_refused_whatever_its_type_says() {
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please log in</body></html>";
    let long_page = format!("\n\n{page}{}", "<p>words</p>".repeat(10_000));
    let bodies: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a page", page.into(), "sent a web page"),
        ("a long page", long_page.into(), "sent a web page"),
        ("a page after a mark", format!("\u{feff}{page}").into(), "sent a web page"),
        (
            "a pointer",
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 5\n", "ab".repeat(32)).into(),
            "Git LFS",
        ),
        ("JSON", r#"{"error": "Repository not found"}"#.into(), "JSON ({\"error\": \"Repository not found\"})"),
        ("XML", "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>".into(), "XML"),
        ("words", "Entry not found".into(), "a text (Entry not found)"),
        ("escapes", "no \u{9b}2J entry".into(), "a text"),
        ("a packed page", [&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], &body()[..500]].concat(), "packed by gzip"),
    ];
    let types = ["application/octet-stream", "text/plain; charset=utf-8", "binary/octet-stream", ""];
    for (name, body, words) in &bodies {
        for kind in types {
            let folder = folder(NAME);
            let answer = Answer::With(vec![("Content-Type", kind.to_owned())]);
            let error = get(&folder, &Server::start(body, &[answer])).expect_err(name).to_string();
            assert!(error.contains(words), "{name} as {kind:?}: {words:?} is missing in {error}");
            assert!(!error.contains(char::is_control), "{name}: a terminal would obey {error:?}");
            assert_eq!(left(&folder), Vec::<String>::new(), "{name} as {kind:?}");
        }
        // In pieces, so that the begin comes from an earlier attempt.
        let folder = folder(NAME);
        let answers = [Answer::CutAfter(5), Answer::CutAfter(3), Answer::Good];
        let error = get(&folder, &Server::start(body, &answers)).expect_err(name).to_string();
        assert!(error.contains(words), "{name} in pieces: {words:?} is missing in {error}");
        assert_eq!(left(&folder), Vec::<String>::new(), "{name} in pieces");
    }
}

#[test]
fn a_part_of_a_page_from_an_earlier_version_is_not_finished() {
    let page = b"<html><body>Please log in</body></html>";
    let folder = folder(NAME);
    let server = Server::start(page, &[Answer::Good]);
    fs::write(folder.path().join("m.safetensors.part"), page).expect("writable");
    let url = format!("{}/me/m/resolve/main/{NAME}", server.url());
    let notes = json!({"url": url, "etag": "\"one\"", "total": page.len()});
    fs::write(folder.path().join("m.safetensors.part.json"), notes.to_string()).expect("writable");
    let error = get(&folder, &server).expect_err("it is a page");
    assert!(matches!(error, StoreError::WebPage { .. }), "{error}");
    assert_eq!((left(&folder), server.requests().len()), (Vec::new(), 0));
}

#[test]
fn files_that_are_no_models_may_be_text() {
    let folder = folder("m.json");
    get(&folder, &Server::start(b"{\"r\": 4}", &[Answer::Good])).expect("it is what it should be");
    assert_eq!(left(&folder), ["m.json"]);
}

#[test]
fn what_the_hub_says_of_the_hash_is_held_against_what_arrives() {
    let right = hash(&body());
    let other = hash(b"another file");
    let tag = |name: &'static str, hash: &str| (name, format!("\"{hash}\""));
    let cases = [
        ("its own mark", vec![tag("ETag", &right)], true),
        ("its own mark, another file", vec![tag("ETag", &other)], false),
        ("its own weak mark, another file", vec![("ETag", format!("W/\"{other}\""))], false),
        ("what it links to", vec![tag("X-Linked-ETag", &right), tag("ETag", &other)], true),
        ("what it links to, another file", vec![tag("X-Linked-ETag", &other), tag("ETag", &right)], false),
        ("a mark that is no hash", vec![tag("ETag", &other[..40])], true),
        ("a mark that is no hash, as long as one", vec![tag("ETag", &"z".repeat(64))], true),
    ];
    for (name, headers, is_right) in cases {
        let folder = folder(NAME);
        let got = get(&folder, &Server::start(&body(), &[Answer::With(headers.clone())]));
        check(name, &folder, got, is_right);
        // The same on the answer that sends us on; what the next server says of itself is no hash that we know of.
        let folder = self::folder(NAME);
        let next = Server::start(&body(), &[Answer::With(vec![tag("ETag", &"cd".repeat(32))])]);
        let headers = [vec![("Location", format!("{}/blob", next.url()))], headers].concat();
        let got = get(&folder, &Server::start(b"", &[Answer::Status(302, headers)]));
        check(&format!("{name}, on the way"), &folder, got, is_right);
    }
}

fn check(name: &str, folder: &TempDir, got: Result<Vec<Got>, StoreError>, is_right: bool) {
    match (is_right, got) {
        (true, got) => {
            assert_eq!(got.unwrap_or_else(|error| panic!("{name}: {error}"))[0].bytes, 300_000);
            assert_eq!(left(folder), [NAME], "{name}");
        }
        (false, got) => {
            let error = got.expect_err(name);
            assert!(matches!(error, StoreError::WrongDownload { .. }), "{name}: {error}");
            assert_eq!(left(folder), Vec::<String>::new(), "{name}");
        }
    }
}

/// A hash that the catalogue has is the one that counts.
#[test]
fn the_catalogues_hash_comes_first() {
    let folder = folder(NAME);
    let catalogue = json!({"models": [{
        "id": "m", "repository": "me/m", "files": [{"path": NAME, "sha256": hash(&body())}],
        "licence": {"name": "Test-1.0", "url": "https://example.org/licence"}
    }]});
    fs::write(folder.path().join("catalogue.json"), catalogue.to_string()).expect("writable");
    let answer = Answer::With(vec![("ETag", format!("\"{}\"", hash(b"x")))]);
    get(&folder, &Server::start(&body(), &[answer])).expect("it is the pinned one");
}
