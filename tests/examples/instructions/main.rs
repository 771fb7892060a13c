//! The speed gate: how many instructions each CPU kernel, and each network of the embedded model, takes on one thread. Counts
//! do not depend on what else the machine does, so they can be compared with those of another day, where times cannot.
//!
//! `.ci/instructions` builds and runs it: `check` compares with `tests/speed/baseline.json` and fails where something takes
//! a tenth more, `write` makes the baseline anew, `measure` is what runs inside valgrind.
//!
//! Valgrind shows programs a processor with AVX2 and without AVX-512, so the code for AVX2 is what is counted. Its counts say
//! nothing about caches, memory or threads: those need a quiet machine and the benches.

mod cases;
mod valgrind;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hummingbird_engine::memory::Allocator;
use hummingbird_tests::instruction_counts::compare;
use serde::{Deserialize, Serialize};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// What is checked in.
#[derive(Serialize, Deserialize)]
struct Baseline {
    /// What compiled the code that was counted: another one gives other counts.
    compiler: String,
    /// Instructions of each case.
    instructions: BTreeMap<String, u64>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["measure"] => cases::run(&mut valgrind::count)?,
        ["check"] => return check(&counted()?),
        ["write"] => {
            let text = serde_json::to_string_pretty(&counted()?)?;
            std::fs::write(baseline_path(), text + "\n")?;
            say(&format!("written: {}", baseline_path().display()));
        }
        _ => return Err("say check, write or measure".into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn baseline_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("speed/baseline.json")
}

/// Counts all cases now.
fn counted() -> Result<Baseline, Box<dyn Error>> {
    let compiler = std::process::Command::new("rustc").arg("--version").output()?;
    let instructions = valgrind::measure_this_program()?;
    Ok(Baseline { compiler: String::from_utf8(compiler.stdout)?.trim().to_owned(), instructions })
}

/// Prints both counts of every case, and fails where one has grown too much or has no baseline.
fn check(now: &Baseline) -> Result<ExitCode, Box<dyn Error>> {
    let path = baseline_path();
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let before: Baseline = serde_json::from_str(&text)?;
    let report = compare(&before.instructions, &now.instructions);
    say(&report.table);
    if before.compiler != now.compiler {
        say(&format!("the baseline is of {}, this is {}", before.compiler, now.compiler));
    }
    if report.complaints.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "{}\nIf it has to be so, make the baseline anew: .ci/instructions write",
        report.complaints.join("\n")
    ));
    Ok(ExitCode::FAILURE)
}

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
fn say(line: &str) {
    println!("{line}");
}
