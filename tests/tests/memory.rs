//! What a job holds in memory. This program has the engine's allocator, so that everything is counted; tests of one process
//! would count each other's work, so they run one after the other.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::error::EngineError;
use hummingbird_engine::job::{Event, Outcome};
use hummingbird_engine::memory::{self, Allocator, Meter};
use hummingbird_engine::request::{RawRequest, Reuse};
use hummingbird_engine::worker::EngineHandle;
use hummingbird_tests::engine::OwnEngine;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Held by the test that runs.
static ALONE: Mutex<()> = Mutex::new(());

const MIB: usize = 1 << 20;

fn start() -> OwnEngine {
    let engine = OwnEngine::start();
    engine.want_previews(false);
    engine
}

fn raw() -> RawRequest {
    RawRequest {
        prompt: "a red ball rising over the ocean".into(),
        steps: Some(2),
        seed: Some(3),
        device: DeviceChoice::Cpu,
        ..RawRequest::default()
    }
}

/// Runs a job to its end.
fn run(engine: &EngineHandle, raw: &RawRequest) -> Result<Outcome, EngineError> {
    let request = raw.validate(&engine.model().limits).expect("a plain request");
    engine.submit(request).expect("nothing waits");
    let ended = engine.events().iter().find_map(|event| match event {
        Event::Done { outcome, .. } => Some(Ok(*outcome)),
        Event::Failed { error, .. } => Some(Err(error)),
        _ => None,
    });
    ended.expect("the engine runs")
}

#[test]
fn vectors_of_any_size_are_counted_and_large_ones_kept() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    memory::trim();
    let before = memory::usage();
    let meter = Meter::start();
    let small = vec![1_u8; 100_000];
    let large = vec![2.0_f32; 5 * MIB];
    let growing: Vec<u32> = (0..3_000_000).collect();
    let held = 100_000 + 20 * MIB + growing.capacity() * 4;
    // What other threads of the test harness hold is below this.
    let noise = 256 << 10;
    assert!(memory::usage().live.abs_diff(before.live + held) < noise);
    assert!(growing.iter().enumerate().all(|(index, value)| index as u32 == *value));
    let peak = meter.peak();
    assert!(peak >= held && peak < held + growing.capacity() * 4, "{peak} bytes for {held}");
    drop((small, large, growing));
    let after = memory::usage();
    assert!(after.live.abs_diff(before.live) < noise);
    assert!(after.kept > 20 * MIB, "{} bytes are kept", after.kept);
    memory::trim();
    assert_eq!(memory::usage().kept, 0);
}

#[test]
fn after_the_last_job_nothing_is_kept_from_other_programs() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = start();
    // Held to the end: frames that are dropped after the worker gave all back are a large block that may be kept.
    let outcome = run(&engine, &raw()).expect("it fits");
    let planned = outcome.memory_need.decode.held_bytes();
    let usage = memory::usage();
    assert!(usage.peak > planned * 85 / 100, "decoding alone needs more than {} bytes", usage.peak);
    // The worker gives it back after it has said that the job is done.
    let patience = Instant::now() + Duration::from_secs(60);
    while memory::usage().kept > 0 {
        assert!(Instant::now() < patience, "{:?} after the last job", memory::usage());
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(outcome);
}

/// How far what is used may lie from what is planned, in percent.
const LEEWAY_PERCENT: usize = 15;

/// The jobs whose plans are checked: guidance runs two predictions in parallel, one frame is decoded without company, larger
/// ones alone, the feature cache holds features between steps, and pooled keys and values are a quarter.
const JOBS: [(u32, f32, Reuse, bool); 6] = [
    (16, 7.5, Reuse::Off, false),
    (16, 1.0, Reuse::Off, false),
    (5, 7.5, Reuse::Off, false),
    (1, 1.0, Reuse::Off, false),
    (16, 7.5, Reuse::Strong, false),
    (16, 1.0, Reuse::Light, true),
];

/// Runs the jobs, and gives `check` bytes planned and used of each stage.
fn plans_and_uses(check: impl Fn(&str, usize, usize)) {
    let engine = start();
    for (frames, guidance, reuse, merge_tokens) in JOBS {
        let steps = if reuse == Reuse::Off { 2 } else { 5 };
        let settings = RawRequest { frames: Some(frames), guidance: Some(guidance), steps: Some(steps), ..raw() };
        let raw = RawRequest { reuse: Some(reuse), merge_tokens, ..settings };
        let Outcome { memory_need, memory_use, .. } = run(&engine, &raw).expect("it fits");
        let planned = memory_need.stages().map(|stage| stage.held_bytes());
        let used = [memory_use.text_bytes, memory_use.denoise_bytes, memory_use.decode_bytes];
        for (stage, (planned, used)) in planned.into_iter().zip(used).enumerate() {
            let job = format!("{frames} frames, guidance {guidance}, {reuse} reuse, pooled {merge_tokens}");
            let name = format!("stage {stage}, {job}: {planned} planned, {used} used");
            check(&name, planned, used);
        }
    }
}

/// On one thread there is one order of things, so every run uses the same: as much as was planned, in both directions. The
/// number of threads is fixed when a program first asks for it, so this test runs itself again, as a program of its own.
#[test]
fn on_one_thread_plans_say_what_jobs_of_the_demo_model_use() {
    const THIS: &str = "on_one_thread_plans_say_what_jobs_of_the_demo_model_use";
    const THREADS: &str = "RAYON_NUM_THREADS";
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    if std::env::var_os(THREADS).is_some_and(|threads| threads == "1") {
        plans_and_uses(|name, planned, used| {
            assert!(used >= planned * (100 - LEEWAY_PERCENT) / 100, "less: {name}");
            assert!(used <= planned * (100 + LEEWAY_PERCENT) / 100, "more: {name}");
        });
        return;
    }
    let mut again = std::process::Command::new(std::env::current_exe().expect("this program has a path"));
    let out = again.args(["--exact", THIS]).env(THREADS, "1").output().expect("it starts as it did");
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success() && said.contains("1 passed"), "{said}");
}

/// Where parts of a job run at the same time, the plan lets all of them be at their largest at once. Not every run meets that,
/// but none may take more.
#[test]
fn on_all_threads_no_job_of_the_demo_model_uses_more_than_its_plan_says() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    plans_and_uses(|name, planned, used| {
        assert!(used <= planned * (100 + LEEWAY_PERCENT) / 100, "{name}");
    });
}

#[test]
fn a_limit_has_frames_decoded_one_by_one_or_the_job_refused() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = start();
    let raw = RawRequest { guidance: Some(1.0), frames: Some(4), width: Some(96), height: Some(64), ..raw() };
    let free = run(&engine, &raw).expect("nothing is limited");
    assert!(free.memory_need.frames_at_once > 1);
    let largest = free.memory_need.denoise.held_bytes().max(free.memory_need.text.held_bytes());
    engine.limit_memory(free.memory_need.decode.held_bytes().max(largest + 1) - 1);
    let limited = run(&engine, &raw);
    if free.memory_need.decode.held_bytes() > largest {
        let limited = limited.expect("one frame after the other fits");
        assert_eq!(limited.memory_need.frames_at_once, 1);
        // Sums of fewer rows may be rounded otherwise.
        let mut pairs = limited.frames.pixels().iter().zip(free.frames.pixels());
        assert!(pairs.all(|(a, b)| a.abs_diff(*b) <= 1), "the clip is the same");
    }
    engine.limit_memory(1 << 20);
    let error = run(&engine, &raw).expect_err("one step takes more");
    assert!(matches!(error, EngineError::MemoryTooSmall { .. }), "{error}");
}
