//! Jobs on a worker of the demo model.

use std::path::Path;
use std::sync::atomic::AtomicU32;

use super::*;
use crate::jobs::events::UsedDecoder;
use crate::jobs::request::{RawRequest, Reuse};

fn request() -> GenerateRequest {
    let raw = RawRequest {
        prompt: "a red ball rising over the ocean".into(),
        steps: Some(4),
        frames: Some(2),
        seed: Some(7),
        reuse: Some(Reuse::Off),
        device: DeviceChoice::Cpu,
        ..RawRequest::default()
    };
    let card = ModelFile::open(&ModelSource::Embedded).expect("it is embedded").card();
    raw.validate(&card.limits).expect("a plain request")
}

/// A worker of the demo model that keeps its latents in `folder`.
fn worker(folder: &Path, events: Sender<Event>, wake: Wake) -> Worker {
    let shared = Shared {
        events,
        previews: PreviewSlot::default(),
        previews_wanted: Arc::new(AtomicBool::new(false)),
        wake,
        memory_limit: Arc::new(AtomicUsize::new(usize::MAX)),
        shelf: Some(LatentShelf::at(folder.to_owned())),
        tokens: Arc::default(),
    };
    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    Worker::new(file, shared)
}

fn run(worker: &mut Worker, job: u64, work: Work) {
    let (id, cancel) = (JobId(job), CancelToken::default());
    worker.shared.tokens().waiting.insert(id, cancel.clone());
    worker.run(Job { id, work, cancel });
}

/// Runs a job on a device that fails each time that `fails` says so of a finished step, and gives all its events.
fn run_on_failing_device(
    request: GenerateRequest,
    fails: impl Fn(u32, u32) -> bool + Send + Sync + 'static,
) -> Vec<Event> {
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (events_in, events) = bounded(EVENTS);
    let (seen, attempts) = (AtomicU32::new(0), AtomicU32::new(0));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let for_wake = Arc::clone(&heard);
    // Called on the compute thread: the place where a driver's failure surfaces as a panic.
    let wake = Arc::new(move || {
        for event in events.try_iter() {
            if let Event::Progress { progress, .. } = &event {
                match progress.stage {
                    Stage::Device => _ = attempts.fetch_add(progress.done, Ordering::Relaxed),
                    Stage::Denoise => seen.store(progress.done, Ordering::Relaxed),
                    _ => {}
                }
                let fail = progress.stage == Stage::Denoise
                    && fails(seen.load(Ordering::Relaxed), attempts.load(Ordering::Relaxed));
                for_wake.lock().expect("nothing panics while it is held").push(event);
                if fail {
                    device::testing::report_trouble(DriverReport::Failure("device lost: unplugged".into()));
                    panic!("the buffer is invalid");
                }
            } else {
                for_wake.lock().expect("nothing panics while it is held").push(event);
            }
        }
    });
    let mut worker = worker(folder.path(), events_in, wake);
    run(&mut worker, 1, Work::Generate(request));
    drop(worker);
    std::mem::take(&mut heard.lock().expect("the worker has ended"))
}

fn frames(events: &[Event]) -> &Frames {
    let done = events.iter().find_map(|event| match event {
        Event::Done { outcome, .. } => Some(&outcome.frames),
        _ => None,
    });
    done.unwrap_or_else(|| panic!("the job is not done: {:?}", events.last()))
}

#[test]
fn a_job_on_a_lost_device_goes_on_after_its_last_step() {
    let undisturbed = run_on_failing_device(request(), |_, _| false);
    let disturbed = run_on_failing_device(request(), |step, attempt| step == 3 && attempt == 1);
    assert_eq!(frames(&undisturbed), frames(&disturbed), "the same clip");
    assert_eq!(kept_steps(&disturbed), Some(3));
}

#[test]
fn a_job_with_reuse_goes_on_where_nothing_is_taken_over() {
    let reusing = || {
        let mut request = request();
        request.clip.reuse = Reuse::Light;
        request
    };
    let undisturbed = run_on_failing_device(reusing(), |_, _| false);
    let disturbed = run_on_failing_device(reusing(), |step, attempt| step == 3 && attempt == 1);
    assert_eq!(frames(&undisturbed), frames(&disturbed), "the same clip");
    assert_eq!(kept_steps(&disturbed), Some(2), "the fourth step needs what the third one computed");
    let exact = run_on_failing_device(request(), |_, _| false);
    assert_ne!(frames(&undisturbed), frames(&exact), "reuse gives a little another clip");
}

fn kept_steps(events: &[Event]) -> Option<u32> {
    events.iter().find_map(|event| match event {
        Event::Warning { warning: Warning::DeviceReopened { kept_steps, .. }, .. } => Some(*kept_steps),
        _ => None,
    })
}

#[test]
fn when_memory_runs_out_frames_are_decoded_in_smaller_parts() {
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (events_in, events) = bounded(EVENTS);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (for_wake, failures) = (Arc::clone(&heard), AtomicU32::new(0));
    let wake = Arc::new(move || {
        for event in events.try_iter() {
            let decoding = matches!(&event, Event::Progress { progress, .. } if progress.stage == Stage::Decode);
            for_wake.lock().expect("nothing panics while it is held").push(event);
            if decoding && failures.fetch_add(1, Ordering::Relaxed) == 0 {
                device::testing::report_trouble(DriverReport::OutOfMemory);
                panic!("the buffer is invalid");
            }
        }
    });
    let mut worker = worker(folder.path(), events_in, wake);
    run(&mut worker, 1, Work::Generate(request()));
    drop(worker);
    let events = std::mem::take(&mut *heard.lock().expect("the worker has ended"));
    assert_eq!(frames(&events), frames(&run_on_failing_device(request(), |_, _| false)), "the same clip");
    let told = Warning::DecodedInParts { frames: 1, tiles: 1 };
    assert!(events.iter().any(|event| matches!(event, Event::Warning { warning, .. } if *warning == told)));
}

#[test]
fn a_clip_of_the_light_decoder_is_decoded_again_in_full() {
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (events_in, events) = bounded(EVENTS);
    let mut worker = worker(folder.path(), events_in, Arc::new(|| ()));
    let mut outcome = |job, work| {
        run(&mut worker, job, work);
        let done = events.try_iter().find_map(|event| match event {
            Event::Done { outcome, .. } => Some(*outcome),
            Event::Failed { error, .. } => panic!("{error}"),
            _ => None,
        });
        done.expect("the job is done")
    };
    let mut asked = request();
    asked.clip.decoder = DecoderKind::Light;
    let light = outcome(1, Work::Generate(asked));
    let latent = light.latent_path.expect("the folder can be written");
    let again = outcome(2, Work::DecodeAgain { latent, decoder: DecoderKind::Full });
    let full = outcome(3, Work::Generate(request()));
    assert!(matches!(&light.decoder, UsedDecoder::Light { name, sha256 } if !name.is_empty() && sha256.len() == 64));
    assert_eq!((again.decoder, again.request.clip.decoder), (UsedDecoder::Full, DecoderKind::Full));
    assert!(again.frames == full.frames && light.frames != full.frames);
}

#[test]
fn a_device_that_fails_twice_at_one_place_fails_the_job() {
    let events = run_on_failing_device(request(), |step, _| step == 2);
    let Some(Event::Failed { error, .. }) = events.last() else { panic!("{:?}", events.last()) };
    assert!(
        matches!(error, EngineError::Device(DeviceError::DeviceFailed { detail, .. }) if detail.contains("unplugged")),
        "{error}"
    );
    let warnings = events.iter().filter(|event| matches!(event, Event::Warning { .. })).count();
    assert_eq!(warnings, 1, "it was tried once more");
}
