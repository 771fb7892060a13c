//! What a job holds in memory. This program has the engine's allocator, so that everything is counted; tests of one process
//! would count each other's work, so they run one after the other.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::job::Event;
use hummingbird_engine::memory::{self, Allocator, Meter};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::RawRequest;
use hummingbird_engine::worker::EngineHandle;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Held by the test that runs.
static ALONE: Mutex<()> = Mutex::new(());

const MIB: usize = 1 << 20;

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
    let engine = EngineHandle::start(&ModelSource::Embedded, Arc::new(|| ())).expect("the model is embedded");
    let raw = RawRequest {
        prompt: "a red ball rising over the ocean".into(),
        steps: Some(2),
        device: DeviceChoice::Cpu,
        ..RawRequest::default()
    };
    let request = raw.validate(&engine.model().limits).expect("a plain request");
    engine.submit(request).expect("nothing waits");
    let outcome = engine.events().iter().find_map(|event| match event {
        Event::Done { outcome, .. } => Some(outcome),
        Event::Failed { error, .. } => panic!("{error}"),
        _ => None,
    });
    assert!(outcome.is_some(), "the engine stopped");
    let usage = memory::usage();
    assert!(usage.peak > 16 * MIB, "decoding alone needs more than {} bytes", usage.peak);
    let patience = Instant::now() + Duration::from_secs(10);
    while memory::usage().kept > 0 {
        assert!(Instant::now() < patience, "{:?} after the last job", memory::usage());
        std::thread::sleep(Duration::from_millis(5));
    }
}
