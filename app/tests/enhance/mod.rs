//! `hummingbird enhance` and `generate --enhance` against a server of our own: one that works, and some that do not.

#[path = "../../../engine/chat/tests/server/mod.rs"]
#[expect(dead_code, reason = "the rest serves the client's own tests")]
mod server;

use std::fs;

use serde_json::{Value, json};

use crate::program::{Program, tiny_model};
use server::{ChatServer, Reply, nobody};

const ANSWER: &str = "A red boat drifts over the ocean at sunset.";

#[test]
fn a_prompt_is_written_out_and_printed() {
    let program = Program::new().without_drivers();
    let server = ChatServer::start([Reply::says(&format!("Here is the prompt:\n\"{ANSWER}\""))]);
    let address = server.address();
    let out = program.run(&["enhance", "a boat", "--server", &address, "--server-model", "m"]);
    out.check("enhance", 0, "asking http://127.0.0.1");
    assert_eq!(out.stdout.trim(), ANSWER);
    let asked: Value = serde_json::from_str(&server.asked()[0].body).expect("JSON");
    assert_eq!(asked["messages"][1]["content"], "a boat");
    assert!(asked["messages"][0]["content"].as_str().expect("words").contains("Subjects: "), "the demo model's words");

    let out = program.run(&[
        "enhance",
        "a (red:1.2) boat in __fog__",
        "--server",
        &address,
        "--server-model",
        "m",
        "--json",
        "-q",
    ]);
    out.check("enhance --json", 0, "the new prompt lacks __fog__");
    let said: Value = serde_json::from_str(&out.stdout).expect("JSON");
    let expected = json!({
        "prompt": "a (red:1.2) boat in __fog__",
        "enhanced": ANSWER.replace("red", "(red:1.2)"),
        "lost": ["__fog__"],
        "server": address,
        "server_model": "test-model",
    });
    assert_eq!(said, expected);
}

#[test]
fn what_goes_wrong_is_told_with_what_to_do() {
    let program = Program::new().without_drivers();
    let enhance = |address: &str, more: &[&str]| {
        let args = ["enhance", "a boat", "--server-model", "m", "--server", address];
        program.run(&[&args[..], more].concat())
    };
    program.run(&["enhance", "a boat"]).check("no server", 2, "no server is set");
    program.run(&["enhance", " ", "--server", "http://a"]).check("no prompt", 2, "the prompt is empty");
    enhance("ftp://a", &[]).check("no address", 2, "is no address of a server");
    let key = ["--server-key-variable", "NO_SUCH_VARIABLE"];
    enhance("http://a", &key).check("no key", 2, "the environment has no variable NO_SUCH_VARIABLE");
    let cases = [
        (Reply::Json(401, "{}".to_owned()), "refuses the request (status 401)"),
        (Reply::ends("A red bo", "length"), "cut off"),
        (Reply::says("Ein rotes Boot treibt auf dem Meer im Abendlicht"), "it is not in English"),
        (Reply::says(""), "it is empty"),
        (Reply::Raw(b"HTTP/1.1 200 X\r\ncontent-length: 6\r\n\r\n<html>".to_vec()), "a web page came"),
        (Reply::With(429, "retry-after: 9999".to_owned(), "{}".to_owned()), "wait 9999 s"),
    ];
    for (reply, words) in cases {
        let server = ChatServer::start([reply]);
        let out = enhance(&server.address(), &[]);
        out.check(words, 1, words);
        assert_eq!(out.stdout, "");
    }
    enhance(&nobody(), &[]).check("nobody", 1, "no connection came about");
}

#[test]
fn a_key_is_read_from_its_file_and_written_nowhere() {
    let program = Program::new().without_drivers();
    fs::write(program.path("key"), "sk-secret\n").expect("writable");
    let server = ChatServer::start([Reply::says(ANSWER), Reply::Json(400, r#"{"error": "no sk-secret"}"#.to_owned())]);
    let address = server.address();
    let args = ["enhance", "a boat", "--server", &address, "--server-model", "m", "--server-key-file", "key"];
    program.run(&args).check("with a key", 0, "");
    assert_eq!(server.asked()[0].head("authorization"), Some("Bearer sk-secret"));
    let out = program.run(&args);
    out.check("an error", 1, "status 400");
    assert!(!format!("{}{}", out.stdout, out.stderr).contains("sk-secret"));
}

#[test]
fn a_clip_is_made_of_the_enhanced_prompt_with_styles() {
    let program = Program::new().without_drivers();
    tiny_model(&program.path("tiny.safetensors"));
    let server = ChatServer::start([Reply::says(ANSWER)]);
    let address = server.address();
    let clip = "generate|a boat|-m|tiny.safetensors|--device|cpu|--steps|4|--frames|2|--size|32x32|-o|boat.mp4|--json";
    let more = ["--enhance", "--server", &address, "--server-model", "m", "--style", "golden hour"];
    let args: Vec<&str> = clip.split('|').chain(more).collect();
    let out = program.run(&args);
    out.check("generate --enhance", 0, "the prompt was enhanced: A red boat");
    let said: Value = serde_json::from_str(&out.stdout).expect("JSON");
    let expected = format!("{ANSWER}, golden hour, warm low sun, long shadows");
    assert_eq!(said["request"]["clip"]["prompt"].as_str().or(said["request"]["prompt"].as_str()), Some(&*expected));

    let unknown: Vec<&str> = clip.split('|').chain(["--style", "None"]).collect();
    program.run(&unknown).check("no such style", 2, "there is no style \"None\"; there are: Cinematic");
}
