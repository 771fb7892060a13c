//! What the model store knows is never lost by a damaged byte, and never said of another file than the one it was learned of.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use hummingbird_engine::error::StoreError;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::progress::{Progress, Silent};
use hummingbird_engine::weights::store::{FileState, Store, Trust};
use hummingbird_tests::http_server::{Answer, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A models folder with two models in its catalogue, `a` and `b`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let licence = json!({"name": "Test-1.0", "url": "https://example.org/licence"});
    let model =
        |id: &str| json!({"id": id, "repository": "me/m", "files": [{"path": format!("{id}.pt")}], "licence": licence});
    let catalogue = json!({"models": [model("a"), model("b")]});
    fs::write(folder.path().join("catalogue.json"), catalogue.to_string()).expect("writable");
    folder
}

fn body() -> Vec<u8> {
    (0..50_000_u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn get(store: &Store, id: &str, accepted: bool) -> Result<(), StoreError> {
    store.get(id, accepted, &mut Silent, &CancelToken::default()).map(drop)
}

/// What a plain read of a file's bytes gives, by a store that remembers nothing.
fn plain_hash(path: &Path) -> String {
    let other = tempfile::tempdir().expect("a temporary folder");
    Store::at(other.path()).hash_of(path).expect("readable")
}

/// Whether `a` is known: its licence, where it came from, and its hash.
fn knows(store: &Store, id: &str) -> [bool; 2] {
    let entry = store.entry(id).expect("in the catalogue");
    let files = store.files(id).expect("it is here");
    let is_right = matches!(files[0].state, FileState::Present { trust: Trust::Right, .. });
    [store.has_accepted(&entry), is_right]
}

#[test]
fn a_damaged_index_loses_neither_licences_nor_hashes() {
    let folder = folder();
    let server = Server::start(&body(), &[Answer::Good]);
    let store = Store::at(folder.path()).with_endpoint(Some(server.url()));
    get(&store, "a", true).expect("a good server");
    get(&store, "b", true).expect("a good server");
    let index = folder.path().join("index.json");
    let whole = fs::read_to_string(&index).expect("written");
    assert!(whole.contains("\"schema\": 1"), "{whole}");
    let licences = whole.find("\"licences\"").expect("licences are kept");
    let cases: Vec<(&str, Vec<u8>, [bool; 2])> = vec![
        ("cut in its last byte", whole.as_bytes()[..whole.len() - 3].to_vec(), [true; 2]),
        ("cut before the licences", whole.as_bytes()[..licences].to_vec(), [false, true]),
        ("a byte in the middle", whole.replacen("\"hashes\"", "\"has\0es\"", 1).into_bytes(), [true, true]),
        ("zeros over its begin", [&[0; 8][..], &whole.as_bytes()[8..]].concat(), [true; 2]),
        (
            "a part of another kind",
            whole.replacen("\"hashes\": {", "\"hashes\": {\"x\": 3, ", 1).into_bytes(),
            [true; 2],
        ),
        ("nothing but zeros", vec![0; 4096], [false; 2]),
    ];
    for (number, (name, damaged, kept)) in cases.into_iter().enumerate() {
        fs::write(&index, &damaged).expect("writable");
        assert_eq!(knows(&store, "a"), kept, "{name}: before a change");
        let problem = store.problems().first().map(ToString::to_string).unwrap_or_default();
        assert!(problem.contains("index.json") && problem.contains("is damaged"), "{name}: {problem}");
        assert!(fs::read(&index).expect("it is there") == damaged, "{name}: looking changed it");

        // A change of something else.
        fs::write(folder.path().join("mine.pt"), name).expect("writable");
        store.verify("mine.pt", &mut Silent, &CancelToken::default()).expect("readable");
        assert_eq!(knows(&store, "a"), kept, "{name}: after a change");
        let ending = if number == 0 { "bad".to_owned() } else { format!("bad-{}", number + 1) };
        let aside = folder.path().join(format!("index.json.{ending}"));
        assert!(fs::read(&aside).expect("it is kept") == damaged, "{name}: what was kept is not what was there");
        assert!(store.problems().is_empty(), "{name}: the new one is whole");
        fs::write(&index, &whole).expect("writable");
    }
}

#[test]
fn an_index_of_a_newer_version_is_neither_used_nor_written_over() {
    let folder = folder();
    let server = Server::start(&body(), &[Answer::Good]);
    let store = Store::at(folder.path()).with_endpoint(Some(server.url()));
    let newer = json!({"schema": 2, "licences": {"a": {"licence": "Test-1.0"}}}).to_string();
    fs::write(folder.path().join("index.json"), &newer).expect("writable");
    assert!(store.problems()[0].to_string().contains("newer version"));
    let error = get(&store, "a", true).expect_err("what was accepted cannot be kept").to_string();
    assert!(error.contains("schema 2, this one knows up to 1"), "{error}");
    assert_eq!(server.requests().len(), 0);
    assert_eq!(fs::read_to_string(folder.path().join("index.json")).expect("it is there"), newer);
}

#[test]
fn an_index_of_an_earlier_version_is_read() {
    let folder = folder();
    let path = folder.path().join("a.pt");
    fs::write(&path, body()).expect("writable");
    let store = Store::at(folder.path());
    let right = store.hash_of(&path).expect("readable");
    // Without schema and without the file's number, as versions before wrote it.
    let index = folder.path().join("index.json");
    let mut old: Value = serde_json::from_slice(&fs::read(&index).expect("written")).expect("JSON");
    old.as_object_mut().expect("an object").remove("schema");
    old["hashes"]["a.pt"].as_object_mut().expect("an object").remove("file");
    old["hashes"]["a.pt"]["sha256"] = json!("ab");
    old["licences"] = json!({"a": {"licence": "Test-1.0", "url": "https://example.org/licence", "accepted_secs": 1}});
    fs::write(&index, old.to_string()).expect("writable");
    assert_eq!(store.hash_of(&path).expect("known"), "ab", "the file was read again");
    assert!(store.has_accepted(&store.entry("a").expect("in the catalogue")) && right.len() == 64);
}

/// A file of a few reads of a hash.
fn large(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("mine.pt");
    fs::write(&path, vec![1; 5 << 20]).expect("writable");
    path
}

#[test]
fn a_hash_is_never_kept_for_a_file_that_changed_while_it_was_read() {
    // Written into, replaced by another file, cut: after the first piece was read.
    type Change = (&'static str, fn(&Path));
    let changes: [Change; 3] = [
        ("written into", |path| {
            let mut file = fs::OpenOptions::new().write(true).open(path).expect("writable");
            file.write_all(b"changed").expect("writable");
        }),
        ("replaced", |path| {
            let other = path.with_extension("new");
            fs::write(&other, vec![2; 5 << 20]).expect("writable");
            let time = fs::metadata(path).and_then(|it| it.modified()).expect("readable");
            fs::File::options().write(true).open(&other).and_then(|it| it.set_modified(time)).expect("writable");
            fs::rename(other, path).expect("writable");
        }),
        ("cut", |path| {
            let file = fs::OpenOptions::new().write(true).open(path).expect("writable");
            file.set_len(3 << 20).expect("writable");
        }),
    ];
    for (name, change) in changes {
        let folder = folder();
        let path = large(&folder);
        let store = Store::at(folder.path());
        let mut changes_left = 1;
        let mut report = |_: Progress| {
            if changes_left > 0 {
                changes_left -= 1;
                change(&path);
            }
        };
        let verified = store.verify("mine.pt", &mut report, &CancelToken::default()).expect("it holds still then");
        assert_eq!(changes_left, 0, "{name}: it was not read in pieces");
        let right = plain_hash(&path);
        assert_eq!(verified[0].sha256, right, "{name}: the hash of what was there before");
        assert_eq!(store.hash_of(&path).expect("known"), right, "{name}: the wrong hash was kept");
        assert_eq!(verified[0].bytes, fs::metadata(&path).expect("readable").len(), "{name}");
    }
}

#[test]
fn of_a_file_that_never_holds_still_nothing_is_kept() {
    let folder = folder();
    let path = large(&folder);
    let store = Store::at(folder.path());
    let mut round = 0_u8;
    let mut report = |_: Progress| {
        round += 1;
        let mut file = fs::OpenOptions::new().append(true).open(&path).expect("writable");
        file.write_all(&[round]).expect("writable");
    };
    let error = store.verify("mine.pt", &mut report, &CancelToken::default()).expect_err("it changes");
    assert!(matches!(error, StoreError::Changing { .. }) && error.to_string().contains("mine.pt"), "{error}");
    assert!(!folder.path().join("index.json").exists(), "something was kept");
}

/// One that is put in its place keeps size and time, as programs that copy do, and is another file all the same.
#[cfg(unix)]
#[test]
fn another_file_of_the_same_size_and_time_is_read_again() {
    let folder = folder();
    let store = Store::at(folder.path());
    let [path, other] = ["mine.pt", "other.pt"].map(|name| folder.path().join(name));
    fs::write(&path, "abc").expect("writable");
    let before = store.hash_of(&path).expect("readable");
    fs::write(&other, "xyz").expect("writable");
    let time = fs::metadata(&path).and_then(|it| it.modified()).expect("readable");
    fs::File::options().write(true).open(&other).and_then(|it| it.set_modified(time)).expect("writable");
    fs::rename(other, &path).expect("writable");
    assert!(store.hash_of(&path).expect("readable") != before, "the hash of the file before was given");
}
