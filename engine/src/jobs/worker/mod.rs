//! The engine handle and the one compute thread.
//!
//! The window and the command line hold an [`EngineHandle`]; everything that computes happens on the thread that it starts.
//! A panic there is caught and becomes a failed job. Cancelling a waiting job takes it out at once.

mod eta;
mod preview_pace;
mod prewarmed;
mod queue;
mod stage_meter;
#[cfg(test)]
mod tests;
mod watch;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use burn::tensor::Device;
use crossbeam_channel::{Receiver, Sender, unbounded};

use hummingbird_base::Folders;
use hummingbird_store::Store;

use crate::device::{self, DeviceChoice, DeviceKind, DeviceShare, DriverReport, OpenDevice, SpeedFile};
use crate::jobs::advice::Advice;
use crate::jobs::error::{DeviceError, EngineError, FileError};
use crate::jobs::events::{CancelToken, Event, JobId, Outcome, PreviewSlot, Stage, Warning};
use crate::jobs::journal::StepKeeper;
use crate::jobs::latents::{KeptLatent, LatentStore, LatentUnfit};
use crate::jobs::models::Models;
use crate::jobs::plan::{Limits, Planner, Planners, Target};
use crate::jobs::request::{DecoderKind, GenerateRequest, LoraChoice, RequestError};
use crate::kernels::with_factors;
use crate::memory::{self, ComputerMemory};
use crate::model::{ModelCard, ModelParts, ModelSource};
use crate::pipeline::clip_tokens::Tokenizer;
use crate::pipeline::denoise::StepStart;
use crate::pipeline::generate::{Decoder, Economy, decode, generate};
use crate::pipeline::handoff::Frames;
use crate::pipeline::progress::GenerateSink as _;
use crate::pipeline::settings::ClipSettings;
use crate::weights::{Lora, ModelFile, StoredTensor, TinyDecoderPlaces};
use hummingbird_base::ProgressSink as _;

use self::prewarmed::Prewarmed;
use self::queue::{CancelOutcome, Queue, Queued};
use self::watch::Watch;

/// Events that may wait for a window that does not look before progress and previews are dropped.
const EVENTS: usize = 1024;

/// Called after every event and every new preview, from the compute thread: the window asks for a repaint here.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What an engine is given.
#[derive(Clone)]
pub struct EngineOptions {
    /// Where final latents are kept, and where the model's hash and tiny decoder may be; `None` where the system names no
    /// folders: then no latent is kept, and each job says so.
    pub folders: Option<Folders>,
    /// Files from which networks of the model are taken.
    pub parts: ModelParts,
    /// Called after every event and every new preview.
    pub wake: Wake,
    /// Called instead where a job begins or gets on, and after previews: what comes next says as much. Without it `wake` is.
    pub wake_for_progress: Option<Wake>,
}

impl EngineOptions {
    /// With these folders; whoever uses the engine looks for its events without being woken.
    pub fn new(folders: Option<Folders>) -> Self {
        Self { folders, parts: ModelParts::default(), wake: Arc::new(|| ()), wake_for_progress: None }
    }

    /// All that is kept in one folder.
    pub fn at(folder: impl AsRef<Path>) -> Self {
        Self::new(Some(Folders::at(folder)))
    }
}

/// A running engine: the sending end of the job queue and the receiving end of its events.
///
/// Dropping it cancels what runs and ends the compute thread.
pub struct EngineHandle {
    card: ModelCard,
    planners: Planners,
    tiny_decoder_places: TinyDecoderPlaces,
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
    wake_for_progress: Wake,
    /// Bytes that a job may hold on its device.
    memory_limit: Arc<AtomicUsize>,
    device_share: DeviceShare,
    /// Where measured speeds of devices are kept.
    speeds: Option<SpeedFile>,
    /// Where final latents are kept; `None` for a user without folders.
    latents: Option<LatentStore>,
    queue: Queue<Work>,
}

enum Work {
    Generate(GenerateRequest),
    Kept(GenerateRequest, StepKeeper),
    DecodeAgain { latent: PathBuf, decoder: DecoderKind },
    Prepare(GenerateRequest),
    Release,
}

impl Shared {
    /// Sends an event, and never waits: whoever drains the events may be the one who sends this, by a cancel. So the channel has
    /// no bound of its own. Progress and previews, which could pile up, are dropped once [`EVENTS`] wait; what is left is a few
    /// events a job, and the queue bounds the jobs.
    fn tell(&self, event: Event) {
        let lossy = matches!(event, Event::Progress { .. } | Event::PreviewReady { .. });
        if lossy && self.events.len() >= EVENTS {
            return;
        }
        let goes_on = lossy || matches!(event, Event::Started { .. } | Event::Planned { .. });
        if self.events.send(event).is_ok() {
            if goes_on { (self.wake_for_progress)() } else { (self.wake)() }
        }
    }
}

impl EngineHandle {
    /// Reads the model's description and starts the compute thread; returns in milliseconds, but for a large file that was
    /// never opened before, which is read once for its hash. Weights are put on the device by the first job, on the compute
    /// thread.
    ///
    /// # Errors
    /// When the model cannot be read.
    pub fn start(model: &ModelSource, options: EngineOptions) -> Result<Self, EngineError> {
        let EngineOptions { folders, parts, wake, wake_for_progress } = options;
        let file = ModelFile::open_with(model, &parts)?.in_store(folders.as_ref().map(Store::of));
        let (card, planners, tiny_decoder_places) = (file.card(), Planners::new(&file)?, file.tiny_decoder_places());
        let (events_in, events) = unbounded();
        let shared = Shared {
            events: events_in,
            previews: PreviewSlot::default(),
            previews_wanted: Arc::new(AtomicBool::new(true)),
            wake_for_progress: wake_for_progress.unwrap_or_else(|| Arc::clone(&wake)),
            wake,
            memory_limit: Arc::new(AtomicUsize::new(usize::MAX)),
            device_share: DeviceShare::default(),
            speeds: folders.as_ref().map(SpeedFile::of),
            latents: folders.as_ref().map(LatentStore::of),
            queue: Queue::default(),
        };
        let (for_thread, for_jobs) = (shared.clone(), planners.clone());
        let thread = std::thread::Builder::new()
            .name("compute".into())
            .spawn(move || {
                let queue = for_thread.queue.clone();
                let mut worker = Worker::new(file, for_jobs, for_thread);
                while let Some(job) = queue.next() {
                    worker.run(job);
                    if queue.is_empty() {
                        memory::trim();
                    }
                }
            })
            .map_err(|_| EngineError::EngineStopped)?;
        Ok(Self { card, planners, tiny_decoder_places, thread: Some(thread), shared, events })
    }

    /// What the model is, accepts and knows.
    pub fn model(&self) -> &ModelCard {
        &self.card
    }

    /// What jobs of the model will need, without LoRAs.
    pub fn planners(&self) -> &Planners {
        &self.planners
    }

    /// Looks again whether a tiny decoder for the model is here, after files came or went, and says so in the card.
    pub fn look_for_tiny_decoder(&mut self) -> bool {
        self.card.limits.tiny_decoder = self.tiny_decoder_places.find().is_some();
        self.card.limits.tiny_decoder
    }

    /// Queues a job.
    ///
    /// # Errors
    /// `QueueFull` when eight wait already.
    pub fn submit(&self, request: GenerateRequest) -> Result<JobId, EngineError> {
        self.enqueue(Work::Generate(request))
    }

    /// Queues a job that stands in a journal: each finished step is kept there, and it begins after the last one that is there
    /// already, so that its clip is the one that an undisturbed run makes.
    ///
    /// # Errors
    /// `QueueFull` when eight wait already.
    pub fn submit_kept(&self, request: GenerateRequest, keeper: StepKeeper) -> Result<JobId, EngineError> {
        self.enqueue(Work::Kept(request, keeper))
    }

    /// Queues everything that a job like this one needs before it starts: opening the device, reading the model, compiling
    /// kernels. Its progress is told as that of a job, and [`Event::Prepared`] ends it, whatever went wrong.
    ///
    /// # Errors
    /// `QueueFull` when eight wait already.
    pub fn prepare(&self, request: GenerateRequest) -> Result<JobId, EngineError> {
        self.enqueue(Work::Prepare(request))
    }

    /// Queues the decoding of a kept latent ([`Outcome::latent_path`]) with the settings that it carries, by any decoder.
    ///
    /// # Errors
    /// `QueueFull` when eight wait already.
    pub fn decode_again(&self, latent: PathBuf, decoder: DecoderKind) -> Result<JobId, EngineError> {
        self.enqueue(Work::DecodeAgain { latent, decoder })
    }

    /// Gives networks and device back once the jobs that were queued before are done; the next job opens them again. Nothing is
    /// told of it.
    ///
    /// # Errors
    /// `QueueFull` when eight wait already.
    pub fn release(&self) -> Result<(), EngineError> {
        self.enqueue(Work::Release).map(drop)
    }

    fn enqueue(&self, work: Work) -> Result<JobId, EngineError> {
        self.shared.queue.push(work)
    }

    /// Asks a job to stop, whether it waits or runs; `Event::Cancelled` follows. Never waits, however many events are unread.
    pub fn cancel(&self, job: JobId) {
        if self.shared.queue.cancel(job) == CancelOutcome::Removed {
            self.shared.tell(Event::Cancelled { job });
        }
    }

    /// Events of all jobs, in order. Drain it on every wake: progress is dropped while too many wait.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// Whether previews are made from now on; they are at first. Without them the steps come faster.
    pub fn want_previews(&self, wanted: bool) {
        self.shared.previews_wanted.store(wanted, Ordering::Relaxed);
    }

    /// Bytes of memory that each later job may hold on its device, weights in mapped files aside: it is decoded in parts where
    /// that helps, and refused where it does not.
    pub fn limit_memory(&self, bytes: usize) {
        self.shared.memory_limit.store(bytes, Ordering::Relaxed);
    }

    /// How much of a GPU's time jobs use from now on, the one that runs too, in percent ([`DeviceShare`]). The CPU device is always
    /// used as far as it goes.
    pub fn use_share(&self, percent: u8) {
        self.shared.device_share.set(percent);
    }

    /// The newest preview.
    pub fn previews(&self) -> &PreviewSlot {
        &self.shared.previews
    }
}

impl Drop for EngineHandle {
    fn drop(&mut self) {
        self.shared.queue.close();
        let Some(thread) = self.thread.take() else { return };
        if thread.join().is_err() {
            log::error!("the compute thread ended with a panic outside of any job");
        }
    }
}

/// The compute thread's own state: device and networks stay between jobs.
struct Worker {
    file: ModelFile,
    /// Those of the file without LoRAs: every planner shares their networks without values.
    planners: Planners,
    shared: Shared,
    models: Option<Models>,
    /// After the networks, because it is dropped after them: closing a device waits for its last tensor.
    device: Option<(DeviceChoice, OpenDevice)>,
    /// LoRAs that are in the weights of `models`.
    merged: Vec<(Lora, f32)>,
    /// Plans jobs with these LoRAs on the device that was opened last.
    planner: Option<Planner>,
    /// Bytes that were in use before there were any networks.
    live_before: usize,
    /// What is compiled on the device that is open.
    prewarmed: Prewarmed,
}

/// What became of a job whose device is well.
#[derive(PartialEq)]
enum Verdict {
    /// Its results count.
    Good,
    /// The device has stopped rounding factors, and the job goes on.
    TryExactly,
}

impl Worker {
    fn new(file: ModelFile, planners: Planners, shared: Shared) -> Self {
        // The tokenizer belongs to the program and not to a job.
        Tokenizer::shared().encode("");
        let live_before = memory::usage().live;
        Self {
            file,
            planners,
            shared,
            models: None,
            device: None,
            merged: Vec::new(),
            planner: None,
            live_before,
            prewarmed: Prewarmed::default(),
        }
    }

    fn run(&mut self, job: Queued<Work>) {
        let Queued { id, work, cancel } = job;
        let result = match work {
            Work::Prepare(request) => {
                self.get_ready(id, request, &cancel);
                self.shared.queue.finish();
                self.shared.tell(Event::Prepared { job: id });
                return;
            }
            Work::Release => {
                self.merged.clear();
                self.close_device();
                self.shared.queue.finish();
                return;
            }
            Work::Generate(request) => self.carry_out(self.watch(id, request), &cancel),
            Work::Kept(request, keeper) => self.carry_out(self.watch_kept(id, request, keeper), &cancel),
            Work::DecodeAgain { latent, decoder } => {
                self.watch_decoding(id, latent, decoder).and_then(|watch| self.carry_out(watch, &cancel))
            }
        };
        self.shared.queue.finish();
        self.shared.tell(match result {
            Ok(outcome) => Event::Done { job: id, outcome: Box::new(outcome) },
            Err(EngineError::Cancelled(_)) => Event::Cancelled { job: id },
            Err(error) => Event::Failed { job: id, error },
        });
    }

    fn watch(&self, id: JobId, request: GenerateRequest) -> Watch {
        let mut watch = Watch::new(id, self.shared.clone(), request, self.file.sha256(), self.live_before);
        watch.model_length = self.file.checkpoint().length();
        watch
    }

    /// A job of a journal, at the step that it has come to. What was kept of another model or of other settings (the files of
    /// a journal can be changed by others) is worth nothing to it: it begins anew, which gives the same clip.
    fn watch_kept(&self, id: JobId, request: GenerateRequest, keeper: StepKeeper) -> Watch {
        let mut watch = self.watch(id, request);
        let unit = self.file.description().config.vae.downsampling();
        watch.last_step = keeper.last().filter(|(done, kept)| {
            let fits = kept.belongs_to(*done, &watch.request, &watch.model_sha256, unit);
            if !fits {
                log::warn!("job {} begins anew: the step that was kept of it does not fit", keeper.key());
            }
            fits
        });
        watch.keeper = Some(keeper);
        watch
    }

    /// A job that has only to be decoded.
    fn watch_decoding(&self, id: JobId, path: PathBuf, decoder: DecoderKind) -> Result<Watch, EngineError> {
        let mut kept = KeptLatent::read(&path)?;
        kept.request.clip.decoder = decoder;
        if kept.model_sha256 != self.file.sha256() {
            return Err(FileError::Foreign { path, detail: LatentUnfit::OtherModel.into() }.into());
        }
        let mut watch = self.watch(id, kept.request.clone());
        watch.latent_path = Some(path);
        watch.sampled = Some(kept);
        Ok(watch)
    }

    /// Runs a job to its end. A device that fails on the way is opened again, and the job goes on after its last finished
    /// step, unless it fails a second time before any further step. A clip counts only if its device is well at the end.
    fn carry_out(&mut self, mut watch: Watch, cancel: &CancelToken) -> Result<Outcome, EngineError> {
        let mut failed_at = None;
        loop {
            let attempt = catch_unwind(AssertUnwindSafe(|| self.attempt(&mut watch, cancel)));
            let (result, panic) = match attempt {
                Ok(result) => (result, None),
                Err(panic) => {
                    self.models = None; // Whatever they were in the middle of.
                    let detail = message_of(&*panic);
                    (Err(EngineError::Bug { detail: detail.clone() }), Some(detail))
                }
            };
            if matches!(result, Err(EngineError::Cancelled(_))) && cancel.is_cancelled() {
                return result.map(|(frames, device_name)| watch.outcome(frames, self, device_name));
            }
            let Some(report) = self.device_report(panic.as_deref()) else {
                if self.check_results(&mut watch)? == Verdict::TryExactly {
                    continue;
                }
                return result.map(|(frames, device_name)| watch.outcome(frames, self, device_name));
            };
            let device = self.device.as_ref().map(|(_, device)| device.name.clone()).unwrap_or_default();
            let smaller = self.planner.as_ref().and_then(|planner| watch.smaller_decoding(planner));
            self.close_device();
            let detail = match report {
                DriverReport::Failure(detail) => detail,
                DriverReport::OutOfMemory => {
                    let Some(decoding) = smaller else { return Err(EngineError::OutOfMemory { device }) };
                    watch.decoding = Some(decoding);
                    let tiles = decoding.tiles.rows * decoding.tiles.columns;
                    watch.warn(match tiles {
                        1 => Warning::FewerFramesAtOnce { frames: decoding.frames },
                        tiles => Warning::DecodedInTiles { tiles },
                    });
                    continue;
                }
            };
            let place = (watch.sampled.is_some(), watch.kept_steps());
            if failed_at == Some(place) {
                return Err(DeviceError::DeviceFailed { device, detail: detail.into() }.into());
            }
            failed_at = Some(place);
            watch.not_finite = None;
            watch.warn(Warning::DeviceReopened { device, detail, kept_steps: place.1 });
        }
    }

    /// What is wrong with the device, once all that it was handed is done, or what the message of a panic says of it.
    fn device_report(&self, panic: Option<&str>) -> Option<DriverReport> {
        let (_, device) = self.device.as_ref()?;
        let in_panic = || panic.filter(|_| device.gpu.is_some()).and_then(DriverReport::of_panic);
        device.check().or_else(in_panic)
    }

    /// Gives back the device with all that is on it.
    fn close_device(&mut self) {
        (self.models, self.planner, self.prewarmed) = (None, None, Prewarmed::default());
        self.device = None;
    }

    /// Refuses what was computed with a model that was cut off meanwhile, and what are no numbers; where a device that rounds
    /// factors computed them, it is to try without. Numbers beyond those of 16 bits, and kernels that the driver built otherwise
    /// than those that were tried, give no numbers.
    fn check_results(&mut self, watch: &mut Watch) -> Result<Verdict, EngineError> {
        let file = self.file.checkpoint();
        match file.check_unchanged() {
            Ok(true) => {}
            Ok(false) => watch.warn(Warning::ModelFileWritten { path: file.path().to_owned() }),
            Err(error) => {
                self.models = None;
                return Err(error.into());
            }
        }
        let Some(what) = watch.not_finite else { return Ok(Verdict::Good) };
        let is_broken = |tensor: &&StoredTensor| {
            file.floats(tensor).is_ok_and(|values| values.iter().any(|value| !value.is_finite()))
        };
        let broken = file.contents().tensors.iter().find(is_broken);
        if let (None, Some((_, device))) = (broken, &self.device)
            && device::take_exact_kernels(device)
        {
            watch.not_finite = None;
            watch.warn(Warning::ComputedExactly { device: device.name.clone() });
            // What was encoded of the prompt may be no numbers either.
            self.models = None;
            return Ok(Verdict::TryExactly);
        }
        let advice = match broken {
            Some(weight) => Advice::GetModelAgain { weight: weight.name().to_owned(), path: file.path().to_owned() },
            None => Advice::Weaken,
        };
        Err(EngineError::NotFinite { what, advice })
    }

    /// One run of what is left of a job: its frames and the name of the device.
    fn attempt(&mut self, watch: &mut Watch, cancel: &CancelToken) -> Result<(Frames, String), EngineError> {
        let device_name = self.prepare(watch.request.device, watch)?;
        // A device that fails ends the attempt as its owner would.
        let cancel = &cancel.part();
        if let Some((_, device)) = &self.device {
            device.health().stops(cancel.clone());
        }
        let changed = self.changed_weights();
        let models = self.models.as_mut().expect("prepare has loaded them");
        let planner = self.planner.as_ref().expect("prepare has planned the job");
        let decoding = watch.decoding.expect("prepare has planned the job");
        let factors = watch.factors(&models.networks.device, &device_name);
        let sampled = watch.sampled.as_ref().map(|kept| kept.latent(&models.networks.device));
        let frames = if let Some(latent) = sampled {
            let with = Decoder { kind: watch.request.clip.decoder, decoding };
            with_factors(factors, || decode(&models.networks, &latent, with, cancel, None, watch))?
        } else {
            let start = watch.last_step.as_ref().map(|(done, kept)| {
                let latent = kept.latent(&models.networks.device);
                StepStart { done: *done as usize, latent }
            });
            let request = watch.request.clone();
            models.load_text(&self.file, &self.merged)?;
            let economy = Economy { decoding, drops_text_encoder: planner.drops_text_encoder() };
            self.prewarmed.compile(models, changed, economy, watch, cancel)?;
            let networks = &mut models.networks;
            with_factors(factors, || generate(networks, &request.clip, economy, start, cancel, watch))?
        };
        Ok((frames, device_name))
    }

    /// Does what a job like this one needs before it starts. What goes wrong is left to that job to tell.
    fn get_ready(&mut self, id: JobId, request: GenerateRequest, cancel: &CancelToken) {
        let mut watch = self.watch(id, request);
        watch.is_silent = true;
        let ready = catch_unwind(AssertUnwindSafe(|| {
            self.prepare(watch.request.device, &mut watch)?;
            let changed = self.changed_weights();
            let models = self.models.as_mut().expect("prepare has loaded them");
            let planner = self.planner.as_ref().expect("prepare has planned the job");
            let decoding = watch.decoding.expect("prepare has planned the job");
            let economy = Economy { decoding, drops_text_encoder: planner.drops_text_encoder() };
            models.load_text(&self.file, &self.merged)?;
            self.prewarmed.compile(models, changed, economy, &mut watch, cancel)
        }));
        match ready {
            Ok(Ok(())) => return,
            Ok(Err(error)) => log::warn!("the engine could not be prepared: {error}"),
            Err(panic) => log::error!("the engine could not be prepared: {}", message_of(&*panic)),
        }
        self.models = None;
    }

    /// Opens the device and puts the networks on it, unless they are there already.
    fn prepare(&mut self, choice: DeviceChoice, watch: &mut Watch) -> Result<String, EngineError> {
        let usable = self.device.as_ref().is_some_and(|(open, device)| *open == choice && device.check().is_none());
        if !usable {
            watch.progress(Stage::Device.progress(0, 1));
            self.close_device();
            self.device = Some((choice, device::open(choice, self.shared.speeds.as_ref())?));
            watch.progress(Stage::Device.progress(1, 1));
        }
        let (_, device) = self.device.as_ref().expect("it was opened above");
        device.use_share(&self.shared.device_share);
        let job = watch.job;
        self.shared.tell(Event::Started { job, device: device.name.clone(), reason: device.reason.clone() });
        watch.health = device.health().clone();
        let (name, device) = (device.name.clone(), device.device.clone());
        self.load(&device, watch)?;
        self.load_tiny_decoder(watch);
        Ok(name)
    }

    /// Puts the tiny decoder that is here now on the device, if the job has a use for it; it goes on without one that cannot be
    /// used.
    fn load_tiny_decoder(&mut self, watch: &mut Watch) {
        let Some(models) = &mut self.models else { return };
        let asked = watch.request.clip.decoder == DecoderKind::Tiny;
        let found = if asked || watch.previews_wanted() { self.file.tiny_decoder_places().find() } else { None };
        let reason = match models.set_tiny_decoder(found) {
            Ok(()) if asked && models.light().is_none() => RequestError::NoTinyDecoder.into(),
            Ok(()) => return,
            Err(error) => error.into(),
        };
        watch.warn(Warning::TinyDecoderUnusable { reason });
    }

    /// Puts the networks with the request's LoRAs on the device. Networks that are there stay; only the weights that a LoRA
    /// of before or of now touches are written anew, from the model's file, so that switching one off leaves no trace of it. A
    /// LoRA whose file was written anew counts as another one.
    fn load(&mut self, device: &Device, watch: &mut Watch) -> Result<(), EngineError> {
        let wanted = watch.request.loras.clone();
        let is_merged = |(lora, strength): &(Lora, f32), choice: &LoraChoice| {
            lora.path() == choice.path && *strength == choice.strength && lora.is_current()
        };
        let unchanged = self.merged.len() == wanted.len()
            && self.merged.iter().zip(&wanted).all(|(merged, choice)| is_merged(merged, choice));
        if unchanged && let Some(planner) = &self.planner {
            self.plan(planner, watch)?;
            if self.models.is_some() {
                return Ok(());
            }
        }
        let mut loras = Vec::with_capacity(wanted.len());
        for LoraChoice { path, strength } in wanted {
            let lora = Lora::open(&path, self.file.checkpoint())?;
            if let Some(first) = lora.left_out().first() {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                watch.warn(Warning::LoraPartsIgnored { lora: name, first: first.clone() });
            }
            loras.push((lora, strength));
        }
        let changed = loras.iter().flat_map(|(lora, _)| lora.weights()).map(str::to_owned).collect();
        // A plan that is refused must not be the next job's: it is kept together with the LoRAs that it is for.
        let planner = self.planners.changed(&self.file, &changed, Target::of(device))?;
        self.plan(&planner, watch)?;
        watch.progress(Stage::Load.progress(0, 1));
        self.planner = None;
        let before = std::mem::take(&mut self.merged);
        self.models = Some(match self.models.take() {
            None => Models::load(&self.file, &loras, device)?,
            Some(models) => {
                let touched = before.iter().chain(&loras).flat_map(|(lora, _)| lora.weights());
                let touched = touched.map(str::to_owned).collect();
                models.change(&self.file, &loras, &touched)?
            }
        });
        (self.planner, self.merged) = (Some(planner), loras);
        watch.progress(Stage::Load.progress(1, 1));
        Ok(())
    }

    /// Weights that are not those of the model's file.
    fn changed_weights(&self) -> BTreeSet<String> {
        self.merged.iter().flat_map(|(lora, _)| lora.weights()).map(str::to_owned).collect()
    }
}

impl Worker {
    /// Says what the job will hold, and how it will decode so that this is no more than it may.
    fn plan(&self, planner: &Planner, watch: &mut Watch) -> Result<(), EngineError> {
        let device = self.device.as_ref().map(|(_, device)| device);
        let limits = Limits {
            memory_bytes: self.shared.memory_limit.load(Ordering::Relaxed),
            buffer_bytes: device.and_then(|device| device.max_buffer_bytes).unwrap_or(usize::MAX),
            device: device.map(|device| device.name.clone()).unwrap_or_default(),
        };
        // A decoding that was chosen because memory ran out stays.
        let clip = &watch.request.clip;
        let (decoding, fits) = match (watch.decoding, self.spare_bytes(planner, clip)) {
            (Some(decoding), _) => (decoding, None),
            (None, None) => (planner.within(clip, &limits)?, None),
            (None, Some(spare)) => {
                let (decoding, fits) = planner.sparing(clip, &limits, spare)?;
                (decoding, (!fits).then_some(spare))
            }
        };
        watch.decoding = Some(decoding);
        watch.need = planner.need(clip, decoding);
        if let Some(spare_bytes) = fits {
            watch.warn(Warning::LittleMemory { need_bytes: watch.need.held_bytes(), spare_bytes });
        }
        self.shared.tell(Event::Planned { job: watch.job, need: watch.need });
        Ok(())
    }

    /// What a job may hold so that nothing else must be moved out of memory: that of the computer, and on a GPU what its driver says that
    /// this program may hold. `None` where neither is said.
    fn spare_bytes(&self, planner: &Planner, clip: &ClipSettings) -> Option<usize> {
        let device = self.device.as_ref().map(|(_, device)| device);
        let of_gpu = device.and_then(OpenDevice::memory).map(|memory| budget_of(memory.budget_bytes));
        [self.spare_of_computer(planner, clip), of_gpu].into_iter().flatten().min()
    }

    /// What a job may hold of the computer's memory; `None` on a device with memory of its own.
    fn spare_of_computer(&self, planner: &Planner, clip: &ClipSettings) -> Option<usize> {
        let kind = self.device.as_ref().and_then(|(_, device)| device.gpu.as_ref()).map(|gpu| gpu.kind);
        let shares = matches!(kind, None | Some(DeviceKind::Integrated | DeviceKind::Software));
        let memory = memory::of_computer().filter(|_| shares)?;
        // The job takes what the one before it held: on the processor all that is counted, on a GPU the weights.
        let on_gpu = || planner.need(clip, planner.fastest(clip)).denoise.weights_bytes;
        let held = memory::usage().live + self.models.as_ref().filter(|_| kind.is_some()).map_or(0, |_| on_gpu());
        Some(spare_of(memory, held))
    }
}

/// What a job may hold of the computer's memory, of which the program holds some that it will use for the job: a twentieth stays for
/// what else begins meanwhile.
fn spare_of(memory: ComputerMemory, held: usize) -> usize {
    let spare = memory.available.saturating_sub(memory.total / 20);
    usize::try_from(spare).unwrap_or(usize::MAX).saturating_add(held)
}

/// What a job may hold of a GPU's budget: a job holds all that the program holds there, but for the window's pictures and what the driver
/// needs to put buffers beside each other, for which a twentieth stays.
fn budget_of(bytes: u64) -> usize {
    usize::try_from(bytes - bytes / 20).unwrap_or(usize::MAX)
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
