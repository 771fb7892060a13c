//! What becomes of jobs and of training when a GPU's driver fails, what is left of a GPU that was closed, and several engines on one
//! GPU: through the whole engine, on a software driver that fails when it is told to.
#![cfg(target_os = "linux")]

mod failing_driver;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::{Device, Tensor};
use failing_driver::{Fault, fail, is_due, live, on_failing_driver};
use hummingbird_engine::device::{self, DeviceChoice, DriverReport};
use hummingbird_engine::error::{DeviceError, EngineError};
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::{CancelToken, Event, Stage, Warning};
use hummingbird_engine::memory::{Allocator, usage};
use hummingbird_engine::nn::config::TinyDecoderConfig;
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use hummingbird_engine::request::{RawRequest, Reuse};
use hummingbird_engine::training::TrainError;
use hummingbird_engine::training::objectives::distillation::{DecodedFrames, DecoderDistillation, DistillationWeights};
use hummingbird_engine::training::recipes::RecipeRun as _;
use hummingbird_engine::training::recipes::vae::{NetworkSettings, VaeRecipe};
use hummingbird_engine::training::trainer::log::TrainEvent;
use hummingbird_engine::training::trainer::optimizer::AdamWSettings;
use hummingbird_engine::training::trainer::{
    TrainPlace, TrainPlaces, TrainStart, Trainer, TrainerSettings, latest_checkpoint,
};
use hummingbird_engine::weights::SeededStart;
use hummingbird_engine::worker::EngineHandle;
use hummingbird_tests::engine::OwnEngine;
use hummingbird_tests::unet_input::noise;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

const GPU: DeviceChoice = DeviceChoice::Gpu(Some(0));

fn start() -> OwnEngine {
    let engine = OwnEngine::start();
    engine.want_previews(false);
    engine
}

fn request(engine: &EngineHandle, frames: u32) -> hummingbird_engine::request::GenerateRequest {
    let raw = RawRequest {
        prompt: "a red ball rising over the ocean".into(),
        steps: Some(4),
        frames: Some(frames),
        width: Some(96),
        height: Some(64),
        seed: Some(3),
        reuse: Some(Reuse::Off),
        device: GPU,
        ..RawRequest::default()
    };
    raw.validate(&engine.model().limits).expect("a plain request")
}

/// How a job ended.
struct End {
    frames: Result<Arc<Frames>, EngineError>,
    warnings: Vec<Warning>,
}

/// Runs a job of two frames. The driver fails at the first event of which `at` says so.
fn run(engine: &EngineHandle, fault: Option<Fault>, at: impl Fn(&Event) -> bool) -> End {
    run_frames(engine, 2, fault, at)
}

/// Runs a job of this many frames. The driver fails at the first event of which `at` says so.
fn run_frames(engine: &EngineHandle, frames: u32, fault: Option<Fault>, at: impl Fn(&Event) -> bool) -> End {
    let id = engine.submit(request(engine, frames)).expect("the queue has room");
    let (mut warnings, mut fault) = (Vec::new(), fault);
    for event in engine.events().iter() {
        if fault.is_some() && at(&event) {
            fail(fault.take().expect("it was just seen"));
        }
        match event {
            Event::Warning { warning, .. } => warnings.push(warning),
            Event::Done { job, outcome } if job == id => return End { frames: Ok(outcome.frames), warnings },
            Event::Failed { job, error } if job == id => return End { frames: Err(error), warnings },
            _ => {}
        }
    }
    panic!("the engine stopped")
}

fn undisturbed(engine: &EngineHandle) -> Arc<Frames> {
    let End { frames, warnings } = run(engine, None, |_| false);
    assert!(warnings.is_empty(), "{warnings:?}");
    frames.expect("nothing fails")
}

fn is_at(event: &Event, stage: Stage, done: u32) -> bool {
    matches!(event, Event::Progress { progress, .. } if progress.stage == stage && progress.done == done)
}

#[test]
fn a_job_on_a_lost_device_goes_on_with_another() {
    on_failing_driver("a_job_on_a_lost_device_goes_on_with_another", || {
        let engine = start();
        let expected = undisturbed(&engine);
        let End { frames, warnings } = run(&engine, Some(Fault::Lost), |event| is_at(event, Stage::Denoise, 2));
        assert!(!is_due(), "the driver failed");
        assert!(
            matches!(&warnings[..], [Warning::DeviceReopened { detail, .. }] if detail.contains("lost")),
            "{warnings:?}"
        );
        assert_eq!(frames.expect("it goes on"), expected, "the same clip");
        assert_eq!(undisturbed(&engine), expected, "and so do later jobs");
    });
}

#[test]
fn a_device_lost_between_jobs_is_opened_again() {
    on_failing_driver("a_device_lost_between_jobs_is_opened_again", || {
        let engine = start();
        let expected = undisturbed(&engine);
        let End { frames, .. } = run(&engine, Some(Fault::Lost), |event| matches!(event, Event::Started { .. }));
        assert!(!is_due(), "the driver failed");
        assert_eq!(frames.expect("it goes on"), expected, "the same clip");
    });
}

#[test]
fn a_device_that_is_lost_again_and_again_fails_the_job() {
    on_failing_driver("a_device_that_is_lost_again_and_again_fails_the_job", || {
        let engine = start();
        undisturbed(&engine);
        let End { frames, .. } = run(&engine, Some(Fault::LostAlways), |event| is_at(event, Stage::Denoise, 1));
        let error = frames.map(|_| ()).expect_err("no device lasts");
        assert!(matches!(error, EngineError::Device(DeviceError::DeviceFailed { .. })), "{error:?}");
    });
}

#[test]
fn a_decode_without_memory_is_done_in_smaller_parts() {
    on_failing_driver("a_decode_without_memory_is_done_in_smaller_parts", || {
        let engine = start();
        let expected = undisturbed(&engine);
        let End { frames, warnings } = run(&engine, Some(Fault::Submit), |event| is_at(event, Stage::Decode, 0));
        assert!(!is_due(), "the driver failed");
        assert_eq!(warnings, [Warning::FewerFramesAtOnce { frames: 1 }]);
        assert_eq!(frames.expect("it goes on"), expected, "the same clip");
    });
}

#[test]
fn sampling_without_memory_says_so() {
    on_failing_driver("sampling_without_memory_says_so", || {
        let engine = start();
        undisturbed(&engine);
        // Before the job is sent: an event may be read long after the computation that it announces. More frames need more memory
        // than the engine has kept from the first job.
        fail(Fault::AllocateAlways);
        let End { frames, .. } = run_frames(&engine, engine.model().limits.max_frames, None, |_| false);
        let error = frames.map(|_| ()).expect_err("there is no memory");
        assert!(matches!(error, EngineError::OutOfMemory { .. }), "{error:?}");
    });
}

/// Both ways in which too much is asked for: more than the driver ever gives, and more than it has now.
#[test]
fn an_allocation_that_fails_is_told_as_one() {
    on_failing_driver("an_allocation_that_fails_is_told_as_one", || {
        let opened = device::open(GPU, None).expect("there is a driver");
        let most = opened.max_buffer_bytes.expect("a GPU has a limit");
        let too_large = || Tensor::<1>::zeros([most / 4 + (64 << 20)], &opened.device).sum().into_data();
        let panic = catch_unwind(AssertUnwindSafe(too_large)).expect_err("it does not fit");
        let message = panic.downcast_ref::<String>().cloned().unwrap_or_default();
        assert_eq!(DriverReport::of_panic(&message), Some(DriverReport::OutOfMemory), "{message}");

        drop(opened);
        let opened = device::open(GPU, None).expect("the driver is still there");
        fail(Fault::Allocate);
        // Larger than any block that the runtime may have kept.
        let values = Tensor::<1>::ones([24 << 20], &opened.device) * 2.0;
        let report = opened.check();
        assert!(!is_due(), "the driver failed");
        assert_eq!(report, Some(DriverReport::OutOfMemory));
        drop(values);
    });
}

/// Four updates of a tiny autoencoder, with a checkpoint after each.
fn tiny_training(folder: &Path) -> VaeRecipe {
    let mut recipe = VaeRecipe { crop_width: 32, crop_height: 32, ..VaeRecipe::default() };
    recipe.network = NetworkSettings { ch: 8, ch_mult: vec![1, 1, 1], z_channels: 4, ..NetworkSettings::default() };
    recipe.run.folder = folder.to_owned();
    (recipe.run.updates, recipe.run.batch, recipe.run.checkpoint_secs) = (4, 2, 0.0);
    recipe
}

/// Trains on a GPU that is opened for it, and gives the loss of each update beside how the run ended. The driver fails after the
/// checkpoint of the update `fault`, so that the next computation meets it.
fn train(recipe: &VaeRecipe, fault: Option<u64>) -> (Vec<(u64, f64)>, Result<bool, TrainError>) {
    let opened = device::open(GPU, None).expect("there is a driver");
    let run = recipe.clone().open().expect("all is right");
    let mut losses = Vec::new();
    let end = run.train(&opened.device, &CancelToken::default(), &mut |event| match event {
        TrainEvent::Update { step, loss } => losses.push((step, loss)),
        TrainEvent::Checkpoint { .. } if fault.is_some() && fault == losses.last().map(|(step, _)| *step) => {
            fail(Fault::Lost);
        }
        _ => {}
    });
    (losses, end)
}

#[test]
fn training_on_a_device_that_is_lost_ends_with_its_checkpoint_and_goes_on() {
    on_failing_driver("training_on_a_device_that_is_lost_ends_with_its_checkpoint_and_goes_on", || {
        let [whole, broken] = [(); 2].map(|()| tempfile::tempdir().expect("there is room for a folder"));
        let (undisturbed, end) = train(&tiny_training(whole.path()), None);
        assert!(end.expect("nothing fails"), "it is finished");
        assert_eq!(undisturbed.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [1, 2, 3, 4]);

        let recipe = tiny_training(broken.path());
        let (before, end) = train(&recipe, Some(2));
        assert!(!is_due(), "the driver failed");
        let error = end.expect_err("the device is gone");
        assert!(error.to_string().contains("start the same command again"), "{error}");
        let TrainError::DeviceLost { device, step, folder, detail } = &error else { panic!("{error:?}") };
        assert_eq!((*step, folder.as_path()), (2, broken.path()));
        assert!(device.contains("llvmpipe") && detail.contains("lost"), "{error}");
        assert_eq!(latest_checkpoint(broken.path(), "vae"), Some(broken.path().join("vae-00000002")));

        let (after, end) = train(&recipe, None);
        assert!(end.expect("the device is there again"), "it is finished");
        assert_eq!([before, after].concat(), undisturbed, "the same losses");
    });
}

/// One of two devices, either of them.
#[test]
fn a_lost_device_of_several_is_named() {
    on_failing_driver("a_lost_device_of_several_is_named", || {
        let config = TinyDecoderConfig { z_channels: 8, width: 4, blocks: vec![1, 1] };
        let objective =
            || DecoderDistillation { weights: DistillationWeights { square: 2.0, gradient: 0.5, drawn: 0.1 } };
        for gpu_is_first in [false, true] {
            let opened = device::open(GPU, None).expect("there is a driver");
            let mut places = [
                TrainPlace { device: Device::flex(), name: "cpu".to_owned() },
                TrainPlace { device: opened.device.clone(), name: "gpu:0".to_owned() },
            ];
            if gpu_is_first {
                places.reverse();
            }
            let [first, other] = places;
            let folder = tempfile::tempdir().expect("there is room for a folder");
            let start = TrainStart { weights: &SeededStart { seed: 1 }, seed: 1, origin: None };
            let settings = TrainerSettings { optimizer: AdamWSettings::default(), ema_decay: None };
            let build = |loader: &ParamLoader<'_>| TinyDecoder::init(&config, &loader.path(TINY_DECODER_PREFIX));
            let mut trainer = Trainer::start_or_resume(folder.path(), "x", start, settings, &first.device, build)
                .expect("a seeded start has everything");
            let device = first.device.clone().autodiff();
            let frames = DecodedFrames {
                latents: noise([2, 4, 6, 8], &device),
                targets: Tensor::ones([2, 8, 12, 3], &device),
                drawn: Tensor::ones([2, 8, 12, 3], &device),
            };
            trainer.replicate(&TrainPlaces { first, others: vec![other] });
            let mut step = || trainer.step_on_all(&objective(), &[objective()], &frames, 1e-2);
            step().expect("nothing fails");
            fail(Fault::Lost);
            let lost = step().expect_err("the device is gone");
            assert!(!is_due(), "the driver failed");
            assert!(lost.name == "gpu:0" && lost.detail.contains("lost"), "{lost:?}");
        }
    });
}

/// Threads of this process.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").expect("Linux has it").count()
}

#[test]
fn a_closed_engine_gives_back_the_memory_of_its_gpu() {
    on_failing_driver("a_closed_engine_gives_back_the_memory_of_its_gpu", || {
        let mut after = Vec::new();
        for _ in 0..3 {
            let engine = start();
            undisturbed(&engine);
            let (devices, allocations) = live();
            assert!(devices == 1 && allocations > 0, "{devices} devices, {allocations} allocations while it is open");
            drop(engine);
            assert_eq!(live(), (0, 0), "devices and allocations once it is closed");
            after.push((threads(), usage().live));
        }
        assert!(after[2].0 <= after[0].0, "threads stay behind: {after:?}");
        assert!(after[2].1 < after[0].1 + (1 << 20), "memory of ours stays behind: {after:?}");
    });
}

/// While one engine compiles, which computes nothing, another one computes.
#[test]
fn an_engine_that_prepares_leaves_others_alone() {
    on_failing_driver("an_engine_that_prepares_leaves_others_alone", || {
        let (engine, other) = (start(), start());
        let expected = undisturbed(&engine);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // Each size has kernels of its own to compile.
                for frames in (1..=16).cycle().take_while(|_| !stop.load(Ordering::Relaxed)) {
                    other.prepare(request(&other, frames)).expect("nothing waits");
                    let prepared = |event: &Event| matches!(event, Event::Prepared { .. });
                    other.events().iter().find(prepared).expect("it is told");
                }
            });
            for _ in 0..3 {
                assert_eq!(undisturbed(&engine), expected, "the same clip");
            }
            stop.store(true, Ordering::Relaxed);
        });
    });
}
