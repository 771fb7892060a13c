//! The built program gets, checks and removes models, from a server on this machine.

#[expect(dead_code, reason = "the tests of the store use the rest")]
#[path = "../../../tests/src/http_server.rs"]
mod server;

use std::fs;

use serde_json::{Value, json};

use super::program::{Program, tiny_model};
use server::{Answer, Server};

/// A program that gets models from `server`, with the model `m` of one file in its catalogue.
fn program(server: &Server) -> Program {
    with_catalogue(Program::new().with_variable("HF_ENDPOINT", server.url()))
}

fn with_catalogue(program: Program) -> Program {
    let catalogue = json!({"models": [{
        "id": "m", "title": "Mine", "purpose": "for tests", "repository": "me/m", "files": [{"path": "m.pt"}],
        "licence": {"name": "Test-1.0", "url": "https://example.org/licence"}
    }]});
    fs::create_dir_all(program.model("")).expect("writable");
    fs::write(program.model("catalogue.json"), catalogue.to_string()).expect("writable");
    program
}

fn body() -> Vec<u8> {
    (0..2_000_000_u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn state(program: &Program, model: &str) -> Value {
    let list = program.run(&["models", "list", "--json"]);
    list.check("models list", 0, "");
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    let line = list.as_array().expect("a list").iter().find(|line| line["model"] == model);
    line.unwrap_or_else(|| panic!("{model} is missing in {list}"))["state"].clone()
}

/// `HUMMINGBIRD_HOME` moves everything; without it, files are where the system's conventions say.
#[cfg(target_os = "linux")]
#[test]
fn one_variable_says_where_everything_is_kept() {
    let own = Program::new();
    let of_system = Program::new().in_folders_of_the_system();
    for (program, name) in [(&own, "HUMMINGBIRD_HOME"), (&of_system, "the system's folders")] {
        fs::create_dir_all(program.model("")).expect("writable");
        fs::write(program.model("index.json"), "{\"schema\": 7}").expect("writable");
        let list = program.run(&["models", "list"]);
        list.check(name, 0, "was written by a newer version of this program (schema 7");
        assert!(
            list.stdout.contains(program.model("").display().to_string().trim_end_matches('/')),
            "{name}: {}",
            list.stdout
        );
    }
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let moved = Program::new().with_variable("HUMMINGBIRD_HOME", elsewhere.path().display().to_string());
    let list = moved.run(&["models", "list"]);
    assert!(list.stdout.contains(&elsewhere.path().join("models").display().to_string()), "{}", list.stdout);
}

#[test]
fn a_model_is_got_checked_and_removed() {
    let server = Server::start(&body(), &[Answer::Good]);
    let program = program(&server);
    assert_eq!(state(&program, "m"), "missing");
    assert_eq!(state(&program, "hummingbird-0.7b"), "missing");
    program.run(&["models", "verify"]).check("nothing to check", 0, "");

    let refused = program.run(&["models", "get", "m"]);
    refused.check("no licence", 2, "under Test-1.0 (https://example.org/licence)");
    assert!(refused.stderr.contains("--accept-licence"), "{}", refused.stderr);
    assert_eq!(server.requests().len(), 0, "the licence comes first");

    let got = program.run(&["models", "get", "m", "--accept-licence", "--json"]);
    got.check("get", 0, "Mine: for tests");
    for words in
        [server.url(), "Test-1.0".to_owned(), "https://example.org/licence".to_owned(), "downloading m.pt".to_owned()]
    {
        assert!(got.stderr.contains(&words), "{words:?} is missing in\n{}", got.stderr);
    }
    let got: Value = serde_json::from_str(&got.stdout).expect("standard output is JSON and nothing else");
    assert_eq!((got["model"].as_str(), got["files"][0]["bytes"].as_u64()), (Some("m"), Some(2_000_000)));
    assert!(fs::read(program.model("m.pt")).expect("it was got") == body(), "another file arrived");
    assert_eq!(state(&program, "m"), "checked");
    let again = program.run(&["models", "get", "m", "--quiet"]);
    again.check("a second get", 0, "");
    assert_eq!((again.stdout.trim(), again.stderr.as_str()), (program.model("m.pt").to_str().expect("UTF-8"), ""));
    assert_eq!(server.requests().len(), 1, "what is here is not got again");

    let checked = program.run(&["models", "verify"]);
    checked.check("verify", 0, "");
    assert!(
        checked.stdout.contains("m.pt") && checked.stdout.contains("as it was when it was downloaded"),
        "{}",
        checked.stdout
    );
    fs::write(program.model("m.pt"), "something else").expect("writable");
    let wrong = program.run(&["models", "verify", "m", "--json"]);
    wrong.check("a damaged file", 1, "1 of 1 files");
    let lines: Value = serde_json::from_str(&wrong.stdout).expect("JSON");
    assert_eq!(lines[0]["is_right"], false, "{lines}");
    let details = &lines[0]["error_details"];
    assert_eq!(
        (details["code"].as_str(), details["parameters"]["file"].as_str()),
        (Some("store.wrong-file"), Some("m.pt"))
    );
    assert_eq!(state(&program, "m"), "wrong");

    program.run(&["models", "remove", "m"]).check("unasked", 2, "delete m.pt (14 bytes): say --yes");
    assert!(program.model("m.pt").exists(), "it was deleted without a yes");
    let removed = program.run(&["models", "remove", "m", "--yes"]);
    removed.check("remove", 0, "");
    assert_eq!((removed.stdout.trim(), program.model("m.pt").exists()), ("m.pt", false));
    assert_eq!(state(&program, "m"), "missing");
}

#[test]
fn a_stopped_download_goes_on_with_the_same_command() {
    let answers = [Answer::StallAfter(1_000_000), Answer::StallAfter(500_000), Answer::Good];
    let server = Server::start(&body(), &answers);
    let program = program(&server);
    let args = ["models", "get", "m", "--accept-licence"];
    let here = |bytes: u64| {
        // Progress is shown seldom where there is no terminal: the part itself says how far it is.
        while fs::metadata(program.model("m.pt.part")).map_or(0, |part| part.len()) < bytes {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    let mut running = program.start(&args);
    running.wait_for("downloading m.pt");
    here(1_000_000);
    running.interrupt();
    running.end().check("Ctrl-C", 130, "stopped; 976.6 KiB are kept, and the same command resumes from there");
    assert_eq!(state(&program, "m"), "partial");
    let partly = program.run(&["models", "verify"]);
    partly.check("a part", 1, "1 of 1 files");
    assert!(partly.stdout.contains("not all of it is here"), "{}", partly.stdout);

    // And now as a power cut would.
    let running = program.start(&args);
    here(1_500_000);
    running.kill();
    program.run(&args).check("the rest", 0, "downloading m.pt");
    assert!(fs::read(program.model("m.pt")).expect("it was got") == body(), "another file arrived");
    assert_eq!(server.requests()[2].header("range"), Some("bytes=1500000-"));
    assert!(!program.model("m.pt.part").exists() && !program.model("m.pt.part.json").exists());
}

#[test]
fn the_proxy_of_the_environment_and_the_endpoint_of_the_option_are_used() {
    let proxy = Server::start(&body(), &[Answer::Good]);
    let elsewhere = "http://models.invalid:8080";
    let program = Program::new()
        .with_variable("HTTP_PROXY", proxy.url())
        .with_variable("HF_ENDPOINT", "http://no.invalid".into());
    let program = with_catalogue(program);
    program.run(&["models", "get", "m", "--accept-licence", "--endpoint", elsewhere]).check("a proxy", 0, elsewhere);
    assert!(fs::read(program.model("m.pt")).expect("it was got") == body(), "another file arrived");
    let lines: Vec<String> = proxy.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, ["CONNECT models.invalid:8080 HTTP/1.1", "GET /me/m/resolve/main/m.pt HTTP/1.1"]);
}

#[test]
fn a_bad_catalogue_is_named_and_models_are_found_by_name() {
    let server = Server::start(b"", &[Answer::Status(404, Vec::new())]);
    let program = program(&server);
    program.run(&["models", "get", "m", "--accept-licence"]).check("gone", 1, "does not exist (status 404)");
    fs::write(program.model("catalogue.json"), "{\n  nonsense").expect("writable");
    tiny_model(&program.model("own.safetensors"));
    let list = program.run(&["models", "list"]);
    list.check("models list", 0, "catalogue.json\" is wrong at line 2");
    for words in ["nano", "embedded", "own", "Tiny", "hummingbird-0.9b", "GPL-3.0", "5.2 GiB", "can be downloaded"] {
        assert!(list.stdout.contains(words), "{words:?} is missing in\n{}", list.stdout);
    }
    let info = program.run(&["models", "info", "own"]);
    info.check("info by name", 0, "");
    assert!(info.stdout.contains("Tiny"), "{}", info.stdout);
    program.run(&["models", "get", "m", "--accept-licence"]).check("a bad catalogue", 1, "line 2");
}
