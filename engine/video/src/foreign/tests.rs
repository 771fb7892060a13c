//! FFmpeg that is slow, ill or malicious, and files with names that could be taken for something else.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hummingbird_base::CancelToken;

use super::*;
use crate::{Clip, OpenOptions, VideoError};

/// A clip in MJPEG under a name, made by FFmpeg; `None` where there is none.
fn clip(folder: &Path, name: &Path) -> Option<PathBuf> {
    let made = folder.join("made.mov");
    let arguments =
        ["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=90x66:rate=24:duration=0.5", "-c:v", "mjpeg"];
    let output = Command::new("ffmpeg").args(arguments).arg(&made).output().ok();
    let is_made = output.is_some_and(|output| output.status.success());
    assert!(is_made || std::env::var_os("HUMMINGBIRD_REQUIRE_FFMPEG").is_none(), "ffmpeg is required but missing");
    if !is_made {
        return None;
    }
    let path = folder.join(name);
    fs::rename(made, &path).expect("the folder is writable");
    Some(path)
}

/// A program that answers as FFmpeg does when it is asked for its version, and then does what `script` says. What it is called
/// with stands in `arguments`, its number in `number`.
fn program(folder: &Path, script: &str) -> Program {
    let path = folder.join("ffmpeg script");
    let version = r#"if [ "$1" = -version ]; then echo "ffmpeg version 5.1.9 of a test"; exit; fi"#;
    let note = r#"cd "$(dirname "$0")"; echo $$ > number; printf '%s\n' "$@" >> arguments"#;
    // Written by another process: one that is started here meanwhile would hold the file open, and such a file does not run.
    let content = format!("#!/bin/sh\n{version}\n{note}\n{script}\n");
    let written = Command::new("sh")
        .args(["-c", r#"printf '%s' "$1" > "$2"; chmod +x "$2""#, "sh", &content])
        .arg(&path)
        .status();
    assert!(written.expect("sh is there").success());
    Program::at(path).expect("it answers")
}

/// Opens a clip with a program; `patience` and token as given.
fn open(path: &Path, program: &Program, patience: Duration, cancel: &CancelToken) -> Result<Clip, VideoError> {
    Clip::open_by(path, OpenOptions::default(), |track, lack| {
        // Programs of tests say different things of one clip.
        Some(Asked { patience, cancel: cancel.clone(), is_known: false, ..Asked::new(program.clone(), track, lack) })
    })
}

/// Whether the last process of a script is gone, also out of the system's table.
fn is_gone(folder: &Path) -> bool {
    let number = fs::read_to_string(folder.join("number")).expect("it was started");
    !Path::new("/proc").join(number.trim()).exists()
}

/// The list of two frames of 2x1 pixels.
const LIST: &str = r"printf '#tb 0: 1/8\n#dimensions 0: 2x1\n0, 0, 0, 1, 6, 0x0\n0, 1, 1, 1, 6, 0x0\n'";

#[test]
fn names_are_neither_options_nor_protocols() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in [
        &b"-i"[..],
        b"-version",
        b"http:__x.mov",
        b"concat:a|b",
        b"two\nlines.mov",
        b"%03d.jpg",
        b"'\"$(touch x)`.mov",
        b"no\xffname.mov",
        b"file:x",
    ] {
        let name = Path::new(std::ffi::OsStr::from_bytes(name));
        let Some(path) = clip(folder.path(), name) else { return };
        let clip = Clip::open(&path, OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        let frames = clip.frames().expect("it opened").filter(Result::is_ok).count();
        assert_eq!((clip.info().frames, frames), (12, 12), "{name:?}");
    }
    assert!(!folder.path().join("x").exists());
}

#[test]
fn a_run_that_stalls_is_stopped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let Some(path) = clip(folder, Path::new("a.mov")) else { return };
    let short = Duration::from_millis(200);
    let program_of = |script: &str| program(folder, script);
    let stalls = program_of("exec sleep 1000");
    let error = open(&path, &stalls, short, &CancelToken::default()).expect_err("nothing comes");
    assert!(matches!(&error, VideoError::Ffmpeg { fault: FfmpegFault::Stalled { .. }, .. }), "{error}");
    assert!(is_gone(folder));
    // After the list, at the second frame.
    let stalls = program_of(&format!("case \"$*\" in *framecrc*) {LIST};; *) printf 123456; exec sleep 1000;; esac"));
    let clip = open(&path, &stalls, Duration::from_secs(60), &CancelToken::default()).expect("the list is whole");
    assert_eq!((clip.info().frames, clip.info().fps), (2, 8.0));
    let mut frames = clip.frames().expect("it starts");
    assert_eq!(frames.next().expect("a frame").expect("it is whole").picture.rgb, b"123456");
    // Dropped while it stalls.
    drop(frames);
    assert!(is_gone(folder));
}

#[test]
fn who_is_cancelled_waits_no_longer() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let Some(path) = clip(folder, Path::new("a.mov")) else { return };
    let stalls = program(folder, "exec sleep 1000");
    let cancel = CancelToken::default();
    let error = std::thread::scope(|scope| {
        let opening =
            scope.spawn(|| open(&path, &stalls, Duration::from_secs(1000), &cancel).expect_err("nothing comes"));
        while !folder.join("number").exists() {
            std::thread::yield_now();
        }
        cancel.cancel();
        opening.join().expect("no panic")
    });
    assert!(matches!(error, VideoError::Cancelled { .. }), "{error}");
}

#[test]
fn a_run_that_complains_without_end_holds_nobody_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let Some(path) = clip(folder, Path::new("a.mov")) else { return };
    // More than a pipe holds, before and between what is wanted.
    let flood = "head -c 1000000 /dev/zero | tr '\\0' x >&2";
    let loud = program(
        folder,
        &format!("{flood}\ncase \"$*\" in *framecrc*) {LIST};; *) printf 123456; {flood}; printf abcdef;; esac"),
    );
    let clip = open(&path, &loud, PATIENCE, &CancelToken::default()).unwrap_or_else(|error| panic!("{error}"));
    let frames: Result<Vec<_>, _> = clip.frames().expect("it starts").collect();
    assert_eq!(frames.expect("both are whole").len(), 2);
    let bad = program(folder, &format!("echo 'moov is bad' >&2; echo >&2; {flood}; exit 3"));
    let error = open(&path, &bad, PATIENCE, &CancelToken::default()).expect_err("it failed").to_string();
    assert!(error.contains("jpeg") && error.contains("moov is bad; xxx") && error.len() < 1000, "{error}");
}

#[test]
fn what_a_run_gives_is_not_believed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let Some(path) = clip(folder, Path::new("a.mov")) else { return };
    let said = |script: &str| {
        let clip = open(&path, &program(folder, script), PATIENCE, &CancelToken::default());
        clip.and_then(|clip| clip.frames()?.collect::<Result<Vec<_>, _>>()).expect_err(script)
    };
    let large = said("printf '#tb 0: 1/8\\n#dimensions 0: 60000x60000\\n'; exec sleep 1000");
    assert!(matches!(large, VideoError::TooLarge { .. }), "{large}");
    let empty = said("exit 0");
    assert!(matches!(empty, VideoError::Damaged { fault: VideoFault::NoFrame, .. }), "{empty}");
    let silent = said("exit 7");
    assert!(
        matches!(&silent, VideoError::Ffmpeg { fault: FfmpegFault::Said { detail }, .. } if detail.contains('7')),
        "{silent}"
    );
    // Fewer frames than its list says.
    let short = said(&format!("case \"$*\" in *framecrc*) {LIST};; *) printf 123456789;; esac"));
    assert!(matches!(short, VideoError::Damaged { fault: VideoFault::CutOff, .. }), "{short}");
    assert!(is_gone(folder));
    // Another program, and none.
    assert_eq!(Program::at(PathBuf::from("/bin/echo")), None);
    assert_eq!(Program::at(folder.join("missing")), None);
}

#[test]
fn a_clip_that_is_opened_again_is_not_listed_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let Some(path) = clip(folder, Path::new("a.mov")) else { return };
    let reads = program(folder, &format!("case \"$*\" in *framecrc*) {LIST};; *) printf 123456abcdef;; esac"));
    let count = |wanted: &str| {
        let arguments = fs::read_to_string(folder.join("arguments")).expect("it was started");
        arguments.lines().filter(|argument| *argument == wanted).count()
    };
    let look = || {
        let clip =
            Clip::open_by(&path, OpenOptions::default(), |track, lack| Some(Asked::new(reads.clone(), track, lack)));
        let clip = clip.expect("it is whole");
        let frames = clip.frames().expect("it starts").filter(Result::is_ok).count();
        assert_eq!((clip.info().frames, clip.info().fps, frames), (2, 8.0, 2));
    };
    look();
    look();
    assert_eq!((count("framecrc"), count("rawvideo")), (1, 2));
    // One that is written again is another clip.
    let mut bytes = fs::read(&path).expect("readable");
    bytes.extend([0, 0, 0, 8]);
    bytes.extend(b"free");
    fs::write(&path, bytes).expect("writable");
    look();
    assert_eq!((count("framecrc"), count("rawvideo")), (2, 3));
}

#[test]
fn a_run_reaches_files_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let Some(path) = clip(folder, Path::new("a.mov")) else { return };
    let noted = program(folder, "exit 1");
    open(&path, &noted, PATIENCE, &CancelToken::default()).expect_err("it gives nothing");
    let arguments = fs::read_to_string(folder.join("arguments")).expect("it was started");
    let arguments: Vec<&str> = arguments.lines().collect();
    let after = |name: &str| arguments[arguments.iter().position(|argument| *argument == name).expect(name) + 1];
    assert_eq!((after("-protocol_whitelist"), after("-f")), ("file", "mov"));
    assert_eq!(after("-i"), format!("file:{}", path.display()));
    assert!(arguments.contains(&"-nostdin"), "{arguments:?}");
}
