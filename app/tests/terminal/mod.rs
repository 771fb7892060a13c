//! The built program where its words cannot be written, and where signals are ignored.

use std::fs;
use std::io::pipe;

use serde_json::Value;

use super::program::{Program, Run, tiny_model};

/// A clip that takes a moment.
const SMALL: [&str; 13] = [
    "generate",
    "a red ball",
    "-m",
    "tiny.safetensors",
    "--device",
    "cpu",
    "--steps",
    "2",
    "--frames",
    "2",
    "--size",
    "32x32",
    "--force",
];

fn program() -> Program {
    let program = Program::new();
    tiny_model(&program.path("tiny.safetensors"));
    program
}

/// The writing end of a pipe that nobody reads any more.
fn unread() -> std::io::PipeWriter {
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    writer
}

fn full() -> fs::File {
    fs::OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full")
}

#[test]
fn progress_that_cannot_be_written_loses_no_clip() {
    let program = program();
    let make = |name: &'static str, change: &dyn Fn(&mut std::process::Command)| -> Run {
        let args = [SMALL.as_slice(), &["-o", name, "--json"]].concat();
        let out = program.run_with(&args, change);
        out.check(name, 0, "");
        let result: Value = serde_json::from_str(&out.stdout).expect("JSON");
        assert_eq!(result["paths"][0], name);
        assert!(program.path(name).is_file(), "{name} is missing");
        out
    };
    make("pipe.gif", &|command| _ = command.stderr(unread()));
    if cfg!(target_os = "linux") {
        make("full.gif", &|command| _ = command.stderr(full()));
    }
    // Warnings and errors go the same way, and the exit code says what happened.
    let args = [SMALL.as_slice(), &["-o", "warned.gif", "--sampler", "turbo", "--eta", "0.5"]].concat();
    assert_eq!(program.run_with(&args, |command| _ = command.stderr(unread())).code, Some(0));
    let args = [SMALL.as_slice(), &["-o", "clip.avi"]].concat();
    assert_eq!(program.run_with(&args, |command| _ = command.stderr(unread())).code, Some(2));
    assert_eq!(program.run_with(&["paint"], |command| _ = command.stderr(unread())).code, Some(2));
    let args = ["models", "info", "none.safetensors"];
    assert_eq!(program.run_with(&args, |command| _ = command.stderr(unread())).code, Some(1));
}

#[test]
fn a_stop_that_cannot_be_said_is_a_stop() {
    let program = program();
    let args = [&SMALL[..6], &["--steps", "100", "--frames", "64", "--size", "128x128", "-o", "clip.gif"]].concat();
    for twice in [false, true] {
        let mut running = program.start(&args);
        running.wait_for("sampling");
        running.stop_reading();
        running.interrupt();
        if twice {
            running.interrupt();
        }
        assert_eq!(running.end().code, Some(130), "twice: {twice}");
    }
    assert!(!program.path("clip.gif").exists());
}

#[test]
fn results_that_nobody_reads_are_no_error_and_those_that_cannot_be_written_are() {
    let program = program();
    let commands: [&[&str]; 7] = [
        &["models", "list"],
        &["models", "list", "--json"],
        &["models", "info", "tiny.safetensors"],
        &["devices"],
        &["devices", "--json"],
        &["--help"],
        &["train", "nano", "--print-recipe"],
    ];
    for args in commands {
        program.run_with(args, |command| _ = command.stdout(unread())).check(&args.join(" "), 0, "");
        if cfg!(target_os = "linux") && args != ["--help"] {
            let out = program.run_with(args, |command| _ = command.stdout(full()));
            out.check(&args.join(" "), 1, "standard output cannot be written");
        }
    }
    for json in [&["--json"][..], &[]] {
        let args = [SMALL.as_slice(), &["-o", "clip.gif"], json].concat();
        program.run_with(&args, |command| _ = command.stdout(unread())).check("a clip", 0, "");
        assert!(program.path("clip.gif").is_file());
        if cfg!(target_os = "linux") {
            fs::remove_file(program.path("clip.gif")).expect("just written");
            let out = program.run_with(&args, |command| _ = command.stdout(full()));
            out.check("a clip", 1, "the clip was written to [\"clip.gif\"]");
            assert!(program.path("clip.gif").is_file());
        }
    }
}

#[test]
fn signals_that_were_ignored_at_the_start_stay_ignored() {
    let program = program().ignoring_signals();
    let signals = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM];
    let args = [&SMALL[..6], &["--steps", "20", "--frames", "16", "--size", "96x64", "-o", "clip.gif"]].concat();
    let mut running = program.start(&args);
    running.wait_for("sampling");
    signals.into_iter().for_each(|signal| running.send(signal));
    running.end().check("ignored signals", 0, "");
    assert!(program.path("clip.gif").is_file());
}

#[test]
fn every_signal_that_asks_for_the_end_stops_a_clip() {
    let program = program();
    let args = [&SMALL[..6], &["--steps", "100", "--frames", "64", "--size", "128x128", "-o", "clip.gif"]].concat();
    for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
        let mut running = program.start(&args);
        running.wait_for("sampling");
        running.send(signal);
        running.end().check("a signal", 130, "cancelled");
    }
    assert!(!program.path("clip.gif").exists());
}
