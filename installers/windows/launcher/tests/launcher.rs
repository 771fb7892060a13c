//! The launcher beside a program that takes the place of Hummingbird.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

/// Runs the launcher in a folder of its own, beside a script.
fn launched(script: Option<&str>, arguments: &[&str]) -> (Output, String) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let launcher = folder.path().join("hummingbird-window");
    fs::copy(env!("CARGO_BIN_EXE_hummingbird-window"), &launcher).expect("it was built");
    if let Some(script) = script {
        let program = folder.path().join("hummingbird");
        fs::write(&program, format!("#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{script}\n")).expect("writable");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    let output = Command::new(&launcher).args(arguments).output().expect("it starts");
    let noted = fs::read_to_string(folder.path().join("noted")).unwrap_or_default();
    (output, noted)
}

/// One test, since two threads that start programs keep each other's files open for a moment.
#[test]
fn the_program_beside_it_gets_all_arguments_and_is_asked_why_it_failed() {
    let (output, noted) = launched(
        Some("for word in \"$@\"; do echo \"$word\" >> noted; done"),
        &["a clip.mp4", "--new-window", "größer"],
    );
    assert!(output.status.success(), "{output:?}");
    assert_eq!(noted, "a clip.mp4\n--new-window\ngrößer\n");
    // Why no window opened is told.
    let said = |(output, _): (Output, String)| {
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(
        said(launched(Some("echo no window can be opened here >&2; exit 1"), &[]))
            .contains("no window can be opened here")
    );
    assert!(said(launched(Some("exit 3"), &[])).contains("ended unexpectedly"));
    assert!(said(launched(None, &[])).contains("hummingbird does not start"));
}
