//! A driver that fails when a test says so (`driver.c`, around Mesa's lavapipe), and processes of their own that compute on it:
//! the Vulkan loader reads once in a process which drivers there are.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hummingbird_tests::devices::{REQUIRE_GPU_VARIABLE, skipped};

/// Set in a process that a test started for itself: the name of the test.
const CHILD_VARIABLE: &str = "HUMMINGBIRD_TEST_CHILD";
const TRIGGER_VARIABLE: &str = "FAILING_DRIVER_TRIGGER";
const LIVE_VARIABLE: &str = "FAILING_DRIVER_LIVE";
/// Long enough for a slow machine; a wait on a lost device must not last forever.
const PATIENCE: Duration = Duration::from_secs(240);
/// Where Linux keeps the descriptions of its drivers.
const DRIVERS: [&str; 2] = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/// How the driver fails.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The next allocation of memory finds none.
    Allocate,
    /// Every allocation finds none.
    AllocateAlways,
    /// The next submission finds no memory.
    Submit,
    /// The next submission finds the device gone.
    Lost,
    /// Every device is gone at its first submission.
    LostAlways,
}

/// From now on the driver of this process fails.
pub fn fail(fault: Fault) {
    let text = match fault {
        Fault::Allocate => "allocate",
        Fault::AllocateAlways => "allocate always",
        Fault::Submit => "submit",
        Fault::Lost => "lost",
        Fault::LostAlways => "lost always",
    };
    let path = PathBuf::from(std::env::var_os(TRIGGER_VARIABLE).expect("only a child calls this"));
    // Whole at once: the driver looks at any time.
    let draft = path.with_extension("draft");
    fs::write(&draft, text).and_then(|()| fs::rename(&draft, &path)).expect("the folder is there");
}

/// Devices and allocations of memory that the driver of this process has now.
pub fn live() -> (u32, u32) {
    let text =
        fs::read_to_string(std::env::var_os(LIVE_VARIABLE).expect("only a child calls this")).unwrap_or_default();
    let mut counts = text.split_whitespace().map(|count| count.parse().expect("the driver writes numbers"));
    (counts.next().unwrap_or(0), counts.next().unwrap_or(0))
}

/// Whether the driver has not failed yet as it was told to.
pub fn is_due() -> bool {
    Path::new(&std::env::var_os(TRIGGER_VARIABLE).expect("only a child calls this")).exists()
}

/// Runs `body` in a process of its own, whose only GPU is the failing driver, as the test of this name.
pub fn on_failing_driver(test: &str, body: impl FnOnce()) {
    if std::env::var(CHILD_VARIABLE).is_ok_and(|child| child == test) {
        return body();
    }
    let Some(real) = lavapipe() else {
        let required = std::env::var(REQUIRE_GPU_VARIABLE).is_ok_and(|value| value == "1");
        assert!(!required, "{test}: {REQUIRE_GPU_VARIABLE} is 1 and Mesa's lavapipe is not in {DRIVERS:?}");
        skipped(test, "there is no lavapipe");
        return;
    };
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let icd = build(folder.path());
    let at = |name: &str| folder.path().join(name);
    let log = fs::File::create(at("log")).expect("the folder is there");
    let mut child = Command::new(std::env::current_exe().expect("it is running"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD_VARIABLE, test)
        .env("VK_DRIVER_FILES", &icd)
        .env("VK_ICD_FILENAMES", &icd)
        .env("FAILING_DRIVER_REAL", real)
        .env(TRIGGER_VARIABLE, at("trigger"))
        .env(LIVE_VARIABLE, at("live"))
        // The user's folders stay the user's.
        .env("HOME", folder.path())
        .env("XDG_CACHE_HOME", at("cache"))
        .env("XDG_DATA_HOME", at("data"))
        .env("XDG_CONFIG_HOME", at("config"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("it is open"))
        .stderr(log)
        .spawn()
        .expect("it is this program");
    let started = Instant::now();
    let status = loop {
        match child.try_wait().expect("it was started") {
            Some(status) => break Some(status),
            None if started.elapsed() > PATIENCE => {
                child.kill().expect("it still runs");
                child.wait().expect("it was killed");
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut log = String::new();
    fs::File::open(at("log")).and_then(|mut file| file.read_to_string(&mut log)).expect("it was written");
    match status {
        None => panic!("{test} hung:\n{log}"),
        Some(status) => assert!(status.success() && log.contains("1 passed"), "{test}, {status}:\n{log}"),
    }
}

/// The library of Mesa's software driver.
fn lavapipe() -> Option<PathBuf> {
    let descriptions = DRIVERS.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let mut of_lavapipe = descriptions.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.starts_with("lvp_icd") && name.ends_with(".json") && !name.contains("i686")
    });
    let text = fs::read_to_string(of_lavapipe.next()?.path()).ok()?;
    let description: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(PathBuf::from(description["ICD"]["library_path"].as_str()?))
}

/// Builds the driver and gives its description.
fn build(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/failing_driver/driver.c");
    let library = folder.join("failing_driver.so");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    assert!(built.expect("a C compiler is needed, see the README").success(), "the driver is built");
    let icd = folder.join("failing_driver.json");
    let description = serde_json::json!({
        "file_format_version": "1.0.0",
        "ICD": { "api_version": "1.1.230", "library_path": library },
    });
    fs::write(&icd, description.to_string()).expect("the folder is there");
    icd
}
