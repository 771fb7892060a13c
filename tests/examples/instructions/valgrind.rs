//! Callgrind from inside and from outside: what runs between two requests is counted, all else runs without instruments.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::process::Command;

/// Requests of callgrind, from `callgrind.h`: each tool has a base of two letters.
const CALLGRIND: usize = (b'C' as usize) << 24 | (b'T' as usize) << 16;
const DUMP_STATS_AT: usize = CALLGRIND + 3;
const START_INSTRUMENTATION: usize = CALLGRIND + 4;
const STOP_INSTRUMENTATION: usize = CALLGRIND + 5;
/// How a dump that was asked for names itself.
const TRIGGER: &str = "desc: Trigger: Client Request: ";

/// Counts one run, and dumps the count under this name. The first run, which fills caches and picks code, is not counted.
pub fn count(name: &str, run: &mut dyn FnMut()) {
    run();
    let dump = format!("{name}\0");
    request(START_INSTRUMENTATION, 0);
    run();
    request(DUMP_STATS_AT, dump.as_ptr() as usize);
    request(STOP_INSTRUMENTATION, 0);
}

/// Asks valgrind for something: nothing happens outside of it.
#[cfg(target_arch = "x86_64")]
fn request(code: usize, argument: usize) {
    let words = [code, argument, 0, 0, 0, 0];
    // SAFETY: the sequence of `valgrind.h`. The rotations, by 128 bits in all, leave rdi as it was, the exchange changes
    // nothing; valgrind, which knows the sequence, reads the words at rax and answers in rdx.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") words.as_ptr(),
            inout("rdx") 0_usize => _,
        );
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn request(_code: usize, _argument: usize) {}

/// Runs this program's `measure` in valgrind: instructions of each case.
pub fn measure_this_program() -> Result<BTreeMap<String, u64>, Box<dyn Error>> {
    if cfg!(not(target_arch = "x86_64")) {
        return Err("the baseline is of x86-64; other processors have other instructions".into());
    }
    let folder = std::env::temp_dir().join(format!("hummingbird-instructions-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let counts = measure_into(&folder);
    fs::remove_dir_all(&folder)?;
    counts
}

fn measure_into(folder: &std::path::Path) -> Result<BTreeMap<String, u64>, Box<dyn Error>> {
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--instr-atstart=no"])
        .arg(format!("--callgrind-out-file={}", folder.join("out").display()))
        .arg(std::env::current_exe()?)
        .arg("measure")
        .env("RAYON_NUM_THREADS", "1")
        .status()
        .map_err(|error| format!("valgrind does not start: {error}"))?;
    if !status.success() {
        return Err(format!("valgrind ended with {status}").into());
    }
    let mut counts = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let text = fs::read_to_string(entry?.path())?;
        // The dump at the end of the program was not asked for.
        let Some(name) = text.lines().find_map(|line| line.strip_prefix(TRIGGER)) else { continue };
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
        let total = total.ok_or_else(|| format!("{name}: the dump has no total"))?;
        counts.insert(name.to_owned(), total.trim().parse()?);
    }
    if counts.is_empty() {
        return Err("valgrind counted nothing".into());
    }
    Ok(counts)
}
