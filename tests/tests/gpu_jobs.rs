//! Whole jobs on a GPU, or on the software driver in its place: what is prepared beforehand, and what that must not change. A file
//! of its own, since preparing stops every launch of a process.

use std::sync::Arc;

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::{Event, JobProgress, Stage};
use hummingbird_engine::request::{GenerateRequest, RawRequest};
use hummingbird_engine::worker::EngineHandle;
use hummingbird_tests::devices::gpu;
use hummingbird_tests::engine::OwnEngine;

fn request(engine: &EngineHandle, device: DeviceChoice) -> GenerateRequest {
    let raw = RawRequest {
        prompt: "a red ball rising over the ocean".into(),
        steps: Some(2),
        frames: Some(2),
        seed: Some(3),
        device,
        ..RawRequest::default()
    };
    raw.validate(&engine.model().limits).expect("a plain request")
}

fn start() -> OwnEngine {
    OwnEngine::start()
}

/// The frames of a job and all that was told of its progress.
fn run(engine: &EngineHandle, request: GenerateRequest) -> (Arc<Frames>, Vec<JobProgress>) {
    let id = engine.submit(request).expect("the queue has room");
    let mut told = Vec::new();
    for event in engine.events().iter() {
        match event {
            Event::Progress { job, progress } if job == id => told.push(progress),
            Event::Done { job, outcome } if job == id => return (outcome.frames, told),
            Event::Failed { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
    panic!("the engine stopped")
}

fn stages(told: &[JobProgress]) -> Vec<Stage> {
    let mut stages: Vec<_> = told.iter().map(|progress| progress.stage).collect();
    stages.dedup();
    stages
}

#[test]
fn kernels_are_prepared_once_and_clips_are_those_of_the_cpu() {
    if gpu("a job").is_none() {
        return;
    }
    let engine = start();
    let on_gpu = request(&engine, DeviceChoice::Gpu(None));
    let preparation = engine.prepare(on_gpu.clone()).expect("nothing waits");
    let mut told = Vec::new();
    for event in engine.events().iter() {
        match event {
            Event::Progress { progress, .. } => told.push(progress),
            Event::Prepared { job } => {
                assert_eq!(job, preparation);
                break;
            }
            Event::Started { .. } | Event::Planned { .. } => {}
            other => panic!("a preparation says nothing else: {other:?}"),
        }
    }
    assert_eq!(stages(&told), [Stage::Device, Stage::Load, Stage::Compile]);
    let compiling = told.iter().filter(|progress| progress.stage == Stage::Compile);
    let parts: Vec<_> = compiling.map(|progress| (progress.done, progress.total)).collect();
    assert_eq!(parts, [(0, 3), (1, 3), (2, 3), (3, 3)]);

    let (frames, told) = run(&engine, on_gpu.clone());
    assert_eq!(stages(&told), [Stage::Text, Stage::Denoise, Stage::Decode], "everything was there");
    let (smaller, told) = {
        let mut one_frame = on_gpu;
        one_frame.clip.frames = 1;
        run(&engine, one_frame)
    };
    assert_eq!(stages(&told)[0], Stage::Compile, "another size may need other kernels");
    assert_eq!(smaller.count(), 1);

    let (of_cpu, told) = run(&engine, request(&engine, DeviceChoice::Cpu));
    assert!(!stages(&told).contains(&Stage::Compile), "the CPU compiles nothing");
    let differences = frames.pixels().iter().zip(of_cpu.pixels()).map(|(a, b)| a.abs_diff(*b));
    assert_eq!(frames.pixels().len(), of_cpu.pixels().len());
    // Sums in another order, and what two steps make of that, before rounding to whole levels.
    assert!(differences.max() <= Some(2), "the clip is not that of the CPU");
}

#[test]
fn a_preparation_for_a_device_that_is_not_there_is_left_to_the_job() {
    let engine = start();
    let absent = request(&engine, DeviceChoice::Gpu(Some(99)));
    engine.prepare(absent.clone()).expect("nothing waits");
    engine.submit(absent).expect("the queue has room");
    let ends = engine.events().iter().filter(|event| matches!(event, Event::Prepared { .. } | Event::Failed { .. }));
    let ends: Vec<_> = ends.take(2).collect();
    assert!(matches!(ends[..], [Event::Prepared { .. }, Event::Failed { .. }]), "{ends:?}");
}
