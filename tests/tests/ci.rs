//! What CI counts is what tests say.

use std::fs;
use std::path::{Path, PathBuf};

/// Every source file of the repository, with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<_> = ["app", "engine", "shaders", "tests"].map(|folder| root.join(folder)).into();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("Rust is UTF-8");
                files.push((path, text));
            }
        }
    }
    files
}

/// What a test prints is shown only when it fails, so a skipped one has to write to standard error itself.
#[test]
fn skipped_tests_are_said_past_the_harness() {
    let word = "SKIPPED ";
    let mut said = 0;
    for (path, text) in sources() {
        if path.ends_with("tests/tests/ci.rs") {
            continue;
        }
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.contains(word)) {
            let place = format!("{}:{}", path.display(), number + 1);
            assert!(!line.contains("print"), "{place}: the harness keeps this line to itself: use stderr().write_all");
            said += 1;
        }
    }
    assert!(said > 0, "no test skips: then this test and the count in .ci/run can go");
}

/// By these words CI finds the tests that it runs again on a newer driver.
#[test]
fn tests_for_a_newer_driver_are_found_by_their_words() {
    let ci = include_str!("../../.ci/run");
    let words = ci.lines().find_map(|line| line.strip_prefix("wanting=\"")?.strip_suffix('"'));
    let quoted = format!("\"{}{{what}}\"", words.expect(".ci/run names them"));
    let tests = sources()
        .into_iter()
        .filter(|(path, text)| path.components().any(|part| part.as_os_str() == "kernels") && text.contains(&quoted));
    assert_eq!(tests.count(), 1, "tests of kernels do not skip with {quoted}");
}
