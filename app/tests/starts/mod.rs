//! Starts of the window while another one is open, and the files that they are given.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;

use hummingbird_engine::FileLock;
use serde_json::Value;

use crate::program::Program;

#[test]
fn a_second_start_hands_its_files_to_the_window_that_is_open() {
    let program = Program::new();
    fs::write(program.path("a clip.mp4"), "x").expect("writable");
    let _open = FileLock::try_at(&program.kept("cache/window.lock")).expect("writable").expect("nobody has it");
    let listener = UnixListener::bind(program.kept("cache/window.sock")).expect("writable");
    let window = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the start connects");
        let mut text = String::new();
        BufReader::new(&stream).read_line(&mut text).expect("it is text");
        stream.write_all(b"done\n").expect("it waits for the answer");
        serde_json::from_str::<Value>(&text).expect("it is JSON")
    });
    program.run(&["--device", "cpu", "a clip.mp4"]).check("a second start", 0, "");
    let handed = window.join().expect("the window has heard it");
    let file = fs::canonicalize(program.path("a clip.mp4")).expect("it is there");
    let given = handed["files"][0].as_str().map(|path| fs::canonicalize(path).expect("it leads to the file"));
    assert_eq!((given, &handed["device"]), (Some(file), &Value::from("cpu")), "{handed}");
    assert!(!program.kept("settings/session.json").exists(), "a start that hands over is no session");
}

#[test]
fn a_window_that_does_not_answer_or_is_not_wanted_is_done_without() {
    let program = Program::new();
    let _open = FileLock::try_at(&program.kept("cache/window.lock")).expect("writable").expect("nobody has it");
    // There is no display here, so that each ends where it would open a window of its own.
    for args in [&[][..], &["--new-window"]] {
        program.run(args).check("a window of its own", 1, "hummingbird generate");
    }
    program.run(&["no-such-clip.mp4"]).check("no file", 2, "no-such-clip.mp4");
}
