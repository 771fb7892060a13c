//! Jobs on a worker of the demo model.

use std::path::Path;
use std::sync::atomic::AtomicU32;

use std::sync::Mutex;

use super::*;
use crate::jobs::events::JobProgress;
use crate::jobs::events::UsedDecoder;
use crate::jobs::request::{Precision, RawRequest, Reuse, SamplerKind};
use crate::kernels::Factors;
use crate::nn::params::NamedTensor;
use crate::weights::{WeightPrecision, write_tensors};

fn request() -> GenerateRequest {
    let raw = RawRequest {
        prompt: "a red ball rising over the ocean".into(),
        steps: Some(4),
        frames: Some(2),
        width: Some(96),
        height: Some(64),
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
        speeds: None,
        events,
        previews: PreviewSlot::default(),
        previews_wanted: Arc::new(AtomicBool::new(false)),
        wake_for_progress: Arc::clone(&wake),
        wake,
        memory_limit: Arc::new(AtomicUsize::new(usize::MAX)),
        device_share: DeviceShare::default(),
        latents: Some(LatentStore::at(folder.to_owned())),
        queue: Queue::default(),
    };
    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let planners = Planners::new(&file).expect("the file fits its own description");
    Worker::new(file, planners, shared)
}

fn run(worker: &mut Worker, job: u64, work: Work) {
    worker.run(Queued { id: JobId(job), work, cancel: CancelToken::default() });
}

#[test]
fn a_job_that_gets_on_wakes_the_one_who_waits_for_it_and_all_else_the_other() {
    use std::sync::atomic::AtomicUsize as Count;
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let counts = [Arc::new(Count::new(0)), Arc::new(Count::new(0))];
    let [wake, wake_for_progress]: [Wake; 2] = counts.each_ref().map(|count| {
        let count = Arc::clone(count);
        Arc::new(move || _ = count.fetch_add(1, Ordering::Relaxed)) as Wake
    });
    let options =
        EngineOptions { wake, wake_for_progress: Some(wake_for_progress), ..EngineOptions::at(folder.path()) };
    let engine = EngineHandle::start(&ModelSource::Embedded, options).expect("it is embedded");
    engine.submit(request()).expect("a plain request");
    let mut told = [0, 0];
    for event in engine.events() {
        let goes_on = matches!(
            event,
            Event::Started { .. } | Event::Planned { .. } | Event::Progress { .. } | Event::PreviewReady { .. }
        );
        told[usize::from(goes_on)] += 1;
        if matches!(event, Event::Done { .. } | Event::Failed { .. }) {
            break;
        }
    }
    // What came last may be told before it wakes.
    drop(engine);
    let woken = counts.map(|count| count.load(Ordering::Relaxed));
    assert!(told[1] > 2 && told[0] > 0, "{told:?}");
    assert!(woken[1] >= told[1] && woken[0] >= told[0], "{woken:?} for {told:?}");
    assert!(woken[1] <= told[1] + 2 && woken[0] <= told[0] + 2, "{woken:?} for {told:?}");
}

/// Runs a job on a device that fails each time that `fails` says so of a finished step, and gives all its events.
fn run_on_failing_device(
    request: GenerateRequest,
    fails: impl Fn(u32, u32) -> bool + Send + Sync + 'static,
) -> Vec<Event> {
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (events_in, events) = unbounded();
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
                    device::testing::record(DriverReport::Failure("device lost: unplugged".into()));
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
    let (events_in, events) = unbounded();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (for_wake, failures) = (Arc::clone(&heard), AtomicU32::new(0));
    let wake = Arc::new(move || {
        for event in events.try_iter() {
            let decoding = matches!(&event, Event::Progress { progress, .. } if progress.stage == Stage::Decode);
            for_wake.lock().expect("nothing panics while it is held").push(event);
            if decoding && failures.fetch_add(1, Ordering::Relaxed) == 0 {
                device::testing::record(DriverReport::OutOfMemory);
                panic!("the buffer is invalid");
            }
        }
    });
    let mut worker = worker(folder.path(), events_in, wake);
    run(&mut worker, 1, Work::Generate(request()));
    drop(worker);
    let events = std::mem::take(&mut *heard.lock().expect("the worker has ended"));
    assert_eq!(frames(&events), frames(&run_on_failing_device(request(), |_, _| false)), "the same clip");
    let told = Warning::FewerFramesAtOnce { frames: 1 };
    assert!(events.iter().any(|event| matches!(event, Event::Warning { warning, .. } if *warning == told)));
}

#[test]
fn a_clip_of_the_tiny_decoder_is_decoded_again_in_full() {
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (events_in, events) = unbounded();
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
    asked.clip.decoder = DecoderKind::Tiny;
    let light = outcome(1, Work::Generate(asked));
    let latent = light.latent_path.expect("the folder can be written");
    let again = outcome(2, Work::DecodeAgain { latent, decoder: DecoderKind::Full });
    let full = outcome(3, Work::Generate(request()));
    assert!(matches!(&light.decoder, UsedDecoder::Tiny { name, sha256 } if !name.is_empty() && sha256.len() == 64));
    assert_eq!((again.decoder, again.request.clip.decoder), (UsedDecoder::Full, DecoderKind::Full));
    assert!(again.frames == full.frames && light.frames != full.frames);
}

#[test]
fn a_device_that_fails_twice_at_one_place_fails_the_job() {
    let events = run_on_failing_device(request(), |step, _| step == 2);
    let Some(Event::Failed { error, .. }) = events.last() else { panic!("{:?}", events.last()) };
    assert!(
        matches!(error, EngineError::Device(DeviceError::DeviceFailed { detail, .. }) if detail.to_string().contains("unplugged")),
        "{error}"
    );
    let warnings = events.iter().filter(|event| matches!(event, Event::Warning { .. })).count();
    assert_eq!(warnings, 1, "it was tried once more");
}

/// A LoRA of rank 1 for the first attention of the demo model, whose change is `factor` in every place.
fn write_lora(path: &Path, factor: f32) {
    let layer = "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q";
    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let name = format!("model.{layer}.weight");
    let [outputs, inputs] = file.checkpoint().tensor(&name).expect("the model has it").shape() else {
        panic!("a matrix")
    };
    let tensor = |part: &str, shape: [usize; 2], value| {
        let name = format!("{layer}.lora_{part}.weight");
        NamedTensor { name, shape: shape.to_vec(), values: vec![value; shape.iter().product()] }
    };
    let tensors = [tensor("A", [1, *inputs], factor), tensor("B", [*outputs, 1], 1.0)];
    write_tensors(path, &[], &tensors, WeightPrecision::F32).expect("the folder can be written");
}

/// A worker, and what runs a job on it and gives how it ended.
fn jobs(folder: &Path) -> (Worker, Receiver<Event>) {
    let (events_in, events) = unbounded();
    (worker(folder, events_in, Arc::new(|| ())), events)
}

fn ending(worker: &mut Worker, events: &Receiver<Event>, request: GenerateRequest) -> Result<Outcome, EngineError> {
    run(worker, 1, Work::Generate(request));
    let end = events.try_iter().find_map(|event| match event {
        Event::Done { outcome, .. } => Some(Ok(*outcome)),
        Event::Failed { error, .. } => Some(Err(error)),
        _ => None,
    });
    end.expect("the job has ended")
}

#[test]
fn a_clip_of_less_precision_is_nearly_the_exact_one_and_says_what_it_is() {
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (mut worker, events) = jobs(folder.path());
    let mut clip = |precision| {
        let mut request = request();
        request.clip.precision = precision;
        ending(&mut worker, &events, request).expect("a plain job")
    };
    let exact = clip(Precision::Exact);
    // The demo model's weights have 16 bits, so that int8 rounds their factors to bf16 where the processor multiplies that.
    for precision in [Precision::Bf16, Precision::Int8] {
        let rounded = clip(precision);
        let pairs = exact.frames.pixels().iter().zip(rounded.frames.pixels());
        let off = pairs.map(|(exact, rounded)| f64::from(exact.abs_diff(*rounded))).sum::<f64>();
        let off = off / exact.frames.pixels().len() as f64;
        if precision.factors().is_supported() {
            assert_eq!((rounded.request.clip.precision, &rounded.warnings[..]), (precision, &exact.warnings[..]));
            let least = if Factors::Bf16.is_supported() { 0.0 } else { -1.0 };
            assert!(least < off && off < 4.0, "{precision}: {off} levels");
        } else {
            assert_eq!((rounded.request.clip.precision, off), (Precision::Exact, 0.0));
            let ignored = |it: &Warning| matches!(it, Warning::PrecisionIgnored { .. });
            assert!(rounded.warnings.iter().any(ignored), "{:?}", rounded.warnings);
        }
    }
}

fn with_lora(path: &Path) -> GenerateRequest {
    let loras = vec![LoraChoice { path: path.to_owned(), strength: 1.0 }];
    GenerateRequest { loras, ..request() }
}

#[test]
fn a_lora_that_was_written_anew_at_its_path_is_read_anew() {
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (mut worker, events) = jobs(folder.path());
    let lora = folder.path().join("style.safetensors");
    let mut clip = |factor| {
        write_lora(&lora, factor);
        ending(&mut worker, &events, with_lora(&lora)).expect("it fits").frames
    };
    let first = clip(0.05);
    let other = clip(-0.2);
    assert!(first != other, "the new file has other values");
    assert!(first == clip(0.05), "and what the first file gave comes back with its values");
}

#[test]
fn a_refused_job_leaves_no_plan_behind() {
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (mut worker, events) = jobs(folder.path());
    let lora = folder.path().join("style.safetensors");
    write_lora(&lora, 0.05);
    let need = |worker: &mut Worker, request| ending(worker, &events, request).map(|outcome| outcome.memory_need);
    let plain = need(&mut worker, request()).expect("it fits");
    let changed = need(&mut worker, with_lora(&lora)).expect("it fits");
    assert_ne!(plain.denoise.weights_bytes, changed.denoise.weights_bytes, "a changed weight is held, not mapped");
    assert_eq!(need(&mut worker, request()).expect("it fits"), plain);
    // Too little for the job with the LoRA; the next one has its own plan again.
    worker.shared.memory_limit.store(1, Ordering::Relaxed);
    assert!(matches!(need(&mut worker, with_lora(&lora)), Err(EngineError::MemoryTooSmall { .. })));
    worker.shared.memory_limit.store(usize::MAX, Ordering::Relaxed);
    assert_eq!(need(&mut worker, request()).expect("it fits"), plain);
}

#[test]
fn memory_that_was_given_back_is_taken_again_by_the_next_job() {
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (mut worker, events) = jobs(folder.path());
    let lora = folder.path().join("style.safetensors");
    write_lora(&lora, 0.05);
    let first = ending(&mut worker, &events, with_lora(&lora)).expect("it fits").frames;
    run(&mut worker, 2, Work::Release);
    assert!(worker.models.is_none() && worker.device.is_none() && worker.merged.is_empty());
    assert_eq!(events.try_iter().count(), 0, "nothing is told of it");
    assert!(first == ending(&mut worker, &events, with_lora(&lora)).expect("it fits").frames);
}

/// The window drains the events and cancels on one thread: a cancel that waited for room would wait for itself.
#[test]
fn a_cancel_never_waits_for_whoever_reads_the_events() {
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (worker, events) = jobs(folder.path());
    let progress = JobProgress { stage: Stage::Denoise, done: 1, total: 2, elapsed_secs: 0.0, eta_secs: None };
    for _ in 0..2 * EVENTS {
        worker.shared.tell(Event::Progress { job: JobId(1), progress });
    }
    assert_eq!(events.len(), EVENTS, "progress is dropped while nobody looks");
    for job in 0..2 * EVENTS as u64 {
        worker.shared.tell(Event::Cancelled { job: JobId(job) });
    }
    assert_eq!(events.len(), 3 * EVENTS, "and nothing else is");
}

/// Runs a job of a journal that is cancelled after `stop` steps, and then again, in another process, to its end.
fn stopped_and_resumed(request: &GenerateRequest, stop: u32) -> (u32, Vec<Event>) {
    use crate::jobs::journal::{Journal, Opened};
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let open = || Journal::open(&folder.path().join("journal"), Arc::new(|| ())).expect("it can be written");
    let Opened { journal, .. } = open();
    let keeper = journal.add(request, &ModelSource::Embedded);
    let cancel = CancelToken::default();
    let (events_in, heard) = unbounded();
    let for_wake = cancel.clone();
    let wake: Wake = Arc::new(move || {
        let past = |event: Event| matches!(event, Event::Progress { progress, .. } if progress.stage == Stage::Denoise && progress.done >= stop);
        if heard.try_iter().any(past) {
            for_wake.cancel();
        }
    });
    let mut first = worker(folder.path(), events_in, wake);
    first.run(Queued { id: JobId(1), work: Work::Kept(request.clone(), keeper), cancel });
    drop(first);
    journal.flush();
    // Nothing of the first process is left but its files.
    drop(journal);
    let Opened { journal, entries, .. } = open();
    let [entry] = &entries[..] else { panic!("one job was stopped: {entries:?}") };
    assert_eq!(entry.request, *request);
    let (events_in, events) = unbounded();
    let mut second = worker(folder.path(), events_in, Arc::new(|| ()));
    run(&mut second, 2, Work::Kept(entry.request.clone(), journal.keeper(entry.key)));
    drop(second);
    (entry.steps_done, events.try_iter().collect())
}

#[test]
fn a_stopped_job_goes_on_in_another_process_and_gives_the_same_bytes() {
    let of = |sampler: SamplerKind, reuse: Reuse, eta: f32| {
        let mut request = request();
        (request.clip.sampler, request.clip.reuse, request.clip.eta) = (sampler, reuse, eta);
        request
    };
    // With the feature cache a job goes on at the last step after which nothing cached is needed.
    let cases = [
        (of(SamplerKind::Ddim, Reuse::Off, 0.5), 3, 3),
        (of(SamplerKind::Ddim, Reuse::Light, 0.0), 3, 2),
        (of(SamplerKind::Turbo, Reuse::Off, 0.0), 2, 2),
        (of(SamplerKind::Turbo, Reuse::Off, 0.0), 4, 4),
    ];
    for (request, stop, kept) in cases {
        let undisturbed = run_on_failing_device(request.clone(), |_, _| false);
        let (steps_done, resumed) = stopped_and_resumed(&request, stop);
        assert_eq!(steps_done, kept, "{:?}", request.clip.sampler);
        assert_eq!(frames(&undisturbed), frames(&resumed), "another clip after {steps_done} steps of {request:?}");
        let sampled = |event: &Event| matches!(event, Event::Progress { progress, .. } if progress.stage == Stage::Denoise && progress.done > 0 && progress.done < kept);
        assert!(!resumed.iter().any(sampled), "finished steps were done again");
    }
}

#[test]
fn a_kept_step_of_another_job_is_not_used() {
    use crate::jobs::journal::{Journal, Opened};
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let Opened { journal, .. } =
        Journal::open(&folder.path().join("journal"), Arc::new(|| ())).expect("it can be written");
    let keeper = journal.add(&request(), &ModelSource::Embedded);
    let (events_in, _events) = unbounded();
    run(&mut worker(folder.path(), events_in, Arc::new(|| ())), 1, Work::Kept(request(), keeper.clone()));
    assert_eq!(keeper.last().map(|(done, _)| done), Some(4), "the final latent is a step too");
    let mut other = request();
    other.clip.seed += 1;
    let undisturbed = run_on_failing_device(other.clone(), |_, _| false);
    let (events_in, events) = unbounded();
    run(&mut worker(folder.path(), events_in, Arc::new(|| ())), 2, Work::Kept(other, keeper));
    assert_eq!(frames(&undisturbed), frames(&events.try_iter().collect::<Vec<_>>()));
}

/// A driver that builds the kernels of a job for other subgroups than those that were tried: what they compute is refused, and the
/// device computes in f32 from there on.
#[cfg(feature = "gpu")]
#[test]
fn a_device_that_gives_no_numbers_in_16_bits_goes_on_in_32() {
    use crate::device::CooperativeMatrices;
    let folder = tempfile::tempdir().expect("the tests have a temporary folder");
    let (events_in, events) = unbounded();
    let mut worker = worker(folder.path(), events_in, Arc::new(|| {}));
    let job = GenerateRequest { device: DeviceChoice::Gpu(None), ..request() };
    run(&mut worker, 1, Work::Generate(job.clone()));
    let right = events.try_iter().collect::<Vec<_>>();
    let required = std::env::var("HUMMINGBIRD_REQUIRE_GPU").is_ok_and(|it| it == "1");
    let Some((_, device)) = &worker.device else {
        assert!(!required, "HUMMINGBIRD_REQUIRE_GPU is 1: {:?}", right.last());
        return;
    };
    let can = device.capabilities().expect("it is a GPU");
    let Some(matrices) = can.cooperative_matrices else {
        let skipped = "SKIPPED jobs::worker::tests::a_device_that_gives_no_numbers_in_16_bits_goes_on_in_32: the GPU has no \
                       cooperative matrices\n";
        _ = std::io::Write::write_all(&mut std::io::stderr(), skipped.as_bytes());
        return;
    };
    // As if it were no software driver, which takes no matrices.
    device.change_capabilities(|it| {
        it.software_lanes = None;
        it.cooperative_matrices = Some(CooperativeMatrices { lanes: 2 * matrices.lanes, ..matrices });
    });
    run(&mut worker, 2, Work::Generate(job));
    let events = events.try_iter().collect::<Vec<_>>();
    let warned = events.iter().any(|it| matches!(it, Event::Warning { warning: Warning::ComputedExactly { .. }, .. }));
    assert!(warned, "{:?}", events.last());
    let [right, again] = [frames(&right), frames(&events)].map(|frames| frames.pixels().to_vec());
    let far = right.iter().zip(&again).filter(|(a, b)| a.abs_diff(**b) > 8).count();
    assert!(far * 100 < right.len(), "{far} of {} values are another picture's", right.len());
}

#[test]
fn a_computer_with_little_to_spare_gets_a_smaller_decode_and_no_refusal() {
    let memory = |total, available| ComputerMemory { total, available };
    assert_eq!(spare_of(memory(1000, 400), 30), 380, "a twentieth stays free, and what is held is used again");
    assert_eq!(spare_of(memory(1000, 20), 30), 30);
    assert_eq!(spare_of(memory(u64::MAX, u64::MAX), usize::MAX), usize::MAX);

    let file = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let planners = Planners::new(&file).expect("the file fits its own description");
    let planner = planners.of(DeviceChoice::Cpu, DeviceKind::Cpu);
    let clip = ClipSettings { frames: 16, ..request().clip };
    let limits = |memory_bytes| Limits { memory_bytes, buffer_bytes: usize::MAX, device: String::new() };
    let fastest = planner.fastest(&clip);
    let most = planner.need(&clip, fastest).held_bytes();
    assert_eq!(planner.sparing(&clip, &limits(usize::MAX), most).expect("it fits"), (fastest, true));
    let (decoding, fits) = planner.sparing(&clip, &limits(usize::MAX), most - 1).expect("it fits");
    assert!(fits && decoding != fastest && planner.need(&clip, decoding).held_bytes() < most);
    let (decoding, fits) = planner.sparing(&clip, &limits(usize::MAX), 1).expect("it is not refused");
    let need = planner.need(&clip, decoding);
    assert!(!fits && need.decode.held_bytes() <= need.denoise.held_bytes(), "{need:?}");
    // What the user allows is a bound all the same.
    assert!(planner.sparing(&clip, &limits(1), usize::MAX).is_err());
}
