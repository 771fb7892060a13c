//! The engine handle and the one compute thread.
//!
//! The window and the command line hold an [`EngineHandle`]; everything that computes happens on the thread that it starts.
//! A panic there is caught and becomes a failed job. Cancelling a waiting job takes it out at once.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::device::{self, DeviceChoice, OpenDevice};
use crate::error::EngineError;
use crate::handoff::{Frames, Latent};
use crate::job::{CancelToken, Cancelled, Event, JobId, Outcome, Preview, PreviewSlot, Progress, Stage, Warning};
use crate::latents::{KeptLatent, LatentShelf};
use crate::model::{ModelCard, ModelSource};
use crate::pipeline::generate::{Watcher, decode, generate};
use crate::pipeline::models::Models;
use crate::request::GenerateRequest;
use crate::weights::ModelFile;

/// Jobs that may wait.
const QUEUE: usize = 8;
/// Events that may wait for a window that does not look; after that progress is dropped, nothing else.
const EVENTS: usize = 1024;

/// Called after every event and every new preview, from the compute thread: the window asks for a repaint here.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A running engine: the sending end of the job queue and the receiving end of its events.
///
/// Dropping it cancels what runs and ends the compute thread.
pub struct EngineHandle {
    card: ModelCard,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    shared: Shared,
    events: Receiver<Event>,
}

/// What handle and worker both hold.
#[derive(Clone)]
struct Shared {
    events: Sender<Event>,
    previews: PreviewSlot,
    previews_wanted: Arc<AtomicBool>,
    wake: Wake,
    tokens: Arc<Mutex<Tokens>>,
}

/// Cancel tokens of all jobs that are not done.
#[derive(Default)]
struct Tokens {
    next: u64,
    waiting: HashMap<JobId, CancelToken>,
    running: Option<(JobId, CancelToken)>,
}

struct Job {
    id: JobId,
    work: Work,
    cancel: CancelToken,
}

enum Work {
    Generate(GenerateRequest),
    DecodeAgain(PathBuf),
}

impl Shared {
    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends an event; only progress may be lost, and only when nobody has looked for a thousand events.
    fn tell(&self, event: Event) {
        let lossy = matches!(event, Event::Progress { .. } | Event::PreviewReady { .. });
        let sent = if lossy { self.events.try_send(event).is_ok() } else { self.events.send(event).is_ok() };
        if sent {
            (self.wake)();
        }
    }
}

impl EngineHandle {
    /// Reads the model's description and starts the compute thread; returns in milliseconds (weights are put on the device
    /// by the first job, on the compute thread).
    ///
    /// # Errors
    /// When the model cannot be read.
    pub fn start(model: &ModelSource, wake: Wake) -> Result<Self, EngineError> {
        let file = ModelFile::open(model)?;
        let card = file.card();
        let (jobs, queue) = bounded::<Job>(QUEUE);
        let (events_in, events) = bounded(EVENTS);
        let shared = Shared { events: events_in, previews: PreviewSlot::default(), previews_wanted: Arc::new(AtomicBool::new(true)), wake, tokens: Arc::default() };
        let for_thread = shared.clone();
        let thread = std::thread::Builder::new()
            .name("compute".into())
            .spawn(move || {
                let mut worker = Worker { file, shared: for_thread, device: None, models: None };
                for job in queue {
                    worker.run(job);
                }
            })
            .map_err(|_| EngineError::EngineStopped)?;
        Ok(Self { card, jobs: Some(jobs), thread: Some(thread), shared, events })
    }

    /// What the model is, accepts and knows.
    pub fn model(&self) -> &ModelCard {
        &self.card
    }

    /// Queues a job.
    ///
    /// # Errors
    /// `QueueFull` when eight wait already.
    pub fn submit(&self, request: GenerateRequest) -> Result<JobId, EngineError> {
        self.enqueue(Work::Generate(request))
    }

    /// Queues the decoding of a kept latent ([`Outcome::latent_path`]) with the settings that it carries.
    ///
    /// # Errors
    /// `QueueFull` when eight wait already.
    pub fn decode_again(&self, latent: PathBuf) -> Result<JobId, EngineError> {
        self.enqueue(Work::DecodeAgain(latent))
    }

    fn enqueue(&self, work: Work) -> Result<JobId, EngineError> {
        let Some(jobs) = &self.jobs else { return Err(EngineError::EngineStopped) };
        let mut tokens = self.shared.tokens();
        tokens.next += 1;
        let id = JobId(tokens.next);
        let cancel = CancelToken::default();
        match jobs.try_send(Job { id, work, cancel: cancel.clone() }) {
            Ok(()) => {
                tokens.waiting.insert(id, cancel);
                Ok(id)
            }
            Err(TrySendError::Full(_)) => Err(EngineError::QueueFull { waiting: QUEUE }),
            Err(TrySendError::Disconnected(_)) => Err(EngineError::EngineStopped),
        }
    }

    /// Asks a job to stop, whether it waits or runs; `Event::Cancelled` follows.
    pub fn cancel(&self, job: JobId) {
        let mut tokens = self.shared.tokens();
        if let Some(token) = tokens.waiting.remove(&job) {
            token.cancel();
            drop(tokens);
            self.shared.tell(Event::Cancelled { job });
        } else if let Some((running, token)) = &tokens.running
            && *running == job
        {
            token.cancel();
        }
    }

    /// Events of all jobs, in order. Bounded: drain it on every wake.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// Whether previews are made from now on; they are at first. Without them the steps come faster.
    pub fn want_previews(&self, wanted: bool) {
        self.shared.previews_wanted.store(wanted, Ordering::Relaxed);
    }

    /// The newest preview.
    pub fn previews(&self) -> &PreviewSlot {
        &self.shared.previews
    }
}

impl Drop for EngineHandle {
    fn drop(&mut self) {
        self.jobs = None;
        {
            let tokens = &mut *self.shared.tokens();
            let running = tokens.running.iter().map(|(_, token)| token);
            tokens.waiting.values().chain(running).for_each(CancelToken::cancel);
            tokens.waiting.clear();
        }
        let Some(thread) = self.thread.take() else { return };
        // The worker may be waiting for room among the events: keep taking them until it has ended.
        while !thread.is_finished() {
            let _event = self.events.recv_timeout(std::time::Duration::from_millis(5));
        }
        if thread.join().is_err() {
            log::error!("the compute thread ended with a panic outside of any job");
        }
    }
}

/// The compute thread's own state: device and networks stay between jobs.
struct Worker {
    file: ModelFile,
    shared: Shared,
    device: Option<(DeviceChoice, OpenDevice)>,
    models: Option<Models>,
}

impl Worker {
    fn run(&mut self, job: Job) {
        let Job { id, work, cancel } = job;
        {
            let mut tokens = self.shared.tokens();
            if tokens.waiting.remove(&id).is_none() {
                return; // Cancelled while it waited; its owner knows.
            }
            tokens.running = Some((id, cancel.clone()));
        }
        let result = catch_unwind(AssertUnwindSafe(|| match work {
            Work::Generate(request) => self.generate(id, &request, &cancel),
            Work::DecodeAgain(path) => self.decode_again(id, path, &cancel),
        }));
        let result = result.unwrap_or_else(|panic| {
            self.models = None; // Whatever they were in the middle of.
            Err(EngineError::Bug { detail: message_of(&*panic) })
        });
        self.shared.tokens().running = None;
        let result = match (result, self.device.as_ref().and_then(|(_, device)| device.trouble())) {
            (Err(EngineError::Cancelled(_)), _) => Err(Cancelled.into()),
            (Err(_), Some(detail)) => {
                let device = self.device.take().map(|(_, device)| device.name).unwrap_or_default();
                self.models = None;
                Err(EngineError::DeviceFailed { device, detail })
            }
            (result, _) => result,
        };
        self.shared.tell(match result {
            Ok(outcome) => Event::Done { job: id, outcome: Box::new(outcome) },
            Err(EngineError::Cancelled(_)) => Event::Cancelled { job: id },
            Err(error) => Event::Failed { job: id, error },
        });
    }

    fn generate(&mut self, id: JobId, request: &GenerateRequest, cancel: &CancelToken) -> Result<Outcome, EngineError> {
        let mut watch = Watch::new(id, self.shared.clone(), request.clone(), self.file.sha256());
        let device_name = self.prepare(request.device, &mut watch)?;
        let models = self.models.as_ref().expect("prepare has loaded them");
        let frames = generate(models, request, cancel, &mut watch)?;
        Ok(watch.outcome(frames, &self.file, device_name))
    }

    fn decode_again(&mut self, id: JobId, path: PathBuf, cancel: &CancelToken) -> Result<Outcome, EngineError> {
        let kept = KeptLatent::read(&path)?;
        if kept.model_sha256 != self.file.sha256() {
            let detail = "this latent was sampled with another model: open that model first".to_owned();
            return Err(EngineError::ModelForeign { path, detail });
        }
        let mut watch = Watch::new(id, self.shared.clone(), kept.request.clone(), self.file.sha256());
        watch.latent_path = Some(path);
        let device_name = self.prepare(kept.request.device, &mut watch)?;
        let models = self.models.as_ref().expect("prepare has loaded them");
        let latent = kept.latent(&models.device);
        let frames = decode(models, &latent, cancel, None, &mut watch)?;
        Ok(watch.outcome(frames, &self.file, device_name))
    }

    /// Opens the device and puts the networks on it, unless they are there already.
    fn prepare(&mut self, choice: DeviceChoice, watch: &mut Watch) -> Result<String, EngineError> {
        let usable = self.device.as_ref().is_some_and(|(open, device)| *open == choice && device.trouble().is_none());
        if !usable {
            watch.progress(Stage::Device, 0, 1);
            self.models = None;
            self.device = None;
            self.device = Some((choice, device::open(choice)?));
            watch.progress(Stage::Device, 1, 1);
        }
        let (_, device) = self.device.as_ref().expect("it was opened above");
        let job = watch.job;
        self.shared.tell(Event::Started { job, device: format!("{}: {}", device.name, device.reason) });
        if self.models.is_none() {
            watch.progress(Stage::Load, 0, 1);
            self.models = Some(Models::load(&self.file, &device.device)?);
            watch.progress(Stage::Load, 1, 1);
        }
        Ok(device.name.clone())
    }
}

/// Turns what a generation reports into events, and remembers it for the outcome.
struct Watch {
    job: JobId,
    shared: Shared,
    request: GenerateRequest,
    model_sha256: String,
    started: Instant,
    first_preview_secs: Option<f32>,
    warnings: Vec<Warning>,
    latent_path: Option<PathBuf>,
    eta: Eta,
}

impl Watch {
    fn new(job: JobId, shared: Shared, request: GenerateRequest, model_sha256: &str) -> Self {
        let eta = Eta { frames: request.frames, ..Eta::default() };
        Self {
            job,
            shared,
            request,
            model_sha256: model_sha256.to_owned(),
            started: Instant::now(),
            first_preview_secs: None,
            warnings: Vec::new(),
            latent_path: None,
            eta,
        }
    }

    fn outcome(self, frames: Frames, file: &ModelFile, device_name: String) -> Outcome {
        Outcome {
            frames: Arc::new(frames),
            request: self.request,
            model_name: file.description().name.clone(),
            model_sha256: self.model_sha256,
            device_name,
            latent_path: self.latent_path,
            elapsed_secs: self.started.elapsed().as_secs_f32(),
            first_preview_secs: self.first_preview_secs,
            warnings: self.warnings,
        }
    }
}

impl Watcher for Watch {
    fn progress(&mut self, stage: Stage, done: u32, total: u32) {
        let elapsed_secs = self.started.elapsed().as_secs_f32();
        let eta_secs = self.eta.estimate(stage, done, total, elapsed_secs);
        let progress = Progress { stage, done, total, elapsed_secs, eta_secs };
        self.shared.tell(Event::Progress { job: self.job, progress });
    }

    fn wants_previews(&self) -> bool {
        self.shared.previews_wanted.load(Ordering::Relaxed)
    }

    fn preview(&mut self, frames: Frames, step: u32, decoded_frames: u32) {
        self.first_preview_secs.get_or_insert_with(|| self.started.elapsed().as_secs_f32());
        let step = step.min(self.eta.steps);
        self.shared.previews.put(Preview { job: self.job, frames: Arc::new(frames), step, decoded_frames });
        self.shared.tell(Event::PreviewReady { job: self.job });
    }

    fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning.clone());
        self.shared.tell(Event::Warning { job: self.job, warning });
    }

    fn keep_latent(&mut self, latent: &Latent) {
        let kept = KeptLatent::new(latent, self.request.clone(), self.model_sha256.clone());
        match LatentShelf::of_user().and_then(|shelf| shelf.keep(&kept)) {
            Ok(path) => {
                self.latent_path = Some(path.clone());
                self.shared.tell(Event::LatentKept { job: self.job, path });
            }
            Err(error) => {
                let reason = format!("the latent could not be kept ({error}); \"decode again\" is not offered");
                self.warn(Warning::SettingIgnored { setting: "keeping the latent".into(), reason });
            }
        }
    }
}

/// Estimates the rest of a job from its own steps.
#[derive(Default)]
struct Eta {
    frames: u32,
    steps: u32,
    denoise_started: f32,
    step_secs: f32,
    decode_started: f32,
}

impl Eta {
    /// Share of a step's time that decoding one of sixteen frames takes, until it was seen.
    const DECODE_SHARE: f32 = 0.05;

    fn estimate(&mut self, stage: Stage, done: u32, total: u32, now: f32) -> Option<f32> {
        match (stage, done) {
            (Stage::Denoise, 0) => {
                (self.denoise_started, self.steps) = (now, total);
                None
            }
            (Stage::Denoise, _) => {
                self.step_secs = (now - self.denoise_started) / done as f32;
                let decode = self.step_secs * Self::DECODE_SHARE * self.frames as f32;
                Some(self.step_secs * (total - done) as f32 + decode)
            }
            (Stage::Decode, 0) => {
                self.decode_started = now;
                Some(self.step_secs * Self::DECODE_SHARE * total as f32)
            }
            (Stage::Decode, _) => Some((now - self.decode_started) / done as f32 * (total - done) as f32),
            _ => None,
        }
    }
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
