//! How long a model takes to load, beside reading its file, and how much memory the program has then: the file is dropped from
//! the system's cache before each measurement (where `dd` can do that), so that both come from the disk. Weights that are used
//! where the file lies are read when they are first touched; so each page of the file is touched through a map after loading,
//! while the engine reads ahead, and that time counts as loading.
//!
//! `cargo bench --workspace --bench model_load -- FILE [RUNS]`; FILE is any model, for example one that
//! `hummingbird models convert` wrote.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use burn::tensor::Device;
use hummingbird_engine::jobs::models::Models;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::weights::ModelFile;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let Some(path) = args.next().map(PathBuf::from) else {
        say("name a model file: cargo bench --workspace --bench model_load -- FILE [RUNS]");
        return Ok(());
    };
    let runs: usize = args.next().map_or(Ok(3), |runs| runs.parse())?;
    let bytes = std::fs::metadata(&path)?.len();
    say(&format!("{}: {:.2} GB", path.display(), bytes as f64 / 1e9));
    let mut ratios = Vec::new();
    for run in 0..runs {
        let cold = forget(&path);
        let reading = read(&path)?;
        forget(&path);
        let started = Instant::now();
        let file = ModelFile::open(&ModelSource::File(path.clone()))?;
        let models = Models::load(&file, &[], &Device::flex())?;
        let opening = started.elapsed().as_secs_f64();
        touch(&path)?;
        let loading = started.elapsed().as_secs_f64();
        let own = memory("RssAnon");
        ratios.push(loading / reading);
        drop(models);
        say(&format!(
            "run {run} ({}): read {reading:.2} s, load {opening:.2} s, with all weights touched {loading:.2} s, \
             ratio to reading {:.2}; memory beside the file {own:.0} MiB",
            if cold { "from the disk" } else { "from the cache" },
            loading / reading
        ));
    }
    ratios.sort_by(f64::total_cmp);
    say(&format!("median ratio {:.2}", ratios[ratios.len() / 2]));
    Ok(())
}

/// Drops a file from the system's cache; whether that was possible.
fn forget(path: &Path) -> bool {
    let mut input = std::ffi::OsString::from("if=");
    input.push(path);
    let dropped = Command::new("dd")
        .arg(input)
        .args(["of=/dev/null", "iflag=nocache", "count=0"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    dropped.is_ok_and(|status| status.success())
}

/// Reads the whole file as a copy does: seconds.
fn read(path: &Path) -> std::io::Result<f64> {
    let started = Instant::now();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    while file.read(&mut buffer)? > 0 {}
    Ok(started.elapsed().as_secs_f64())
}

/// Touches every page of a map of the file.
fn touch(path: &Path) -> std::io::Result<()> {
    const PAGE: usize = 4096;
    // SAFETY: the map is only read, and whoever runs this bench does not change the file meanwhile.
    let map = unsafe { memmap2::Mmap::map(&File::open(path)?)? };
    let sum = map.iter().step_by(PAGE).fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    std::hint::black_box(sum);
    Ok(())
}

/// A number of `/proc/self/status` in MiB; 0 where there is none.
fn memory(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()).map_or(0.0, |kib| kib / 1024.0)
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn say(line: &str) {
    println!("{line}");
}
