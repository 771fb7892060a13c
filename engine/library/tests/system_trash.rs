//! The system's trash: that of a home folder which the test makes, in a process of its own, so that nobody's real trash is touched.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use hummingbird_base::Folders;
use hummingbird_library::{Bin, Library, LibraryError, LibrarySettings, NewClip, Query, keep};
use hummingbird_pipeline::handoff::Frames;
use hummingbird_pipeline::settings::value::Value;
use hummingbird_pipeline::video_out::Provenance;

/// Names the home folder of the inner process.
const INSIDE: &str = "HUMMINGBIRD_TEST_HOME";

#[test]
fn removed_clips_go_to_the_systems_trash_and_come_back() {
    if let Some(home) = std::env::var_os(INSIDE) {
        inside(Path::new(&home));
        return;
    }
    let home = tempfile::tempdir().expect("a temporary folder");
    let program = std::env::current_exe().expect("it runs");
    let name = "removed_clips_go_to_the_systems_trash_and_come_back";
    let output = Command::new(program)
        .args([name, "--exact", "--nocapture"])
        .env(INSIDE, home.path())
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .output()
        .expect("the test starts itself");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
}

fn inside(home: &Path) {
    let folders = Folders { trash: None, ..Folders::at(home.join("hummingbird")) };
    let mut library = Library::open(&folders).expect("writable");
    let settings = [("prompt", Value::Text("a red ball".into())), ("fps", Value::Whole(8))];
    let settings = settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    let provenance = Provenance { settings, ..Provenance::default() };
    let frames = Frames::new(32, 32, vec![99; 32 * 32 * 3 * 2]);
    let clip = NewClip { frames: &frames, provenance: &provenance, made: SystemTime::now(), latent: None };
    let written = keep(&folders, &LibrarySettings::default(), &clip, &mut |_| ()).expect("there is room");
    let id = library.add(&written, &clip).expect("writable");
    let bytes = std::fs::read(&written.path).expect("it is there");
    // Twice, so that one of the same name lies in the trash already.
    for _ in 0..2 {
        let removed = library.remove(id).expect("the trash takes it");
        assert_eq!(removed.bin, Bin::System);
        let files = home.join("data/Trash/files");
        assert!(!written.path.exists() && std::fs::read_dir(&files).expect("it is there").count() == 1);
        library.restore(&removed).expect("it comes back");
        assert_eq!(std::fs::read(&written.path).expect("it is back"), bytes);
        assert_eq!(library.find(&Query::default()).expect("readable"), [id]);
    }
    let removed = library.remove(id).expect("the trash takes it");
    std::fs::remove_dir_all(home.join("data/Trash")).expect("emptied by its owner");
    assert!(matches!(library.restore(&removed), Err(LibraryError::NotRestored { .. })));
}
